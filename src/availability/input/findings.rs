//! What is recorded of the rows of a log besides their evidence.

use crate::availability::ledger::{Ledger, Reason};
use crate::base::text::excerpt;
use std::fmt::Display;

/// A row that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct BadRow {
    /// The row's number over all inputs.
    pub row: u32,
    /// The unreadable part: a field's name, or the unit of the row such as `line` or `item`.
    pub what: &'static str,
    /// The unreadable text.
    pub value: String,
    /// The reason.
    pub why: String,
}

/// The most bad rows that are kept in full; further ones are only counted.
const BAD_ROWS_KEPT: usize = 1_000;

/// The most characters of a cell that a message shows.
const CELL_CHARS: usize = 60;

/// The unit of rows that are numbered by line.
pub(super) const LINE: &str = "line";

/// The number of rows, and those of them that were excluded or adjusted or could not be read.
#[derive(Debug, Default)]
pub(super) struct Findings {
    /// Number of rows received.
    pub rows_seen: u64,
    /// Rows excluded or adjusted.
    pub ledger: Ledger,
    bad_rows: Vec<BadRow>,
}

impl Findings {
    /// Creates empty findings. `keep_ledger` tells whether the ledger keeps its entries.
    pub(super) fn new(keep_ledger: bool) -> Self {
        Self { ledger: Ledger::new(keep_ledger), ..Self::default() }
    }

    /// Records a row that could not be read. `what` is the unreadable part and `text` its content.
    pub(super) fn refuse(&mut self, row: u32, what: &'static str, text: &[u8], why: &str) {
        self.ledger.enter_detail(Reason::Unparsable, row, 0, || detail(what, text, why));
        if self.bad_rows.len() < BAD_ROWS_KEPT {
            self.bad_rows.push(BadRow { row, what, value: excerpt(text, CELL_CHARS), why: why.to_owned() });
        }
    }

    /// Counts and records a row that cannot be split into fields. `unit` is `row`, `line` or `item`.
    pub(super) fn refuse_whole(&mut self, row: u32, unit: &'static str, text: &[u8], why: &str) {
        self.rows_seen += 1;
        self.refuse(row, unit, text, why);
    }

    /// Adds the findings on other rows.
    pub(super) fn absorb(&mut self, other: Self) {
        self.rows_seen += other.rows_seen;
        self.ledger.absorb(other.ledger);
        self.bad_rows.extend(other.bad_rows);
    }

    /// Returns the ledger and the first of the bad rows, in order. As workers receive rows in order, the
    /// first ones do not depend on the number of workers.
    pub(super) fn finish(mut self) -> (Ledger, Vec<BadRow>) {
        self.bad_rows.sort_by_key(|bad| bad.row);
        self.bad_rows.truncate(BAD_ROWS_KEPT);
        (self.ledger, self.bad_rows)
    }
}

/// Describes a finding on a cell or a whole row, for the ledger.
pub(super) fn detail(what: &str, text: &[u8], why: impl Display) -> String {
    format!("{what} `{}`: {why}", excerpt(text, CELL_CHARS))
}
