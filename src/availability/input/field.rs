//! What a column of a log can be.

/// The meaning of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// The incident's own number.
    Id,
    /// The service, or whatever else fails as a unit.
    Service,
    /// How bad it was.
    Severity,
    /// Why it happened.
    Cause,
    /// The column that `--by` names.
    Group,
    /// When the incident began; of a state change or a sample: when.
    Start,
    /// When it was noticed.
    Detected,
    /// When somebody took it.
    Acknowledged,
    /// When service was restored.
    End,
    /// Up or down.
    State,
    /// The share of the service that was lost, 0 to 1.
    Weight,
    /// Seconds from the start to the acknowledgement.
    AckAfter,
    /// The order of an incident's rows where it has several.
    Order,
    /// The first column that `--where` names.
    Filter0,
    /// The second column that `--where` names.
    Filter1,
    /// The third column that `--where` names.
    Filter2,
    /// The fourth column that `--where` names.
    Filter3,
}

/// How many fields there are.
pub const FIELDS: usize = 17;

/// The columns that `--where` may name, in order.
pub const FILTERS: [Field; 4] = [Field::Filter0, Field::Filter1, Field::Filter2, Field::Filter3];

/// The fields that hold times.
pub const TIMES: [Field; 4] = [Field::Start, Field::Detected, Field::Acknowledged, Field::End];

/// A field that `--columns` can name.
pub struct NamedField {
    /// The field.
    pub field: Field,
    /// Its name in `--columns`.
    pub name: &'static str,
    /// What it means, for the documentation.
    pub summary: &'static str,
    /// Column names that are taken for it without being told, most telling first.
    pub usual: &'static [&'static str],
}

/// All fields that `--columns` can name, with the column names that are recognised.
pub static NAMED: &[NamedField] = &[
    NamedField {
        field: Field::Start,
        name: "start",
        summary: "when the incident began; for states and samples: when",
        usual: &[
            "started_at",
            "start",
            "start_time",
            "started",
            "start_at",
            "start_date",
            "begin",
            "began_at",
            "began",
            "from",
            "downtime_start",
            "outage_start",
            "incident_start",
            "impact_start",
            "fault_occurs",
            "prob_started",
            "opened_at",
            "opened",
            "created_at",
            "created_on",
            "created",
            "time",
            "timestamp",
            "at",
            "ts",
            "date",
            "datetime",
        ],
    },
    NamedField {
        field: Field::End,
        name: "end",
        summary: "when service was restored; empty while the incident is open",
        usual: &[
            "resolved_at",
            "end",
            "end_time",
            "ended_at",
            "ended",
            "end_at",
            "end_date",
            "resolved",
            "resolved_on",
            "until",
            "to",
            "downtime_end",
            "outage_end",
            "incident_end",
            "impact_end",
            "restored_at",
            "recovered_at",
            "fixed_at",
            "prob_fixed",
            "closed_at",
            "closed",
        ],
    },
    NamedField {
        field: Field::Service,
        name: "service",
        summary: "the service, or whatever else fails as a unit",
        usual: &[
            "service",
            "service_name",
            "component",
            "components",
            "system",
            "application",
            "app",
            "host",
            "hostname",
            "node",
            "monitor",
            "monitor_name",
            "monitor_id",
            "target",
            "instance",
            "cmdb_ci",
            "affected_service",
            "check",
            "job",
        ],
    },
    NamedField {
        field: Field::Severity,
        name: "severity",
        summary: "how bad it was",
        usual: &["severity", "sev", "priority", "impact", "urgency", "level"],
    },
    NamedField {
        field: Field::Cause,
        name: "cause",
        summary: "why it happened",
        usual: &["cause", "root_cause", "category", "reason", "cause_code", "caused_by"],
    },
    NamedField {
        field: Field::Detected,
        name: "detected",
        summary: "when somebody or something noticed",
        usual: &["detected_at", "detected", "detection_time", "noticed_at", "alerted_at"],
    },
    NamedField {
        field: Field::Acknowledged,
        name: "acknowledged",
        summary: "when somebody took it",
        usual: &[
            "acknowledged_at",
            "acknowledged",
            "acked_at",
            "ack_at",
            "ack",
            "acknowledged_on",
            "declared_at",
            "declared",
            "work_start",
            "responded_at",
        ],
    },
    NamedField {
        field: Field::Id,
        name: "id",
        summary: "the incident's own number",
        usual: &["id", "incident_id", "number", "incident", "key", "incident_number", "ticket"],
    },
    NamedField {
        field: Field::State,
        name: "state",
        summary: "up or down (states and samples)",
        usual: &["up", "ok", "success", "healthy", "probe_success", "state", "status", "value"],
    },
    NamedField {
        field: Field::Weight,
        name: "weight",
        summary: "the share of the service that was lost, 0 to 1",
        usual: &["weight", "impact_share", "affected_share"],
    },
    NamedField {
        field: Field::AckAfter,
        name: "ack_after_s",
        summary: "seconds from the start to the acknowledgement",
        usual: &["seconds_to_first_ack", "seconds_to_ack"],
    },
];

impl Field {
    /// The field's name in `--columns` and in messages.
    pub fn name(self) -> &'static str {
        let named = NAMED.iter().find(|named| named.field == self);
        named.map_or("filter", |named| named.name)
    }

    /// The field of a name in `--columns`.
    pub fn named(name: &str) -> Option<Self> {
        NAMED.iter().find(|named| named.name == name).map(|named| named.field)
    }
}

/// The cells of one row. They are looked up where they stand: most rows are asked for few of their fields.
pub trait Cells {
    /// The cell of a field; empty where the log does not have it.
    fn cell(&self, field: Field) -> &[u8];
}

/// One row with its own copy of its cells: what readers of small, structured documents produce.
#[derive(Debug, Clone)]
pub struct Record {
    /// The row's number in its input, from 1.
    pub row: u32,
    /// The cells by field.
    pub cells: [Option<Box<str>>; FIELDS],
    /// Another service's row of an incident that stands in an earlier record.
    pub repeated: bool,
}

impl Record {
    /// A record without cells.
    pub fn new(row: u32) -> Self {
        Self { row, cells: [const { None }; FIELDS], repeated: false }
    }

    /// Sets the cell of a field.
    pub fn set(&mut self, field: Field, text: impl Into<Box<str>>) {
        if let Some(slot) = self.cells.get_mut(field as usize) {
            *slot = Some(text.into());
        }
    }

    /// The cell of a field.
    pub fn get(&self, field: Field) -> Option<&str> {
        self.cells.get(field as usize)?.as_deref()
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
    fn there_are_as_many_fields_as_slots() {
        assert_eq!(Field::Filter3 as usize + 1, FIELDS);
    }

    #[test]
    fn no_column_name_is_claimed_by_two_fields() {
        let mut seen = std::collections::HashMap::new();
        for named in NAMED {
            for usual in named.usual {
                assert_eq!(seen.insert(*usual, named.name), None, "{usual}");
            }
        }
    }
}
