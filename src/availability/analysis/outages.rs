//! Builds the timeline of one service from its rows. Every row that is excluded or adjusted is entered
//! in the ledger.

use super::settings::Settings;
use crate::availability::evidence::{Evidence, Extra, ServiceEvidence, Shape};
use crate::availability::input::state_of_code;
use crate::availability::ledger::{Ledger, Reason};
use crate::availability::rows::{NO_EXTRA, OPEN, Row, SortedRows};
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
    /// single incidents (see [`Settings::needs_incidents`]).
    pub incidents: Vec<Incident>,
    /// The groups that any row of the service names, including rows outside the window and rows excluded
    /// by `--where`: a service belongs to its groups all the time.
    pub groups: BTreeSet<u32>,
}

/// A row that counts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Incident {
    /// The row's number over all inputs.
    pub row: u32,
    /// Start to end, clipped to the window.
    pub span: Span,
    /// Index into [`Evidence::extras`], or [`NO_EXTRA`].
    pub extra: u32,
    /// The start as logged, before clipping to the window.
    pub began: Timestamp,
    /// Whether it has no end.
    pub open: bool,
}

/// Counts of a group of incidents and the sums behind MTTD and MTTA.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct RowStats {
    /// Number of incidents.
    pub incidents: u64,
    /// Number of incidents without further rows of the same incident for other services.
    pub distinct: u64,
    /// Sum of the microseconds to detection, and the number of terms. Integers, so that the sum does not
    /// depend on the order.
    pub detect: (i64, u64),
    /// Sum of the microseconds to acknowledgement, and the number of terms.
    pub acknowledge: (i64, u64),
}

impl RowStats {
    /// Adds one incident.
    pub fn add(&mut self, incident: &Incident, extra: Option<&Extra>) {
        self.incidents += 1;
        self.distinct += u64::from(!extra.is_some_and(|extra| extra.repeated));
        let Some(extra) = extra else { return };
        for (sum, at) in [(&mut self.detect, extra.detected), (&mut self.acknowledge, extra.acknowledged)] {
            if let Some(after) = at.map(|at| at.0 - incident.began.0).filter(|after| *after >= 0) {
                *sum = (sum.0.saturating_add(after), sum.1 + 1);
            }
        }
    }

    /// Adds the counts and sums of another group.
    pub fn absorb(&mut self, other: &Self) {
        self.incidents += other.incidents;
        self.distinct += other.distinct;
        self.detect = (self.detect.0 + other.detect.0, self.detect.1 + other.detect.1);
        self.acknowledge =
            (self.acknowledge.0 + other.acknowledge.0, self.acknowledge.1 + other.acknowledge.1);
    }
}

/// Builds the timeline of a service from incidents, state changes or samples.
pub(super) fn service_line(
    service: &mut ServiceEvidence,
    evidence: &Facts<'_>,
    window: Span,
    settings: &Settings,
    ledger: &mut Ledger,
) -> ServiceLine {
    let maintenance = settings.maintenance.of(&service.name).clip(window);
    match evidence.shape {
        Shape::Incidents => {
            let rows = std::mem::take(&mut service.rows).into_sorted();
            let left_out = std::mem::take(&mut service.groups);
            let mut line = from_rows(&rows, evidence, window, maintenance, settings, ledger);
            line.groups.extend(left_out);
            line
        }
        Shape::States => {
            let rows = std::mem::take(&mut service.rows).into_sorted();
            let changes: Vec<_> = rows.iter().map(|row| (row.start, state_of_code(row.extra))).collect();
            let (down, unknown) = hold_states(&changes, settings.initial_state, window);
            from_states(Line::new(window, &down, &maintenance, &unknown), last_is_down(&changes))
        }
        Shape::Samples => {
            let (down, unknown) = hold_forward(&service.runs, evidence.max_gap_micros, window);
            let ends_down = service.runs.last().is_some_and(|run| run.state == State::Down);
            from_states(Line::new(window, &down, &maintenance, &unknown), ends_down)
        }
    }
}

/// The parts of the evidence that the analysis of every service reads.
pub(super) struct Facts<'e> {
    /// The shape of the evidence.
    pub shape: Shape,
    /// The attributes of rows.
    pub extras: &'e [Extra],
    /// For each label, whether it denotes planned maintenance.
    pub planned_labels: Vec<bool>,
    /// The longest gap between samples that counts as known, in microseconds.
    pub max_gap_micros: i64,
}

impl<'e> Facts<'e> {
    /// Extracts the facts from evidence.
    pub fn of(evidence: &'e Evidence) -> Self {
        let planned = |label: &String| label.to_lowercase().contains("maintenance");
        Self {
            shape: evidence.shape,
            extras: &evidence.extras,
            planned_labels: evidence.labels.iter().map(planned).collect(),
            max_gap_micros: evidence.max_gap_micros,
        }
    }

    /// Returns the attributes of a row, by [`Row::extra`].
    pub fn extra(&self, index: u32) -> Option<&'e Extra> {
        if index == NO_EXTRA { None } else { self.extras.get(index as usize) }
    }

    fn is_planned(&self, extra: u32) -> bool {
        let severity = self.extra(extra).map(|extra| extra.severity as usize);
        severity.and_then(|label| self.planned_labels.get(label)).copied().unwrap_or(false)
    }
}

fn last_is_down(changes: &[(Timestamp, State)]) -> bool {
    changes.last().is_some_and(|(_, state)| *state == State::Down)
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

/// Merges the sorted rows of an incident log into a timeline.
fn from_rows(
    rows: &SortedRows,
    facts: &Facts<'_>,
    window: Span,
    maintenance: Spans,
    settings: &Settings,
    ledger: &mut Ledger,
) -> ServiceLine {
    let (keeps_incidents, mut incidents) = (settings.needs_incidents(), Vec::new());
    let (mut groups, mut stats) = (BTreeSet::new(), RowStats::default());
    let mut outages = OutageMerger::with_capacity(rows.len());
    let mut before: Option<(Timestamp, Timestamp)> = None;
    for row in rows.iter() {
        let extra = facts.extra(row.extra);
        if let (true, Some(extra)) = (keeps_incidents, extra) {
            groups.insert(extra.group);
        }
        // Rows are sorted by start and end, so duplicates are neighbours.
        let is_repeat = before.replace((row.start, row.end)) == Some((row.start, row.end));
        let Some(incident) = clip_row(&row, is_repeat, facts, window, &maintenance, ledger) else {
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
    ServiceLine { line: outages.into_line(window, maintenance), stats, incidents, groups }
}

/// Clips a row to the window and returns it as an incident, or `None` if the row does not count. Enters
/// in the ledger what was done.
#[inline]
fn clip_row(
    row: &Row,
    is_repeat: bool,
    facts: &Facts<'_>,
    window: Span,
    maintenance: &Spans,
    ledger: &mut Ledger,
) -> Option<Incident> {
    let open = row.end == OPEN;
    let span = Span::new(row.start, if open { window.end.max(row.start) } else { row.end });
    if facts.is_planned(row.extra) {
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
    pub fn add(&mut self, incident: &Incident) -> Option<i64> {
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
    pub fn into_line(self, window: Span, maintenance: Spans) -> Line {
        Line::inside(window, Spans::from_sorted(self.merged), maintenance)
            .with_instants(self.instants)
            .with_open(self.any_open)
    }
}
