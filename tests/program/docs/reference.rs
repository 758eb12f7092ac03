//! Generates the reference of a file format in Markdown.

use std::fmt::Write as _;
use steadfast::config::schema::{
    AnyKey, Family, Kind, Record, SchemaPart, WhenAbsent, describe_kind, describe_words, parts, record_of,
};

/// Generates a section for the record `root` and for each part that it refers to, with their keys.
pub(super) fn reference(root: &'static Record) -> String {
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
                let _ = writeln!(text, "Takes a {}.", describe_kind(member.value, &link));
            }
        }
    }
    text
}

/// Describes the short form that may replace the map of a variant.
fn short_of(value: Kind) -> Option<String> {
    match value {
        Kind::Either([short, _]) => Some(describe_kind(*short, &link)),
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
        let summary = cell(key.summary()) + &cell(&describe_words(key.kind()));
        let _ = writeln!(
            text,
            "| `{}` | {} | {default} | {summary} |",
            key.name(),
            cell(&describe_kind(key.kind(), &link))
        );
    }
    text
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

fn link(name: &str) -> String {
    format!("[{name}](#{})", name.replace(' ', "-"))
}
