//! Grafana: annotations, which mark outages by hand or record the states of alerts, and alert groups of `OnCall`.

use super::Preset;
use crate::availability::evidence::Shape;
use crate::availability::input::field::Field;
use crate::availability::input::plan::KindWords;
use crate::timeline::samples::State;
use serde_json::Value;

/// Annotations with a start and an end.
pub(super) static ANNOTATIONS: Preset = Preset {
    name: "grafana-annotations",
    summary: "Grafana annotations with a start and an end (JSON, API)",
    example: "[{\"id\": 1, \"newState\": \"\", \"time\": 1767607200000, \"timeEnd\": 1767610800000, \"tags\": [\"outage\"]}]",
    signature: &["time", "timeEnd", "tags"],
    is_of: |annotation| !is_of_alert(annotation),
    fields: &[
        (Field::Id, &["id"]),
        (Field::Start, &["time"]),
        (Field::End, &["timeEnd"]),
        (Field::Kind, &["newState"]),
    ],
    kinds: KindWords { notices: &["*"], ..KindWords::NONE },
    note: "every annotation counts as an outage; the service is one of its tags: --columns service=tags.0",
    ..Preset::LIST
};

/// Annotations that record the states of alerts.
pub(super) static ALERTS: Preset = Preset {
    name: "grafana-alerts",
    summary: "Grafana annotations of alerts (JSON, API): state changes",
    example: "[{\"alertName\": \"api\", \"newState\": \"Alerting\", \"time\": 1767607200000, \"timeEnd\": 1767607200000, \"tags\": []}]",
    shape: Shape::States,
    signature: &["time", "newState", "alertName"],
    is_of: is_of_alert,
    fields: &[
        (Field::Service, &["alertName"]),
        (Field::Start, &["time"]),
        (Field::State, &["newState"]),
        (Field::Kind, &["newState"]),
    ],
    kinds: KindWords { notices: &[""], ..KindWords::NONE },
    states: &[("pending", State::Up), ("nodata", State::Unknown), ("error", State::Unknown)],
    note: "Alerting is down; Pending counts as up, since the alert does not fire yet; NoData and Error are \
           unknown time",
    ..Preset::LIST
};

fn is_of_alert(annotation: &Value) -> bool {
    annotation.get("newState").and_then(Value::as_str).is_some_and(|state| !state.is_empty())
}

/// Alert groups of Grafana `OnCall`.
pub(super) static ONCALL: Preset = Preset {
    name: "grafana-oncall",
    summary: "Grafana OnCall alert groups (JSON, API)",
    example: "{\"results\": [{\"id\": \"I1\", \"integration_id\": \"C1\", \"alerts_count\": 2, \"state\": \"resolved\", \"created_at\": \"…\", \"acknowledged_at\": \"…\", \"resolved_at\": \"…\"}]}",
    signature: &["alerts_count", "state", "created_at", "resolved_at"],
    fields: &[
        (Field::Id, &["id"]),
        (Field::Service, &["integration_id"]),
        (Field::Start, &["created_at"]),
        (Field::Acknowledged, &["acknowledged_at"]),
        (Field::End, &["resolved_at"]),
    ],
    note: "services are integrations",
    ..Preset::LIST
};
