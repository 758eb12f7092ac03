//! The tables of measures by service, by label and by calendar.

use super::top::first_by;
use crate::availability::analysis::measures::Measures;
use crate::availability::analysis::report::{Breakdown, Report};
use crate::availability::analysis::{WHOLE, label};
use crate::availability::measure::{Line, MEASURES, Measure};
use crate::base::text::grouped;
use crate::report::{Block, Cell, Column, Row, Section, Table};

/// Builds the table of a breakdown, with at most `lines_max` rows.
pub(super) fn section(report: &Report, breakdown: &Breakdown, lines_max: Option<usize>) -> Section {
    let (table, heading) = names(&breakdown.by);
    let name = Column::new("name", heading, 0);
    let (measures, columns): (Vec<&Measure>, Vec<Column>) = shown_measures(report).unzip();
    let columns = std::iter::once(name).chain(columns).collect();
    let lines = first_by(&breakdown.lines, lines_max.unwrap_or(usize::MAX), |a, b| {
        b.measures.downtime_s.total_cmp(&a.measures.downtime_s)
    });
    let mut rows: Vec<Row> = lines
        .iter()
        .map(|line| measure_row(&label(&breakdown.by, &line.name), &line.measures, &measures, false))
        .collect();
    if breakdown.lines.len() != 1 {
        rows.push(measure_row(WHOLE, &report.total, &measures, true));
    }
    let mut blocks = vec![Block::Table(Table { name: table, columns, rows })];
    if lines.len() < breakdown.lines.len() {
        let left = grouped((breakdown.lines.len() - lines.len()) as u64);
        blocks.push(Block::Text(format!(
            "The {} with the most downtime are shown; {left} more with --top 0, or in csv and json.",
            lines.len()
        )));
    }
    Section { heading: format!("By {}", breakdown.by), blocks }
}

/// The measures that are columns of a breakdown.
fn shown_measures(report: &Report) -> impl Iterator<Item = (&'static Measure, Column)> {
    let shown = MEASURES.iter().filter(|measure| (measure.shown)(&report.total));
    shown.filter_map(|measure| {
        let (key, heading, priority) = measure.column?;
        Some((measure, Column::new(key, heading, priority)))
    })
}

/// Returns the stable name of the table by a key, and the heading of its first column.
fn names(by: &str) -> (&'static str, &'static str) {
    match by {
        "service" => ("by_service", "Service"),
        "severity" => ("by_severity", "Severity"),
        "cause" => ("by_cause", "Cause"),
        "month" => ("by_group", "Month"),
        "quarter" => ("by_group", "Quarter"),
        "week" => ("by_group", "Week"),
        "weekday" => ("by_group", "Weekday"),
        "day" => ("by_group", "Day"),
        "year" => ("by_group", "Year"),
        "hour" => ("by_group", "Hour"),
        _ => ("by_group", "Group"),
    }
}

fn measure_row(name: &str, line: &Measures, measures: &[&Measure], total: bool) -> Row {
    let line = Line { measures: line, standing: None };
    let cells = measures.iter().map(|measure| measure.cell(&line));
    Row { cells: std::iter::once(Cell::text(name)).chain(cells).collect(), total }
}
