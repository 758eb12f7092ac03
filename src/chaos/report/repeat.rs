//! Several runs of one experiment: the distribution of the recovery time.

use super::document::{p99, success};
use super::measures::{RECOVERY, elapsed};
use super::tables::{Columns, check, fact, family, seconds, section, table};
use super::{PhaseReport, Report, timeline};
use crate::base::quantity::format_duration;
use crate::base::text::counted;
use crate::chaos::observation::Phase;
use crate::chaos::verdict::RunOutcome;
use crate::chaos::verdict::recovery::Elapsed;
use crate::chaos::verdict::steps::WindowState;
use crate::report::{Block, Cell, Check, Column, Document, Later, Outcome, Table};
use crate::stats::interval::median_order_statistics;
use crate::stats::summary::percentile_type7;
use serde::Serialize;

/// Confidence level of the interval of the median.
const CONFIDENCE: f64 = 0.95;

/// The result of several runs of one experiment.
#[derive(Debug, Clone, Serialize)]
pub struct Repeated {
    /// The version of the JSON schema; docs/json.md describes it.
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
        schema: "steadfast.chaos-repeat/2",
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
    let recovered = report.recovery.recovered == Outcome::Held && left_the_steady_state(report);
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
    // The length of a step bounds the precision of all times.
    let step_s = worst.map_or(0.0, |Report { judged_by: by, .. }| by.window_s * by.windows_per_step as f64);
    let words = |time_s: f64| {
        if time_s > 0.0 { format_duration(time_s) } else { format!("less than {}", format_duration(step_s)) }
    };
    let (recovered, times) = match recovery {
        None => (0, String::new()),
        Some(times) if times.min_s == times.max_s => {
            (times.n, format!(", each after {}", words(times.median_s)))
        }
        Some(times) => {
            let [median, min, max] = [times.median_s, times.min_s, times.max_s].map(words);
            (times.n, format!(", median {median}, {min} to {max}"))
        }
    };
    let runs = counted(runs, "run");
    let all = if disturbed == 0 {
        format!("never left the steady state in {runs}")
    } else {
        format!("left the steady state in {disturbed} of {runs}, recovered in {recovered}{times}")
    };
    match worst {
        Some(worst) if worst.outcome == RunOutcome::Held => format!("HELD: {all}"),
        Some(worst) if disturbed == 0 => format!("the worst of {runs}: {}", worst.headline),
        Some(worst) => format!("{all}; worst run: {}", worst.headline),
        None => "INCONCLUSIVE: there was no run".into(),
    }
}

/// Builds the document of several runs.
pub fn repeat_document(repeated: &Repeated) -> Document {
    let runs = (1..).zip(&repeated.each);
    let labels = |run: u64| vec![("experiment", repeated.name.clone()), ("run", run.to_string())];
    let recovered = runs.clone().map(|(run, report)| (labels(run), recovery_s(report)));
    Document {
        title: format!("Chaos: {}, {}", repeated.name, counted(repeated.runs, "run")),
        headline: Some(repeated.headline.clone()),
        kind: "chaos",
        facts: facts(repeated),
        sections: vec![section("", Block::Table(table_of_runs(repeated))), timeline::of_each(&repeated.each)],
        warnings: Vec::new(),
        checks: runs.map(|(run, report)| check_of_run(run, report)).collect(),
        conditions: "Expected",
        metrics: Vec::from_iter(family(RECOVERY, recovered)).into(),
        json: Later::encoded(repeated),
    }
}

fn facts(repeated: &Repeated) -> Vec<(String, String)> {
    let mut facts = vec![fact("verdict", &repeated.headline)];
    if let (Some(first), Some(last)) = (repeated.each.first(), repeated.each.last()) {
        let (runs, version, from) = (repeated.runs, repeated.version, first.started_at);
        let seeds = format!("seeds {} to {}", first.seed, last.seed);
        facts.extend([
            fact("experiment", &first.experiment),
            fact("target", &first.target),
            fact("faults", first.described_faults()),
            fact("runs", format!("{runs} from {from}, {seeds}, version {version}")),
        ]);
    }
    let interval = repeated.recovery.and_then(|times| times.median_lower_s.zip(times.median_upper_s));
    facts.extend(interval.map(|(lower_s, upper_s)| {
        let (lower, upper) = (format_duration(lower_s), format_duration(upper_s));
        fact("median", format!("{lower} to {upper} (95 %, order statistics)"))
    }));
    facts
}

fn table_of_runs(repeated: &Repeated) -> Table {
    let columns: &Columns<(u64, &Report)> = &[
        (Column::new("run", "Run", 0), |(run, _)| Cell::Count(*run)),
        (Column::new("detect_s", "Detected", 2), |(_, report)| value(report.recovery.detect)),
        (Column::new("failover_s", "Failed over", 2), |(_, report)| value(report.recovery.failover)),
        (Column::new("recover_s", "Recovered", 0), |(_, report)| Cell::or_missing(recover(report), elapsed)),
        (Column::new("relapses", "Relapses", 2), |(_, report)| {
            Cell::or_missing(report.recovery.relapses, Cell::Count)
        }),
        (Column::new("fault_success", "Success, fault on", 1), |(_, report)| {
            Cell::or_missing(while_on(report), success)
        }),
        (Column::new("fault_p99_s", "p99, fault on", 2), |(_, report)| {
            p99(while_on(report).and_then(|fault| fault.response))
        }),
        (Column::new("verdict", "Verdict", 3), |(_, report)| Cell::text(&report.headline)),
    ];
    table("runs", &(1..).zip(&repeated.each).collect::<Vec<_>>(), columns)
}

fn value(elapsed: Option<Elapsed>) -> Cell {
    seconds(elapsed.map(|elapsed| elapsed.value_s))
}

/// Returns the totals of the fault phase.
fn while_on(report: &Report) -> Option<&PhaseReport> {
    report.phases.iter().find(|phase| phase.phase == Phase::Fault)
}

fn check_of_run(run: u64, report: &Report) -> Check {
    let outcome = match report.outcome {
        RunOutcome::Held => Outcome::Held,
        RunOutcome::Missed | RunOutcome::Stopped(_) => Outcome::Missed,
        _ => Outcome::Inconclusive,
    };
    check("all expectations hold", format!("run {run}"), outcome, &report.headline)
}
