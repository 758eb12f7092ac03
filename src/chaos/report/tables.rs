//! Parts of documents: tables with each column beside its cells, sections, facts, checks and metric
//! families.

use crate::report::{Block, Cell, Check, Column, MetricFamily, Outcome, Row, Section, Table};

/// The columns of a table of `T`s, each with the cell that an item has in it.
pub(crate) type Columns<T> = [(Column, fn(&T) -> Cell)];

/// Builds a table with a row for each item.
pub(crate) fn table<T>(name: &'static str, items: &[T], columns: &Columns<T>) -> Table {
    let row = |item: &T| Row { cells: columns.iter().map(|(_, cell)| cell(item)).collect(), total: false };
    Table {
        name,
        columns: columns.iter().map(|(column, _)| column.clone()).collect(),
        rows: items.iter().map(row).collect(),
    }
}

/// Builds a section of one block.
pub(crate) fn section(heading: &str, block: Block) -> Section {
    Section { heading: heading.to_owned(), blocks: vec![block] }
}

/// Builds a pair of label and text.
pub(crate) fn fact(label: &str, text: impl Into<String>) -> (String, String) {
    (label.to_owned(), text.into())
}

/// Builds a condition with its outcome.
pub(crate) fn check(
    condition: impl Into<String>,
    subject: impl Into<String>,
    outcome: Outcome,
    detail: impl Into<String>,
) -> Check {
    Check { condition: condition.into(), subject: subject.into(), outcome, detail: detail.into() }
}

/// Builds the cell of a time in seconds.
pub(crate) fn seconds(time_s: Option<f64>) -> Cell {
    Cell::or_missing(time_s, Cell::Seconds)
}

/// Builds the cell of a time of which only a lower bound is known, in seconds.
pub(crate) fn at_least(lower_s: f64) -> Cell {
    let lower = Some(Box::new(Cell::Seconds(lower_s)));
    Cell::Estimate { value: Box::new(Cell::Missing), lower, upper: None }
}

/// Name, help and unit of a metric family; an empty unit for none.
pub(crate) type FamilyName = (&'static str, &'static str, &'static str);

/// Labels of a sample.
pub(crate) type Labels = Vec<(&'static str, String)>;

/// Builds a metric family from the samples with a value; `None` if there is none.
pub(crate) fn family(
    (name, help, unit): FamilyName,
    samples: impl IntoIterator<Item = (Labels, Option<f64>)>,
) -> Option<MetricFamily> {
    let samples = samples.into_iter().filter_map(|(labels, value)| Some((labels, value?)));
    let samples: Vec<_> = samples.collect();
    (!samples.is_empty()).then_some(MetricFamily { name, help, unit, samples })
}
