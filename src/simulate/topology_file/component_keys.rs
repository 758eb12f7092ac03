//! The keys of a component, as data.

use crate::config::schema::{Key, Kind, Record, WhenAbsent, Word};
use crate::config::times::FAMILY as DISTRIBUTIONS;
use crate::config::times::TIME;
use crate::simulate::block::EXPRESSION;
use crate::simulate::detection::DETECTION;
use crate::simulate::model::RepairEffect;

/// The word that stands for "no repair at all".
pub(super) const NEVER: &str = "never";

pub(super) static COMPONENT: Record = Record {
    name: "component",
    summary: "Something that fails by itself. It needs `mtbf`, `failure` or `unavailability`; with one of the first two also \
              `mttr` or `repair`.",
    keys: &[
        key(
            "count",
            Kind::Count { min: 1 },
            WhenAbsent::Value("1"),
            "how many units there are, called `name-1`, `name-2`, …",
        ),
        key(
            "mtbf",
            Kind::Duration,
            WhenAbsent::Absent,
            "mean operating time between failures: short for an exponential `failure`",
        ),
        key(
            "mttr",
            Kind::Duration,
            WhenAbsent::Absent,
            "mean time to repair: short for an exponential `repair`",
        ),
        key("failure", TIME, WhenAbsent::Absent, "operating time from new to the failure"),
        key("repair", REPAIR, WhenAbsent::Absent, "how long a repair takes"),
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
            "from the failure until somebody, or a restart, can act",
        ),
        key(
            "restart",
            Kind::Record(&RESTART),
            WhenAbsent::Absent,
            "automatic attempts before somebody repairs",
        ),
        key(
            "requires",
            Kind::List(&EXPRESSION),
            WhenAbsent::Absent,
            "what its units are out without: all units of a component, unless a block says otherwise, as `[{ parallel: [lb] }]`",
        ),
        key("repair_effect", EFFECT, WhenAbsent::Value("as_new"), "how old a unit is after a repair"),
        key(
            "inspection",
            Kind::Record(&INSPECTION),
            WhenAbsent::Absent,
            "its failures are hidden: only an inspection finds them",
        ),
        key(
            "maintenance",
            Kind::Record(&MAINTENANCE),
            WhenAbsent::Absent,
            "planned work during which a unit is out",
        ),
        key(
            "replacement",
            Kind::Record(&REPLACEMENT),
            WhenAbsent::Absent,
            "planned replacement by a new unit at an age",
        ),
    ],
};

const fn key(name: &'static str, kind: Kind, default: WhenAbsent, summary: &'static str) -> Key {
    Key { name, kind, default, summary }
}

const REPAIR: Kind = Kind::Either(&[
    Kind::Duration,
    Kind::Variant(&DISTRIBUTIONS),
    Kind::Choice(&[Word { name: NEVER, summary: "what has failed stays down" }]),
]);

const EFFECT: Kind = Kind::Either(&[Kind::Choice(EFFECT_WORDS), Kind::Record(&AGE_FACTOR)]);

const EFFECT_WORDS: &[Word] = &[
    Word { name: "as_new", summary: "new (renewal)" },
    Word { name: "as_old", summary: "as old as when it failed (minimal repair)" },
];

pub(super) const REPAIR_EFFECTS: &[(&str, RepairEffect)] =
    &[("as_new", RepairEffect::AsNew), ("as_old", RepairEffect::AsOld)];

pub(super) static AGE_FACTOR: Record = Record {
    name: "age factor",
    summary: "The age is multiplied (Kijima's model II).",
    keys: &[key(
        "age_factor",
        Kind::Probability,
        WhenAbsent::Required,
        "0 is new, 1 as old as when it failed",
    )],
};

pub(super) static RESTART: Record = Record {
    name: "restart",
    summary: "Attempts until one works, at most `limit`; then somebody repairs.",
    keys: &[
        key("success", Kind::Probability, WhenAbsent::Required, "the probability that an attempt works"),
        key("attempt", TIME, WhenAbsent::Value("0s"), "how long an attempt takes"),
        key(
            "backoff",
            Kind::Duration,
            WhenAbsent::Value("0s"),
            "the wait after the first attempt that failed",
        ),
        key(
            "factor",
            Kind::Number,
            WhenAbsent::Value("1"),
            "each further wait is so many times as long, at least 1",
        ),
        key("max_backoff", Kind::Duration, WhenAbsent::Value("1h"), "the longest wait"),
        key("limit", Kind::Count { min: 1 }, WhenAbsent::Value("1"), "attempts at most"),
    ],
};

pub(super) static INSPECTION: Record = Record {
    name: "inspection",
    summary: "Looks at the units from time to time; a failure is known only then.",
    keys: &[
        key("every", TIME, WhenAbsent::Required, "from one inspection to the next"),
        key("duration", TIME, WhenAbsent::Value("0s"), "how long a unit is out for it"),
        key(
            "pattern",
            Kind::Choice(TWO_PATTERNS),
            WhenAbsent::Value("together"),
            "how the units' inspections lie to each other",
        ),
        key("clock", Kind::Choice(TWO_CLOCKS), WhenAbsent::Value("calendar"), "what `every` counts"),
    ],
};

pub(super) static MAINTENANCE: Record = Record {
    name: "maintenance",
    summary: "Planned work on the units.",
    keys: &[
        key("every", TIME, WhenAbsent::Required, "from one occasion to the next"),
        key("duration", TIME, WhenAbsent::Required, "how long a unit is out for it"),
        key(
            "pattern",
            Kind::Choice(PATTERN_WORDS),
            WhenAbsent::Value("rolling by the calendar, together by another clock"),
            "how the units' occasions lie to each other",
        ),
        key("clock", Kind::Choice(CLOCK_WORDS), WhenAbsent::Value("calendar"), "what `every` counts"),
        key("renews", Kind::Flag, WhenAbsent::Value("false"), "whether a unit is new after it"),
    ],
};

pub(super) static REPLACEMENT: Record = Record {
    name: "replacement",
    summary: "A unit that reaches the age is replaced by a new one.",
    keys: &[
        key("age", Kind::Duration, WhenAbsent::Required, "the operating age at which it is due"),
        key("duration", TIME, WhenAbsent::Required, "how long the unit is out"),
    ],
};

const TOGETHER: Word = Word { name: "together", summary: "all units at once" };
const STAGGERED: Word = Word {
    name: "staggered",
    summary: "spread evenly: of n units the i-th has its first after i/n of the interval",
};
const ROLLING: Word = Word {
    name: "rolling",
    summary: "one clock for all: at each occasion the next unit in turn, and only while all units are up",
};
const TWO_PATTERNS: &[Word] = &[TOGETHER, STAGGERED];
const PATTERN_WORDS: &[Word] = &[TOGETHER, STAGGERED, ROLLING];

const CALENDAR: Word = Word { name: "calendar", summary: "occasions come whatever the unit does" };
const SINCE_LAST: Word =
    Word { name: "since_last", summary: "from the end of the last one, and of the repair that it led to" };
const OPERATING: Word = Word { name: "operating", summary: "operating time of the unit since the last one" };
const TWO_CLOCKS: &[Word] = &[CALENDAR, SINCE_LAST];
const CLOCK_WORDS: &[Word] = &[CALENDAR, SINCE_LAST, OPERATING];
