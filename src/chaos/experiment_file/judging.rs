//! Expectations, parameters of the verdict, and conditions that end the fault phase early.

use super::limits::{self, LIMITS};
use super::whole::{duration, key};
use crate::base::quantity::format_duration;
use crate::chaos::experiment::{Abort, Expect, Judge, Proxy, Slo};
use crate::config::document::{Fields, Node, Reading};
use crate::config::schema::{Key, Kind, Record, WhenAbsent};
use std::time::Duration;

pub(super) static EXPECT: Record = Record {
    name: "expect",
    summary: "Measures without an expectation are reported, but not judged. Recovery within the recovery \
              phase is always expected.",
    keys: &[
        key(
            "during_fault",
            Kind::Record(&LIMITS),
            WhenAbsent::Absent,
            "conditions on the requests that were due while the faults were on",
        ),
        key(
            "after",
            Kind::Record(&LIMITS),
            WhenAbsent::Absent,
            "conditions on the requests that were due after the recovery",
        ),
        key(
            "detect_within",
            Kind::Duration,
            WhenAbsent::Absent,
            "longest time from the injection to the first window outside the steady state",
        ),
        key(
            "failover_within",
            Kind::Duration,
            WhenAbsent::Absent,
            "longest time from the injection to the return to the steady state while the faults are on",
        ),
        key(
            "recover_within",
            Kind::Duration,
            WhenAbsent::Absent,
            "longest time from the clearing of the faults to the recovery",
        ),
        key(
            "relapses",
            Kind::Count { min: 0 },
            WhenAbsent::Absent,
            "most times that the target may leave the steady state after the recovery",
        ),
        key(
            "budget_burnt",
            Kind::Probability,
            WhenAbsent::Absent,
            "largest share of the error budget of `slo` that the run may burn",
        ),
        key(
            "retry_amplification",
            Kind::Number,
            WhenAbsent::Absent,
            "largest number of requests to dependencies per request of the load, as a multiple of the \
             baseline's",
        ),
        key(
            "overshoot",
            Kind::Number,
            WhenAbsent::Absent,
            "largest judged quantile of a window after the clearing (p99 by default), as a multiple of the \
             baseline's",
        ),
    ],
};

pub(super) static JUDGE: Record = Record {
    name: "judge",
    summary: "A window is inside the steady state if its conditions hold and it is within these margins of \
              the baseline.",
    keys: &[
        key(
            "hold",
            Kind::Duration,
            WhenAbsent::Value("5s"),
            "time for which windows must stay inside the steady state for a recovery to count",
        ),
        key(
            "ratio",
            Kind::Number,
            WhenAbsent::Value("1.5"),
            "largest normal response time, as a multiple of the baseline's",
        ),
        key("floor", Kind::Duration, WhenAbsent::Value("10ms"), "or as a time above it, if that is more"),
        key(
            "success_margin",
            Kind::Probability,
            WhenAbsent::Value("1%"),
            "share of requests by which the success may lie below the baseline's",
        ),
        key(
            "min_hits",
            Kind::Count { min: 1 },
            WhenAbsent::Value("1"),
            "requests or connections that each fault must hit; else the run is inconclusive",
        ),
        key(
            "stalled_max",
            Kind::Probability,
            WhenAbsent::Value("10%"),
            "share of windows with a stalled load generator above which the run is inconclusive",
        ),
    ],
};

pub(super) static SLO: Record = Record {
    name: "slo",
    summary: "A service level objective for the requests.",
    keys: &[
        key("objective", Kind::Share, WhenAbsent::Required, "share of requests that must succeed"),
        key("window", Kind::Duration, WhenAbsent::Value("30d"), "period over which it holds"),
    ],
};

pub(super) static ABORT: Record = Record {
    name: "abort",
    summary: "When all conditions hold for long enough, the faults are cleared early and the recovery \
              phase begins.",
    keys: ABORT_KEYS,
};

static ABORT_KEYS: &[Key] = &[
    key("success", Kind::Text, WhenAbsent::Absent, "share of requests that succeed: `< 20%`"),
    key("p50", Kind::Text, WhenAbsent::Absent, "median response time: `> 2s`"),
    key("p90", Kind::Text, WhenAbsent::Absent, "its 90th percentile"),
    key("p95", Kind::Text, WhenAbsent::Absent, "its 95th percentile"),
    key("p99", Kind::Text, WhenAbsent::Absent, "its 99th percentile"),
    key("p999", Kind::Text, WhenAbsent::Absent, "its 99.9th percentile"),
    key("max", Kind::Text, WhenAbsent::Absent, "the longest response time"),
    key(
        "goodput",
        Kind::Text,
        WhenAbsent::Absent,
        "successes per second, as a share of the requests offered per second",
    ),
    key(
        "for",
        Kind::Duration,
        WhenAbsent::Value("one window"),
        "time for which they must hold without interruption",
    ),
];

const HOLD_S: f64 = 5.0;
const RATIO: f64 = 1.5;
const FLOOR_S: f64 = 0.01;
const SUCCESS_MARGIN: f64 = 0.01;
const STALLED_MAX: f64 = 0.1;
const SLO_WINDOW_S: f64 = 30.0 * 86_400.0;

/// Reads `judge` and `slo`.
pub(super) fn judge(fields: &Fields<'_>, window: Duration, reading: &mut Reading<'_>) -> Judge {
    let slo = fields.get("slo").and_then(|node| slo(node, reading));
    let mut judge = Judge {
        hold: duration(HOLD_S).max(window),
        ratio: RATIO,
        floor: duration(FLOOR_S),
        success_margin: SUCCESS_MARGIN,
        hits_min: 1,
        stalled_max: STALLED_MAX,
        slo,
    };
    let Some(given) =
        fields.get("judge").and_then(|node| Fields::of(node, JUDGE.keys, &mut reading.problems))
    else {
        return judge;
    };
    let problems = &mut reading.problems;
    let hold = given.read("hold", problems, |node| node.read_positive_duration());
    let floor = given.read("floor", problems, |node| node.read_duration());
    let margin = given.read("success_margin", problems, |node| node.read_probability());
    let hits = given.read("min_hits", problems, |node| node.read_count(1, u64::MAX >> 12));
    let stalled = given.read("stalled_max", problems, |node| node.read_probability());
    judge.hold = hold.map_or(judge.hold, duration).max(window);
    judge.floor = floor.map_or(judge.floor, duration);
    judge.success_margin = margin.unwrap_or(judge.success_margin);
    judge.hits_min = hits.unwrap_or(judge.hits_min);
    judge.stalled_max = stalled.unwrap_or(judge.stalled_max);
    if let Some(node) = given.get("ratio") {
        judge.ratio = factor(node, 1.0, reading).unwrap_or(judge.ratio);
    }
    judge
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

fn slo(node: Node<'_>, reading: &mut Reading<'_>) -> Option<Slo> {
    let fields = Fields::of(node, SLO.keys, &mut reading.problems)?;
    let objective = fields.required("objective", &mut reading.problems);
    let failing_max = objective.and_then(|node| reading.take(node.read_share_complement()));
    let window = fields.read("window", &mut reading.problems, |node| node.read_positive_duration());
    if let (Some(node), Some(0.0)) = (objective, failing_max) {
        reading.refuse(node.problem("an objective of 100% leaves no error budget"));
    }
    Some(Slo { failing_max: failing_max?, window: duration(window.unwrap_or(SLO_WINDOW_S)) })
}

/// Reads `expect`.
pub(super) fn expect(node: Option<Node<'_>>, proxies: &[Proxy], reading: &mut Reading<'_>) -> Expect {
    let mut expect = Expect::default();
    let Some(fields) = node.and_then(|node| Fields::of(node, EXPECT.keys, &mut reading.problems)) else {
        return expect;
    };
    let mut within = |name: &str| {
        let seconds = fields.read(name, &mut reading.problems, |node| node.read_duration());
        seconds.map(duration)
    };
    expect.detect_within = within("detect_within");
    expect.failover_within = within("failover_within");
    expect.recover_within = within("recover_within");
    let problems = &mut reading.problems;
    expect.relapses_max = fields.read("relapses", problems, |node| node.read_count(0, u64::MAX >> 12));
    expect.budget_max = fields.read("budget_burnt", problems, |node| node.read_probability());
    expect.amplification_max =
        fields.get("retry_amplification").and_then(|node| amplification(node, proxies, reading));
    expect.overshoot_max = fields.get("overshoot").and_then(|node| factor(node, 0.0, reading));
    expect.during_fault =
        fields.get("during_fault").map_or_else(Vec::new, |node| limits::read(node, reading));
    expect.after = fields.get("after").map_or_else(Vec::new, |node| limits::read(node, reading));
    expect
}

/// Reads `retry_amplification`. Attempts are counted by proxies in front of dependencies that parse
/// HTTP.
fn amplification(node: Node<'_>, proxies: &[Proxy], reading: &mut Reading<'_>) -> Option<f64> {
    if !proxies.iter().any(Proxy::counts_attempts) {
        let problem = node.problem("no proxy counts the requests of the target to its dependencies");
        reading
            .refuse(problem.help("add one with `protocol: http` in front of a dependency, under `proxies`"));
        return None;
    }
    factor(node, 0.0, reading)
}

/// Reads `abort_when`: one condition, or a list of them.
pub(super) fn aborts(
    node: Option<Node<'_>>,
    window: Duration,
    fault: Duration,
    reading: &mut Reading<'_>,
) -> Vec<Abort> {
    let Some(node) = node else {
        return Vec::new();
    };
    match node.items() {
        Some(items) => items.filter_map(|item| abort(item, window, fault, reading)).collect(),
        None => abort(node, window, fault, reading).into_iter().collect(),
    }
}

fn abort(node: Node<'_>, window: Duration, fault: Duration, reading: &mut Reading<'_>) -> Option<Abort> {
    let fields = Fields::of(node, ABORT_KEYS, &mut reading.problems)?;
    let lasts = fields.read("for", &mut reading.problems, |node| node.read_positive_duration());
    let known = reading.problems.0.len();
    let limits = limits::among(&fields, reading);
    if limits.is_empty() && reading.problems.0.len() == known {
        reading.refuse(node.problem("no condition is given: write `{ success: \"< 20%\", for: 5s }`"));
    }
    let lasts = lasts.map_or(window, duration).max(window);
    if let Some(node) = fields.get("for").filter(|_| lasts > fault) {
        let fault = format_duration(fault.as_secs_f64());
        reading.refuse(node.problem(format!("this is longer than the fault phase, {fault}")));
    }
    Some(Abort { limits, lasts })
}
