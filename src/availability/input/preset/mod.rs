//! FAMILY: the recognised exports. One file per system, one line each in [`PRESETS`].
//!
//! A preset lists the columns, keys or words by which its export is recognised, and the meaning of its
//! columns. Everything else (dates, zones, quoting, the ledger) is the same for all exports.

mod alertmanager;
mod aws;
mod betterstack;
mod cachet;
mod canonical;
mod checkmk;
mod datadog;
mod firehydrant;
mod gatus;
mod gcp;
mod github;
mod grafana;
mod healthchecks;
mod hosts;
mod icinga2;
mod incident_io;
mod instatus;
mod jira;
mod maximo;
mod nagios;
mod newrelic;
mod ohdear;
mod opsgenie;
mod pagerduty;
mod pingdom;
pub(super) mod prometheus;
mod rootly;
mod servicenow;
mod statuscake;
mod statuspage;
mod uptime_kuma;
mod uptimerobot;
mod victorops;
mod watch;
mod zabbix;

use super::field::{Field, Record};
use super::json_path::at;
use super::lists::Item;
use super::plan::{KindWords, ServiceRule};
use crate::availability::evidence::Shape;
use crate::base::suggest::fold;
use crate::base::time::Zone;
use crate::timeline::Span;
use crate::timeline::samples::State;
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
    /// The states of words that differ from their usual meaning.
    pub states: &'static [(&'static str, State)],
    /// The values of the field [`Field::Kind`] that tell outages from other rows.
    pub kinds: KindWords,
    /// Whether times without a zone are in UTC, whatever `--timezone` says.
    pub times_in_utc: bool,
    /// The path in the document of the zone of times without one; empty for none.
    pub zone_path: &'static str,
    /// A further test of the first object, where several exports have the same signature.
    pub is_of: fn(&Value) -> bool,
    /// Chooses and pairs the objects of a list, where an incident has several.
    pub prepare: Option<fn(Vec<Item<'_>>) -> Vec<Item<'_>>>,
    /// The states, besides the usual words, of an incident that is over.
    pub over: &'static [&'static str],
    /// Whether the state of an incident only hints at whether it is over: an end counts whatever the state says.
    pub state_hints: bool,
    /// The services that the document names besides those of its rows.
    pub roster: Option<fn(&Value) -> Vec<&str>>,
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
        states: &[],
        kinds: KindWords::NONE,
        times_in_utc: false,
        zone_path: "",
        is_of: |_| true,
        prepare: None,
        over: &[],
        state_hints: true,
        roster: None,
        note: "",
    };

    /// A list of incidents without anything particular.
    const LIST: Self = Self { kind: Kind::Json, ..Self::TABLE };

    /// Whether the preset, other than the canonical one, reads such objects.
    pub fn reads(&self, object: &Value) -> bool {
        matches!(self.kind, Kind::Json)
            && !self.signature.is_empty()
            && self.signature.iter().all(|path| at(object, path).is_some())
            && (self.is_of)(object)
    }
}

/// Parses an export line by line into incidents.
pub trait LineParser: Send {
    /// Parses the next line; `number` is counted from 1. Fails with the reason if the line cannot be
    /// parsed.
    fn line(&mut self, number: u32, line: &str) -> Result<(), String>;
    /// Returns what the log tells. `zone` is that of the calendar.
    fn finish(self: Box<Self>, zone: &Zone) -> Parsed;
}

/// What a log tells that is read line by line.
pub struct Parsed {
    /// The incidents.
    pub records: Vec<Record>,
    /// The first and last time in the log.
    pub seen: Option<Span>,
    /// The time of which the log tells; beyond it nothing is known. `None` for a log of incidents.
    pub covered: Option<Span>,
    /// The hosts and services that it names.
    pub roster: Vec<String>,
    /// The lines that make no sense without others, by number, with the reason.
    pub refused: Vec<(u32, &'static str)>,
}

/// The recognised exports, the most specific first. The canonical forms come last and accept what no
/// other preset recognises.
pub static PRESETS: &[&Preset] = &[
    &pagerduty::CSV,
    &pagerduty::API,
    &pagerduty::ANALYTICS,
    &opsgenie::CSV,
    &opsgenie::REPORTED,
    &opsgenie::API,
    &servicenow::AUDIT_LOG,
    &servicenow::EXPORT,
    &servicenow::API,
    &jira::CSV,
    &maximo::CSV,
    &statuspage::JSON,
    &statuspage::MAINTENANCE,
    &instatus::JSON,
    &cachet::JSON,
    &gcp::JSON,
    &aws::HEALTH,
    &aws::ALARMS,
    &betterstack::JSON,
    &rootly::JSON,
    &datadog::JSON,
    &firehydrant::JSON,
    &incident_io::JSON,
    &victorops::JSON,
    &newrelic::JSON,
    &github::ISSUES,
    &prometheus::MATRIX,
    &alertmanager::JSON,
    &grafana::ANNOTATIONS,
    &grafana::ALERTS,
    &grafana::ONCALL,
    &gatus::JSON,
    &healthchecks::JSON,
    &ohdear::JSON,
    &pingdom::JSON,
    &statuscake::ALERTS,
    &statuscake::PERIODS,
    &uptime_kuma::CSV,
    &checkmk::TIMELINE,
    &uptimerobot::CSV,
    &uptimerobot::API,
    &zabbix::EXPORT,
    &zabbix::API,
    &zabbix::EVENTS,
    &nagios::LOG,
    &icinga2::EVENTS,
    &canonical::STATES,
    &canonical::TABLE,
    &canonical::JSON,
];

/// Returns the preset of a name.
pub fn named(name: &str) -> Option<&'static Preset> {
    PRESETS.iter().copied().find(|preset| preset.name == name)
}

/// Returns the preset (other than the canonical ones) whose signature the header contains; the longest
/// signature wins.
pub fn for_header(header: &[String]) -> Option<&'static Preset> {
    let folded: Vec<String> = header.iter().map(|name| fold(name)).collect();
    let candidates = PRESETS.iter().copied().filter(|preset| {
        matches!(preset.kind, Kind::Delimited)
            && !preset.signature.is_empty()
            && preset.signature.iter().all(|name| folded.contains(&fold(name)))
    });
    candidates.max_by_key(|preset| preset.signature.len())
}

/// Returns the preset (other than the canonical one) that reads one of these objects of a list.
pub fn for_objects(objects: &[&Value]) -> Option<&'static Preset> {
    let reads = |preset: &&Preset| objects.iter().any(|object| preset.reads(object));
    let candidates = PRESETS.iter().copied().filter(reads);
    candidates.max_by_key(|preset| preset.signature.len())
}

/// Returns the preset of a table: the `stated` one, else the recognised one, else the canonical one.
pub fn of_table(header: &[String], stated: Option<&'static Preset>) -> Result<&'static Preset, String> {
    match stated {
        None => Ok(for_header(header).unwrap_or(&canonical::TABLE)),
        Some(preset) if matches!(preset.kind, Kind::Delimited) => Ok(preset),
        Some(preset) => Err(format!("is a table, but --preset {} does not read tables", preset.name)),
    }
}

/// Reads the records of a document.
pub(super) type ReadDocument = fn(&Value) -> Result<Vec<Record>, String>;

/// Returns the preset that recognises the document as a whole, with its reader.
pub fn for_document(document: &Value) -> Option<(&'static Preset, ReadDocument)> {
    PRESETS.iter().find_map(|preset| match preset.kind {
        Kind::Document { sniff, read } if sniff(document) => Some((*preset, read)),
        _ => None,
    })
}

pub(super) use canonical::PLANNED_COLUMNS;

/// The canonical preset of JSON.
pub static CANONICAL_JSON: &Preset = &canonical::JSON;

/// Returns the preset that reads the text line by line, with a parser.
pub fn for_text(head: &str) -> Option<(&'static Preset, Box<dyn LineParser>)> {
    PRESETS.iter().find_map(|preset| match preset.kind {
        Kind::Lines { sniff, start } if sniff(head) => Some((*preset, start())),
        _ => None,
    })
}
