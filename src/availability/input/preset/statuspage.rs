//! Atlassian Statuspage: the list of incidents from its API or an archive.

use super::Preset;
use crate::availability::input::field::Field;
use crate::availability::input::plan::KindWords;
use serde_json::Value;

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
        (Field::End, &["resolved_at", "incident_updates[status=resolved].created_at"]),
        (Field::State, &["status"]),
        (Field::Kind, &["impact"]),
    ],
    kinds: KindWords { notices: &["none"], ..KindWords::NONE },
    roster: Some(components),
    note: "incidents of the impact `none` are no outages; an incident of several components is an outage of each; where started_at is missing, \
           created_at is used",
    ..Preset::LIST
};

/// Returns the components of a page but for those that group others: one without an incident was up.
fn components(document: &Value) -> Vec<&str> {
    let components = document.get("components").and_then(Value::as_array);
    let single = components
        .into_iter()
        .flatten()
        .filter(|component| component.get("group") != Some(&Value::Bool(true)));
    single.filter_map(|component| component.get("name")?.as_str()).collect()
}

/// The list of scheduled maintenances.
pub(super) static MAINTENANCE: Preset = Preset {
    name: "statuspage-maintenance",
    summary: "Atlassian Statuspage scheduled maintenances (JSON, API): planned maintenance",
    example: "{\"scheduled_maintenances\": [{\"impact\": \"maintenance\", \"scheduled_for\": \"…\", \"scheduled_until\": \"…\", \"created_at\": \"…\", \"shortlink\": \"…\", \"components\": [{\"name\": \"api\"}], \"incident_updates\": []}]}",
    signature: &["scheduled_for", "scheduled_until", "created_at", "shortlink", "incident_updates"],
    each: Some("components"),
    fields: &[
        (Field::Id, &["id"]),
        (Field::Service, &["@.name"]),
        (Field::Start, &["started_at", "scheduled_for"]),
        (Field::End, &["resolved_at", "scheduled_until"]),
        (Field::Kind, &["scheduled_for"]),
    ],
    kinds: KindWords { planned: &["*"], ..KindWords::NONE },
    ..Preset::LIST
};
