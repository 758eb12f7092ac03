//! The document: the content of a report, with its numbers not yet formatted.

use super::later::Later;
use crate::base::outcome::Outcome;
use crate::base::text::printable;
use std::borrow::Cow;

/// Everything that a run reports, ready for any format.
#[derive(Debug, Clone, Default)]
pub struct Document {
    /// The heading, such as `Availability of 3 services`.
    pub title: String,
    /// A one-sentence summary, for places that show nothing else of the report.
    pub headline: Option<String>,
    /// The subcommand that produced it, such as `availability`.
    pub kind: &'static str,
    /// The basis of the figures as pairs of label and text: inputs, window, zone, method, seed, version.
    pub facts: Vec<(String, String)>,
    /// The body, in reading order.
    pub sections: Vec<Section>,
    /// Caveats that a reader must know before quoting a figure.
    pub warnings: Vec<String>,
    /// The requested gates, each with its outcome.
    pub checks: Vec<Check>,
    /// The heading above the conditions of the checks: `Promised` or `Required`.
    pub conditions: &'static str,
    /// The figures as metric families, for OpenMetrics.
    pub metrics: Later<Vec<MetricFamily>>,
    /// The typed result as pretty JSON in its versioned schema, without a newline at the end.
    pub json: Later<String>,
}

/// A section: a heading with its blocks.
#[derive(Debug, Clone, Default)]
pub struct Section {
    /// The heading; empty for none.
    pub heading: String,
    /// The content of the section.
    pub blocks: Vec<Block>,
}

/// One block of a section.
#[derive(Debug, Clone)]
pub enum Block {
    /// A table of figures.
    Table(Table),
    /// One strip for each service, which shows when it was down over the window.
    Strips(Strips),
    /// A chart of curves, bars or points over two axes.
    Chart(Chart),
    /// A paragraph.
    Text(String),
    /// Pairs of label and text, one pair on each line.
    Facts(Vec<(String, String)>),
}

/// A table. Every row has one cell for each column.
#[derive(Debug, Clone, Default)]
pub struct Table {
    /// The stable name for programs: `services`, `slo`, `ledger`, …
    pub name: &'static str,
    /// The columns, in order.
    pub columns: Vec<Column>,
    /// The rows, in order.
    pub rows: Vec<Row>,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// The stable name for programs, with its unit: `downtime_s`.
    pub key: Cow<'static, str>,
    /// The heading for people: `Downtime`.
    pub heading: Cow<'static, str>,
    /// The priority on narrow terminals: columns with the highest number are left out first, and a note
    /// says so. Columns of priority 0 are the last to go.
    pub priority: u8,
    /// Whether formats for people leave the column out when no row has a value in it.
    pub sparse: bool,
}

/// A row of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The cells, one for each column.
    pub cells: Vec<Cell>,
    /// Whether the row is a total, which is set apart from the other rows.
    pub total: bool,
}

/// A value with its type. Each format decides how to write it.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// A value that is unknown, undefined or was not requested. Written as `—`, or as an empty field in CSV.
    Missing,
    /// Text, possibly from a log. Formats escape it.
    Text(String),
    /// A whole number.
    Count(u64),
    /// A plain number, such as a burn rate or a factor.
    Number(f64),
    /// A duration in seconds.
    Seconds(f64),
    /// A share given by its complement, so that shares near one keep their digits: availability by
    /// unavailability.
    ShareByComplement(f64),
    /// A share of a budget, where 1 is all of it. It may be negative or above 1.
    Percent(f64),
    /// Events per year.
    PerYear(f64),
    /// An estimate with its confidence interval. A bound that does not exist is `None`.
    Estimate {
        /// The estimate itself; `Missing` when only a bound is known.
        value: Box<Cell>,
        /// The lower bound.
        lower: Option<Box<Cell>>,
        /// The upper bound.
        upper: Option<Box<Cell>>,
    },
}

/// Strips that show when each service was down over one window.
#[derive(Debug, Clone, Default)]
pub struct Strips {
    /// The start of the window, as short text for the axis.
    pub from: String,
    /// The end of the window, as short text for the axis.
    pub to: String,
    /// The strips, in order.
    pub lines: Vec<Strip>,
    /// The words for the two states of a slice.
    pub words: StripWords,
}

/// The words for the states of slices of [`Strips`]; for an outage log `up` and `down`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StripWords {
    /// The word for an empty slice.
    pub empty: &'static str,
    /// The word for a slice that is filled in part or whole.
    pub full: &'static str,
}

impl Default for StripWords {
    fn default() -> Self {
        Self { empty: "up", full: "down" }
    }
}

/// One strip of [`Strips`].
#[derive(Debug, Clone, Default)]
pub struct Strip {
    /// The service's name.
    pub label: String,
    /// The share of each slice of the window that was down, from 0 to 1; NaN when unknown. There are
    /// [`STRIP_SLICES`] slices of equal length.
    pub down: Vec<f64>,
}

/// The number of slices of a strip: divisible by many widths, and fine enough for a wide terminal. A
/// format that shows fewer takes the maximum of each group of slices, so that no outage disappears.
pub const STRIP_SLICES: usize = 720;

/// A chart: a curve over time, a distribution, the result of a sweep. Formats without graphics leave
/// charts out, so every essential figure must also appear elsewhere in the document.
#[derive(Debug, Clone, Default)]
pub struct Chart {
    /// The stable name for programs; empty for none.
    pub name: &'static str,
    /// The horizontal axis.
    pub x: Axis,
    /// The vertical axis.
    pub y: Axis,
    /// The series, in the order of the legend. A sweep over two quantities has one for each value of the
    /// second.
    pub series: Vec<Series>,
}

/// One axis of a [`Chart`].
#[derive(Debug, Clone, Default)]
pub struct Axis {
    /// The quantity along the axis: `Time`, `Availability`, `Share of years`.
    pub label: String,
    /// The unit of the values, which decides how they are written.
    pub unit: AxisUnit,
    /// The mapping from values to positions.
    pub scale: Scale,
}

/// The unit of the values along an [`Axis`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum AxisUnit {
    /// Plain numbers.
    #[default]
    Number,
    /// Seconds, written as durations.
    Seconds,
    /// Shares, where 1 is all, written in percent.
    Share,
    /// Shares given by their complements, such as unavailabilities, so that 99.9995 % keeps its digits.
    /// They are written as shares, and shares grow towards the far end of the axis, so that better
    /// values are higher.
    ShareByComplement,
    /// Names. The value 0 is the first name, 1 the second, and so on.
    Categories(Vec<String>),
}

/// The mapping from values along an [`Axis`] to positions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Scale {
    /// Logarithmic when the values span several powers of ten and most would crowd near zero on a linear
    /// axis, else linear. On a logarithmic axis equal ratios have equal lengths; zeros get a separate place at
    /// its end, and negative values are gaps.
    #[default]
    Auto,
    /// Linear: equal differences have equal lengths.
    Linear,
}

/// One series of a [`Chart`]: a curve, or a set of points.
#[derive(Debug, Clone, Default)]
pub struct Series {
    /// The name in the legend, which is shown only when there are several series.
    pub label: String,
    /// The points in ascending order of x, a few hundred at most.
    pub points: Vec<Point>,
    /// The style in which the points are drawn.
    pub style: Style,
}

/// One point of a [`Series`], in the units of the axes. A value that is not finite is a gap.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// The position along the horizontal axis.
    pub x: f64,
    /// The position along the vertical axis.
    pub y: f64,
    /// The bounds of the interval of `y`, in any order.
    pub band: Option<(f64, f64)>,
}

/// The style in which the points of a [`Series`] are drawn.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Style {
    /// Points joined by straight lines.
    #[default]
    Line,
    /// A step function: each value holds until the next point, as in a distribution function or a count.
    Steps,
    /// Separate marks with their intervals.
    Points,
}

/// One gate: a condition, what it was held against and what was measured.
#[derive(Debug, Clone, PartialEq)]
pub struct Check {
    /// The condition, without its subject: `availability >= 99.9%`.
    pub condition: String,
    /// The subject: the name of a service, or `total`.
    pub subject: String,
    /// The outcome.
    pub outcome: Outcome,
    /// One line with the measured value and its interval.
    pub detail: String,
}

/// A metric family as defined by OpenMetrics: one name, one type and several labelled samples.
#[derive(Debug, Clone, PartialEq)]
pub struct MetricFamily {
    /// The name, with the unit as its suffix: `steadfast_downtime_seconds`.
    pub name: &'static str,
    /// One line of help text.
    pub help: &'static str,
    /// The unit, which must be the suffix of the name, or empty.
    pub unit: &'static str,
    /// The labels and the value of each sample.
    pub samples: Vec<(Vec<(&'static str, String)>, f64)>,
}

impl Column {
    /// Builds a column that is always shown where it fits.
    pub const fn new(key: &'static str, heading: &'static str, priority: u8) -> Self {
        Self { key: Cow::Borrowed(key), heading: Cow::Borrowed(heading), priority, sparse: false }
    }

    /// Builds a column named by untrusted text, which is used both as the key and as the heading.
    pub fn named(name: &str, priority: u8) -> Self {
        let name = printable(name);
        Self { key: Cow::Owned(name.clone()), heading: Cow::Owned(name), priority, sparse: false }
    }

    /// Marks the column as sparse: formats for people leave it out when no row has a value in it.
    #[must_use]
    pub const fn sparse(mut self) -> Self {
        self.sparse = true;
        self
    }
}

impl Document {
    /// Returns the first table that has columns. Formats that hold only one table write this one.
    pub fn main_table(&self) -> Option<&Table> {
        let mut blocks = self.sections.iter().flat_map(|section| &section.blocks);
        blocks.find_map(|block| match block {
            Block::Table(table) if !table.columns.is_empty() => Some(table),
            _ => None,
        })
    }

    /// Keeps only the table or chart with this name; a chart becomes a table of its points.
    ///
    /// Fails with the names that exist when none matches. Its sections are empty then.
    pub fn keep_only(&mut self, name: &str) -> Result<(), Vec<&'static str>> {
        let mut names = Vec::new();
        for section in std::mem::take(&mut self.sections) {
            for table in section.blocks.into_iter().filter_map(Block::named_table) {
                names.push(table.name);
                if table.name == name {
                    let blocks = vec![Block::Table(table)];
                    self.sections.push(Section { heading: section.heading.clone(), blocks });
                }
            }
        }
        if self.sections.is_empty() { Err(names) } else { Ok(()) }
    }
}

impl Block {
    /// Returns a table with a name, or of a chart with a name the table of its points.
    fn named_table(self) -> Option<Table> {
        let table = match self {
            Self::Table(table) => table,
            Self::Chart(chart) => chart.points(),
            _ => return None,
        };
        Some(table).filter(|table| !table.name.is_empty())
    }
}

impl Table {
    /// Returns the table without its empty sparse columns.
    #[must_use]
    pub fn without_empty(&self) -> Self {
        let holds = |column: usize| {
            let mut cells = self.rows.iter().filter_map(|row| row.cells.get(column));
            cells.any(|cell| *cell != Cell::Missing)
        };
        self.with_columns(|i, column| !column.sparse || holds(i))
    }

    /// Returns the table without the columns that `is_kept` rejects, by index and column.
    #[must_use]
    pub fn with_columns(&self, is_kept: impl Fn(usize, &Column) -> bool) -> Self {
        let columns = self.columns.iter().enumerate();
        let kept: Vec<bool> = columns.map(|(i, column)| is_kept(i, column)).collect();
        let row = |row: &Row| Row { cells: only(&row.cells, &kept), total: row.total };
        Self {
            name: self.name,
            columns: only(&self.columns, &kept),
            rows: self.rows.iter().map(row).collect(),
        }
    }
}

/// Returns clones of the items that are kept.
fn only<T: Clone>(items: &[T], kept: &[bool]) -> Vec<T> {
    items.iter().zip(kept).filter(|(_, kept)| **kept).map(|(item, _)| item.clone()).collect()
}

impl Chart {
    /// Returns the points of all series as a table.
    fn points(&self) -> Table {
        let row = |(series, point): (&Series, &Point)| {
            let bound =
                |pick: fn(f64, f64) -> f64| point.band.map(|(a, b)| Box::new(Cell::Number(pick(a, b))));
            let value = Box::new(Cell::Number(point.y));
            let y = Cell::Estimate { value, lower: bound(f64::min), upper: bound(f64::max) };
            Row { cells: vec![Cell::text(&series.label), Cell::Number(point.x), y], total: false }
        };
        let columns =
            vec![Column::new("series", "", 0).sparse(), Column::new("x", "x", 0), Column::new("y", "y", 0)];
        let points =
            self.series.iter().flat_map(|series| series.points.iter().map(move |point| (series, point)));
        Table { name: self.name, columns, rows: points.map(row).collect() }
    }
}

impl Axis {
    /// Builds an axis whose scale is chosen by its values.
    pub fn new(label: impl Into<String>, unit: AxisUnit) -> Self {
        Self { label: label.into(), unit, scale: Scale::Auto }
    }
}

impl Point {
    /// Builds a point without an interval.
    pub const fn new(x: f64, y: f64) -> Self {
        Self { x, y, band: None }
    }
}

impl Cell {
    /// Builds a cell from `value`, or [`Cell::Missing`] from `None`.
    pub fn or_missing<T>(value: Option<T>, cell: impl FnOnce(T) -> Self) -> Self {
        value.map_or(Self::Missing, cell)
    }

    /// Builds a text cell.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }
}
