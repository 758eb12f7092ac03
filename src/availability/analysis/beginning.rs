//! Incidents that begin at one instant, among which the end of one is looked for that another row leaves open.

use crate::availability::evidence::Evidence;
use crate::availability::rows::{OPEN, Row};
use crate::base::time::Timestamp;
use std::collections::{BTreeSet, HashSet};

/// The rows with an end that begin at one instant.
#[derive(Default)]
pub(super) struct Beginning {
    at: Timestamp,
    closed: Vec<Row>,
    /// What tells these rows apart, once it was asked for.
    told_apart: Option<Closed>,
}

/// What tells rows with an end from those of other incidents.
#[derive(Default)]
struct Closed {
    /// The identifiers.
    ids: HashSet<u32>,
    /// The files of all rows.
    files: BTreeSet<u32>,
    /// The files of the rows without an identifier.
    files_without_id: BTreeSet<u32>,
}

impl Beginning {
    /// Whether a row without an end is the same incident as one with an end: by its identifier, or, without
    /// one, because both are in different files: a later export has its end. Rows must come sorted by start
    /// and end.
    #[inline]
    pub(super) fn has_end_of(&mut self, row: &Row, evidence: &Evidence) -> bool {
        if self.at != row.start {
            self.at = row.start;
            self.closed.clear();
            self.told_apart = None;
        }
        if row.end != OPEN {
            self.closed.push(*row);
            return false;
        }
        !self.closed.is_empty() && self.is_closed(row.row, evidence)
    }

    fn is_closed(&mut self, row: u32, evidence: &Evidence) -> bool {
        let closed = self.told_apart.get_or_insert_with(|| Closed::of(&self.closed, evidence));
        let id = evidence.id(row);
        let files = if id.is_some() { &closed.files_without_id } else { &closed.files };
        let is_elsewhere = files.iter().any(|file| *file != file_of(row, evidence));
        is_elsewhere || id.is_some_and(|id| closed.ids.contains(&id))
    }
}

impl Closed {
    fn of(rows: &[Row], evidence: &Evidence) -> Self {
        let mut closed = Self::default();
        for row in rows {
            let file = file_of(row.row, evidence);
            closed.files.insert(file);
            match evidence.id(row.row) {
                Some(id) => closed.ids.insert(id),
                None => closed.files_without_id.insert(file),
            };
        }
        closed
    }
}

/// Returns a number that stands for the input that holds a row.
fn file_of(row: u32, evidence: &Evidence) -> u32 {
    evidence.sources.locate(row).map_or(0, |(source, _)| source.row_base)
}
