//! The fields that the columns of a log can hold.

use std::ops::{Index, IndexMut};

/// The meaning of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// The incident's identifier.
    Id,
    /// The service, or another unit of failure such as a host.
    Service,
    /// The severity.
    Severity,
    /// The cause.
    Cause,
    /// The column that `--by` names.
    Group,
    /// Start of the incident, or time of the state change or sample.
    Start,
    /// Time of detection.
    Detected,
    /// Time of acknowledgement.
    Acknowledged,
    /// Time at which the service was restored.
    End,
    /// State: up, down or unknown.
    State,
    /// Share of the service that was lost, 0 to 1.
    Weight,
    /// Seconds from the start to the acknowledgement.
    AckAfter,
    /// Order of the rows of an incident that has several.
    Order,
    /// The first column that `--where` names.
    Filter0,
    /// The second column that `--where` names.
    Filter1,
    /// The third column that `--where` names.
    Filter2,
    /// The fourth column that `--where` names.
    Filter3,
    /// Length of the incident, with its unit: `1h 30m`, `01:30:00`.
    Duration,
    /// Length of the incident in seconds.
    DurationS,
    /// Length of the incident in minutes.
    DurationMin,
    /// Length of the incident in hours.
    DurationH,
    /// Length of the incident in milliseconds.
    DurationMs,
    /// Kind of row, by which an export tells outages from notices and planned work.
    Kind,
    /// Time at which the service was put into service.
    InService,
}

/// The number of fields.
pub const FIELDS: usize = 24;

/// The fields of the columns that `--where` names, in order.
pub const FILTERS: [Field; 4] = [Field::Filter0, Field::Filter1, Field::Filter2, Field::Filter3];

/// The fields that hold times.
pub const TIMES: [Field; 5] =
    [Field::Start, Field::Detected, Field::Acknowledged, Field::End, Field::InService];

/// The fields that are stored in an [`Extra`](crate::availability::evidence::Extra).
pub const EXTRAS: [Field; 7] = [
    Field::Severity,
    Field::Cause,
    Field::Group,
    Field::Detected,
    Field::Acknowledged,
    Field::AckAfter,
    Field::Weight,
];

/// The fields that hold the length of an incident, each with the seconds of its unit; `None` where the cell
/// has a unit.
pub const DURATIONS: [(Field, Option<f64>); 5] = [
    (Field::Duration, None),
    (Field::DurationS, Some(1.0)),
    (Field::DurationMin, Some(60.0)),
    (Field::DurationH, Some(3_600.0)),
    (Field::DurationMs, Some(0.001)),
];

/// A field that `--columns` can name.
pub struct NamedField {
    /// The field.
    pub field: Field,
    /// Its name in `--columns`.
    pub name: &'static str,
    /// Its meaning, for the documentation.
    pub summary: &'static str,
    /// Column names that are recognised as the field, the most specific first.
    pub usual: &'static [&'static str],
}

/// All fields that `--columns` can name, with the recognised column names.
#[rustfmt::skip]
pub static NAMED: &[NamedField] = &[
    NamedField { field: Field::Start, name: "start",
        summary: "start of the incident; for states and samples: the time",
        usual: &["started_at", "start", "start_time", "started", "start_at", "start_date", "begin", "began_at",
            "began", "from", "downtime_start", "outage_start", "incident_start", "impact_start", "fault_occurs",
            "prob_started", "occurred_at", "triggered_at", "opened_at", "opened", "time_created", "created_at",
            "created_on", "created", "time", "timestamp", "at", "ts", "date", "datetime", "date_time",
            "beginn", "startzeit", "von"] },
    NamedField { field: Field::End, name: "end",
        summary: "time at which the service was restored; empty while the incident is open",
        usual: &["resolved_at", "end", "end_time", "ended_at", "ended", "end_at", "end_date", "resolved",
            "resolved_on", "until", "to", "downtime_end", "outage_end", "incident_end", "impact_end",
            "restored_at", "recovered_at", "recovery_time", "fixed_at", "prob_fixed", "time_resolved", "time_end", "mitigated_at",
            "closed_at", "closed", "ende", "endzeit", "bis", "behoben_am", "wiederherstellung"] },
    NamedField { field: Field::Service, name: "service",
        summary: "the service, or another unit of failure such as a host",
        usual: &["service", "service_name", "component", "components", "system", "application", "app", "host",
            "hostname", "node", "monitor", "monitor_name", "monitor_id", "target", "instance", "cmdb_ci",
            "affected_service", "check", "job"] },
    NamedField { field: Field::Severity, name: "severity",
        summary: "severity of the incident",
        usual: &["severity", "sev", "priority", "impact", "urgency", "level"] },
    NamedField { field: Field::Cause, name: "cause",
        summary: "cause of the incident",
        usual: &["cause", "root_cause", "category", "reason", "cause_code", "caused_by"] },
    NamedField { field: Field::Detected, name: "detected",
        summary: "time of detection",
        usual: &["detected_at", "detected", "detection_time", "noticed_at", "alerted_at"] },
    NamedField { field: Field::Acknowledged, name: "acknowledged",
        summary: "time of acknowledgement",
        usual: &["acknowledged_at", "acknowledged", "acked_at", "ack_at", "ack", "acknowledged_on",
            "declared_at", "declared", "work_start", "responded_at"] },
    NamedField { field: Field::Id, name: "id",
        summary: "identifier of the incident",
        usual: &["id", "incident_id", "number", "incident", "key", "incident_number", "ticket"] },
    NamedField { field: Field::State, name: "state",
        summary: "up, down or unknown (states and samples)",
        usual: &["up", "ok", "success", "healthy", "probe_success", "state", "status", "value"] },
    NamedField { field: Field::Weight, name: "weight",
        summary: "share of the service that was lost, 0 to 1",
        usual: &["weight", "impact_share", "affected_share"] },
    NamedField { field: Field::AckAfter, name: "ack_after_s",
        summary: "seconds from the start to the acknowledgement",
        usual: &["seconds_to_first_ack", "seconds_to_ack"] },
    NamedField { field: Field::InService, name: "in_service",
        summary: "time at which the service or unit was put into service; it does not count before",
        usual: &["in_service", "in_service_from", "in_service_since", "installed", "installed_at", "install_date",
            "commissioned", "commissioned_at"] },
    NamedField { field: Field::Duration, name: "duration",
        summary: "length of the incident with its unit (1h 30m, 01:30:00), where it has no end",
        usual: &["duration", "downtime", "outage_duration", "incident_duration"] },
    NamedField { field: Field::DurationS, name: "duration_s",
        summary: "length of the incident in seconds, where it has no end",
        usual: &["duration_s", "duration_sec", "duration_secs", "duration_seconds", "duration_in_seconds",
            "downtime_s", "downtime_sec", "downtime_seconds", "downtime_in_seconds"] },
    NamedField { field: Field::DurationMin, name: "duration_min",
        summary: "length of the incident in minutes, where it has no end",
        usual: &["duration_min", "duration_mins", "duration_minutes", "duration_in_minutes", "duration_in_mins",
            "downtime_min", "downtime_mins", "downtime_minutes", "downtime_in_minutes", "outage_minutes"] },
    NamedField { field: Field::DurationH, name: "duration_h",
        summary: "length of the incident in hours, where it has no end",
        usual: &["duration_h", "duration_hrs", "duration_hours", "duration_in_hours", "downtime_h",
            "downtime_hrs", "downtime_hours", "downtime_in_hours", "outage_hours"] },
    NamedField { field: Field::DurationMs, name: "duration_ms",
        summary: "length of the incident in milliseconds, where it has no end",
        usual: &["duration_ms", "duration_msec", "duration_millis", "duration_milliseconds", "duration_in_ms",
            "downtime_ms", "downtime_millis", "downtime_in_ms"] },
];

impl Field {
    /// Returns the name used in `--columns` and in messages.
    pub fn name(self) -> &'static str {
        let named = NAMED.iter().find(|named| named.field == self);
        let unnamed = if self == Self::Kind { "kind" } else { "filter" };
        named.map_or(unnamed, |named| named.name)
    }

    /// Returns the field of a name in `--columns`.
    pub fn named(name: &str) -> Option<Self> {
        NAMED.iter().find(|named| named.name == name).map(|named| named.field)
    }
}

/// A value for each field.
#[derive(Debug, Clone, Copy, Default)]
pub struct ByField<T>([T; FIELDS]);

impl<T> Index<Field> for ByField<T> {
    type Output = T;

    #[inline]
    fn index(&self, field: Field) -> &T {
        &self.0[field as usize]
    }
}

impl<T> IndexMut<Field> for ByField<T> {
    #[inline]
    fn index_mut(&mut self, field: Field) -> &mut T {
        &mut self.0[field as usize]
    }
}

/// Access to the cells of one row. Cells are looked up on demand, since most rows need few of their
/// fields.
pub trait Cells {
    /// Returns the cell of a field; empty if the log does not have it.
    fn cell(&self, field: Field) -> &[u8];
}

/// One row that owns its cells, as readers of structured documents produce it.
#[derive(Debug, Clone)]
pub struct Record {
    /// The row's number in its input, from 1.
    pub row: u32,
    /// The cells by field.
    pub cells: ByField<Option<Box<str>>>,
    /// Whether an earlier record, of another service, stands for the same incident.
    pub repeated: bool,
}

impl Record {
    /// Creates a record without cells.
    pub fn new(row: u32) -> Self {
        Self { row, cells: ByField::default(), repeated: false }
    }

    /// Sets the cell of a field.
    pub fn set(&mut self, field: Field, text: impl Into<Box<str>>) {
        self.cells[field] = Some(text.into());
    }

    /// Returns the cell of a field.
    pub fn get(&self, field: Field) -> Option<&str> {
        self.cells[field].as_deref()
    }
}

impl Cells for Record {
    fn cell(&self, field: Field) -> &[u8] {
        self.get(field).unwrap_or_default().as_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::{FIELDS, Field, NAMED};

    #[test]
    fn the_number_of_fields_is_right() {
        assert_eq!(Field::InService as usize + 1, FIELDS);
    }

    #[test]
    fn no_column_name_belongs_to_two_fields() {
        let mut seen = std::collections::HashMap::new();
        for named in NAMED {
            for usual in named.usual {
                assert_eq!(seen.insert(*usual, named.name), None, "{usual}");
            }
        }
    }
}
