//! Converts the cells of rows into evidence. All formats use the same sink; each worker has its own.

use super::field::{Cells, FIELDS, Field, TIMES};
use super::intern::Interner;
use super::plan::{About, Plan};
use super::preset::ServiceRule;
use super::timestamp::{IsoColumn, Reading, is_missing};
use crate::availability::evidence::{Extra, NO_LABEL, Shape};
use crate::availability::ledger::{Ledger, Reason};
use crate::availability::rows::{NO_EXTRA, OPEN, Row, Rows};
use crate::base::text::excerpt;
use crate::base::time::{Resolution, Timestamp, WallClock, Zone};
use crate::timeline::samples::{Run, State};
use std::collections::BTreeSet;

/// A row that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadRow {
    /// The row's number over all inputs.
    pub row: u32,
    /// The unreadable part: a field's name, or the unit of the row such as `line` or `item`.
    pub what: &'static str,
    /// The unreadable text.
    pub value: String,
    /// The reason.
    pub why: String,
}

/// The most bad rows that each sink keeps in full; further ones are only counted.
const BAD_ROWS_KEPT: usize = 1_000;

/// The most characters of a cell that a message shows.
const CELL_CHARS: usize = 60;

/// The number of rows that are moved to their buckets together; few enough to stay in the L1 cache.
const STAGED_MAX: usize = 256;

/// The rows of one service.
#[derive(Debug, Clone, Default)]
pub struct Bucket {
    /// Incidents or state changes.
    pub rows: Rows,
    /// Runs of samples since the last call of [`Sink::take_runs`].
    pub runs: Vec<Run>,
    /// Number of samples that were up.
    pub good: u64,
    /// Number of samples that were up or down.
    pub known: u64,
    /// Groups named by rows that a filter excludes, as labels.
    pub groups: BTreeSet<u32>,
}

/// Converts rows and sorts them into buckets by service.
pub struct Sink<'p> {
    plan: &'p Plan,
    services: Interner,
    labels: Interner,
    buckets: Vec<Bucket>,
    /// Rows not yet in their buckets, each with the number of its bucket. Buckets lie far apart in
    /// memory; moving many rows in a tight loop lets the processor overlap the cache misses (with a
    /// thousand services this saves 4 % of the reading time).
    staged: Vec<(u32, Row)>,
    /// Fast parsers of time columns, by the field's index; unused for other fields.
    iso_columns: [IsoColumn; FIELDS],
    extras: Vec<Extra>,
    /// Rows excluded or adjusted.
    pub ledger: Ledger,
    /// Rows that could not be read.
    pub bad_rows: Vec<BadRow>,
    /// Number of rows received.
    pub rows_seen: u64,
    first: Timestamp,
    last: Timestamp,
}

/// The result of a sink.
pub struct Collected {
    /// Service names with their buckets.
    pub services: Vec<(String, Bucket)>,
    /// Attributes of rows.
    pub extras: Vec<Extra>,
    /// Texts, referred to by the extras.
    pub labels: Vec<String>,
    /// Rows excluded or adjusted.
    pub ledger: Ledger,
    /// Rows that could not be read.
    pub bad_rows: Vec<BadRow>,
    /// Number of rows received.
    pub rows_seen: u64,
    /// The first and the last instant; `None` without any.
    pub hull: Option<(Timestamp, Timestamp)>,
}

/// Collects lines and items that cannot be split into fields.
pub struct Refused {
    what: &'static str,
    ledger: Ledger,
    bad_rows: Vec<BadRow>,
    count: u64,
    last_row: u32,
}

impl Refused {
    /// Creates an empty collection. `what` is the unit: `row`, `line` or `item`.
    pub fn new(what: &'static str, keep_ledger: bool) -> Self {
        Self { what, ledger: Ledger::new(keep_ledger), bad_rows: Vec::new(), count: 0, last_row: 0 }
    }

    /// Adds one. Its row number is counted over all inputs.
    pub fn push(&mut self, row: u32, text: &[u8], why: &str) {
        let value = excerpt(text, CELL_CHARS);
        self.count += 1;
        self.last_row = self.last_row.max(row);
        self.ledger.enter_detail(Reason::Unparsable, row, 0, || format!("{} `{value}`: {why}", self.what));
        if self.bad_rows.len() < BAD_ROWS_KEPT {
            self.bad_rows.push(BadRow { row, what: self.what, value, why: why.to_owned() });
        }
    }

    /// Returns the unit.
    pub fn what(&self) -> &'static str {
        self.what
    }

    /// Changes the unit.
    #[must_use]
    pub fn of(mut self, what: &'static str) -> Self {
        self.what = what;
        self
    }

    /// Returns the row number of the last one, over all inputs.
    pub fn last_row(&self) -> u32 {
        self.last_row
    }

    /// Whether the collection is empty.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Adds the collection to the result of a sink.
    pub fn join(self, mut collected: Collected) -> Collected {
        collected.ledger.absorb(self.ledger);
        collected.bad_rows.extend(self.bad_rows);
        collected.rows_seen += self.count;
        collected
    }

    /// Converts the collection into a result without services.
    pub fn collected(self) -> Collected {
        Collected {
            services: Vec::new(),
            extras: Vec::new(),
            labels: Vec::new(),
            ledger: self.ledger,
            bad_rows: self.bad_rows,
            rows_seen: self.count,
            hull: None,
        }
    }
}

/// A cell that could not be read.
struct BadCell {
    field: Field,
    why: String,
}

impl<'p> Sink<'p> {
    /// Creates a sink for rows read by `plan`. With `keep_ledger` it keeps every ledger entry.
    pub fn new(plan: &'p Plan, keep_ledger: bool) -> Self {
        Self {
            plan,
            services: Interner::default(),
            labels: Interner::default(),
            buckets: Vec::new(),
            staged: Vec::with_capacity(STAGED_MAX),
            iso_columns: [IsoColumn::default(); FIELDS],
            extras: Vec::new(),
            ledger: Ledger::new(keep_ledger),
            bad_rows: Vec::new(),
            rows_seen: 0,
            first: Timestamp::MAX,
            last: Timestamp::MIN,
        }
    }

    /// Adds an incident. `repeated` tells that an earlier row stands for the same incident.
    pub fn incident(&mut self, row: u32, cells: &impl Cells, repeated: bool) {
        if !self.admits(row, cells) {
            return;
        }
        let (start, end) = match self.start_and_end(row, cells) {
            Ok(times) => times,
            Err(bad) => return self.reject(row, &bad, cells),
        };
        if end < start {
            return self.ledger.enter_detail(Reason::Reversed, row, end.0 - start.0, || {
                format!("starts {start}, ends {end}")
            });
        }
        // An open incident extends the log's time by its start only.
        self.extend_hull(start, if end == OPEN { start } else { end });
        let extra =
            if self.plan.has_extras || repeated { self.extra(row, cells, start, repeated) } else { NO_EXTRA };
        let service = self.service(cells);
        let row = Row { start, end, row, extra };
        self.staged.push((service, row));
        self.flush_when_full();
    }

    /// Adds a state change.
    pub fn state_change(&mut self, row: u32, cells: &impl Cells) {
        if let Some((at, state)) = self.timed_state(row, cells) {
            let service = self.service(cells);
            let row = Row { start: at, end: at, row, extra: state_code(state) };
            self.staged.push((service, row));
            self.flush_when_full();
        }
    }

    /// Adds a probe sample.
    pub fn sample(&mut self, row: u32, cells: &impl Cells) {
        let Some((at, state)) = self.timed_state(row, cells) else {
            return;
        };
        let max_gap = self.plan.max_gap_micros;
        let bucket = self.bucket(cells);
        bucket.good += u64::from(state == State::Up);
        bucket.known += u64::from(state != State::Unknown);
        match bucket.runs.last_mut() {
            Some(run) if run.state == state && (0..=max_gap).contains(&(at.0 - run.last.0)) => run.last = at,
            // A log with the newest sample first extends the run backwards.
            Some(run) if run.state == state && (0..=max_gap).contains(&(run.first.0 - at.0)) => {
                run.first = at;
            }
            _ => bucket.runs.push(Run { first: at, last: at, state }),
        }
    }

    /// Returns the runs collected since the last call, by service.
    pub fn take_runs(&mut self) -> Vec<(String, Vec<Run>)> {
        let runs = self.drain_runs();
        runs.into_iter().map(|(number, runs)| (self.service_name(number), runs)).collect()
    }

    fn drain_runs(&mut self) -> Vec<(u32, Vec<Run>)> {
        let filled = self.buckets.iter_mut().enumerate().filter(|(_, bucket)| !bucket.runs.is_empty());
        filled.map(|(i, bucket)| (i as u32, std::mem::take(&mut bucket.runs))).collect()
    }

    /// Returns the result.
    pub fn finish(mut self) -> Collected {
        self.flush_staged();
        let names: Vec<String> =
            (0..self.services.len() as u32).map(|number| self.service_name(number)).collect();
        let services = names.into_iter().zip(self.buckets).collect();
        Collected {
            services,
            extras: self.extras,
            labels: self.labels.into_names(),
            ledger: self.ledger,
            bad_rows: self.bad_rows,
            rows_seen: self.rows_seen,
            hull: (self.first <= self.last).then_some((self.first, self.last)),
        }
    }

    /// Counts the row; returns whether the filters admit it.
    fn admits(&mut self, row: u32, cells: &impl Cells) -> bool {
        self.rows_seen += 1;
        let left_out = self.plan.left_out(cells);
        if let Some(about) = left_out {
            self.ledger.enter(Reason::Filtered, row, 0);
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
            self.buckets.resize_with(number as usize + 1, Bucket::default);
        }
        number
    }

    #[inline]
    fn bucket(&mut self, cells: &impl Cells) -> &mut Bucket {
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

    /// Returns the service name for a number. It is derived once for each distinct cell and not for each
    /// row.
    fn service_name(&self, number: u32) -> String {
        let cell = self.services.bytes(number).trim_ascii();
        let name = match self.plan.service {
            _ if is_missing(cell) => self.plan.default_service.as_bytes(),
            ServiceRule::AsWritten => cell,
            ServiceRule::InBrackets => in_brackets(cell),
        };
        String::from_utf8_lossy(name).into_owned()
    }

    fn start_and_end(&mut self, row: u32, cells: &impl Cells) -> Result<(Timestamp, Timestamp), BadCell> {
        let start = self.time(row, Field::Start, cells)?;
        let start = start.ok_or_else(|| BadCell { field: Field::Start, why: "no start time".into() })?;
        if self.plan.has_state && is_unfinished(cells.cell(Field::State)) {
            return Ok((start, OPEN));
        }
        let end = self.time(row, Field::End, cells)?.unwrap_or(OPEN);
        let start = if end < start { self.earlier_start(cells, end).unwrap_or(start) } else { start };
        Ok((start, end))
    }

    /// Returns the earlier of the two instants of a start time in a fold, if the row then does not end
    /// before it starts.
    fn earlier_start(&self, cells: &impl Cells, end: Timestamp) -> Option<Timestamp> {
        let format = self.plan.times.first()?.as_ref()?;
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
        let at = match self.time(row, Field::Start, cells) {
            Ok(Some(at)) => at,
            Ok(None) => {
                self.reject(row, &BadCell { field: Field::Start, why: "no time".into() }, cells);
                return None;
            }
            Err(bad) => {
                self.reject(row, &bad, cells);
                return None;
            }
        };
        let cell = cells.cell(Field::State);
        let Some(state) = parse_state(cell, self.plan.unknown_states) else {
            let why = "neither up nor down: use up/down, ok/critical, true/false, 1/0 or unknown".into();
            self.reject(row, &BadCell { field: Field::State, why }, cells);
            return None;
        };
        if state == State::Unknown {
            self.ledger.enter(Reason::UnknownState, row, 0);
        }
        self.extend_hull(at, at);
        Some((at, state))
    }

    fn reject(&mut self, row: u32, bad: &BadCell, cells: &impl Cells) {
        let value = excerpt(cells.cell(bad.field), CELL_CHARS);
        self.ledger.enter_detail(Reason::Unparsable, row, 0, || {
            format!("{} `{value}`: {}", bad.field.name(), bad.why)
        });
        if self.bad_rows.len() < BAD_ROWS_KEPT {
            self.bad_rows.push(BadRow { row, what: bad.field.name(), value, why: bad.why.clone() });
        }
    }

    /// Returns the instant in a time cell; `Ok(None)` when the cell is empty.
    #[inline]
    fn time(&mut self, row: u32, field: Field, cells: &impl Cells) -> Result<Option<Timestamp>, BadCell> {
        let cell = cells.cell(field);
        let column = self.iso_columns.get_mut(field as usize);
        if let Some((micros, in_utc)) = column.and_then(|column| column.parse(cell)) {
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
        let position = TIMES.iter().position(|time| *time == field);
        let Some(format) = position.and_then(|i| self.plan.times.get(i)?.as_ref()) else {
            return Ok(None);
        };
        let moment = format.parse(cell).map_err(|bad| BadCell { field, why: bad.to_string() })?;
        if let Some(repair) = moment.repaired {
            let shown = excerpt(cell, CELL_CHARS);
            self.ledger.enter_detail(Reason::TimeRepaired, row, 0, || {
                format!("{} `{shown}`: {repair}", field.name())
            });
        }
        Ok(Some(match moment.reading {
            Reading::Instant(instant) => instant,
            Reading::Local(clock) => self.local(row, clock),
        }))
    }

    /// Converts a local time to an instant. A time in a gap or a fold is entered in the ledger.
    fn local(&mut self, row: u32, clock: WallClock) -> Timestamp {
        let (instant, resolution) = self.plan.zone.resolve(clock);
        let zone = &self.plan.zone;
        match resolution {
            Resolution::Unique => {}
            Resolution::Gap => {
                self.ledger.enter_detail(Reason::ClockGap, row, 0, || clock_note(zone, clock, instant))
            }
            Resolution::Fold => {
                self.ledger.enter_detail(Reason::ClockFold, row, 0, || clock_note(zone, clock, instant))
            }
        }
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
        match self.time(row, field, cells) {
            Ok(time) => time,
            Err(bad) => {
                self.ignore_cell(row, &bad, cells);
                None
            }
        }
    }

    fn optional_number(&mut self, row: u32, field: Field, cells: &impl Cells) -> Option<f64> {
        let cell = cells.cell(field).trim_ascii();
        if is_missing(cell) {
            return None;
        }
        let number = std::str::from_utf8(cell).ok().and_then(|text| text.parse::<f64>().ok());
        let number = number.filter(|number| number.is_finite());
        if number.is_none() {
            self.ignore_cell(row, &BadCell { field, why: "not a number".into() }, cells);
        }
        number
    }

    fn ignore_cell(&mut self, row: u32, bad: &BadCell, cells: &impl Cells) {
        let value = excerpt(cells.cell(bad.field), CELL_CHARS);
        self.ledger.enter_detail(Reason::CellUnreadable, row, 0, || {
            format!("{} `{value}`: {}", bad.field.name(), bad.why)
        });
    }
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

/// Whether an incident's state means that it is still open; its end time is then only that of the last
/// update.
fn is_unfinished(cell: &[u8]) -> bool {
    let done: [&[u8]; 5] = [b"closed", b"resolved", b"done", b"completed", b"ok"];
    !done.iter().any(|word| word.eq_ignore_ascii_case(cell.trim_ascii()))
}

/// Returns the code of a state in [`Row::extra`].
pub fn state_code(state: State) -> u32 {
    match state {
        State::Down => 0,
        State::Unknown => 1,
        State::Up => 2,
    }
}

/// Returns the state of a code.
pub fn state_of_code(code: u32) -> State {
    match code {
        0 => State::Down,
        2 => State::Up,
        _ => State::Unknown,
    }
}

/// Parses a state. `unknown` holds further words for a state that is neither up nor down.
fn parse_state(cell: &[u8], unknown: &[&str]) -> Option<State> {
    match cell {
        b"1" => return Some(State::Up),
        b"0" => return Some(State::Down),
        _ => {}
    }
    let word = std::str::from_utf8(cell).ok()?.trim().to_ascii_lowercase();
    match word.as_str() {
        word if unknown.contains(&word) => Some(State::Unknown),
        "up" | "ok" | "true" | "yes" | "operational" | "healthy" | "success" | "passing" | "pass"
        | "online" | "recovered" | "recovery" | "resolved" | "warning" | "degraded" => Some(State::Up),
        "down" | "false" | "no" | "critical" | "fail" | "failed" | "failing" | "failure" | "error"
        | "unhealthy" | "offline" | "outage" | "unreachable" | "alerting" | "triggered" | "timeout" => {
            Some(State::Down)
        }
        "unknown" | "nan" | "pending" | "maintenance" | "paused" | "nodata" | "no data" | "" => {
            Some(State::Unknown)
        }
        _ => numeric_state(&word),
    }
}

/// Parses a number by the convention of Prometheus: 0 is down, any other number is up, NaN is unknown.
fn numeric_state(word: &str) -> Option<State> {
    let number: f64 = word.parse().ok()?;
    Some(match number {
        number if number.is_nan() => State::Unknown,
        0.0 => State::Down,
        _ => State::Up,
    })
}

#[cfg(test)]
mod tests {
    use super::{in_brackets, parse_state};
    use crate::timeline::samples::State;

    #[test]
    fn the_usual_words_for_states_are_recognised() {
        for (word, state) in [
            ("UP", State::Up),
            ("Critical", State::Down),
            ("1", State::Up),
            ("0.0", State::Down),
            ("NaN", State::Unknown),
        ] {
            assert_eq!(parse_state(word.as_bytes(), &[]), Some(state), "{word}");
        }
        assert_eq!(parse_state(b"banana", &[]), None);
        assert_eq!(
            (parse_state(b"2", &[]), parse_state(b"2", &["2"])),
            (Some(State::Up), Some(State::Unknown))
        );
    }

    #[test]
    fn the_bracketed_word_is_the_service_name() {
        assert_eq!(in_brackets(b"[api] 5xx spike"), b"api");
        assert_eq!(in_brackets(b"DevOps"), b"DevOps");
        assert_eq!(in_brackets(b"[] x"), b"[] x");
    }
}
