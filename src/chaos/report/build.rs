//! Builds the report from experiment, observation and verdict.

use super::words::{headline, warnings};
use super::{
    FaultReport, JudgedBy, PhaseReport, Quantiles, Report, RuleReport, SCHEMA, TimesReport, WindowReport,
};
use crate::base::time::Timestamp;
use crate::chaos::experiment::{Experiment, Injection, shown};
use crate::chaos::latencies::Latencies;
use crate::chaos::observation::{FaultSeen, Observation, Phase};
use crate::chaos::verdict::Verdict;
use crate::chaos::verdict::measures::attempts_per_request;
use crate::chaos::verdict::recovery::Run;
use crate::chaos::verdict::rule::Rule;
use crate::chaos::verdict::steps::{Placed, Totals, WindowState, placed};
use crate::stats::interval::wilson;
use std::time::Duration;

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
        phases: phases(observation, verdict),
        reasons: observation.reasons.clone(),
        recovery: verdict.recovery.clone(),
        measures: verdict.measures.clone(),
        expectations: verdict.expectations.clone(),
        windows: windows.iter().map(|placed| window(placed, &verdict.run)).collect(),
        warnings: warnings(experiment, observation, verdict),
    }
}

fn times(observation: &Observation) -> TimesReport {
    let seconds = |time: Option<Duration>| time.map(|time| time.as_secs_f64());
    let times = observation.times;
    TimesReport {
        baseline_s: seconds(times.baseline),
        injected_s: seconds(times.injected),
        cleared_s: seconds(times.cleared),
        ended_s: times.ended.as_secs_f64(),
    }
}

fn judged_by(experiment: &Experiment, observation: &Observation, verdict: &Verdict) -> JudgedBy {
    let rule = |rule: &Rule| RuleReport { rule: rule.words.clone(), allowed: rule.allowed };
    let first = verdict.run.baseline.first();
    JudgedBy {
        window_s: observation.window.as_secs_f64(),
        windows_per_step: first.map_or(1, |step| step.windows.len() as u64),
        hold_s: experiment.judge.hold.as_secs_f64(),
        rules: verdict.normal.rules.iter().map(rule).collect(),
    }
}

fn faults(experiment: &Experiment, observation: &Observation) -> Vec<FaultReport> {
    let nothing = FaultSeen::default();
    let report = |(number, fault): (usize, &Injection)| {
        let seen = observation.faults.get(number).unwrap_or(&nothing);
        FaultReport {
            fault: fault.described.clone(),
            considered: seen.considered,
            hits: seen.hits,
            asked: quantiles(&seen.asked),
            delivered: quantiles(&seen.delivered),
        }
    };
    experiment.faults.iter().enumerate().map(report).collect()
}

fn quantiles(latencies: &Latencies) -> Option<Quantiles> {
    Some(Quantiles { p50_s: latencies.quantile_s(0.5)?, p99_s: latencies.quantile_s(0.99)? })
}

fn phases(observation: &Observation, verdict: &Verdict) -> Vec<PhaseReport> {
    let phases = verdict.phases.iter();
    phases.map(|(phase, totals)| phase_report(*phase, totals, observation)).collect()
}

fn phase_report(phase: Phase, totals: &Totals, observation: &Observation) -> PhaseReport {
    let measured = &totals.measured;
    let failing = (measured.offered > 0).then(|| measured.failed() as f64 / measured.offered as f64);
    let interval = wilson(measured.failed(), measured.offered, CONFIDENCE);
    PhaseReport {
        phase,
        counted_s: totals.counted.as_secs_f64(),
        offered: measured.offered,
        good: measured.good,
        failing,
        failing_lower: interval.and_then(|interval| interval.lower),
        failing_upper: interval.and_then(|interval| interval.upper),
        offered_per_s: totals.offered_per_s(),
        goodput_per_s: totals.goodput_per_s(),
        response: quantiles(&measured.response),
        service: observation.service.get(&phase).and_then(quantiles),
        lag: observation.lag.get(&phase).and_then(quantiles),
        failed: totals.failed.clone(),
        statuses: observation.statuses.get(&phase).cloned().unwrap_or_default(),
        attempts: totals.attempts,
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
