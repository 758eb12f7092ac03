//! Builds the timeline of one service from its rows. Every row that is excluded or adjusted is entered
//! in the ledger.

use super::incidents::{Incident, RowStats};
use super::job::Job;
use crate::availability::evidence::{ServiceEvidence, Shape};
use crate::availability::ledger::{Ledger, Reason};
use crate::availability::rows::{NO_EXTRA, OPEN, Row, Rows};
use crate::base::time::Timestamp;
use crate::timeline::samples::{State, hold_forward, hold_states};
use crate::timeline::{Line, Span, Spans};
use std::collections::BTreeSet;

/// The timeline of a service and the other results of its rows.
pub(super) struct ServiceLine {
    /// The timeline.
    pub line: Line,
    /// Counts and sums over the rows that count.
    pub stats: RowStats,
    /// The rows that count, clipped to the window, in order of start. Empty unless the settings need
    /// single incidents (see [`needs_incidents`](super::settings::Settings::needs_incidents)).
    pub incidents: Vec<Incident>,
    /// The groups that any row of the service names, including rows outside the window and rows excluded
    /// by `--where`: a service belongs to its groups all the time.
    pub groups: BTreeSet<u32>,
}

/// Builds the timeline of a service from incidents, state changes or samples.
pub(super) fn service_line(service: &mut ServiceEvidence, job: &Job<'_>, ledger: &mut Ledger) -> ServiceLine {
    let mut found = service_line_of_window(service, job, ledger);
    if let Some(start) = service.in_service {
        found.line = found.line.in_service_from(start);
    }
    found
}

/// Builds the timeline of a service that was in service all the time.
fn service_line_of_window(service: &mut ServiceEvidence, job: &Job<'_>, ledger: &mut Ledger) -> ServiceLine {
    let Job { window, settings, .. } = *job;
    let planned = Spans::from_unsorted(std::mem::take(&mut service.planned));
    let maintenance = settings.maintenance.of(&service.name).union(&planned).clip(window);
    match job.evidence.shape {
        Shape::Incidents => {
            let rows = std::mem::take(&mut service.rows);
            let mut line = from_rows(rows, job, maintenance, ledger);
            line.groups.append(&mut service.groups);
            line
        }
        Shape::States => {
            let rows = std::mem::take(&mut service.rows).into_sorted();
            let changes: Vec<_> = rows.map(|row| (row.start, row.state())).collect();
            let (down, unknown) = hold_states(&changes, settings.initial_state, window);
            let ends_down = changes.last().is_some_and(|(_, state)| *state == State::Down);
            from_states(Line::new(window, &down, &maintenance, &unknown), ends_down)
        }
        Shape::Periods => {
            let rows: Vec<Row> = std::mem::take(&mut service.rows).into_sorted().collect();
            let ends_down = rows.iter().any(|row| row.state() == State::Down && row.end == OPEN);
            let (down, unknown) = of_periods(&rows, window);
            from_states(Line::new(window, &down, &maintenance, &unknown), ends_down)
        }
        Shape::Samples => {
            let (down, unknown) = hold_forward(&service.runs, job.evidence.max_gap_micros, window);
            let ends_down = service.runs.last().is_some_and(|run| run.state == State::Down);
            from_states(Line::new(window, &down, &maintenance, &unknown), ends_down)
        }
    }
}

/// Returns down and unknown time over `window` from periods of known state. Where periods of different
/// states overlap, down goes before unknown and unknown before up.
fn of_periods(rows: &[Row], window: Span) -> (Spans, Spans) {
    let spans = |is_wanted: fn(State) -> bool| {
        let wanted = rows.iter().filter(|row| is_wanted(row.state()));
        Spans::from_unsorted(wanted.map(|row| Span::new(row.start, row.end)).collect()).clip(window)
    };
    let stated_unknown = spans(|state| state == State::Unknown);
    let unlisted = spans(|state| state != State::Unknown).union(&stated_unknown).complement(window);
    (spans(|state| state == State::Down), unlisted.union(&stated_unknown))
}

/// Completes a timeline built from states or samples, in which every outage counts as one incident.
fn from_states(line: Line, ends_down: bool) -> ServiceLine {
    let line = line.with_open(ends_down);
    let incident =
        |span: &Span| Incident { row: 0, span: *span, extra: NO_EXTRA, began: span.start, open: false };
    let incidents: Vec<Incident> = line.outages.iter().map(incident).collect();
    let mut stats = RowStats::default();
    for incident in &incidents {
        stats.add(incident, None);
    }
    ServiceLine { line, stats, incidents, groups: BTreeSet::new() }
}

/// Merges the rows of an incident log into a timeline.
fn from_rows(rows: Rows, job: &Job<'_>, maintenance: Spans, ledger: &mut Ledger) -> ServiceLine {
    let (keeps_incidents, mut incidents) = (job.settings.needs_incidents(), Vec::new());
    let (mut groups, mut stats) = (BTreeSet::new(), RowStats::default());
    let mut outages = OutageMerger::with_capacity(rows.len());
    let mut before: Option<Row> = None;
    for row in rows.into_sorted() {
        let extra = job.extra(row.extra);
        if let (true, Some(extra)) = (keeps_incidents, extra) {
            groups.insert(extra.group);
        }
        // Rows are sorted by start and end, so duplicates are neighbours.
        let earlier = before.replace(row);
        if earlier.is_some_and(|earlier| is_closed_elsewhere(&row, &earlier, job)) {
            ledger.enter(Reason::Superseded, row.row, 0);
            continue;
        }
        let is_repeat = earlier.is_some_and(|earlier| (earlier.start, earlier.end) == (row.start, row.end));
        let Some(incident) = clip_row(&row, is_repeat, job, &maintenance, ledger) else {
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
    ServiceLine { line: outages.into_line(job.window, maintenance), stats, incidents, groups }
}

/// Whether a row without an end is the same incident as one with an end in another file: a later export.
fn is_closed_elsewhere(row: &Row, earlier: &Row, job: &Job<'_>) -> bool {
    let file = |row: &Row| job.evidence.sources.locate(row.row).map(|(source, _)| source.row_base);
    row.end == OPEN && earlier.end != OPEN && earlier.start == row.start && file(row) != file(earlier)
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
    let span = Span::new(row.start, if open { window.end.max(row.start) } else { row.end });
    if job.is_planned(row.extra) {
        ledger.enter(Reason::Maintenance, row.row, span.intersect(&window).micros());
    } else if is_outside(span, window) {
        ledger.enter(Reason::OutsideWindow, row.row, span.micros());
    } else if is_repeat {
        ledger.enter(Reason::Duplicate, row.row, span.intersect(&window).micros());
    } else {
        let kept = Incident {
            row: row.row,
            span: span.intersect(&window),
            extra: row.extra,
            began: row.start,
            open,
        };
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

/// Merges incidents into outages. The incidents must be clipped to the window and added in order of
/// start.
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

    /// Adds an incident. If it is merged into the previous outage, returns their overlap in
    /// microseconds.
    #[inline]
    pub(super) fn add(&mut self, incident: &Incident) -> Option<i64> {
        let span = incident.span;
        if span.is_empty() {
            self.instants.push(span.start);
            return None;
        }
        self.any_open |= incident.open;
        match self.merged.last_mut() {
            // Starts ascend, so an incident can only overlap or touch the last outage.
            Some(current) if span.start <= current.end => {
                let doubled = current.end.min(span.end).0 - span.start.0;
                current.end = current.end.max(span.end);
                Some(doubled)
            }
            _ => {
                self.merged.push(span);
                None
            }
        }
    }

    /// Builds the timeline of the outages. `maintenance` must lie inside the window.
    pub(super) fn into_line(self, window: Span, maintenance: Spans) -> Line {
        Line::inside(window, Spans::from_sorted(self.merged), maintenance)
            .with_instants(self.instants)
            .with_open(self.any_open)
    }
}
