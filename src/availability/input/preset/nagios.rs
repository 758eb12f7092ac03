//! Nagios and its kin: the event log, hard states only.

use super::{Kind, LineParser, LineReader, Preset, Record};
use crate::availability::input::field::Field;
use std::collections::BTreeMap;

/// The event log.
pub(super) static LOG: Preset = Preset {
    name: "nagios",
    summary: "Nagios, Icinga 1 or Naemon event log: outages from hard CRITICAL/DOWN/UNREACHABLE states",
    example: "[1767607200] SERVICE ALERT: web1;api;CRITICAL;HARD;3;timeout",
    kind: Kind::Lines(&LineReader {
        sniff,
        start: || Box::<EventLog>::default(),
    }),
};

fn sniff(head: &str) -> bool {
    let mut lines = head
        .lines()
        .filter(|line| !line.trim().is_empty())
        .take(20)
        .peekable();
    lines.peek().is_some() && lines.all(|line| stamped(line).is_some())
}

/// `[epoch] rest` taken apart.
fn stamped(line: &str) -> Option<(i64, &str)> {
    let (stamp, rest) = line.trim_end().strip_prefix('[')?.split_once("] ")?;
    Some((stamp.parse().ok()?, rest))
}

/// What an alert says about a service.
enum Event {
    Down,
    Up,
    Acknowledged,
}

#[derive(Default)]
struct EventLog {
    /// Incidents going on, by service.
    open: BTreeMap<String, Record>,
    closed: Vec<Record>,
    seen: Option<(i64, i64)>,
}

impl LineParser for EventLog {
    fn line(&mut self, number: u32, line: &str) -> Result<(), String> {
        let (at, rest) = stamped(line).ok_or("no [epoch] time at the start of the line")?;
        let (first, last) = self.seen.unwrap_or((at, at));
        self.seen = Some((first.min(at), last.max(at)));
        if let Some((service, event)) = event(rest) {
            self.take(number, at, service, &event);
        }
        Ok(())
    }

    fn finish(self: Box<Self>) -> (Vec<Record>, Option<(i64, i64)>) {
        let mut records = self.closed;
        records.extend(self.open.into_values());
        records.sort_by_key(|record| record.row);
        (records, self.seen)
    }
}

impl EventLog {
    fn take(&mut self, number: u32, at: i64, service: String, event: &Event) {
        match event {
            Event::Down => {
                self.open.entry(service).or_insert_with_key(|service| {
                    let mut record = Record::new(number);
                    record.set(Field::Service, service.as_str());
                    record.set(Field::Start, at.to_string());
                    record
                });
            }
            Event::Up => {
                if let Some(mut record) = self.open.remove(&service) {
                    record.set(Field::End, at.to_string());
                    self.closed.push(record);
                }
            }
            Event::Acknowledged => {
                if let Some(record) = self
                    .open
                    .get_mut(&service)
                    .filter(|r| r.get(Field::Acknowledged).is_none())
                {
                    record.set(Field::Acknowledged, at.to_string());
                }
            }
        }
    }
}

/// The service and what happened to it; `None` for lines that say nothing about availability (soft states among them).
fn event(text: &str) -> Option<(String, Event)> {
    let (kind, detail) = text.split_once(": ")?;
    let mut parts = detail.split(';');
    let mut next = || parts.next();
    match kind {
        "SERVICE ALERT" | "CURRENT SERVICE STATE" | "INITIAL SERVICE STATE" => {
            let (_host, service, state, hardness) = (next()?, next()?, next()?, next()?);
            hard_event(state, hardness).map(|event| (service.to_owned(), event))
        }
        "HOST ALERT" | "CURRENT HOST STATE" | "INITIAL HOST STATE" => {
            let (host, state, hardness) = (next()?, next()?, next()?);
            hard_event(state, hardness).map(|event| (host.to_owned(), event))
        }
        "EXTERNAL COMMAND" => match next()? {
            "ACKNOWLEDGE_SVC_PROBLEM" => {
                let (_host, service) = (next()?, next()?);
                Some((service.to_owned(), Event::Acknowledged))
            }
            "ACKNOWLEDGE_HOST_PROBLEM" => Some((next()?.to_owned(), Event::Acknowledged)),
            _ => None,
        },
        _ => None,
    }
}

fn hard_event(state: &str, hardness: &str) -> Option<Event> {
    if hardness != "HARD" {
        return None;
    }
    match state {
        "CRITICAL" | "DOWN" | "UNREACHABLE" => Some(Event::Down),
        "OK" | "UP" | "WARNING" | "RECOVERY" => Some(Event::Up),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{EventLog, LineParser};
    use crate::availability::input::field::Field;

    #[test]
    fn a_soft_state_is_not_an_outage() {
        let mut log = Box::<EventLog>::default();
        log.line(1, "[100] SERVICE ALERT: h;api;CRITICAL;SOFT;1;timeout")
            .unwrap();
        log.line(2, "[200] SERVICE ALERT: h;api;CRITICAL;HARD;3;timeout")
            .unwrap();
        log.line(3, "[300] SERVICE ALERT: h;api;OK;HARD;3;OK").unwrap();
        let (records, seen) = log.finish();
        let ends: Vec<_> = records
            .iter()
            .map(|r| (r.get(Field::Start), r.get(Field::End)))
            .collect();
        assert_eq!(ends, [(Some("200"), Some("300"))]);
        assert_eq!(seen, Some((100, 300)));
    }
}
