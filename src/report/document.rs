//! The document: what a run has to say, with its numbers still numbers.

/// Everything that a run reports, ready for any format.
#[derive(Debug, Clone, Default)]
pub struct Document {
    /// The heading, such as `Availability of 3 services`.
    pub title: String,
    /// Which subcommand made it: `availability`, …
    pub kind: &'static str,
    /// What the figures rest on: inputs, window, zone, method, seed, version. Label and text.
    pub facts: Vec<(String, String)>,
    /// The body, in reading order.
    pub sections: Vec<Section>,
    /// What a careful reader must know before quoting a figure.
    pub warnings: Vec<String>,
    /// The gates that were asked for, each with its outcome.
    pub checks: Vec<Check>,
    /// The figures as metric families, for OpenMetrics.
    pub metrics: Vec<MetricFamily>,
    /// The typed result as pretty JSON in its versioned schema, without a newline at the end.
    pub json: String,
}

/// A heading with its blocks.
#[derive(Debug, Clone, Default)]
pub struct Section {
    /// The heading; empty for none.
    pub heading: String,
    /// What stands under it.
    pub blocks: Vec<Block>,
}

/// One block of a section.
#[derive(Debug, Clone)]
pub enum Block {
    /// Figures in rows and columns.
    Table(Table),
    /// When each line was down, drawn over the window.
    Strips(Strips),
    /// A paragraph.
    Text(String),
    /// Label and text, one pair a line.
    Facts(Vec<(String, String)>),
}

/// A table. Every row has as many cells as there are columns.
#[derive(Debug, Clone, Default)]
pub struct Table {
    /// A stable name for machines: `services`, `slo`, `ledger`, …
    pub name: &'static str,
    /// The columns, in order.
    pub columns: Vec<Column>,
    /// The rows, in order.
    pub rows: Vec<Row>,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// A stable name for machines, with its unit: `downtime_s`.
    pub key: &'static str,
    /// What people read: `Downtime`.
    pub heading: &'static str,
    /// 0 is always shown; when the terminal is narrow the columns with the highest number are left out first (and said so).
    pub priority: u8,
}

/// A row of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The cells, one for each column.
    pub cells: Vec<Cell>,
    /// The line that sums up the others: set apart from them.
    pub total: bool,
}

/// A value with its meaning; how it is written is the format's business.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Not known, not defined or not asked for. Printed `—`, an empty CSV field.
    Missing,
    /// Text from the log or from us; formats escape it.
    Text(String),
    /// A whole number.
    Count(u64),
    /// A plain number (a burn rate, a factor).
    Number(f64),
    /// A duration in seconds.
    Seconds(f64),
    /// A share given by its complement, so that tiny ones keep their digits: availability by unavailability.
    ShareByComplement(f64),
    /// A share of a budget, 1 = all of it; may be negative or above 1.
    Percent(f64),
    /// Events per year.
    PerYear(f64),
    /// An instant, as RFC 3339 text.
    Instant(String),
    /// An estimate with its confidence interval. Bounds that do not exist are `None`.
    Estimate {
        /// The estimate itself; `Missing` when only a bound is known.
        value: Box<Cell>,
        /// The lower bound.
        lower: Option<Box<Cell>>,
        /// The upper bound.
        upper: Option<Box<Cell>>,
    },
    /// Passed or failed.
    Outcome(Outcome),
}

/// When each of several lines was down over one window.
#[derive(Debug, Clone, Default)]
pub struct Strips {
    /// The window's start and end, as short text for the axis.
    pub from: String,
    /// The window's end.
    pub to: String,
    /// The lines, in order.
    pub lines: Vec<Strip>,
}

/// One line of [`Strips`].
#[derive(Debug, Clone, Default)]
pub struct Strip {
    /// The service's name.
    pub label: String,
    /// Equal slices of the window ([`STRIP_SLICES`] of them): the share of each that was down, 0 to 1; NaN when unknown.
    pub down: Vec<f64>,
}

/// Slices of a strip: divisible by many widths, fine enough for a wide terminal. A format that shows fewer takes the maximum of each group,
/// so that no outage disappears.
pub const STRIP_SLICES: usize = 720;

/// How a gate came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The objective was met.
    Held,
    /// The objective was missed.
    Missed,
    /// The estimate is on the wrong side, but its interval is not wholly there; or nothing was measured.
    Inconclusive,
}

/// One gate: a condition, what it was held against and what was measured.
#[derive(Debug, Clone, PartialEq)]
pub struct Check {
    /// The condition under which it fails, without its subject: `availability < 99.9%`.
    pub condition: String,
    /// What it was held against: a service's name or `all services`.
    pub subject: String,
    /// How it came out.
    pub outcome: Outcome,
    /// One line: what was measured, with its interval.
    pub detail: String,
}

/// A metric family in the sense of OpenMetrics: one name, one type, several labelled samples.
#[derive(Debug, Clone, PartialEq)]
pub struct MetricFamily {
    /// The name with its unit as the suffix: `steadfast_downtime_seconds`.
    pub name: &'static str,
    /// One line of help.
    pub help: &'static str,
    /// The unit, which must be the name's suffix, or empty.
    pub unit: &'static str,
    /// Labels and value of each sample.
    pub samples: Vec<(Vec<(&'static str, String)>, f64)>,
}

impl Column {
    /// A column.
    pub const fn new(key: &'static str, heading: &'static str, priority: u8) -> Self {
        Self {
            key,
            heading,
            priority,
        }
    }
}

impl Cell {
    /// `value`, or [`Cell::Missing`] for `None`.
    pub fn or_missing<T>(value: Option<T>, cell: impl FnOnce(T) -> Self) -> Self {
        value.map_or(Self::Missing, cell)
    }

    /// Text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }
}
