//! What was read from the logs, before anything is computed from it.

use super::ledger::Ledger;
use super::rows::Rows;
use crate::base::problem::Problem;
use crate::base::time::Timestamp;
use crate::timeline::Span;
use crate::timeline::samples::Run;
use serde::Serialize;
use std::collections::BTreeSet;

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
    /// The groups that its rows left out by `--where` name: indexes into [`Evidence::labels`], or [`NO_LABEL`].
    pub groups: BTreeSet<u32>,
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
