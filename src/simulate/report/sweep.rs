//! What became of a system as one or two of its values were changed.

use super::Report;
use super::document::{best, road_of};
use crate::base::quantity::format_duration;
use crate::report::{Block, Cell, Column, Document, Row, Section, Table};
use serde::Serialize;

/// The version of the JSON schema of [`SweepReport`].
pub const SWEEP_SCHEMA: &str = "steadfast.simulate.sweep/1";

/// One run for each combination of values.
#[derive(Debug, Clone, Serialize)]
pub struct SweepReport {
    /// [`SWEEP_SCHEMA`].
    pub schema: &'static str,
    /// The paths that were changed.
    pub paths: Vec<String>,
    /// The runs, in order.
    pub points: Vec<SweepPoint>,
}

/// One combination of values and what came of it.
#[derive(Debug, Clone, Serialize)]
pub struct SweepPoint {
    /// A value for each path.
    pub values: Vec<String>,
    /// The whole report.
    pub report: Report,
}

impl SweepReport {
    /// The runs under the paths that they differ in.
    pub fn new(paths: Vec<String>, points: Vec<SweepPoint>) -> Self {
        Self {
            schema: SWEEP_SCHEMA,
            paths,
            points,
        }
    }
}

/// Columns after those of the paths: the figure's key, the column's key and its heading.
const FIGURES: [(&str, &str, &str); 4] = [
    ("unavailability", "availability", "Availability"),
    ("failures_per_year", "failures_per_year", "Failures a year"),
    ("mtbf_s", "mtbf_s", "MTBF, operating"),
    ("mdt_s", "mdt_s", "Mean down time"),
];

/// The sweep as a document.
pub fn sweep_document(sweep: &SweepReport) -> Document {
    let Some(first) = sweep.points.first() else {
        return Document::default();
    };
    let name = &first.report.name;
    let mut columns = vec![Column::new("setting", "Setting", 0)];
    columns.extend(
        FIGURES
            .iter()
            .enumerate()
            .map(|(i, (_, key, heading))| Column::new(key, heading, i as u8)),
    );
    columns.push(Column::new("road", "Road", 4));
    let table = Table {
        name: "sweep",
        columns,
        rows: sweep.points.iter().map(|point| row(sweep, point)).collect(),
    };
    Document {
        title: format!(
            "{name}: predicted over {} as {} changes",
            format_duration(first.report.horizon_s),
            sweep.paths.join(" and ")
        ),
        kind: "simulate",
        facts: vec![
            ("topology".into(), first.report.topology.clone()),
            (
                "seed".into(),
                format!(
                    "{} for every setting: what does not change draws the same",
                    first.report.seed
                ),
            ),
        ],
        sections: vec![Section {
            heading: String::new(),
            blocks: vec![Block::Table(table)],
        }],
        warnings: warnings(sweep),
        json: serde_json::to_string_pretty(sweep).unwrap_or_default(),
        ..Document::default()
    }
}

fn row(sweep: &SweepReport, point: &SweepPoint) -> Row {
    let settings = sweep.paths.iter().zip(&point.values);
    let settings: Vec<String> = settings.map(|(path, value)| format!("{path}={value}")).collect();
    let measure = |key: &str| point.report.figures.iter().find(|measure| measure.key == key);
    let mut cells = vec![Cell::text(settings.join(", "))];
    cells.extend(
        FIGURES
            .iter()
            .map(|(key, ..)| Cell::or_missing(measure(key), best)),
    );
    cells.push(Cell::or_missing(measure("unavailability"), |measure| {
        Cell::text(road_of(measure))
    }));
    Row { cells, total: false }
}

/// Each warning once, with the settings that it was given for.
fn warnings(sweep: &SweepReport) -> Vec<String> {
    let mut warnings: Vec<(String, Vec<String>)> = Vec::new();
    for point in &sweep.points {
        for warning in &point.report.warnings {
            let setting = point.values.join(", ");
            match warnings.iter_mut().find(|(known, _)| known == warning) {
                Some((_, settings)) => settings.push(setting),
                None => warnings.push((warning.clone(), vec![setting])),
            }
        }
    }
    let all = sweep.points.len();
    let said = |(warning, settings): (String, Vec<String>)| {
        if settings.len() == all {
            warning
        } else {
            format!("{warning} (at {})", settings.join("; "))
        }
    };
    warnings.into_iter().map(said).collect()
}
