//! Healthchecks.io: the status changes of a check.

use super::Preset;
use crate::availability::evidence::Shape;
use crate::availability::input::field::Field;

/// The flips of one check.
pub(super) static JSON: Preset = Preset {
    name: "healthchecks",
    summary: "Healthchecks.io flips of a check (JSON, API): state changes",
    example: "[{\"timestamp\": \"2026-01-05T11:00:00+00:00\", \"up\": 1}, {\"timestamp\": \"2026-01-05T10:00:00+00:00\", \"up\": 0}]",
    shape: Shape::States,
    signature: &["timestamp", "up"],
    is_of: |flip| flip.as_object().is_some_and(|flip| flip.len() == 2),
    fields: &[(Field::Start, &["timestamp"]), (Field::State, &["up"])],
    note: "a paused check counts as down: its flips do not say so",
    ..Preset::LIST
};
