//! FAMILY: the recognised exports. One file per system, one line each in [`PRESETS`].
//!
//! A preset lists the columns, keys or words by which its export is recognised, and the meaning of its
//! columns. Everything else (dates, zones, quoting, the ledger) is the same for all exports.

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
    /// The name for `--preset`.
    pub name: &'static str,
    /// A description of the export, in one line.
    pub summary: &'static str,
    /// An example of such an export, of one or two lines.
    pub example: &'static str,
    /// The structure by which the export is recognised and read.
    pub kind: Kind,
}

/// The structure of an export.
pub enum Kind {
    /// A table with a header.
    Delimited(&'static Delimited),
    /// A list of JSON objects: an array, in an envelope, or one per line.
    Json(&'static Json),
    /// A JSON document of another structure.
    Document(&'static DocumentReader),
    /// Lines of text.
    Lines(&'static LineReader),
}

/// A table with a header.
pub struct Delimited {
    /// The kind of rows.
    pub shape: Shape,
    /// The columns that must all be present for the export to be recognised; empty for the canonical
    /// forms.
    pub signature: &'static [&'static str],
    /// The columns of each field, of which the first that is present and not empty is used.
    pub columns: &'static [(Field, &'static [&'static str])],
    /// Whether an incident has several rows, of which the last counts.
    pub last_row_counts: bool,
    /// The rule that derives the service name from its cell.
    pub service: ServiceRule,
    /// Further words for states that are neither up nor down.
    pub unknown_states: &'static [&'static str],
    /// A remark on this export for the reader of the figures.
    pub note: &'static str,
}

/// The rule that derives the service name from its cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServiceRule {
    /// The cell is the name.
    AsWritten,
    /// The name is in brackets before the text: `[api] 5xx spike`.
    InBrackets,
}

/// A list of JSON objects.
pub struct Json {
    /// The kind of objects.
    pub shape: Shape,
    /// Dotted paths that must all be present in the first object for the export to be recognised.
    pub signature: &'static [&'static str],
    /// The path of a list in the object of which each element makes a row. Paths inside the element
    /// start with `@`.
    pub each: Option<&'static str>,
    /// The dotted paths of each field, of which the first that is present and not null is used.
    pub paths: &'static [(Field, &'static [&'static str])],
    /// A remark on this export for the reader of the figures.
    pub note: &'static str,
}

/// A JSON document that is not a list of objects.
pub struct DocumentReader {
    /// The kind of records.
    pub shape: Shape,
    /// Recognises the document.
    pub sniff: fn(&Value) -> bool,
    /// Extracts the records.
    pub read: fn(&Value) -> Vec<Record>,
}

/// Lines of text without a header.
pub struct LineReader {
    /// Recognises the first lines.
    pub sniff: fn(&str) -> bool,
    /// Creates a parser.
    pub start: fn() -> Box<dyn LineParser>,
}

/// Parses an export line by line into incidents.
pub trait LineParser: Send {
    /// Parses the next line; `number` is counted from 1. Fails with the reason if the line cannot be
    /// parsed.
    fn line(&mut self, number: u32, line: &str) -> Result<(), String>;
    /// Returns all incidents, and the first and last time in the log in epoch seconds.
    fn finish(self: Box<Self>) -> (Vec<Record>, Option<(i64, i64)>);
}

/// The recognised exports, the most specific first. The canonical forms come last and accept what no
/// other preset recognises.
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

/// Returns the preset of a name.
pub fn named(name: &str) -> Option<&'static Preset> {
    PRESETS.iter().copied().find(|preset| preset.name == name)
}

/// Returns the preset (other than the canonical ones) whose signature the header contains. The longest
/// signature wins.
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

/// Returns the preset (other than the canonical one) whose signature the object contains. The longest
/// signature wins.
pub fn for_object(object: &Value) -> Option<(&'static Preset, &'static Json)> {
    let lists = PRESETS.iter().filter_map(|preset| match &preset.kind {
        Kind::Json(list) if !list.signature.is_empty() => Some((*preset, *list)),
        _ => None,
    });
    lists
        .filter(|(_, list)| list.signature.iter().all(|path| super::json::at(object, path).is_some()))
        .max_by_key(|(_, list)| list.signature.len())
}

/// Returns the preset that recognises the document as a whole.
pub fn for_document(document: &Value) -> Option<(&'static Preset, &'static DocumentReader)> {
    PRESETS.iter().find_map(|preset| match &preset.kind {
        Kind::Document(reader) if (reader.sniff)(document) => Some((*preset, *reader)),
        _ => None,
    })
}

/// Returns the preset that reads the text line by line.
pub fn for_text(head: &str) -> Option<(&'static Preset, &'static LineReader)> {
    PRESETS.iter().find_map(|preset| match &preset.kind {
        Kind::Lines(reader) if (reader.sniff)(head) => Some((*preset, *reader)),
        _ => None,
    })
}
