//! Rootly: the incidents of its API.

use super::Preset;
use crate::availability::input::field::Field;
use crate::availability::input::plan::KindWords;

/// The list of incidents of the API.
pub(super) static JSON: Preset = Preset {
    name: "rootly",
    summary: "Rootly incidents (JSON, API)",
    example: "{\"data\": [{\"type\": \"incidents\", \"attributes\": {\"started_at\": \"…\", \"resolved_at\": \"…\", \"services\": […], \"severity\": {…}}}]}",
    signature: &["attributes.started_at", "attributes.services", "attributes.severity"],
    each: Some("attributes.services"),
    fields: &[
        (Field::Id, &["id"]),
        (Field::Service, &["@.data.attributes.name", "@.name"]),
        (Field::Severity, &["attributes.severity.data.attributes.name", "attributes.severity"]),
        (Field::Start, &["attributes.started_at", "attributes.created_at"]),
        (Field::Detected, &["attributes.detected_at"]),
        (Field::Acknowledged, &["attributes.acknowledged_at"]),
        (Field::End, &["attributes.resolved_at", "attributes.scheduled_until"]),
        (Field::State, &["attributes.status"]),
        (Field::Kind, &["attributes.kind"]),
    ],
    kinds: KindWords {
        notices: &["test", "test_sub", "example", "example_sub"],
        planned: &["scheduled", "scheduled_sub"],
        ..KindWords::NONE
    },
    note: "an incident ends when it is resolved; `mitigated_at` is not used",
    ..Preset::LIST
};
