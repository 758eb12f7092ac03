//! The gates of a run: the steady state before anything is injected, and the hits of each fault.

use super::normal::{Normal, STEP_ALPHA, WHOLE_ALPHA};
use super::rule::Rule;
use super::steps::{Placed, Step, Totals, WindowState, steps, windows_per_step};
use crate::base::quantity::significant;
use crate::base::text::counted;
use crate::chaos::experiment::Experiment;
use crate::chaos::observation::{FaultSeen, Phase, Window};
use serde::Serialize;
use std::time::Duration;

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
    let length = experiment.window;
    let place = |(index, window)| Placed {
        index,
        phase: Phase::Baseline,
        start: Duration::ZERO,
        end: length,
        window,
    };
    let placed: Vec<Placed<'_>> = windows.iter().enumerate().map(place).collect();
    let totals = Totals::of(&placed);
    let normal = Normal::of(experiment, &totals.measured);
    let steps = steps(&placed, windows_per_step(&totals), &normal);
    judged(experiment, &totals, &steps)
}

/// Judges the baseline from its totals and its steps.
pub(super) fn judged(experiment: &Experiment, totals: &Totals, steps: &[Step]) -> Gate {
    let (mut gate, mut limits_broken) = (Gate::default(), Vec::new());
    let nothing = nothing_to_judge(totals);
    gate.broken.extend(nothing.clone());
    gate.broken.extend(stalled_too_often(totals.stalled, totals.windows, experiment));
    let relevant = experiment.steady_state.iter().filter(|_| nothing.is_none());
    for limit in relevant {
        let Some(rule) = Rule::of_limit(limit, Some(&totals.measured)) else {
            continue;
        };
        let value = limit.measure.of(&totals.measured);
        let measured = value.map_or_else(|| "nothing".to_owned(), |value| limit.measure.format(value));
        let words = format!("{limit}: measured {measured}");
        if rule.is_broken(rule.tally(&totals.measured), WHOLE_ALPHA) {
            limits_broken.push(words);
        } else if limit.holds(&totals.measured, Some(&totals.measured)) != Some(true) {
            gate.doubts.push(words);
        }
    }
    // A limit that all requests together break is not reported again for single steps.
    if limits_broken.is_empty() && nothing.is_none() {
        gate.broken.extend(unsteady(steps));
    }
    gate.broken.extend(limits_broken);
    gate
}

fn nothing_to_judge(totals: &Totals) -> Option<String> {
    let measured = &totals.measured;
    if measured.offered == 0 {
        Some("no request was due in a window that counts".into())
    } else if measured.good == 0 {
        let failed = totals.failed.iter().filter(|(_, count)| **count > 0);
        let failed: Vec<String> =
            failed.map(|(failure, count)| format!("{count} {}", failure.description())).collect();
        Some(format!("none of {} succeeded: {}", counted(measured.offered, "request"), failed.join(", ")))
    } else {
        None
    }
}

/// Returns a description if the load generator stalled in too many windows.
pub(super) fn stalled_too_often(stalled: u64, windows: u64, experiment: &Experiment) -> Option<String> {
    let too_many = stalled as f64 > experiment.judge.stalled_max * windows as f64;
    too_many.then(|| {
        format!(
            "the load generator stalled in {stalled} of {} (at most {}% are allowed)",
            counted(windows, "window"),
            significant(experiment.judge.stalled_max * 100.0, 3)
        )
    })
}

/// Describes the steps outside the steady state, if there are any: such a baseline cannot be compared
/// with.
fn unsteady(steps: &[Step]) -> Option<String> {
    let outside = steps.iter().filter(|step| step.state == WindowState::Outside);
    let (count, first) = (outside.clone().count(), outside.clone().next()?);
    Some(format!(
        "{} did not hold in {count} of {} (p < {STEP_ALPHA})",
        first.broken.first().map_or("the steady state", String::as_str),
        counted(steps.len() as u64, "step"),
    ))
}

/// Returns the indices of the faults with fewer hits than `judge.min_hits`.
pub fn untouched(experiment: &Experiment, seen: &[FaultSeen]) -> Vec<usize> {
    let hits = |fault: usize| seen.get(fault).map_or(0, |seen| seen.hits);
    let due = experiment.judge.hits_min.max(1);
    (0..experiment.faults.len()).filter(|fault| hits(*fault) < due).collect()
}
