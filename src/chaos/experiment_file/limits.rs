//! Conditions by measure: `{ success: ">= 99.5%", p99: "<= 400ms" }`.

use super::whole::key;
use crate::chaos::limit::{Bound, Limit, MEASURES, Measure, Relation};
use crate::config::document::{Fields, Node, Reading};
use crate::config::schema::{Key, Kind, Record, WhenAbsent};

pub(super) static LIMITS: Record = Record {
    name: "conditions",
    summary: "All conditions must hold. A condition is `>=`, `<=`, `>` or `<` with a value, or with the \
              baseline: `<= 2x baseline`, `>= baseline - 1%`, `<= baseline + 50ms`.",
    keys: KEYS,
};

static KEYS: &[Key] = &[
    key("success", Kind::Text, WhenAbsent::Absent, "share of requests that succeed"),
    key("p50", Kind::Text, WhenAbsent::Absent, "median response time of the successes"),
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
];

pub(super) fn default_steady_state() -> Vec<Limit> {
    vec![Limit { measure: Measure::Success, relation: Relation::AtLeast, bound: Bound::Value(0.01) }]
}

/// Reads a map of conditions.
pub(super) fn read(node: Node<'_>, reading: &mut Reading<'_>) -> Vec<Limit> {
    let Some(fields) = Fields::of(node, KEYS, &mut reading.problems) else {
        return Vec::new();
    };
    among(&fields, reading)
}

/// Reads the conditions that stand among other keys.
pub(super) fn among(fields: &Fields<'_>, reading: &mut Reading<'_>) -> Vec<Limit> {
    let mut limits = Vec::new();
    for (name, value) in fields.iter() {
        let Some((_, measure)) = MEASURES.iter().find(|(known, _)| *known == name) else {
            continue;
        };
        let read = value.read_text().and_then(|text| {
            Limit::parse(*measure, text)
                .map_err(|why| value.problem(why).help(format!("write `{name}: \"{}\"`", example(*measure))))
        });
        limits.extend(reading.take(read));
    }
    limits
}

fn example(measure: Measure) -> &'static str {
    if measure.is_share() { ">= 99.5%" } else { "<= 400ms" }
}
