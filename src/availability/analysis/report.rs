//! The typed result of `availability`. It is written as JSON, and all documents are built from it.

use super::measures::Measures;
use super::settings::Window;
use crate::availability::evidence::{Shape, Source};
use crate::availability::ledger::Reason;
use crate::availability::quorum::Quorum;
use crate::base::outcome::Outcome;
use crate::base::time::{Timestamp, Zone};
use crate::timeline::slo::Budget;
use serde::Serialize;

/// The name and version of the JSON schema. The number grows when a field changes its meaning or goes.
pub(crate) const SCHEMA: &str = "steadfast.availability/3";

/// The result of `availability`.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// Why the figures decide nothing.
    #[serde(skip)]
    pub doubts: Vec<Doubt>,
    /// [`SCHEMA`].
    pub schema: &'static str,
    /// The version of the program.
    pub version: &'static str,
    /// The inputs and how they were read.
    pub inputs: Vec<Source>,
    /// The shape of the evidence.
    pub shape: Shape,
    /// The observed window.
    pub window: Window,
    /// The time zone of calendar units and of local times.
    pub timezone: Zone,
    /// The version of the zone database; `null` for UTC.
    pub zone_database: Option<&'static str>,
    /// How services make up the whole, in words.
    pub combine: String,
    /// Whether the whole is a fleet, whose services' times and failures add up.
    #[serde(skip)]
    pub is_fleet: bool,
    /// How many of a service's probes must see it down; `null` unless `--quorum` says so.
    pub quorum: Option<Quorum>,
    /// The level of all intervals.
    pub confidence: f64,
    /// The seed of the bootstrap; `null` without bootstrap.
    pub seed: Option<u64>,
    /// The longest gap between samples that counts as known, in seconds; `null` unless the log holds
    /// samples.
    pub max_gap_s: Option<f64>,
    /// The measures of all services combined.
    pub total: Measures,
    /// The breakdowns, the main one first.
    pub breakdowns: Vec<Breakdown>,
    /// The error budgets of all objectives.
    pub slo: Vec<SloReport>,
    /// Totals of the rows that were excluded or adjusted, by reason.
    pub ledger: Vec<LedgerTotal>,
    /// Warnings about the figures.
    pub warnings: Vec<String>,
    /// The outcome of every gate.
    pub gates: Vec<GateReport>,
    /// All services, whatever the breakdowns are. Gates and metrics use these.
    #[serde(skip)]
    pub services: Vec<NamedMeasures>,
    /// Name and downtime shares by slice of the window, for the drawn timelines.
    #[serde(skip)]
    pub strips: Vec<(String, Vec<f64>)>,
}

/// Why the figures of a report decide nothing: gates on them are inconclusive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Doubt {
    /// The times of the log are so early or late that they were hardly read as they were meant.
    OddTimes,
    /// Several incidents count and none of them has an end.
    NoEnds,
    /// No row is left that names a service.
    NoServices,
    /// Some times are dates.
    DaysOnly,
    /// The window ends in the future.
    Future,
    /// Rows that count as outages seem to be planned work or no outages; with the text of the warning.
    Hint(String),
}

impl Doubt {
    /// Returns the text of the warning.
    pub fn text(&self) -> &str {
        match self {
            Self::OddTimes => {
                "the log has times before 1990 or after 2100: if they do not count from the start of the log, they \
                 were not read as they were meant; gates are inconclusive"
            }
            Self::NoEnds => {
                "no row has an end: unless all of them go on, name the column of the ends with --columns end=…; \
                 gates are inconclusive"
            }
            Self::NoServices => "no row is left that tells of a service; gates are inconclusive",
            Self::Future => {
                "the window ends in the future: the time to come counts as if nothing happened in it, and an open \
                 incident as down until then; gates are inconclusive"
            }
            Self::DaysOnly => {
                "some starts or ends are dates without a time of day, so lengths are not known to better than a day; \
                 gates are inconclusive"
            }
            Self::Hint(text) => text,
        }
    }
}

impl Report {
    /// Returns the local date at an instant, in the report's time zone.
    pub fn date(&self, at: Timestamp) -> String {
        self.timezone.date(at).to_string()
    }
}

/// One table: the measures of all groups by one key.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Breakdown {
    /// The key: `service`, `severity`, `month`, …
    pub by: String,
    /// The groups.
    pub lines: Vec<NamedMeasures>,
}

/// The measures of one group.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NamedMeasures {
    /// The group's name.
    pub name: String,
    /// Its measures.
    #[serde(flatten)]
    pub measures: Measures,
}

/// The error budget of one objective.
#[derive(Debug, Clone, Serialize)]
pub struct SloReport {
    /// The service, or `total`.
    pub subject: String,
    /// The objective as a share, such as 0.999.
    pub target: f64,
    /// 1 − objective, kept apart because the subtraction loses digits.
    pub unavailability_target: f64,
    /// The objective's window as text: `30d`, `month`, …
    pub slo_window: String,
    /// The budget, the spent part and the worst windows.
    pub budget: Budget,
    /// Whether the confidence interval of the availability lies entirely at or above the objective.
    pub shown: bool,
    /// If not, the days without failure until it would: by the F interval if there were failures, else
    /// by the assumed MTTR.
    pub clean_days_needed: Option<f64>,
}

/// The outcome of one gate on one subject.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GateReport {
    /// The condition under which the gate fails, without its subject.
    pub condition: String,
    /// A service, or `total`.
    pub subject: String,
    /// How it came out.
    pub outcome: Outcome,
    /// What was measured, in words.
    pub detail: String,
}

/// The total of one kind of ledger entry.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LedgerTotal {
    /// The reason of the entries.
    pub reason: Reason,
    /// Number of rows.
    pub rows: u64,
    /// Sum of the effects in seconds; 0 where the reason has no effect in time.
    pub effect_s: f64,
    /// The meaning of the effect.
    pub effect: &'static str,
}
