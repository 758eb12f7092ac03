//! Merges the results of all sinks and inputs into the evidence.

use super::sink::{BadRow, Collected};
use crate::availability::evidence::{Evidence, Extra, NO_LABEL, ServiceEvidence, Shape, Source, Sources};
use crate::availability::ledger::Ledger;
use crate::availability::rows::NO_EXTRA;
use crate::base::problem::{Location, Problem};
use crate::base::time::Timestamp;
use crate::timeline::Span;
use crate::timeline::samples::{Run, join_runs};
use std::collections::{BTreeMap, HashMap};

/// Evidence under construction.
pub struct Gathering {
    services: BTreeMap<String, ServiceEvidence>,
    extras: Vec<Extra>,
    labels: Vec<String>,
    label_numbers: HashMap<String, u32>,
    ledger: Ledger,
    bad_rows: Vec<(BadRow, usize)>,
    sources: Vec<Source>,
    hull: Option<(Timestamp, Timestamp)>,
    /// The shape of the inputs so far.
    pub shape: Option<Shape>,
    /// The longest gap between samples that counts as known, over the inputs so far, in microseconds.
    pub max_gap_micros: i64,
}

impl Gathering {
    /// Creates an empty collection.
    pub fn new(keep_ledger: bool) -> Self {
        Self {
            services: BTreeMap::new(),
            extras: Vec::new(),
            labels: Vec::new(),
            label_numbers: HashMap::new(),
            ledger: Ledger::new(keep_ledger),
            bad_rows: Vec::new(),
            sources: Vec::new(),
            hull: None,
            shape: None,
            max_gap_micros: 0,
        }
    }

    /// Starts an input.
    pub fn begin(&mut self, source: Source) {
        self.sources.push(source);
    }

    /// Returns the number of rows so far in the input started last.
    pub fn rows_of_last(&self) -> u64 {
        self.sources.last().map_or(0, |source| source.rows)
    }

    /// Adds the result of a sink, from the input started last.
    pub fn absorb(&mut self, collected: Collected) {
        // Each sink numbers labels and extras from 0: renumber both.
        let numbers: Vec<u32> = collected.labels.iter().map(|label| self.label(label)).collect();
        let renumber = |label: u32| numbers.get(label as usize).copied().unwrap_or(NO_LABEL);
        let extra_base = self.absorb_extras(collected.extras, renumber);
        for (name, bucket) in collected.services {
            let service = self.service(name);
            service.groups.extend(bucket.groups.into_iter().map(renumber));
            service.rows.absorb(bucket.rows, extra_base);
            service.runs.extend(bucket.runs);
            service.samples_good += bucket.good;
            service.samples_known += bucket.known;
        }
        self.ledger.absorb(collected.ledger);
        let source = self.sources.len().saturating_sub(1);
        self.bad_rows.extend(collected.bad_rows.into_iter().map(|bad| (bad, source)));
        if let Some((first, last)) = collected.hull {
            self.cover(first, last);
        }
        if let Some(source) = self.sources.last_mut() {
            source.rows += collected.rows_seen;
        }
    }

    /// Adds runs of samples.
    pub fn absorb_runs(&mut self, runs: Vec<(String, Vec<Run>)>) {
        let max_gap = self.max_gap_micros;
        for (name, runs) in runs {
            let service = self.service(name);
            service.runs.extend(runs);
            join_runs(&mut service.runs, max_gap);
        }
    }

    /// Extends the time that the log covers.
    pub fn cover(&mut self, first: Timestamp, last: Timestamp) {
        let (old_first, old_last) = self.hull.unwrap_or((first, last));
        self.hull = Some((first.min(old_first), last.max(old_last)));
    }

    fn service(&mut self, name: String) -> &mut ServiceEvidence {
        self.services
            .entry(name)
            .or_insert_with_key(|name| ServiceEvidence { name: name.clone(), ..Default::default() })
    }

    /// Adds extras with their labels renumbered. Returns the offset of their new indexes.
    fn absorb_extras(&mut self, extras: Vec<Extra>, renumber: impl Fn(u32) -> u32) -> u32 {
        let base = u32::try_from(self.extras.len()).unwrap_or(NO_EXTRA);
        self.extras.extend(extras.into_iter().map(|extra| Extra {
            severity: renumber(extra.severity),
            cause: renumber(extra.cause),
            group: renumber(extra.group),
            ..extra
        }));
        base
    }

    fn label(&mut self, label: &str) -> u32 {
        if let Some(number) = self.label_numbers.get(label) {
            return *number;
        }
        let number = u32::try_from(self.labels.len()).unwrap_or(NO_LABEL);
        self.labels.push(label.to_owned());
        self.label_numbers.insert(label.to_owned(), number);
        number
    }

    /// Completes the evidence.
    pub fn finish(mut self, shape: Shape) -> Evidence {
        for service in self.services.values_mut() {
            join_runs(&mut service.runs, self.max_gap_micros);
        }
        self.bad_rows.sort_by_key(|(bad, _)| bad.row);
        let sources = Sources(self.sources);
        let bad_rows =
            self.bad_rows.iter().map(|(bad, source)| problem(bad, sources.0.get(*source))).collect();
        Evidence {
            shape,
            services: self.services.into_values().collect(),
            extras: self.extras,
            labels: self.labels,
            bad_rows,
            sources,
            ledger: self.ledger,
            coverage: self.hull.map(|(first, last)| Span::new(first, last)),
            max_gap_micros: self.max_gap_micros,
        }
    }
}

/// Converts a bad row into a problem with its place. For an item the line is not known, so its number
/// goes into the message.
fn problem(bad: &BadRow, source: Option<&Source>) -> Problem {
    let (file, base, unit) =
        source.map_or(("?", 0, LINE), |source| (source.name.as_str(), source.row_base, source.unit));
    let number = bad.row.saturating_sub(base);
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

/// The unit of rows that are numbered by line.
const LINE: &str = "line";
