//! New Relic: incidents as `NrAiIncident` events.

use super::Preset;
use crate::availability::input::field::Field;
use crate::availability::input::lists::Item;
use serde_json::Value;
use std::collections::HashSet;

/// The result of a query of `NrAiIncident`.
pub(super) static JSON: Preset = Preset {
    name: "newrelic",
    summary: "New Relic incidents (JSON, NrAiIncident by NerdGraph)",
    example: "[{\"incidentId\": \"1\", \"event\": \"close\", \"openTime\": 1767607200000, \"closeTime\": 1767610800000, \"policyName\": \"Shop\", \"entity.name\": \"api\"}]",
    signature: &["incidentId", "event", "openTime"],
    prepare: Some(latest),
    fields: &[
        (Field::Id, &["incidentId"]),
        (Field::Service, &["entity.name", "targetName"]),
        (Field::Severity, &["priority"]),
        (Field::Cause, &["conditionName"]),
        (Field::Start, &["openTime"]),
        (Field::End, &["closeTime"]),
    ],
    note: "an incident has one event when it opens and one when it closes; they are read as one incident",
    ..Preset::LIST
};

/// Drops the opening events of incidents that have been closed.
fn latest(events: Vec<Item<'_>>) -> Vec<Item<'_>> {
    let text = |item: &Item<'_>, key: &str| item.value.get(key).map(Value::to_string);
    let is_close = |item: &&Item<'_>| item.value.get("event").and_then(Value::as_str) == Some("close");
    let closed: HashSet<Option<String>> =
        events.iter().filter(is_close).map(|item| text(item, "incidentId")).collect();
    let mut kept = events;
    kept.retain(|item| is_close(&item) || !closed.contains(&text(item, "incidentId")));
    kept
}
