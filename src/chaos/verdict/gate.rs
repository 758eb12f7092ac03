//! The gates of a run: the steady state before anything is injected, and the hits of each fault.

use super::drift;
use super::evidence::Evidence;
use super::normal::{Normal, STEP_ALPHA, WHOLE_ALPHA};
use super::rule::{Near, Rule};
use super::steps::{Placed, Step, Totals, WindowState, baseline_steps, windows_per_step};
use crate::base::quantity::significant;
use crate::base::text::{counted, grouped};
use crate::chaos::experiment::{Expected, Experiment};
use crate::chaos::likeness::{Responses, unsettled};
use crate::chaos::observation::{Failure, FaultSeen, Phase, Window};
use crate::config::schema::Choices as _;
use crate::stats::interval::clopper_pearson;
use serde::Serialize;

/// Whether the steady state held before the faults.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Gate {
    /// Reasons why it did not hold and nothing may be injected. Empty if it held.
    pub broken: Vec<String>,
    /// Limits whose measured value lies on the wrong side, which may be chance.
    pub doubts: Vec<String>,
}

impl Gate {
    /// Returns whether the faults may be switched on.
    pub fn is_open(&self) -> bool {
        self.broken.is_empty()
    }
}

/// Judges the baseline from its windows, in order.
pub fn baseline_gate(experiment: &Experiment, windows: &[Window]) -> Gate {
    let (totals, normal, steps) = baseline(experiment, windows);
    judged(experiment, &totals, &steps, &normal)
}

/// The half-width of a quantile of the baseline that leaves the verdict to the recovery, as a part of the margin, both on
/// logarithms.
const PART_OF_MARGIN: f64 = 1.0 / 3.0;

/// Returns whether each quantile that is compared is known well enough in the windows of a baseline, in order, for what
/// follows to be judged by it.
pub fn baseline_is_known(experiment: &Experiment, windows: &[Window]) -> bool {
    let (_, normal, steps) = baseline(experiment, windows);
    let evidence = Evidence::of(&steps);
    let is_known = |rule: &Rule| {
        let Some(Near::Times(measure, times)) = rule.near else { return true };
        let bounds = evidence.quantile(measure);
        let width = bounds.and_then(|bounds| Some((bounds.upper? / bounds.lower?).ln()));
        width.is_some_and(|width| 0.5 * width <= PART_OF_MARGIN * times.ln())
    };
    normal.rules.iter().all(is_known)
}

fn baseline(experiment: &Experiment, windows: &[Window]) -> (Totals, Normal, Vec<Step>) {
    let (phase, length) = (Phase::Baseline, experiment.window);
    let place = |(index, window)| {
        let start = length.saturating_mul(u32::try_from(index).unwrap_or(u32::MAX));
        Placed { index, phase, start, end: start.saturating_add(length), window }
    };
    let placed: Vec<Placed<'_>> = windows.iter().enumerate().map(place).collect();
    let totals = Totals::of(&placed);
    let normal = Normal::of(experiment, &totals.sum.measured);
    let (steps, _) = baseline_steps(&placed, windows_per_step(&totals), &normal);
    (totals, normal, steps)
}

/// Describes the aspects of responses that must stay the same (`expect.same`) and differ in the baseline already.
pub fn unlike_itself(experiment: &Experiment, responses: &[Responses]) -> Vec<String> {
    let mut differ = Vec::new();
    for (request, responses) in experiment.load.requests.iter().zip(responses) {
        for expected in &request.expect {
            let Expected::Same(aspects) = expected else { continue };
            differ.extend(unsettled(responses, aspects).into_iter().map(|aspect| {
                let (name, aspect) = (request.name(), aspect.word());
                format!(
                    "`same: [{aspect}]` cannot be judged: the responses to {name} are too few, or differ among themselves"
                )
            }));
        }
    }
    differ
}

/// Judges the baseline from its totals and its steps.
pub(super) fn judged(experiment: &Experiment, totals: &Totals, steps: &[Step], normal: &Normal) -> Gate {
    let (mut gate, measured) = (Gate::default(), &totals.sum.measured);
    let nothing = nothing_to_judge(&totals.sum);
    let unfit = unfit([totals], experiment);
    if nothing.is_some() {
        gate.broken.extend(nothing.into_iter().chain(unfit));
        return gate;
    }
    let mut limits_broken = Vec::new();
    for limit in &experiment.steady_state {
        let Some(rule) = Rule::of_limit(limit, Some(measured)) else {
            continue;
        };
        let value = limit.measure.of(measured);
        let value = value.map_or_else(|| "nothing".to_owned(), |value| limit.measure.format(value));
        let words = format!("{limit}: measured {value}");
        if rule.is_broken(rule.tally(measured), WHOLE_ALPHA) {
            limits_broken.push(words);
        } else if limit.holds(measured, Some(measured)) != Some(true) {
            gate.doubts.push(words);
        }
    }
    // A limit that all requests together break is not reported again for single steps.
    let unsteady = unsteady(steps).filter(|_| limits_broken.is_empty());
    let drift = drift::of_baseline(&normal.rules, steps);
    let drift = drift.map(|drift| format!("it drifts, and is no baseline: {drift}"));
    gate.broken.extend(unfit.into_iter().chain(unsteady).chain(limits_broken).chain(drift));
    gate
}

fn nothing_to_judge(Window { measured, failed, .. }: &Window) -> Option<String> {
    if measured.offered == 0 {
        return Some("no request was due in a window that counts".into());
    }
    let failed = failed.iter().filter(|(_, count)| **count > 0);
    let failed = failed.map(|(failure, count)| format!("{} {}", grouped(*count), failure.description()));
    (measured.good == 0).then(|| {
        let failed: Vec<String> = failed.collect();
        format!("none of {} succeeded: {}", counted(measured.offered, "request"), failed.join(", "))
    })
}

/// Share of the requests that may have been sent twice.
const REPEATED_MAX: f64 = 0.01;

/// Confidence with which it must be shown to be exceeded.
const CONFIDENCE: f64 = 0.95;

/// Describes why the requests do not measure the target, if they do not.
pub(super) fn unfit<'t>(
    judged: impl IntoIterator<Item = &'t Totals>,
    experiment: &Experiment,
) -> Option<String> {
    let mut all = Totals::default();
    for totals in judged {
        all.stalled += totals.stalled;
        all.windows += totals.windows;
        all.sum.add(&totals.sum);
    }
    exhausted(&all.sum)
        .or_else(|| stalled_too_often(&all, experiment))
        .or_else(|| repeated_too_often(&all.sum))
}

fn exhausted(sum: &Window) -> Option<String> {
    let without = sum.failed.get(&Failure::Exhausted).copied().filter(|count| *count > 0)?;
    let requests = counted(without, "request");
    Some(format!(
        "this system had no descriptor or local port left for {requests}, which says nothing about the target"
    ))
}

fn stalled_too_often(all: &Totals, experiment: &Experiment) -> Option<String> {
    let (stalled, stalled_max) = (all.stalled, experiment.judge.stalled_max);
    (stalled as f64 > stalled_max * all.windows as f64).then(|| {
        let (windows, most) = (counted(all.windows, "window"), significant(stalled_max * 100.0, 3));
        format!("the load generator stalled in {stalled} of {windows} (at most {most}% are allowed)")
    })
}

fn repeated_too_often(sum: &Window) -> Option<String> {
    let (repeated, offered) = (sum.repeated, sum.measured.offered);
    let least = clopper_pearson(repeated, offered, CONFIDENCE)?.lower?;
    (least > REPEATED_MAX).then(|| {
        let requests = counted(offered, "request");
        format!(
            "{repeated} of {requests} were sent twice, because the target closed the connection while they were under \
             way: for being idle, or in failing. `load.keep_alive=false` tells which"
        )
    })
}

/// Describes the steps outside the steady state, if there are any: such a baseline cannot be compared
/// with.
fn unsteady(steps: &[Step]) -> Option<String> {
    let outside: Vec<&Step> = steps.iter().filter(|step| step.state == WindowState::Outside).collect();
    let rule = outside.first()?.broken.first().map_or("the steady state", String::as_str);
    let (count, steps) = (outside.len(), counted(steps.len() as u64, "step"));
    Some(format!("{rule} did not hold in {count} of {steps} (p < {STEP_ALPHA})"))
}

/// Returns the indices of the faults with fewer hits than `judge.min_hits`.
pub(crate) fn untouched(experiment: &Experiment, seen: &[FaultSeen]) -> Vec<usize> {
    let hits = |fault: usize| seen.get(fault).map_or(0, |seen| seen.hits);
    let due = experiment.judge.hits_min.max(1);
    (0..experiment.faults.len()).filter(|fault| hits(*fault) < due).collect()
}
