//! Prometheus Alertmanager: its alerts, from the API or as sent to a receiver.

use super::Preset;
use crate::availability::input::field::Field;

/// A list of alerts.
pub(super) static JSON: Preset = Preset {
    name: "alertmanager",
    summary: "Prometheus Alertmanager alerts (JSON, API v2 or webhook)",
    example: "[{\"labels\": {\"alertname\": \"ApiDown\", \"service\": \"api\"}, \"startsAt\": \"…\", \"endsAt\": \"…\", \"status\": {\"state\": \"active\"}}]",
    signature: &["labels.alertname", "startsAt", "endsAt"],
    fields: &[
        (Field::Id, &["fingerprint"]),
        (Field::Service, &["labels.service", "labels.job", "labels.alertname"]),
        (Field::Severity, &["labels.severity"]),
        (Field::Cause, &["labels.alertname"]),
        (Field::Start, &["startsAt"]),
        (Field::End, &["endsAt"]),
        (Field::State, &["status.state", "status"]),
    ],
    note: "an alert that is not resolved is open: its `endsAt` is when it would expire",
    state_hints: false,
    ..Preset::LIST
};
