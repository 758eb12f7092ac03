//! The typed result of a run: what is written as JSON, and what the document is made from.
//!
//! | part | what it does |
//! |---|---|
//! | `build` | from experiment, observation and verdict to the report |
//! | `words` | the verdict in a sentence |
//! | `document` | the report as a document |
//! | `measures` | the measures of a run in words |
//! | `timeline` | the run as pictures |
//! | `incidents` | the run as an incident log |
//! | `repeat` | several runs of one experiment |

mod build;
mod document;
mod incidents;
mod measures;
mod repeat;
mod timeline;
mod words;

pub use build::{Origin, report};
pub use document::document;
pub use incidents::{INCIDENT_COLUMNS, incidents};
pub use measures::{MEASURES, MeasureWords};
pub use repeat::{REPEAT_SCHEMA, Repeated, repeat_document, repeated};

use super::observation::{Failure, Phase};
use super::verdict::expectation::Expectation;
use super::verdict::measures::Measures;
use super::verdict::recovery::Recovery;
use super::verdict::steps::WindowState;
use super::verdict::{Gate, RunOutcome};
use crate::base::time::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;

/// The version of the JSON schema of [`Report`]; docs/json.md describes it.
pub const SCHEMA: &str = "steadfast.chaos/2";

/// The tables and charts of the document of so many runs, by name; one that a run has nothing for is left out.
pub fn tables(runs: u64) -> &'static [&'static str] {
    if runs == 1 {
        &["phases", "recovery", "failures", "faults", "response_time", "success"]
    } else {
        &["runs"]
    }
}

/// All that a run of `chaos` has to say. Times in seconds from the start of the run, shares from 0 to 1.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// [`SCHEMA`].
    pub schema: &'static str,
    /// The program's version.
    pub version: &'static str,
    /// The experiment's name.
    pub name: String,
    /// The file it was read from.
    pub experiment: String,
    /// Scheme, host and path of the target; without user and query, which may be secret.
    pub target: String,
    /// From it all chance of the run follows.
    pub seed: u64,
    /// When the run began.
    pub started_at: Timestamp,
    /// How it came out.
    pub outcome: RunOutcome,
    /// What the process ends with.
    pub exit_code: u8,
    /// The verdict in a sentence.
    pub headline: String,
    /// When things happened.
    pub times: TimesReport,
    /// How it was judged.
    pub judged_by: JudgedBy,
    /// Whether the steady state held before the faults.
    pub gate: Gate,
    /// What each fault did.
    pub faults: Vec<FaultReport>,
    /// What each phase counted.
    pub phases: Vec<PhaseReport>,
    /// Why connections failed, in the words of the first that did.
    pub reasons: BTreeMap<Failure, String>,
    /// How the target came through.
    pub recovery: Recovery,
    /// What it cost.
    pub measures: Measures,
    /// What was expected, and how it came out.
    pub expectations: Vec<Expectation>,
    /// Every window of the run.
    pub windows: Vec<WindowReport>,
    /// What a careful reader must know.
    pub warnings: Vec<String>,
}

/// When things happened.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct TimesReport {
    /// The baseline began.
    pub baseline_s: Option<f64>,
    /// The faults were switched on.
    pub injected_s: Option<f64>,
    /// The faults were switched off.
    pub cleared_s: Option<f64>,
    /// The load ended.
    pub ended_s: f64,
}

/// How the run was judged.
#[derive(Debug, Clone, Serialize)]
pub struct JudgedBy {
    /// Length of a window.
    pub window_s: f64,
    /// Windows that are judged together.
    pub windows_per_step: u64,
    /// How long good steps must last.
    pub hold_s: f64,
    /// The rules, each with the share of requests that may break it.
    pub rules: Vec<RuleReport>,
}

impl JudgedBy {
    /// How long the windows last that are judged together: no time is known better.
    pub fn step_s(&self) -> f64 {
        self.window_s * self.windows_per_step as f64
    }
}

/// A rule of what is normal.
#[derive(Debug, Clone, Serialize)]
pub struct RuleReport {
    /// In words.
    pub rule: String,
    /// The share of requests that may break it.
    pub allowed: f64,
}

/// What a fault did.
#[derive(Debug, Clone, Serialize)]
pub struct FaultReport {
    /// As it stands in the experiment.
    pub fault: String,
    /// Connections or requests that it could have hit.
    pub considered: u64,
    /// Those that it hit.
    pub hits: u64,
    /// Delays that it asked for.
    pub asked: Option<Quantiles>,
    /// Delays that were delivered.
    pub delivered: Option<Quantiles>,
}

/// Quantiles of times.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Quantiles {
    /// Median.
    pub p50_s: f64,
    /// 99th percentile.
    pub p99_s: f64,
}

/// What a phase counted, without windows in which the generator stalled.
#[derive(Debug, Clone, Serialize)]
pub struct PhaseReport {
    /// Which.
    pub phase: Phase,
    /// How long its windows are that count.
    pub counted_s: f64,
    /// Requests that were due.
    pub offered: u64,
    /// Those that succeeded.
    pub good: u64,
    /// The share that failed, with its Wilson interval at 95 %.
    pub failing: Option<f64>,
    /// Its lower end.
    pub failing_lower: Option<f64>,
    /// Its upper end.
    pub failing_upper: Option<f64>,
    /// Requests per second that were due.
    pub offered_per_s: Option<f64>,
    /// Successes per second.
    pub goodput_per_s: Option<f64>,
    /// Response times of the successes since they were due.
    pub response: Option<Quantiles>,
    /// The same since they were sent.
    pub service: Option<Quantiles>,
    /// How much later than due requests were sent.
    pub lag: Option<Quantiles>,
    /// Requests that failed, by how.
    pub failed: BTreeMap<Failure, u64>,
    /// The statuses of answers that were not as expected, with how often each came.
    pub statuses: BTreeMap<u16, u64>,
    /// What the proxies saw.
    pub attempts: Option<u64>,
    /// Attempts for each request.
    pub attempts_per_request: Option<f64>,
    /// Windows.
    pub windows: u64,
    /// Those in which the generator stalled.
    pub stalled: u64,
}

/// One window.
#[derive(Debug, Clone, Serialize)]
pub struct WindowReport {
    /// When it began.
    pub start_s: f64,
    /// When it ended.
    pub end_s: f64,
    /// The phase it counts to.
    pub phase: Phase,
    /// Requests that were due.
    pub offered: u64,
    /// Those that succeeded.
    pub good: u64,
    /// Those that failed, by how.
    pub failed: BTreeMap<Failure, u64>,
    /// Response times of the successes.
    pub response: Option<Quantiles>,
    /// What the proxies saw.
    pub attempts: Option<u64>,
    /// Whether the generator stalled.
    pub stalled: bool,
    /// Where the step lies that it belongs to; `null` in the warm-up.
    pub state: Option<WindowState>,
}
