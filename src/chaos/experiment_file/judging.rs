//! Expectations, parameters of the verdict, and conditions that end the fault phase early.

use super::limits::{self, CONDITIONS, LIMITS};
use super::seconds::duration;
use crate::base::quantity::{DAY_S, format_duration, significant};
use crate::chaos::experiment::{Abort, Expect, Judge, Proxy, Slo};
use crate::chaos::limit::{MEASURES, Measure};
use crate::config::document::{Node, Reading};
use crate::config::fields::Fields;
use crate::config::schema::{Choice, Key, KeyOr, Kind, Record, Section, Word};
use std::time::Duration;

pub(super) static EXPECT: Section =
    Section::new("expect", &EXPECT_RECORD, "expectations about the target; recovery is always expected");

static EXPECT_RECORD: Record = Record {
    name: "expect",
    summary: "Measures without an expectation are reported, but not judged. Recovery within the recovery \
              phase is always expected.",
    keys: &[
        &DURING_FAULT,
        &AFTER,
        &DETECT_WITHIN,
        &FAILOVER_WITHIN,
        &RECOVER_WITHIN,
        &RELAPSES,
        &BUDGET_BURNT,
        &RETRY_AMPLIFICATION,
        &OVERSHOOT,
    ],
};

static DURING_FAULT: Section = Section::new(
    "during_fault",
    &LIMITS,
    "conditions on the requests that were due while the faults were on",
);
static AFTER: Section =
    Section::new("after", &LIMITS, "conditions on the requests that were due after the recovery");
static DETECT_WITHIN: Key<f64> = Key::duration(
    "detect_within",
    "longest time from the injection to the first window outside the steady state",
);
static FAILOVER_WITHIN: Key<f64> = Key::duration(
    "failover_within",
    "longest time from the injection to the return to the steady state while the faults are on",
);
static RECOVER_WITHIN: Key<f64> =
    Key::duration("recover_within", "longest time from the clearing of the faults to the recovery");
static RELAPSES: Key<u64> = Key::count::<0, COUNT_MAX>(
    "relapses",
    "most times that the target may leave the steady state after the recovery",
);
static BUDGET_BURNT: Key<f64> =
    Key::probability("budget_burnt", "largest share of the error budget of `slo` that the run may burn");
static RETRY_AMPLIFICATION: Key<f64> = Key::new(
    "retry_amplification",
    Kind::Number,
    "largest number of requests to dependencies per request of the load, as a multiple of the baseline's",
    |node, reading| factor(node, 0.0, reading),
);
static OVERSHOOT: Key<f64> = Key::new(
    "overshoot",
    Kind::Number,
    "largest judged quantile of a window after the clearing (p99 by default), as a multiple of the baseline's",
    |node, reading| factor(node, 0.0, reading),
);

/// Counts beyond this are no longer exact as floating-point numbers.
const COUNT_MAX: u64 = u64::MAX >> 12;

pub(super) static JUDGE: Section = Section::new("judge", &JUDGE_RECORD, "parameters of the verdict");

static JUDGE_RECORD: Record = Record {
    name: "judge",
    summary: "A window is inside the steady state if its conditions hold and it is within these margins of \
              the baseline.",
    keys: &[&HOLD, &RATIO, &FLOOR, &SUCCESS_MARGIN, &QUANTILES, &MIN_HITS, &STALLED_MAX],
};

static HOLD: KeyOr<f64> = Key::positive_duration(
    "hold",
    "time for which windows must stay inside the steady state for a recovery to count",
)
.or(|| 5.0);
static RATIO: KeyOr<f64> = Key::new(
    "ratio",
    Kind::Number,
    "largest normal response time, as a multiple of the baseline's",
    |node, reading| factor(node, 1.0, reading),
)
.shown(|ratio| significant(*ratio, 15))
.or(|| 1.5);
static FLOOR: KeyOr<f64> = Key::duration("floor", "or as a time above it, if that is more").or(|| 0.01);
static SUCCESS_MARGIN: KeyOr<f64> =
    Key::probability("success_margin", "share of requests by which the success may lie below the baseline's")
        .or(|| 0.01);
static QUANTILES: KeyOr<Vec<Measure>> = Key::new(
    "quantiles",
    Kind::List(&Kind::Choice(quantile_words)),
    "response times that are compared with the baseline's, beside those that the steady state bounds",
    quantiles,
)
.shown(|quantiles| {
    format!("[{}]", quantiles.iter().map(|quantile| quantile.name()).collect::<Vec<_>>().join(", "))
})
.or(|| vec![Measure::P50, Measure::P95, Measure::P99]);
static MIN_HITS: KeyOr<u64> = Key::count::<1, COUNT_MAX>(
    "min_hits",
    "requests or connections that each fault must hit; else the run is inconclusive",
)
.or(|| 1);
static STALLED_MAX: KeyOr<f64> = Key::probability(
    "stalled_max",
    "share of windows with a stalled load generator above which the run is inconclusive",
)
.or(|| 0.1);

pub(super) static SLO: Section =
    Section::new("slo", &SLO_RECORD, "the objective whose error budget is measured");

static SLO_RECORD: Record = Record {
    name: "slo",
    summary: "A service level objective for the requests.",
    keys: &[&OBJECTIVE, &SLO_WINDOW],
};

static OBJECTIVE: Key<f64> =
    Key::share_complement("objective", "share of requests that must succeed").required();
static SLO_WINDOW: KeyOr<f64> =
    Key::positive_duration("window", "period over which it holds").or(|| 30.0 * DAY_S);

pub(super) static ABORT_WHEN: Key<()> = Key::node(
    "abort_when",
    Kind::Either(&[Kind::Record(&ABORT), Kind::List(&Kind::Record(&ABORT))]),
    "conditions that end the fault phase early",
);

static ABORT: Record = Record {
    name: "abort",
    summary: "When all conditions hold for long enough, the faults are cleared early and the recovery \
              phase begins.",
    keys: &{
        let [success, p50, p90, p95, p99, p999, max, goodput] = CONDITIONS;
        [success, p50, p90, p95, p99, p999, max, goodput, &FOR]
    },
};

static FOR: Key<f64> =
    Key::positive_duration("for", "time for which they must hold without interruption").rule("one window");

/// Reads `judge` and `slo`.
pub(super) fn judge(fields: &Fields<'_>, window: Duration, reading: &mut Reading<'_>) -> Judge {
    let slo = slo(fields, reading);
    let given = fields.section(&JUDGE, reading);
    Judge {
        hold: duration(given.value(&HOLD, reading)).max(window),
        ratio: given.value(&RATIO, reading),
        floor: duration(given.value(&FLOOR, reading)),
        success_margin: given.value(&SUCCESS_MARGIN, reading),
        quantiles: given.value(&QUANTILES, reading),
        hits_min: given.value(&MIN_HITS, reading),
        stalled_max: given.value(&STALLED_MAX, reading),
        slo,
    }
}

/// The quantiles that can be compared: a longest response time grows with the number of requests.
fn comparable() -> impl Iterator<Item = Choice<Measure>> {
    let quantiles = MEASURES.iter().filter(|(_, _, quantile, _)| quantile.is_some_and(|share| share < 1.0));
    quantiles.map(|(measure, name, _, summary)| (*name, *measure, *summary))
}

fn quantile_words() -> Vec<Word> {
    comparable().map(|(name, _, summary)| Word { name, summary }).collect()
}

fn quantiles(node: Node<'_>, reading: &mut Reading<'_>) -> Option<Vec<Measure>> {
    let choices: Vec<Choice<Measure>> = comparable().collect();
    let Some(items) = node.items() else {
        reading.refuse(node.expected("a list such as [p50, p95, p99]"));
        return None;
    };
    let mut read: Vec<Measure> = items.filter_map(|item| reading.take(item.read_choice(&choices))).collect();
    read.sort_unstable();
    read.dedup();
    Some(read)
}

/// Reads a number that is at least `least`.
fn factor(node: Node<'_>, least: f64, reading: &mut Reading<'_>) -> Option<f64> {
    let factor = reading.take(node.read_number())?;
    if factor < least {
        reading.refuse(node.problem(format!("a number of at least {least} is expected")));
        return None;
    }
    Some(factor)
}

fn slo(fields: &Fields<'_>, reading: &mut Reading<'_>) -> Option<Slo> {
    let fields = Fields::of(fields.node(&SLO)?, &SLO_RECORD, reading)?;
    let failing_max = fields.given(&OBJECTIVE, reading);
    let window = duration(fields.value(&SLO_WINDOW, reading));
    if failing_max == Some(0.0) {
        let problem = fields.node_or_map(&OBJECTIVE).problem("an objective of 100% leaves no error budget");
        reading.refuse(problem);
    }
    Some(Slo { failing_max: failing_max?, window })
}

/// Reads `expect`.
pub(super) fn expect(fields: &Fields<'_>, proxies: &[Proxy], reading: &mut Reading<'_>) -> Expect {
    let fields = fields.section(&EXPECT, reading);
    let mut within = |key| fields.given(key, reading).map(duration);
    let (detect, failover, recover) =
        (within(&DETECT_WITHIN), within(&FAILOVER_WITHIN), within(&RECOVER_WITHIN));
    let mut limits = |section| fields.node(section).map_or_else(Vec::new, |node| limits::read(node, reading));
    let (during_fault, after) = (limits(&DURING_FAULT), limits(&AFTER));
    Expect {
        during_fault,
        after,
        detect_within: detect,
        failover_within: failover,
        recover_within: recover,
        relapses_max: fields.given(&RELAPSES, reading),
        budget_max: fields.given(&BUDGET_BURNT, reading),
        amplification_max: amplification(&fields, proxies, reading),
        overshoot_max: fields.given(&OVERSHOOT, reading),
    }
}

/// Reads `retry_amplification`. Attempts are counted by proxies in front of dependencies that parse
/// HTTP.
fn amplification(fields: &Fields<'_>, proxies: &[Proxy], reading: &mut Reading<'_>) -> Option<f64> {
    let node = fields.node(&RETRY_AMPLIFICATION)?;
    if !proxies.iter().any(Proxy::counts_attempts) {
        let problem = node.problem("no proxy counts the requests of the target to its dependencies");
        reading
            .refuse(problem.help("add one with `protocol: http` in front of a dependency, under `proxies`"));
        return None;
    }
    fields.given(&RETRY_AMPLIFICATION, reading)
}

/// Reads `abort_when`: one condition, or a list of them.
pub(super) fn aborts(
    fields: &Fields<'_>,
    window: Duration,
    fault: Duration,
    reading: &mut Reading<'_>,
) -> Vec<Abort> {
    let Some(node) = fields.node(&ABORT_WHEN) else {
        return Vec::new();
    };
    match node.items() {
        Some(items) => items.filter_map(|item| abort(item, window, fault, reading)).collect(),
        None => abort(node, window, fault, reading).into_iter().collect(),
    }
}

fn abort(node: Node<'_>, window: Duration, fault: Duration, reading: &mut Reading<'_>) -> Option<Abort> {
    let fields = Fields::of(node, &ABORT, reading)?;
    let lasts = fields.given(&FOR, reading);
    let known = reading.problems.0.len();
    let limits = limits::among(&fields, reading);
    if limits.is_empty() && reading.problems.0.len() == known {
        reading.refuse(node.problem("no condition is given: write `{ success: \"< 20%\", for: 5s }`"));
    }
    let lasts = lasts.map_or(window, duration).max(window);
    if let Some(node) = fields.node(&FOR).filter(|_| lasts > fault) {
        let fault = format_duration(fault.as_secs_f64());
        reading.refuse(node.problem(format!("this is longer than the fault phase, {fault}")));
    }
    Some(Abort { limits, lasts })
}
