//! Cachet: the incidents of its API (version 2.4).

use super::Preset;
use crate::availability::input::field::Field;
use crate::availability::input::plan::KindWords;

/// The list of incidents.
pub(super) static JSON: Preset = Preset {
    name: "cachet",
    summary: "Cachet incidents (JSON, API of version 2.4)",
    example: "{\"data\": [{\"id\": 1, \"component_id\": 1, \"occurred_at\": \"…\", \"is_resolved\": true, \"latest_status\": 4, \"updates\": [{\"status\": 4, \"created_at\": \"…\"}]}]}",
    signature: &["component_id", "is_resolved", "latest_status", "updates"],
    fields: &[
        (Field::Id, &["id"]),
        (Field::Service, &["component_id"]),
        (Field::Start, &["occurred_at", "created_at"]),
        (Field::End, &["updates[status=4].created_at"]),
        (Field::State, &["is_resolved"]),
        (Field::Kind, &["status"]),
    ],
    kinds: KindWords { planned: &["0"], ..KindWords::NONE },
    note: "services are component numbers; an incident ends with its last update to `Fixed`",
    state_hints: false,
    ..Preset::LIST
};
