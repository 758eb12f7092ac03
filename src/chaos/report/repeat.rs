//! Several runs of one experiment: the distribution of the recovery time.

use super::document::{elapsed_cell, success, time};
use super::{PhaseReport, Report, timeline};
use crate::base::quantity::format_duration;
use crate::base::text::counted;
use crate::chaos::observation::Phase;
use crate::chaos::verdict::RunOutcome;
use crate::chaos::verdict::recovery::{Elapsed, Recovered};
use crate::chaos::verdict::steps::WindowState;
use crate::report::{Block, Cell, Check, Column, Document, MetricFamily, Outcome, Row, Section, Table};
use crate::stats::interval::median_order_statistics;
use crate::stats::summary::percentile_type7;
use serde::Serialize;

/// The version of the JSON schema of [`Repeated`].
pub const REPEAT_SCHEMA: &str = "steadfast.chaos-repeat/2";

/// Confidence level of the interval of the median.
const CONFIDENCE: f64 = 0.95;

/// The result of several runs of one experiment.
#[derive(Debug, Clone, Serialize)]
pub struct Repeated {
    /// [`REPEAT_SCHEMA`].
    pub schema: &'static str,
    /// Version of the program.
    pub version: &'static str,
    /// Name of the experiment.
    pub name: String,
    /// Exit code of the process: see [`repeated`].
    pub exit_code: u8,
    /// The verdict in a sentence.
    pub headline: String,
    /// Number of runs.
    pub runs: u64,
    /// Number of runs that left the steady state.
    pub disturbed: u64,
    /// Number of disturbed runs that recovered.
    pub recovered: u64,
    /// Distribution of the time to recover over these runs.
    pub recovery: Option<Distribution>,
    /// Every run.
    pub each: Vec<Report>,
}

/// The distribution of a time over several runs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Distribution {
    /// Number of measurements.
    pub n: u64,
    /// Median.
    pub median_s: f64,
    /// Lower end of the interval of the median; `None` with fewer than six runs.
    pub median_lower_s: Option<f64>,
    /// Upper end of the interval of the median.
    pub median_upper_s: Option<f64>,
    /// Shortest time.
    pub min_s: f64,
    /// Longest time.
    pub max_s: f64,
}

/// Combines several runs. The exit code is that of the worst run, in the order interrupted, stopped,
/// missed, inconclusive, touched nothing, held.
pub fn repeated(name: &str, each: Vec<Report>) -> Repeated {
    let times: Vec<f64> = each.iter().filter_map(recovery_s).collect();
    let disturbed = each.iter().filter(|report| left_the_steady_state(report)).count() as u64;
    let worst = each.iter().max_by_key(|report| weight(&report.outcome));
    let (runs, recovered) = (each.len() as u64, times.len() as u64);
    let recovery = distribution(times);
    Repeated {
        schema: REPEAT_SCHEMA,
        version: env!("CARGO_PKG_VERSION"),
        name: name.to_owned(),
        exit_code: worst.map_or(3, |report| report.exit_code),
        headline: headline(worst, runs, disturbed, recovery.as_ref()),
        runs,
        disturbed,
        recovered,
        recovery,
        each,
    }
}

/// Returns the time to recover; `None` if the run never left the steady state, or did not recover.
fn recover(report: &Report) -> Option<Elapsed> {
    let recovered = report.recovery.recovered == Recovered::Yes && left_the_steady_state(report);
    report.recovery.recover.filter(|_| recovered)
}

fn recovery_s(report: &Report) -> Option<f64> {
    recover(report).map(|recover| recover.value_s)
}

fn left_the_steady_state(report: &Report) -> bool {
    let disturbed = [Phase::Fault, Phase::Recovery];
    let mut windows = report.windows.iter();
    windows.any(|window| disturbed.contains(&window.phase) && window.state == Some(WindowState::Outside))
}

/// How much a run's outcome weighs among others.
fn weight(outcome: &RunOutcome) -> u8 {
    match outcome {
        RunOutcome::Held => 0,
        RunOutcome::TouchedNothing => 1,
        RunOutcome::Inconclusive(_) => 2,
        RunOutcome::Missed => 3,
        RunOutcome::Stopped(_) => 4,
        RunOutcome::Interrupted(_) => 5,
    }
}

fn distribution(mut times: Vec<f64>) -> Option<Distribution> {
    times.sort_by(f64::total_cmp);
    let interval = median_order_statistics(&times, CONFIDENCE);
    Some(Distribution {
        n: times.len() as u64,
        median_s: percentile_type7(&times, 0.5)?,
        median_lower_s: interval.and_then(|interval| interval.lower),
        median_upper_s: interval.and_then(|interval| interval.upper),
        min_s: *times.first()?,
        max_s: *times.last()?,
    })
}

fn headline(worst: Option<&Report>, runs: u64, disturbed: u64, recovery: Option<&Distribution>) -> String {
    let step_s = worst.map_or(0.0, |report| report.judged_by.step_s());
    let words = |time_s: f64| {
        if time_s > 0.0 { format_duration(time_s) } else { format!("less than {}", format_duration(step_s)) }
    };
    let times = recovery.map_or_else(String::new, |times| {
        if times.min_s == times.max_s {
            return format!(", each after {}", words(times.median_s));
        }
        format!(", median {}, {} to {}", words(times.median_s), words(times.min_s), words(times.max_s))
    });
    let recovered = recovery.map_or(0, |times| times.n);
    let runs = counted(runs, "run");
    let all = if disturbed == 0 {
        format!("never left the steady state in {runs}")
    } else {
        format!("left the steady state in {disturbed} of {runs}, recovered in {recovered}{times}")
    };
    match worst {
        Some(worst) if worst.outcome == RunOutcome::Held => format!("HELD: {all}"),
        Some(worst) if disturbed == 0 => format!("the worst of {runs}: {}", worst.headline),
        Some(worst) => format!("{all}; the worst: {}", worst.headline),
        None => "INCONCLUSIVE: there was no run".into(),
    }
}

/// Builds the document of several runs.
pub fn repeat_document(repeated: &Repeated) -> Document {
    Document {
        title: format!("Chaos: {}, {}", repeated.name, counted(repeated.runs, "run")),
        headline: Some(repeated.headline.clone()),
        kind: "chaos",
        facts: facts(repeated),
        sections: vec![runs_section(repeated), timeline::of_each(&repeated.each)],
        warnings: Vec::new(),
        checks: repeated.each.iter().enumerate().map(check).collect(),
        conditions: "Expected",
        metrics: metrics(repeated),
        json: serde_json::to_string_pretty(repeated).unwrap_or_default(),
    }
}

fn facts(repeated: &Repeated) -> Vec<(String, String)> {
    let mut facts = vec![("verdict".to_owned(), repeated.headline.clone())];
    if let (Some(first), Some(last)) = (repeated.each.first(), repeated.each.last()) {
        let faults: Vec<&str> = first.faults.iter().map(|fault| fault.fault.as_str()).collect();
        let (from, seeds) = (first.started_at, [first.seed, last.seed]);
        facts.extend([
            ("experiment".to_owned(), first.experiment.clone()),
            ("target".to_owned(), first.target.clone()),
            ("faults".to_owned(), faults.join(", ")),
            (
                "runs".to_owned(),
                format!(
                    "{} from {from}, seeds {} to {}, version {}",
                    repeated.runs, seeds[0], seeds[1], repeated.version
                ),
            ),
        ]);
    }
    let interval = repeated.recovery.and_then(|times| times.median_lower_s.zip(times.median_upper_s));
    facts.extend(interval.map(|(lower, upper)| {
        let text =
            format!("{} to {} (95 %, order statistics)", format_duration(lower), format_duration(upper));
        ("median".to_owned(), text)
    }));
    facts
}

fn runs_section(repeated: &Repeated) -> Section {
    let row = |(number, report): (usize, &Report)| Row {
        cells: vec![
            Cell::Count(number as u64 + 1),
            Cell::or_missing(report.recovery.detect, |detect| Cell::Seconds(detect.value_s)),
            Cell::or_missing(report.recovery.failover, |failover| Cell::Seconds(failover.value_s)),
            Cell::or_missing(recover(report), elapsed_cell),
            Cell::or_missing(report.recovery.relapses, Cell::Count),
            Cell::or_missing(while_on(report), success),
            time(while_on(report).and_then(|fault| fault.response), |response| response.p99_s),
            Cell::text(&report.headline),
        ],
        total: false,
    };
    let table = Table {
        name: "runs",
        columns: vec![
            Column::new("run", "Run", 0),
            Column::new("detect_s", "Detected", 2),
            Column::new("failover_s", "Failed over", 2),
            Column::new("recover_s", "Recovered", 0),
            Column::new("relapses", "Relapses", 2),
            Column::new("fault_success", "Success, fault on", 1),
            Column::new("fault_p99_s", "p99, fault on", 2),
            Column::new("verdict", "Verdict", 3),
        ],
        rows: repeated.each.iter().enumerate().map(row).collect(),
    };
    Section { heading: String::new(), blocks: vec![Block::Table(table)] }
}

/// Returns the totals of the fault phase.
fn while_on(report: &Report) -> Option<&PhaseReport> {
    report.phases.iter().find(|phase| phase.phase == Phase::Fault)
}

fn check((number, report): (usize, &Report)) -> Check {
    Check {
        condition: "all expectations hold".into(),
        subject: format!("run {}", number + 1),
        outcome: match report.outcome {
            RunOutcome::Held => Outcome::Held,
            RunOutcome::Missed | RunOutcome::Stopped(_) => Outcome::Missed,
            RunOutcome::Inconclusive(_) | RunOutcome::TouchedNothing | RunOutcome::Interrupted(_) => {
                Outcome::Inconclusive
            }
        },
        detail: report.headline.clone(),
    }
}

fn metrics(repeated: &Repeated) -> Vec<MetricFamily> {
    let label = |run: usize| vec![("experiment", repeated.name.clone()), ("run", (run + 1).to_string())];
    let runs = repeated.each.iter().enumerate();
    let samples: Vec<_> = runs.filter_map(|(run, report)| Some((label(run), recovery_s(report)?))).collect();
    let family = MetricFamily {
        name: "steadfast_chaos_recovery_seconds",
        help: "Time from clearing the fault to recovery",
        unit: "seconds",
        samples,
    };
    if family.samples.is_empty() { Vec::new() } else { vec![family] }
}
