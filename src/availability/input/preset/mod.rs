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
use super::json_path::at;
use super::plan::ServiceRule;
use crate::availability::evidence::Shape;
use crate::base::suggest::fold;
use crate::timeline::Span;
use serde_json::Value;

/// One kind of export.
pub struct Preset {
    /// The name for `--preset`.
    pub name: &'static str,
    /// A description of the export, in one line.
    pub summary: &'static str,
    /// An example of such an export, of one or two lines.
    pub example: &'static str,
    /// The structure by which the export is read.
    pub kind: Kind,
    /// The kind of rows.
    pub shape: Shape,
    /// The columns, or the dotted paths in the first object, that must all be present for the export to be
    /// recognised; empty for the canonical forms and where the kind recognises the export.
    pub signature: &'static [&'static str],
    /// The columns or dotted paths of each field, of which the first that is present and not empty is used.
    pub fields: &'static [(Field, &'static [&'static str])],
    /// The path of a list in each object of which each element makes a row. Paths inside the element start
    /// with `@`.
    pub each: Option<&'static str>,
    /// Whether an incident has several rows, of which the last counts.
    pub last_row_counts: bool,
    /// The rule that derives the service name from its cell.
    pub service: ServiceRule,
    /// Further words for states that are neither up nor down.
    pub unknown_states: &'static [&'static str],
    /// A remark on this export for the reader of the figures.
    pub note: &'static str,
}

/// The structure of an export.
pub enum Kind {
    /// A table with a header.
    Delimited,
    /// A list of JSON objects: an array, in an envelope, or one per line.
    Json,
    /// A JSON document of another structure.
    Document {
        /// Recognises the document.
        sniff: fn(&Value) -> bool,
        /// Extracts the records.
        read: ReadDocument,
    },
    /// Lines of text without a header.
    Lines {
        /// Recognises the first lines.
        sniff: fn(&str) -> bool,
        /// Creates a parser.
        start: fn() -> Box<dyn LineParser>,
    },
}

impl Preset {
    /// A table of incidents without anything particular.
    const TABLE: Self = Self {
        name: "",
        summary: "",
        example: "",
        kind: Kind::Delimited,
        shape: Shape::Incidents,
        signature: &[],
        fields: &[],
        each: None,
        last_row_counts: false,
        service: ServiceRule::AsWritten,
        unknown_states: &[],
        note: "",
    };

    /// A list of incidents without anything particular.
    const LIST: Self = Self { kind: Kind::Json, ..Self::TABLE };

    /// Returns the shape of an export that has these fields. The canonical forms with a state and without an
    /// end have the shape `of_states`.
    pub fn shape_with(&self, has: impl Fn(Field) -> bool, of_states: impl FnOnce() -> Shape) -> Shape {
        let is_plain = !self.fields.is_empty() || has(Field::End) || !has(Field::State);
        if is_plain { self.shape } else { of_states() }
    }
}

/// Parses an export line by line into incidents.
pub trait LineParser: Send {
    /// Parses the next line; `number` is counted from 1. Fails with the reason if the line cannot be
    /// parsed.
    fn line(&mut self, number: u32, line: &str) -> Result<(), String>;
    /// Returns all incidents, and the first and last time in the log.
    fn finish(self: Box<Self>) -> (Vec<Record>, Option<Span>);
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

/// Returns the preset of which the export `has` the whole signature. The longest signature wins.
fn by_signature(of_kind: fn(&Kind) -> bool, has: impl Fn(&str) -> bool) -> Option<&'static Preset> {
    let candidates = PRESETS.iter().copied().filter(|preset| of_kind(&preset.kind));
    let found = candidates
        .filter(|preset| !preset.signature.is_empty() && preset.signature.iter().all(|name| has(name)));
    found.max_by_key(|preset| preset.signature.len())
}

/// Returns the preset (other than the canonical ones) whose signature the header contains.
pub fn for_header(header: &[String]) -> Option<&'static Preset> {
    let folded: Vec<String> = header.iter().map(|name| fold(name)).collect();
    by_signature(|kind| matches!(kind, Kind::Delimited), |name| folded.contains(&fold(name)))
}

/// Returns the preset (other than the canonical one) whose signature the object contains.
pub fn for_object(object: &Value) -> Option<&'static Preset> {
    by_signature(|kind| matches!(kind, Kind::Json), |path| at(object, path).is_some())
}

/// Returns the preset of a table: the `stated` one, else the recognised one, else the canonical one.
pub fn of_table(header: &[String], stated: Option<&'static Preset>) -> Result<&'static Preset, String> {
    match stated {
        None => Ok(for_header(header).unwrap_or(&canonical::TABLE)),
        Some(preset) if matches!(preset.kind, Kind::Delimited) => Ok(preset),
        Some(preset) => Err(format!("is a table, but --preset {} does not read tables", preset.name)),
    }
}

/// Returns the preset of a list of objects: the `stated` one, else the one recognised by the first
/// object, else the canonical one.
pub fn of_list(first: &Value, stated: Option<&'static Preset>) -> Result<&'static Preset, String> {
    match stated {
        None => Ok(for_object(first).unwrap_or(&canonical::JSON)),
        Some(preset) if matches!(preset.kind, Kind::Json) => Ok(preset),
        Some(preset) => {
            Err(format!("is a list of JSON objects, but --preset {} does not read those", preset.name))
        }
    }
}

/// Reads the records of a document.
type ReadDocument = fn(&Value) -> Vec<Record>;

/// Returns the preset that recognises the document as a whole, with its reader.
pub fn for_document(document: &Value) -> Option<(&'static Preset, ReadDocument)> {
    PRESETS.iter().find_map(|preset| match preset.kind {
        Kind::Document { sniff, read } if sniff(document) => Some((*preset, read)),
        _ => None,
    })
}

/// Returns the preset that reads the text line by line, with a parser.
pub fn for_text(head: &str) -> Option<(&'static Preset, Box<dyn LineParser>)> {
    PRESETS.iter().find_map(|preset| match preset.kind {
        Kind::Lines { sniff, start } if sniff(head) => Some((*preset, start())),
        _ => None,
    })
}
