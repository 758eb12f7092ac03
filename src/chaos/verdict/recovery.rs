//! When the target left the steady state, and when it was back.

use super::comparison::{Comparison, Standing};
use super::normal::{Normal, WHOLE_ALPHA};
use super::rule::Tally;
use super::steps::{Step, WindowState};
use crate::base::quantity::format_duration;
use serde::Serialize;
use std::fmt;
use std::time::Duration;

/// Whether the target recovered after the faults were cleared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Recovered {
    /// It was back inside for as long as it must hold, and is as fast as before.
    Yes,
    /// It was not, or it is shown to be slower than the margin allows.
    No,
    /// What was seen does not decide it.
    CannotTell,
}

/// A time from one event to another, as exactly as the steps let it be known.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Elapsed {
    /// The time.
    pub value_s: f64,
    /// It cannot have been less: the step before had the other state.
    pub lower_s: f64,
    /// It cannot have been more.
    pub upper_s: f64,
}

impl fmt::Display for Elapsed {
    /// `less than 1s` where not even the first step was otherwise.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_within_a_step() {
            write!(f, "less than {}", format_duration(self.upper_s))
        } else {
            f.write_str(&format_duration(self.value_s))
        }
    }
}

impl Elapsed {
    /// Whether it was over before it could be measured.
    pub fn is_within_a_step(&self) -> bool {
        self.value_s == 0.0 && self.upper_s > 0.0
    }
}

/// How the target came through.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Recovery {
    /// Whether it recovered.
    pub recovered: Recovered,
    /// Why, in one sentence.
    pub why: String,
    /// From the injection to the end of the first step outside.
    pub detect: Option<Elapsed>,
    /// From the injection to the start of the first stretch inside that holds, while the faults last.
    pub failover: Option<Elapsed>,
    /// From the clearing to the start of the first stretch inside that holds.
    pub recover: Option<Elapsed>,
    /// Where it did not hold: the time from the clearing to the last step outside, which recovery exceeds.
    pub at_least_s: Option<f64>,
    /// How often it left the steady state again.
    pub relapses: Option<u64>,
    /// How the response times after recovery compare with those before the faults.
    pub comparisons: Vec<Comparison>,
    /// The first step of the recovery phase that counts as recovered.
    #[serde(skip)]
    pub settled: Option<usize>,
}

/// The steps of each phase that is judged.
#[derive(Debug, Clone, Default)]
pub struct Run {
    /// Before the faults.
    pub baseline: Vec<Step>,
    /// While they were on.
    pub fault: Vec<Step>,
    /// After they were cleared.
    pub recovery: Vec<Step>,
}

/// Judges how the target came through.
pub fn recovery(
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
    // What held but is shown to be too slow is no recovery to count from.
    let settled = settled.filter(|_| recovered != Recovered::No);
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

/// The first step, from number `from` on, with which a stretch begins that holds: it goes up to the next step outside, lasts at least
/// `hold`, and breaks no rule as a whole, neither in all of it nor in its first `hold`. What cannot be judged neither begins nor ends a
/// stretch, and its time does not count.
fn settled(steps: &[Step], from: usize, hold: Duration, normal: &Normal) -> Option<usize> {
    (from..steps.len()).find(|first| {
        let stretch = inside_from(steps, *first);
        let beginning = beginning(stretch, hold);
        begins_inside(stretch)
            && lasted(stretch) >= hold
            && breaks_no_rule(beginning, normal)
            && breaks_no_rule(stretch, normal)
    })
}

fn begins_inside(steps: &[Step]) -> bool {
    steps.first().is_some_and(|step| step.state == WindowState::Inside)
}

/// The steps from number `first` up to the next one outside.
fn inside_from(steps: &[Step], first: usize) -> &[Step] {
    let rest = steps.get(first..).unwrap_or_default();
    let length = rest.iter().take_while(|step| step.state != WindowState::Outside).count();
    rest.get(..length).unwrap_or_default()
}

/// As few of the first steps as together last `hold`.
fn beginning(steps: &[Step], hold: Duration) -> &[Step] {
    let long_enough = |length: &usize| lasted(steps.get(..*length).unwrap_or_default()) >= hold;
    let length = (1..=steps.len()).find(long_enough).unwrap_or(steps.len());
    steps.get(..length).unwrap_or_default()
}

/// How long steps last in which the generator did not stall and something was offered.
fn lasted(steps: &[Step]) -> Duration {
    let judged = steps.iter().filter(|step| step.state != WindowState::Unknown);
    judged.fold(Duration::ZERO, |sum, step| sum.saturating_add(step.counted))
}

fn breaks_no_rule(steps: &[Step], normal: &Normal) -> bool {
    let none = vec![Tally::default(); normal.rules.len()];
    let whole = steps.iter().fold(none, |whole, step| {
        whole.iter().zip(&step.tallies).map(|(sum, more)| sum.and(*more)).collect()
    });
    normal.broken(&whole, WHOLE_ALPHA).next().is_none()
}

fn by_comparison(comparisons: &[Comparison]) -> (Recovered, String) {
    let worst = comparisons.iter().max_by_key(|comparison| comparison.standing);
    match worst {
        Some(worst) if worst.standing == Standing::Slower => (Recovered::No, worst.to_string()),
        Some(worst) if worst.standing == Standing::Unknown => (Recovered::CannotTell, worst.to_string()),
        _ => (Recovered::Yes, "back inside the steady state".into()),
    }
}

/// Without a stretch that lasts: it is not recovered when it ended outside, and undecided when it ended inside.
fn without_hold(steps: &[Step], hold: Duration) -> (Recovered, String) {
    if steps.is_empty() {
        return (Recovered::CannotTell, "the run ended before the recovery".into());
    }
    let judged = steps.iter().rev().filter(|step| step.state != WindowState::Unknown);
    let inside = judged.clone().take_while(|step| step.state == WindowState::Inside);
    let lasted = inside.fold(Duration::ZERO, |sum, step| sum.saturating_add(step.counted));
    let ends_outside = judged.clone().next().is_some_and(|step| step.state == WindowState::Outside);
    if ends_outside {
        return (Recovered::No, "outside of the steady state to the end".into());
    }
    let short = |time: Duration| format_duration(time.as_secs_f64());
    if lasted >= hold && lasted > Duration::ZERO {
        return (Recovered::No, "no step alone is outside, but all together break the steady state".into());
    }
    let why = format!(
        "inside for the last {} only, and it must hold for {}: a longer recovery phase would tell",
        short(lasted),
        short(hold)
    );
    (Recovered::CannotTell, why)
}

fn detected(fault: &[Step], injected: Duration) -> Option<Elapsed> {
    let first = fault.iter().find(|step| step.state == WindowState::Outside)?;
    Some(Elapsed {
        value_s: seconds(injected, first.end),
        lower_s: seconds(injected, first.start),
        upper_s: seconds(injected, first.end),
    })
}

fn failed_over(fault: &[Step], injected: Duration, hold: Duration, normal: &Normal) -> Option<Elapsed> {
    let left = fault.iter().position(|step| step.state == WindowState::Outside)?;
    elapsed_to(fault, settled(fault, left, hold, normal)?, injected)
}

/// The time to the start of a step; it cannot have been less than that to the start of the step before. Where there is none before,
/// it was over at some time within the step.
fn elapsed_to(steps: &[Step], at: usize, from: Duration) -> Option<Elapsed> {
    let step = steps.get(at)?;
    let before = at.checked_sub(1).and_then(|before| steps.get(before));
    let latest = before.map_or(step.end, |_| step.start);
    Some(Elapsed {
        value_s: seconds(from, step.start),
        lower_s: before.map_or(0.0, |before| seconds(from, before.start)),
        upper_s: seconds(from, latest),
    })
}

fn last_outside_s(steps: &[Step], cleared: Duration) -> Option<f64> {
    let last = steps.iter().rev().find(|step| step.state == WindowState::Outside)?;
    Some(seconds(cleared, last.start))
}

/// How often steps go from inside to outside.
fn relapses(steps: &[Step]) -> u64 {
    let judged: Vec<WindowState> =
        steps.iter().map(|step| step.state).filter(|state| *state != WindowState::Unknown).collect();
    let turns = judged.windows(2).filter(|turn| *turn == [WindowState::Inside, WindowState::Outside]);
    turns.count() as u64
}

fn seconds(from: Duration, to: Duration) -> f64 {
    to.saturating_sub(from).as_secs_f64()
}
