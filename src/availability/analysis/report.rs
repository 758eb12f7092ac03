//! The typed result: what JSON writes, and what every document is made of.

use super::measures::Measures;
use crate::availability::evidence::{Shape, Source};
use crate::base::outcome::Outcome;
use crate::base::time::{Timestamp, Zone};
use crate::timeline::slo::Budget;
use serde::Serialize;

/// The name and version of the JSON schema. The number grows when a field changes its meaning or goes.
pub const SCHEMA: &str = "steadfast.availability/2";

/// Everything that `availability` found.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// [`SCHEMA`].
    pub schema: &'static str,
    /// The version of the program.
    pub version: &'static str,
    /// The inputs and how they were read.
    pub inputs: Vec<Source>,
    /// The shape of the evidence.
    pub shape: Shape,
    /// The observed window.
    pub window: WindowReport,
    /// The zone of calendar units and of local times.
    pub timezone: Zone,
    /// How services make up the whole, in words.
    pub combine: String,
    /// Whether the whole is a fleet, whose services' times and failures add up.
    #[serde(skip)]
    pub is_fleet: bool,
    /// The level of all intervals.
    pub confidence: f64,
    /// The seed of the bootstrap, where there is one.
    pub seed: Option<u64>,
    /// The longest known gap between samples, in seconds; only for samples.
    pub max_gap_s: Option<f64>,
    /// The whole.
    pub total: Measures,
    /// The breakdowns, the main one first.
    pub breakdowns: Vec<Breakdown>,
    /// The standing of objectives.
    pub slo: Vec<SloReport>,
    /// What was done with rows that were not taken as they stand.
    pub ledger: Vec<LedgerTotal>,
    /// What a careful reader must know.
    pub warnings: Vec<String>,
    /// The outcome of every gate.
    pub gates: Vec<GateReport>,
    /// Every service, whatever the breakdowns are: what gates and metrics are about.
    #[serde(skip)]
    pub services: Vec<NamedMeasures>,
    /// When each service was down, for the strips.
    #[serde(skip)]
    pub strips: Vec<(String, Vec<f64>)>,
}

/// The window.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct WindowReport {
    /// Its first instant.
    pub from: Timestamp,
    /// The first instant after it.
    pub to: Timestamp,
    /// Whether it starts with the log's first instant for want of `--from`.
    pub from_data_start: bool,
    /// Whether it ends with the log's last instant for want of `--to`.
    pub from_data_end: bool,
}

/// One table: the parts of the whole by one key.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Breakdown {
    /// The key: `service`, `severity`, `month`, …
    pub by: String,
    /// The parts.
    pub lines: Vec<NamedMeasures>,
}

/// The measures of one part.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NamedMeasures {
    /// The part's name.
    pub name: String,
    /// Its measures.
    #[serde(flatten)]
    pub measures: Measures,
}

/// The standing of one objective.
#[derive(Debug, Clone, Serialize)]
pub struct SloReport {
    /// The service, or the whole.
    pub subject: String,
    /// The objective as a share, such as 0.999.
    pub target: f64,
    /// Its complement, with all its digits.
    pub unavailability_target: f64,
    /// The objective's window in words: `30d`, `month`, …
    pub slo_window: String,
    /// Budget, what is spent of it and the worst windows.
    pub budget: Budget,
    /// Whether the interval of the availability lies wholly on the objective's good side.
    pub shown: bool,
    /// Days without failure until it would, when it does not: with failures by the F interval, without by the assumed MTTR.
    pub clean_days_needed: Option<f64>,
}

/// The outcome of one gate on one subject.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GateReport {
    /// The condition under which it is missed, without its subject.
    pub condition: String,
    /// A service, or `all services`.
    pub subject: String,
    /// How it came out.
    pub outcome: Outcome,
    /// What was measured, in words.
    pub detail: String,
}

/// What was done with the rows of one kind.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LedgerTotal {
    /// The kind.
    pub reason: &'static str,
    /// How many rows.
    pub rows: u64,
    /// The sum of their effects in seconds, where they have one.
    pub effect_s: f64,
    /// What the effect means.
    pub effect: &'static str,
}
