//! Nagios, Icinga 1 and Naemon: the event log. Only hard states count.

use super::hosts::{Event, HostLog, KINDS, Said, Subject};
use super::watch::Watch;
use super::{Kind, Preset};
use crate::base::time::Timestamp;

/// The event log.
pub(super) static LOG: Preset = Preset {
    name: "nagios",
    summary: "Nagios, Icinga 1 or Naemon event log: outages from hard CRITICAL/DOWN/UNREACHABLE states",
    example: "[1767607200] SERVICE ALERT: web1;api;CRITICAL;HARD;3;timeout",
    kinds: KINDS,
    note: "scheduled downtimes (DOWNTIME ALERT) are planned maintenance; time before the first day of the \
           log, without a file of a rotated one, or with Nagios off for more than 5 min, is unknown",
    kind: Kind::Lines { sniff, start: || HostLog::parser(read) },
    ..Preset::TABLE
};

fn sniff(head: &str) -> bool {
    let mut lines = head.lines().filter(|line| !line.trim().is_empty()).take(20).peekable();
    lines.peek().is_some() && lines.all(|line| stamped(line).is_some())
}

/// Splits `[epoch] rest`.
fn stamped(line: &str) -> Option<(i64, &str)> {
    let (stamp, rest) = line.trim_end().strip_prefix('[')?.split_once("] ")?;
    let seconds = stamp.parse().ok().filter(|at| SECONDS.contains(at))?;
    Some((seconds, rest))
}

/// The accepted range of epoch seconds; larger numbers would be milliseconds.
const SECONDS: std::ops::Range<i64> = 0..100_000_000_000;

fn read(line: &str) -> Result<(Timestamp, Said), String> {
    let (at, rest) = stamped(line).ok_or("no [epoch] time at the start of the line")?;
    let said = match (watch(rest), event(rest)?) {
        (Some(watch), _) => Said::Monitor(watch),
        (None, Some((subject, event))) => Said::Of(subject, event),
        (None, None) => Said::Nothing,
    };
    Ok((Timestamp::from_seconds(at), said))
}

/// Returns what a line says of the monitor.
fn watch(text: &str) -> Option<Watch> {
    const HOUR_S: i64 = 3_600;
    let is_stop = text.starts_with("Successfully shutdown")
        || (text.starts_with("Caught ") && text.contains("shutting down"));
    let every_s = match text.trim() {
        "LOG ROTATION: HOURLY" => HOUR_S,
        "LOG ROTATION: DAILY" => 24 * HOUR_S,
        "LOG ROTATION: WEEKLY" => 7 * 24 * HOUR_S,
        "LOG ROTATION: MONTHLY" => 31 * 24 * HOUR_S,
        text if text.contains(" starting... (PID=") => return Some(Watch::Starts),
        _ => return is_stop.then_some(Watch::Stops),
    };
    Some(Watch::Rotates { every_s })
}

/// Parses a line into subject and event. Returns `None` for lines that do not concern availability, such
/// as those of soft states. Fails for a line that is cut short.
fn event(text: &str) -> Result<Option<(Subject, Event)>, String> {
    let Some((kind, detail)) = text.split_once(": ") else { return Ok(None) };
    let parts: Vec<&str> = detail.split(';').collect();
    let is_change = kind.ends_with("ALERT");
    let (host, service, event) = match (kind, parts.as_slice()) {
        (
            "SERVICE ALERT" | "CURRENT SERVICE STATE" | "INITIAL SERVICE STATE",
            [host, service, state, hardness, ..],
        ) => (host, Some(service), hard_event(state, hardness, is_change)),
        ("HOST ALERT" | "CURRENT HOST STATE" | "INITIAL HOST STATE", [host, state, hardness, ..]) => {
            (host, None, hard_event(state, hardness, is_change))
        }
        ("SERVICE DOWNTIME ALERT", [host, service, change, ..]) => (host, Some(service), planned(change)),
        ("HOST DOWNTIME ALERT", [host, change, ..]) => (host, None, planned(change)),
        ("EXTERNAL COMMAND", ["ACKNOWLEDGE_SVC_PROBLEM", host, service, ..]) => {
            (host, Some(service), Some(Event::Acknowledged))
        }
        ("EXTERNAL COMMAND", ["ACKNOWLEDGE_HOST_PROBLEM", host, ..]) => {
            (host, None, Some(Event::Acknowledged))
        }
        (
            "SERVICE ALERT"
            | "HOST ALERT"
            | "CURRENT SERVICE STATE"
            | "CURRENT HOST STATE"
            | "INITIAL SERVICE STATE"
            | "INITIAL HOST STATE"
            | "SERVICE DOWNTIME ALERT"
            | "HOST DOWNTIME ALERT",
            _,
        ) => return Err("the line is cut short".into()),
        _ => return Ok(None),
    };
    let service = service.map(|service| (*service).to_owned());
    Ok(event.map(|event| (Subject { host: (*host).to_owned(), service }, event)))
}

fn planned(change: &str) -> Option<Event> {
    match change {
        "STARTED" => Some(Event::PlannedBegins),
        "STOPPED" => Some(Event::PlannedEnds),
        "CANCELLED" => Some(Event::PlannedCancelled),
        _ => None,
    }
}

fn hard_event(state: &str, hardness: &str, is_change: bool) -> Option<Event> {
    if hardness != "HARD" {
        return None;
    }
    match state {
        "CRITICAL" | "DOWN" | "UNREACHABLE" if is_change => Some(Event::Down),
        "CRITICAL" | "DOWN" | "UNREACHABLE" => Some(Event::IsDown),
        "OK" | "UP" | "WARNING" | "RECOVERY" if is_change => Some(Event::Recovered),
        "OK" | "UP" | "WARNING" | "RECOVERY" => Some(Event::Up),
        "UNKNOWN" | "PENDING" => Some(Event::Unknown),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{HostLog, Timestamp, read};
    use crate::availability::input::field::Field;
    use crate::availability::input::preset::Parsed;
    use crate::base::time::Zone;
    use crate::timeline::Span;

    #[test]
    fn a_soft_state_is_not_an_outage() {
        let mut log = HostLog::parser(read);
        log.line(1, "[100] SERVICE ALERT: h;api;CRITICAL;SOFT;1;timeout").unwrap();
        log.line(2, "[200] SERVICE ALERT: h;api;CRITICAL;HARD;3;timeout").unwrap();
        log.line(3, "[300] SERVICE ALERT: h;api;OK;HARD;3;OK").unwrap();
        let Parsed { records, seen, .. } = log.finish(&Zone::utc());
        let ends: Vec<_> = records.iter().map(|r| (r.get(Field::Start), r.get(Field::End))).collect();
        assert_eq!(ends, [(Some("200"), Some("300"))]);
        assert_eq!(seen, Some(Span::new(Timestamp::from_seconds(100), Timestamp::from_seconds(300))));
    }

    #[test]
    fn a_service_of_several_hosts_is_named_with_its_host() {
        let mut log = HostLog::parser(read);
        for (number, line) in
            ["a;api;CRITICAL;HARD", "b;api;CRITICAL;HARD", "b;db;CRITICAL;HARD"].iter().enumerate()
        {
            log.line(number as u32 + 1, &format!("[100] SERVICE ALERT: {line};3;x")).unwrap();
        }
        let records = log.finish(&Zone::utc()).records;
        let names: Vec<_> = records.iter().filter_map(|record| record.get(Field::Service)).collect();
        assert_eq!(names, ["a/api", "b/api", "db"]);
    }
}
