//! The windows of a run by phase, and joined to steps with enough requests to be judged.

use super::normal::{Normal, STEP_ALPHA};
use super::rule::Tally;
use crate::chaos::limit::Measured;
use crate::chaos::observation::{Failure, Observation, Phase, Window, sum};
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Duration;

/// Requests that a step should have. Of fewer, a shift of the median could not be shown.
const REQUESTS_MIN: f64 = 20.0;

/// How far the mean of a regular load may fall short of that without longer steps: one window cut short moves it so much.
const SHORTFALL: f64 = 0.1;

/// A window with its place in the run.
#[derive(Debug, Clone, Copy)]
pub struct Placed<'o> {
    /// Its number.
    pub index: usize,
    /// The phase it counts to.
    pub phase: Phase,
    /// When it began.
    pub start: Duration,
    /// When it ended.
    pub end: Duration,
    /// What was seen in it.
    pub window: &'o Window,
}

/// Where a step lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WindowState {
    /// No rule is shown to be broken.
    Inside,
    /// A rule is.
    Outside,
    /// Nothing was offered, or the generator stalled throughout.
    Unknown,
}

/// Consecutive windows of one phase that are judged together.
#[derive(Debug, Clone)]
pub struct Step {
    /// The numbers of its windows.
    pub windows: std::ops::Range<usize>,
    /// When the first began.
    pub start: Duration,
    /// When the last ended.
    pub end: Duration,
    /// How long those of its windows are in which the generator did not stall.
    pub counted: Duration,
    /// What was measured in these.
    pub measured: Measured,
    /// For each rule, the requests that broke it.
    pub tallies: Vec<Tally>,
    /// The rules that were broken, in words.
    pub broken: Vec<String>,
    /// Where it lies.
    pub state: WindowState,
}

/// All that a phase counted, without the windows in which the generator stalled.
#[derive(Debug, Clone, Default)]
pub struct Totals {
    /// How long the windows that count are.
    pub counted: Duration,
    /// What was measured.
    pub measured: Measured,
    /// Requests that failed, by how.
    pub failed: BTreeMap<Failure, u64>,
    /// Requests that the proxies before dependencies saw, where they understand them.
    pub attempts: Option<u64>,
    /// Windows, with those that stalled.
    pub windows: u64,
    /// Those that stalled.
    pub stalled: u64,
}

/// The windows of a run with their places.
///
/// A window counts to the phase in which it began, but that in which the baseline ended counts to it no more, that in which the
/// faults were switched on counts to the fault, and that in which they were cleared to the recovery if this had the greater part of it.
pub fn placed(observation: &Observation) -> Vec<Placed<'_>> {
    let length = observation.window.max(Duration::from_nanos(1));
    let begin = |index: usize| {
        let index = u32::try_from(index).unwrap_or(u32::MAX);
        length.checked_mul(index).unwrap_or(Duration::MAX)
    };
    let place = |(index, window)| {
        let (start, end) = (begin(index), begin(index + 1));
        let ended = observation.times.ended;
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
        (Some(cleared), _) if cleared.saturating_sub(start) < end.saturating_sub(cleared) => Phase::Recovery,
        _ if settling.is_some() => Phase::Settling,
        _ => observation.phase_at(start),
    }
}

/// The windows of one phase.
pub fn of_phase<'o>(placed: &[Placed<'o>], phase: Phase) -> Vec<Placed<'o>> {
    placed.iter().filter(|placed| placed.phase == phase).copied().collect()
}

impl Placed<'_> {
    /// How long it is.
    pub fn length(&self) -> Duration {
        self.end.saturating_sub(self.start)
    }
}

impl Totals {
    /// Of some windows.
    pub fn of(windows: &[Placed<'_>]) -> Self {
        let mut totals = Self::default();
        for placed in windows {
            totals.windows += 1;
            if placed.window.stalled {
                totals.stalled += 1;
            } else {
                totals.count(placed);
            }
        }
        totals
    }

    fn count(&mut self, placed: &Placed<'_>) {
        self.counted = self.counted.saturating_add(placed.length());
        self.measured.add(&placed.window.measured);
        self.attempts = sum(self.attempts, placed.window.attempts);
        for (failure, count) in &placed.window.failed {
            let sum = self.failed.entry(*failure).or_default();
            *sum = sum.saturating_add(*count);
        }
    }

    /// Windows that count.
    fn windows_counted(&self) -> u64 {
        self.windows - self.stalled
    }

    /// Requests per second that were due.
    pub fn offered_per_s(&self) -> Option<f64> {
        let seconds = self.counted.as_secs_f64();
        (seconds > 0.0).then(|| self.measured.offered as f64 / seconds)
    }

    /// Successes per second.
    pub fn goodput_per_s(&self) -> Option<f64> {
        let seconds = self.counted.as_secs_f64();
        (seconds > 0.0).then(|| self.measured.good as f64 / seconds)
    }
}

/// How many windows make a step: as few as give it twenty requests at the rate of the baseline.
pub fn windows_per_step(baseline: &Totals) -> usize {
    let per_window = baseline.measured.offered as f64 / baseline.windows_counted() as f64;
    let needed = (REQUESTS_MIN / per_window - SHORTFALL).ceil();
    let all = usize::try_from(baseline.windows).unwrap_or(usize::MAX).max(1);
    if needed >= 1.0 { (needed as usize).min(all) } else { 1 }
}

/// The windows of one phase as steps, each judged. What its end cuts short has too few requests to be judged alone, and is judged with
/// the step before.
pub fn steps(windows: &[Placed<'_>], per_step: usize, normal: &Normal) -> Vec<Step> {
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

fn length(windows: &[Placed<'_>]) -> Duration {
    windows.iter().map(Placed::length).sum()
}

fn step(windows: &[Placed<'_>], normal: &Normal) -> Option<Step> {
    let (first, last) = (windows.first()?, windows.last()?);
    let totals = Totals::of(windows);
    let tallies = normal.tallies(&totals.measured);
    let broken: Vec<String> = normal.broken(&tallies, STEP_ALPHA).map(|rule| rule.words.clone()).collect();
    let state = match (totals.measured.offered, broken.is_empty()) {
        (0, _) => WindowState::Unknown,
        (_, true) => WindowState::Inside,
        (_, false) => WindowState::Outside,
    };
    Some(Step {
        windows: first.index..last.index + 1,
        start: first.start,
        end: last.end,
        counted: totals.counted,
        measured: totals.measured,
        tallies,
        broken,
        state,
    })
}
