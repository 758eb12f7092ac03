//! ServiceNow: the incident list, and the audit log with a row for every change.

use super::Preset;
use crate::availability::input::field::Field;
use crate::availability::input::plan::KindWords;

/// The number of the state Canceled.
const CANCELED: KindWords = KindWords { notices: &["8"], ..KindWords::NONE };

/// The numbers of the states Resolved and Closed.
const OVER: &[&str] = &["6", "7"];

/// The exported incident list.
pub(super) static EXPORT: Preset = Preset {
    name: "servicenow-csv",
    summary: "ServiceNow incident list (CSV)",
    example: "number,short_description,cmdb_ci,priority,state,opened_at,work_start,resolved_at,closed_at",
    signature: &["number", "opened_at", "resolved_at", "cmdb_ci"],
    fields: &[
        (Field::Id, &["number"]),
        (Field::Service, &["business_service", "cmdb_ci", "category"]),
        (Field::Severity, &["priority", "severity"]),
        (Field::Cause, &["close_code", "closed_code", "cause"]),
        (Field::Start, &["opened_at"]),
        (Field::Acknowledged, &["work_start"]),
        (Field::End, &["resolved_at", "closed_at"]),
        (Field::State, &["incident_state", "state"]),
        (Field::Kind, &["incident_state", "state"]),
    ],
    kinds: CANCELED,
    over: OVER,
    ..Preset::TABLE
};

/// The audit log: a row for every change of an incident.
pub(super) static AUDIT_LOG: Preset = Preset {
    name: "servicenow-audit",
    summary: "ServiceNow incident audit log (CSV): several rows per incident, the last state counts",
    example: "number,incident_state,…,sys_mod_count,…,opened_at,…,sys_updated_at,…,cmdb_ci,…,resolved_at,closed_at",
    signature: &["number", "incident_state", "sys_mod_count", "opened_at", "resolved_at", "cmdb_ci"],
    fields: &[
        (Field::Id, &["number"]),
        (Field::Service, &["cmdb_ci", "category"]),
        (Field::Severity, &["priority"]),
        (Field::Cause, &["closed_code"]),
        (Field::Start, &["opened_at"]),
        (Field::End, &["resolved_at"]),
        (Field::Order, &["sys_mod_count"]),
    ],
    last_row_counts: true,
    ..Preset::TABLE
};

/// The answer of the Table API.
pub(super) static API: Preset = Preset {
    name: "servicenow-api",
    summary: "ServiceNow incidents (JSON, Table API)",
    example: "{\"result\": [{\"sys_id\": \"…\", \"number\": \"INC1\", \"cmdb_ci\": {\"display_value\": \"api\"}, \"opened_at\": \"…\", \"resolved_at\": \"…\", \"closed_at\": \"…\"}]}",
    signature: &["sys_id", "number", "opened_at"],
    fields: &[
        (Field::Id, &["number"]),
        (
            Field::Service,
            &[
                "business_service.display_value",
                "cmdb_ci.display_value",
                "business_service",
                "cmdb_ci",
                "cmdb_ci.value",
            ],
        ),
        (Field::Severity, &["priority"]),
        (Field::Cause, &["close_code"]),
        (Field::Start, &["opened_at"]),
        (Field::Acknowledged, &["work_start"]),
        (Field::End, &["resolved_at", "closed_at"]),
        (Field::State, &["incident_state", "state"]),
        (Field::Kind, &["incident_state", "state"]),
    ],
    kinds: CANCELED,
    over: OVER,
    note: "times are in the time zone of the user who made the request, or in UTC with \
           sysparm_display_value=false",
    ..Preset::LIST
};
