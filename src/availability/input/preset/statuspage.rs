//! Atlassian Statuspage: the list of incidents from its API or an archive.

use super::Preset;
use crate::availability::input::field::Field;

/// The list of incidents.
pub(super) static JSON: Preset = Preset {
    name: "statuspage",
    summary: "Atlassian Statuspage incidents (JSON, API or archive)",
    example: "{\"incidents\": [{\"impact\": \"critical\", \"created_at\": \"…\", \"started_at\": \"…\", \"resolved_at\": \"…\", \"components\": [{\"name\": \"api\"}], \"shortlink\": \"…\", \"incident_updates\": […]}]}",
    signature: &["impact", "created_at", "shortlink", "incident_updates"],
    each: Some("components"),
    fields: &[
        (Field::Id, &["id"]),
        (Field::Service, &["@.name"]),
        (Field::Severity, &["impact"]),
        (Field::Start, &["started_at", "created_at"]),
        (Field::End, &["resolved_at"]),
    ],
    note: "an incident of several components is an outage of each; where started_at is missing, \
           created_at is used",
    ..Preset::LIST
};
