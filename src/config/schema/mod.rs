//! What a file may say, described as data: the reader, the reference in docs and the JSON Schema all follow from it.
//!
//! | part | what it makes of a description |
//! |---|---|
//! | [`schema()`] | JSON Schema, for editors |
//! | [`reference()`] | Markdown, for docs |

mod json_schema;
mod reference;
#[cfg(test)]
mod tests;

pub use json_schema::schema;
pub use reference::{explained, reference};

use std::collections::{HashSet, VecDeque};

/// A key of a map in a file that users write.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// Its name.
    pub name: &'static str,
    /// What its value is.
    pub kind: Kind,
    /// What holds without it.
    pub default: WhenAbsent,
    /// What it says, in one line.
    pub summary: &'static str,
}

/// What holds when a key is not given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhenAbsent {
    /// It must be given.
    Required,
    /// Nothing: what it describes is not there.
    Absent,
    /// This value, in the words of the file.
    Value(&'static str),
}

/// What a value is.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// Any text.
    Text,
    /// A finite number.
    Number,
    /// A whole number, at least so much.
    Count {
        /// The least.
        min: u64,
    },
    /// 0 to 1, or as a percentage.
    Probability,
    /// A share near one such as an availability: `99.95%`.
    Share,
    /// A duration: `90s`, `1h 30m`.
    Duration,
    /// So many in a time: `50/s`, `3/min`, `10/h`.
    Rate,
    /// So many bytes: `500`, `64KiB`, `1MB`.
    Bytes,
    /// So many bytes in a second: `500kB/s`, `8Mbit/s`.
    ByteRate,
    /// `true` or `false`.
    Flag,
    /// The name of a component, unit or block of the file.
    Name,
    /// One of these words.
    Choice(&'static [Word]),
    /// A list.
    List(&'static Kind),
    /// A map with names of the user's own.
    Map(&'static Kind),
    /// A map with known keys.
    Record(&'static Record),
    /// A map with one key, the variant's name, and its description: a member of a family.
    Variant(&'static Family),
    /// Any of these.
    Either(&'static [Kind]),
}

/// A word with its meaning.
#[derive(Debug, Clone, Copy)]
pub struct Word {
    /// The word.
    pub name: &'static str,
    /// What it stands for, in one line.
    pub summary: &'static str,
}

/// A map with known keys.
#[derive(Debug)]
pub struct Record {
    /// Its name in the reference: `component`.
    pub name: &'static str,
    /// What it describes.
    pub summary: &'static str,
    /// Its keys.
    pub keys: &'static [Key],
}

/// A family of variants, of which a one-key map says one.
#[derive(Debug)]
pub struct Family {
    /// Its name in the reference, singular: `distribution`.
    pub name: &'static str,
    /// What its members are.
    pub summary: &'static str,
    /// The members, from the family's registry.
    pub members: fn() -> Vec<Member>,
    /// Keys that may stand beside the one that names the variant.
    pub beside: &'static [Key],
}

/// A variant as the reference and the schema see it.
#[derive(Debug, Clone)]
pub struct Member {
    /// The one key.
    pub name: &'static str,
    /// What it is, in one line.
    pub summary: &'static str,
    /// An example as it stands in a file.
    pub example: &'static str,
    /// What stands behind the key.
    pub value: Kind,
}

/// A record or a family that a description refers to.
#[derive(Debug, Clone, Copy)]
pub enum SchemaPart {
    /// A map with known keys.
    Record(&'static Record),
    /// A one-key map.
    Family(&'static Family),
}

impl SchemaPart {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Record(record) => record.name,
            Self::Family(family) => family.name,
        }
    }

    /// What tells it from all others: two records may share a name.
    fn address(self) -> usize {
        match self {
            Self::Record(record) => std::ptr::from_ref(record).addr(),
            Self::Family(family) => std::ptr::from_ref(family).addr(),
        }
    }

    /// The kinds of its values, in order.
    fn kinds(self) -> Vec<Kind> {
        match self {
            Self::Record(record) => record.keys.iter().map(|key| key.kind).collect(),
            Self::Family(family) => {
                let members = (family.members)().into_iter().map(|member| member.value);
                members.chain(family.beside.iter().map(|key| key.kind)).collect()
            }
        }
    }
}

/// All that `root` refers to, itself first, what is nearer to it before what is farther.
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
    /// Adds the records and families that stand in this kind itself.
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
