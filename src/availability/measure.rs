//! The measures of a log: each with its name, unit, meaning, formula and value, in one table.
//!
//! Columns of tables, gates, metric families and `explain` are all made from [`MEASURES`].

use super::analysis::measures::{Estimate, Measures, PartialMean, RestorePercentiles};
use super::analysis::report::SloReport;
use crate::base::quantity::{
    format_duration, format_share, parse_duration, parse_share_complement, significant,
};
use crate::report::Cell;

/// One measure of a line of the report.
#[derive(Debug)]
pub struct Measure {
    /// Its name in gates and in `explain`: `mtbf`.
    pub name: &'static str,
    /// The heading and key of its column, and the column's priority (see [`crate::report::Column`]); `None` without a column.
    pub column: Option<(&'static str, &'static str, u8)>,
    /// The OpenMetrics family; empty for none.
    pub family: &'static str,
    /// Its unit.
    pub unit: Unit,
    /// The measure in one line.
    pub meaning: &'static str,
    /// The formula; docs/definitions.md defines its terms.
    pub formula: &'static str,
    /// Its value for a line.
    pub value: fn(&Line<'_>) -> Value,
    /// Whether its column is shown, given the total line.
    pub shown: fn(&Measures) -> bool,
}

/// The unit of a measure's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// A share near one, given by its complement.
    Share,
    /// A part of a budget; 1 is all of it.
    Budget,
    /// Seconds.
    Seconds,
    /// A whole number.
    Count,
    /// A plain number.
    Number,
    /// Events per year.
    PerYear,
}

/// The line of a report that is measured.
#[derive(Debug)]
pub struct Line<'r> {
    /// Its measures.
    pub measures: &'r Measures,
    /// The standing of its objective, where it has one.
    pub standing: Option<&'r SloReport>,
}

/// The value of a measure, in its unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value {
    /// A value without an interval.
    Plain(Option<f64>),
    /// An estimate with its interval.
    Estimate(Bounds),
}

/// An estimate with the bounds of its interval.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Bounds {
    /// The estimate; `None` where nothing was measured.
    pub value: Option<f64>,
    /// The lower bound.
    pub lower: Option<f64>,
    /// The upper bound.
    pub upper: Option<f64>,
}

impl From<&Estimate> for Value {
    fn from(estimate: &Estimate) -> Self {
        Self::Estimate(Bounds { value: estimate.value, lower: estimate.lower, upper: estimate.upper })
    }
}

impl From<Option<f64>> for Value {
    fn from(value: Option<f64>) -> Self {
        Self::Plain(value)
    }
}

impl From<Option<PartialMean>> for Value {
    fn from(mean: Option<PartialMean>) -> Self {
        Self::Plain(mean.map(|mean| mean.mean_s))
    }
}

impl Value {
    fn count(count: u64) -> Self {
        Self::Plain(Some(count as f64))
    }

    /// A percentile of the times to restore.
    fn of_ttr(line: &Line<'_>, pick: fn(&RestorePercentiles) -> f64) -> Self {
        Self::Plain(line.measures.ttr.as_ref().map(pick))
    }

    /// The value with its bounds, where it has some.
    pub fn bounds(self) -> Bounds {
        match self {
            Self::Plain(value) => Bounds { value, ..Bounds::default() },
            Self::Estimate(bounds) => bounds,
        }
    }
}

impl Unit {
    /// The form in which a bound of a gate is written.
    pub fn bound(self) -> &'static str {
        match self {
            Self::Share => "a share such as 99.9%",
            Self::Budget => "a share such as 25%",
            Self::Seconds => "a duration such as 4h",
            Self::Count | Self::Number | Self::PerYear => "a number",
        }
    }

    /// Reads the bound of a gate; of a share its complement.
    ///
    /// # Errors
    /// A message that names the text that is not such a bound.
    pub fn parse(self, text: &str) -> Result<f64, String> {
        let number = |text: &str| {
            let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
            number.ok_or_else(|| format!("`{text}` is not a number"))
        };
        match self {
            Self::Share => parse_share_complement(text),
            Self::Seconds => parse_duration(text),
            Self::Count | Self::Number | Self::PerYear => number(text),
            Self::Budget => match text.strip_suffix('%') {
                Some(percent) => Ok(number(percent.trim())? / 100.0),
                None => number(text),
            },
        }
    }

    /// A value as people read it in a gate's detail.
    pub fn show(self, value: f64) -> String {
        match self {
            Self::Share => format_share(value),
            Self::Seconds => format_duration(value),
            Self::Budget => format!("{}%", significant(value * 100.0, 4)),
            Self::Count | Self::Number | Self::PerYear => significant(value, 6),
        }
    }

    fn cell(self, value: f64) -> Cell {
        match self {
            Self::Share => Cell::ShareByComplement(value),
            Self::Seconds => Cell::Seconds(value),
            Self::Budget => Cell::Percent(value),
            Self::Count => Cell::Count(value as u64),
            Self::Number => Cell::Number(value),
            Self::PerYear => Cell::PerYear(value),
        }
    }

    /// The bounds in the order in which people read them: those of a complement change places.
    pub fn ordered(self, bounds: Bounds) -> (Option<f64>, Option<f64>) {
        if self == Self::Share { (bounds.upper, bounds.lower) } else { (bounds.lower, bounds.upper) }
    }
}

impl Measure {
    /// The cell of a line in the measure's column.
    pub fn cell(&self, line: &Line<'_>) -> Cell {
        let cell = |value: f64| self.unit.cell(value);
        match (self.value)(line) {
            Value::Plain(value) => Cell::or_missing(value, cell),
            Value::Estimate(bounds) => {
                let (lower, upper) = self.unit.ordered(bounds);
                let bound = |bound: Option<f64>| bound.map(|bound| Box::new(cell(bound)));
                Cell::Estimate {
                    value: Box::new(Cell::or_missing(bounds.value, cell)),
                    lower: bound(lower),
                    upper: bound(upper),
                }
            }
        }
    }
}

/// The names of all measures.
pub fn names() -> impl Iterator<Item = &'static str> {
    MEASURES.iter().map(|measure| measure.name)
}

/// A measure by its name.
pub fn named(name: &str) -> Option<&'static Measure> {
    MEASURES.iter().find(|measure| measure.name == name)
}

/// A measure without column and family, to be completed by those that have them.
const PLAIN: Measure = Measure {
    name: "",
    column: None,
    family: "",
    unit: Unit::Number,
    meaning: "",
    formula: "",
    value: |_| Value::Plain(None),
    shown: |_| true,
};

/// All measures, in the order of the columns.
pub static MEASURES: &[Measure] = &[
    Measure {
        name: "incidents",
        column: Some(("incidents", "Incidents", 4)),
        family: "steadfast_incidents",
        unit: Unit::Count,
        meaning: "incidents in the window",
        formula: "rows of the log that count, before overlapping ones are merged",
        value: |line| Value::count(line.measures.incidents),
        ..PLAIN
    },
    Measure {
        name: "outages",
        column: Some(("outages", "Outages", 0)),
        family: "steadfast_outages",
        unit: Unit::Count,
        meaning: "outages in the window",
        formula: "incidents after merging those that overlap or touch",
        value: |line| Value::count(line.measures.outages),
        ..PLAIN
    },
    Measure {
        name: "failures",
        unit: Unit::Count,
        meaning: "outages that were not wholly planned",
        formula: "outages − outages wholly inside planned maintenance",
        value: |line| Value::count(line.measures.failures),
        ..PLAIN
    },
    Measure {
        name: "downtime",
        column: Some(("downtime_s", "Downtime", 0)),
        family: "steadfast_downtime_seconds",
        unit: Unit::Seconds,
        meaning: "downtime in the window, without maintenance",
        formula: "total length of all outages within the observed time",
        value: |line| Some(line.measures.downtime_s).into(),
        ..PLAIN
    },
    Measure {
        name: "availability",
        column: Some(("availability", "Availability", 0)),
        unit: Unit::Share,
        meaning: "uptime over observed time",
        formula: "uptime / observed",
        value: |line| (&line.measures.unavailability).into(),
        ..PLAIN
    },
    Measure {
        name: "mtbf",
        column: Some(("mtbf_s", "MTBF", 1)),
        family: "steadfast_mtbf_seconds",
        unit: Unit::Seconds,
        meaning: "mean operating time between failures",
        formula: "uptime / failures",
        value: |line| (&line.measures.mtbf_s).into(),
        ..PLAIN
    },
    Measure {
        name: "mttr",
        column: Some(("mttr_s", "MTTR", 1)),
        family: "steadfast_mttr_seconds",
        unit: Unit::Seconds,
        meaning: "mean time to restore",
        formula: "sum of the times to restore / restored",
        value: |line| (&line.measures.mttr_s).into(),
        ..PLAIN
    },
    Measure {
        name: "mttd",
        column: Some(("mttd_s", "MTTD", 5)),
        family: "steadfast_mttd_seconds",
        unit: Unit::Seconds,
        meaning: "mean time from start to detection",
        formula: "sum of (detected − started) / incidents with a time of detection",
        value: |line| line.measures.mttd.into(),
        ..PLAIN
    },
    Measure {
        name: "mtta",
        column: Some(("mtta_s", "MTTA", 5)),
        family: "steadfast_mtta_seconds",
        unit: Unit::Seconds,
        meaning: "mean time from start to acknowledgement",
        formula: "sum of (acknowledged − started) / incidents with a time of acknowledgement",
        value: |line| line.measures.mtta.into(),
        ..PLAIN
    },
    Measure {
        name: "ttr_p50",
        column: Some(("ttr_p50_s", "p50", 6)),
        unit: Unit::Seconds,
        meaning: "median time to restore",
        formula: PERCENTILE,
        value: |line| Value::of_ttr(line, |ttr| ttr.p50_s),
        ..PLAIN
    },
    Measure {
        name: "ttr_p90",
        column: Some(("ttr_p90_s", "p90", 6)),
        unit: Unit::Seconds,
        meaning: "90th percentile of the times to restore",
        formula: PERCENTILE,
        value: |line| Value::of_ttr(line, |ttr| ttr.p90_s),
        ..PLAIN
    },
    Measure {
        name: "ttr_p95",
        column: Some(("ttr_p95_s", "p95", 7)),
        unit: Unit::Seconds,
        meaning: "95th percentile of the times to restore",
        formula: PERCENTILE,
        value: |line| Value::of_ttr(line, |ttr| ttr.p95_s),
        ..PLAIN
    },
    Measure {
        name: "ttr_max",
        column: Some(("ttr_max_s", "max", 7)),
        unit: Unit::Seconds,
        meaning: "longest time to restore",
        formula: "the largest of the times to restore",
        value: |line| Value::of_ttr(line, |ttr| ttr.max_s),
        ..PLAIN
    },
    Measure {
        name: "longest",
        column: Some(("longest_s", "Longest", 3)),
        family: "steadfast_longest_outage_seconds",
        unit: Unit::Seconds,
        meaning: "the longest failure",
        formula: "the largest downtime of one failure, restored or not; 0 without failures",
        value: |line| Some(line.measures.longest_s.unwrap_or(0.0)).into(),
        ..PLAIN
    },
    Measure {
        name: "failure_frequency_per_year",
        column: Some(("failure_frequency_per_year", "Failures/y", 5)),
        unit: Unit::PerYear,
        meaning: "failures in a year of the calendar",
        formula: "failures / observed × 31,557,600 s",
        value: |line| line.measures.failure_frequency_per_year.into(),
        ..PLAIN
    },
    Measure {
        name: "failure_rate_per_year",
        column: Some(("failure_rate_per_year", "Failure rate/y", 8)),
        unit: Unit::PerYear,
        meaning: "failures in a year of operation",
        formula: "failures / uptime × 31,557,600 s",
        value: |line| line.measures.failure_rate_per_year.into(),
        ..PLAIN
    },
    Measure {
        name: "open",
        column: Some(("open", "Open", 4)),
        unit: Unit::Count,
        meaning: "outages still going on at the end of the window",
        formula: "outages without an end inside the window",
        value: |line| Value::count(line.measures.open),
        shown: |total| total.open > 0,
        ..PLAIN
    },
    Measure {
        name: "maintenance",
        column: Some(("maintenance_s", "Maintenance", 2)),
        unit: Unit::Seconds,
        meaning: "planned maintenance in the window",
        formula: "total length of the maintenance given by --maintenance or by the log",
        value: |line| Some(line.measures.maintenance_s).into(),
        shown: |total| total.maintenance_s > 0.0,
        ..PLAIN
    },
    Measure {
        name: "calendar_availability",
        column: Some(("calendar_availability", "Calendar avail.", 2)),
        unit: Unit::Share,
        meaning: "availability with maintenance counted as downtime",
        formula: "1 − time in outages, planned or not / (window − unknown)",
        value: |line| line.measures.calendar_unavailability.into(),
        shown: |total| total.maintenance_s > 0.0,
        ..PLAIN
    },
    Measure {
        name: "unknown",
        column: Some(("unknown_s", "Unknown", 2)),
        unit: Unit::Seconds,
        meaning: "time without evidence",
        formula: "time in gaps between samples, or in states that are neither up nor down",
        value: |line| Some(line.measures.unknown_s).into(),
        shown: |total| total.unknown_s > 0.0,
        ..PLAIN
    },
    Measure {
        name: "observed",
        family: "steadfast_observed_seconds",
        unit: Unit::Seconds,
        meaning: "observed time in the window",
        formula: "window − maintenance − unknown",
        value: |line| Some(line.measures.observed_s).into(),
        ..PLAIN
    },
    Measure {
        name: "hours_availability",
        column: Some(("hours_availability", "In hours", 0)),
        unit: Unit::Share,
        meaning: "availability inside the service hours of --hours",
        formula: "uptime inside service hours / observed service hours",
        value: |line| line.measures.hours.and_then(|hours| hours.unavailability).into(),
        shown: |total| total.hours.is_some(),
        ..PLAIN
    },
    Measure {
        name: "hours_downtime",
        column: Some(("hours_downtime_s", "Down in hours", 2)),
        unit: Unit::Seconds,
        meaning: "downtime inside the service hours of --hours",
        formula: "total length of all outages within the observed service hours",
        value: |line| line.measures.hours.map(|hours| hours.downtime_s).into(),
        shown: |total| total.hours.is_some(),
        ..PLAIN
    },
    Measure {
        name: "weighted_availability",
        column: Some(("weighted_availability", "Weighted", 0)),
        unit: Unit::Share,
        meaning: "availability with partial outages weighted by --weight",
        formula: "1 − Σ weight × length / observed, for incidents that hit users independently",
        value: |line| match line.measures.weighted {
            Some(weighted) => Value::Estimate(Bounds {
                value: Some(weighted.unavailability),
                lower: Some(weighted.unavailability_best),
                upper: Some(weighted.unavailability_worst),
            }),
            None => Value::Plain(None),
        },
        shown: |total| total.weighted.is_some(),
        ..PLAIN
    },
    Measure {
        name: "budget_left",
        unit: Unit::Budget,
        meaning: "the error budget that is left; negative when overspent",
        formula: "budget left / budget, with budget = (1 − objective) × observed time of the last window",
        value: |line| line.standing.and_then(|slo| slo.budget.left_share).into(),
        ..PLAIN
    },
    Measure {
        name: "burn_rate",
        unit: Unit::Number,
        meaning: "the pace at which the error budget is spent; 1 spends it exactly",
        formula: "downtime / ((1 − objective) × observed time so far), in the last window",
        value: |line| line.standing.and_then(|slo| slo.budget.burn_rate).into(),
        ..PLAIN
    },
];

const PERCENTILE: &str = "linear between order statistics (type 7, Hyndman and Fan 1996)";
