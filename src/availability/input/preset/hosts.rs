//! Outages and planned downtimes of hosts and services, from the events that a monitor logs.

use super::watch::{Notice, Unwatched, Watch, unwatched};
use super::{LineParser, Parsed, Record};
use crate::availability::input::field::Field;
use crate::availability::input::plan::KindWords;
use crate::base::time::{MICROS, Timestamp, Zone};
use crate::timeline::Span;
use std::collections::{BTreeMap, BTreeSet};

/// What an event tells of its subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Event {
    /// It goes down.
    Down,
    /// It is down, as a list of current states says.
    IsDown,
    /// It is up, as a list of current states says.
    Up,
    /// It comes up.
    Recovered,
    /// Its state is not known.
    Unknown,
    Acknowledged,
    PlannedBegins,
    PlannedEnds,
    /// Planned work is taken back, whether it had begun or not.
    PlannedCancelled,
    /// The monitor watches no more.
    Unwatched,
    /// The monitor watches again, and took the state to be as before.
    Watched,
}

impl Event {
    /// Whether it tells of planned work.
    fn is_planned(self) -> bool {
        matches!(self, Self::PlannedBegins | Self::PlannedEnds | Self::PlannedCancelled)
    }
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
    /// Whether it is an event of the subject's host.
    of_host: bool,
}

/// What a line says.
pub(super) enum Said {
    /// Nothing that concerns availability.
    Nothing,
    /// Something of a host or service.
    Of(Subject, Event),
    /// Something of the monitor itself.
    Monitor(Watch),
}

/// Reads a line: its time and what it says. Fails with the reason if the line cannot be read.
pub(super) type ReadLine = fn(&str) -> Result<(Timestamp, Said), String>;

/// The events of a log.
pub(super) struct HostLog {
    read: ReadLine,
    entries: Vec<Entry>,
    /// The lines about the monitor itself.
    notices: Vec<Notice>,
    /// From the first to the last time in the log.
    seen: Option<Span>,
}

impl HostLog {
    /// Creates a parser of lines that `read` reads.
    pub(super) fn parser(read: ReadLine) -> Box<dyn LineParser> {
        Box::new(Self { read, entries: Vec::new(), notices: Vec::new(), seen: None })
    }
}

impl LineParser for HostLog {
    fn line(&mut self, number: u32, line: &str) -> Result<(), String> {
        let (at, said) = (self.read)(line)?;
        Span::extend(&mut self.seen, Span::new(at, at));
        match said {
            Said::Nothing => {}
            Said::Of(subject, event) => {
                self.entries.push(Entry { at, number, subject, event, of_host: false });
            }
            Said::Monitor(watch) => self.notices.push(Notice { at, number, watch }),
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>, zone: &Zone) -> Parsed {
        // The files of a log may be given in any order.
        self.entries.sort_by_key(|entry| entry.at);
        let days = self.seen.map(|seen| whole_days(seen, zone));
        let covered = days.map(|days| covered(days, &self.notices));
        self.notices.sort_by_key(|notice| notice.at);
        let gaps = unwatched(&self.notices, |at| {
            let after = self.entries.partition_point(|entry| entry.at < at);
            Some(self.entries.get(after.checked_sub(1)?)?.at)
        });
        let mut incidents = Incidents { days, ..Incidents::default() };
        for entry in with_unwatched(with_services(self.entries), &gaps) {
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
        Parsed { records, seen: self.seen, covered, roster, refused: Vec::new() }
    }
}

/// Returns the whole days of a log: a monitor begins a new file at midnight, and logs nothing while all is well.
fn whole_days(seen: Span, zone: &Zone) -> Span {
    let start = zone.start_of_day(zone.date(seen.start));
    let end = zone.date(seen.end).tomorrow().ok().and_then(|next| zone.start_of_day(next));
    Span::new(start.unwrap_or(seen.start), end.unwrap_or(seen.end))
}

/// Returns the period that a log of these days covers. A rotated log covers it up to the end of its last file. A log
/// without rotation may be silent because all is well, so its end is open.
fn covered(days: Span, notices: &[Notice]) -> Span {
    let ends = notices.iter().filter_map(|Notice { at, watch, .. }| match watch {
        Watch::Rotates { every_s } => Some(at.plus_seconds(*every_s as f64)),
        Watch::Starts | Watch::Stops => None,
    });
    let end = ends.max().map_or(Timestamp::MAX, |end| end.max(days.end));
    Span::new(days.start, end)
}

/// The incidents of a log, while its events are read in order of time.
#[derive(Default)]
struct Incidents {
    /// The days from the first to the last line.
    days: Option<Span>,
    subjects: BTreeMap<Subject, Open>,
    closed: Vec<(Subject, Record)>,
}

/// The records of a subject that have a start and no end yet.
#[derive(Default)]
struct Open {
    outage: Option<Record>,
    unknown: Option<Record>,
    planned: Planned,
    /// Whether the log told of the subject so far.
    is_seen: bool,
    /// Whether it was down when the monitor ceased to watch.
    was_down: bool,
    /// Whether its state was not known then.
    was_unknown: bool,
}

/// The planned work on a subject.
#[derive(Default)]
struct Planned {
    /// Work that has begun and is not over: on the subject itself, and on its host.
    open: [Option<Record>; 2],
    /// Whether the log told of any so far.
    is_seen: bool,
}

impl Planned {
    /// Applies an event of planned work and returns the record that it completes, if any. `begun` creates a record that
    /// starts at the given time, or else at the event. Work that ends without having begun in the log counts from
    /// `log_start`.
    fn take(
        &mut self,
        event: Event,
        of_host: bool,
        log_start: Option<Timestamp>,
        begun: impl Fn(Option<Timestamp>) -> Record,
    ) -> Option<Record> {
        let was_seen = std::mem::replace(&mut self.is_seen, true);
        let open = &mut self.open[usize::from(of_host)];
        match event {
            Event::PlannedBegins => {
                open.get_or_insert_with(|| begun(None));
                None
            }
            Event::PlannedEnds if !was_seen => open.take().or_else(|| Some(begun(Some(log_start?)))),
            _ => open.take(),
        }
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

/// Copies each event of planned work on a host to the services of that host.
fn with_services(entries: Vec<Entry>) -> Vec<Entry> {
    let mut services: BTreeMap<String, BTreeSet<Subject>> = BTreeMap::new();
    for Entry { subject, .. } in entries.iter().filter(|entry| entry.subject.service.is_some()) {
        services.entry(subject.host.clone()).or_default().insert(subject.clone());
    }
    let mut all = Vec::with_capacity(entries.len());
    for entry in entries {
        let Entry { at, number, event, .. } = entry;
        if entry.subject.service.is_none() && event.is_planned() {
            let below = services.get(&entry.subject.host).into_iter().flatten().cloned();
            all.extend(below.map(|subject| Entry { at, number, subject, event, of_host: true }));
        }
        all.push(entry);
    }
    all
}

/// Adds the events that tell of each subject that it was not watched for a time.
fn with_unwatched(entries: Vec<Entry>, gaps: &[Unwatched]) -> Vec<Entry> {
    if gaps.is_empty() {
        return entries;
    }
    let subjects: BTreeSet<Subject> = entries.iter().map(|entry| entry.subject.clone()).collect();
    let at_each = |at: Timestamp, number: u32, event: Event| {
        subjects.iter().map(move |subject| Entry {
            at,
            number,
            subject: subject.clone(),
            event,
            of_host: false,
        })
    };
    let again = gaps.iter().filter(|gap| gap.keeps_states);
    let mut all: Vec<Entry> =
        again.flat_map(|gap| at_each(gap.span.end, gap.number, Event::Watched)).collect();
    all.extend(entries);
    all.extend(gaps.iter().flat_map(|gap| at_each(gap.span.start, gap.number, Event::Unwatched)));
    // The sort is stable: a state that is logged as the monitor starts counts, and so does one as it stops.
    all.sort_by_key(|entry| entry.at);
    all
}

impl Incidents {
    fn take(&mut self, Entry { at, number, subject, event, of_host }: Entry) {
        let days = self.days;
        let begun = |kind: &str, at: Timestamp| {
            let mut record = Record::new(number);
            record.set(Field::Start, epoch_text(at));
            record.set(Field::Kind, kind);
            record
        };
        let open = self.subjects.entry(subject.clone()).or_default();
        let is_new = !open.is_seen;
        open.is_seen |= !matches!(event, Event::Unwatched | Event::Watched) && !event.is_planned();
        let mut ended = Vec::new();
        match event {
            Event::Down | Event::IsDown => {
                // The log does not tell when a problem began that is there at its start.
                if let (true, Event::IsDown, Some(days)) = (is_new, event, days) {
                    open.unknown = Some(begun("unknown", days.start));
                }
                ended.push(open.unknown.take());
                open.outage.get_or_insert_with(|| begun("alert", at));
            }
            Event::Unknown => {
                ended.push(open.outage.take());
                open.unknown.get_or_insert_with(|| begun("unknown", at));
            }
            Event::Up | Event::Recovered => {
                // The log does not tell when a problem began of which it has only the end.
                if let (true, Event::Recovered, Some(days)) = (is_new, event, days) {
                    open.unknown = Some(begun("unknown", days.start));
                }
                ended.extend([open.outage.take(), open.unknown.take()]);
            }
            Event::Unwatched => {
                open.was_down = open.outage.is_some();
                open.was_unknown = open.unknown.is_some();
                ended.push(open.outage.take());
                open.unknown.get_or_insert_with(|| begun("unknown", at));
            }
            Event::Watched if open.was_unknown => {}
            Event::Watched => {
                ended.push(open.unknown.take());
                open.outage = open.was_down.then(|| begun("alert", at));
            }
            Event::PlannedBegins | Event::PlannedEnds | Event::PlannedCancelled => {
                let log_start = days.map(|days| days.start);
                let begun = |start: Option<Timestamp>| begun("downtime", start.unwrap_or(at));
                ended.push(open.planned.take(event, of_host, log_start, begun));
            }
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

    /// Returns all incidents. Planned work that is not over is known to the last day of the log only.
    fn finish(self) -> Vec<(Subject, Record)> {
        let mut all = self.closed;
        for (subject, open) in self.subjects {
            let planned = open.planned.open.into_iter().flatten().map(|mut record| {
                if let Some(days) = self.days {
                    record.set(Field::End, epoch_text(days.end));
                }
                record
            });
            let open = [open.outage, open.unknown].into_iter().flatten().chain(planned);
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
