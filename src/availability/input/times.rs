//! The format of every time column, decided over the whole column and never row by row.

use super::field::{Field, TIMES};
use super::timestamp::{Claim, ColumnScan, DateOrder, Decision, TimeFormat, decide_together};
use crate::base::problem::Problem;

/// What has been seen of the time columns.
#[derive(Debug, Default)]
pub struct TimeScan {
    columns: [ColumnScan; 4],
}

/// The formats of the time columns.
#[derive(Debug, Default)]
pub struct TimeFormats {
    /// By column, in the order of [`TIMES`].
    pub formats: [Option<TimeFormat>; 4],
    /// What was decided, each to be said aloud, and once for all columns of which it holds.
    pub notes: Vec<String>,
}

/// Why the formats are not decided.
pub enum Undecided {
    /// Day and month could be either way round so far: more rows may tell.
    NeedMore(Problem),
    /// No row can tell.
    Refused(Problem),
}

impl TimeScan {
    /// Looks at a cell of a time column.
    pub fn observe(&mut self, field: Field, cell: &[u8]) {
        if let Some(position) = TIMES.iter().position(|time| *time == field)
            && let Some(column) = self.columns.get_mut(position)
        {
            column.observe(cell);
        }
    }

    /// Decides all columns; they share the order of day and month.
    pub fn decide(&self, order: Option<DateOrder>) -> Result<TimeFormats, Undecided> {
        let mut decided = TimeFormats::default();
        let decisions = decide_together(&self.columns, order);
        let mut notes: Vec<(Vec<&str>, String)> = Vec::new();
        for ((field, decision), slot) in TIMES.into_iter().zip(decisions).zip(&mut decided.formats) {
            match decision {
                Decision::Decided(format, said) => {
                    *slot = Some(format);
                    for note in said.iter().map(ToString::to_string) {
                        match notes.iter_mut().find(|(_, known)| *known == note) {
                            Some((fields, _)) => fields.push(field.name()),
                            None => notes.push((vec![field.name()], note)),
                        }
                    }
                }
                Decision::Empty => {}
                Decision::Ambiguous { example, day_first, month_first } => {
                    return Err(Undecided::NeedMore(ambiguous(field, &example, &day_first, &month_first)));
                }
                Decision::Conflicting { one, other } => {
                    return Err(Undecided::Refused(conflict(field, &one, &other)));
                }
                // Other columns than the start's are left out cell by cell, each entered in the ledger.
                Decision::Unrecognised(_) if field != Field::Start => *slot = Some(TimeFormat::Iso),
                Decision::Unrecognised(example) => {
                    return Err(Undecided::Refused(unrecognised(field, &example)));
                }
            }
        }
        let notes = notes.into_iter();
        decided.notes = notes.map(|(fields, note)| format!("{}: {note}", fields.join(", "))).collect();
        Ok(decided)
    }
}

fn ambiguous(field: Field, example: &str, day_first: &str, month_first: &str) -> Problem {
    let message =
        format!("{}: `{example}` is {day_first} or {month_first}, and no row tells which", field.name());
    Problem::new(message).help("say which with --date-order dmy or --date-order mdy")
}

fn conflict(field: Field, one: &Claim, other: &Claim) -> Problem {
    let message = format!(
        "{}: no one format fits all rows: `{}` is {}, `{}` is {}",
        field.name(),
        one.example,
        one.format,
        other.example,
        other.format
    );
    Problem::new(message)
        .help("--date-order dmy or mdy reads all rows one way and lists those that then make no sense")
}

fn unrecognised(field: Field, example: &str) -> Problem {
    Problem::new(format!("{}: `{example}` is not a time", field.name()))
        .help("if another column holds the times, say so with --columns start=…,end=…")
}
