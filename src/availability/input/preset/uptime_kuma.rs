//! Uptime Kuma: the heartbeat table.

use super::Preset;
use crate::availability::evidence::Shape;
use crate::availability::input::field::Field;
use crate::timeline::samples::State;

/// The heartbeat table as CSV.
pub(super) static CSV: Preset = Preset {
    name: "uptime-kuma",
    summary: "Uptime Kuma heartbeat table (CSV)",
    example: "id,important,monitor_id,status,msg,time,ping,duration,down_count",
    shape: Shape::Samples,
    signature: &["monitor_id", "status", "time", "ping", "important"],
    fields: &[
        (Field::Service, &["monitor_name", "monitor_id"]),
        (Field::Start, &["time"]),
        (Field::State, &["status"]),
    ],
    states: &[("2", State::Unknown), ("3", State::Unknown)],
    note: "services are monitor numbers; the heartbeat states 2 (pending) and 3 (maintenance) count as \
           unknown time",
    ..Preset::TABLE
};
