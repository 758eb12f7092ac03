//! Nagios, Icinga 1 and Naemon: the event log. Only hard states count.

use super::{Kind, LineParser, Preset, Record};
use crate::availability::input::field::Field;
use crate::availability::input::plan::KindWords;
use crate::base::time::Timestamp;
use crate::timeline::Span;
use std::collections::{BTreeMap, BTreeSet};

/// The event log.
pub(super) static LOG: Preset = Preset {
    name: "nagios",
    summary: "Nagios, Icinga 1 or Naemon event log: outages from hard CRITICAL/DOWN/UNREACHABLE states",
    example: "[1767607200] SERVICE ALERT: web1;api;CRITICAL;HARD;3;timeout",
    kinds: KindWords { outages: &[], notices: &[], planned: &[PLANNED] },
    note: "scheduled downtimes (DOWNTIME ALERT) are planned maintenance",
    kind: Kind::Lines { sniff, start: || Box::<EventLog>::default() },
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

/// The meaning of a log line for its subject.
enum Event {
    Down,
    Up,
    Acknowledged,
    PlannedBegins,
    PlannedEnds,
}

/// The kind of a planned downtime.
const PLANNED: &str = "downtime";

/// The host or service of an event. `service` is `None` for the host itself.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Subject {
    host: String,
    service: Option<String>,
}

/// An event with its time and the number of its line.
struct Entry {
    at: i64,
    number: u32,
    subject: Subject,
    event: Event,
}

#[derive(Default)]
struct EventLog {
    entries: Vec<Entry>,
    /// From the first to the last time in the log.
    seen: Option<Span>,
}

/// The incidents of a log, while its events are read in order of time.
#[derive(Default)]
struct Incidents {
    /// Incidents that are still open.
    open: BTreeMap<Subject, Record>,
    /// The beginning of planned downtimes that are not over.
    planned: BTreeMap<Subject, Record>,
    closed: Vec<(Subject, Record)>,
}

impl LineParser for EventLog {
    fn line(&mut self, number: u32, line: &str) -> Result<(), String> {
        let (at, rest) = stamped(line).ok_or("no [epoch] time at the start of the line")?;
        let now = Timestamp::from_seconds(at);
        let seen = self.seen.unwrap_or(Span::new(now, now));
        self.seen = Some(Span::new(seen.start.min(now), seen.end.max(now)));
        if let Some((subject, event)) = event(rest) {
            self.entries.push(Entry { at, number, subject, event });
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> (Vec<Record>, Option<Span>) {
        // The files of a log may be given in any order.
        self.entries.sort_by_key(|entry| entry.at);
        let mut incidents = Incidents::default();
        for entry in self.entries {
            incidents.take(entry);
        }
        let mut found = incidents.closed;
        found.extend(incidents.open);
        found.extend(incidents.planned);
        let shared = services_of_several_hosts(found.iter().map(|(subject, _)| subject));
        let named = found.into_iter().map(|(subject, mut record)| {
            record.set(Field::Service, subject.name(&shared));
            record
        });
        let mut records: Vec<Record> = named.collect();
        records.sort_by_key(|record| record.row);
        (records, self.seen)
    }
}

impl Subject {
    /// Returns the service name, prefixed by the host if several hosts have a service of this name.
    fn name(&self, shared: &BTreeSet<String>) -> String {
        match &self.service {
            None => self.host.clone(),
            Some(service) if shared.contains(service) => format!("{}/{service}", self.host),
            Some(service) => service.clone(),
        }
    }
}

fn services_of_several_hosts<'s>(subjects: impl Iterator<Item = &'s Subject>) -> BTreeSet<String> {
    let mut hosts: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for subject in subjects {
        if let Some(service) = &subject.service {
            hosts.entry(service).or_default().insert(&subject.host);
        }
    }
    let shared = hosts.into_iter().filter(|(_, hosts)| hosts.len() > 1);
    shared.map(|(service, _)| service.to_owned()).collect()
}

impl Incidents {
    fn take(&mut self, Entry { at, number, subject, event }: Entry) {
        let begun = |kind: &str| {
            let mut record = Record::new(number);
            record.set(Field::Start, at.to_string());
            record.set(Field::Kind, kind);
            record
        };
        match event {
            Event::Down => drop(self.open.entry(subject).or_insert_with(|| begun("alert"))),
            Event::PlannedBegins => drop(self.planned.entry(subject).or_insert_with(|| begun(PLANNED))),
            Event::Up | Event::PlannedEnds => {
                let is_up = matches!(event, Event::Up);
                let of_kind = if is_up { &mut self.open } else { &mut self.planned };
                if let Some(mut record) = of_kind.remove(&subject) {
                    record.set(Field::End, at.to_string());
                    self.closed.push((subject, record));
                }
            }
            Event::Acknowledged => {
                let open = self.open.get_mut(&subject);
                if let Some(record) = open.filter(|record| record.get(Field::Acknowledged).is_none()) {
                    record.set(Field::Acknowledged, at.to_string());
                }
            }
        }
    }
}

/// Parses a line into subject and event. Returns `None` for lines that do not concern availability, such
/// as those of soft states.
fn event(text: &str) -> Option<(Subject, Event)> {
    let (kind, detail) = text.split_once(": ")?;
    let parts: Vec<&str> = detail.split(';').collect();
    let (host, service, event) = match (kind, parts.as_slice()) {
        (
            "SERVICE ALERT" | "CURRENT SERVICE STATE" | "INITIAL SERVICE STATE",
            [host, service, state, hardness, ..],
        ) => (host, Some(service), hard_event(state, hardness)?),
        ("HOST ALERT" | "CURRENT HOST STATE" | "INITIAL HOST STATE", [host, state, hardness, ..]) => {
            (host, None, hard_event(state, hardness)?)
        }
        ("SERVICE DOWNTIME ALERT", [host, service, change, ..]) => (host, Some(service), planned(change)?),
        ("HOST DOWNTIME ALERT", [host, change, ..]) => (host, None, planned(change)?),
        ("EXTERNAL COMMAND", ["ACKNOWLEDGE_SVC_PROBLEM", host, service, ..]) => {
            (host, Some(service), Event::Acknowledged)
        }
        ("EXTERNAL COMMAND", ["ACKNOWLEDGE_HOST_PROBLEM", host, ..]) => (host, None, Event::Acknowledged),
        _ => return None,
    };
    let service = service.map(|service| (*service).to_owned());
    Some((Subject { host: (*host).to_owned(), service }, event))
}

fn planned(change: &str) -> Option<Event> {
    match change {
        "STARTED" => Some(Event::PlannedBegins),
        "STOPPED" | "CANCELLED" => Some(Event::PlannedEnds),
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
    use super::{EventLog, LineParser, Span, Timestamp};
    use crate::availability::input::field::Field;

    #[test]
    fn a_soft_state_is_not_an_outage() {
        let mut log = Box::<EventLog>::default();
        log.line(1, "[100] SERVICE ALERT: h;api;CRITICAL;SOFT;1;timeout").unwrap();
        log.line(2, "[200] SERVICE ALERT: h;api;CRITICAL;HARD;3;timeout").unwrap();
        log.line(3, "[300] SERVICE ALERT: h;api;OK;HARD;3;OK").unwrap();
        let (records, seen) = log.finish();
        let ends: Vec<_> = records.iter().map(|r| (r.get(Field::Start), r.get(Field::End))).collect();
        assert_eq!(ends, [(Some("200"), Some("300"))]);
        assert_eq!(seen, Some(Span::new(Timestamp::from_seconds(100), Timestamp::from_seconds(300))));
    }

    #[test]
    fn a_service_of_several_hosts_is_named_with_its_host() {
        let mut log = Box::<EventLog>::default();
        for (number, line) in
            ["a;api;CRITICAL;HARD", "b;api;CRITICAL;HARD", "b;db;CRITICAL;HARD"].iter().enumerate()
        {
            log.line(number as u32 + 1, &format!("[100] SERVICE ALERT: {line};3;x")).unwrap();
        }
        let (records, _) = log.finish();
        let names: Vec<_> = records.iter().filter_map(|record| record.get(Field::Service)).collect();
        assert_eq!(names, ["a/api", "b/api", "db"]);
    }
}
