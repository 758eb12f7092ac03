//! The length of a run: phases, windows, and the checks that they fit together.

use super::whole::{duration, key};
use crate::base::quantity::format_duration;
use crate::chaos::experiment::{Expect, Judge, Load, Phases};
use crate::config::document::{Fields, Reading};
use crate::config::schema::{Kind, Record, WhenAbsent};
use std::time::Duration;

pub(super) static PHASES: Record = Record {
    name: "phases",
    summary: "The phases of a run, in this order.",
    keys: &[
        key("warm_up", Kind::Duration, WhenAbsent::Value("5s"), "the load runs, and nothing is judged"),
        key(
            "baseline",
            Kind::Duration,
            WhenAbsent::Value("20s"),
            "the steady state is measured, and must hold",
        ),
        key("fault", Kind::Duration, WhenAbsent::Value("30s"), "the faults are on"),
        key(
            "recovery",
            Kind::Duration,
            WhenAbsent::Value("60s"),
            "the faults are off, and the target must recover",
        ),
    ],
};

/// Maximum number of windows in a run, so that their counts fit into memory.
const WINDOWS_MAX: f64 = 100_000.0;

const WINDOW_MIN_S: f64 = 0.01;

const MAX_DURATION_S: f64 = 3_600.0;

/// Largest value of `max_duration`.
const YEAR_S: f64 = 366.0 * 86_400.0;

/// Reads `phases`.
pub(super) fn phases(fields: &Fields<'_>, reading: &mut Reading<'_>) -> Phases {
    let node = fields.get("phases");
    let given = node.and_then(|node| Fields::of(node, PHASES.keys, &mut reading.problems));
    let mut lasts = |name: &str, default_s: f64, positive: bool| {
        let seconds = given.as_ref().and_then(|given| {
            given.read(name, &mut reading.problems, |node| {
                if positive { node.read_positive_duration() } else { node.read_duration() }
            })
        });
        duration(seconds.unwrap_or(default_s))
    };
    Phases {
        warm_up: lasts("warm_up", 5.0, false),
        baseline: lasts("baseline", 20.0, true),
        fault: lasts("fault", 30.0, true),
        recovery: lasts("recovery", 60.0, true),
    }
}

/// Reads `window`, which must fit into every phase that is judged.
pub(super) fn window(fields: &Fields<'_>, phases: Phases, reading: &mut Reading<'_>) -> Duration {
    let given = fields.read("window", &mut reading.problems, |node| node.read_positive_duration());
    let window_s = given.unwrap_or(1.0);
    let at = fields.get("window").unwrap_or_else(|| fields.node());
    let shortest = phases.baseline.min(phases.fault).min(phases.recovery).as_secs_f64();
    let least = (phases.total().as_secs_f64() / WINDOWS_MAX).max(WINDOW_MIN_S);
    if window_s > shortest {
        let words = format_duration(shortest);
        reading.refuse(at.problem(format!("the window is longer than the shortest phase, {words}")));
    } else if window_s < least {
        let problem = at.problem(
            "the window is too short: it lasts at least 10ms, and a run has at most 100,000 windows",
        );
        let enough = if least > 1.0 { least.ceil() } else { least };
        reading.refuse(problem.help(format!("write `window: {}`", format_duration(enough))));
    }
    duration(window_s)
}

/// Rejects a plan that may take longer than `max_duration`.
pub(super) fn within_max_duration(
    fields: &Fields<'_>,
    phases: Phases,
    window: Duration,
    load: Option<&Load>,
    reading: &mut Reading<'_>,
) {
    let max = fields.read("max_duration", &mut reading.problems, |node| node.read_positive_duration());
    let max_s = max.unwrap_or(MAX_DURATION_S);
    if max_s > YEAR_S {
        let at = fields.get("max_duration").unwrap_or_else(|| fields.node());
        reading.refuse(at.problem("`max_duration` is longer than a year"));
    }
    let phases_s = phases.total().as_secs_f64();
    let timeout = load.map_or(Duration::ZERO, |load| load.timeout);
    let most_s = phases.with_waits(timeout, window).as_secs_f64();
    let at = |name| fields.get(name).unwrap_or_else(|| fields.node());
    let (at, what, help) = if phases_s > max_s {
        let what = format!("the phases take {}", format_duration(phases_s));
        (at("phases"), what, "shorten a phase, or set `max_duration`")
    } else if most_s > max_s {
        let waits = format_duration(most_s - phases_s);
        let what = format!(
            "the phases and the waits for requests, at most {waits}, take {}",
            format_duration(most_s)
        );
        (at("load"), what, "shorten `load.timeout`, or set `max_duration`")
    } else {
        return;
    };
    let problem = at.problem(format!("{what}, longer than `max_duration`, {}", format_duration(max_s)));
    reading.refuse(problem.help(help));
}

/// Rejects phases that are too short to confirm a recovery or to judge an expectation.
pub(super) fn long_enough_to_recover(
    fields: &Fields<'_>,
    phases: Phases,
    judge: &Judge,
    expect: &Expect,
    reading: &mut Reading<'_>,
) {
    let words = |duration: Duration| format_duration(duration.as_secs_f64());
    let recovery = words(phases.recovery);
    let at = |name| fields.get(name).unwrap_or_else(|| fields.node());
    if phases.recovery < judge.hold {
        let hold = words(judge.hold);
        let problem = at("phases").problem(format!(
            "the recovery phase, {recovery}, is shorter than `judge.hold`, {hold}: no recovery could be \
             confirmed"
        ));
        reading.refuse(
            problem
                .help(format!("write `phases: {{ recovery: {hold} }}` or more, or a shorter `judge.hold`")),
        );
    }
    let fault = words(phases.fault);
    for (name, within, phase, lasts, shown) in [
        ("recover_within", expect.recover_within, "recovery", phases.recovery, &recovery),
        ("detect_within", expect.detect_within, "fault", phases.fault, &fault),
        ("failover_within", expect.failover_within, "fault", phases.fault, &fault),
    ] {
        if let Some(within) = within.filter(|within| *within > lasts) {
            let problem = at("expect")
                .problem(format!("`{name}`, {}, is longer than the {phase} phase, {shown}", words(within)));
            reading.refuse(problem.help(format!("lengthen `phases.{phase}`")));
        }
    }
}
