//! Keys of maps in files that users write: name, kind, default, meaning and reader in one declaration.

use super::{Kind, Record, Word};
use crate::base::quantity::{format_duration, significant};
use crate::config::document::{Node, Reading};
use std::fmt::Debug;

/// A key of any type. The reference and the JSON Schema are generated from these methods.
pub trait AnyKey: Debug + Sync {
    /// The name.
    fn name(&self) -> &'static str;
    /// The kind of its value.
    fn kind(&self) -> Kind;
    /// A one-line description.
    fn summary(&self) -> &'static str;
    /// The meaning of its absence.
    fn when_absent(&self) -> WhenAbsent;
    /// Reads a value and shows it as a default is shown; `None` where it is invalid or the key has no reader.
    fn read_back(&self, node: Node<'_>, reading: &mut Reading<'_>) -> Option<String>;
}

/// The meaning of an absent key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WhenAbsent {
    /// The key is required.
    Required,
    /// The thing that the key describes does not exist.
    Absent,
    /// A rule in words, where the default depends on something else.
    Rule(&'static str),
    /// The default, written as in the file.
    Value(String),
}

/// Reads a value. Adds a problem and returns `None` if it is invalid.
pub type Read<T> = for<'t> fn(Node<'t>, &mut Reading<'_>) -> Option<T>;

/// A key that has no value of its own when it is absent.
#[derive(Debug)]
pub struct Key<T: 'static> {
    name: &'static str,
    kind: Kind,
    summary: &'static str,
    required: bool,
    rule: Option<&'static str>,
    pub(in crate::config) read: Read<T>,
    show: fn(&T) -> String,
}

/// A key with a default.
#[derive(Debug)]
pub struct KeyOr<T: 'static> {
    pub(in crate::config) key: Key<T>,
    pub(in crate::config) default: fn() -> T,
}

/// A key whose value is a section: a map with known keys of its own.
#[derive(Debug)]
pub struct Section {
    name: &'static str,
    pub(in crate::config) record: &'static Record,
    summary: &'static str,
    rule: Option<&'static str>,
}

/// A word that a file may hold, its meaning to the program, and its description.
pub type Choice<T> = (&'static str, T, &'static str);

/// A type whose values are words in files.
pub trait Choices: Copy + PartialEq + Sized + 'static {
    /// The words.
    const CHOICES: &'static [Choice<Self>];

    /// Returns the word of this value.
    fn word(self) -> &'static str {
        Self::CHOICES.iter().find(|(_, value, _)| *value == self).map_or("", |(word, _, _)| word)
    }

    /// Returns the words with their descriptions.
    fn words() -> Vec<Word> {
        Self::CHOICES.iter().map(|(name, _, summary)| Word { name, summary }).collect()
    }
}

impl<T> Key<T> {
    /// Declares a key with a reader of its own.
    pub const fn new(name: &'static str, kind: Kind, summary: &'static str, read: Read<T>) -> Self {
        Self { name, kind, summary, required: false, rule: None, read, show: |_| String::new() }
    }

    /// Sets how a default is written, for a key with a reader of its own.
    #[must_use]
    pub const fn shown(self, show: fn(&T) -> String) -> Self {
        Self { show, ..self }
    }

    /// The key must be given.
    #[must_use]
    pub const fn required(self) -> Self {
        Self { required: true, ..self }
    }

    /// States in words what holds without the key.
    #[must_use]
    pub const fn rule(self, rule: &'static str) -> Self {
        Self { rule: Some(rule), ..self }
    }

    /// Returns whether the key must be given.
    pub const fn is_required(&self) -> bool {
        self.required
    }

    /// Gives the key a default.
    pub const fn or(self, default: fn() -> T) -> KeyOr<T> {
        KeyOr { key: self, default }
    }
}

impl<T> KeyOr<T> {
    /// Returns the default.
    pub fn default_value(&self) -> T {
        (self.default)()
    }
}

impl Key<f64> {
    /// A finite number.
    pub const fn number(name: &'static str, summary: &'static str) -> Self {
        Self::new(name, Kind::Number, summary, |node, reading| reading.take(node.read_number()))
            .shown(|number| significant(*number, 15))
    }

    /// A probability or share from 0 to 1.
    pub const fn probability(name: &'static str, summary: &'static str) -> Self {
        Self::new(name, Kind::Probability, summary, |node, reading| reading.take(node.read_probability()))
            .shown(|share| match *share {
                share if share == 0.0 || share == 1.0 => significant(share, 1),
                share => format!("{}%", significant(100.0 * share, 15)),
            })
    }

    /// A share near one, read as its complement.
    pub const fn share_complement(name: &'static str, summary: &'static str) -> Self {
        Self::new(name, Kind::Share, summary, |node, reading| reading.take(node.read_share_complement()))
    }

    /// A duration in seconds.
    pub const fn duration(name: &'static str, summary: &'static str) -> Self {
        Self::new(name, Kind::Duration, summary, |node, reading| reading.take(node.read_duration()))
            .shown(|seconds| format_duration(*seconds))
    }

    /// A duration above zero, in seconds.
    pub const fn positive_duration(name: &'static str, summary: &'static str) -> Self {
        Self::new(name, Kind::Duration, summary, |node, reading| reading.take(node.read_positive_duration()))
            .shown(|seconds| format_duration(*seconds))
    }

    /// A rate above zero, in events per second.
    pub const fn rate(name: &'static str, summary: &'static str) -> Self {
        Self::new(name, Kind::Rate, summary, |node, reading| reading.take(node.read_rate()))
            .shown(|per_s| format!("{}/s", significant(*per_s, 15)))
    }

    /// A data rate above zero, in bytes per second.
    pub const fn byte_rate(name: &'static str, summary: &'static str) -> Self {
        Self::new(name, Kind::ByteRate, summary, |node, reading| reading.take(node.read_byte_rate()))
    }
}

impl Key<u64> {
    /// A whole number from `MIN` to `MAX`.
    pub const fn count<const MIN: u64, const MAX: u64>(name: &'static str, summary: &'static str) -> Self {
        let read: Read<u64> = |node, reading| reading.take(node.read_count(MIN, MAX));
        Self::new(name, Kind::Count { min: MIN }, summary, read).shown(u64::to_string)
    }

    /// An amount of data in bytes.
    pub const fn bytes(name: &'static str, summary: &'static str) -> Self {
        Self::new(name, Kind::Bytes, summary, |node, reading| reading.take(node.read_bytes()))
            .shown(u64::to_string)
    }
}

impl Key<bool> {
    /// `true` or `false`.
    pub const fn flag(name: &'static str, summary: &'static str) -> Self {
        Self::new(name, Kind::Flag, summary, |node, reading| reading.take(node.read_flag()))
            .shown(bool::to_string)
    }
}

impl Key<String> {
    /// Any text.
    pub const fn text(name: &'static str, summary: &'static str) -> Self {
        let read: Read<String> = |node, reading| reading.take(node.read_text()).map(str::to_owned);
        Self::new(name, Kind::Text, summary, read).shown(String::clone)
    }
}

impl<T: Choices> Key<T> {
    /// One of a few words.
    pub const fn choice(name: &'static str, summary: &'static str) -> Self {
        Self::new(name, Kind::Choice(T::words), summary, |node, reading| {
            reading.take(node.read_choice(T::CHOICES))
        })
        .shown(|value| value.word().to_owned())
    }
}

impl Key<()> {
    /// A key whose value another reader reads: see [`Fields::node`](crate::config::fields::Fields::node).
    pub const fn node(name: &'static str, kind: Kind, summary: &'static str) -> Self {
        Self::new(name, kind, summary, |_, _| None)
    }
}

impl Section {
    /// Declares a section.
    pub const fn new(name: &'static str, record: &'static Record, summary: &'static str) -> Self {
        Self { name, record, summary, rule: None }
    }

    /// States in words what holds without the section.
    #[must_use]
    pub const fn rule(self, rule: &'static str) -> Self {
        Self { rule: Some(rule), ..self }
    }
}

impl<T: Debug> AnyKey for Key<T> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn kind(&self) -> Kind {
        self.kind
    }

    fn summary(&self) -> &'static str {
        self.summary
    }

    fn when_absent(&self) -> WhenAbsent {
        match self.rule {
            _ if self.required => WhenAbsent::Required,
            Some(rule) => WhenAbsent::Rule(rule),
            None => WhenAbsent::Absent,
        }
    }

    fn read_back(&self, node: Node<'_>, reading: &mut Reading<'_>) -> Option<String> {
        Some((self.show)(&(self.read)(node, reading)?))
    }
}

impl<T: Debug> AnyKey for KeyOr<T> {
    fn name(&self) -> &'static str {
        self.key.name
    }

    fn kind(&self) -> Kind {
        self.key.kind
    }

    fn summary(&self) -> &'static str {
        self.key.summary
    }

    fn when_absent(&self) -> WhenAbsent {
        WhenAbsent::Value((self.key.show)(&(self.default)()))
    }

    fn read_back(&self, node: Node<'_>, reading: &mut Reading<'_>) -> Option<String> {
        self.key.read_back(node, reading)
    }
}

impl AnyKey for Section {
    fn name(&self) -> &'static str {
        self.name
    }

    fn kind(&self) -> Kind {
        Kind::Record(self.record)
    }

    fn summary(&self) -> &'static str {
        self.summary
    }

    fn when_absent(&self) -> WhenAbsent {
        self.rule.map_or(WhenAbsent::Absent, WhenAbsent::Rule)
    }

    fn read_back(&self, _: Node<'_>, _: &mut Reading<'_>) -> Option<String> {
        None
    }
}
