//! The windows of a run by phase, joined into steps with enough requests to be judged.

use super::normal::Normal;
use super::rule::Rule;
use super::share::{Tallies, Tally};
use crate::chaos::limit::Measured;
use crate::chaos::observation::{Observation, Phase, Window};
use serde::Serialize;
use std::time::Duration;

/// Requests that a step should have. With fewer, a shift of the median could not be shown.
const REQUESTS_MIN: f64 = 20.0;

/// Share by which the mean of a regular load may fall short of that without making steps longer. One
/// window cut short lowers the mean this much.
const SHORTFALL: f64 = 0.1;

/// A window with its place in the run.
#[derive(Debug, Clone, Copy)]
pub struct Placed<'o> {
    /// Number of the window.
    pub index: usize,
    /// Phase to which it counts.
    pub phase: Phase,
    /// Start of the window.
    pub start: Duration,
    /// End of the window.
    pub end: Duration,
    /// Counts of the window.
    pub window: &'o Window,
}

/// State of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WindowState {
    /// Inside the steady state: no rule is shown to be broken.
    Inside,
    /// Outside the steady state: a rule is shown to be broken.
    Outside,
    /// No request was due, or the load generator stalled throughout.
    Unknown,
}

/// Consecutive windows of one phase that are judged together.
#[derive(Debug, Clone)]
pub struct Step {
    /// Numbers of its windows.
    pub windows: std::ops::Range<usize>,
    /// Start of the first window.
    pub start: Duration,
    /// End of the last window.
    pub end: Duration,
    /// Total length of the windows in which the load generator did not stall.
    pub counted: Duration,
    /// Measurements of these windows.
    pub measured: Measured,
    /// Tally of each rule.
    pub tallies: Vec<Tally>,
    /// Descriptions of the broken rules.
    pub broken: Vec<String>,
    /// State of the step.
    pub state: WindowState,
}

/// Totals of a phase, without the windows in which the load generator stalled.
#[derive(Debug, Clone, Default)]
pub struct Totals {
    /// Total length of the windows that count.
    pub counted: Duration,
    /// Sum of these windows.
    pub sum: Window,
    /// Number of windows, including stalled ones.
    pub windows: u64,
    /// Number of stalled windows.
    pub stalled: u64,
}

/// Returns the windows of a run with their places.
///
/// A window counts to the phase in which it began, with these exceptions: the window in which the
/// baseline ends counts to the settling, the window in which the faults are switched on counts to the
/// fault, and the window in which they are cleared counts to the recovery if the recovery has the
/// greater part of it.
pub fn placed(observation: &Observation) -> Vec<Placed<'_>> {
    let length = observation.window.max(Duration::from_nanos(1));
    let begin = |index: usize| length.saturating_mul(u32::try_from(index).unwrap_or(u32::MAX));
    let place = |(index, window)| {
        let (start, end) = (begin(index), begin(index + 1));
        let ended = observation.times.ended;
        // The end of the load may cut the last window short.
        let cut = if ended > start { end.min(ended) } else { end };
        Placed { index, phase: phase_of(observation, start, cut), start, end: cut, window }
    };
    observation.windows.iter().enumerate().map(place).collect()
}

fn phase_of(observation: &Observation, start: Duration, end: Duration) -> Phase {
    let within = |time: &Duration| start < *time && *time < end;
    let injected = observation.times.injected.filter(within);
    let cleared = observation.times.cleared.filter(within);
    let settling = observation.times.settling.filter(within);
    match (cleared, injected) {
        (_, Some(_)) => Phase::Fault,
        // The part before the clearing is shorter than the part after it.
        (Some(cleared), _) if cleared.saturating_sub(start) < end.saturating_sub(cleared) => Phase::Recovery,
        _ if settling.is_some() => Phase::Settling,
        _ => observation.phase_at(start),
    }
}

/// Returns the windows of one phase.
pub fn of_phase<'o>(placed: &[Placed<'o>], phase: Phase) -> Vec<Placed<'o>> {
    placed.iter().filter(|placed| placed.phase == phase).copied().collect()
}

impl Placed<'_> {
    /// Returns its length.
    pub fn length(&self) -> Duration {
        self.end.saturating_sub(self.start)
    }
}

impl Step {
    fn judged_by(self, normal: &Normal, design_effects: &[f64]) -> Self {
        let broken = normal.broken_by_step(&self.tallies, design_effects);
        let state = match (self.measured.offered, broken.is_empty()) {
            (0, _) => WindowState::Unknown,
            (_, true) => WindowState::Inside,
            (_, false) => WindowState::Outside,
        };
        Self { broken, state, ..self }
    }

    /// A step of one second, inside the steady state.
    #[cfg(test)]
    pub(super) fn of_second(measured: Measured) -> Self {
        let (start, end) = (Duration::ZERO, Duration::from_secs(1));
        let (tallies, broken) = (Vec::new(), Vec::new());
        Self {
            windows: 0..1,
            start,
            end,
            counted: end,
            measured,
            tallies,
            broken,
            state: WindowState::Inside,
        }
    }

    /// Returns its counted length; zero if its state is unknown.
    pub fn judged(&self) -> Duration {
        if self.state == WindowState::Unknown { Duration::ZERO } else { self.counted }
    }
}

impl Totals {
    /// Sums up some windows.
    pub fn of(windows: &[Placed<'_>]) -> Self {
        let mut totals = Self::default();
        for placed in windows {
            totals.windows += 1;
            if placed.window.stalled {
                totals.stalled += 1;
            } else {
                totals.counted = totals.counted.saturating_add(placed.length());
                totals.sum.add(placed.window);
            }
        }
        totals
    }

    /// Returns this many requests per second; `None` if no window counts.
    pub fn per_s(&self, requests: u64) -> Option<f64> {
        let seconds = self.counted.as_secs_f64();
        (seconds > 0.0).then(|| requests as f64 / seconds)
    }
}

/// Returns the number of windows in a step: the fewest that have twenty requests at the rate of the
/// baseline.
pub fn windows_per_step(baseline: &Totals) -> usize {
    let per_window = baseline.sum.measured.offered as f64 / (baseline.windows - baseline.stalled) as f64;
    let needed = (REQUESTS_MIN / per_window - SHORTFALL).ceil();
    let all = usize::try_from(baseline.windows).unwrap_or(usize::MAX).max(1);
    // Without counted windows or requests `needed` is NaN or infinite; `min` bounds the latter.
    if needed >= 1.0 { (needed as usize).min(all) } else { 1 }
}

/// Joins the windows of one phase into steps, and judges each. A shorter last step has too few requests
/// to be judged alone, and is joined with the one before.
pub fn steps(windows: &[Placed<'_>], per_step: usize, normal: &Normal) -> Vec<Step> {
    let length = |windows: &[Placed<'_>]| windows.iter().map(Placed::length).sum::<Duration>();
    let mut parts: Vec<_> = windows.chunks(per_step.max(1)).collect();
    if let [.., before, last] = parts.as_slice()
        && length(last) < length(before)
    {
        let joined = before.len() + last.len();
        parts.truncate(parts.len() - 2);
        parts.extend(windows.get(windows.len() - joined..));
    }
    parts.into_iter().filter_map(|windows| step(windows, normal)).collect()
}

fn step(windows: &[Placed<'_>], normal: &Normal) -> Option<Step> {
    let (first, last) = (windows.first()?, windows.last()?);
    let Totals { counted, sum: Window { measured, .. }, .. } = Totals::of(windows);
    let tallies = normal.tallies(&measured);
    let windows = first.index..last.index + 1;
    let (broken, state) = (Vec::new(), WindowState::Unknown);
    let step = Step { windows, start: first.start, end: last.end, counted, measured, tallies, broken, state };
    Some(step.judged_by(normal, &normal.design_effects))
}

/// Joins the windows of the baseline into steps, and judges each by the design effects of the other steps. Returns also the
/// design effects of all steps.
pub fn baseline_steps(windows: &[Placed<'_>], per_step: usize, normal: &Normal) -> (Vec<Step>, Vec<f64>) {
    let steps = steps(windows, per_step, normal);
    let tally = |step: &Step, rule: usize| step.tallies.get(rule).copied().unwrap_or_default();
    let all: Vec<Tallies> =
        (0..normal.rules.len()).map(|rule| steps.iter().map(|step| tally(step, rule)).collect()).collect();
    let effects = |left_out: Option<&Step>| -> Vec<f64> {
        let rules = normal.rules.iter().zip(&all).enumerate();
        let effect = |(rule, (of, all)): (usize, (&Rule, &Tallies))| {
            let kept = left_out.map_or(*all, |step| all.without(tally(step, rule)));
            if of.is_of_tail() { kept.design_effect() } else { 1.0 }
        };
        rules.map(effect).collect()
    };
    let judged = steps.into_iter().map(|step| {
        let others = effects(Some(&step));
        step.judged_by(normal, &others)
    });
    (judged.collect(), effects(None))
}
