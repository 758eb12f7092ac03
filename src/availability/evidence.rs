//! The data read from the logs: the input of the analysis.

use super::ledger::Ledger;
use super::rows::Rows;
use crate::base::problem::Problem;
use crate::base::time::Timestamp;
use crate::timeline::Span;
use crate::timeline::samples::Run;
use serde::Serialize;
use std::collections::BTreeSet;

/// The kinds of rows that a log can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// Rows with a start and an end.
    Incidents,
    /// State changes: rows with a time and the state from then on.
    States,
    /// Probe samples: rows with a time and the outcome of a probe at that time.
    Samples,
    /// Periods: rows with a start, an end and the state between them.
    Periods,
}

impl Shape {
    /// Returns the name used on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Incidents => "incidents",
            Self::States => "states",
            Self::Samples => "samples",
            Self::Periods => "periods",
        }
    }
}

/// The service name given to rows without a service.
pub const NO_SERVICE: &str = "(no service)";

/// The index that stands for "no label".
pub const NO_LABEL: u32 = u32::MAX;

/// Optional attributes of an incident.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Extra {
    /// Time of detection.
    pub detected: Option<Timestamp>,
    /// Time of acknowledgement.
    pub acknowledged: Option<Timestamp>,
    /// Index into [`Evidence::labels`], or [`NO_LABEL`].
    pub severity: u32,
    /// Index into [`Evidence::labels`], or [`NO_LABEL`].
    pub cause: u32,
    /// Value of the column that `--by` names: index into [`Evidence::labels`], or [`NO_LABEL`].
    pub group: u32,
    /// Share of the service that was lost, 0 to 1, from the weight column.
    pub weight: Option<f64>,
    /// Whether an earlier row, of another service, stands for the same incident.
    pub repeated: bool,
}

/// The data of one service.
#[derive(Debug, Clone, Default)]
pub struct ServiceEvidence {
    /// The name as written in the log.
    pub name: String,
    /// Incidents or state changes.
    pub rows: Rows,
    /// Probe samples, joined into runs of equal state.
    pub runs: Vec<Run>,
    /// Number of samples that were up.
    pub samples_good: u64,
    /// Number of samples that were up or down.
    pub samples_known: u64,
    /// The earliest time at which the log says that the service was put into service.
    pub in_service: Option<Timestamp>,
    /// Planned maintenance that the log itself lists.
    pub planned: Vec<Span>,
    /// Time in which the log says that the state is not known.
    pub unknown: Vec<Span>,
    /// What each of several probes saw of the service, where a quorum of them decides; then the service has no
    /// rows and runs of its own.
    pub probes: Vec<ServiceEvidence>,
    /// Groups named by the rows that `--where` excludes: indexes into [`Evidence::labels`], or
    /// [`NO_LABEL`].
    pub groups: BTreeSet<u32>,
}

impl ServiceEvidence {
    /// Adds what was read of the service elsewhere. The indexes of its attributes are shifted by
    /// `extra_base`, its groups are renumbered.
    pub fn absorb(&mut self, other: Self, extra_base: u32, renumber: impl Fn(u32) -> u32) {
        self.rows.absorb(other.rows, extra_base);
        self.runs.extend(other.runs);
        self.planned.extend(other.planned);
        self.unknown.extend(other.unknown);
        self.in_service = [self.in_service, other.in_service].into_iter().flatten().min();
        self.samples_good += other.samples_good;
        self.samples_known += other.samples_known;
        self.groups.extend(other.groups.into_iter().map(renumber));
    }
}

/// One input: a file or standard input.
#[derive(Debug, Clone, Serialize)]
pub struct Source {
    /// The name as given on the command line.
    pub name: String,
    /// The preset that read it.
    pub preset: &'static str,
    /// Pairs of field and column.
    pub mapping: Vec<(String, String)>,
    /// Other decisions made while reading, for the report.
    pub notes: Vec<String>,
    /// Number of rows of data (records, not lines).
    pub rows: u64,
    /// The unit of its row numbers: `line`, `item` or `sample`.
    pub unit: &'static str,
    /// Whether some of its starts or ends are dates without a time of day.
    #[serde(skip)]
    pub some_dates: bool,
    /// A warning about rows that seem to be planned work or no outages, and count as outages.
    #[serde(skip)]
    pub hint: Option<String>,
    /// Offset of its row numbers: the last row number of the inputs before it.
    #[serde(skip)]
    pub row_base: u32,
}

/// All inputs in order.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Sources(pub Vec<Source>);

impl Sources {
    /// Finds the input that holds row `row`, and the row's number within it, from 1.
    pub fn locate(&self, row: u32) -> Option<(&Source, u32)> {
        // Bases ascend: the input of a row is the last one whose base lies below it.
        let after = self.0.partition_point(|source| source.row_base < row);
        let source = self.0.get(after.checked_sub(1)?)?;
        Some((source, row - source.row_base))
    }
}

/// All data read from the inputs.
#[derive(Debug)]
pub struct Evidence {
    /// The shape of all rows.
    pub shape: Shape,
    /// The services, sorted by name.
    pub services: Vec<ServiceEvidence>,
    /// Attributes, referred to by [`Row::extra`](super::rows::Row::extra).
    pub extras: Vec<Extra>,
    /// The hashes of the identifiers of incidents, after the numbers of their rows, in order of these.
    pub ids: Vec<(u32, u32)>,
    /// Texts, referred to by [`Extra`].
    pub labels: Vec<String>,
    /// The inputs.
    pub sources: Sources,
    /// Rows excluded or adjusted while reading.
    pub ledger: Ledger,
    /// The first of the rows that could not be read, as problems with their places.
    pub bad_rows: Vec<Problem>,
    /// The states in these rows that are neither up nor down.
    pub unclear_states: BTreeSet<String>,
    /// The first to the last instant in the log.
    pub coverage: Option<Span>,
    /// The number of the last row, over all inputs.
    pub last_row: u32,
    /// Whether the log lists planned maintenance, or time in which the state is not known.
    pub has_layers: bool,
    /// The longest gap between samples that still counts as known, in microseconds.
    pub max_gap_micros: i64,
}

impl Evidence {
    /// Returns the hash of the identifier of a row's incident; `None` if the log gives none.
    pub fn id(&self, row: u32) -> Option<u32> {
        let at = self.ids.binary_search_by_key(&row, |(row, _)| *row).ok()?;
        self.ids.get(at).map(|(_, id)| *id)
    }
}
