//! Outages and planned downtimes of hosts and services, from the events that a monitor logs.

use super::{LineParser, Record};
use crate::availability::input::field::Field;
use crate::base::time::{MICROS, Timestamp};
use crate::timeline::Span;
use std::collections::{BTreeMap, BTreeSet};

/// What an event tells of its subject.
pub(super) enum Event {
    Down,
    Up,
    Acknowledged,
    PlannedBegins,
    PlannedEnds,
}

/// The kind of a planned downtime.
pub(super) const PLANNED: &str = "downtime";

/// The host or service of an event. `service` is `None` for the host itself.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Subject {
    pub host: String,
    pub service: Option<String>,
}

/// An event with its time and the number of its line.
struct Entry {
    at: Timestamp,
    number: u32,
    subject: Subject,
    event: Event,
}

/// Reads a line: its time, and its event if it has one. Fails with the reason if the line cannot be read.
pub(super) type ReadLine = fn(&str) -> Result<(Timestamp, Option<(Subject, Event)>), String>;

/// The events of a log.
pub(super) struct HostLog {
    read: ReadLine,
    entries: Vec<Entry>,
    /// From the first to the last time in the log.
    seen: Option<Span>,
}

impl HostLog {
    /// Creates a parser of lines that `read` reads.
    pub(super) fn parser(read: ReadLine) -> Box<dyn LineParser> {
        Box::new(Self { read, entries: Vec::new(), seen: None })
    }
}

impl LineParser for HostLog {
    fn line(&mut self, number: u32, line: &str) -> Result<(), String> {
        let (at, event) = (self.read)(line)?;
        let seen = self.seen.unwrap_or(Span::new(at, at));
        self.seen = Some(Span::new(seen.start.min(at), seen.end.max(at)));
        self.entries.extend(event.map(|(subject, event)| Entry { at, number, subject, event }));
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

/// The incidents of a log, while its events are read in order of time.
#[derive(Default)]
struct Incidents {
    /// Incidents that are still open.
    open: BTreeMap<Subject, Record>,
    /// The beginning of planned downtimes that are not over.
    planned: BTreeMap<Subject, Record>,
    closed: Vec<(Subject, Record)>,
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
            record.set(Field::Start, epoch_text(at));
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
                    record.set(Field::End, epoch_text(at));
                    self.closed.push((subject, record));
                }
            }
            Event::Acknowledged => {
                let open = self.open.get_mut(&subject);
                if let Some(record) = open.filter(|record| record.get(Field::Acknowledged).is_none()) {
                    record.set(Field::Acknowledged, epoch_text(at));
                }
            }
        }
    }
}

/// Returns an instant as seconds since 1970.
fn epoch_text(at: Timestamp) -> String {
    let (seconds, micros) = (at.0.div_euclid(MICROS), at.0.rem_euclid(MICROS));
    if micros == 0 { seconds.to_string() } else { format!("{seconds}.{micros:06}") }
}
