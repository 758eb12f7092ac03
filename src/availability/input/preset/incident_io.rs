//! incident.io: the incidents of its API.

use super::Preset;
use crate::availability::input::field::Field;
use crate::availability::input::plan::KindWords;

/// The list of incidents.
pub(super) static JSON: Preset = Preset {
    name: "incident-io",
    summary: "incident.io incidents (JSON, API v2)",
    example: "{\"incidents\": [{\"reference\": \"INC-1\", \"incident_status\": {\"category\": \"closed\"}, \"incident_timestamp_values\": [{\"incident_timestamp\": {\"name\": \"Reported at\"}, \"value\": {\"value\": \"…\"}}]}]}",
    signature: &["reference", "incident_status", "incident_timestamp_values"],
    fields: &[
        (Field::Id, &["reference"]),
        (Field::Severity, &["severity.name"]),
        (
            Field::Start,
            &[
                "incident_timestamp_values[incident_timestamp.name=Impact started at].value.value",
                "incident_timestamp_values[incident_timestamp.name=Reported at].value.value",
                "created_at",
            ],
        ),
        (
            Field::End,
            &[
                "incident_timestamp_values[incident_timestamp.name=Fixed at].value.value",
                "incident_timestamp_values[incident_timestamp.name=Resolved at].value.value",
                "incident_timestamp_values[incident_timestamp.name=Closed at].value.value",
            ],
        ),
        (Field::State, &["incident_status.category"]),
        (Field::Kind, &["mode"]),
    ],
    kinds: KindWords { notices: &["test", "tutorial"], ..KindWords::NONE },
    note: "an incident starts with its impact, else when it was reported, and ends when it was fixed, resolved \
           or closed, whichever it has first",
    state_hints: false,
    ..Preset::LIST
};
