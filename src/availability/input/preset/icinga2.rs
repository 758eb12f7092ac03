//! Icinga 2: the event streams of its API. Only hard states count.

use super::hosts::{Event, HostLog, KINDS, Said, Subject};
use super::{Kind, Preset};
use crate::base::time::Timestamp;
use serde::Deserialize;

/// A recorded event stream.
pub(super) static EVENTS: Preset = Preset {
    name: "icinga2",
    summary: "Icinga 2 event stream of the API (JSON Lines): outages from hard CRITICAL/DOWN states",
    example: "{\"type\": \"StateChange\", \"timestamp\": 1767607200.5, \"host\": \"web1\", \"service\": \"api\", \"state\": 2, \"state_type\": 1}",
    kinds: KINDS,
    note: "downtimes (DowntimeTriggered, DowntimeRemoved) are planned maintenance; time before the first day of the \
           file is unknown",
    kind: Kind::Lines { sniff, start: || HostLog::parser(read) },
    ..Preset::TABLE
};

/// A line of a stream. Icinga writes its numbers with or without a fraction.
#[derive(Deserialize)]
struct Line {
    #[serde(rename = "type")]
    kind: String,
    timestamp: f64,
    host: Option<String>,
    service: Option<String>,
    state: Option<f64>,
    state_type: Option<f64>,
    downtime: Option<Downtime>,
}

#[derive(Deserialize)]
struct Downtime {
    host_name: String,
    #[serde(default)]
    service_name: String,
}

/// The accepted range of epoch seconds; larger numbers would be milliseconds.
const SECONDS: std::ops::Range<f64> = 0.0..1e11;

/// The events that tell of availability.
const TYPES: [&str; 5] =
    ["StateChange", "AcknowledgementSet", "DowntimeStarted", "DowntimeTriggered", "DowntimeRemoved"];

fn sniff(head: &str) -> bool {
    let first = head.lines().find(|line| !line.trim().is_empty());
    let line = first.and_then(|line| serde_json::from_str::<Line>(line).ok());
    line.is_some_and(|line| {
        TYPES.contains(&line.kind.as_str()) || (line.kind == "CheckResult" && line.host.is_some())
    })
}

fn read(line: &str) -> Result<(Timestamp, Said), String> {
    let line: Line = serde_json::from_str(line).map_err(|error| error.to_string())?;
    if !SECONDS.contains(&line.timestamp) {
        return Err(format!("the timestamp {} is out of range", line.timestamp));
    }
    let at = Timestamp::from_seconds(0).plus_seconds(line.timestamp);
    Ok((at, event(line).map_or(Said::Nothing, |(subject, event)| Said::Of(subject, event))))
}

/// Returns subject and event of a line; `None` for lines that do not concern availability, such as those of soft
/// states.
fn event(line: Line) -> Option<(Subject, Event)> {
    let event = match line.kind.as_str() {
        "StateChange" => hard_event(&line)?,
        "AcknowledgementSet" => Event::Acknowledged,
        "DowntimeStarted" | "DowntimeTriggered" => Event::PlannedBegins,
        "DowntimeRemoved" => Event::PlannedCancelled,
        _ => return None,
    };
    let (host, service) = match line.downtime {
        Some(Downtime { host_name, service_name }) => (host_name, Some(service_name)),
        None => (line.host?, line.service),
    };
    Some((Subject { host, service: service.filter(|service| !service.is_empty()) }, event))
}

/// Returns the event of a hard state.
fn hard_event(line: &Line) -> Option<Event> {
    let is_service = line.service.as_ref().is_some_and(|service| !service.is_empty());
    match (line.state_type? as i64, is_service, line.state? as i64) {
        (1, false, 0) | (1, true, 0 | 1) => Some(Event::Recovered),
        (1, false, _) | (1, true, 2) => Some(Event::Down),
        (1, true, _) => Some(Event::Unknown),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{HostLog, read};
    use crate::availability::input::field::Field;
    use crate::base::time::Zone;

    #[test]
    fn downtimes_are_planned_and_acknowledgements_count() {
        let mut log = HostLog::parser(read);
        for (number, line) in [
            r#"{"type": "StateChange", "timestamp": 100, "host": "h", "state": 1, "state_type": 1}"#,
            r#"{"type": "AcknowledgementSet", "timestamp": 160.25, "host": "h", "author": "a", "state": 1}"#,
            r#"{"type": "DowntimeTriggered", "timestamp": 200, "downtime": {"host_name": "h", "service_name": "api"}}"#,
            r#"{"type": "StateChange", "timestamp": 250, "host": "h", "service": "api", "state": 1, "state_type": 1}"#,
            r#"{"type": "DowntimeRemoved", "timestamp": 300, "downtime": {"host_name": "h", "service_name": "api"}}"#,
            r#"{"type": "StateChange", "timestamp": 400, "host": "h", "state": 0, "state_type": 1}"#,
        ]
        .iter()
        .enumerate()
        {
            log.line(number as u32 + 1, line).unwrap();
        }
        let records = log.finish(&Zone::utc()).records;
        let fields = [Field::Service, Field::Kind, Field::Start, Field::Acknowledged, Field::End];
        let found: Vec<_> =
            records.iter().map(|record| fields.map(|field| record.get(field).unwrap_or(""))).collect();
        let planned = ["api", "downtime", "200", "", "300"];
        // What it recovered from is not known.
        let unknown = ["api", "unknown", "0", "", "250"];
        assert_eq!(found, [["h", "alert", "100", "160.250000", "400"], planned, unknown]);
        assert!(read("{\"type\": \"StateChange\", \"timestamp\": 1e14}").is_err());
    }
}
