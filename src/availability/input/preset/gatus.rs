//! Gatus: the events of an endpoint.

use super::Preset;
use crate::availability::evidence::Shape;
use crate::availability::input::field::Field;
use crate::availability::input::plan::KindWords;
use serde_json::Value;

/// The events of one or several endpoints.
pub(super) static JSON: Preset = Preset {
    name: "gatus",
    summary: "Gatus endpoint status (JSON, API): the events HEALTHY and UNHEALTHY",
    example: "{\"name\": \"api\", \"group\": \"core\", \"events\": [{\"type\": \"UNHEALTHY\", \"timestamp\": \"2026-01-05T10:00:00Z\"}]}",
    shape: Shape::States,
    signature: &["type", "timestamp"],
    is_of,
    fields: &[
        (Field::Service, &["^.name"]),
        (Field::Start, &["timestamp"]),
        (Field::State, &["type"]),
        (Field::Kind, &["type"]),
    ],
    kinds: KindWords { notices: &["START"], ..KindWords::NONE },
    note: "the state changes of `events` are read; `results` holds the latest probes only",
    ..Preset::LIST
};

fn is_of(event: &Value) -> bool {
    let kind = event.get("type").and_then(Value::as_str).unwrap_or_default();
    ["START", "HEALTHY", "UNHEALTHY"].contains(&kind)
}
