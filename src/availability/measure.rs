//! The measures of a log: each with its name, unit, meaning, formula and value, in one table.
//!
//! Columns of tables, gates, metric families and `explain` are all made from [`MEASURES`].

use super::analysis::measures::{Estimate, Measures, RestorePercentiles};
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
    /// Where the log does not tell all times: the least and the greatest value that the estimate can have. The
    /// latter is infinite without a limit.
    pub range: Option<(f64, f64)>,
    /// Whether the bounds are those of an assumption, and not of a confidence interval.
    pub is_assumed: bool,
}

impl From<&Estimate> for Value {
    fn from(estimate: &Estimate) -> Self {
        let Estimate { value, lower, upper, .. } = *estimate;
        Self::Estimate(Bounds { value, lower, upper, ..Bounds::default() })
    }
}

impl From<Option<f64>> for Value {
    fn from(value: Option<f64>) -> Self {
        Self::Plain(value)
    }
}

impl Value {
    fn count(count: u64) -> Self {
        Self::Plain(Some(count as f64))
    }

    /// A percentile of the times to restore.
    fn of_ttr(line: &Line<'_>, pick: fn(&RestorePercentiles) -> Option<f64>) -> Self {
        let value = line.measures.ttr.as_ref().and_then(pick);
        match line.measures.ttr_bounds {
            Some(bounds) if value.is_none() => {
                let (lower, upper) = (pick(&bounds.least), pick(&bounds.most));
                let range = lower.map(|least| (least, upper.unwrap_or(f64::INFINITY)));
                Self::Estimate(Bounds { value, lower, upper, range, is_assumed: false })
            }
            _ => Self::Plain(value),
        }
    }

    /// The mean time to restore.
    fn of_mttr(line: &Line<'_>) -> Self {
        let Estimate { value, lower, upper, .. } = line.measures.mttr_s;
        let range = line.measures.ttr_bounds;
        let range = range.map(|range| (range.mean_least_s, range.mean_most_s.unwrap_or(f64::INFINITY)));
        Self::Estimate(Bounds { value, lower, upper, range, is_assumed: false })
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
            // A budget may be overspent, so it may lie below 0; above 1 a number lacks its sign.
            Self::Budget => match text.strip_suffix('%') {
                Some(percent) => Ok(number(percent.trim())? / 100.0),
                None => number(text).and_then(|share| {
                    let needs_sign = share.abs() >= 1.0;
                    let help = || {
                        format!("`{text}` is not a share between -1 and 1; write percentages with %: {text}%")
                    };
                    if needs_sign { Err(help()) } else { Ok(share) }
                }),
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

fn weighted(line: &Line<'_>) -> Value {
    line.measures.weighted.map_or(Value::Plain(None), |weighted| {
        Value::Estimate(Bounds {
            value: Some(weighted.unavailability),
            lower: Some(weighted.unavailability_best),
            upper: Some(weighted.unavailability_worst),
            range: None,
            is_assumed: true,
        })
    })
}

/// The names of all measures.
pub fn names() -> impl Iterator<Item = &'static str> {
    MEASURES.iter().map(|measure| measure.name)
}

/// A measure by its name.
pub fn named(name: &str) -> Option<&'static Measure> {
    MEASURES.iter().find(|measure| measure.name == name)
}

/// A measure without a column and a metric family.
const fn measure(
    name: &'static str,
    unit: Unit,
    meaning: &'static str,
    formula: &'static str,
    value: fn(&Line<'_>) -> Value,
) -> Measure {
    Measure { name, column: None, family: "", unit, meaning, formula, value, shown: |_| true }
}

impl Measure {
    const fn column(self, key: &'static str, heading: &'static str, priority: u8) -> Self {
        Self { column: Some((key, heading, priority)), ..self }
    }

    const fn family(self, family: &'static str) -> Self {
        Self { family, ..self }
    }

    const fn shown_if(self, shown: fn(&Measures) -> bool) -> Self {
        Self { shown, ..self }
    }
}

const PERCENTILE: &str = "linear between order statistics (type 7, Hyndman and Fan 1996); where some times are not \
                          known, by Kaplan and Meier (1958) or Turnbull (1976)";

/// All measures, in the order of the columns.
#[rustfmt::skip]
pub static MEASURES: &[Measure] = &[
    measure("incidents", Unit::Count, "incidents in the window",
        "rows of the log that count, before overlapping ones are merged",
        |line| Value::count(line.measures.incidents))
        .column("incidents", "Incidents", 4).family("steadfast_incidents"),
    measure("outages", Unit::Count, "outages in the window",
        "incidents after merging those that overlap or touch", |line| Value::count(line.measures.outages))
        .column("outages", "Outages", 1).family("steadfast_outages"),
    measure("failures", Unit::Count, "outages not entirely planned",
        "outages − outages wholly inside planned maintenance", |line| Value::count(line.measures.failures)),
    measure("downtime", Unit::Seconds, "downtime in the window, without maintenance",
        "total length of all outages within the observed time", |line| Some(line.measures.downtime_s).into())
        .column("downtime_s", "Downtime", 1).family("steadfast_downtime_seconds"),
    measure("availability", Unit::Share, "uptime over observed time",
        "uptime / observed", |line| (&line.measures.unavailability).into())
        .column("availability", "Availability", 0),
    measure("mtbf", Unit::Seconds, "mean operating time between failures",
        "uptime / failures", |line| (&line.measures.mtbf_s).into())
        .column("mtbf_s", "MTBF", 1).family("steadfast_mtbf_seconds"),
    measure("mttr", Unit::Seconds, "mean time to restore",
        "sum of the known times to restore / their number", Value::of_mttr)
        .column("mttr_s", "MTTR", 1).family("steadfast_mttr_seconds"),
    measure("mttd", Unit::Seconds, "mean time from start to detection",
        "sum of (detected − started) / incidents with a time of detection", |line| line.measures.mttd.map(|mttd| mttd.mean_s).into())
        .column("mttd_s", "MTTD", 5).family("steadfast_mttd_seconds"),
    measure("mtta", Unit::Seconds, "mean time from start to acknowledgement",
        "sum of (acknowledged − started) / incidents with a time of acknowledgement",
        |line| line.measures.mtta.map(|mtta| mtta.mean_s).into())
        .column("mtta_s", "MTTA", 5).family("steadfast_mtta_seconds"),
    measure("ttr_p50", Unit::Seconds, "median time to restore",
        PERCENTILE, |line| Value::of_ttr(line, |ttr| ttr.p50_s)).column("ttr_p50_s", "p50", 6),
    measure("ttr_p90", Unit::Seconds, "90th percentile of the times to restore",
        PERCENTILE, |line| Value::of_ttr(line, |ttr| ttr.p90_s)).column("ttr_p90_s", "p90", 6),
    measure("ttr_p95", Unit::Seconds, "95th percentile of the times to restore",
        PERCENTILE, |line| Value::of_ttr(line, |ttr| ttr.p95_s)).column("ttr_p95_s", "p95", 7),
    measure("ttr_max", Unit::Seconds, "longest time to restore",
        "the largest of the times to restore", |line| Value::of_ttr(line, |ttr| ttr.max_s))
        .column("ttr_max_s", "max", 7),
    measure("longest", Unit::Seconds, "the longest failure",
        "the largest downtime of one failure, restored or not; 0 without failures",
        |line| Some(line.measures.longest_s.unwrap_or(0.0)).into())
        .column("longest_s", "Longest", 3).family("steadfast_longest_outage_seconds"),
    measure("failure_frequency_per_year", Unit::PerYear, "failures per calendar year",
        "failures / observed × 31,557,600 s", |line| line.measures.failure_frequency_per_year.into())
        .column("failure_frequency_per_year", "Failures/y", 5),
    measure("failure_rate_per_year", Unit::PerYear, "failures per year of operation",
        "failures / uptime × 31,557,600 s", |line| line.measures.failure_rate_per_year.into())
        .column("failure_rate_per_year", "Failure rate/y", 8),
    measure("open", Unit::Count, "outages still open at the end of the window",
        "outages without an end inside the window", |line| Value::count(line.measures.open))
        .column("open", "Open", 4).shown_if(|total| total.open > 0),
    measure("maintenance", Unit::Seconds, "planned maintenance in the window",
        "total length of the maintenance given by --maintenance or by the log",
        |line| Some(line.measures.maintenance_s).into())
        .column("maintenance_s", "Maintenance", 2).shown_if(|total| total.maintenance_s > 0.0),
    measure("calendar_availability", Unit::Share, "availability with maintenance counted as downtime",
        "1 − time in outages, planned or not / (window − unknown)",
        |line| line.measures.calendar_unavailability.into())
        .column("calendar_availability", "Calendar avail.", 2).shown_if(|total| total.maintenance_s > 0.0),
    measure("unknown", Unit::Seconds, "time without evidence",
        "time in gaps between samples, or in states that are neither up nor down",
        |line| Some(line.measures.unknown_s).into())
        .column("unknown_s", "Unknown", 2).shown_if(|total| total.unknown_s > 0.0),
    measure("observed", Unit::Seconds, "observed time in the window",
        "window − maintenance − unknown", |line| Some(line.measures.observed_s).into())
        .family("steadfast_observed_seconds"),
    measure("hours_availability", Unit::Share, "availability inside the service hours of --hours",
        "uptime inside service hours / observed service hours",
        |line| line.measures.hours.and_then(|hours| hours.unavailability).into())
        .column("hours_availability", "In hours", 0).shown_if(|total| total.hours.is_some()),
    measure("hours_downtime", Unit::Seconds, "downtime inside the service hours of --hours",
        "total length of all outages within the observed service hours",
        |line| line.measures.hours.map(|hours| hours.downtime_s).into())
        .column("hours_downtime_s", "Down in hours", 2).shown_if(|total| total.hours.is_some()),
    measure("weighted_availability", Unit::Share, "availability with partial outages weighted by --weight",
        "1 − Σ weight × length / observed, for incidents that hit users independently",
        weighted)
        .column("weighted_availability", "Weighted", 0).shown_if(|total| total.weighted.is_some()),
    measure("budget_left", Unit::Budget, "the error budget that is left; negative when overspent",
        "budget left / budget, with budget = (1 − objective) × observed time of the last window",
        |line| line.standing.and_then(|slo| slo.budget.left_share).into()),
    measure("burn_rate", Unit::Number, "the pace at which the error budget is spent; 1 spends it exactly",
        "downtime / ((1 − objective) × observed time so far), in the last window",
        |line| line.standing.and_then(|slo| slo.budget.burn_rate).into()),
];
