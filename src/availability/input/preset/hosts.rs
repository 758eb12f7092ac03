//! Outages and planned downtimes of hosts and services, from the events that a monitor logs.

use super::{LineParser, Parsed, Record};
use crate::availability::input::field::Field;
use crate::availability::input::plan::KindWords;
use crate::base::time::{MICROS, Timestamp};
use crate::timeline::Span;
use std::collections::{BTreeMap, BTreeSet};

/// What an event tells of its subject.
pub(super) enum Event {
    /// It goes down.
    Down,
    /// It is up, as a list of current states says.
    Up,
    /// It comes up.
    Recovered,
    /// Its state is not known.
    Unknown,
    Acknowledged,
    PlannedBegins,
    PlannedEnds,
}

/// The kinds of rows besides outages.
pub(super) const KINDS: KindWords =
    KindWords { outages: &[], notices: &[], planned: &["downtime"], unknown: &["unknown"] };

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
        Span::extend(&mut self.seen, Span::new(at, at));
        self.entries.extend(event.map(|(subject, event)| Entry { at, number, subject, event }));
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Parsed {
        // The files of a log may be given in any order.
        self.entries.sort_by_key(|entry| entry.at);
        let mut incidents = Incidents { log: self.seen, ..Incidents::default() };
        for entry in self.entries {
            incidents.take(entry);
        }
        let shared = services_of_several_hosts(incidents.subjects.keys());
        let roster = incidents.subjects.keys().map(|subject| subject.name(&shared)).collect();
        let named = incidents.finish().into_iter().map(|(subject, mut record)| {
            record.set(Field::Service, subject.name(&shared));
            record
        });
        let mut records: Vec<Record> = named.collect();
        records.sort_by_key(|record| record.row);
        Parsed { records, seen: self.seen, roster }
    }
}

/// The incidents of a log, while its events are read in order of time.
#[derive(Default)]
struct Incidents {
    log: Option<Span>,
    subjects: BTreeMap<Subject, Open>,
    closed: Vec<(Subject, Record)>,
}

/// The records of a subject that have a start and no end yet.
#[derive(Default)]
struct Open {
    outage: Option<Record>,
    unknown: Option<Record>,
    planned: Option<Record>,
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
        let begun = |kind: &str, at: Timestamp| {
            let mut record = Record::new(number);
            record.set(Field::Start, epoch_text(at));
            record.set(Field::Kind, kind);
            record
        };
        let is_new = !self.subjects.contains_key(&subject);
        let open = self.subjects.entry(subject.clone()).or_default();
        let mut ended = Vec::new();
        match event {
            Event::Down => {
                ended.push(open.unknown.take());
                open.outage.get_or_insert_with(|| begun("alert", at));
            }
            Event::Unknown => {
                ended.push(open.outage.take());
                open.unknown.get_or_insert_with(|| begun("unknown", at));
            }
            Event::Up | Event::Recovered => {
                // The log does not tell when a problem began of which it has only the end.
                if let (true, Event::Recovered, Some(log)) = (is_new, &event, self.log) {
                    open.unknown = Some(begun("unknown", log.start));
                }
                ended.extend([open.outage.take(), open.unknown.take()]);
            }
            Event::PlannedBegins => drop(open.planned.get_or_insert_with(|| begun("downtime", at))),
            Event::PlannedEnds => ended.push(open.planned.take()),
            Event::Acknowledged => {
                let outage = open.outage.as_mut();
                if let Some(record) = outage.filter(|record| record.get(Field::Acknowledged).is_none()) {
                    record.set(Field::Acknowledged, epoch_text(at));
                }
            }
        }
        for mut record in ended.into_iter().flatten() {
            record.set(Field::End, epoch_text(at));
            self.closed.push((subject.clone(), record));
        }
    }

    /// Returns all incidents. Planned work that is not over is known to the end of the log only.
    fn finish(self) -> Vec<(Subject, Record)> {
        let mut all = self.closed;
        for (subject, open) in self.subjects {
            let planned = open.planned.map(|mut record| {
                if let Some(log) = self.log {
                    record.set(Field::End, epoch_text(log.end));
                }
                record
            });
            let open = [open.outage, open.unknown, planned].into_iter().flatten();
            all.extend(open.map(|record| (subject.clone(), record)));
        }
        all
    }
}

/// Returns an instant as seconds since 1970.
pub(super) fn epoch_text(at: Timestamp) -> String {
    let (seconds, micros) = (at.0.div_euclid(MICROS), at.0.rem_euclid(MICROS));
    if micros == 0 { seconds.to_string() } else { format!("{seconds}.{micros:06}") }
}
