//! Generates the reference of a file format in Markdown.

use super::{AnyKey, Family, Kind, Member, Record, SchemaPart, WhenAbsent, Word, parts};
use std::fmt::Write as _;

/// Generates a section for the record `root` and for each part that it refers to, with their keys.
pub fn reference(root: &'static Record) -> String {
    let parts = parts(root);
    // The records of a family's variants are described in the section of the family.
    let variants: Vec<*const Record> = parts.iter().flat_map(|part| records_of(*part)).collect();
    let sections = parts.iter().filter_map(|part| match part {
        SchemaPart::Record(record) if variants.contains(&std::ptr::from_ref(*record)) => None,
        SchemaPart::Record(record) => Some(record_section(record)),
        // The variants are described elsewhere already; only the additional keys are new.
        SchemaPart::Family(family) if stands_elsewhere(family, &parts) => Some(beside_section(family)),
        SchemaPart::Family(family) => Some(family_section(family)),
    });
    sections.collect::<Vec<_>>().join("\n")
}

/// Returns whether a family with additional keys has the same variants as one without, whose section
/// describes them.
fn stands_elsewhere(family: &Family, parts: &[SchemaPart]) -> bool {
    let names = |family: &Family| (family.members)().iter().map(|member| member.name).collect::<Vec<_>>();
    !family.beside.is_empty()
        && parts.iter().any(|part| match part {
            SchemaPart::Family(other) => other.beside.is_empty() && names(other) == names(family),
            SchemaPart::Record(_) => false,
        })
}

/// Returns the records of the variants of a family.
fn records_of(part: SchemaPart) -> Vec<*const Record> {
    let SchemaPart::Family(family) = part else {
        return Vec::new();
    };
    let members = (family.members)();
    members.iter().filter_map(|member| record_of(member.value).map(std::ptr::from_ref)).collect()
}

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
            without_links(&kind(key.kind())),
            words(key.kind())
        );
    }
    text
}

/// Replaces Markdown links with their text: `[distribution](#distribution)` becomes `distribution`.
fn without_links(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('[') {
        plain.push_str(before);
        let (name, after) = after.split_once("](").unwrap_or((after, ""));
        plain.push_str(name);
        rest = after.split_once(')').map_or("", |(_, rest)| rest);
    }
    plain + rest
}

/// Returns the record of a variant, which may have a short form beside it.
fn record_of(kind: Kind) -> Option<&'static Record> {
    match kind {
        Kind::Record(record) => Some(record),
        Kind::Either(kinds) => kinds.iter().find_map(|kind| record_of(*kind)),
        _ => None,
    }
}

fn record_section(record: &Record) -> String {
    format!("### {}\n\n{}\n\n{}", record.name, record.summary, table(record.keys))
}

fn beside_section(family: &Family) -> String {
    format!("### {}\n\n{}\n\n{}", family.name, family.summary, table(family.beside))
}

fn family_section(family: &Family) -> String {
    let mut text = format!("### {}\n\n{}\n\n", family.name, family.summary);
    if !family.beside.is_empty() {
        text.push_str(&table(family.beside));
        text.push('\n');
    }
    text.push_str("| name | description | example |\n|---|---|---|\n");
    let members = (family.members)();
    for member in &members {
        let _ =
            writeln!(text, "| `{}` | {} | `{}` |", member.name, cell(member.summary), cell(member.example));
    }
    for member in &members {
        let _ = write!(text, "\n#### `{}`\n\n", member.name);
        match record_of(member.value) {
            Some(record) => {
                if record.summary != member.summary {
                    let _ = write!(text, "{}\n\n", record.summary);
                }
                if let Some(short) = short_of(member.value) {
                    let _ = write!(text, "A bare {short} may replace the map.\n\n");
                }
                text.push_str(&table(record.keys));
            }
            None => {
                let _ = writeln!(text, "Takes a {}.", kind(member.value));
            }
        }
    }
    text
}

/// Describes the short form that may replace the map of a variant.
fn short_of(value: Kind) -> Option<String> {
    match value {
        Kind::Either([short, _]) => Some(kind(*short)),
        _ => None,
    }
}

fn table(keys: &[&dyn AnyKey]) -> String {
    let mut text = String::from("| key | value | default | meaning |\n|---|---|---|---|\n");
    for key in keys {
        let default = match key.when_absent() {
            WhenAbsent::Required => "required".to_owned(),
            WhenAbsent::Absent => String::new(),
            WhenAbsent::Rule(rule) => rule.to_owned(),
            WhenAbsent::Value(value) => format!("`{value}`"),
        };
        let summary = cell(key.summary()) + &words(key.kind());
        let _ = writeln!(text, "| `{}` | {} | {default} | {summary} |", key.name(), cell(&kind(key.kind())));
    }
    text
}

/// Lists the words of a choice with their meanings: `` . `hot`: as a serving unit; `cold`: not at all ``.
fn words(kind: Kind) -> String {
    let words = words_of(kind);
    let described: Vec<String> = words
        .iter()
        .filter(|word| !word.summary.is_empty())
        .map(|word| format!("`{}`: {}", word.name, cell(word.summary)))
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

/// Describes a kind in words.
fn kind(kind_: Kind) -> String {
    match kind_ {
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
        Kind::List(kind_) => format!("list of: {}", kind(*kind_)),
        Kind::Map(kind_) => format!("map of name to {}", kind(*kind_)),
        Kind::Record(record) => link(record.name),
        Kind::Variant(family) => link(family.name),
        Kind::Either(kinds) => {
            let kinds: Vec<String> = kinds.iter().map(|kind_| kind(*kind_)).collect();
            kinds.join(", or ")
        }
    }
}

fn link(name: &str) -> String {
    format!("[{name}](#{})", name.replace(' ', "-"))
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}
