//! What was expected of the target, and how it came out.

use super::Seen;
use super::normal::WHOLE_ALPHA;
use super::recovery::{Elapsed, Recovered};
use super::rule::Rule;
use crate::base::quantity::{format_duration, significant};
use crate::base::text::counted;
use crate::chaos::experiment::Experiment;
use crate::chaos::limit::{Limit, Measured};
use serde::Serialize;
use std::time::Duration;

/// How an expectation came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// It was met.
    Held,
    /// It was not.
    Missed,
    /// What was seen does not decide it.
    CannotTell,
}

/// An expectation and how it came out.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Expectation {
    /// What it is about: `recovers`, `recover_within`, `during_fault`, …
    pub about: &'static str,
    /// What was expected, in words.
    pub condition: String,
    /// How it came out.
    pub answer: Answer,
    /// What was measured, in words.
    pub detail: String,
}

/// All expectations of an experiment. That the target recovers is always one.
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
    let answer = match seen.recovery.recovered {
        Recovered::Yes => Answer::Held,
        Recovered::No => Answer::Missed,
        Recovered::CannotTell => Answer::CannotTell,
    };
    Expectation { about: "recovers", condition: "recovers".into(), answer, detail: seen.recovery.why.clone() }
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
    let answer = measured.map_or(Answer::CannotTell, |measured| held_by(limit, measured, seen.baseline));
    Expectation {
        about,
        condition: format!("{limit} {when}"),
        answer,
        detail: measured
            .and_then(|measured| found(limit, measured, answer))
            .unwrap_or_else(|| "nothing measured".to_owned()),
    }
}

/// What was measured, in words; of a value on the wrong side that may be chance, that it may.
fn found(limit: &Limit, measured: &Measured, answer: Answer) -> Option<String> {
    let value = limit.measure.format(limit.measure.of(measured)?);
    Some(match answer {
        Answer::CannotTell => {
            format!("{value}, which may be chance in {}", counted(measured.offered, "request"))
        }
        Answer::Held | Answer::Missed => value,
    })
}

/// Missed only where more requests than may are shown to be on the wrong side.
fn held_by(limit: &Limit, measured: &Measured, baseline: &Measured) -> Answer {
    let rule = Rule::of_limit(limit, Some(baseline));
    let nothing_succeeded = measured.offered > 0 && measured.good == 0;
    match (limit.holds(measured, Some(baseline)), rule) {
        (Some(true), _) => Answer::Held,
        (Some(false), Some(rule)) if rule.is_broken(rule.tally(measured), WHOLE_ALPHA) => Answer::Missed,
        (Some(false), _) if nothing_succeeded => Answer::Missed,
        _ => Answer::CannotTell,
    }
}

fn detect(within: Duration, seen: &Seen<'_>) -> Expectation {
    let (answer, detail) = match seen.recovery.detect {
        Some(detect) => within_time(detect, within),
        None if seen.fault_lasted >= within => (Answer::Missed, "never left the steady state".into()),
        None => (Answer::CannotTell, "the fault did not last as long".into()),
    };
    timed("detect_within", "detected", within, answer, detail)
}

fn failover(within: Duration, seen: &Seen<'_>) -> Expectation {
    let (answer, detail) = match (seen.recovery.detect, seen.recovery.failover) {
        (None, _) if seen.fault.offered == 0 => (Answer::CannotTell, "nothing measured".into()),
        (None, _) => (Answer::Held, "never left the steady state".into()),
        (_, Some(failover)) => within_time(failover, within),
        (_, None) if seen.fault_lasted >= within => (Answer::Missed, "outside while the fault lasted".into()),
        _ => (Answer::CannotTell, "the fault did not last as long".into()),
    };
    timed("failover_within", "failed over", within, answer, detail)
}

fn recover_within(within: Duration, seen: &Seen<'_>) -> Expectation {
    let recovery = seen.recovery;
    let too_late = recovery.at_least_s.is_some_and(|least| least > within.as_secs_f64());
    let (answer, detail) = match (recovery.recovered, recovery.recover) {
        (Recovered::Yes, Some(recover)) => within_time(recover, within),
        (Recovered::No, _) => (Answer::Missed, "not recovered".into()),
        _ if too_late => {
            (Answer::Missed, format!("later than {}", duration(recovery.at_least_s.unwrap_or(0.0))))
        }
        _ => (Answer::CannotTell, "cannot tell whether it recovered".into()),
    };
    timed("recover_within", "recovered", within, answer, detail)
}

/// Told only where the bound lies outside of what is known of the time.
fn within_time(elapsed: Elapsed, within: Duration) -> (Answer, String) {
    let bound_s = within.as_secs_f64();
    let between = || format!("between {} and {}", duration(elapsed.lower_s), duration(elapsed.upper_s));
    match elapsed {
        _ if elapsed.upper_s <= bound_s => (Answer::Held, elapsed.to_string()),
        _ if elapsed.lower_s >= bound_s => (Answer::Missed, elapsed.to_string()),
        _ => (Answer::CannotTell, between()),
    }
}

fn timed(about: &'static str, done: &str, within: Duration, answer: Answer, detail: String) -> Expectation {
    Expectation {
        about,
        condition: format!("{done} within {}", duration(within.as_secs_f64())),
        answer,
        detail,
    }
}

fn relapses(most: u64, seen: &Seen<'_>) -> Expectation {
    let (answer, detail) = match seen.recovery.relapses {
        Some(count) if count <= most => (Answer::Held, count.to_string()),
        Some(count) => (Answer::Missed, count.to_string()),
        None => (Answer::CannotTell, "never recovered".into()),
    };
    Expectation { about: "relapses", condition: format!("at most {most} relapses"), answer, detail }
}

fn at_most_times(about: &'static str, most: f64, value: Option<f64>, of: &str) -> Expectation {
    let number = |value: f64| significant(value, 3);
    let answer = match value {
        None => Answer::CannotTell,
        Some(value) if value <= most => Answer::Held,
        Some(_) => Answer::Missed,
    };
    Expectation {
        about,
        condition: format!("at most {} {of}", number(most)),
        answer,
        detail: value.map_or_else(|| "nothing measured".to_owned(), number),
    }
}

fn duration(seconds: f64) -> String {
    format_duration(seconds)
}
