//! Decides the format of every time column, over the whole column and never row by row.

use super::field::{ByField, Cells, Field, TIMES};
use super::timestamp::{Claim, ColumnScan, DateOrder, Decision, TimeFormat, decide_together};
use crate::base::problem::Problem;

/// The evidence gathered about the time columns.
#[derive(Debug, Default)]
pub(super) struct TimeScan {
    /// The columns in the order of [`TIMES`].
    columns: [ColumnScan; 5],
}

/// The formats of the time columns.
#[derive(Debug, Default)]
pub(super) struct TimeFormats {
    /// The format of each column.
    pub formats: ByField<Option<TimeFormat>>,
    /// Notes on the decisions, for the report. Columns with the same note share it.
    pub notes: Vec<String>,
    /// Whether some starts or ends are dates without a time of day.
    pub some_dates: bool,
}

/// The reason why the formats cannot be decided.
pub(super) struct Undecided {
    /// The problem if no further rows are read.
    pub problem: Box<Problem>,
    /// Whether more rows may decide: the order of day and month is ambiguous so far.
    pub needs_more: bool,
}

impl TimeScan {
    /// Adds the times of a row to the evidence.
    pub(super) fn observe(&mut self, cells: &impl Cells) {
        for (field, column) in TIMES.into_iter().zip(&mut self.columns) {
            column.observe(cells.cell(field));
        }
    }

    /// Decides the formats of all columns, which share the order of day and month.
    pub(super) fn decide(&self, order: Option<DateOrder>) -> Result<TimeFormats, Undecided> {
        let mut decided = TimeFormats::default();
        let decisions = decide_together(&self.columns, order);
        let mut notes: Vec<(Vec<&str>, String)> = Vec::new();
        for (field, decision) in TIMES.into_iter().zip(decisions) {
            match decision {
                Decision::Decided(format, said) => {
                    decided.formats[field] = Some(format);
                    for note in said.iter().map(ToString::to_string) {
                        match notes.iter_mut().find(|(_, known)| *known == note) {
                            Some((fields, _)) => fields.push(field.name()),
                            None => notes.push((vec![field.name()], note)),
                        }
                    }
                }
                Decision::Empty => {}
                Decision::Ambiguous { example, day_first, month_first } => {
                    let problem = Box::new(ambiguous(field, &example, &day_first, &month_first));
                    return Err(Undecided { problem, needs_more: true });
                }
                Decision::Conflicting { one, other } => {
                    return Err(Undecided {
                        problem: Box::new(conflict(field, &one, &other)),
                        needs_more: false,
                    });
                }
                // Only the start is essential. In other columns each unreadable cell is reported by
                // itself.
                Decision::Unrecognised(_) if field != Field::Start => {
                    decided.formats[field] = Some(TimeFormat::Iso);
                }
                Decision::Unrecognised(example) => {
                    return Err(Undecided {
                        problem: Box::new(unrecognised(field, &example)),
                        needs_more: false,
                    });
                }
            }
        }
        let columns = || TIMES.into_iter().zip(&self.columns);
        decided.some_dates = [Field::Start, Field::End]
            .iter()
            .any(|field| columns().any(|(of, column)| of == *field && column.has_days()));
        let notes = notes.into_iter();
        decided.notes = notes.map(|(fields, note)| format!("{}: {note}", fields.join(", "))).collect();
        Ok(decided)
    }
}

fn ambiguous(field: Field, example: &str, day_first: &str, month_first: &str) -> Problem {
    let message =
        format!("{}: `{example}` can be {day_first} or {month_first}, and no row decides", field.name());
    Problem::new(message).help("set the order with --date-order dmy or --date-order mdy")
}

fn conflict(field: Field, one: &Claim, other: &Claim) -> Problem {
    let message = format!(
        "{}: no single format fits all rows: `{}` is {}, `{}` is {}",
        field.name(),
        one.example,
        one.format,
        other.example,
        other.format
    );
    Problem::new(message).help(
        "--date-order dmy or --date-order mdy reads all rows in that order and lists those that do not fit",
    )
}

fn unrecognised(field: Field, example: &str) -> Problem {
    Problem::new(format!("{}: `{example}` is not a time", field.name()))
        .help("if another column holds the times, name it with --columns start=…,end=…")
}
