//! Merges the results of all sinks and inputs into the evidence.

use super::field::Field;
use super::findings::{BadRow, Findings, LINE};
use super::intern::Interner;
use super::plan::Plan;
use super::several::split_services;
use super::sink::Collected;
use crate::availability::evidence::{Evidence, Extra, NO_LABEL, ServiceEvidence, Shape, Source, Sources};
use crate::availability::rows::{NO_EXTRA, RowIds};
use crate::base::problem::{Location, Problem};
use crate::base::text::printable;
use crate::base::time::Timestamp;
use crate::timeline::Span;
use crate::timeline::samples::{Run, join_runs};
use hashbrown::HashMap;
use std::collections::BTreeMap;

/// Evidence under construction.
#[derive(Default)]
pub(super) struct Gathering {
    services: HashMap<String, ServiceEvidence, foldhash::fast::FixedState>,
    extras: Vec<Extra>,
    ids: RowIds,
    labels: Interner,
    findings: Findings,
    sources: Sources,
    hull: Option<Span>,
    /// The shape of the inputs so far.
    shape: Option<Shape>,
    /// The longest gap between samples that counts as known, over the inputs so far, in microseconds.
    max_gap_micros: i64,
}

impl Gathering {
    /// Creates an empty collection.
    pub(super) fn new(keep_ledger: bool) -> Self {
        Self { findings: Findings::new(keep_ledger), ..Self::default() }
    }

    /// Starts an input. Fails if its shape differs from that of the inputs before it.
    pub(super) fn begin(&mut self, source: Source, plan: &Plan) -> Result<(), Problem> {
        if let Some(before) = self.shape.filter(|before| *before != plan.shape) {
            let (ours, before) = (plan.shape.name(), before.name());
            let message = format!("{}: holds {ours}, but the inputs before it hold {before}", source.name);
            return Err(Problem::new(message).help("analyse them separately, or set the shape with --shape"));
        }
        self.shape = Some(plan.shape);
        self.max_gap_micros = self.max_gap_micros.max(plan.max_gap_micros);
        self.sources.0.push(source);
        Ok(())
    }

    /// Adds a note on the input started last.
    pub(super) fn note(&mut self, note: Option<String>) {
        if let Some(source) = self.sources.0.last_mut() {
            source.notes.extend(note);
        }
    }

    /// Returns the number of rows so far in the input started last.
    pub(super) fn rows_of_last(&self) -> u64 {
        self.sources.0.last().map_or(0, |source| source.rows)
    }

    /// Adds the result of a sink, from the input started last.
    pub(super) fn absorb(&mut self, collected: Collected) {
        // Each sink numbers labels and extras from 0: renumber both.
        let labels = collected.labels.iter();
        let numbers: Vec<u32> = labels.map(|label| self.labels.number(label.as_bytes())).collect();
        let renumber = |label: u32| numbers.get(label as usize).copied().unwrap_or(NO_LABEL);
        let extra_base = u32::try_from(self.extras.len()).unwrap_or(NO_EXTRA);
        self.extras.extend(collected.extras.into_iter().map(|extra| Extra {
            severity: renumber(extra.severity),
            cause: renumber(extra.cause),
            group: renumber(extra.group),
            ..extra
        }));
        self.ids.absorb(collected.ids);
        for mut service in collected.services {
            self.service(std::mem::take(&mut service.name)).absorb(service, extra_base, renumber);
        }
        self.absorb_findings(collected.findings);
        if let Some(hull) = collected.hull {
            self.cover(hull);
        }
    }

    /// Adds findings on rows of the input started last.
    pub(super) fn absorb_findings(&mut self, findings: Findings) {
        if let Some(source) = self.sources.0.last_mut() {
            source.rows += findings.rows_seen;
        }
        self.findings.absorb(findings);
    }

    /// Adds runs of samples.
    pub(super) fn absorb_runs(&mut self, runs: impl IntoIterator<Item = (String, Vec<Run>)>) {
        let max_gap = self.max_gap_micros;
        for (name, runs) in runs {
            let service = self.service(name);
            service.runs.extend(runs);
            join_runs(&mut service.runs, max_gap);
        }
    }

    /// Adds services that may have no rows.
    pub(super) fn list(&mut self, names: impl Iterator<Item = String>) {
        for name in names {
            self.service(name);
        }
    }

    /// Adds that nothing is known of services outside a time.
    pub(super) fn unknown_outside(&mut self, names: &[String], known: Span) {
        let outside = [Span::new(Timestamp::MIN, known.start), Span::new(known.end, Timestamp::MAX)];
        for name in names {
            if let Some(service) = self.services.get_mut(name) {
                service.unknown.extend(outside);
            }
        }
    }

    /// Extends the time that the log covers.
    pub(super) fn cover(&mut self, span: Span) {
        Span::extend(&mut self.hull, span);
    }

    fn service(&mut self, name: String) -> &mut ServiceEvidence {
        self.services
            .entry(name)
            .or_insert_with_key(|name| ServiceEvidence { name: name.clone(), ..Default::default() })
    }

    /// Completes the evidence, of which `last_row` is the last row number; `None` if no input was started.
    pub(super) fn finish(mut self, last_row: u32) -> Option<Evidence> {
        let mut services: BTreeMap<String, ServiceEvidence> =
            std::mem::take(&mut self.services).into_iter().collect();
        if self.shape == Some(Shape::Incidents) {
            let lists = split_services(&mut services, &mut self.extras);
            self.note(note_of_lists(&lists));
        }
        for service in services.values_mut() {
            join_runs(&mut service.runs, self.max_gap_micros);
        }
        let has_layers =
            services.values().any(|service| !(service.planned.is_empty() && service.unknown.is_empty()));
        let (ledger, bad_rows) = self.findings.finish();
        let unclear = bad_rows.iter().filter(|bad| bad.what == Field::State.name());
        // The event logs among the inputs come last, whatever their place on the command line.
        self.sources.0.sort_by_key(|source| source.row_base);
        Some(Evidence {
            shape: self.shape?,
            services: services.into_values().collect(),
            extras: self.extras,
            ids: self.ids.into_sorted(),
            labels: self.labels.into_names(),
            unclear_states: unclear.map(|bad| bad.value.clone()).collect(),
            bad_rows: bad_rows.iter().map(|bad| problem(bad, &self.sources)).collect(),
            sources: self.sources,
            ledger,
            coverage: self.hull,
            has_layers,
            last_row,
            max_gap_micros: self.max_gap_micros,
        })
    }
}

/// Says which cells were read as lists of services.
fn note_of_lists(lists: &[String]) -> Option<String> {
    const SHOWN: usize = 3;
    let shown = lists.iter().take(SHOWN).map(|list| format!("`{}`", printable(list)));
    let shown: Vec<String> = shown.collect();
    let more = if lists.len() > SHOWN { ", …" } else { "" };
    let listed = || format!("{}{more}: a row of several services counts for each of them", shown.join(", "));
    (!lists.is_empty()).then(listed)
}

/// Converts a bad row into a problem with its place. For an item the line is not known, so its number
/// goes into the message.
fn problem(bad: &BadRow, sources: &Sources) -> Problem {
    let located = sources.locate(bad.row);
    let (file, unit, number) =
        located.map_or(("?", LINE, bad.row), |(source, number)| (source.name.as_str(), source.unit, number));
    let cell = match (bad.what == unit && unit != LINE, bad.value.is_empty()) {
        (false, false) => format!("{} `{}`", bad.what, bad.value),
        (false, true) => bad.what.to_owned(),
        (true, _) => format!("`{}`", bad.value),
    };
    let (line, message) = if unit == LINE {
        (u64::from(number), format!("{cell}: {}", bad.why))
    } else {
        (0, format!("{unit} {number}: {cell}: {}", bad.why))
    };
    let place = Location { file: file.to_owned(), line, text: None, span: 0..0 };
    Problem::new(message).at(place)
}
