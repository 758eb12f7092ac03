//! Conditions by measure: `{ success: ">= 99.5%", p99: "<= 400ms" }`.

use crate::chaos::limit::{Bound, Limit, Measure, Relation};
use crate::config::document::{Node, Reading};
use crate::config::fields::Fields;
use crate::config::schema::{AnyKey, Key, Kind, Record};

pub(super) static LIMITS: Record = Record {
    name: "conditions",
    summary: "All conditions must hold. A condition is `>=`, `<=`, `>` or `<` with a value, or with the \
              baseline: `<= 2x baseline`, `>= baseline - 1%`, `<= baseline + 50ms`.",
    keys: &CONDITIONS,
};

/// One key for each of [`MEASURES`](crate::chaos::limit::MEASURES).
pub(super) static CONDITIONS: [&dyn AnyKey; 8] = [&SUCCESS, &P50, &P90, &P95, &P99, &P999, &MAX, &GOODPUT];

static SUCCESS: Key<()> = condition("success", "share of requests that succeed");
static P50: Key<()> = condition("p50", "median response time of the successes");
static P90: Key<()> = condition("p90", "its 90th percentile");
static P95: Key<()> = condition("p95", "its 95th percentile");
static P99: Key<()> = condition("p99", "its 99th percentile");
static P999: Key<()> = condition("p999", "its 99.9th percentile");
static MAX: Key<()> = condition("max", "the longest response time");
static GOODPUT: Key<()> =
    condition("goodput", "successes per second, as a share of the requests offered per second");

const fn condition(name: &'static str, summary: &'static str) -> Key<()> {
    Key::node(name, Kind::Text, summary)
}

pub(super) fn default_steady_state() -> Vec<Limit> {
    vec![Limit { measure: Measure::Success, relation: Relation::AtLeast, bound: Bound::Value(0.01) }]
}

/// Reads a map of conditions.
pub(super) fn read(node: Node<'_>, reading: &mut Reading<'_>) -> Vec<Limit> {
    let Some(fields) = Fields::of(node, &LIMITS, reading) else {
        return Vec::new();
    };
    among(&fields, reading)
}

/// Reads the conditions that stand among other keys.
pub(super) fn among(fields: &Fields<'_>, reading: &mut Reading<'_>) -> Vec<Limit> {
    let mut limits = Vec::new();
    for (name, _, value) in fields.iter() {
        let Some(measure) = Measure::named(name) else {
            continue;
        };
        let read = value.read_text().and_then(|text| {
            Limit::parse(measure, text)
                .map_err(|why| value.problem(why).help(format!("write `{name}: \"{}\"`", example(measure))))
        });
        limits.extend(reading.take(read));
    }
    limits
}

fn example(measure: Measure) -> &'static str {
    if measure.is_share() { ">= 99.5%" } else { "<= 400ms" }
}
