//! Builds the report from experiment, observation and verdict.

use super::words::{headline, warnings};
use super::{FaultReport, JudgedBy, PhaseReport, Quantiles, Report, SCHEMA, TimesReport, WindowReport};
use crate::base::time::Timestamp;
use crate::chaos::experiment::{Experiment, Injection, Request, shown};
use crate::chaos::latencies::Latencies;
use crate::chaos::likeness::changes;
use crate::chaos::limit::Measure;
use crate::chaos::observation::{FaultSeen, Observation, Phase, Times};
use crate::chaos::verdict::Verdict;
use crate::chaos::verdict::measures::attempts_per_request;
use crate::chaos::verdict::recovery::Run;
use crate::chaos::verdict::steps::{Placed, Totals, WindowState, placed};
use crate::stats::interval::wilson;

/// Confidence level of the intervals of shares.
const CONFIDENCE: f64 = 0.95;

/// Origin of a report.
#[derive(Debug, Clone)]
pub struct Origin {
    /// File from which the experiment was read.
    pub experiment: String,
    /// Start of the run.
    pub started_at: Timestamp,
}

/// Builds the report of a run.
pub fn report(
    experiment: &Experiment,
    observation: &Observation,
    verdict: &Verdict,
    origin: Origin,
) -> Report {
    let windows = placed(observation);
    let phases = verdict.phases.iter();
    let names: Vec<String> = experiment.load.requests.iter().map(Request::name).collect();
    let changes = changes(&observation.responses, &names);
    Report {
        schema: SCHEMA,
        version: env!("CARGO_PKG_VERSION"),
        name: experiment.name.clone(),
        experiment: origin.experiment,
        target: shown(&experiment.target.url),
        seed: experiment.seed,
        started_at: origin.started_at,
        outcome: verdict.outcome.clone(),
        exit_code: verdict.outcome.exit_code(),
        headline: headline(experiment, observation, verdict),
        times: times(observation),
        judged_by: judged_by(experiment, observation, verdict),
        gate: verdict.gate.clone(),
        faults: faults(experiment, observation),
        phases: phases.map(|(phase, totals)| phase_report(*phase, totals, observation)).collect(),
        reasons: observation.reasons.clone(),
        recovery: verdict.recovery.clone(),
        measures: verdict.measures.clone(),
        expectations: verdict.expectations.clone(),
        windows: windows.iter().map(|placed| window(placed, &verdict.run)).collect(),
        warnings: warnings(experiment, observation, verdict, &changes),
        changes,
    }
}

fn times(observation: &Observation) -> TimesReport {
    let Times { baseline, injected, cleared, ended, .. } = observation.times;
    let [baseline_s, injected_s, cleared_s] =
        [baseline, injected, cleared].map(|time| time.map(|time| time.as_secs_f64()));
    TimesReport { baseline_s, injected_s, cleared_s, ended_s: ended.as_secs_f64() }
}

fn judged_by(experiment: &Experiment, observation: &Observation, verdict: &Verdict) -> JudgedBy {
    let first = verdict.run.baseline.first();
    JudgedBy {
        window_s: observation.window.as_secs_f64(),
        windows_per_step: first.map_or(1, |step| step.windows.len() as u64),
        hold_s: experiment.judge.hold.as_secs_f64(),
        rules: verdict.normal.rules.clone(),
    }
}

fn faults(experiment: &Experiment, observation: &Observation) -> Vec<FaultReport> {
    let nothing = FaultSeen::default();
    let seen = observation.faults.iter().chain(std::iter::repeat(&nothing));
    let report = |(fault, seen): (&Injection, &FaultSeen)| FaultReport {
        fault: fault.described.clone(),
        selects: if fault.effect.is_http() { "requests" } else { "connections" },
        considered: seen.considered,
        hits: seen.hits,
        asked: quantiles(&seen.asked),
        delivered: quantiles(&seen.delivered),
    };
    experiment.faults.iter().zip(seen).map(report).collect()
}

fn quantiles(latencies: &Latencies) -> Option<Quantiles> {
    Some(Quantiles { p50_s: latencies.quantile_s(0.5)?, p99_s: latencies.quantile_s(0.99)? })
}

fn phase_report(phase: Phase, totals: &Totals, observation: &Observation) -> PhaseReport {
    let measured = &totals.sum.measured;
    let interval = wilson(measured.failed(), measured.offered, CONFIDENCE);
    PhaseReport {
        phase,
        counted_s: totals.counted.as_secs_f64(),
        offered: measured.offered,
        good: measured.good,
        failing: Measure::Success.of(measured),
        failing_lower: interval.and_then(|interval| interval.lower),
        failing_upper: interval.and_then(|interval| interval.upper),
        offered_per_s: totals.per_s(measured.offered),
        goodput_per_s: totals.per_s(measured.good),
        response: quantiles(&measured.response),
        service: observation.service.get(&phase).and_then(quantiles),
        lag: observation.lag.get(&phase).and_then(quantiles),
        failed: totals.sum.failed.clone(),
        statuses: totals.sum.statuses.clone(),
        repeated: totals.sum.repeated,
        attempts: totals.sum.attempts,
        attempts_per_request: attempts_per_request(totals),
        windows: totals.windows,
        stalled: totals.stalled,
    }
}

fn window(placed: &Placed<'_>, run: &Run) -> WindowReport {
    let measured = &placed.window.measured;
    WindowReport {
        start_s: placed.start.as_secs_f64(),
        end_s: placed.end.as_secs_f64(),
        phase: placed.phase,
        offered: measured.offered,
        good: measured.good,
        failed: placed.window.failed.clone(),
        response: quantiles(&measured.response),
        attempts: placed.window.attempts,
        stalled: placed.window.stalled,
        state: state(placed, run),
    }
}

/// Returns the state of the step to which a window belongs. A window in which the load generator stalled
/// is unknown, whatever its step is.
fn state(placed: &Placed<'_>, run: &Run) -> Option<WindowState> {
    let mut steps = run.baseline.iter().chain(&run.fault).chain(&run.recovery);
    let step = steps.find(|step| step.windows.contains(&placed.index))?;
    Some(if placed.window.stalled { WindowState::Unknown } else { step.state })
}
