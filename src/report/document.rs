//! The document: what a run has to say, with its numbers still numbers.

use crate::base::outcome::Outcome;
use crate::base::text::printable;
use std::borrow::Cow;

/// Everything that a run reports, ready for any format.
#[derive(Debug, Clone, Default)]
pub struct Document {
    /// The heading, such as `Availability of 3 services`.
    pub title: String,
    /// The whole in a sentence, for those who see nothing else of it.
    pub headline: Option<String>,
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
    /// What stands above the checks' conditions: `Promised`, or `Fails if`.
    pub conditions: &'static str,
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
    /// Curves, bars or points over two axes.
    Chart(Chart),
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
    pub key: Cow<'static, str>,
    /// What people read: `Downtime`.
    pub heading: Cow<'static, str>,
    /// 0 is always shown; when the terminal is narrow the columns with the highest number are left out first (and said so).
    pub priority: u8,
    /// Whether people are spared it where no row has a value in it.
    pub sparse: bool,
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
    /// What a slice is that is empty, and one that is not.
    pub words: StripWords,
}

/// What the slices of [`Strips`] stand for; for an outage log `up` and `down`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StripWords {
    /// Nothing of the slice.
    pub empty: &'static str,
    /// Some of it or all.
    pub full: &'static str,
}

impl Default for StripWords {
    fn default() -> Self {
        Self { empty: "up", full: "down" }
    }
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

/// A picture of numbers: a curve over time, a distribution, the result of a sweep. Formats that hold no pictures leave it out, so
/// every figure that a reader must have stands elsewhere too.
#[derive(Debug, Clone, Default)]
pub struct Chart {
    /// A stable name for machines; empty for none.
    pub name: &'static str,
    /// What it shows, such as `Availability over the first year`; empty for none.
    pub title: String,
    /// The horizontal axis.
    pub x: Axis,
    /// The vertical axis.
    pub y: Axis,
    /// What is drawn, in the order of the legend: for a sweep over two quantities, one for each value of the second.
    pub series: Vec<Series>,
}

/// One axis of a [`Chart`].
#[derive(Debug, Clone, Default)]
pub struct Axis {
    /// What is measured along it: `Time`, `Availability`, `Share of years`.
    pub label: String,
    /// What its values are and how they are written.
    pub unit: AxisUnit,
    /// How values become lengths.
    pub scale: Scale,
}

/// What the values along an [`Axis`] are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum AxisUnit {
    /// Plain numbers.
    #[default]
    Number,
    /// Seconds, written as durations.
    Seconds,
    /// Shares, 1 = all, written in percent.
    Share,
    /// Shares given by their complements, so that 99.9995 % keeps its digits: unavailabilities. Written as the share, which
    /// grows towards the axis' far end, so that better is higher.
    ShareByComplement,
    /// Names. The value 0 stands for the first, 1 for the second, …
    Categories(Vec<String>),
}

/// How the values along an [`Axis`] become lengths.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Scale {
    /// Logarithmic where the values lie in several powers of ten and most of them would crowd near zero, linear elsewhere.
    #[default]
    Auto,
    /// Equal differences, equal lengths.
    Linear,
    /// Equal ratios, equal lengths. Zeros get a place of their own at the axis' end; negative values are gaps.
    Log,
}

/// One curve of a [`Chart`], or one set of bars or points.
#[derive(Debug, Clone, Default)]
pub struct Series {
    /// Its name in the legend, which is shown where there are several.
    pub label: String,
    /// Some hundreds at most, in ascending order of x.
    pub points: Vec<Point>,
    /// How they are drawn.
    pub style: Style,
}

/// One point of a [`Series`], in the units of the axes. What is not finite is a gap.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// Along the horizontal axis. Of bars: where the bar begins.
    pub x: f64,
    /// Along the vertical axis.
    pub y: f64,
    /// The ends of the interval of `y`, in any order.
    pub band: Option<(f64, f64)>,
}

/// How the points of a [`Series`] are drawn.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Style {
    /// Joined by straight lines.
    #[default]
    Line,
    /// Each value holds until the next point: a distribution function, a count.
    Steps,
    /// Bars from zero, each up to where the next begins; the last is as wide as the one before it, unless a point with a `y` of
    /// NaN says where it ends. An axis on which zero has no place ([`AxisUnit::ShareByComplement`] and logarithmic ones) shows points.
    Bars,
    /// Marks that nothing joins, with their intervals.
    Points,
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
        Self { key: Cow::Borrowed(key), heading: Cow::Borrowed(heading), priority, sparse: false }
    }

    /// A column whose name comes from outside.
    pub fn named(name: &str, priority: u8) -> Self {
        let name = printable(name);
        Self { key: Cow::Owned(name.clone()), heading: Cow::Owned(name), priority, sparse: false }
    }

    /// The same, not shown to people where no row has a value in it.
    #[must_use]
    pub const fn sparse(mut self) -> Self {
        self.sparse = true;
        self
    }
}

impl Document {
    /// The first table, which is all that formats of one table hold.
    pub fn main_table(&self) -> Option<&Table> {
        let blocks = self.sections.iter().flat_map(|section| &section.blocks);
        blocks.filter_map(Block::table).find(|table| !table.columns.is_empty())
    }

    /// Leaves the table or chart of this name (a chart as a table) as the only block; the names that there are where none is called so.
    pub fn keep_only(&mut self, name: &str) -> Result<(), Vec<&'static str>> {
        let all = std::mem::take(&mut self.sections);
        let mut names = Vec::new();
        for section in all {
            for block in section.blocks {
                let Some(own) = block.name() else { continue };
                names.push(own);
                if own == name {
                    self.sections
                        .push(Section { heading: section.heading.clone(), blocks: vec![block.tabulated()] });
                }
            }
        }
        if self.sections.is_empty() { Err(names) } else { Ok(()) }
    }
}

impl Block {
    fn table(&self) -> Option<&Table> {
        match self {
            Self::Table(table) => Some(table),
            _ => None,
        }
    }

    /// The stable name of a table or chart.
    fn name(&self) -> Option<&'static str> {
        match self {
            Self::Table(table) => Some(table.name),
            Self::Chart(chart) => Some(chart.name),
            _ => None,
        }
        .filter(|name| !name.is_empty())
    }

    /// A chart as the table of its points, anything else as it is.
    fn tabulated(self) -> Self {
        match self {
            Self::Chart(chart) => Self::Table(chart.points()),
            other => other,
        }
    }
}

impl Table {
    /// The table without its sparse columns that hold nothing.
    #[must_use]
    pub fn without_empty(&self) -> Self {
        let holds = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.cells.get(column));
            cells.into_iter().any(|cell| *cell != Cell::Missing)
        };
        let kept: Vec<usize> = (0..self.columns.len())
            .filter(|column| !self.columns[*column].sparse || holds(*column))
            .collect();
        let row = |row: &Row| Row {
            cells: kept.iter().filter_map(|column| row.cells.get(*column)).cloned().collect(),
            total: row.total,
        };
        Self {
            name: self.name,
            columns: kept.iter().map(|column| self.columns[*column].clone()).collect(),
            rows: self.rows.iter().map(row).collect(),
        }
    }
}

impl Chart {
    /// The points of all series as a table.
    fn points(&self) -> Table {
        let row = |series: &Series, point: &Point| {
            let bound = |bound: Option<f64>| bound.map(|bound| Box::new(Cell::Number(bound)));
            Row {
                cells: vec![
                    Cell::text(&series.label),
                    Cell::Number(point.x),
                    Cell::Estimate {
                        value: Box::new(Cell::Number(point.y)),
                        lower: bound(point.band.map(|(a, b)| a.min(b))),
                        upper: bound(point.band.map(|(a, b)| a.max(b))),
                    },
                ],
                total: false,
            }
        };
        let of_series =
            |series: &Series| series.points.iter().map(|point| row(series, point)).collect::<Vec<_>>();
        Table {
            name: self.name,
            columns: vec![
                Column::new("series", "", 0).sparse(),
                Column::new("x", "x", 0),
                Column::new("y", "y", 0),
            ],
            rows: self.series.iter().flat_map(of_series).collect(),
        }
    }
}

impl Axis {
    /// An axis with the scale that suits its values.
    pub fn new(label: impl Into<String>, unit: AxisUnit) -> Self {
        Self { label: label.into(), unit, scale: Scale::Auto }
    }
}

impl Point {
    /// A point without an interval.
    pub const fn new(x: f64, y: f64) -> Self {
        Self { x, y, band: None }
    }

    /// A point with the interval of its `y`.
    pub const fn with_band(x: f64, y: f64, lower: f64, upper: f64) -> Self {
        Self { x, y, band: Some((lower, upper)) }
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
