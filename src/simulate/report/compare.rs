//! Two systems side by side, and their difference.

use super::document::{best, road_of, seed_fact};
use super::{Measure, Report, Simulated};
use crate::base::quantity::{YEAR_S, format_duration, significant};
use crate::report::{Block, Cell, Column, Document, Row, Section, Table};
use serde::Serialize;

/// The version of the JSON schema of [`CompareReport`].
pub const COMPARE_SCHEMA: &str = "steadfast.simulate.compare/2";

/// Two systems and how they differ.
#[derive(Debug, Clone, Serialize)]
pub struct CompareReport {
    /// [`COMPARE_SCHEMA`].
    pub schema: &'static str,
    /// The first system.
    pub first: Report,
    /// The second system.
    pub second: Report,
    /// The second's unavailability minus the first's, simulated under common random numbers.
    pub difference: Option<Simulated>,
    /// The same exactly, where both are known exactly.
    pub difference_exact: Option<f64>,
    /// How alike the downtimes of both are from replication to replication.
    pub correlation: Option<f64>,
    /// `first`, `second` or `neither`: whose availability is the better one beyond chance.
    pub better: &'static str,
}

impl CompareReport {
    /// Puts both reports together.
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

/// The comparison as a document.
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
            .chain(seed_fact(first, "for both: components of the same name draw the same"))
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

/// The warnings of both; whose they are, where they are not of both and do not begin with the file's name.
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

/// The difference in words: downtime a year, more or less, with its interval, and what follows.
fn difference(comparison: &CompareReport) -> Vec<(String, String)> {
    let a_year = |share: f64| {
        let sign = if share < 0.0 { "−" } else { "+" };
        format!("{sign}{}", format_duration((share * YEAR_S).abs()))
    };
    let mut facts = Vec::new();
    if let Some(exact) = comparison.difference_exact {
        facts.push(("difference".into(), format!("{} of downtime a year, exactly", a_year(exact))));
    }
    if let Some(Simulated { value, lower: Some(lower), upper: Some(upper), .. }) = &comparison.difference {
        let correlation =
            comparison.correlation.map_or(String::new(), |r| format!(", correlation {}", significant(r, 2)));
        facts.push((
            if comparison.difference_exact.is_some() { "simulated" } else { "difference" }.into(),
            format!(
                "{} of downtime a year [{}, {}]{correlation}",
                a_year(*value),
                a_year(*lower),
                a_year(*upper)
            ),
        ));
    }
    let verdict = match comparison.better {
        "first" => format!("the first is the more available one ({})", comparison.first.topology),
        "second" => format!("the second is the more available one ({})", comparison.second.topology),
        _ => undecided(comparison),
    };
    facts.push(("verdict".into(), verdict));
    facts
}

/// Why neither is the better one.
fn undecided(comparison: &CompareReport) -> String {
    let (first, second) = (&comparison.first, &comparison.second);
    let seen = |report: &Report| {
        let run = report.simulation.as_ref();
        run.is_some_and(|run| run.failing_replications > 0)
    };
    if comparison.difference_exact.is_some() {
        "both are equally available".to_owned()
    } else if unavailability(first).is_none() || unavailability(second).is_none() {
        "not known, since the availability over this time is not: simulate both (--method auto), or give them more time".to_owned()
    } else if !seen(first) && !seen(second) {
        "not known, since neither was ever seen down: ask for more --replications".to_owned()
    } else {
        "the difference is not told from chance: ask for more --precision".to_owned()
    }
}
