//! PagerDuty: the CSV report of incidents, and the incident list of the REST API.

use super::Preset;
use crate::availability::input::field::Field;

/// Incidents CSV.
pub(super) static CSV: Preset = Preset {
    name: "pagerduty-csv",
    summary: "PagerDuty incidents report (CSV)",
    example: "id,incident_number,description,service_id,service_name,created_on,resolved_on,seconds_to_first_ack,…",
    signature: &["incident_number", "service_name", "created_on", "resolved_on", "seconds_to_first_ack"],
    fields: &[
        (Field::Id, &["id", "incident_number"]),
        (Field::Service, &["service_name"]),
        (Field::Severity, &["priority", "urgency"]),
        (Field::Start, &["created_on"]),
        (Field::End, &["resolved_on"]),
        (Field::AckAfter, &["seconds_to_first_ack"]),
    ],
    note: "PagerDuty records when an alert was created, not when the service failed, so there is no MTTD",
    ..Preset::TABLE
};

/// The list of incidents of the REST API, version 2.
pub(super) static API: Preset = Preset {
    name: "pagerduty-api",
    summary: "PagerDuty REST API v2, GET /incidents (JSON)",
    example: "{\"incidents\": [{\"incident_number\": 101, \"created_at\": \"…\", \"service\": {\"summary\": \"api\"}, \"urgency\": \"high\"}]}",
    signature: &["incident_number", "created_at", "service.summary", "urgency"],
    fields: &[
        (Field::Id, &["id"]),
        (Field::Service, &["service.summary"]),
        (Field::Severity, &["priority.summary", "urgency"]),
        (Field::Start, &["created_at"]),
        (Field::Acknowledged, &["acknowledgements.0.at"]),
        (Field::End, &["resolved_at", "last_status_change_at"]),
        (Field::State, &["status"]),
    ],
    state_hints: false,
    note: "the API drops acknowledgements of resolved incidents, so MTTA covers open incidents only",
    ..Preset::LIST
};

/// Raw incidents of the Analytics API.
pub(super) static ANALYTICS: Preset = Preset {
    name: "pagerduty-analytics",
    summary: "PagerDuty Analytics raw incidents (JSON, API)",
    example: "{\"time_zone\": \"Etc/UTC\", \"data\": [{\"incident_number\": 101, \"service_name\": \"api\", \"created_at\": \"…\", \"resolved_at\": \"…\", \"seconds_to_first_ack\": 300}]}",
    signature: &["incident_number", "service_name", "created_at", "resolved_at", "seconds_to_first_ack"],
    fields: &[
        (Field::Id, &["incident_number", "id"]),
        (Field::Service, &["service_name"]),
        (Field::Severity, &["priority_name", "urgency"]),
        (Field::Start, &["created_at"]),
        (Field::End, &["resolved_at"]),
        (Field::AckAfter, &["seconds_to_first_ack"]),
    ],
    zone_path: "time_zone",
    note: "PagerDuty records when an alert was created, not when the service failed, so there is no MTTD",
    ..Preset::LIST
};
