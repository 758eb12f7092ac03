//! Pingdom: the outages of a check.

use super::Preset;
use crate::availability::evidence::Shape;
use crate::availability::input::field::Field;

/// The answer of `summary.outage`.
pub(super) static JSON: Preset = Preset {
    name: "pingdom",
    summary: "Pingdom outage summary of a check (JSON, API): periods",
    example: "{\"summary\": {\"states\": [{\"status\": \"down\", \"timefrom\": 1767607200, \"timeto\": 1767610800}]}}",
    shape: Shape::Periods,
    signature: &["status", "timefrom", "timeto"],
    fields: &[(Field::Start, &["timefrom"]), (Field::End, &["timeto"]), (Field::State, &["status"])],
    ..Preset::LIST
};
