//! FAMILY: the exports that are recognised. One file per system, one line each in [`PRESETS`].
//!
//! A preset says by which columns, keys or words its export is known, and which of them mean what. Everything else (dates,
//! zones, quoting, the ledger) is the same for all.

mod betterstack;
mod canonical;
mod gcp;
mod jira;
mod nagios;
mod opsgenie;
mod pagerduty;
mod prometheus;
mod rootly;
mod servicenow;
mod statuspage;
mod uptime_kuma;

use super::field::{Field, Record};
use crate::availability::evidence::Shape;
use crate::base::suggest::fold;
use serde_json::Value;

/// One kind of export.
pub struct Preset {
    /// Its name for `--preset`.
    pub name: &'static str,
    /// What it reads, in one line.
    pub summary: &'static str,
    /// A line or two of such an export.
    pub example: &'static str,
    /// How it is known and read.
    pub kind: Kind,
}

/// How an export is known and read.
pub enum Kind {
    /// Columns with a header.
    Delimited(&'static Delimited),
    /// A list of JSON objects, alone or in an envelope, or one a line.
    Json(&'static Json),
    /// A JSON document of another build.
    Document(&'static DocumentReader),
    /// Lines of text.
    Lines(&'static LineReader),
}

/// A table with a header.
pub struct Delimited {
    /// What a row is.
    pub shape: Shape,
    /// The columns that must all be there for the export to be known by.
    pub signature: &'static [&'static str],
    /// The columns of each field, the first that is there and not empty counting.
    pub columns: &'static [(Field, &'static [&'static str])],
    /// Whether one incident has several rows, the last of which counts.
    pub last_row_counts: bool,
    /// How the service is found where no column holds it.
    pub service: ServiceRule,
    /// States that are neither up nor down, beyond the usual words.
    pub unknown_states: &'static [&'static str],
    /// What a reader of the figures must know about this export.
    pub note: &'static str,
}

/// How a cell becomes the service's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServiceRule {
    /// The cell is the name.
    AsWritten,
    /// The name stands in brackets before the text: `[api] 5xx spike`.
    InBrackets,
}

/// A list of JSON objects.
pub struct Json {
    /// What an object is.
    pub shape: Shape,
    /// Dotted paths that the first object must all have.
    pub signature: &'static [&'static str],
    /// The path of a list in the object of which each element makes a row of its own; paths below it start with `@`.
    pub each: Option<&'static str>,
    /// The dotted paths of each field, the first that is there and not null counting.
    pub paths: &'static [(Field, &'static [&'static str])],
    /// What a reader of the figures must know about this export.
    pub note: &'static str,
}

/// A JSON document that is not a list of objects.
pub struct DocumentReader {
    /// What a record of it is.
    pub shape: Shape,
    /// Whether the document is of this kind.
    pub sniff: fn(&Value) -> bool,
    /// Its records.
    pub read: fn(&Value) -> Vec<Record>,
}

/// Lines of text without a header.
pub struct LineReader {
    /// Whether the first lines are of this kind.
    pub sniff: fn(&str) -> bool,
    /// A fresh reader.
    pub start: fn() -> Box<dyn LineParser>,
}

/// Reads an export line by line. Its records are incidents.
pub trait LineParser: Send {
    /// Takes the next line; its number is counted from 1. Errs with what is wrong with it.
    fn line(&mut self, number: u32, line: &str) -> Result<(), String>;
    /// All incidents, and the first and last instant (epoch seconds) the log speaks of.
    fn finish(self: Box<Self>) -> (Vec<Record>, Option<(i64, i64)>);
}

/// The exports that are recognised, most particular first; the canonical form comes last and takes what none of the others knows.
pub static PRESETS: &[&Preset] = &[
    &pagerduty::CSV,
    &pagerduty::API,
    &opsgenie::CSV,
    &servicenow::AUDIT_LOG,
    &servicenow::EXPORT,
    &jira::CSV,
    &statuspage::JSON,
    &gcp::JSON,
    &betterstack::JSON,
    &rootly::JSON,
    &prometheus::MATRIX,
    &uptime_kuma::CSV,
    &nagios::LOG,
    &canonical::STATES,
    &canonical::TABLE,
    &canonical::JSON,
];

/// The preset of a name.
pub fn named(name: &str) -> Option<&'static Preset> {
    PRESETS.iter().copied().find(|preset| preset.name == name)
}

/// The particular preset (not the canonical one) whose signature the header bears; the longest signature wins.
pub fn for_header(header: &[String]) -> Option<(&'static Preset, &'static Delimited)> {
    let folded: Vec<String> = header.iter().map(|name| fold(name)).collect();
    let tables = PRESETS.iter().filter_map(|preset| match &preset.kind {
        Kind::Delimited(table) if !table.signature.is_empty() => Some((*preset, *table)),
        _ => None,
    });
    tables
        .filter(|(_, table)| table.signature.iter().all(|name| folded.contains(&fold(name))))
        .max_by_key(|(_, table)| table.signature.len())
}

/// The particular preset whose signature the object bears; the longest signature wins.
pub fn for_object(object: &Value) -> Option<(&'static Preset, &'static Json)> {
    let lists = PRESETS.iter().filter_map(|preset| match &preset.kind {
        Kind::Json(list) if !list.signature.is_empty() => Some((*preset, *list)),
        _ => None,
    });
    lists
        .filter(|(_, list)| list.signature.iter().all(|path| super::json::at(object, path).is_some()))
        .max_by_key(|(_, list)| list.signature.len())
}

/// The preset that reads the document whole.
pub fn for_document(document: &Value) -> Option<(&'static Preset, &'static DocumentReader)> {
    PRESETS.iter().find_map(|preset| match &preset.kind {
        Kind::Document(reader) if (reader.sniff)(document) => Some((*preset, *reader)),
        _ => None,
    })
}

/// The preset that reads the text line by line.
pub fn for_text(head: &str) -> Option<(&'static Preset, &'static LineReader)> {
    PRESETS.iter().find_map(|preset| match &preset.kind {
        Kind::Lines(reader) if (reader.sniff)(head) => Some((*preset, *reader)),
        _ => None,
    })
}
