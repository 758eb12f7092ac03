//! The keys of a component, as data.

use crate::config::schema::{Key, Kind, Record, WhenAbsent, Word};
use crate::config::times::FAMILY as DISTRIBUTIONS;
use crate::config::times::TIME;
use crate::simulate::block::EXPRESSION;
use crate::simulate::detection::DETECTION;
use crate::simulate::model::RepairEffect;

/// The value of `repair` for a component that is never repaired.
pub(super) const NEVER: &str = "never";

pub(super) static COMPONENT: Record = Record {
    name: "component",
    summary: "A part that fails on its own. It requires `mtbf`, `failure` or `unavailability`; with one of the first two also \
              `mttr` or `repair`.",
    keys: &[
        key(
            "count",
            Kind::Count { min: 1 },
            WhenAbsent::Value("1"),
            "number of units, named `name-1`, `name-2`, …",
        ),
        key(
            "mtbf",
            Kind::Duration,
            WhenAbsent::Absent,
            "mean operating time between failures; short form of an exponential `failure`",
        ),
        key(
            "mttr",
            Kind::Duration,
            WhenAbsent::Absent,
            "mean time to repair; short form of an exponential `repair`",
        ),
        key("failure", TIME, WhenAbsent::Absent, "operating time to failure of a new unit"),
        key("repair", REPAIR, WhenAbsent::Absent, "duration of a repair"),
        key(
            "unavailability",
            Kind::Probability,
            WhenAbsent::Absent,
            "a fixed probability of being down, without failures and repairs in time",
        ),
        key(
            "detection",
            DETECTION,
            WhenAbsent::Value("0s"),
            "time from the failure until a restart or repair can begin",
        ),
        key(
            "restart",
            Kind::Record(&RESTART),
            WhenAbsent::Absent,
            "automatic restarts, attempted before a repair",
        ),
        key(
            "requires",
            Kind::List(&EXPRESSION),
            WhenAbsent::Absent,
            "parts that its units require: the units are out of service while one of these is down. A component means all its units; for any one of them write `[{ parallel: [lb] }]`",
        ),
        key("repair_effect", EFFECT, WhenAbsent::Value("as_new"), "operating age of a unit after a repair"),
        key(
            "inspection",
            Kind::Record(&INSPECTION),
            WhenAbsent::Absent,
            "inspections; failures are then hidden until an inspection finds them",
        ),
        key(
            "maintenance",
            Kind::Record(&MAINTENANCE),
            WhenAbsent::Absent,
            "planned work during which a unit is out of service",
        ),
        key(
            "replacement",
            Kind::Record(&REPLACEMENT),
            WhenAbsent::Absent,
            "planned replacement by a new unit at an operating age",
        ),
    ],
};

const fn key(name: &'static str, kind: Kind, default: WhenAbsent, summary: &'static str) -> Key {
    Key { name, kind, default, summary }
}

const REPAIR: Kind = Kind::Either(&[
    Kind::Duration,
    Kind::Variant(&DISTRIBUTIONS),
    Kind::Choice(&[Word { name: NEVER, summary: "a failed unit stays down" }]),
]);

const EFFECT: Kind = Kind::Either(&[Kind::Choice(EFFECT_WORDS), Kind::Record(&AGE_FACTOR)]);

const EFFECT_WORDS: &[Word] = &[
    Word { name: "as_new", summary: "as good as new (renewal)" },
    Word { name: "as_old", summary: "the age at failure (minimal repair)" },
];

pub(super) const REPAIR_EFFECTS: &[(&str, RepairEffect)] =
    &[("as_new", RepairEffect::AsNew), ("as_old", RepairEffect::AsOld)];

pub(super) static AGE_FACTOR: Record = Record {
    name: "age factor",
    summary: "The age is multiplied by a factor (Kijima's model II).",
    keys: &[key(
        "age_factor",
        Kind::Probability,
        WhenAbsent::Required,
        "0 is as good as new, 1 a minimal repair",
    )],
};

pub(super) static RESTART: Record = Record {
    name: "restart",
    summary: "Automatic restarts until one succeeds, at most `limit`; then the unit is repaired.",
    keys: &[
        key("success", Kind::Probability, WhenAbsent::Required, "probability that an attempt succeeds"),
        key("attempt", TIME, WhenAbsent::Value("0s"), "duration of an attempt"),
        key("backoff", Kind::Duration, WhenAbsent::Value("0s"), "wait after the first failed attempt"),
        key(
            "factor",
            Kind::Number,
            WhenAbsent::Value("1"),
            "factor by which each further wait grows, at least 1",
        ),
        key("max_backoff", Kind::Duration, WhenAbsent::Value("1h"), "longest wait"),
        key("limit", Kind::Count { min: 1 }, WhenAbsent::Value("1"), "maximum number of attempts"),
    ],
};

pub(super) static INSPECTION: Record = Record {
    name: "inspection",
    summary: "Inspects the units regularly; a failure is detected only by an inspection.",
    keys: &[
        key("every", TIME, WhenAbsent::Required, "interval between inspections"),
        key("duration", TIME, WhenAbsent::Value("0s"), "time for which a unit is out of service"),
        key(
            "pattern",
            Kind::Choice(TWO_PATTERNS),
            WhenAbsent::Value("together"),
            "timing of the units' inspections relative to each other",
        ),
        key("clock", Kind::Choice(TWO_CLOCKS), WhenAbsent::Value("calendar"), "the time that `every` counts"),
    ],
};

pub(super) static MAINTENANCE: Record = Record {
    name: "maintenance",
    summary: "Planned work on the units.",
    keys: &[
        key("every", TIME, WhenAbsent::Required, "interval between occasions"),
        key("duration", TIME, WhenAbsent::Required, "time for which a unit is out of service"),
        key(
            "pattern",
            Kind::Choice(PATTERN_WORDS),
            WhenAbsent::Value("rolling with the calendar clock, together with another"),
            "timing of the units' occasions relative to each other",
        ),
        key(
            "clock",
            Kind::Choice(CLOCK_WORDS),
            WhenAbsent::Value("calendar"),
            "the time that `every` counts",
        ),
        key("renews", Kind::Flag, WhenAbsent::Value("false"), "whether a unit is as good as new afterwards"),
    ],
};

pub(super) static REPLACEMENT: Record = Record {
    name: "replacement",
    summary: "Replaces a unit that reaches the age by a new one.",
    keys: &[
        key("age", Kind::Duration, WhenAbsent::Required, "operating age at which the replacement is due"),
        key("duration", TIME, WhenAbsent::Required, "time for which the unit is out of service"),
    ],
};

const TOGETHER: Word = Word { name: "together", summary: "all units at the same time" };
const STAGGERED: Word = Word {
    name: "staggered",
    summary: "spread evenly: unit i of n has its first occasion after i/n of the interval",
};
const ROLLING: Word = Word {
    name: "rolling",
    summary: "one clock for all units: each occasion takes the next unit in turn, and only while all units are up",
};
const TWO_PATTERNS: &[Word] = &[TOGETHER, STAGGERED];
const PATTERN_WORDS: &[Word] = &[TOGETHER, STAGGERED, ROLLING];

const CALENDAR: Word = Word { name: "calendar", summary: "calendar time, regardless of the unit's state" };
const SINCE_LAST: Word =
    Word { name: "since_last", summary: "time since the end of the last occasion or repair" };
const OPERATING: Word =
    Word { name: "operating", summary: "operating time of the unit since the last occasion" };
const TWO_CLOCKS: &[Word] = &[CALENDAR, SINCE_LAST];
const CLOCK_WORDS: &[Word] = &[CALENDAR, SINCE_LAST, OPERATING];
