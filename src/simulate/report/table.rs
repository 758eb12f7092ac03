//! Builds tables and sections.

use super::measure::MeasureUnit;
use crate::report::{Block, Cell, Column, Row, Section, Table};
use crate::simulate::monte_carlo::estimate::Figure;

/// A column, and the cell that an item has in it.
pub(super) type Field<T> = (Column, fn(&T) -> Cell);

/// Builds a table with a row for each item.
pub(super) fn table<T>(name: &'static str, items: &[T], fields: &[Field<T>]) -> Table {
    let row = |item: &T| Row { cells: fields.iter().map(|(_, cell)| cell(item)).collect(), total: false };
    Table {
        name,
        columns: fields.iter().map(|(column, _)| column.clone()).collect(),
        rows: items.iter().map(row).collect(),
    }
}

/// Returns the cell of a simulated time.
pub(super) fn seconds(figure: Option<Figure>) -> Cell {
    Cell::or_missing(figure, |figure| MeasureUnit::Seconds.estimate(&figure))
}

/// Builds a section of one block.
pub(super) fn section(heading: &str, block: Block) -> Section {
    Section { heading: heading.to_owned(), blocks: vec![block] }
}

/// Builds a section of a table, unless the table is empty.
pub(super) fn table_section(heading: &str, table: Table) -> Option<Section> {
    (!table.rows.is_empty()).then(|| section(heading, Block::Table(table)))
}
