//! Finds when the target left the steady state, and when it returned.

use super::normal::Normal;
use super::shown::Shown;
use super::steps::{Step, WindowState};
use super::stretch::{Stretch, stretch};
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
    /// Whether it recovered: it is shown to be inside the steady state, and as fast as before, from its return to the
    /// end of the recovery phase. Missed if it did not return, or is shown to be beyond a rule.
    pub recovered: Outcome,
    /// Reason, in one sentence.
    pub why: String,
    /// Time to detect: from the injection to the end of the first step outside.
    pub detect: Option<Elapsed>,
    /// Failover time: from the injection to the return to the steady state while the faults last.
    pub failover: Option<Elapsed>,
    /// Whether the target was inside the steady state at the end of the fault phase.
    #[serde(skip)]
    pub failed_over: Outcome,
    /// Reason for that, in one sentence.
    #[serde(skip)]
    pub failed_over_why: String,
    /// Time to recover: from the clearing to the return to the steady state.
    pub recover: Option<Elapsed>,
    /// Lower bound of the time to recover if no return is shown: the time from the clearing to the last step outside.
    pub at_least_s: Option<f64>,
    /// Number of times that it left the steady state again.
    pub relapses: Option<u64>,
    /// What the requests from its return to the end of the phase show about each rule.
    pub shown: Vec<Shown>,
    /// How much longer the recovery phase must be to decide, in seconds; `None` if it is decided, or no length would
    /// decide.
    pub more_s: Option<f64>,
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

/// Judges how the target reacted to the faults.
pub(crate) fn recovery(
    run: &Run,
    normal: &Normal,
    hold: Duration,
    injected: Option<Duration>,
    cleared: Option<Duration>,
) -> Recovery {
    let left = run.fault.iter().position(|step| step.state == WindowState::Outside);
    let during = stretch(&run.fault, &run.baseline, normal, hold);
    let after = stretch(&run.recovery, &run.baseline, normal, hold);
    let settled = after.first.filter(|_| after.outcome == Outcome::Held);
    // Only a return after the target had left is a failover.
    let failed_over = left.is_some() && during.outcome == Outcome::Held;
    Recovery {
        recovered: after.outcome,
        detect: injected.and_then(|from| detected(&run.fault, from)),
        failover: injected.filter(|_| failed_over).and_then(|from| elapsed_to(&run.fault, &during, from)),
        failed_over: during.outcome,
        failed_over_why: during.why,
        recover: cleared
            .filter(|_| settled.is_some())
            .and_then(|from| elapsed_to(&run.recovery, &after, from)),
        at_least_s: cleared
            .filter(|_| settled.is_none())
            .and_then(|from| last_outside_s(&run.recovery, from)),
        relapses: relapses(&run.recovery, hold),
        more_s: after.more.map(|more| more.as_secs_f64()),
        why: after.why,
        shown: after.shown,
        settled,
    }
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

fn detected(fault: &[Step], injected: Duration) -> Option<Elapsed> {
    let first = fault.iter().find(|step| step.state == WindowState::Outside)?;
    let end_s = seconds(injected, first.end);
    Some(Elapsed { value_s: end_s, lower_s: seconds(injected, first.start), upper_s: end_s })
}

/// Returns the time from `from` to the return of the target. It is at least the time to the start of the step before the
/// first that may be the return. Without a step before, the event may have been anywhere within the step.
fn elapsed_to(steps: &[Step], found: &Stretch, from: Duration) -> Option<Elapsed> {
    let at = found.first?;
    let step = steps.get(at)?;
    let before = found.between.start().checked_sub(1).and_then(|before| steps.get(before));
    let latest = steps.get(*found.between.end()).map_or(step.start, |step| step.start);
    let (earliest, latest) = before.map_or((from, step.end), |before| (before.start, latest));
    let [value_s, lower_s, upper_s] = [step.start, earliest, latest].map(|to| seconds(from, to));
    Some(Elapsed { value_s, lower_s, upper_s })
}

fn last_outside_s(steps: &[Step], cleared: Duration) -> Option<f64> {
    let last = steps.iter().rev().find(|step| step.state == WindowState::Outside)?;
    Some(seconds(cleared, last.start))
}

/// Counts the changes from inside to outside after the first stretch inside that lasted `hold`; `None` if none did.
fn relapses(steps: &[Step], hold: Duration) -> Option<u64> {
    let judged: Vec<&Step> = steps.iter().filter(|step| step.state != WindowState::Unknown).collect();
    let stretches =
        judged.chunk_by(|a, b| a.state == b.state).filter(|chunk| chunk[0].state == WindowState::Inside);
    let lasted = |chunk: &&[&Step]| chunk.iter().map(|step| step.judged()).sum::<Duration>() >= hold;
    let after = stretches.skip_while(|chunk| !lasted(chunk)).count().checked_sub(1)?;
    let ended_outside = judged.last().is_some_and(|step| step.state == WindowState::Outside);
    Some(after as u64 + u64::from(ended_outside))
}

fn seconds(from: Duration, to: Duration) -> f64 {
    to.saturating_sub(from).as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::{Elapsed, Step, WindowState, steps_for};
    use crate::chaos::limit::Measured;
    use std::time::Duration;

    #[test]
    fn steps_are_taken_until_their_known_part_lasts_long_enough() {
        let known = Step::of_second(Measured::default());
        let unknown = Step { state: WindowState::Unknown, ..known.clone() };
        let taken = |steps: &[&Step], hold_s| steps_for(steps.iter().copied(), Duration::from_secs(hold_s));
        assert_eq!(taken(&[&known; 5], 3), 3);
        assert_eq!(taken(&[&known; 5], 9), 5);
        assert_eq!(taken(&[&known, &unknown, &known, &known], 2), 3);
        assert_eq!(taken(&[&unknown, &known, &known], 0), 2, "one at least");
    }

    #[test]
    fn a_time_within_the_first_step_has_an_upper_bound_only() {
        let elapsed = |value_s, upper_s| Elapsed { value_s, lower_s: 0.0, upper_s };
        assert_eq!(elapsed(0.0, 1.0).to_string(), "less than 1s");
        assert_eq!([elapsed(2.0, 3.0), elapsed(0.0, 0.0)].map(|elapsed| elapsed.to_string()), ["2s", "0s"]);
    }
}
