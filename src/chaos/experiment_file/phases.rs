//! The length of a run: phases, windows, and the checks that they fit together.

use super::judging::EXPECT;
use super::load::LOAD;
use super::seconds::duration;
use crate::base::quantity::format_duration;
use crate::chaos::experiment::{Expect, Judge, Load, Phases};
use crate::config::document::Reading;
use crate::config::fields::Fields;
use crate::config::schema::{Key, KeyOr, Record, Section};
use std::time::Duration;

pub(super) static PHASES: Section = Section::new("phases", &RECORD, "length of each phase");

static RECORD: Record = Record {
    name: "phases",
    summary: "The phases of a run, in this order.",
    keys: &[&WARM_UP, &BASELINE, &BASELINE_MAX, &FAULT, &RECOVERY, &RECOVERY_MAX],
};

static WARM_UP: KeyOr<f64> = Key::duration("warm_up", "the load runs, and nothing is judged").or(|| 5.0);
static BASELINE: KeyOr<f64> =
    Key::positive_duration("baseline", "the steady state is measured, and must hold").or(|| 20.0);
static BASELINE_MAX: Key<f64> = Key::positive_duration(
    "baseline_max",
    "longest that the baseline is prolonged to, until its response times are known well enough to be compared with",
)
.rule("`baseline`, at least 1m");
static FAULT: KeyOr<f64> = Key::positive_duration("fault", "the faults are on").or(|| 30.0);
static RECOVERY: KeyOr<f64> =
    Key::positive_duration("recovery", "the faults are off, and the target must recover").or(|| 60.0);

static RECOVERY_MAX: Key<f64> = Key::positive_duration(
    "recovery_max",
    "longest that the recovery is prolonged to, while it is not decided whether the target has recovered",
)
.rule("3 times `recovery`, at most 3m");

/// The baseline is prolonged to this without `baseline_max`, the recovery to so many times its length and to so much
/// without `recovery_max`.
const BASELINE_MAX_S: f64 = 60.0;
const RECOVERY_TIMES: f64 = 3.0;
const RECOVERY_MAX_S: f64 = 180.0;

pub(super) static WINDOW: KeyOr<f64> =
    Key::positive_duration("window", "length of a window, the interval over which requests are counted")
        .or(|| 1.0);
pub(super) static MAX_DURATION: KeyOr<f64> =
    Key::positive_duration("max_duration", "longest time that the run may take").or(|| 3_600.0);

/// Maximum number of windows in a run, so that their counts fit into memory.
const WINDOWS_MAX: f64 = 100_000.0;

const WINDOW_MIN_S: f64 = 0.01;

/// Largest value of `max_duration`.
const YEAR_S: f64 = 366.0 * 86_400.0;

/// Whether the file says how far a phase may be prolonged.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stated {
    baseline_max: bool,
    recovery_max: bool,
}

/// Reads `phases`.
pub(super) fn phases(fields: &Fields<'_>, reading: &mut Reading<'_>) -> (Phases, Stated) {
    let given = fields.section(&PHASES, reading);
    let mut lasts = |key| given.value(key, reading);
    let (warm_up, baseline, fault, recovery) =
        (lasts(&WARM_UP), lasts(&BASELINE), lasts(&FAULT), lasts(&RECOVERY));
    let mut up_to = |key: &Key<f64>, least: f64, or: f64| {
        let most = given.given(key, reading);
        if let Some(node) = given.node(key).filter(|_| most.is_some_and(|most| most < least)) {
            let least = format_duration(least);
            reading.refuse(node.problem(format!("this is shorter than the phase itself, {least}")));
        }
        duration(most.unwrap_or(or).max(least))
    };
    let prolonged = (RECOVERY_TIMES * recovery).min(RECOVERY_MAX_S);
    let phases = Phases {
        baseline_max: up_to(&BASELINE_MAX, baseline, BASELINE_MAX_S),
        recovery_max: up_to(&RECOVERY_MAX, recovery, prolonged),
        warm_up: duration(warm_up),
        baseline: duration(baseline),
        fault: duration(fault),
        recovery: duration(recovery),
    };
    let is_stated = |key: &Key<f64>| given.node(key).is_some();
    (phases, Stated { baseline_max: is_stated(&BASELINE_MAX), recovery_max: is_stated(&RECOVERY_MAX) })
}

/// Cuts the prolonging of phases whose limit is not given to what `max_duration` leaves.
pub(super) fn prolonged_within(
    fields: &Fields<'_>,
    (phases, stated): (Phases, Stated),
    window: Duration,
    load: Option<&Load>,
    reading: &mut Reading<'_>,
) -> Phases {
    let max = duration(fields.value(&MAX_DURATION, reading));
    let timeout = load.map_or(Duration::ZERO, |load| load.timeout);
    let beyond = phases.with_waits(timeout, window).saturating_sub(max);
    let mut cut = phases;
    if !stated.recovery_max {
        cut.recovery_max = cut.recovery_max.saturating_sub(beyond).max(cut.recovery);
    }
    let beyond = cut.with_waits(timeout, window).saturating_sub(max);
    if !stated.baseline_max {
        cut.baseline_max = cut.baseline_max.saturating_sub(beyond).max(cut.baseline);
    }
    cut
}

/// Reads `window`, which must fit into every phase that is judged.
pub(super) fn window(fields: &Fields<'_>, phases: Phases, reading: &mut Reading<'_>) -> Duration {
    let window_s = fields.value(&WINDOW, reading);
    let at = fields.node_or_map(&WINDOW);
    let shortest = phases.baseline.min(phases.fault).min(phases.recovery).as_secs_f64();
    let longest = phases.total().saturating_add(phases.prolonged());
    let least = (longest.as_secs_f64() / WINDOWS_MAX).max(WINDOW_MIN_S);
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
    let max_s = fields.value(&MAX_DURATION, reading);
    if max_s > YEAR_S {
        let at = fields.node_or_map(&MAX_DURATION);
        reading.refuse(at.problem("`max_duration` is longer than a year"));
    }
    let phases_s = phases.total().as_secs_f64();
    let timeout = load.map_or(Duration::ZERO, |load| load.timeout);
    let most_s = phases.with_waits(timeout, window).as_secs_f64();
    let at = |section: &Section| fields.node_or_map(section);
    let (at, what, help) = if phases_s > max_s {
        let what = format!("the phases take {}", format_duration(phases_s));
        (at(&PHASES), what, "shorten a phase, or set `max_duration`")
    } else if most_s > max_s {
        let waits = format_duration(most_s - phases_s);
        let what = format!(
            "the phases and the waits for requests, at most {waits}, take {}",
            format_duration(most_s)
        );
        (at(&LOAD), what, "shorten `load.timeout`, or set `max_duration`")
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
    let at = |section: &Section| fields.node_or_map(section);
    if phases.recovery < judge.hold {
        let hold = words(judge.hold);
        let problem = at(&PHASES).problem(format!(
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
            let problem = at(&EXPECT)
                .problem(format!("`{name}`, {}, is longer than the {phase} phase, {shown}", words(within)));
            reading.refuse(problem.help(format!("lengthen `phases.{phase}`")));
        }
    }
}
