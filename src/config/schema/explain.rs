//! Describes members of families and kinds of values in words.

use super::{Kind, Member, Record, WhenAbsent, Word};
use std::fmt::Write as _;

/// Describes a member for the `explain` subcommand: an example, and its keys one by one.
pub fn explained(member: &Member) -> String {
    let mut text = format!("  example: {}\n", member.example);
    let Some(record) = record_of(member.value) else {
        return text;
    };
    if !record.summary.is_empty() {
        let _ = writeln!(text, "  {}", record.summary);
    }
    for key in record.keys {
        let default = match key.when_absent() {
            WhenAbsent::Required => ", required".to_owned(),
            WhenAbsent::Absent => String::new(),
            WhenAbsent::Rule(rule) => format!(", by default {rule}"),
            WhenAbsent::Value(value) => format!(", by default {value}"),
        };
        let _ = writeln!(
            text,
            "  {}: {} ({}{default}){}",
            key.name(),
            key.summary(),
            describe_kind(key.kind(), &str::to_owned),
            describe_words(key.kind())
        );
    }
    text
}

/// Returns the record of a variant, which may have a short form beside it.
pub fn record_of(kind: Kind) -> Option<&'static Record> {
    match kind {
        Kind::Record(record) => Some(record),
        Kind::Either(kinds) => kinds.iter().find_map(|kind| record_of(*kind)),
        _ => None,
    }
}

/// Lists the words of a choice with their meanings: `` . `hot`: as a serving unit; `cold`: not at all ``.
pub fn describe_words(kind: Kind) -> String {
    let words = words_of(kind);
    let described: Vec<String> = words
        .iter()
        .filter(|word| !word.summary.is_empty())
        .map(|word| format!("`{}`: {}", word.name, word.summary))
        .collect();
    if described.is_empty() { String::new() } else { format!(". {}", described.join("; ")) }
}

fn words_of(kind: Kind) -> Vec<Word> {
    match kind {
        Kind::Choice(words) => words(),
        Kind::Either(kinds) => {
            kinds.iter().map(|kind| words_of(*kind)).find(|words| !words.is_empty()).unwrap_or_default()
        }
        _ => Vec::new(),
    }
}

/// Describes a kind in words; `link` is what the name of a record or family becomes.
pub fn describe_kind(kind: Kind, link: &dyn Fn(&str) -> String) -> String {
    let describe = |kind: &Kind| describe_kind(*kind, link);
    match kind {
        Kind::Text => "text".into(),
        Kind::Number => "number".into(),
        Kind::Count { min } => format!("whole number, at least {min}"),
        Kind::Probability => "probability: `0.01`, `1%`".into(),
        Kind::Share => "share: `99.95%`, `0.9995`".into(),
        Kind::Duration => "duration".into(),
        Kind::Rate => "rate: `50/s`".into(),
        Kind::Bytes => "bytes: `500`, `64KiB`, `1MB`".into(),
        Kind::ByteRate => "data rate: `500kB/s`, `8Mbit/s`".into(),
        Kind::Flag => "`true` or `false`".into(),
        Kind::Name => "name".into(),
        Kind::Choice(words) => {
            let names: Vec<String> = words().iter().map(|word| format!("`{}`", word.name)).collect();
            names.join(", ")
        }
        Kind::List(Kind::Name) => "list of names".into(),
        Kind::List(Kind::Duration) => "list of durations".into(),
        Kind::List(kind) => format!("list of: {}", describe(kind)),
        Kind::Map(kind) => format!("map of name to {}", describe(kind)),
        Kind::Record(record) => link(record.name),
        Kind::Variant(family) => link(family.name),
        Kind::Either(kinds) => kinds.iter().map(describe).collect::<Vec<_>>().join(", or "),
    }
}
