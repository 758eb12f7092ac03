//! Converts the cells of rows into evidence. All formats use the same sink; each worker has its own.

use super::field::{ByField, Cells, Field};
use super::findings::{Findings, detail};
use super::intern::Interner;
use super::plan::{About, Plan, ServiceRule};
use super::states::{is_unfinished, parse_state};
use super::timestamp::{IsoColumn, Reading, is_missing};
use crate::availability::evidence::{Extra, NO_LABEL, NO_SERVICE, ServiceEvidence, Shape};
use crate::availability::ledger::Reason;
use crate::availability::rows::{NO_EXTRA, OPEN, Row};
use crate::base::time::{Resolution, Timestamp, WallClock, Zone};
use crate::timeline::Span;
use crate::timeline::samples::{Run, State, push_run};

/// The number of rows that are moved to their buckets together; few enough to stay in the L1 cache.
const STAGED_MAX: usize = 256;

/// Converts rows and sorts them into buckets by service.
pub(super) struct Sink<'p> {
    plan: &'p Plan,
    services: Interner,
    labels: Interner,
    /// What was read of each service, by its number and still without its name.
    buckets: Vec<ServiceEvidence>,
    /// Rows not yet in their buckets, each with the number of its bucket. Buckets lie far apart in
    /// memory; moving many rows in a tight loop lets the processor overlap the cache misses (with a
    /// thousand services this saves 4 % of the reading time).
    staged: Vec<(u32, Row)>,
    /// Fast parsers of time columns; unused for other fields.
    iso_columns: ByField<IsoColumn>,
    extras: Vec<Extra>,
    /// The number of rows received, and what was excluded or adjusted.
    pub findings: Findings,
    first: Timestamp,
    last: Timestamp,
}

/// The result of a sink.
pub(super) struct Collected {
    /// The services.
    pub services: Vec<ServiceEvidence>,
    /// Attributes of rows.
    pub extras: Vec<Extra>,
    /// Texts, referred to by the extras.
    pub labels: Vec<String>,
    /// The number of rows received, and what was excluded or adjusted.
    pub findings: Findings,
    /// From the first to the last instant; `None` without any.
    pub hull: Option<Span>,
}

/// A cell that could not be read.
struct BadCell {
    field: Field,
    why: String,
}

impl BadCell {
    fn new(field: Field, why: impl Into<String>) -> Self {
        Self { field, why: why.into() }
    }
}

impl<'p> Sink<'p> {
    /// Creates a sink for rows read by `plan`. With `keep_ledger` it keeps the entries of the ledger.
    pub(super) fn new(plan: &'p Plan, keep_ledger: bool) -> Self {
        Self {
            plan,
            services: Interner::default(),
            labels: Interner::default(),
            buckets: Vec::new(),
            staged: Vec::with_capacity(STAGED_MAX),
            iso_columns: ByField::default(),
            extras: Vec::new(),
            findings: Findings::new(keep_ledger),
            first: Timestamp::MAX,
            last: Timestamp::MIN,
        }
    }

    /// Adds an incident. `repeated` tells that an earlier row stands for the same incident.
    pub(super) fn incident(&mut self, row: u32, cells: &impl Cells, repeated: bool) {
        if !self.admits(row, cells) {
            return;
        }
        let (start, end) = match self.start_and_end(row, cells) {
            Ok(times) => times,
            Err(bad) => return self.reject(row, &bad, cells),
        };
        if end < start {
            return self.findings.ledger.enter_detail(Reason::Reversed, row, end.0 - start.0, || {
                format!("starts {start}, ends {end}")
            });
        }
        // An open incident extends the log's time by its start only.
        self.extend_hull(start, if end == OPEN { start } else { end });
        let extra =
            if self.plan.has_extras || repeated { self.extra(row, cells, start, repeated) } else { NO_EXTRA };
        let service = self.service(cells);
        self.staged.push((service, Row { start, end, row, extra }));
        self.flush_when_full();
    }

    /// Adds a state change.
    pub(super) fn state_change(&mut self, row: u32, cells: &impl Cells) {
        if let Some((at, state)) = self.timed_state(row, cells) {
            let service = self.service(cells);
            self.staged.push((service, Row::state_change(at, state, row)));
            self.flush_when_full();
        }
    }

    /// Adds a probe sample.
    pub(super) fn sample(&mut self, row: u32, cells: &impl Cells) {
        let Some((at, state)) = self.timed_state(row, cells) else {
            return;
        };
        let max_gap = self.plan.max_gap_micros;
        let bucket = self.bucket(cells);
        bucket.samples_good += u64::from(state == State::Up);
        bucket.samples_known += u64::from(state != State::Unknown);
        push_run(&mut bucket.runs, Run::of_one(at, state), max_gap);
    }

    /// Records a row that cannot be split into fields.
    pub(super) fn refuse(&mut self, row: u32, text: &[u8], why: &str) {
        self.findings.refuse_whole(row, "row", text, why);
    }

    /// Returns the runs collected since the last call, by service.
    pub(super) fn take_runs(&mut self) -> Vec<(String, Vec<Run>)> {
        let Self { plan, services, buckets, .. } = self;
        let filled = (0..).zip(buckets).filter(|(_, bucket)| !bucket.runs.is_empty());
        let runs = filled.map(|(number, bucket)| {
            (service_name(plan, services.bytes(number)), std::mem::take(&mut bucket.runs))
        });
        runs.collect()
    }

    /// Returns the result.
    pub(super) fn finish(mut self) -> Collected {
        self.flush_staged();
        for (number, bucket) in (0..).zip(&mut self.buckets) {
            bucket.name = service_name(self.plan, self.services.bytes(number));
        }
        Collected {
            services: self.buckets,
            extras: self.extras,
            labels: self.labels.into_names(),
            findings: self.findings,
            hull: (self.first <= self.last).then_some(Span::new(self.first, self.last)),
        }
    }

    /// Counts the row; returns whether the filters admit it.
    fn admits(&mut self, row: u32, cells: &impl Cells) -> bool {
        self.findings.rows_seen += 1;
        let left_out = self.plan.left_out(cells);
        if let Some(about) = left_out {
            self.findings.ledger.enter(Reason::Filtered, row, 0);
            self.keep_service(about, cells);
        }
        left_out.is_none()
    }

    /// Records the service of a row that a filter on incidents excludes: it exists and was up. In a log
    /// of states or samples nothing would be known of such a service, so it is not recorded.
    fn keep_service(&mut self, about: About, cells: &impl Cells) {
        if self.plan.shape != Shape::Incidents || about == About::Services {
            return;
        }
        let group = (about == About::Incidents).then(|| self.label(cells.cell(Field::Group)));
        self.bucket(cells).groups.extend(group);
    }

    fn extend_hull(&mut self, first: Timestamp, last: Timestamp) {
        self.first = self.first.min(first);
        self.last = self.last.max(last);
    }

    /// Returns the number of the row's service. Creates its bucket if necessary.
    #[inline]
    fn service(&mut self, cells: &impl Cells) -> u32 {
        let number = self.services.number(cells.cell(Field::Service));
        if number as usize >= self.buckets.len() {
            self.buckets.resize_with(number as usize + 1, ServiceEvidence::default);
        }
        number
    }

    #[inline]
    fn bucket(&mut self, cells: &impl Cells) -> &mut ServiceEvidence {
        let number = self.service(cells);
        &mut self.buckets[number as usize]
    }

    /// Moves the staged rows to their buckets if there are enough of them.
    #[inline]
    fn flush_when_full(&mut self) {
        if self.staged.len() >= STAGED_MAX {
            self.flush_staged();
        }
    }

    #[inline(never)]
    fn flush_staged(&mut self) {
        for (number, row) in self.staged.drain(..) {
            if let Some(bucket) = self.buckets.get_mut(number as usize) {
                bucket.rows.push(row);
            }
        }
    }

    fn start_and_end(&mut self, row: u32, cells: &impl Cells) -> Result<(Timestamp, Timestamp), BadCell> {
        let start = self.start(row, cells, "no start time")?;
        if self.plan.has_state && is_unfinished(cells.cell(Field::State)) {
            return Ok((start, OPEN));
        }
        let end = self.time(row, Field::End, cells)?.unwrap_or(OPEN);
        let start = if end < start { self.earlier_start(cells, end).unwrap_or(start) } else { start };
        Ok((start, end))
    }

    /// Returns the time in the start column; `missing` is the reason for rejecting a row without one.
    #[inline]
    fn start(&mut self, row: u32, cells: &impl Cells, missing: &str) -> Result<Timestamp, BadCell> {
        self.time(row, Field::Start, cells)?.ok_or_else(|| BadCell::new(Field::Start, missing))
    }

    /// Returns the earlier of the two instants of a start time in a fold, if the row then does not end
    /// before it starts.
    fn earlier_start(&self, cells: &impl Cells, end: Timestamp) -> Option<Timestamp> {
        let format = self.plan.times[Field::Start]?;
        let Reading::Local(clock) = format.parse(cells.cell(Field::Start).trim_ascii()).ok()?.reading else {
            return None;
        };
        let (earlier, _) = self.plan.zone.fold(clock)?;
        (earlier <= end).then_some(earlier)
    }

    fn timed_state(&mut self, row: u32, cells: &impl Cells) -> Option<(Timestamp, State)> {
        if !self.admits(row, cells) {
            return None;
        }
        let (at, state) = match self.time_and_state(row, cells) {
            Ok(read) => read,
            Err(bad) => {
                self.reject(row, &bad, cells);
                return None;
            }
        };
        if state == State::Unknown {
            self.findings.ledger.enter(Reason::UnknownState, row, 0);
        }
        self.extend_hull(at, at);
        Some((at, state))
    }

    fn time_and_state(&mut self, row: u32, cells: &impl Cells) -> Result<(Timestamp, State), BadCell> {
        let at = self.start(row, cells, "no time")?;
        let state = parse_state(cells.cell(Field::State), self.plan.unknown_states);
        let why = "neither up nor down: use up/down, ok/critical, true/false, 1/0 or unknown";
        state.map(|state| (at, state)).ok_or_else(|| BadCell::new(Field::State, why))
    }

    fn reject(&mut self, row: u32, bad: &BadCell, cells: &impl Cells) {
        self.findings.refuse(row, bad.field.name(), cells.cell(bad.field), &bad.why);
    }

    /// Returns the instant in a time cell; `Ok(None)` when the cell is empty.
    #[inline]
    fn time(&mut self, row: u32, field: Field, cells: &impl Cells) -> Result<Option<Timestamp>, BadCell> {
        let cell = cells.cell(field);
        if let Some((micros, in_utc)) = self.iso_columns[field].parse(cell) {
            let instant = if in_utc { Timestamp(micros) } else { self.local(row, WallClock(micros)) };
            return Ok(Some(instant));
        }
        self.time_slow(row, field, cell)
    }

    #[inline(never)]
    fn time_slow(&mut self, row: u32, field: Field, cell: &[u8]) -> Result<Option<Timestamp>, BadCell> {
        let cell = cell.trim_ascii();
        if is_missing(cell) {
            return Ok(None);
        }
        let Some(format) = self.plan.times[field] else {
            return Ok(None);
        };
        let moment = format.parse(cell).map_err(|fault| BadCell::new(field, fault.to_string()))?;
        if let Some(repair) = moment.repaired {
            let ledger = &mut self.findings.ledger;
            ledger.enter_detail(Reason::TimeRepaired, row, 0, || detail(field.name(), cell, repair));
        }
        Ok(Some(match moment.reading {
            Reading::Instant(instant) => instant,
            Reading::Local(clock) => self.local(row, clock),
        }))
    }

    /// Converts a local time to an instant. A time in a gap or a fold is entered in the ledger.
    fn local(&mut self, row: u32, clock: WallClock) -> Timestamp {
        let zone = &self.plan.zone;
        let (instant, resolution) = zone.resolve(clock);
        let reason = match resolution {
            Resolution::Unique => return instant,
            Resolution::Gap => Reason::ClockGap,
            Resolution::Fold => Reason::ClockFold,
        };
        self.findings.ledger.enter_detail(reason, row, 0, || clock_note(zone, clock, instant));
        instant
    }

    fn extra(&mut self, row: u32, cells: &impl Cells, start: Timestamp, repeated: bool) -> u32 {
        let detected = self.optional_time(row, Field::Detected, cells);
        let acknowledged = if self.plan.has_ack_after {
            self.optional_number(row, Field::AckAfter, cells).map(|after_s| start.plus_seconds(after_s))
        } else {
            self.optional_time(row, Field::Acknowledged, cells)
        };
        let extra = Extra {
            detected,
            acknowledged,
            severity: self.label(cells.cell(Field::Severity)),
            cause: self.label(cells.cell(Field::Cause)),
            group: self.label(cells.cell(Field::Group)),
            weight: self.optional_number(row, Field::Weight, cells),
            repeated,
        };
        self.extras.push(extra);
        (self.extras.len() - 1) as u32
    }

    fn label(&mut self, cell: &[u8]) -> u32 {
        let cell = cell.trim_ascii();
        if is_missing(cell) { NO_LABEL } else { self.labels.number(cell) }
    }

    fn optional_time(&mut self, row: u32, field: Field, cells: &impl Cells) -> Option<Timestamp> {
        self.time(row, field, cells).unwrap_or_else(|bad| {
            self.ignore_cell(row, &bad, cells);
            None
        })
    }

    fn optional_number(&mut self, row: u32, field: Field, cells: &impl Cells) -> Option<f64> {
        let cell = cells.cell(field).trim_ascii();
        if is_missing(cell) {
            return None;
        }
        let number = std::str::from_utf8(cell).ok().and_then(|text| text.parse::<f64>().ok());
        let number = number.filter(|number| number.is_finite());
        if number.is_none() {
            self.ignore_cell(row, &BadCell::new(field, "not a number"), cells);
        }
        number
    }

    fn ignore_cell(&mut self, row: u32, bad: &BadCell, cells: &impl Cells) {
        self.findings.ledger.enter_detail(Reason::CellUnreadable, row, 0, || {
            detail(bad.field.name(), cells.cell(bad.field), &bad.why)
        });
    }
}

/// Returns the service name of a cell. It is derived once for each distinct cell and not for each row.
fn service_name(plan: &Plan, cell: &[u8]) -> String {
    let cell = cell.trim_ascii();
    let name = match plan.service {
        _ if is_missing(cell) => NO_SERVICE.as_bytes(),
        ServiceRule::AsWritten => cell,
        ServiceRule::InBrackets => in_brackets(cell),
    };
    String::from_utf8_lossy(name).into_owned()
}

fn clock_note(zone: &Zone, clock: WallClock, instant: Timestamp) -> String {
    let shown = Timestamp(clock.0).to_string();
    format!("{} in {} taken as {instant}", shown.trim_end_matches('Z'), zone.name())
}

/// Returns the bracketed word at the start, as `api` in `[api] 5xx spike`, or the whole text without
/// brackets.
fn in_brackets(cell: &[u8]) -> &[u8] {
    let inside = cell.strip_prefix(b"[").and_then(|rest| rest.split(|byte| *byte == b']').next());
    inside.map(<[u8]>::trim_ascii).filter(|name| !name.is_empty()).unwrap_or(cell)
}

#[cfg(test)]
mod tests {
    use super::in_brackets;

    #[test]
    fn the_bracketed_word_is_the_service_name() {
        assert_eq!(in_brackets(b"[api] 5xx spike"), b"api");
        assert_eq!(in_brackets(b"DevOps"), b"DevOps");
        assert_eq!(in_brackets(b"[] x"), b"[] x");
    }
}
