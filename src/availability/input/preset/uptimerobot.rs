//! `UptimeRobot`: the event log of its dashboard, and the logs of its API.

use super::Preset;
use crate::availability::evidence::Shape;
use crate::availability::input::field::Field;
use crate::timeline::samples::State;

/// The events as exported by the dashboard.
pub(super) static CSV: Preset = Preset {
    name: "uptimerobot-csv",
    summary: "UptimeRobot event log (CSV): state changes",
    example: "Monitor,Event,Date-Time,Reason,Duration,Duration (in mins.)",
    shape: Shape::States,
    signature: &["Monitor", "Event", "Date-Time"],
    fields: &[(Field::Service, &["Monitor"]), (Field::Start, &["Date-Time"]), (Field::State, &["Event"])],
    states: &[("started", State::Up), ("paused", State::Unknown)],
    note: "`Started`, the beginning of the monitoring, counts as up; paused time is unknown; times are in the \
           time zone of the account",
    ..Preset::TABLE
};

/// The logs of monitors, from `getMonitors` with `logs=1`.
pub(super) static API: Preset = Preset {
    name: "uptimerobot-api",
    summary: "UptimeRobot monitors with their logs (JSON, API): state changes",
    example: "{\"monitors\": [{\"friendly_name\": \"api\", \"logs\": [{\"type\": 1, \"datetime\": 1767607200, \"duration\": 3600}]}]}",
    shape: Shape::States,
    signature: &["type", "datetime", "duration"],
    fields: &[
        (Field::Service, &["^.friendly_name", "^.url"]),
        (Field::Start, &["datetime"]),
        (Field::State, &["type"]),
    ],
    states: &[("1", State::Down), ("2", State::Up), ("98", State::Up), ("99", State::Unknown)],
    note: "the types of the log are 1 (down), 2 (up), 98 (started: up) and 99 (paused: unknown time)",
    ..Preset::LIST
};
