//! The comparison of two systems: both reports, and the difference of their unavailabilities.

use super::document::{best, road_of, seed_fact};
use super::{Measure, Report, Simulated};
use crate::base::quantity::{YEAR_S, format_duration, significant};
use crate::report::{Block, Cell, Column, Document, Row, Section, Table};
use serde::Serialize;

/// The version of the JSON schema of [`CompareReport`].
pub const COMPARE_SCHEMA: &str = "steadfast.simulate.compare/2";

/// The results of a comparison.
#[derive(Debug, Clone, Serialize)]
pub struct CompareReport {
    /// [`COMPARE_SCHEMA`].
    pub schema: &'static str,
    /// The first system.
    pub first: Report,
    /// The second system.
    pub second: Report,
    /// The second system's unavailability minus the first's, simulated under common random numbers.
    pub difference: Option<Simulated>,
    /// The exact difference, if both unavailabilities are known exactly.
    pub difference_exact: Option<f64>,
    /// Correlation of the two downtimes over the replications.
    pub correlation: Option<f64>,
    /// `first`, `second` or `neither`: the system whose availability is significantly higher.
    pub better: &'static str,
}

impl CompareReport {
    /// Builds the comparison from both reports.
    pub fn new(
        first: Report,
        second: Report,
        difference: Option<Simulated>,
        correlation: Option<f64>,
    ) -> Self {
        let exactly = |report: &Report| unavailability(report)?.exact.as_ref().map(|exact| exact.value);
        let difference_exact = exactly(&second).zip(exactly(&first)).map(|(second, first)| second - first);
        Self {
            schema: COMPARE_SCHEMA,
            better: better(difference_exact, difference.as_ref()),
            first,
            second,
            difference,
            difference_exact,
            correlation,
        }
    }
}

fn unavailability(report: &Report) -> Option<&Measure> {
    report.figures.iter().find(|measure| measure.key == "unavailability")
}

fn better(exact: Option<f64>, simulated: Option<&Simulated>) -> &'static str {
    let (lower, upper) = match (exact, simulated) {
        (Some(exact), _) => (exact, exact),
        (None, Some(Simulated { lower: Some(lower), upper: Some(upper), .. })) => (*lower, *upper),
        _ => return "neither",
    };
    if lower > 0.0 {
        "first"
    } else if upper < 0.0 {
        "second"
    } else {
        "neither"
    }
}

/// Builds the document of a comparison.
pub fn compare_document(comparison: &CompareReport) -> Document {
    let (first, second) = (&comparison.first, &comparison.second);
    let row = |measure: &Measure| {
        let of = |report: &Report| {
            let own = report.figures.iter().find(|own| own.key == measure.key);
            let road = |own| Cell::text(road_of(own));
            [Cell::or_missing(own, best), Cell::or_missing(own, road)]
        };
        let label = std::iter::once(Cell::text(&measure.label));
        Row { cells: label.chain(of(first)).chain(of(second)).collect(), total: false }
    };
    let in_first = |measure: &&Measure| first.figures.iter().any(|own| own.key == measure.key);
    let only_in_second = second.figures.iter().filter(|measure| !in_first(measure));
    let table = Table {
        name: "comparison",
        columns: vec![
            Column::new("figure", "Figure", 0),
            Column::new("first", "First", 0),
            Column::new("first_road", "by", 2),
            Column::new("second", "Second", 0),
            Column::new("second_road", "by", 2),
        ],
        rows: first.figures.iter().chain(only_in_second).map(row).collect(),
    };
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
            blocks: vec![Block::Table(table), Block::Facts(difference(comparison))],
        }],
        warnings: warnings(first, second),
        json: serde_json::to_string_pretty(comparison).unwrap_or_default(),
        ..Document::default()
    }
}

/// Collects the warnings of both reports. A warning is prefixed with its system unless both have it or
/// it begins with the file name.
fn warnings(first: &Report, second: &Report) -> Vec<String> {
    let of = |report: &Report, other: &Report, which: &str| -> Vec<String> {
        let said = |warning: &String| {
            if other.warnings.contains(warning) || warning.starts_with(&report.topology) {
                warning.clone()
            } else {
                format!("{which}: {warning}")
            }
        };
        report.warnings.iter().map(said).collect()
    };
    let mut all = of(first, second, "first");
    let more = of(second, first, "second");
    all.extend(more.into_iter().filter(|warning| !first.warnings.contains(warning)));
    all
}

/// Describes the difference: downtime per year with its interval, and the verdict.
fn difference(comparison: &CompareReport) -> Vec<(String, String)> {
    let a_year = |share: f64| {
        let sign = if share < 0.0 { "−" } else { "+" };
        format!("{sign}{}", format_duration((share * YEAR_S).abs()))
    };
    let mut facts = Vec::new();
    if let Some(exact) = comparison.difference_exact {
        facts.push(("difference".into(), format!("{} of downtime per year, exactly", a_year(exact))));
    }
    if let Some(Simulated { value, lower: Some(lower), upper: Some(upper), .. }) = &comparison.difference {
        let correlation =
            comparison.correlation.map_or(String::new(), |r| format!(", correlation {}", significant(r, 2)));
        facts.push((
            if comparison.difference_exact.is_some() { "simulated" } else { "difference" }.into(),
            format!(
                "{} of downtime per year [{}, {}]{correlation}",
                a_year(*value),
                a_year(*lower),
                a_year(*upper)
            ),
        ));
    }
    let verdict = match comparison.better {
        "first" => format!("the first system is more available ({})", comparison.first.topology),
        "second" => format!("the second system is more available ({})", comparison.second.topology),
        _ => undecided(comparison),
    };
    facts.push(("verdict".into(), verdict));
    facts
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
    } else if unavailability(first).is_none() || unavailability(second).is_none() {
        "undecided: the availability over this period is not known; simulate both (--method auto), or allow more time".to_owned()
    } else if !seen(first) && !seen(second) {
        "undecided: neither system had an outage; run more --replications".to_owned()
    } else {
        "undecided: the difference is within the statistical error; ask for a smaller --precision".to_owned()
    }
}
