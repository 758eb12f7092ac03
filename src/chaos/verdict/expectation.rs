//! The expectations about the target, and the result of each.

use super::Verdict;
use super::evidence::Evidence;
use super::measures::Measures;
use super::recovery::Elapsed;
use super::rule::Rule;
use super::shown::{Standing, shown};
use crate::base::outcome::Outcome;
use crate::base::quantity::{format_duration, significant};
use crate::base::text::counted;
use crate::chaos::experiment::{Expect, Experiment};
use crate::chaos::limit::Limit;
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

impl Expectation {
    fn new(about: &'static str, condition: impl Into<String>, (outcome, detail): Judged) -> Self {
        Self { about, condition: condition.into(), outcome, detail }
    }
}

/// The outcome of an expectation and what was measured, in words.
type Judged = (Outcome, String);

/// Judges the time of a verdict that has a bound, given the time for which the faults were on.
type Judge = fn(&Verdict, Duration, Duration) -> Judged;

/// Judges all expectations of an experiment, of which recovery is always one. The faults were on for
/// `fault_lasted`.
pub(crate) fn expectations(
    experiment: &Experiment,
    verdict: &Verdict,
    fault_lasted: Duration,
) -> Vec<Expectation> {
    let (expect, recovery) = (&experiment.expect, &verdict.recovery);
    let [baseline, fault] = [&verdict.run.baseline, &verdict.run.fault].map(|steps| Evidence::of(steps));
    let recovered = recovered(verdict);
    let during = expect.during_fault.iter();
    let during = during.map(|limit| limited("during_fault", limit, "during the fault", &fault, &baseline));
    let after = expect.after.iter();
    let after = after.map(|limit| limited("after", limit, "after recovery", &recovered, &baseline));
    let timed = |about, done: &str, within: Option<Duration>, judge: Judge| {
        within.map(|within| {
            let condition = format!("{done} within {}", format_duration(within.as_secs_f64()));
            Expectation::new(about, condition, judge(verdict, within, fault_lasted))
        })
    };
    let recovers = (recovery.recovered, recovery.why.clone());
    let relapses = expect.relapses_max.map(|most| {
        Expectation::new("relapses", format!("at most {most} relapses"), relapses(most, recovery.relapses))
    });
    during
        .chain(timed("detect_within", "detected", expect.detect_within, detect))
        .chain(timed("failover_within", "failed over", expect.failover_within, failover))
        .chain([Expectation::new("recovers", "recovers", recovers)])
        .chain(timed("recover_within", "recovered", expect.recover_within, recover))
        .chain(after)
        .chain(relapses)
        .chain(at_most(expect, &verdict.measures))
        .collect()
}

fn limited(
    about: &'static str,
    limit: &Limit,
    when: &str,
    evidence: &Evidence<'_>,
    baseline: &Evidence<'_>,
) -> Expectation {
    Expectation::new(about, format!("{limit} {when}"), held_by(limit, evidence, baseline))
}

/// Held only where it is shown, missed only where the opposite is.
fn held_by(limit: &Limit, evidence: &Evidence<'_>, baseline: &Evidence<'_>) -> Judged {
    let measured = &evidence.sum;
    let Some(value) = limit.measure.of(measured).map(|value| limit.measure.format(value)) else {
        // Response times of a target that answers nothing exceed any bound.
        let outcome = if measured.offered > 0 { Outcome::Missed } else { Outcome::Inconclusive };
        return (
            outcome,
            if measured.offered > 0 { "no request succeeded" } else { "nothing measured" }.into(),
        );
    };
    let Some(rule) = Rule::of_limit(limit, Some(&baseline.sum)) else {
        return (Outcome::Inconclusive, "nothing was measured in the baseline".into());
    };
    let shown = shown(&rule, baseline, evidence);
    match shown.standing {
        Standing::Within => (Outcome::Held, value),
        Standing::Beyond => (Outcome::Missed, value),
        Standing::Unknown => {
            let requests = counted(measured.offered, "request");
            (Outcome::Inconclusive, format!("{value} in {requests}, which may be chance: {shown}"))
        }
    }
}

/// Returns the requests after the recovery: none if the target did not recover.
fn recovered(verdict: &Verdict) -> Evidence<'_> {
    let steps = verdict.recovery.settled.and_then(|first| verdict.run.recovery.get(first..));
    Evidence::of(steps.unwrap_or_default())
}

fn detect(verdict: &Verdict, within: Duration, fault_lasted: Duration) -> Judged {
    match verdict.recovery.detect {
        Some(detect) => within_time(detect, within),
        None if fault_lasted >= within => (Outcome::Missed, "never left the steady state".into()),
        None => (Outcome::Inconclusive, "the fault did not last as long".into()),
    }
}

fn failover(verdict: &Verdict, within: Duration, fault_lasted: Duration) -> Judged {
    let recovery = &verdict.recovery;
    match (recovery.detect, recovery.failed_over, recovery.failover) {
        (None, Outcome::Held, _) => (Outcome::Held, "never left the steady state".into()),
        (Some(_), Outcome::Held, Some(failover)) => within_time(failover, within),
        (_, Outcome::Missed, _) if fault_lasted >= within => {
            (Outcome::Missed, "outside while the fault lasted".into())
        }
        (_, Outcome::Missed, _) => (Outcome::Inconclusive, "the fault did not last as long".into()),
        _ => (Outcome::Inconclusive, format!("it is not known: {}", recovery.failed_over_why)),
    }
}

fn recover(verdict: &Verdict, within: Duration, _fault_lasted: Duration) -> Judged {
    let recovery = &verdict.recovery;
    match (recovery.recovered, recovery.recover, recovery.at_least_s) {
        (Outcome::Held, Some(recover), _) => within_time(recover, within),
        (Outcome::Missed, ..) => (Outcome::Missed, "not recovered".into()),
        (_, _, Some(least_s)) if least_s > within.as_secs_f64() => {
            (Outcome::Missed, format!("later than {}", format_duration(least_s)))
        }
        _ => (Outcome::Inconclusive, "it is not known whether it recovered".into()),
    }
}

/// Decided only if the bound lies outside the interval in which the time is known to lie.
fn within_time(elapsed: Elapsed, within: Duration) -> Judged {
    let bound_s = within.as_secs_f64();
    if elapsed.upper_s <= bound_s {
        (Outcome::Held, elapsed.to_string())
    } else if elapsed.lower_s >= bound_s {
        (Outcome::Missed, elapsed.to_string())
    } else {
        let [lower, upper] = [elapsed.lower_s, elapsed.upper_s].map(format_duration);
        (Outcome::Inconclusive, format!("between {lower} and {upper}"))
    }
}

fn relapses(most: u64, count: Option<u64>) -> Judged {
    match count {
        Some(count) if count <= most => (Outcome::Held, count.to_string()),
        Some(count) => (Outcome::Missed, count.to_string()),
        None => (Outcome::Inconclusive, "never recovered".into()),
    }
}

/// Judges the measures with an upper bound.
fn at_most(expect: &Expect, measures: &Measures) -> impl Iterator<Item = Expectation> {
    let &Measures { budget, amplification, overshoot, .. } = measures;
    let overshoot = overshoot.map(|overshoot| overshoot.ratio);
    let bounded = [
        ("budget", budget, expect.budget_max, "of the error budget"),
        ("amplification", amplification, expect.amplification_max, "times the attempts of the baseline"),
        ("overshoot", overshoot, expect.overshoot_max, "times the response time of the baseline"),
    ];
    bounded.into_iter().filter_map(|(about, value, most, of)| {
        let most = most?;
        let judged = match value {
            Some(value) if value <= most => (Outcome::Held, significant(value, 3)),
            Some(value) => (Outcome::Missed, significant(value, 3)),
            None => (Outcome::Inconclusive, "nothing measured".into()),
        };
        Some(Expectation::new(about, format!("at most {} {of}", significant(most, 3)), judged))
    })
}
