//! File formats described as data. The reader, the reference in docs and the JSON Schema are derived from it.
//!
//! | function | output |
//! |---|---|
//! | [`schema()`] | JSON Schema, for editors |
//! | [`explained()`] | text, for `steadfast explain`; the reference in docs is made of the same parts |

mod explain;
mod json_schema;
mod key;
#[cfg(test)]
mod tests;

pub use explain::{describe_kind, describe_words, explained, record_of};
pub use json_schema::schema;
pub use key::{AnyKey, Choice, Choices, Key, KeyOr, Read, Section, WhenAbsent};

use std::collections::{HashSet, VecDeque};

/// The kind of a value.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// Any text.
    Text,
    /// A finite number.
    Number,
    /// A whole number with a lower bound.
    Count {
        /// The smallest value allowed.
        min: u64,
    },
    /// A probability, from 0 to 1 or as a percentage.
    Probability,
    /// A share near one such as an availability: `99.95%`.
    Share,
    /// A duration: `90s`, `1h 30m`.
    Duration,
    /// A rate: `50/s`, `3/min`, `10/h`.
    Rate,
    /// An amount of data: `500`, `64KiB`, `1MB`.
    Bytes,
    /// A data rate: `500kB/s`, `8Mbit/s`.
    ByteRate,
    /// `true` or `false`.
    Flag,
    /// The name of a component, unit or block of the file.
    Name,
    /// One of these words.
    Choice(fn() -> Vec<Word>),
    /// A list.
    List(&'static Kind),
    /// A map whose keys are names chosen by the user.
    Map(&'static Kind),
    /// A map with known keys.
    Record(&'static Record),
    /// A member of a family: a map with one key, the name of the variant.
    Variant(&'static Family),
    /// Any of these.
    Either(&'static [Kind]),
}

/// A word that a value may be, with its meaning.
#[derive(Debug, Clone, Copy)]
pub struct Word {
    /// The word.
    pub name: &'static str,
    /// A one-line description.
    pub summary: &'static str,
}

/// A map with known keys.
#[derive(Debug)]
pub struct Record {
    /// The name in the reference, such as `component`.
    pub name: &'static str,
    /// A description.
    pub summary: &'static str,
    /// The keys.
    pub keys: &'static [&'static dyn AnyKey],
}

/// A family of variants. A map with one key selects a variant.
#[derive(Debug)]
pub struct Family {
    /// The name in the reference, in the singular, such as `distribution`.
    pub name: &'static str,
    /// A description of the members.
    pub summary: &'static str,
    /// The members, from the family's registry.
    pub members: fn() -> Vec<Member>,
    /// Further keys allowed beside the one that names the variant.
    pub beside: &'static [&'static dyn AnyKey],
}

/// A variant of a family, as the reference and the schema describe it.
#[derive(Debug, Clone)]
pub struct Member {
    /// The key that names the variant.
    pub name: &'static str,
    /// A one-line description.
    pub summary: &'static str,
    /// An example as written in a file.
    pub example: &'static str,
    /// The kind of the value behind the key.
    pub value: Kind,
}

/// A record or a family that a file format refers to.
#[derive(Debug, Clone, Copy)]
pub enum SchemaPart {
    /// A map with known keys.
    Record(&'static Record),
    /// A one-key map.
    Family(&'static Family),
}

/// The kind of a list of names.
pub const NAMES: Kind = Kind::List(&Kind::Name);

impl SchemaPart {
    /// Returns the name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Record(record) => record.name,
            Self::Family(family) => family.name,
        }
    }

    /// Returns the address of the static item, its identity: two records may share a name.
    fn address(self) -> usize {
        match self {
            Self::Record(record) => std::ptr::from_ref(record).addr(),
            Self::Family(family) => std::ptr::from_ref(family).addr(),
        }
    }

    /// Returns the kinds of its values, in order.
    fn kinds(self) -> Vec<Kind> {
        match self {
            Self::Record(record) => record.keys.iter().map(|key| key.kind()).collect(),
            Self::Family(family) => {
                let members = (family.members)().into_iter().map(|member| member.value);
                members.chain(family.beside.iter().map(|key| key.kind())).collect()
            }
        }
    }
}

/// Returns all parts reachable from `root`, in breadth-first order with `root` first.
///
/// Each part is visited once, so the search ends even when parts refer to each other.
pub fn parts(root: &'static Record) -> Vec<SchemaPart> {
    let mut found = Vec::new();
    let mut seen = HashSet::new();
    let mut waiting = VecDeque::from([SchemaPart::Record(root)]);
    while let Some(part) = waiting.pop_front() {
        if seen.insert(part.address()) {
            found.push(part);
            for kind in part.kinds() {
                kind.refer(&mut waiting);
            }
        }
    }
    found
}

impl Kind {
    /// Adds the records and families that this kind refers to directly.
    fn refer(self, found: &mut VecDeque<SchemaPart>) {
        match self {
            Self::Record(record) => found.push_back(SchemaPart::Record(record)),
            Self::Variant(family) => found.push_back(SchemaPart::Family(family)),
            Self::List(kind) | Self::Map(kind) => kind.refer(found),
            Self::Either(kinds) => kinds.iter().for_each(|kind| kind.refer(found)),
            _ => {}
        }
    }
}
