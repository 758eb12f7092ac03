//! The keys of a component.

use crate::base::quantity::significant;
use crate::config::document::{Node, Reading};
use crate::config::fields::Fields;
use crate::config::schema::{Choice, Choices, Key, KeyOr, Kind, Record, Section};
use crate::simulate::block::EXPRESSION;
use crate::simulate::detection::{DETECTION as DETECTION_KIND, detection};
use crate::simulate::model::{Clock, Pattern, RepairEffect};
use crate::stats::distribution::{Distribution, Exponential};
use crate::stats::times::{FAMILY as DISTRIBUTIONS, distribution, positive_time, time, time_or_zero};

pub(super) static COMPONENT: Record = Record {
    name: "component",
    summary: "A part that fails on its own. It requires `mtbf`, `failure` or `unavailability`; with one of the first two also \
              `mttr` or `repair`.",
    keys: &[
        &COUNT,
        &MTBF,
        &MTTR,
        &FAILURE,
        &REPAIR,
        &UNAVAILABILITY,
        &DETECTION,
        &RESTART,
        &REQUIRES,
        &REPAIR_EFFECT,
        &INSPECTION,
        &MAINTENANCE,
        &REPLACEMENT,
    ],
};

/// Maximum number of units of a system.
pub(super) const UNITS_MAX: u64 = 1_000_000;

pub(super) static COUNT: KeyOr<u64> =
    Key::count::<1, UNITS_MAX>("count", "number of units, named `name-1`, `name-2`, …").or(|| 1);
pub(super) static MTBF: Key<Distribution> = Key::new(
    "mtbf",
    Kind::Duration,
    "mean operating time between failures; short form of an exponential `failure`",
    exponential,
);
pub(super) static MTTR: Key<Repair> = Key::new(
    "mttr",
    Kind::Duration,
    "mean time to repair; short form of an exponential `repair`",
    exponential_repair,
);
pub(super) static FAILURE: Key<Distribution> =
    positive_time("failure", "operating time to failure of a new unit");
pub(super) static REPAIR: Key<Repair> = Key::new(
    "repair",
    Kind::Either(&[Kind::Duration, Kind::Variant(&DISTRIBUTIONS), Kind::Choice(Never::words)]),
    "duration of a repair",
    repair,
);
pub(super) static UNAVAILABILITY: Key<f64> = Key::probability(
    "unavailability",
    "a fixed probability of being down, without failures and repairs in time",
);
pub(super) static DETECTION: Key<Distribution> = Key::new(
    "detection",
    DETECTION_KIND,
    "time from the failure until a restart or repair can begin",
    detection,
)
.rule("`0s`");
pub(super) static RESTART: Section =
    Section::new("restart", &RESTART_RECORD, "automatic restarts, attempted before a repair");
pub(super) static REQUIRES: Key<()> = Key::node(
    "requires",
    Kind::List(&EXPRESSION),
    "parts that its units require: the units are out of service while one of these is down. A component means all its units; for any one of them write `[{ parallel: [lb] }]`",
);
pub(super) static REPAIR_EFFECT: KeyOr<RepairEffect> = Key::new(
    "repair_effect",
    Kind::Either(&[Kind::Choice(Effect::words), Kind::Record(&AGE_FACTOR_RECORD)]),
    "operating age of a unit after a repair",
    repair_effect,
)
.shown(|_| Effect::AsNew.word().into())
.or(|| RepairEffect::AsNew);
pub(super) static INSPECTION: Section = Section::new(
    "inspection",
    &INSPECTION_RECORD,
    "inspections; failures are then hidden until an inspection finds them",
);
pub(super) static MAINTENANCE: Section =
    Section::new("maintenance", &MAINTENANCE_RECORD, "planned work during which a unit is out of service");
pub(super) static REPLACEMENT: Section =
    Section::new("replacement", &REPLACEMENT_RECORD, "planned replacement by a new unit at an operating age");

/// Reads a duration as the mean of an exponential distribution.
pub(super) fn exponential(node: Node<'_>, reading: &mut Reading<'_>) -> Option<Distribution> {
    let mean_s = reading.take(node.read_positive_duration())?;
    let built = Exponential::with_mean(mean_s).map_err(|error| node.problem(error.to_string()));
    reading.take(built).map(Into::into)
}

/// The repair behaviour.
#[derive(Debug)]
pub(super) enum Repair {
    Never,
    Takes(Distribution),
}

fn repair(node: Node<'_>, reading: &mut Reading<'_>) -> Option<Repair> {
    if node.text() == Some(Never.word()) {
        return Some(Repair::Never);
    }
    distribution(node, reading).map(Repair::Takes)
}

fn exponential_repair(node: Node<'_>, reading: &mut Reading<'_>) -> Option<Repair> {
    exponential(node, reading).map(Repair::Takes)
}

fn repair_effect(node: Node<'_>, reading: &mut Reading<'_>) -> Option<RepairEffect> {
    if node.entries().is_some() {
        let fields = Fields::of(node, &AGE_FACTOR_RECORD, reading)?;
        return fields.given(&AGE_FACTOR, reading).map(RepairEffect::AgeFactor);
    }
    Some(match reading.take(node.read_choice(Effect::CHOICES))? {
        Effect::AsNew => RepairEffect::AsNew,
        Effect::AsOld => RepairEffect::AsOld,
    })
}

fn factor(node: Node<'_>, reading: &mut Reading<'_>) -> Option<f64> {
    let factor = reading.take(node.read_number())?;
    if factor >= 1.0 {
        return Some(factor);
    }
    reading.refuse(node.problem("a number of at least 1 is expected"));
    None
}

/// The word for a component that is never repaired.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Never;

impl Choices for Never {
    const CHOICES: &'static [Choice<Self>] = &[("never", Self, "a failed unit stays down")];
}

/// The words for the effect of a repair.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Effect {
    AsNew,
    AsOld,
}

impl Choices for Effect {
    const CHOICES: &'static [Choice<Self>] = &[
        ("as_new", Self::AsNew, "as good as new (renewal)"),
        ("as_old", Self::AsOld, "the age at failure (minimal repair)"),
    ];
}

static AGE_FACTOR_RECORD: Record = Record {
    name: "age factor",
    summary: "The age is multiplied by a factor (Kijima's model II).",
    keys: &[&AGE_FACTOR],
};

static AGE_FACTOR: Key<f64> =
    Key::probability("age_factor", "0 is as good as new, 1 a minimal repair").required();

pub(super) static RESTART_RECORD: Record = Record {
    name: "restart",
    summary: "Automatic restarts until one succeeds, at most `limit`; then the unit is repaired.",
    keys: &[&SUCCESS, &ATTEMPT, &BACKOFF, &FACTOR, &MAX_BACKOFF, &LIMIT],
};

pub(super) static SUCCESS: Key<f64> =
    Key::probability("success", "probability that an attempt succeeds").required();
pub(super) static ATTEMPT: KeyOr<Distribution> = time_or_zero("attempt", "duration of an attempt");
pub(super) static BACKOFF: KeyOr<f64> =
    Key::duration("backoff", "wait after the first failed attempt").or(|| 0.0);
pub(super) static FACTOR: KeyOr<f64> =
    Key::new("factor", Kind::Number, "factor by which each further wait grows, at least 1", factor)
        .shown(|factor| significant(*factor, 15))
        .or(|| 1.0);
pub(super) static MAX_BACKOFF: KeyOr<f64> = Key::duration("max_backoff", "longest wait").or(|| 3_600.0);
pub(super) static LIMIT: KeyOr<u64> =
    Key::count::<1, { u32::MAX as u64 }>("limit", "maximum number of attempts").or(|| 1);

pub(super) static INSPECTION_RECORD: Record = Record {
    name: "inspection",
    summary: "Inspects the units regularly; a failure is detected only by an inspection.",
    keys: &[&INSPECTION_EVERY, &INSPECTION_DURATION, &INSPECTION_PATTERN, &INSPECTION_CLOCK],
};

pub(super) static INSPECTION_EVERY: Key<Distribution> =
    positive_time("every", "interval between inspections").required();
pub(super) static INSPECTION_DURATION: KeyOr<Distribution> = time_or_zero("duration", OUT_OF_SERVICE);
pub(super) static INSPECTION_PATTERN: KeyOr<InspectionPattern> =
    Key::choice("pattern", "timing of the units' inspections relative to each other")
        .or(|| InspectionPattern(Pattern::Together));
pub(super) static INSPECTION_CLOCK: KeyOr<InspectionClock> =
    Key::choice("clock", "the time that `every` counts").or(|| InspectionClock(Clock::Calendar));

const OUT_OF_SERVICE: &str = "time for which a unit is out of service";

pub(super) static MAINTENANCE_RECORD: Record = Record {
    name: "maintenance",
    summary: "Planned work on the units.",
    keys: &[&MAINTENANCE_EVERY, &MAINTENANCE_DURATION, &MAINTENANCE_PATTERN, &MAINTENANCE_CLOCK, &RENEWS],
};

pub(super) static MAINTENANCE_EVERY: Key<Distribution> =
    positive_time("every", "interval between occasions").required();
pub(super) static MAINTENANCE_DURATION: Key<Distribution> = time("duration", OUT_OF_SERVICE).required();
pub(super) static MAINTENANCE_PATTERN: Key<Pattern> =
    Key::choice("pattern", "timing of the units' occasions relative to each other")
        .rule("`rolling` with the calendar clock, `together` with another");
pub(super) static MAINTENANCE_CLOCK: KeyOr<Clock> =
    Key::choice("clock", "the time that `every` counts").or(|| Clock::Calendar);
pub(super) static RENEWS: KeyOr<bool> =
    Key::flag("renews", "whether a unit is as good as new afterwards").or(|| false);

pub(super) static REPLACEMENT_RECORD: Record = Record {
    name: "replacement",
    summary: "Replaces a unit that reaches the age by a new one.",
    keys: &[&AGE, &REPLACEMENT_DURATION],
};

pub(super) static AGE: Key<f64> =
    Key::positive_duration("age", "operating age at which the replacement is due").required();
pub(super) static REPLACEMENT_DURATION: Key<Distribution> =
    time("duration", "time for which the unit is out of service").required();

const TOGETHER: &str = "all units at the same time";
const STAGGERED: &str = "spread evenly: unit i of n has its first occasion after i/n of the interval";
const CALENDAR: &str = "calendar time, regardless of the unit's state";
const SINCE_LAST: &str = "time since the end of the last occasion or repair";

impl Choices for Pattern {
    const CHOICES: &'static [Choice<Self>] = &[
        ("together", Self::Together, TOGETHER),
        ("staggered", Self::Staggered, STAGGERED),
        (
            "rolling",
            Self::Rolling,
            "one clock for all units: each occasion takes the next unit in turn, and only while all units are up",
        ),
    ];
}

impl Choices for Clock {
    const CHOICES: &'static [Choice<Self>] = &[
        ("calendar", Self::Calendar, CALENDAR),
        ("since_last", Self::SinceLast, SINCE_LAST),
        ("operating", Self::Operating, "operating time of the unit since the last occasion"),
    ];
}

/// The patterns of inspections.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct InspectionPattern(pub(super) Pattern);

impl Choices for InspectionPattern {
    const CHOICES: &'static [Choice<Self>] = &[
        ("together", Self(Pattern::Together), TOGETHER),
        ("staggered", Self(Pattern::Staggered), STAGGERED),
    ];
}

/// The clocks of inspections.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct InspectionClock(pub(super) Clock);

impl Choices for InspectionClock {
    const CHOICES: &'static [Choice<Self>] =
        &[("calendar", Self(Clock::Calendar), CALENDAR), ("since_last", Self(Clock::SinceLast), SINCE_LAST)];
}
