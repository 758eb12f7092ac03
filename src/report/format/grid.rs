//! Draws a table as text that fits a given width. Columns and intervals are left out in the order of
//! their priority, and figures are aligned to the right.

use super::cells;
use super::lines::{cut, cut_apart, paragraph};
use crate::base::text::counted;
use crate::report::{Cell, Table};
use comfy_table::{CellAlignment, LineStyle, TableStyle};
use unicode_width::UnicodeWidthStr;

/// The width to which headings are cut, and text at most, before columns are left out.
const TEXT_WIDTH_MAX: usize = 40;
/// The padding of a cell: one space on each side.
const PADDING: usize = 2;
/// Intervals are left out before columns of this priority or a lower number.
const PRIORITY_BEFORE_INTERVALS: u8 = 1;
/// The number of lines above the first row: headings and rule.
const HEADER_LINES: usize = 2;

/// A rule under the headings, and no other lines.
const STYLE: TableStyle = TableStyle::new().header_separator(LineStyle::none().fill('─'));

/// A column that is shown, with its cells as text.
struct Shown {
    priority: u8,
    heading: String,
    numeric: bool,
    cells: Vec<String>,
    /// The cells without intervals, if any cell has one.
    values: Option<Vec<String>>,
    /// Whether the intervals were left out.
    bare: bool,
    /// The width of the widest cell, cached because every row needs it.
    widest: usize,
}

/// Draws `table` in lines of at most `width` columns. `csv` are the flags that write the whole table as CSV.
pub(super) fn draw(table: &Table, csv: &str, width: usize) -> Vec<String> {
    let table = &table.without_empty();
    let columns = fitting(table, width);
    if columns.is_empty() {
        return Vec::new();
    }
    let mut lines = ruled(table, &columns, width);
    if table.rows.is_empty() {
        lines.push(" none".into());
    }
    let bare = columns.iter().filter(|column| column.bare).count();
    let note = left_out_note(table.columns.len() - columns.len(), bare, csv);
    lines.extend(note.into_iter().flat_map(|note| paragraph(&note, width)));
    lines
}

/// Returns headings, rule and rows, with the rule repeated above the totals.
fn ruled(table: &Table, columns: &[Shown], width: usize) -> Vec<String> {
    let text = drawn(columns, table.rows.len());
    let drawn: Vec<String> = text.lines().map(|line| cut(line.trim_end(), width)).collect();
    let (header, body) = drawn.split_at(HEADER_LINES.min(drawn.len()));
    let mut lines = header.to_vec();
    // Totals in the first row have the rule under the headings above them.
    let mut among_totals = true;
    for (row, line) in table.rows.iter().zip(body) {
        if row.total && !among_totals {
            lines.extend(header.last().cloned());
        }
        among_totals = row.total;
        lines.push(line.clone());
    }
    lines
}

/// Returns the columns that fit into `width`.
///
/// Text is cut before any column is left out. The least important columns are left out first, from the
/// right among equals. Intervals are left out, from the right, before the columns of the highest
/// priorities. If not even the columns of priority 0 fit, they are left out too, down to the last one.
/// Text then gets the width that is left over.
fn fitting(table: &Table, width: usize) -> Vec<Shown> {
    let mut columns: Vec<Shown> = (0..table.columns.len()).filter_map(|i| shown(table, i)).collect();
    let shortest = (width / 3).min(TEXT_WIDTH_MAX);
    let total =
        |columns: &[Shown], text: usize| -> usize { columns.iter().map(|column| column.width(text)).sum() };
    // Each pass drops one column, or the intervals of one column, so the loop ends.
    while columns.len() > 1 && total(&columns, shortest) > width {
        let worst = columns.iter().enumerate().max_by_key(|(_, column)| column.priority).map(|(i, _)| i);
        let worst = worst.unwrap_or(columns.len() - 1);
        let matters = columns.get(worst).is_some_and(|column| column.priority <= PRIORITY_BEFORE_INTERVALS);
        let widest = columns.iter_mut().rev().find(|column| column.values.is_some());
        match widest {
            Some(column) if matters => column.leave_out_intervals(),
            _ => drop(columns.remove(worst)),
        }
    }
    let longest = (shortest..=width).rev().find(|text| total(&columns, *text) <= width).unwrap_or(shortest);
    for column in &mut columns {
        column.cut_text(longest);
    }
    columns
}

impl Shown {
    /// Returns the width of the column with its text cut to `text`, padding included.
    fn width(&self, text: usize) -> usize {
        let cells = if self.has_intervals() { self.widest } else { self.widest.min(text) };
        cells.max(self.heading.width()) + PADDING
    }

    fn cut_text(&mut self, text: usize) {
        if !self.has_intervals() && self.widest > text {
            self.cells = cut_apart(&self.cells, text);
            self.widest = widest(&self.cells);
        }
    }

    /// Returns whether the cells are estimates. They are never cut but lose their intervals as a whole.
    fn has_intervals(&self) -> bool {
        self.values.is_some() || self.bare
    }

    fn leave_out_intervals(&mut self) {
        if let Some(values) = self.values.take() {
            self.cells = values;
            self.bare = true;
            self.widest = widest(&self.cells);
        }
    }
}

fn shown(table: &Table, index: usize) -> Option<Shown> {
    let column = table.columns.get(index)?;
    let (cells, values) = column_cells(table, index);
    Some(Shown {
        priority: column.priority,
        heading: cut(&column.heading, TEXT_WIDTH_MAX),
        numeric: cells::is_numeric(table, index),
        widest: widest(&cells),
        cells,
        values,
        bare: false,
    })
}

/// Returns the cells of one column, and the values alone if some cells have intervals. Values are
/// aligned with values, and intervals with intervals.
fn column_cells(table: &Table, index: usize) -> (Vec<String>, Option<Vec<String>>) {
    let cells = table.rows.iter().map(|row| row.cells.get(index).unwrap_or(&Cell::Missing));
    let parts: Vec<(String, String)> = cells.map(cells::human_parts).collect();
    let value_width = parts.iter().map(|(value, _)| value.width()).max().unwrap_or(0);
    let interval_width = parts.iter().map(|(_, interval)| interval.width()).max().unwrap_or(0);
    if interval_width == 0 {
        return (parts.into_iter().map(|(value, _)| value).collect(), None);
    }
    let values = parts.iter().map(|(value, _)| value.clone()).collect();
    let blanks = |text: &str, width: usize| " ".repeat(width - text.width());
    let aligned = |(value, interval): (String, String)| {
        format!("{}{value} {interval}{}", blanks(&value, value_width), blanks(&interval, interval_width))
    };
    (parts.into_iter().map(aligned).collect(), Some(values))
}

fn widest(cells: &[String]) -> usize {
    cells.iter().map(|cell| cell.width()).max().unwrap_or(0)
}

/// Draws headings, rule and rows.
fn drawn(columns: &[Shown], rows: usize) -> String {
    let mut table = comfy_table::Table::new();
    table.load_style(STYLE).set_header(columns.iter().map(|column| column.heading.as_str()));
    for i in 0..rows {
        table.add_row(columns.iter().map(|column| column.cells.get(i).map_or("", String::as_str)));
    }
    for (column, shown) in table.column_iter_mut().zip(columns) {
        column.set_cell_alignment(if shown.numeric { CellAlignment::Right } else { CellAlignment::Left });
    }
    table.to_string()
}

/// Returns a note that says what was left out, and the flags that show all of it.
fn left_out_note(columns: usize, bare: usize, csv: &str) -> Option<String> {
    let columns_and = counted(columns as u64, "column");
    let what = match (columns, bare) {
        (0, 0) => return None,
        (_, 0) => columns_and,
        (0, _) => format!("the intervals of {}", counted(bare as u64, "column")),
        _ => format!("{columns_and} and the intervals of {}", counted(bare as u64, "other")),
    };
    Some(format!("{what} left out to fit the width; use {csv} to see all"))
}

#[cfg(test)]
mod tests {
    use crate::report::{Cell, Column, Row, Table};

    fn draw(table: &Table, width: usize) -> Vec<String> {
        super::draw(table, "--format csv", width)
    }

    fn table() -> Table {
        let columns = vec![
            Column::new("service", "Service", 0),
            Column::new("outages", "Outages", 2),
            Column::new("downtime_s", "Downtime", 1),
            Column::new("outcome", "Objective", 0),
        ];
        let row = |name: &str, outages, total| Row {
            cells: vec![Cell::text(name), Cell::Count(outages), Cell::Seconds(90.0), Cell::text("missed")],
            total,
        };
        Table { name: "services", columns, rows: vec![row("failover", 1_200, false), row("all", 7, true)] }
    }

    #[test]
    fn figures_align_right_and_totals_follow_a_rule() {
        let lines = draw(&table(), 120);
        assert_eq!(
            lines,
            [
                " Service   Outages  Downtime  Objective",
                "────────────────────────────────────────",
                " failover    1,200    1m 30s  missed",
                "────────────────────────────────────────",
                " all             7    1m 30s  missed",
            ]
        );
    }

    #[test]
    fn the_least_important_columns_are_left_out_first_and_counted() {
        let lines = draw(&table(), 28);
        assert_eq!(lines.first().map(String::as_str), Some(" Service   Objective"));
        assert_eq!(lines[5..].concat(), " 2 columns left out to fit the width; use --format csv to see all");
    }

    #[test]
    fn intervals_are_left_out_before_important_columns_and_after_unimportant_ones() {
        let estimate = |value: f64| Cell::Estimate {
            value: Box::new(Cell::Seconds(value)),
            lower: Some(Box::new(Cell::Seconds(value / 2.0))),
            upper: Some(Box::new(Cell::Seconds(value * 2.0))),
        };
        let table = Table {
            name: "services",
            columns: vec![
                Column::new("service", "Service", 0),
                Column::new("availability", "Availability", 0),
                Column::new("mttr_s", "MTTR", 1),
                Column::new("longest_s", "Longest", 3),
            ],
            rows: vec![Row {
                cells: vec![Cell::text("api"), estimate(40.0), estimate(20.0), Cell::Seconds(9.0)],
                total: false,
            }],
        };
        let at = |width| draw(&table, width)[0].split_whitespace().count();
        let row = |width| draw(&table, width)[2].clone();
        let whole = row(60);
        assert!(whole.ends_with(" 9s") && whole.contains("40s [20s, 1m 20s]  20s [10s, 40s]"));
        assert_eq!(row(46), " api      40s [20s, 1m 20s]  20s [10s, 40s]");
        assert_eq!(row(40), " api      40s [20s, 1m 20s]   20s");
        assert_eq!(row(30), " api               40s   20s");
        assert_eq!([60, 46, 40, 30, 24].map(at), [4, 3, 3, 3, 2]);
    }

    #[test]
    fn text_uses_the_width_that_is_left_over() {
        let table = Table {
            name: "measures",
            columns: vec![Column::new("value", "Value", 0), Column::new("meaning", "What it is", 2)],
            rows: vec![Row {
                cells: vec![
                    Cell::Seconds(9.0),
                    Cell::text("what it is in so many words, one after the other"),
                ],
                total: false,
            }],
        };
        let row = |width| draw(&table, width)[2].trim_end().to_owned();
        assert!(row(80).ends_with("one after the other"));
        assert!(row(40).ends_with("what it is in so many words, o…"), "{}", row(40));
        assert_eq!(row(16), "    9s");
    }
}
