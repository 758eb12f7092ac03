//! The expectations about the target, and the result of each.

use super::Seen;
use super::normal::WHOLE_ALPHA;
use super::recovery::{Elapsed, Recovered};
use super::rule::Rule;
use crate::base::outcome::Outcome;
use crate::base::quantity::{format_duration, significant};
use crate::base::text::counted;
use crate::chaos::experiment::Experiment;
use crate::chaos::limit::{Limit, Measured};
use serde::Serialize;
use std::time::Duration;

/// An expectation and how it came out.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Expectation {
    /// Key of the expectation: `recovers`, `recover_within`, `during_fault`, …
    pub about: &'static str,
    /// Condition, as text.
    pub condition: String,
    /// How it came out.
    pub outcome: Outcome,
    /// What was measured, in words.
    pub detail: String,
}

/// Judges all expectations of an experiment. Recovery is always among them.
pub fn expectations(experiment: &Experiment, seen: &Seen<'_>) -> Vec<Expectation> {
    let expect = &experiment.expect;
    let during = expect.during_fault.iter().map(|limit| during_fault(limit, seen));
    let detect = expect.detect_within.map(|within| detect(within, seen));
    let failover = expect.failover_within.map(|within| failover(within, seen));
    let recover = expect.recover_within.map(|within| recover_within(within, seen));
    let after = expect.after.iter().map(|limit| after(limit, seen));
    let relapses = expect.relapses_max.map(|most| relapses(most, seen));
    let measures = seen.measures;
    let at_most = [
        ("budget", expect.budget_max, measures.budget, "of the error budget"),
        (
            "amplification",
            expect.amplification_max,
            measures.amplification,
            "times the attempts of the baseline",
        ),
        (
            "overshoot",
            expect.overshoot_max,
            measures.overshoot.map(|overshoot| overshoot.ratio),
            "times the response time of the baseline",
        ),
    ];
    let at_most = at_most
        .into_iter()
        .filter_map(|(about, most, value, of)| Some(at_most_times(about, most?, value, of)));
    during
        .chain(detect)
        .chain(failover)
        .chain([recovers(seen)])
        .chain(recover)
        .chain(after)
        .chain(relapses)
        .chain(at_most)
        .collect()
}

fn recovers(seen: &Seen<'_>) -> Expectation {
    let outcome = match seen.recovery.recovered {
        Recovered::Yes => Outcome::Held,
        Recovered::No => Outcome::Missed,
        Recovered::CannotTell => Outcome::Inconclusive,
    };
    Expectation {
        about: "recovers",
        condition: "recovers".into(),
        outcome,
        detail: seen.recovery.why.clone(),
    }
}

fn during_fault(limit: &Limit, seen: &Seen<'_>) -> Expectation {
    limited("during_fault", "during the fault", limit, Some(seen.fault), seen)
}

fn after(limit: &Limit, seen: &Seen<'_>) -> Expectation {
    limited("after", "after recovery", limit, seen.after, seen)
}

fn limited(
    about: &'static str,
    when: &str,
    limit: &Limit,
    measured: Option<&Measured>,
    seen: &Seen<'_>,
) -> Expectation {
    let outcome = measured.map_or(Outcome::Inconclusive, |measured| held_by(limit, measured, seen.baseline));
    Expectation {
        about,
        condition: format!("{limit} {when}"),
        outcome,
        detail: measured
            .and_then(|measured| found(limit, measured, outcome))
            .unwrap_or_else(|| "nothing measured".to_owned()),
    }
}

/// What was measured, in words; of a value on the wrong side that may be chance, that it may.
fn found(limit: &Limit, measured: &Measured, outcome: Outcome) -> Option<String> {
    let value = limit.measure.format(limit.measure.of(measured)?);
    Some(match outcome {
        Outcome::Inconclusive => {
            format!("{value}, which may be chance in {}", counted(measured.offered, "request"))
        }
        Outcome::Held | Outcome::Missed => value,
    })
}

/// Missed only where more requests than may are shown to be on the wrong side.
fn held_by(limit: &Limit, measured: &Measured, baseline: &Measured) -> Outcome {
    let rule = Rule::of_limit(limit, Some(baseline));
    let nothing_succeeded = measured.offered > 0 && measured.good == 0;
    match (limit.holds(measured, Some(baseline)), rule) {
        (Some(true), _) => Outcome::Held,
        (Some(false), Some(rule)) if rule.is_broken(rule.tally(measured), WHOLE_ALPHA) => Outcome::Missed,
        (Some(false), _) if nothing_succeeded => Outcome::Missed,
        _ => Outcome::Inconclusive,
    }
}

fn detect(within: Duration, seen: &Seen<'_>) -> Expectation {
    let (outcome, detail) = match seen.recovery.detect {
        Some(detect) => within_time(detect, within),
        None if seen.fault_lasted >= within => (Outcome::Missed, "never left the steady state".into()),
        None => (Outcome::Inconclusive, "the fault did not last as long".into()),
    };
    timed("detect_within", "detected", within, outcome, detail)
}

fn failover(within: Duration, seen: &Seen<'_>) -> Expectation {
    let (outcome, detail) = match (seen.recovery.detect, seen.recovery.failover) {
        (None, _) if seen.fault.offered == 0 => (Outcome::Inconclusive, "nothing measured".into()),
        (None, _) => (Outcome::Held, "never left the steady state".into()),
        (_, Some(failover)) => within_time(failover, within),
        (_, None) if seen.fault_lasted >= within => {
            (Outcome::Missed, "outside while the fault lasted".into())
        }
        _ => (Outcome::Inconclusive, "the fault did not last as long".into()),
    };
    timed("failover_within", "failed over", within, outcome, detail)
}

fn recover_within(within: Duration, seen: &Seen<'_>) -> Expectation {
    let recovery = seen.recovery;
    let too_late = recovery.at_least_s.is_some_and(|least| least > within.as_secs_f64());
    let (outcome, detail) = match (recovery.recovered, recovery.recover) {
        (Recovered::Yes, Some(recover)) => within_time(recover, within),
        (Recovered::No, _) => (Outcome::Missed, "not recovered".into()),
        _ if too_late => {
            (Outcome::Missed, format!("later than {}", duration(recovery.at_least_s.unwrap_or(0.0))))
        }
        _ => (Outcome::Inconclusive, "cannot tell whether it recovered".into()),
    };
    timed("recover_within", "recovered", within, outcome, detail)
}

/// Told only where the bound lies outside of what is known of the time.
fn within_time(elapsed: Elapsed, within: Duration) -> (Outcome, String) {
    let bound_s = within.as_secs_f64();
    let between = || format!("between {} and {}", duration(elapsed.lower_s), duration(elapsed.upper_s));
    match elapsed {
        _ if elapsed.upper_s <= bound_s => (Outcome::Held, elapsed.to_string()),
        _ if elapsed.lower_s >= bound_s => (Outcome::Missed, elapsed.to_string()),
        _ => (Outcome::Inconclusive, between()),
    }
}

fn timed(about: &'static str, done: &str, within: Duration, outcome: Outcome, detail: String) -> Expectation {
    Expectation {
        about,
        condition: format!("{done} within {}", duration(within.as_secs_f64())),
        outcome,
        detail,
    }
}

fn relapses(most: u64, seen: &Seen<'_>) -> Expectation {
    let (outcome, detail) = match seen.recovery.relapses {
        Some(count) if count <= most => (Outcome::Held, count.to_string()),
        Some(count) => (Outcome::Missed, count.to_string()),
        None => (Outcome::Inconclusive, "never recovered".into()),
    };
    Expectation { about: "relapses", condition: format!("at most {most} relapses"), outcome, detail }
}

fn at_most_times(about: &'static str, most: f64, value: Option<f64>, of: &str) -> Expectation {
    let number = |value: f64| significant(value, 3);
    let outcome = match value {
        None => Outcome::Inconclusive,
        Some(value) if value <= most => Outcome::Held,
        Some(_) => Outcome::Missed,
    };
    Expectation {
        about,
        condition: format!("at most {} {of}", number(most)),
        outcome,
        detail: value.map_or_else(|| "nothing measured".to_owned(), number),
    }
}

fn duration(seconds: f64) -> String {
    format_duration(seconds)
}
