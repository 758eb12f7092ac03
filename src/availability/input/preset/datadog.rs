//! Datadog: the incidents of its API.

use super::Preset;
use crate::availability::input::field::Field;
use crate::availability::input::json_path::at;
use crate::availability::input::lists::Item;
use crate::availability::input::plan::KindWords;
use serde_json::Value;

/// The list of incidents.
pub(super) static JSON: Preset = Preset {
    name: "datadog",
    summary: "Datadog incidents (JSON, API v2)",
    example: "{\"data\": [{\"type\": \"incidents\", \"attributes\": {\"customer_impacted\": true, \"customer_impact_start\": \"…\", \"customer_impact_end\": \"…\", \"detected\": \"…\", \"fields\": {\"services\": {\"value\": [\"api\"]}}}}]}",
    signature: &["attributes.customer_impact_start", "attributes.customer_impact_end", "attributes.fields"],
    each: Some("attributes.fields.services.value"),
    fields: &[
        (Field::Id, &["attributes.public_id", "id"]),
        (Field::Service, &["@"]),
        (Field::Severity, &["attributes.severity"]),
        (Field::Cause, &["attributes.fields.root_cause.value"]),
        (Field::Start, &["attributes.customer_impact_start"]),
        (Field::Detected, &["attributes.detected"]),
        (Field::End, &["attributes.customer_impact_end", "attributes.resolved"]),
        (Field::State, &["attributes.state", "attributes.fields.state.value"]),
        (Field::Kind, &["attributes.customer_impacted"]),
    ],
    kinds: KindWords { notices: &["false"], ..KindWords::NONE },
    prepare: Some(without_tests),
    note: "an incident is down from customer_impact_start to customer_impact_end; one without impact on \
           customers is no outage, nor is one with is_test",
    ..Preset::LIST
};

fn without_tests(mut items: Vec<Item<'_>>) -> Vec<Item<'_>> {
    items.retain(|item| at(item.value, "attributes.is_test") != Some(&Value::Bool(true)));
    items
}
