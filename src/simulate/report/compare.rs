//! The comparison of two systems: both reports, and the difference of their unavailabilities.

use super::document::seed_fact;
use super::measure::UNAVAILABILITY;
use super::{MeasureReport, Report};
use crate::base::quantity::{YEAR_S, format_duration, significant};
use crate::report::{Block, Cell, Column, Document, Later, Row, Section, Table};
use crate::simulate::monte_carlo::estimate::Figure;
use serde::Serialize;

/// Name and version of the JSON schema of [`CompareReport`].
const SCHEMA: &str = "steadfast.simulate.compare/2";

/// The results of a comparison.
#[derive(Debug, Clone, Serialize)]
pub struct CompareReport {
    /// Name and version of the JSON schema.
    pub schema: &'static str,
    /// The first system.
    pub first: Report,
    /// The second system.
    pub second: Report,
    /// The second system's unavailability minus the first's, simulated under common random numbers.
    pub difference: Option<Figure>,
    /// The exact difference, if both unavailabilities are known exactly.
    pub difference_exact: Option<f64>,
    /// Correlation of the two downtimes over the replications.
    pub correlation: Option<f64>,
    /// `first`, `second` or `neither`: the system whose availability is significantly higher.
    pub better: &'static str,
}

impl CompareReport {
    /// Builds the comparison from both reports.
    pub fn new(first: Report, second: Report, difference: Option<Figure>, correlation: Option<f64>) -> Self {
        let exactly = |report: &Report| Some(report.figure(UNAVAILABILITY)?.exact?.value);
        let difference_exact = exactly(&second).zip(exactly(&first)).map(|(second, first)| second - first);
        Self {
            schema: SCHEMA,
            better: better(difference_exact, difference),
            first,
            second,
            difference,
            difference_exact,
            correlation,
        }
    }
}

/// Returns the bounds of an interval, if it has both.
fn bounds(figure: Figure) -> Option<(f64, f64)> {
    let interval = figure.interval?;
    Some((interval.lower?, interval.upper?))
}

fn better(exact: Option<f64>, simulated: Option<Figure>) -> &'static str {
    let bounds = exact.map(|exact| (exact, exact)).or_else(|| bounds(simulated?));
    match bounds {
        Some((lower, _)) if lower > 0.0 => "first",
        Some((_, upper)) if upper < 0.0 => "second",
        _ => "neither",
    }
}

/// Builds the document of a comparison.
pub fn compare_document(comparison: &CompareReport) -> Document {
    let (first, second) = (&comparison.first, &comparison.second);
    Document {
        title: format!(
            "{} and {}: predicted over {}",
            first.name,
            second.name,
            format_duration(first.horizon_s)
        ),
        kind: "simulate",
        facts: [("first".into(), first.topology.clone()), ("second".into(), second.topology.clone())]
            .into_iter()
            .chain(seed_fact(first, "for both: components of the same name draw the same random numbers"))
            .collect(),
        sections: vec![Section {
            heading: String::new(),
            blocks: vec![Block::Table(table(first, second)), Block::Facts(difference(comparison))],
        }],
        warnings: warnings(first, second),
        json: Later::encoded(comparison),
        ..Document::default()
    }
}

/// Builds the table of the figures that either system has.
fn table(first: &Report, second: &Report) -> Table {
    let row = |figure: &MeasureReport| {
        let of = |report: &Report| {
            let own = report.figure(figure.key);
            let method = Cell::or_missing(own, |own| Cell::text(own.method()));
            [Cell::or_missing(own, MeasureReport::best), method]
        };
        let label = std::iter::once(Cell::text(&figure.label));
        Row { cells: label.chain(of(first)).chain(of(second)).collect(), total: false }
    };
    let only_in_second = second.figures.iter().filter(|figure| first.figure(figure.key).is_none());
    Table {
        name: "comparison",
        columns: vec![
            Column::new("figure", "Figure", 0),
            Column::new("first", "First", 0),
            Column::new("first_method", "by", 2),
            Column::new("second", "Second", 0),
            Column::new("second_method", "by", 2),
        ],
        rows: first.figures.iter().chain(only_in_second).map(row).collect(),
    }
}

/// Collects the warnings of both reports. A warning is prefixed with its system unless both have it or
/// it begins with the file name.
fn warnings(first: &Report, second: &Report) -> Vec<String> {
    let sides = [("first", first, second), ("second", second, first)];
    let of_side = |(which, report, other): (&'static str, &Report, &Report)| {
        let said = report.warnings.iter().filter_map(|warning| {
            if other.warnings.contains(warning) {
                (which == "first").then(|| warning.clone())
            } else if warning.starts_with(&report.topology) {
                Some(warning.clone())
            } else {
                Some(format!("{which}: {warning}"))
            }
        });
        said.collect::<Vec<String>>()
    };
    sides.into_iter().flat_map(of_side).collect()
}

/// Describes the difference: downtime per year with its interval, and the verdict.
fn difference(comparison: &CompareReport) -> Vec<(String, String)> {
    let a_year = |share: f64| {
        let sign = if share < 0.0 { "−" } else { "+" };
        format!("{sign}{}", format_duration((share * YEAR_S).abs()))
    };
    let exact = comparison.difference_exact;
    let exact = exact.map(|exact| format!("{} of downtime per year, exactly", a_year(exact)));
    let simulated = comparison.difference.and_then(|figure| {
        let (lower, upper) = bounds(figure)?;
        let [value, lower, upper] = [figure.value, lower, upper].map(a_year);
        let correlation = comparison.correlation.map(|r| format!(", correlation {}", significant(r, 2)));
        Some(format!("{value} of downtime per year [{lower}, {upper}]{}", correlation.unwrap_or_default()))
    });
    let label = if exact.is_some() { "simulated" } else { "difference" };
    let verdict = match comparison.better {
        "first" => format!("the first system is more available ({})", comparison.first.topology),
        "second" => format!("the second system is more available ({})", comparison.second.topology),
        _ => undecided(comparison),
    };
    let facts = [("difference", exact), (label, simulated), ("verdict", Some(verdict))];
    facts.into_iter().filter_map(|(label, text)| Some((label.to_owned(), text?))).collect()
}

/// Explains why neither system is better.
fn undecided(comparison: &CompareReport) -> String {
    let (first, second) = (&comparison.first, &comparison.second);
    let seen = |report: &Report| {
        let run = report.simulation.as_ref();
        run.is_some_and(|run| run.failing_replications > 0)
    };
    if comparison.difference_exact.is_some() {
        "both systems are equally available".to_owned()
    } else if first.figure(UNAVAILABILITY).is_none() || second.figure(UNAVAILABILITY).is_none() {
        "undecided: the availability over this period is not known; simulate both (--method auto), or allow more time".to_owned()
    } else if !seen(first) && !seen(second) {
        "undecided: neither system had an outage; run more --replications".to_owned()
    } else {
        "undecided: the difference is within the statistical error; ask for a smaller --precision".to_owned()
    }
}
