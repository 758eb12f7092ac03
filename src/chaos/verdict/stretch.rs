//! Finds from when on the target was back inside the steady state to the end of a phase, and whether that is shown.
//!
//! No single step needs to show that the target is outside: one that fails a fortieth of its requests is found in all
//! steps together. What counts as a return is a change that is shown, after which all that follows is shown to be within
//! every rule.

use super::drift;
use super::evidence::Evidence;
use super::normal::Normal;
use super::share::Tally;
use super::shown::{Shown, Standing, shown_of_all};
use super::steps::{Step, WindowState};
use crate::base::outcome::Outcome;
use crate::base::quantity::format_duration;
use std::ops::RangeInclusive;
use std::time::Duration;

/// The stretch of steps from the return of the target to the end of the phase.
#[derive(Debug, Clone)]
pub(crate) struct Stretch {
    /// Whether the target is shown to be inside. Missed if it is shown to be outside.
    pub outcome: Outcome,
    /// Reason, in one sentence.
    pub why: String,
    /// Index of the first step; `None` if the phase ended outside.
    pub first: Option<usize>,
    /// The steps among which the first one is, as far as can be told.
    pub between: RangeInclusive<usize>,
    /// What was shown about each rule.
    pub shown: Vec<Shown>,
    /// How much longer the phase must be to decide, if that would help.
    pub more: Option<Duration>,
}

impl Stretch {
    fn without_return(outcome: Outcome, why: impl Into<String>) -> Self {
        Self { outcome, why: why.into(), first: None, between: 0..=0, shown: Vec::new(), more: None }
    }

    fn undecided(self, why: impl Into<String>, more: Duration) -> Self {
        Self { outcome: Outcome::Inconclusive, why: why.into(), more: Some(more), ..self }
    }
}

/// A target that left again after some time inside must stay inside for this many times as long: if it left at random,
/// once in such a time, it would have left by then with 95 %.
const TIMES_INSIDE: u32 = 3;

/// Judges the steps of a phase, up to its end.
pub(crate) fn stretch(steps: &[Step], baseline: &[Step], normal: &Normal, hold: Duration) -> Stretch {
    let last_outside = steps.iter().rposition(|step| step.state == WindowState::Outside);
    let begins = last_outside.map_or(0, |last| last + 1);
    if from(steps, begins).iter().all(|step| step.state == WindowState::Unknown) {
        return without_steps_inside(steps, last_outside, hold);
    }
    let usual = Evidence::of(baseline);
    let shown = |first| shown_of_all(&normal.rules, &usual, &Evidence::of(from(steps, first)));
    let found = Stretch {
        first: Some(begins),
        between: begins..=begins,
        shown: shown(begins),
        ..Stretch::without_return(Outcome::Held, "back inside the steady state")
    };
    let changed = change(steps, begins, &found.shown).map(|(first, between)| Stretch {
        first: Some(first),
        between,
        shown: shown(first),
        ..found.clone()
    });
    judged(changed.unwrap_or(found), steps, baseline, normal, hold)
}

/// Judges a phase without a step inside at its end. A target that had been inside for long enough, and has left again only
/// for a moment, may have done so by chance.
fn without_steps_inside(steps: &[Step], last_outside: Option<usize>, hold: Duration) -> Stretch {
    let Some(last) = last_outside else {
        return Stretch::without_return(Outcome::Inconclusive, "nothing was measured");
    };
    let was_inside = longest_before(steps, last).is_some_and(|inside| inside >= hold);
    let outside = steps.get(..=last).unwrap_or_default();
    let outside =
        outside.rsplit(|step| step.state == WindowState::Inside).next().map(lasted).unwrap_or_default();
    if was_inside && outside < hold {
        let why =
            format!("it left the steady state again for the last {}", format_duration(outside.as_secs_f64()));
        return Stretch { more: Some(hold), ..Stretch::without_return(Outcome::Inconclusive, why) };
    }
    Stretch::without_return(Outcome::Missed, "outside the steady state until the end of the run")
}

/// Judges a stretch by how long it lasted and what it shows.
fn judged(found: Stretch, steps: &[Step], baseline: &[Step], normal: &Normal, hold: Duration) -> Stretch {
    let first = found.first.unwrap_or(steps.len());
    let held = from(steps, first);
    if let Some(beyond) = found.shown.iter().find(|shown| shown.standing == Standing::Beyond) {
        let why = beyond.to_string();
        return Stretch { outcome: Outcome::Missed, why, first: None, ..found };
    }
    let lasted = lasted(held);
    let words = |time: Duration| format_duration(time.as_secs_f64());
    let before = longest_before(steps, first).unwrap_or_default();
    let enough = before.saturating_mul(TIMES_INSIDE);
    if lasted < hold.max(enough) {
        let just_before = first.checked_sub(1).and_then(|last| steps.get(last));
        let why = if enough <= hold {
            let [lasted, hold] = [lasted, hold].map(words);
            format!("inside the steady state only for the last {lasted}, but it must hold for {hold}")
        } else {
            let left = if just_before.is_some_and(|step| step.state == WindowState::Outside) {
                format!("it left the steady state again after {} inside", words(before))
            } else {
                "it was outside so little that no single step shows it".into()
            };
            let [lasted, enough] = [lasted, enough].map(words);
            format!("{left}, and has been inside for {lasted} since: {enough} would show that it stays")
        };
        return found.undecided(why, hold.max(enough).saturating_sub(lasted));
    }
    if let Some(drift) = drift::of_recovery(&normal.rules, baseline, held) {
        return found.undecided(format!("it is still getting worse: {drift}"), lasted);
    }
    let unknown = || found.shown.iter().filter(|shown| shown.standing == Standing::Unknown);
    let Some(worst) = unknown().max_by(|a, b| a.more_s.unwrap_or(0.0).total_cmp(&b.more_s.unwrap_or(0.0)))
    else {
        return found;
    };
    let why = worst.to_string();
    let more = unknown().map(|shown| shown.more_s).collect::<Option<Vec<f64>>>();
    let more =
        more.map(|more| more.into_iter().fold(1.0, f64::max)).map(|s| Duration::from_secs_f64(s.min(1e9)));
    Stretch { outcome: Outcome::Inconclusive, why, more, ..found }
}

fn from(steps: &[Step], first: usize) -> &[Step] {
    steps.get(first..).unwrap_or_default()
}

fn lasted(steps: &[Step]) -> Duration {
    steps.iter().fold(Duration::ZERO, |sum, step| sum.saturating_add(step.judged()))
}

/// Returns the length of the longest stretch inside that ended before step `first`; `None` without one.
fn longest_before(steps: &[Step], first: usize) -> Option<Duration> {
    let before = steps.get(..first).unwrap_or_default();
    before
        .split(|step| step.state == WindowState::Outside)
        .filter(|inside| !inside.is_empty())
        .map(lasted)
        .max()
}

/// The least value of the likelihood ratio at which a change is shown: that of one in ten thousand at a given place, as
/// for single steps.
const RATIO_MIN: f64 = 15.1;

/// By how much the likelihood ratio falls within the 95 % interval of the place of a change.
const RATIO_FALL: f64 = 3.84;

/// Returns the step, after `begins`, at which the share of requests that break a rule falls, for the rules that the whole
/// stretch is shown to break; with the steps at which it may as well be. `None` if no change is shown.
fn change(steps: &[Step], begins: usize, shown: &[Shown]) -> Option<(usize, RangeInclusive<usize>)> {
    let beyond = shown.iter().enumerate().filter(|(_, shown)| shown.standing == Standing::Beyond);
    let broken: Vec<usize> = beyond.map(|(rule, _)| rule).collect();
    let stretch = from(steps, begins);
    let mut ratios = vec![0.0; stretch.len()];
    for rule in &broken {
        let tallies = || stretch.iter().filter_map(|step| step.tallies.get(*rule));
        let mut whole = Tally::default();
        tallies().for_each(|tally| whole.add(tally));
        let mut before = Tally::default();
        for (ratio, tally) in ratios.iter_mut().zip(tallies()) {
            *ratio += fall(before, whole);
            before.add(tally);
        }
    }
    let (at, greatest) = ratios.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1))?;
    if *greatest < RATIO_MIN {
        return None;
    }
    let near = |place: &usize| ratios.get(*place).is_some_and(|ratio| *ratio >= greatest - RATIO_FALL);
    let earliest = (1..=at).rev().take_while(near).last().unwrap_or(at);
    let latest = (at..ratios.len()).take_while(near).last().unwrap_or(at);
    Some((begins + at, begins + earliest..=begins + latest))
}

/// Returns twice the logarithm of the likelihood ratio of two shares, before and after a place, to one; zero where the
/// share does not fall.
fn fall(before: Tally, whole: Tally) -> f64 {
    let after = Tally { breaking: whole.breaking - before.breaking, of: whole.of - before.of };
    let share = |tally: Tally| tally.breaking as f64 / tally.of as f64;
    if !(share(before) > share(after)) {
        return 0.0;
    }
    2.0 * (log_likelihood(before) + log_likelihood(after) - log_likelihood(whole))
}

fn log_likelihood(tally: Tally) -> f64 {
    let (breaking, of) = (tally.breaking as f64, tally.of as f64);
    let term = |count: f64| if count > 0.0 { count * (count / of).ln() } else { 0.0 };
    term(breaking) + term(of - breaking)
}

#[cfg(test)]
mod tests {
    use super::{Duration, Evidence, Normal, Outcome, Shown, Step, Tally, change, fall, stretch};
    use crate::chaos::limit::{Limit, Measure, Measured};
    use crate::chaos::verdict::rule::Rule;
    use crate::chaos::verdict::shown::{Standing, shown};

    fn rule() -> Rule {
        Rule::of_limit(&Limit::parse(Measure::Success, ">= 99%").unwrap(), None).unwrap()
    }

    /// Steps of twenty requests, of which so many fail, and what those from step `begins` on show about a success of 99 %.
    fn failing(failed: &[u64], begins: usize) -> (Vec<Step>, Vec<Shown>) {
        let rule = rule();
        let step = |failed: &u64| {
            let measured = Measured { offered: 20, good: 20 - failed, ..Measured::default() };
            Step { tallies: vec![rule.tally(&measured)], ..Step::of_second(measured) }
        };
        let steps: Vec<Step> = failed.iter().map(step).collect();
        let shown = shown(&rule, &Evidence::default(), &Evidence::of(&steps[begins..]));
        (steps, vec![shown])
    }

    /// Computed in Python from the logarithms of the likelihoods.
    #[test]
    fn a_fall_is_measured_by_the_likelihood_ratio() {
        let tally = |breaking, of| Tally { breaking, of };
        assert!((fall(tally(8, 10), tally(8, 100)) - 45.745_825_883).abs() < 1e-8);
        assert_eq!(fall(tally(0, 10), tally(8, 100)), 0.0, "it rises");
        assert!(fall(tally(2, 4), tally(12, 104)) > 0.0, "from a half to a tenth");
        assert_eq!(fall(tally(0, 0), tally(8, 100)), 0.0);
    }

    /// The ratios are 0, 2.1, 7.2, 11.7, 22.6, 21.1, 16.8 and less: within 3.84 of the greatest at two places.
    #[test]
    fn a_return_is_where_the_ratio_is_greatest_give_or_take() {
        let (steps, shown) = failing(&[20, 20, 20, 5, 6, 5, 6, 2, 1, 0, 1, 0, 1], 3);
        assert_eq!(change(&steps, 3, &shown), Some((7, 7..=8)));
        let (steps, shown) = failing(&[5, 6, 5, 6, 0, 0, 0, 0, 0, 0], 0);
        assert_eq!(change(&steps, 0, &shown), Some((4, 4..=4)));
        let (steps, shown) = failing(&[2, 1, 0, 1, 2, 1, 1, 2, 0, 1], 0);
        assert_eq!(shown[0].standing, Standing::Beyond);
        assert_eq!(change(&steps, 0, &shown), None, "no fall is shown");
        let (steps, shown) = failing(&[1, 0, 0, 0, 0, 0, 0, 0, 0, 0], 0);
        assert_eq!(change(&steps, 0, &shown), None, "nothing is beyond its bound");
    }

    /// For six seconds three of twenty fail, which no second shows alone.
    #[test]
    fn a_target_that_returned_is_judged_from_there_on() {
        let failed: Vec<u64> = [vec![3; 6], vec![0; 18]].concat();
        let normal = Normal { rules: vec![rule()], design_effects: vec![1.0] };
        let found = stretch(&failing(&failed, 0).0, &[], &normal, Duration::from_secs(10));
        assert_eq!((found.outcome, found.first, found.shown[0].value), (Outcome::Held, Some(6), Some(0.0)));
        assert_eq!((*found.between.start(), found.between.contains(&6)), (6, true), "{found:?}");
    }
}
