//! Builds the timeline of one service from its rows. Every row that is excluded or adjusted is entered
//! in the ledger.

use super::beginning::Beginning;
use super::incidents::{Incident, RowStats};
use super::job::Job;
use crate::availability::evidence::{ServiceEvidence, Shape};
use crate::availability::ledger::{Ledger, Reason};
use crate::availability::rows::{NO_EXTRA, OPEN, Row, Rows, SortedRows};
use crate::base::time::Timestamp;
use crate::timeline::combine::{Combiner, Rule};
use crate::timeline::samples::{Run, State, hold_forward, hold_states};
use crate::timeline::{Line, Span, Spans};
use std::collections::{BTreeSet, HashMap, VecDeque};

/// The timeline of a service and the other results of its rows.
#[derive(Default)]
pub(super) struct ServiceLine {
    /// The timeline over the window.
    pub line: Line,
    /// The timeline over the whole log and the window, where the log reaches beyond the window.
    whole: Option<Line>,
    /// Counts and sums over the rows that count.
    pub stats: RowStats,
    /// The rows that count, clipped to the window, in order of start. Empty unless the settings need
    /// single incidents (see [`needs_incidents`](super::settings::Settings::needs_incidents)).
    pub incidents: Vec<Incident>,
    /// The groups that any row of the service names, including rows outside the window and rows excluded
    /// by `--where`: a service belongs to its groups all the time.
    pub groups: BTreeSet<u32>,
}

impl ServiceLine {
    /// The timeline over the whole log and the window.
    pub(super) fn whole(&self) -> &Line {
        self.whole.as_ref().unwrap_or(&self.line)
    }

    /// Counts every outage in the window as one incident: a log of states or samples tells no others.
    fn count_outages(&mut self) {
        for span in &self.line.outages {
            let incident = Incident { row: 0, span: *span, extra: NO_EXTRA, whole: *span, open: false };
            self.stats.add(&incident, None);
            self.incidents.push(incident);
        }
    }
}

/// Builds the timeline of a service from incidents, state changes or samples.
pub(super) fn service_line(service: &mut ServiceEvidence, job: &Job<'_>, ledger: &mut Ledger) -> ServiceLine {
    let planned = Spans::from_unsorted(std::mem::take(&mut service.planned));
    let maintenance = job.settings.maintenance.of(&service.name).union(&planned).clip(job.scope);
    let has_incidents = job.evidence.shape == Shape::Incidents;
    let (mut found, whole) = if has_incidents {
        let (found, line) = from_rows(service, job, maintenance, ledger);
        let unknown = Spans::from_unsorted(std::mem::take(&mut service.unknown)).clip(job.scope);
        (found, line.with_unknown(&unknown))
    } else {
        (ServiceLine::default(), whole_line(service, job, &maintenance))
    };
    found.groups.append(&mut service.groups);
    let whole = match service.in_service {
        Some(start) => whole.in_service_from(start),
        None => whole,
    };
    if job.scope == job.window {
        found.line = whole;
    } else {
        found.line = whole.restrict(job.window).into_owned();
        found.whole = Some(whole);
    }
    if !has_incidents {
        found.count_outages();
    }
    found
}

/// Builds the timeline of a service over the whole log from states; of several probes, a quorum decides.
fn whole_line(service: &mut ServiceEvidence, job: &Job<'_>, maintenance: &Spans) -> Line {
    if let Some(quorum) = job.settings.quorum.filter(|_| !service.probes.is_empty()) {
        let mut combiner = Combiner::new(Rule::AtLeast(quorum.needed), job.scope, true);
        for probe in &mut service.probes {
            combiner.push(&whole_line(probe, job, maintenance));
        }
        return combiner.finish();
    }
    let rows = std::mem::take(&mut service.rows);
    match job.evidence.shape {
        Shape::States => of_changes(rows, job, maintenance),
        Shape::Samples => of_runs(&service.runs, job, maintenance),
        Shape::Incidents | Shape::Periods => of_periods(rows, job.scope, maintenance),
    }
}

/// Builds a timeline from state changes.
fn of_changes(rows: Rows, job: &Job<'_>, maintenance: &Spans) -> Line {
    let changes: Vec<_> = in_order_of_events(rows, job).iter().map(|row| (row.start, row.state())).collect();
    let initial = job.settings.initial_state;
    let (down, unknown) = hold_states(&changes, initial, job.scope);
    // The first change is a change, whatever was before: it does not leave open when the outage began.
    let log_start = changes.first().map_or(job.scope.end, |(at, _)| *at);
    let before = unknown.clip(Span::new(job.scope.start, log_start));
    let within = unknown.clip(Span::new(log_start, job.scope.end));
    let ends_down = changes.last().is_some_and(|(_, state)| *state == State::Down);
    Line::new(job.scope, &down, maintenance, &within)
        .with_more_unknown(&before)
        .with_unknown_start(initial == State::Down)
        .with_open(ends_down)
}

/// Sorts changes by time; of several at one instant, in the order of their file, which may list the newest first.
fn in_order_of_events(rows: Rows, job: &Job<'_>) -> Vec<Row> {
    let mut rows: Vec<Row> = rows.into_sorted().collect();
    if !rows.array_windows().any(|[one, other]| one.start == other.start) {
        return rows;
    }
    let file = |row: &Row| job.evidence.sources.locate(row.row).map_or(0, |(source, _)| source.row_base);
    // By file, how many steps go forward in time, less how many go back.
    let mut steps: HashMap<u32, i64> = HashMap::new();
    rows.sort_unstable_by_key(|row| row.row);
    for [earlier, later] in rows.array_windows() {
        if file(earlier) == file(later) {
            *steps.entry(file(later)).or_default() += later.start.cmp(&earlier.start) as i64;
        }
    }
    rows.sort_by_cached_key(|row| {
        let file = file(row);
        let is_newest_first = steps.get(&file).is_some_and(|steps| *steps < 0);
        let number = i64::from(row.row);
        (row.start, file, if is_newest_first { -number } else { number })
    });
    rows
}

/// Builds a timeline from periods of known state. Where periods of different states overlap, down goes before
/// unknown and unknown before up.
fn of_periods(rows: Rows, scope: Span, maintenance: &Spans) -> Line {
    let rows: Vec<Row> = rows.into_sorted().collect();
    let spans = |is_wanted: fn(State) -> bool| {
        let wanted = rows.iter().filter(|row| is_wanted(row.state()));
        Spans::from_unsorted(wanted.map(|row| Span::new(row.start, row.end)).collect()).clip(scope)
    };
    let stated_unknown = spans(|state| state == State::Unknown);
    let unlisted = spans(|state| state != State::Unknown).union(&stated_unknown).complement(scope);
    let ends_down = rows.iter().any(|row| row.state() == State::Down && row.end == OPEN);
    let down = spans(|state| state == State::Down);
    Line::new(scope, &down, maintenance, &unlisted.union(&stated_unknown)).with_open(ends_down)
}

/// Builds a timeline from runs of samples.
fn of_runs(runs: &[Run], job: &Job<'_>, maintenance: &Spans) -> Line {
    let (down, unknown) = hold_forward(runs, job.evidence.max_gap_micros, job.scope);
    let is_down = |run: Option<&Run>| run.is_some_and(|run| run.state == State::Down);
    Line::new(job.scope, &down, maintenance, &unknown)
        .with_unknown_start(is_down(runs.first()))
        .with_open(is_down(runs.last()))
}

/// Merges the rows of an incident log into a timeline.
fn from_rows(
    service: &mut ServiceEvidence,
    job: &Job<'_>,
    maintenance: Spans,
    ledger: &mut Ledger,
) -> (ServiceLine, Line) {
    let rows = std::mem::take(&mut service.rows);
    let is_too_early =
        |row: &Row| service.in_service.is_some_and(|start| row.end <= start && row.start < start);
    let (keeps_incidents, mut incidents) = (job.settings.needs_incidents(), Vec::new());
    let (mut groups, mut stats) = (BTreeSet::new(), RowStats::default());
    let mut outages = OutageMerger::with_capacity(rows.len());
    let mut before: Option<Row> = None;
    let mut beginning = Beginning::default();
    for row in most_told_first(rows.into_sorted(), job) {
        if is_too_early(&row) {
            ledger.enter(Reason::OutsideWindow, row.row, Span::new(row.start, row.end).micros());
            continue;
        }
        let extra = job.extra(row.extra);
        if let (true, Some(extra)) = (keeps_incidents, extra) {
            groups.insert(extra.group);
        }
        // Rows are sorted by start and end, so duplicates are neighbours.
        let earlier = before.replace(row);
        if beginning.has_end_of(&row, job.evidence) {
            ledger.enter(Reason::Superseded, row.row, 0);
            continue;
        }
        let is_repeat = earlier.is_some_and(|earlier| (earlier.start, earlier.end) == (row.start, row.end));
        let Some(incident) = clip_row(&row, is_repeat, job, &maintenance, ledger) else {
            if row.end != OPEN && !job.is_planned(row.extra) {
                outages.extend(Span::new(row.start, row.end));
            }
            continue;
        };
        stats.add(&incident, extra);
        if let Some(doubled) = outages.add(&incident) {
            ledger.enter(Reason::Merged, incident.row, doubled);
        }
        if keeps_incidents {
            incidents.push(incident);
        }
    }
    let found = ServiceLine { stats, incidents, groups, ..ServiceLine::default() };
    (found, outages.into_line(job.scope, maintenance))
}

/// Puts the row of which most is known before the others with the same start and end, which do not count: which of
/// them comes first in the log must not matter.
fn most_told_first(mut rows: SortedRows, job: &Job<'_>) -> impl Iterator<Item = Row> {
    let mut same: VecDeque<Row> = VecDeque::new();
    std::iter::from_fn(move || {
        if let Some(next) = same.pop_front() {
            return Some(next);
        }
        let first = rows.next()?;
        let is_same = |next: &Row| (next.start, next.end) == (first.start, first.end);
        if !rows.peek().as_ref().is_some_and(is_same) {
            return Some(first);
        }
        same.push_back(first);
        while let Some(next) = rows.peek().filter(is_same) {
            same.push_back(next);
            rows.next();
        }
        same.make_contiguous().sort_by_cached_key(|row| job.told(row.extra));
        same.pop_front()
    })
}

/// Clips a row to the window and returns it as an incident, or `None` if the row does not count. Enters
/// in the ledger what was done.
#[inline]
fn clip_row(
    row: &Row,
    is_repeat: bool,
    job: &Job<'_>,
    maintenance: &Spans,
    ledger: &mut Ledger,
) -> Option<Incident> {
    let window = job.window;
    let open = row.end == OPEN;
    let whole = Span::new(row.start, if open { job.scope.end.max(row.start) } else { row.end });
    let span = Span::new(row.start, if open { window.end.max(row.start) } else { row.end });
    if job.is_planned(row.extra) {
        ledger.enter(Reason::Maintenance, row.row, span.intersect(&window).micros());
    } else if is_outside(span, window) {
        ledger.enter(Reason::OutsideWindow, row.row, span.micros());
    } else if is_repeat {
        ledger.enter(Reason::Duplicate, row.row, span.intersect(&window).micros());
    } else {
        let kept = Incident { row: row.row, span: span.intersect(&window), extra: row.extra, whole, open };
        enter_cuts(row, &kept, maintenance, ledger);
        return Some(kept);
    }
    None
}

/// Whether no part of the span lies in the window. A span of zero length lies inside if its instant
/// does.
fn is_outside(span: Span, window: Span) -> bool {
    if span.is_empty() { !window.contains(span.start) } else { span.intersect(&window).is_empty() }
}

fn enter_cuts(row: &Row, kept: &Incident, maintenance: &Spans, ledger: &mut Ledger) {
    if kept.open {
        ledger.enter(Reason::Open, row.row, kept.span.micros());
    } else if kept.span.is_empty() {
        ledger.enter(Reason::ZeroLength, row.row, 0);
    }
    let full_end = if kept.open { kept.span.end } else { row.end };
    let cut = (full_end.0 - row.start.0) - kept.span.micros();
    if cut > 0 {
        ledger.enter(Reason::Clipped, row.row, cut);
    }
    if !maintenance.is_empty() {
        let planned = maintenance.clip(kept.span).micros();
        if planned > 0 {
            ledger.enter(Reason::Maintenance, row.row, planned);
        }
    }
}

/// Merges incidents into outages. The incidents must be added in order of start.
#[derive(Default)]
pub(super) struct OutageMerger {
    merged: Vec<Span>,
    instants: Vec<Timestamp>,
    any_open: bool,
}

impl OutageMerger {
    fn with_capacity(incidents: usize) -> Self {
        Self { merged: Vec::with_capacity(incidents), ..Self::default() }
    }

    /// Adds an incident. If it is merged into the previous outage, returns their overlap in the window, in
    /// microseconds.
    #[inline]
    pub(super) fn add(&mut self, incident: &Incident) -> Option<i64> {
        self.any_open |= incident.open;
        let overlap = self.extend(incident.whole)?;
        Some(overlap.intersect(&incident.span).micros())
    }

    /// Adds a span of downtime, in the window or not. If it is merged into the previous outage, returns their
    /// overlap, which may be empty.
    #[inline]
    fn extend(&mut self, span: Span) -> Option<Span> {
        if span.is_empty() {
            self.instants.push(span.start);
            return None;
        }
        match self.merged.last_mut() {
            // Starts ascend, so an incident can only overlap or touch the last outage.
            Some(current) if span.start <= current.end => {
                let overlap = Span::new(span.start, current.end.min(span.end));
                current.end = current.end.max(span.end);
                Some(overlap)
            }
            _ => {
                self.merged.push(span);
                None
            }
        }
    }

    /// Builds the timeline of the outages over `scope`. `maintenance` must lie inside it.
    pub(super) fn into_line(self, scope: Span, maintenance: Spans) -> Line {
        Line::inside(scope, Spans::from_sorted(self.merged), maintenance)
            .with_instants(self.instants)
            .with_open(self.any_open)
    }
}
