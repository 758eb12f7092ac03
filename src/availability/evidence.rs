//! What was read from the logs, before anything is computed from it.

use super::ledger::Ledger;
use crate::base::problem::Problem;
use crate::base::time::Timestamp;
use crate::timeline::Span;
use crate::timeline::samples::Run;
use serde::Serialize;

/// The three shapes of evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// Rows with a start and an end.
    Incidents,
    /// Rows with a time and the state from then on.
    States,
    /// Rows with a time and whether a probe succeeded then.
    Samples,
}

impl Shape {
    /// The shape's name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Incidents => "incidents",
            Self::States => "states",
            Self::Samples => "samples",
        }
    }
}

/// The name of rows that name no service.
pub const NO_SERVICE: &str = "(no service)";

/// The end of an incident that has none.
pub const OPEN: Timestamp = Timestamp::MAX;

/// One incident or one state change, as small as it can be: a log may have ten million.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Row {
    /// When it began, or when the state changed.
    pub start: Timestamp,
    /// When it ended, [`OPEN`] when it did not. Unused for state changes.
    pub end: Timestamp,
    /// The row's number over all inputs.
    pub row: u32,
    /// Incidents: the index of its [`Extra`], or [`NO_EXTRA`]. State changes: the state's code.
    pub extra: u32,
}

/// No further attributes.
pub const NO_EXTRA: u32 = u32::MAX;

/// No label.
pub const NO_LABEL: u32 = u32::MAX;

/// What only some logs know about an incident.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Extra {
    /// When somebody or something noticed.
    pub detected: Option<Timestamp>,
    /// When somebody took it.
    pub acknowledged: Option<Timestamp>,
    /// Index into [`Evidence::labels`], or [`NO_LABEL`].
    pub severity: u32,
    /// Index into [`Evidence::labels`], or [`NO_LABEL`].
    pub cause: u32,
    /// The column that `--by` names: index into [`Evidence::labels`], or [`NO_LABEL`].
    pub group: u32,
    /// The share of the service that was lost, from a column.
    pub weight: Option<f64>,
    /// Another service's row of an incident that was counted already.
    pub repeated: bool,
}

/// Rows in chunks that grow from small to large: no row is copied when more come, and little room stays unused.
#[derive(Debug, Clone, Default)]
pub struct Rows {
    /// The chunk that is being filled; it stands here and not in a list, since every row goes through it.
    tail: Vec<Row>,
    full: Vec<Vec<Row>>,
    len: usize,
}

const CHUNK_ROWS_MIN: usize = 16;
const CHUNK_ROWS_MAX: usize = 512;

impl Rows {
    /// Adds a row.
    #[inline]
    pub fn push(&mut self, row: Row) {
        if self.tail.len() == self.tail.capacity() {
            self.next_chunk();
        }
        self.tail.push(row);
    }

    #[cold]
    fn next_chunk(&mut self) {
        self.len += self.tail.len();
        let capacity = self.len.next_power_of_two().clamp(CHUNK_ROWS_MIN, CHUNK_ROWS_MAX);
        let full = std::mem::replace(&mut self.tail, Vec::with_capacity(capacity));
        if !full.is_empty() {
            self.full.push(full);
        }
    }

    /// Adds all rows of another, with their extras' indexes moved by `extra_base`.
    pub fn absorb(&mut self, mut other: Self, extra_base: u32) {
        if extra_base > 0 {
            let rows = other.full.iter_mut().flatten().chain(&mut other.tail);
            for row in rows.filter(|row| row.extra != NO_EXTRA) {
                row.extra += extra_base;
            }
        }
        self.len += other.len() + self.tail.len();
        self.full.push(std::mem::take(&mut self.tail));
        self.full.append(&mut other.full);
        self.full.push(other.tail);
        self.full.retain(|chunk| !chunk.is_empty());
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.len + self.tail.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All rows in no particular order.
    pub fn iter(&self) -> impl Iterator<Item = &Row> {
        self.full.iter().flatten().chain(&self.tail)
    }

    /// All rows, sorted by start, end and number.
    pub fn into_sorted(self) -> Vec<Row> {
        let mut rows = Vec::with_capacity(self.len());
        for chunk in &self.full {
            rows.extend_from_slice(chunk);
        }
        rows.extend_from_slice(&self.tail);
        // Each worker's rows of a log in order of time are in order: a sort that merges such runs is linear.
        rows.sort();
        rows
    }
}

/// What is known about one service.
#[derive(Debug, Clone, Default)]
pub struct ServiceEvidence {
    /// Its name as the log writes it.
    pub name: String,
    /// Incidents or state changes.
    pub rows: Rows,
    /// Samples, joined into runs.
    pub runs: Vec<Run>,
    /// Samples that were up, and all samples that were up or down.
    pub samples_good: u64,
    /// Samples that were up or down.
    pub samples_known: u64,
}

/// One input: a file or standard input.
#[derive(Debug, Clone, Serialize)]
pub struct Source {
    /// Its name as the user gave it.
    pub name: String,
    /// The preset that read it.
    pub preset: &'static str,
    /// Which column was read as what.
    pub mapping: Vec<(String, String)>,
    /// What else was decided while reading, each to be said aloud.
    pub notes: Vec<String>,
    /// Rows of data in it (records, not lines).
    pub rows: u64,
    /// What its rows are called: `line` or `item`.
    pub unit: &'static str,
    /// How many rows the inputs before it have: added to its own row numbers.
    #[serde(skip)]
    pub row_base: u32,
}

/// The inputs in order; finds the input of a row.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Sources(pub Vec<Source>);

impl Sources {
    /// The input that row `row` stands in and its number there, from 1.
    pub fn locate(&self, row: u32) -> Option<(&Source, u32)> {
        let after = self.0.partition_point(|source| source.row_base < row);
        let source = self.0.get(after.checked_sub(1)?)?;
        Some((source, row - source.row_base))
    }
}

/// Everything that was read.
#[derive(Debug)]
pub struct Evidence {
    /// The shape of all of it.
    pub shape: Shape,
    /// The services by name.
    pub services: Vec<ServiceEvidence>,
    /// Attributes that rows refer to.
    pub extras: Vec<Extra>,
    /// The texts that extras refer to.
    pub labels: Vec<String>,
    /// The inputs.
    pub sources: Sources,
    /// What was done with rows while reading.
    pub ledger: Ledger,
    /// Rows that could not be read: the first of them in full.
    pub bad_rows: Vec<Problem>,
    /// From the first to the last instant that the log speaks of.
    pub coverage: Option<Span>,
    /// The longest gap between samples that still counts as known, in microseconds.
    pub max_gap_micros: i64,
}

#[cfg(test)]
mod tests {
    use super::{NO_EXTRA, Row, Rows};
    use crate::base::time::Timestamp;

    fn row(start: i64) -> Row {
        Row {
            start: Timestamp(start),
            end: Timestamp(start + 1),
            row: 0,
            extra: NO_EXTRA,
        }
    }

    #[test]
    fn rows_come_back_sorted_from_any_number_of_chunks() {
        let (mut rows, mut more) = (Rows::default(), Rows::default());
        for i in 0..2_000 {
            if i % 2 == 0 {
                rows.push(row(2_000 - i));
            } else {
                more.push(row(2_000 - i));
            }
        }
        rows.absorb(more, 7);
        assert_eq!(rows.len(), 2_000);
        let starts: Vec<i64> = rows.into_sorted().iter().map(|r| r.start.0).collect();
        assert_eq!(starts, (1..=2_000).collect::<Vec<_>>());
    }
}
