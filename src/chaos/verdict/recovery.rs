//! Finds when the target left the steady state, and when it returned.

use super::comparison::{Comparison, Standing};
use super::normal::{Normal, WHOLE_ALPHA};
use super::rule::Tally;
use super::steps::{Step, WindowState};
use crate::base::outcome::Outcome;
use crate::base::quantity::format_duration;
use serde::Serialize;
use std::fmt;
use std::time::Duration;

/// A time between two events, in seconds, with the bounds that follow from the length of the steps.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Elapsed {
    /// The measured time.
    pub value_s: f64,
    /// Lower bound: the step before had the other state.
    pub lower_s: f64,
    /// Upper bound.
    pub upper_s: f64,
}

impl fmt::Display for Elapsed {
    /// Writes `less than 1s` if the first step was already back inside.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_within_a_step() {
            write!(f, "less than {}", format_duration(self.upper_s))
        } else {
            f.write_str(&format_duration(self.value_s))
        }
    }
}

impl Elapsed {
    /// Returns whether it ended within the first step, and so was too short to be measured.
    pub fn is_within_a_step(&self) -> bool {
        self.value_s == 0.0 && self.upper_s > 0.0
    }
}

/// The reaction of the target to the faults.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Recovery {
    /// Whether it recovered: it stayed inside the steady state for as long as required, and is as fast as
    /// before. Missed if it did not return, or is shown to be slower than the margin allows.
    pub recovered: Outcome,
    /// Reason, in one sentence.
    pub why: String,
    /// Time to detect: from the injection to the end of the first step outside.
    pub detect: Option<Elapsed>,
    /// Failover time: from the injection to the start of the first stretch inside that holds while the
    /// faults last.
    pub failover: Option<Elapsed>,
    /// Time to recover: from the clearing to the start of the first stretch inside that holds.
    pub recover: Option<Elapsed>,
    /// Lower bound of the time to recover if no stretch held: the time from the clearing to the last
    /// step outside.
    pub at_least_s: Option<f64>,
    /// Number of times that it left the steady state again.
    pub relapses: Option<u64>,
    /// Response times after the recovery compared with those of the baseline.
    pub comparisons: Vec<Comparison>,
    /// Index of the step of the recovery phase from which the target counts as recovered.
    #[serde(skip)]
    pub settled: Option<usize>,
}

/// The steps of each phase that is judged.
#[derive(Debug, Clone, Default)]
pub struct Run {
    /// Before the faults.
    pub baseline: Vec<Step>,
    /// While the faults were on.
    pub fault: Vec<Step>,
    /// After they were cleared.
    pub recovery: Vec<Step>,
}

/// Judges how the target reacted to the faults. `compare` compares the response times in some steps with
/// the baseline's.
pub(crate) fn recovery(
    run: &Run,
    normal: &Normal,
    hold: Duration,
    injected: Option<Duration>,
    cleared: Option<Duration>,
    compare: impl Fn(&[Step]) -> Vec<Comparison>,
) -> Recovery {
    let settled = settled(&run.recovery, 0, hold, normal);
    let held = settled.map(|first| inside_from(&run.recovery, first)).unwrap_or_default();
    let comparisons = if held.is_empty() { Vec::new() } else { compare(held) };
    let (recovered, why) = match settled {
        Some(_) => by_comparison(&comparisons),
        None => without_hold(&run.recovery, hold),
    };
    // A stretch that held but is shown to be too slow does not count as a recovery.
    let settled = settled.filter(|_| recovered != Outcome::Missed);
    Recovery {
        recovered,
        why,
        detect: injected.and_then(|from| detected(&run.fault, from)),
        failover: injected.and_then(|from| failed_over(&run.fault, from, hold, normal)),
        recover: cleared.zip(settled).and_then(|(from, at)| elapsed_to(&run.recovery, at, from)),
        at_least_s: cleared.filter(|_| held.is_empty()).and_then(|from| last_outside_s(&run.recovery, from)),
        relapses: settled.map(|first| relapses(run.recovery.get(first..).unwrap_or_default())),
        comparisons,
        settled,
    }
}

/// Returns the first step, from index `from` on, at which a stretch begins that holds. A stretch goes up
/// to the next step outside. It holds if it lasts at least `hold` and breaks no rule as a whole, neither
/// in all of it nor in its first `hold`. Steps in state unknown neither begin nor end a stretch, and
/// their time does not count.
fn settled(steps: &[Step], from: usize, hold: Duration, normal: &Normal) -> Option<usize> {
    (from..steps.len()).find(|first| {
        let stretch = inside_from(steps, *first);
        let beginning = stretch.get(..steps_for(stretch.iter(), hold)).unwrap_or_default();
        stretch.first().is_some_and(|step| step.state == WindowState::Inside)
            && lasted(stretch) >= hold
            && breaks_no_rule(beginning, normal)
            && breaks_no_rule(stretch, normal)
    })
}

/// Returns the steps from index `first` up to the next one outside.
fn inside_from(steps: &[Step], first: usize) -> &[Step] {
    let rest = steps.get(first..).unwrap_or_default();
    let length = rest.iter().take_while(|step| step.state != WindowState::Outside).count();
    rest.get(..length).unwrap_or_default()
}

/// Returns the number of the first steps that together last `hold`; of all if they are shorter.
pub(super) fn steps_for<'s>(steps: impl Iterator<Item = &'s Step>, hold: Duration) -> usize {
    let mut lasted = Duration::ZERO;
    let taken = steps.take_while(|step| {
        let more = lasted < hold || lasted.is_zero();
        lasted = lasted.saturating_add(step.judged());
        more
    });
    taken.count()
}

fn lasted(steps: &[Step]) -> Duration {
    steps.iter().fold(Duration::ZERO, |sum, step| sum.saturating_add(step.judged()))
}

fn breaks_no_rule(steps: &[Step], normal: &Normal) -> bool {
    let mut whole = vec![Tally::default(); normal.rules.len()];
    for step in steps {
        whole.iter_mut().zip(&step.tallies).for_each(|(sum, more)| sum.add(more));
    }
    normal.broken(&whole, WHOLE_ALPHA).next().is_none()
}

fn by_comparison(comparisons: &[Comparison]) -> (Outcome, String) {
    let worst = comparisons.iter().max_by_key(|comparison| comparison.standing);
    match worst {
        Some(worst) if worst.standing == Standing::Slower => (Outcome::Missed, worst.to_string()),
        Some(worst) if worst.standing == Standing::Unknown => (Outcome::Inconclusive, worst.to_string()),
        _ => (Outcome::Held, "back inside the steady state".into()),
    }
}

/// Judges a run without a stretch that holds: not recovered if it ended outside, undecided if it ended
/// inside.
fn without_hold(steps: &[Step], hold: Duration) -> (Outcome, String) {
    if steps.is_empty() {
        return (Outcome::Inconclusive, "the run ended before the recovery phase".into());
    }
    let last_outside = steps.iter().rposition(|step| step.state == WindowState::Outside);
    let inside = inside_from(steps, last_outside.map_or(0, |last| last + 1));
    if last_outside.is_some() && inside.iter().all(|step| step.state == WindowState::Unknown) {
        return (Outcome::Missed, "outside the steady state until the end of the run".into());
    }
    let lasted = lasted(inside);
    // Long enough, so the stretch was rejected because it breaks a rule as a whole.
    if lasted >= hold && lasted > Duration::ZERO {
        let why = "no single step is outside the steady state, but all of them together are";
        return (Outcome::Missed, why.into());
    }
    let [lasted, hold] = [lasted, hold].map(|time| format_duration(time.as_secs_f64()));
    let why = format!(
        "inside the steady state only for the last {lasted}, but it must hold for {hold}: use a longer \
         recovery phase"
    );
    (Outcome::Inconclusive, why)
}

fn detected(fault: &[Step], injected: Duration) -> Option<Elapsed> {
    let first = fault.iter().find(|step| step.state == WindowState::Outside)?;
    let end_s = seconds(injected, first.end);
    Some(Elapsed { value_s: end_s, lower_s: seconds(injected, first.start), upper_s: end_s })
}

fn failed_over(fault: &[Step], injected: Duration, hold: Duration, normal: &Normal) -> Option<Elapsed> {
    // Only a return after the target had left is a failover.
    let left = fault.iter().position(|step| step.state == WindowState::Outside)?;
    elapsed_to(fault, settled(fault, left, hold, normal)?, injected)
}

/// Returns the time from `from` to the start of step `at`. It is at least the time to the start of the
/// step before. Without a step before, the event may have been anywhere within the step.
fn elapsed_to(steps: &[Step], at: usize, from: Duration) -> Option<Elapsed> {
    let step = steps.get(at)?;
    let before = at.checked_sub(1).and_then(|before| steps.get(before));
    let (earliest, latest) = before.map_or((from, step.end), |before| (before.start, step.start));
    let [value_s, lower_s, upper_s] = [step.start, earliest, latest].map(|to| seconds(from, to));
    Some(Elapsed { value_s, lower_s, upper_s })
}

fn last_outside_s(steps: &[Step], cleared: Duration) -> Option<f64> {
    let last = steps.iter().rev().find(|step| step.state == WindowState::Outside)?;
    Some(seconds(cleared, last.start))
}

/// Counts the changes from inside to outside.
fn relapses(steps: &[Step]) -> u64 {
    let states = steps.iter().map(|step| step.state);
    let judged: Vec<WindowState> = states.filter(|state| *state != WindowState::Unknown).collect();
    let turns = judged.windows(2).filter(|turn| *turn == [WindowState::Inside, WindowState::Outside]);
    turns.count() as u64
}

fn seconds(from: Duration, to: Duration) -> f64 {
    to.saturating_sub(from).as_secs_f64()
}
