//! Opsgenie: the alerts CSV.

use super::Preset;
use crate::availability::input::field::Field;
use crate::availability::input::plan::ServiceRule;

/// Alerts CSV.
pub(super) static CSV: Preset = Preset {
    name: "opsgenie-csv",
    summary: "Opsgenie alerts export (CSV)",
    example: "Alert ID,Alias,TinyID,Message,Status,…,CreatedAt,CreatedAtDate,UpdatedAt,…",
    signature: &["Alert ID", "TinyID", "Message", "Status", "CreatedAt", "UpdatedAt"],
    fields: &[
        (Field::Id, &["Alert ID"]),
        (Field::Service, &["Message", "Teams"]),
        (Field::Severity, &["Priority"]),
        (Field::Start, &["CreatedAt"]),
        (Field::End, &["UpdatedAt"]),
        (Field::State, &["Status"]),
    ],
    service: ServiceRule::InBrackets,
    note: "the export has no closing time, so the last update of a closed alert is used; it has no time \
           of acknowledgement; the service is the [bracketed] word of the message, else the team",
    state_hints: false,
    ..Preset::TABLE
};

/// The alerts of the API with their reports, which have the time to closing.
pub(super) static REPORTED: Preset = Preset {
    name: "opsgenie-api",
    summary: "Opsgenie alerts (JSON, API)",
    example: "{\"data\": [{\"id\": \"…\", \"tinyId\": \"101\", \"message\": \"api down\", \"status\": \"closed\", \"createdAt\": \"…\", \"updatedAt\": \"…\", \"report\": {\"closeTime\": 60503}}]}",
    signature: &["tinyId", "message", "status", "createdAt", "updatedAt", "report"],
    fields: &[
        (Field::Id, &["id"]),
        (Field::Service, &["entity", "alias"]),
        (Field::Severity, &["priority"]),
        (Field::Start, &["createdAt"]),
        (Field::DurationMs, &["report.closeTime"]),
        (Field::State, &["status"]),
    ],
    state_hints: false,
    ..Preset::LIST
};

/// The alerts of the API without their reports.
pub(super) static API: Preset = Preset {
    name: "opsgenie-api-brief",
    summary: "Opsgenie alerts without their reports (JSON, API)",
    example: "{\"data\": [{\"id\": \"…\", \"tinyId\": \"101\", \"message\": \"api down\", \"status\": \"closed\", \"createdAt\": \"…\", \"updatedAt\": \"…\"}]}",
    signature: &["tinyId", "message", "status", "createdAt", "updatedAt"],
    fields: &[
        (Field::Id, &["id"]),
        (Field::Service, &["entity", "alias"]),
        (Field::Severity, &["priority"]),
        (Field::Start, &["createdAt"]),
        (Field::End, &["updatedAt"]),
        (Field::State, &["status"]),
    ],
    note: "without its report an alert has no closing time, so the last update of a closed alert is used",
    state_hints: false,
    ..Preset::LIST
};
