//! Opsgenie: the alerts CSV.

use super::{Delimited, Kind, Preset, ServiceRule};
use crate::availability::evidence::Shape;
use crate::availability::input::field::Field;

/// Alerts CSV.
pub(super) static CSV: Preset = Preset {
    name: "opsgenie-csv",
    summary: "Opsgenie alerts export (CSV)",
    example: "Alert ID,Alias,TinyID,Message,Status,…,CreatedAt,CreatedAtDate,UpdatedAt,…",
    kind: Kind::Delimited(&Delimited {
        shape: Shape::Incidents,
        signature: &["Alert ID", "TinyID", "Message", "Status", "CreatedAt", "UpdatedAt"],
        columns: &[
            (Field::Id, &["Alert ID"]),
            (Field::Service, &["Message", "Teams"]),
            (Field::Severity, &["Priority"]),
            (Field::Start, &["CreatedAt"]),
            (Field::End, &["UpdatedAt"]),
            (Field::State, &["Status"]),
        ],
        last_row_counts: false,
        service: ServiceRule::InBrackets,
        unknown_states: &[],
        note: "the export has no closing time, so the last update of a closed alert is used; it has no time \
               of acknowledgement; the service is the [bracketed] word of the message, else the team",
    }),
};
