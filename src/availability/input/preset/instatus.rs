//! Instatus: the incidents of a status page.

use super::Preset;
use crate::availability::input::field::Field;

/// The list of incidents.
pub(super) static JSON: Preset = Preset {
    name: "instatus",
    summary: "Instatus incidents (JSON, API)",
    example: "[{\"name\": \"…\", \"started\": \"…\", \"status\": \"RESOLVED\", \"resolved\": \"…\", \"components\": [{\"name\": \"api\"}], \"updates\": []}]",
    signature: &["started", "resolved", "components", "updates"],
    each: Some("components"),
    fields: &[
        (Field::Id, &["id"]),
        (Field::Service, &["@.name"]),
        (Field::Start, &["started"]),
        (Field::End, &["resolved"]),
        (Field::State, &["status"]),
    ],
    note: "an incident of several components is an outage of each",
    state_hints: false,
    ..Preset::LIST
};
