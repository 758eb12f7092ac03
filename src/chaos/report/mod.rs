//! The typed result of a run. It is written as JSON, and the document is made from it.
//!
//! | part | what it does |
//! |---|---|
//! | `build` | builds the report from experiment, observation and verdict |
//! | `words` | puts the verdict into a sentence |
//! | `document` | the report as a document |
//! | `measures` | the measures of a run |
//! | `tables` | parts of documents |
//! | `timeline` | the run as strips and charts |
//! | `incidents` | the run as an incident log |
//! | `repeat` | several runs of one experiment |

mod build;
mod document;
mod incidents;
mod measures;
mod repeat;
pub(super) mod tables;
mod timeline;
mod words;

pub use build::{Origin, report};
pub use document::document;
pub use incidents::{INCIDENT_COLUMNS, incidents};
pub use measures::MEASURES;
pub use repeat::{repeat_document, repeated};

use super::likeness::Change;
use super::observation::{Failure, Phase};
use super::verdict::expectation::Expectation;
use super::verdict::measures::Measures;
use super::verdict::recovery::Recovery;
use super::verdict::rule::Rule;
use super::verdict::steps::WindowState;
use super::verdict::{Gate, RunOutcome};
use crate::base::time::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;

/// The version of the JSON schema of [`Report`]; docs/json.md describes it.
pub const SCHEMA: &str = "steadfast.chaos/3";

/// Returns the names of the tables and charts in the document of this many runs. A document leaves out
/// those without content.
pub fn tables(runs: u64) -> &'static [&'static str] {
    match runs {
        1 => &["phases", "recovery", "shown", "failures", "changes", "faults", "response_time", "success"],
        _ => &["runs"],
    }
}

/// The result of a run. Times are in seconds from the start of the run, shares from 0 to 1.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// [`SCHEMA`].
    pub schema: &'static str,
    /// Version of the program.
    pub version: &'static str,
    /// Name of the experiment.
    pub name: String,
    /// File from which the experiment was read.
    pub experiment: String,
    /// Scheme, host and path of the target; without user and query, which may be secret.
    pub target: String,
    /// Seed of all random draws of the run.
    pub seed: u64,
    /// Start of the run.
    pub started_at: Timestamp,
    /// How it came out.
    pub outcome: RunOutcome,
    /// What the process ends with.
    pub exit_code: u8,
    /// The verdict in a sentence.
    pub headline: String,
    /// Times at which the phases began.
    pub times: TimesReport,
    /// Parameters of the verdict.
    pub judged_by: JudgedBy,
    /// Whether the steady state held before the faults.
    pub gate: Gate,
    /// Counts of each fault.
    pub faults: Vec<FaultReport>,
    /// Totals of each phase.
    pub phases: Vec<PhaseReport>,
    /// Reason of the first failed connection of each kind.
    pub reasons: BTreeMap<Failure, String>,
    /// When the target left the steady state, and when it returned.
    pub recovery: Recovery,
    /// Error budget, retry amplification, overshoot and metastable failure.
    pub measures: Measures,
    /// Every expectation with its result.
    pub expectations: Vec<Expectation>,
    /// Every window of the run.
    pub windows: Vec<WindowReport>,
    /// Aspects in which responses were unlike those before the faults.
    pub changes: Vec<Change>,
    /// Warnings about the validity of the figures.
    pub warnings: Vec<String>,
}

impl Report {
    /// Returns the faults as written in the experiment, on one line.
    fn described_faults(&self) -> String {
        let faults: Vec<&str> = self.faults.iter().map(|fault| fault.fault.as_str()).collect();
        faults.join(", ")
    }
}

/// Times at which the phases began; `None` if the run did not get that far.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct TimesReport {
    /// Start of the baseline.
    pub baseline_s: Option<f64>,
    /// Time at which the faults were switched on.
    pub injected_s: Option<f64>,
    /// Time at which the faults were switched off.
    pub cleared_s: Option<f64>,
    /// End of the load.
    pub ended_s: f64,
}

/// Parameters of the verdict.
#[derive(Debug, Clone, Serialize)]
pub struct JudgedBy {
    /// Length of a window.
    pub window_s: f64,
    /// Number of windows judged together, as a step.
    pub windows_per_step: u64,
    /// Time for which steps must stay inside for a recovery to count.
    pub hold_s: f64,
    /// Rules of normal operation, each with the share of requests that may break it.
    pub rules: Vec<Rule>,
}

/// Counts of a fault.
#[derive(Debug, Clone, Serialize)]
pub struct FaultReport {
    /// The fault as written in the experiment.
    pub fault: String,
    /// What it selects among: `connections` or `requests`.
    pub selects: &'static str,
    /// Connections or requests that it could have hit.
    pub considered: u64,
    /// Connections or requests that it hit.
    pub hits: u64,
    /// Delays that it requested.
    pub asked: Option<Quantiles>,
    /// Delays that were delivered.
    pub delivered: Option<Quantiles>,
}

/// Quantiles of a set of times.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Quantiles {
    /// Median.
    pub p50_s: f64,
    /// 99th percentile.
    pub p99_s: f64,
}

/// Totals of a phase, without the windows in which the load generator stalled.
#[derive(Debug, Clone, Serialize)]
pub struct PhaseReport {
    /// Phase.
    pub phase: Phase,
    /// Total length of the windows that count.
    pub counted_s: f64,
    /// Requests that were due.
    pub offered: u64,
    /// Requests that succeeded.
    pub good: u64,
    /// Share of requests that failed, with its Wilson interval at 95 %.
    pub failing: Option<f64>,
    /// Lower end of the interval.
    pub failing_lower: Option<f64>,
    /// Upper end of the interval.
    pub failing_upper: Option<f64>,
    /// Requests per second that were due.
    pub offered_per_s: Option<f64>,
    /// Successes per second.
    pub goodput_per_s: Option<f64>,
    /// Response times of the successes, from the due time.
    pub response: Option<Quantiles>,
    /// Service times of the successes, from the time of sending.
    pub service: Option<Quantiles>,
    /// Delay of sending after the due time.
    pub lag: Option<Quantiles>,
    /// Failed requests by kind of failure.
    pub failed: BTreeMap<Failure, u64>,
    /// Unexpected statuses, each with its number of responses.
    pub statuses: BTreeMap<u16, u64>,
    /// Requests that were sent a second time, because an idle connection broke.
    pub repeated: u64,
    /// Requests seen by the proxies in front of dependencies.
    pub attempts: Option<u64>,
    /// These attempts for each request that was due.
    pub attempts_per_request: Option<f64>,
    /// Number of windows, including stalled ones.
    pub windows: u64,
    /// Number of windows in which the load generator stalled.
    pub stalled: u64,
}

/// One window.
#[derive(Debug, Clone, Serialize)]
pub struct WindowReport {
    /// Start.
    pub start_s: f64,
    /// End.
    pub end_s: f64,
    /// Phase to which it counts.
    pub phase: Phase,
    /// Requests that were due.
    pub offered: u64,
    /// Requests that succeeded.
    pub good: u64,
    /// Failed requests by kind of failure.
    pub failed: BTreeMap<Failure, u64>,
    /// Response times of the successes, from the due time.
    pub response: Option<Quantiles>,
    /// Requests seen by the proxies in front of dependencies.
    pub attempts: Option<u64>,
    /// Whether the load generator stalled.
    pub stalled: bool,
    /// State of the step to which it belongs; `null` in the warm-up and while settling.
    pub state: Option<WindowState>,
}
