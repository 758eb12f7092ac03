//! The report of a sweep: one run for each value, or pair of values, of the changed settings.

use super::document::seed_fact;
use super::figures::point;
use super::measure::{MEASURES, Measure, UNAVAILABILITY};
use super::{MeasureReport, Report};
use crate::base::quantity::format_duration;
use crate::report::{
    Axis, AxisUnit, Block, Cell, Chart, Column, Document, Later, Row, Section, Series, Style, Table,
};
use serde::Serialize;

/// Name and version of the JSON schema of [`SweepReport`].
const SCHEMA: &str = "steadfast.simulate.sweep/2";

/// The results of a sweep.
#[derive(Debug, Clone, Serialize)]
pub struct SweepReport {
    /// Name and version of the JSON schema.
    pub schema: &'static str,
    /// The paths of the changed settings.
    pub paths: Vec<String>,
    /// Number of requested runs, which exceeds `points` after an interrupt.
    pub asked: usize,
    /// The runs, in order.
    pub points: Vec<SweepPoint>,
}

/// One combination of values and its report.
#[derive(Debug, Clone, Serialize)]
pub struct SweepPoint {
    /// The value for each path.
    pub values: Vec<String>,
    /// The complete report.
    pub report: Report,
}

impl SweepReport {
    /// Builds the report from its runs.
    pub fn new(paths: Vec<String>, asked: usize, points: Vec<SweepPoint>) -> Self {
        Self { schema: SCHEMA, paths, asked, points }
    }
}

/// Returns the measures that are columns.
fn measures() -> impl Iterator<Item = &'static Measure> {
    MEASURES.iter().filter(|measure| !measure.column.is_empty())
}

/// Builds the document of a sweep.
pub fn sweep_document(sweep: &SweepReport) -> Document {
    let Some(first) = sweep.points.first() else {
        return Document::default();
    };
    let name = &first.report.name;
    let mut columns: Vec<Column> = sweep.paths.iter().map(|path| Column::named(path, 0)).collect();
    let of_measure =
        |(measure, priority): (&Measure, u8)| Column::new(measure.column, measure.label, priority);
    columns.extend(measures().zip(0..).map(of_measure));
    columns.push(Column::new("method", "Method", 4));
    let table = Table { name: "sweep", columns, rows: sweep.points.iter().map(row).collect() };
    Document {
        title: format!(
            "{name}: predicted over {} as {} {}",
            format_duration(first.report.horizon_s),
            sweep.paths.join(" and "),
            if sweep.paths.len() == 1 { "changes" } else { "change" }
        ),
        kind: "simulate",
        facts: std::iter::once(("topology".into(), first.report.topology.clone()))
            .chain(seed_fact(
                &first.report,
                "for every setting: unchanged components draw the same random numbers",
            ))
            .collect(),
        sections: vec![Section {
            heading: String::new(),
            blocks: std::iter::once(Block::Table(table)).chain(chart(sweep)).collect(),
        }],
        warnings: warnings(sweep),
        json: Later::encoded(sweep),
        ..Document::default()
    }
}

fn row(point: &SweepPoint) -> Row {
    let figure = |measure: &str| point.report.figure(measure);
    let mut cells: Vec<Cell> = point.values.iter().map(Cell::text).collect();
    cells.extend(measures().map(|measure| Cell::or_missing(figure(measure.name), MeasureReport::best)));
    cells.push(Cell::or_missing(figure(UNAVAILABILITY), |figure| Cell::text(figure.method())));
    Row { cells, total: false }
}

/// Builds the chart of availability over the values of the first path, with one curve per value of the
/// second.
fn chart(sweep: &SweepReport) -> Option<Block> {
    let path = sweep.paths.first()?;
    let mut values: Vec<&str> =
        sweep.points.iter().filter_map(|point| Some(point.values.first()?.as_str())).collect();
    values.dedup();
    let numbers: Option<Vec<f64>> = values.iter().map(|value| value.parse().ok()).collect();
    let unit = match &numbers {
        Some(_) => AxisUnit::Number,
        None => AxisUnit::Categories(values.iter().map(|value| (*value).to_owned()).collect()),
    };
    let mut series: Vec<Series> = Vec::new();
    for run in &sweep.points {
        let place = values.iter().position(|value| Some(*value) == run.values.first().map(String::as_str))?;
        let x = numbers.as_ref().map_or(place as f64, |numbers| numbers[place]);
        let label = run.values.get(1).map_or(String::new(), |value| format!("{}={value}", sweep.paths[1]));
        let figure = run.report.figure(UNAVAILABILITY)?;
        let drawn = point(x, figure.exact.map(|exact| exact.value), figure.simulated.as_ref())?;
        match series.iter_mut().find(|series| series.label == label) {
            Some(series) => series.points.push(drawn),
            None => series.push(Series {
                label,
                points: vec![drawn],
                style: if numbers.is_some() { Style::Line } else { Style::Points },
            }),
        }
    }
    (values.len() > 1).then(|| {
        Block::Chart(Chart {
            name: "curve",
            x: Axis::new(path.clone(), unit),
            y: Axis::new("Availability", AxisUnit::ShareByComplement),
            series,
        })
    })
}

/// Collects the warnings, each once, with the settings that it applies to.
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
    let interrupted =
        (all < sweep.asked).then(|| format!("interrupted: {all} of {} settings were run", sweep.asked));
    let said = |(warning, settings): (String, Vec<String>)| {
        if settings.len() == all { warning } else { format!("{warning} (at {})", settings.join("; ")) }
    };
    interrupted.into_iter().chain(warnings.into_iter().map(said)).collect()
}
