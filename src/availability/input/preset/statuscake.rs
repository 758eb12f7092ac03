//! `StatusCake`: alerts and periods of a check.

use super::Preset;
use crate::availability::evidence::Shape;
use crate::availability::input::field::Field;
use serde_json::Value;

/// The alerts of one check.
pub(super) static ALERTS: Preset = Preset {
    name: "statuscake-alerts",
    summary: "StatusCake alerts of a check (JSON, API): state changes",
    example: "{\"data\": [{\"id\": \"1\", \"status\": \"down\", \"status_code\": 500, \"triggered_at\": \"…\"}]}",
    shape: Shape::States,
    signature: &["status", "status_code", "triggered_at"],
    fields: &[(Field::Start, &["triggered_at"]), (Field::State, &["status"])],
    ..Preset::LIST
};

/// The periods of one check.
pub(super) static PERIODS: Preset = Preset {
    name: "statuscake-periods",
    summary: "StatusCake periods of a check (JSON, API)",
    example: "{\"data\": [{\"status\": \"down\", \"created_at\": \"…\", \"ended_at\": \"…\", \"duration\": 3600000}]}",
    shape: Shape::Periods,
    signature: &["status", "created_at"],
    is_of,
    fields: &[(Field::Start, &["created_at"]), (Field::End, &["ended_at"]), (Field::State, &["status"])],
    note: "periods of the status `up` are no outages; the current period has no end",
    ..Preset::LIST
};

fn is_of(period: &Value) -> bool {
    const KEYS: [&str; 4] = ["status", "created_at", "ended_at", "duration"];
    period.as_object().is_some_and(|period| period.keys().all(|key| KEYS.contains(&key.as_str())))
}
