//! Better Stack: the incidents of its API.

use super::Preset;
use crate::availability::input::field::Field;

/// The list of incidents of the API.
pub(super) static JSON: Preset = Preset {
    name: "betterstack",
    summary: "Better Stack incidents (JSON, API)",
    example: "{\"data\": [{\"type\": \"incident\", \"attributes\": {\"name\": \"api\", \"cause\": \"…\", \"started_at\": \"…\", \"resolved_at\": \"…\"}}]}",
    signature: &["attributes.started_at", "attributes.cause", "attributes.name"],
    fields: &[
        (Field::Id, &["id"]),
        (Field::Service, &["attributes.name"]),
        (Field::Cause, &["attributes.cause"]),
        (Field::Start, &["attributes.started_at"]),
        (Field::Acknowledged, &["attributes.acknowledged_at"]),
        (Field::End, &["attributes.resolved_at"]),
        (Field::State, &["attributes.status"]),
    ],
    ..Preset::LIST
};
