//! PagerDuty: the CSV report of incidents, and the incident list of the REST API.

use super::{Delimited, Json, Kind, Preset, ServiceRule};
use crate::availability::evidence::Shape;
use crate::availability::input::field::Field;

/// Incidents CSV.
pub(super) static CSV: Preset = Preset {
    name: "pagerduty-csv",
    summary: "PagerDuty incidents report (CSV)",
    example: "id,incident_number,description,service_id,service_name,created_on,resolved_on,seconds_to_first_ack,…",
    kind: Kind::Delimited(&Delimited {
        shape: Shape::Incidents,
        signature: &["incident_number", "service_name", "created_on", "resolved_on", "seconds_to_first_ack"],
        columns: &[
            (Field::Id, &["id", "incident_number"]),
            (Field::Service, &["service_name"]),
            (Field::Severity, &["priority", "urgency"]),
            (Field::Start, &["created_on"]),
            (Field::End, &["resolved_on"]),
            (Field::AckAfter, &["seconds_to_first_ack"]),
        ],
        last_row_counts: false,
        service: ServiceRule::AsWritten,
        unknown_states: &[],
        note: "PagerDuty records when an alert was created, not when the service failed, so there is no MTTD",
    }),
};

/// The list of incidents of the REST API, version 2.
pub(super) static API: Preset = Preset {
    name: "pagerduty-api",
    summary: "PagerDuty REST API v2, GET /incidents (JSON)",
    example: "{\"incidents\": [{\"incident_number\": 101, \"created_at\": \"…\", \"service\": {\"summary\": \"api\"}, \"urgency\": \"high\"}]}",
    kind: Kind::Json(&Json {
        shape: Shape::Incidents,
        signature: &["incident_number", "created_at", "service.summary", "urgency"],
        each: None,
        paths: &[
            (Field::Id, &["id"]),
            (Field::Service, &["service.summary"]),
            (Field::Severity, &["priority.summary", "urgency"]),
            (Field::Start, &["created_at"]),
            (Field::Acknowledged, &["acknowledgements.0.at"]),
            (Field::End, &["resolved_at"]),
        ],
        note: "the API drops acknowledgements of resolved incidents, so MTTA covers open incidents only",
    }),
};
