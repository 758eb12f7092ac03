//! Measures besides the times: error budget, retry amplification, overshoot and metastable failure.

use super::normal::{Normal, WHOLE_ALPHA, judged_quantiles};
use super::recovery::{Recovery, Run, steps_for};
use super::rule::{Rule, SHORTEST_S};
use super::share::Tally;
use super::steps::{Step, Totals};
use crate::base::outcome::Outcome;
use crate::chaos::experiment::{Experiment, Proxy, Slo};
use crate::chaos::limit::Measure;
use crate::chaos::observation::{Failure, Phase};
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Duration;

/// Measures of a run besides the times.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Measures {
    /// Share of the objective's error budget that was burnt while the faults were on and afterwards.
    pub budget: Option<f64>,
    /// Retry amplification: attempts per request in the worse of fault and recovery, divided by those of
    /// the baseline.
    pub amplification: Option<f64>,
    /// Longest response time quantile after clearing.
    pub overshoot: Option<Overshoot>,
    /// Metastable failure: the share of requests that still succeeded at the end, if it stayed low
    /// although the faults were cleared.
    pub metastable: Option<f64>,
}

/// Totals of each phase.
pub(crate) type ByPhase = BTreeMap<Phase, Totals>;

/// Measures a run.
pub(crate) fn measures(
    experiment: &Experiment,
    phases: &ByPhase,
    run: &Run,
    recovery: &Recovery,
    normal: &Normal,
) -> Measures {
    let slowest = judged_quantiles(experiment).pop();
    Measures {
        budget: experiment.judge.slo.and_then(|slo| budget(slo, phases)),
        amplification: amplification(phases).filter(|_| !hides_attempts(experiment)),
        overshoot: slowest.and_then(|measure| overshoot(measure, &run.baseline, &run.recovery)),
        metastable: metastable(recovery, &run.recovery, experiment.judge.hold, normal)
            .filter(|_| phases.get(&Phase::Recovery).is_some_and(answers)),
    }
}

/// Divides the failures by those that the objective allows in its window at the rate of the baseline:
/// (failed in fault and recovery) / (allowed share · requests per second · window). After the SRE
/// Workbook (Beyer et al. 2018), ch. 5.
fn budget(slo: Slo, phases: &ByPhase) -> Option<f64> {
    let baseline = phases.get(&Phase::Baseline)?;
    let rate_per_s = baseline.per_s(baseline.sum.measured.offered)?;
    let allowed = slo.failing_max * rate_per_s * slo.window.as_secs_f64();
    let failed = disturbed(phases).fold(0.0, |sum, totals| sum + totals.sum.measured.failed() as f64);
    (allowed > 0.0).then(|| failed / allowed)
}

/// Returns the totals of fault and recovery.
fn disturbed(phases: &ByPhase) -> impl Iterator<Item = &Totals> {
    [Phase::Fault, Phase::Recovery].into_iter().filter_map(move |phase| phases.get(&phase))
}

/// Returns whether a fault keeps a proxy that counts requests from seeing them.
fn hides_attempts(experiment: &Experiment) -> bool {
    experiment.faults.iter().any(|fault| {
        let proxy = experiment.proxies.get(fault.proxy);
        fault.effect.hides_requests() && proxy.is_some_and(Proxy::counts_attempts)
    })
}

fn amplification(phases: &ByPhase) -> Option<f64> {
    let usual = attempts_per_request(phases.get(&Phase::Baseline)?).filter(|usual| *usual > 0.0)?;
    let worst = disturbed(phases).filter_map(attempts_per_request).max_by(f64::total_cmp)?;
    Some(worst / usual)
}

/// Returns the attempts that the proxies in front of dependencies saw for each request that was due.
pub(crate) fn attempts_per_request(totals: &Totals) -> Option<f64> {
    let offered = totals.sum.measured.offered;
    let attempts = totals.sum.attempts?;
    (offered > 0).then(|| attempts as f64 / offered as f64)
}

/// Returns whether the target still accepts connections. One that is gone is not overloaded.
fn answers(totals: &Totals) -> bool {
    let gone = totals.sum.failed.get(&Failure::Connect).copied().unwrap_or(0);
    2 * gone < totals.sum.measured.failed()
}

/// Detects a metastable failure (Bronson et al. 2021): the trigger is gone, and still too few requests
/// succeed. Returns the share that succeeded in the last `hold` of a run that did not recover, if it is
/// shown to be too low.
fn metastable(recovery: &Recovery, steps: &[Step], hold: Duration, normal: &Normal) -> Option<f64> {
    if recovery.recovered != Outcome::Missed {
        return None;
    }
    let last = steps.iter().rev().take(steps_for(steps.iter().rev(), hold));
    // The last rule on success is nearness to the baseline.
    let success = normal.rules.iter().rposition(Rule::is_of_success)?;
    let mut tally = Tally::default();
    last.filter_map(|step| step.tallies.get(success)).for_each(|more| tally.add(more));
    let shown = normal.rules.get(success)?.is_broken(tally, WHOLE_ALPHA);
    shown.then(|| 1.0 - tally.breaking as f64 / tally.of as f64)
}

/// Finds the longest quantile among the steps after clearing, and its ratio to that of the baseline's
/// median step.
fn overshoot(measure: Measure, baseline: &[Step], recovery: &[Step]) -> Option<Overshoot> {
    let of_steps = |steps: &[Step]| -> Vec<f64> {
        let quantiles = steps.iter().filter_map(|step| measure.of(&step.measured));
        quantiles.map(|time_s| time_s.max(SHORTEST_S)).collect()
    };
    let mut usual_s = of_steps(baseline);
    usual_s.sort_by(f64::total_cmp);
    let usual_s = usual_s.get(usual_s.len() / 2)?;
    let peak_s = of_steps(recovery).into_iter().max_by(f64::total_cmp)?;
    Some(Overshoot { measure, peak_s, ratio: peak_s / usual_s })
}

/// The longest response time quantile after clearing the faults.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Overshoot {
    /// Quantile measured.
    pub measure: Measure,
    /// Its longest value in a step, in seconds.
    pub peak_s: f64,
    /// Ratio to the value in the baseline's median step.
    pub ratio: f64,
}
