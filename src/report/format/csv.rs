//! CSV: writes the main table, for spreadsheets and data frames.

use super::{Format, Look, cells};
use crate::base::text::printable;
use crate::report::{Cell, Document, Table};
use std::io;

/// The CSV format. Writes only the first table of the document, so that the file is valid CSV; `--table`
/// selects another. A document without a table gives an empty file.
///
/// The header holds the keys of the columns. A column with an estimate in any row becomes three: `key`,
/// `key_lower` and `key_upper`. The row of totals, if there is one, is the last.
pub(super) static CSV: Format = Format {
    name: "csv",
    summary: "the main table or the one named by --table, at full precision, for spreadsheets and data frames",
    extensions: &["csv"],
    for_people: false,
    is_whole: false,
    write,
};

fn write(document: &Document, _: &Look, out: &mut dyn io::Write) -> io::Result<()> {
    let Some(table) = document.main_table() else {
        return Ok(());
    };
    let spread: Vec<bool> = (0..table.columns.len()).map(|column| has_estimate(table, column)).collect();
    let mut records = csv::Writer::from_writer(out);
    records.write_record(header(table, &spread)).map_err(io_error)?;
    for row in &table.rows {
        let cells = row.cells.iter().zip(&spread);
        let record = cells.flat_map(|(cell, spread)| fields(cell, *spread));
        records.write_record(record).map_err(io_error)?;
    }
    records.flush()
}

/// Returns the I/O error inside a CSV error. The conversion of the library hides its kind, so that a
/// broken pipe could not be recognised.
pub(crate) fn io_error(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

/// Returns whether any cell of a column is an estimate.
fn has_estimate(table: &Table, column: usize) -> bool {
    table.rows.iter().any(|row| matches!(row.cells.get(column), Some(Cell::Estimate { .. })))
}

fn header(table: &Table, spread: &[bool]) -> Vec<String> {
    let keys = table.columns.iter().zip(spread).flat_map(|(column, spread)| {
        let suffixes: &[&str] = if *spread { &["", "_lower", "_upper"] } else { &[""] };
        suffixes.iter().map(move |suffix| csv_safe(&format!("{}{suffix}", column.key)))
    });
    keys.collect()
}

fn fields(cell: &Cell, spread: bool) -> Vec<String> {
    let [value, lower, upper] = cells::machine_fields(cell);
    let value = if let Cell::Text(text) = cell { csv_safe(text) } else { value };
    if spread { vec![value, lower, upper] } else { vec![value] }
}

/// Escapes text so that a spreadsheet does not evaluate it. A spreadsheet evaluates a field that begins
/// like a formula, so `=HYPERLINK(…)` or `=cmd|…` in the title of an incident would run when the file is
/// opened. A leading apostrophe marks it as text, as recommended by OWASP, "CSV Injection". Numbers are
/// not escaped, so -0.5 stays a number.
pub(crate) fn csv_safe(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠']);
    format!("{}{}", if formula { "'" } else { "" }, printable(text))
}

#[cfg(test)]
mod tests {
    use super::{csv_safe, fields};
    use crate::report::Cell;

    #[test]
    fn text_that_looks_like_a_formula_is_disarmed() {
        assert_eq!(csv_safe("=cmd|' /C calc'!A0"), "'=cmd|' /C calc'!A0");
        assert_eq!(csv_safe("\t=1+1"), "'\\u{9}=1+1");
        assert_eq!(csv_safe("checkout"), "checkout");
    }

    #[test]
    fn a_negative_number_stays_a_number() {
        assert_eq!(fields(&Cell::Percent(-0.5), false), ["-0.5"]);
    }
}
