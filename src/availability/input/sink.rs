//! Converts the cells of rows into evidence. All formats use the same sink; each worker has its own.

use super::field::{ByField, Cells, Field, Record};
use super::findings::{Findings, detail};
use super::intern::Interner;
use super::length::parse_length;
use super::plan::{About, Plan, RowKind, ServiceRule, StateSays};
use super::states::{
    Meaning, OVER_WITHOUT_END, Remembered, Seen, UNCLEAR_STATE, goes_on, is_one_of, says_over,
};
use super::timestamp::{Fault, IsoColumn, Reading, is_missing};
use crate::availability::evidence::{Extra, NO_LABEL, NO_SERVICE, ServiceEvidence, Shape};
use crate::availability::ledger::Reason;
use crate::availability::rows::{NO_EXTRA, OPEN, Row, RowIds};
use crate::base::text::decoded;
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
    /// The samples of each service since [`take_runs`](Self::take_runs), by the number of its bucket.
    samples: Vec<Vec<(Timestamp, State)>>,
    /// Rows not yet in their buckets, each with the number of its bucket. Buckets lie far apart in
    /// memory; moving many rows in a tight loop lets the processor overlap the cache misses (with a
    /// thousand services this saves 4 % of the reading time).
    staged: Vec<(u32, Row)>,
    /// Fast parsers of time columns; unused for other fields.
    iso_columns: ByField<IsoColumn>,
    /// Whether no row is left out for another reason than its time or state.
    admits_all: bool,
    /// If only the times of an incident count: the earliest end that may stand for "no end yet".
    plain_until: Option<Timestamp>,
    extras: Vec<Extra>,
    ids: RowIds,
    /// What the states say of an incident.
    meanings: Remembered<Meaning>,
    /// What the states say of a service.
    states: Remembered<Seen>,
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
    /// Identifiers of incidents.
    pub ids: RowIds,
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
            samples: Vec::new(),
            staged: Vec::with_capacity(STAGED_MAX),
            iso_columns: ByField::default(),
            admits_all: plan.admits_all(),
            plain_until: plan.has_only_times().then_some(plan.no_end_yet_from()),
            extras: Vec::new(),
            ids: RowIds::default(),
            meanings: Remembered::default(),
            states: Remembered::default(),
            findings: Findings::new(keep_ledger),
            first: Timestamp::MAX,
            last: Timestamp::MIN,
        }
    }

    /// Adds an incident. `repeated` tells that an earlier row stands for the same incident.
    pub(super) fn incident(&mut self, row: u32, cells: &impl Cells, repeated: bool) {
        if self.plain_until.is_some_and(|until| !repeated && self.plain_incident(row, cells, until))
            || !self.admits(row, cells)
        {
            return;
        }
        let (start, end) = match self.start_and_end(row, cells) {
            Ok(times) => times,
            Err(bad) => return self.reject(row, &bad, cells),
        };
        if end < start {
            return self.reverse(row, start, end);
        }
        // An open incident extends the log's time by its start only.
        self.extend_hull(start, if end == OPEN { start } else { end });
        let extra =
            if self.plan.has.extras || repeated { self.extra(row, cells, start, repeated) } else { NO_EXTRA };
        if self.plan.has.in_service
            && let Some(at) = self.optional_time(row, Field::InService, cells)
        {
            if end < at {
                let why = "after the outage: the unit cannot have failed before";
                return self.reject(row, &BadCell::new(Field::InService, why), cells);
            }
            let known = &mut self.bucket(cells).in_service;
            *known = Some(known.map_or(at, |known| known.min(at)));
        }
        if self.plan.has.ids {
            let id = cells.cell(Field::Id).trim_ascii();
            if !is_missing(id) {
                self.ids.push(row, id);
            }
        }
        let service = self.service(cells);
        self.staged.push((service, Row { start, end, row, extra }));
        self.flush_when_full();
    }

    /// Adds an incident that nothing but its times can keep out, if these are plain: in UTC, in order, and the end
    /// before `until`. Returns whether they are. Most rows are such.
    #[inline]
    fn plain_incident(&mut self, row: u32, cells: &impl Cells, until: Timestamp) -> bool {
        let mut time = |field| self.iso_columns[field].parse(cells.cell(field));
        let (Some((start, true)), Some((end, true))) = (time(Field::Start), time(Field::End)) else {
            return false;
        };
        let (start, end) = (Timestamp(start), Timestamp(end));
        let is_plain = start <= end && end < until && end.0 > 0;
        if is_plain {
            self.findings.rows_seen += 1;
            self.extend_hull(start, end);
            let service = self.service(cells);
            self.staged.push((service, Row { start, end, row, extra: NO_EXTRA }));
            self.flush_when_full();
        }
        is_plain
    }

    /// Adds a state change.
    pub(super) fn state_change(&mut self, row: u32, cells: &impl Cells) {
        if let Some((at, state)) = self.timed_state(row, cells) {
            let service = self.service(cells);
            self.staged.push((service, Row::state_change(at, state, row)));
            self.flush_when_full();
        }
    }

    /// Adds a period of one state.
    pub(super) fn period(&mut self, row: u32, cells: &impl Cells) {
        if !self.admits(row, cells) {
            return;
        }
        let read = self.start(row, cells, "no start time").and_then(|start| {
            let end = self.time(row, Field::End, cells)?.unwrap_or(OPEN);
            Ok((start, end, self.state(cells)?))
        });
        let (start, end, state) = match read {
            Ok(read) => read,
            Err(bad) => return self.reject(row, &bad, cells),
        };
        if end < start {
            return self.reverse(row, start, end);
        }
        self.enter_state(row, state, cells);
        self.extend_hull(start, if end == OPEN { start } else { end });
        let service = self.service(cells);
        self.staged.push((service, Row::period(Span::new(start, end), state, row)));
        self.flush_when_full();
    }

    /// Records a row that ends before it starts.
    fn reverse(&mut self, row: u32, start: Timestamp, end: Timestamp) {
        let detail = || format!("starts {start}, ends {end}");
        self.findings.ledger.enter_detail(Reason::Reversed, row, end.0 - start.0, detail);
    }

    /// Adds a probe sample.
    pub(super) fn sample(&mut self, row: u32, cells: &impl Cells) {
        let Some((at, state)) = self.timed_state(row, cells) else {
            return;
        };
        let number = self.service(cells) as usize;
        let bucket = &mut self.buckets[number];
        bucket.samples_good += u64::from(state == State::Up);
        bucket.samples_known += u64::from(state != State::Unknown);
        if number >= self.samples.len() {
            self.samples.resize_with(number + 1, Vec::new);
        }
        self.samples[number].push((at, state));
    }

    /// Joins the samples of each service into runs, whatever the order of their rows. Of several at one
    /// instant, the worst counts.
    fn join_samples(&mut self) {
        for (bucket, samples) in self.buckets.iter_mut().zip(&mut self.samples) {
            // Logs are mostly in order of time, ascending or descending: sorting is then linear.
            samples.sort();
            samples.dedup_by_key(|(at, _)| *at);
            for (at, state) in samples.drain(..) {
                push_run(&mut bucket.runs, Run::of_one(at, state), self.plan.max_gap_micros);
            }
        }
    }

    /// Adds a row of the plan's shape. `repeated` tells that an earlier row stands for the same incident.
    pub(super) fn row(&mut self, row: u32, cells: &impl Cells, repeated: bool) {
        match self.plan.shape {
            Shape::Incidents => self.incident(row, cells, repeated),
            Shape::States => self.state_change(row, cells),
            Shape::Samples => self.sample(row, cells),
            Shape::Periods => self.period(row, cells),
        }
    }

    /// Adds a record.
    pub(super) fn record(&mut self, record: &Record) {
        self.row(record.row, record, record.repeated);
    }

    /// Records a row that cannot be split into fields.
    pub(super) fn refuse(&mut self, row: u32, text: &[u8], why: &str) {
        self.findings.refuse_whole(row, "row", text, why);
    }

    /// Returns the runs collected since the last call, by service.
    pub(super) fn take_runs(&mut self) -> Vec<(String, Vec<Run>)> {
        self.join_samples();
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
        self.join_samples();
        for (number, bucket) in (0..).zip(&mut self.buckets) {
            bucket.name = service_name(self.plan, self.services.bytes(number));
        }
        Collected {
            services: self.buckets,
            extras: self.extras,
            ids: self.ids,
            labels: self.labels.into_names(),
            findings: self.findings,
            hull: (self.first <= self.last).then_some(Span::new(self.first, self.last)),
        }
    }

    /// Counts the row; returns whether the filters admit it.
    fn admits(&mut self, row: u32, cells: &impl Cells) -> bool {
        self.findings.rows_seen += 1;
        if let Some(about) = self.plan.left_out(cells) {
            self.findings.ledger.enter(Reason::Filtered, row, 0);
            self.keep_service(about, cells);
            return false;
        }
        let is_withdrawn = self.is_withdrawn(cells);
        match self.plan.kinds.of(cells.cell(Field::Kind)) {
            _ if is_withdrawn => {
                self.findings.ledger.enter(Reason::Notice, row, 0);
                self.keep_service(About::Incidents, cells);
            }
            RowKind::Outage => return true,
            RowKind::Notice => {
                self.findings.ledger.enter(Reason::Notice, row, 0);
                self.keep_service(About::Incidents, cells);
            }
            RowKind::Planned => self.planned(row, cells),
            RowKind::Unknown => self.unknown(row, cells),
        }
        false
    }

    /// Adds planned maintenance of the row's service.
    fn planned(&mut self, row: u32, cells: &impl Cells) {
        match self.start_and_end(row, cells) {
            Err(bad) => self.reject(row, &bad, cells),
            Ok((_, OPEN)) => {
                let why = "planned work without an end: nothing says how long it was planned for";
                self.reject(row, &BadCell::new(Field::End, why), cells);
            }
            Ok((start, end)) => {
                let span = Span::new(start, end.max(start));
                self.findings.ledger.enter(Reason::Maintenance, row, span.micros());
                self.extend_hull(start, span.end);
                self.bucket(cells).planned.push(span);
            }
        }
    }

    /// Adds time in which the state of the row's service is not known; without an end it goes on.
    fn unknown(&mut self, row: u32, cells: &impl Cells) {
        match self.start_and_end(row, cells) {
            Err(bad) => self.reject(row, &bad, cells),
            Ok((start, end)) => {
                self.findings.ledger.enter(Reason::UnknownState, row, 0);
                self.extend_hull(start, if end == OPEN { start } else { end });
                self.bucket(cells).unknown.push(Span::new(start, end));
            }
        }
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
        let state = cells.cell(Field::State);
        if self.is_open_by_state(state)? {
            return Ok((start, OPEN));
        }
        let end = match self.time(row, Field::End, cells)? {
            // 1970, the year 1 and the last days of these centuries stand for "no end yet".
            Some(end)
                if (end.0 <= 0 && start.0 > 0)
                    || self.plan.no_end_yet.iter().any(|day| day.contains(end)) =>
            {
                OPEN
            }
            Some(end) => end,
            // The length of an incident that goes on is that so far.
            None if self.plan.says == StateSays::Hints && goes_on(state) => OPEN,
            None => self.duration_s(cells)?.map_or(OPEN, |length_s| start.plus_seconds(length_s)),
        };
        let is_over = || says_over(state) == Some(true) || is_one_of(state, self.plan.over);
        if end == OPEN && self.plan.says != StateSays::Nothing && is_over() {
            return Err(BadCell::new(Field::End, OVER_WITHOUT_END));
        }
        if end != OPEN && self.plan.says == StateSays::Hints && self.meaning(state).goes_on {
            self.findings.ledger.enter(Reason::GoesOn, row, 0);
        }
        let start = if end < start { self.earlier_start(cells, end).unwrap_or(start) } else { start };
        Ok((start, end))
    }

    /// Whether an incident is open because its state says so, whatever its end is.
    #[inline]
    fn is_open_by_state(&self, state: &[u8]) -> Result<bool, BadCell> {
        match self.plan.says {
            StateSays::Nothing | StateSays::Hints => Ok(false),
            StateSays::WhetherOver => Ok(says_over(state) != Some(true)),
            StateSays::WhetherOverForCertain => match says_over(state) {
                Some(is_over) => Ok(!is_over),
                None if is_missing(state.trim_ascii()) => Ok(true),
                None => Err(BadCell::new(Field::State, UNCLEAR_STATE)),
            },
        }
    }

    /// Whether the row's state withdraws it.
    #[inline]
    fn is_withdrawn(&mut self, cells: &impl Cells) -> bool {
        self.plan.skips_withdrawn && self.meaning(cells.cell(Field::State)).is_withdrawn
    }

    /// Returns what a state says of an incident.
    fn meaning(&mut self, state: &[u8]) -> Meaning {
        self.meanings.of(state, Meaning::of)
    }

    /// Returns the length of an incident in seconds; `None` if the log does not have it.
    fn duration_s(&self, cells: &impl Cells) -> Result<Option<f64>, BadCell> {
        let Some((field, unit_s)) = self.plan.duration else { return Ok(None) };
        let cell = cells.cell(field).trim_ascii();
        if is_missing(cell) {
            return Ok(None);
        }
        let length_s = parse_length(cell, unit_s);
        length_s.map(Some).map_err(|why| BadCell::new(field, why))
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
        if let Some((at, state)) = self.plain_state(cells) {
            self.findings.rows_seen += 1;
            self.extend_hull(at, at);
            return Some((at, state));
        }
        if !self.admits(row, cells) {
            return None;
        }
        let (at, state) = match self.time_and_state(row, cells) {
            Ok(read) => read,
            Err(bad) => {
                self.reject(row, &bad, cells);
                // Where such rows are left out, the state is not known from here on.
                let at = (bad.field == Field::State).then(|| self.start(row, cells, "").ok()).flatten();
                return at.map(|at| (at, State::Unknown));
            }
        };
        self.enter_state(row, state, cells);
        self.extend_hull(at, at);
        Some((at, state))
    }

    /// Returns the time and the state of a row of which nothing else counts and nothing is entered in the ledger: the
    /// time is in UTC, and the state is up or down. Most rows are such.
    #[inline]
    fn plain_state(&mut self, cells: &impl Cells) -> Option<(Timestamp, State)> {
        if !self.admits_all {
            return None;
        }
        let (micros, true) = self.iso_columns[Field::Start].parse(cells.cell(Field::Start))? else {
            return None;
        };
        let seen = self.see(cells);
        let state = seen.state.filter(|state| *state != State::Unknown && !seen.is_impaired)?;
        Some((Timestamp(micros), state))
    }

    #[inline]
    fn see(&mut self, cells: &impl Cells) -> Seen {
        let states = &self.plan.states;
        self.states.of(cells.cell(Field::State), |cell| states.see(cell))
    }

    /// Enters a state in the ledger that is neither up nor down, or that of an impaired service.
    #[inline]
    fn enter_state(&mut self, row: u32, state: State, cells: &impl Cells) {
        if state == State::Unknown {
            self.findings.ledger.enter(Reason::UnknownState, row, 0);
        } else if self.see(cells).is_impaired {
            self.findings.ledger.enter(Reason::Impaired, row, 0);
        }
    }

    fn time_and_state(&mut self, row: u32, cells: &impl Cells) -> Result<(Timestamp, State), BadCell> {
        let at = self.start(row, cells, "no time")?;
        Ok((at, self.state(cells)?))
    }

    fn state(&mut self, cells: &impl Cells) -> Result<State, BadCell> {
        self.see(cells).state.ok_or_else(|| BadCell::new(Field::State, "neither up nor down"))
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
        let moment = match format.parse(cell) {
            // Its last day is beyond the times that are read.
            Err(Fault::TooLate) if field == Field::End => return Ok(Some(OPEN)),
            parsed => parsed.map_err(|fault| BadCell::new(field, fault.to_string()))?,
        };
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
        let acknowledged = self.optional_time(row, Field::Acknowledged, cells).or_else(|| {
            let after_s = self.optional_number(row, Field::AckAfter, cells)?;
            Some(start.plus_seconds(after_s))
        });
        let extra = Extra {
            detected,
            acknowledged,
            severity: self.label(cells.cell(Field::Severity)),
            cause: self.label(cells.cell(Field::Cause)),
            group: self.label(cells.cell(Field::Group)),
            weight: self.weight(row, cells),
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

    /// Returns the weight of a partial outage: a share from 0 to 1, or per cent.
    fn weight(&mut self, row: u32, cells: &impl Cells) -> Option<f64> {
        let cell = cells.cell(Field::Weight).trim_ascii();
        let percent = cell.strip_suffix(b"%").and_then(|cell| std::str::from_utf8(cell).ok());
        match percent.and_then(|text| text.trim().parse::<f64>().ok()) {
            Some(percent) => Some(0.01 * percent),
            None => self.optional_number(row, Field::Weight, cells),
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
    decoded(name).into_owned()
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
