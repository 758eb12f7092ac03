//! Incidents that begin at one instant, among which the end of one is looked for that another row leaves open.

use crate::availability::evidence::Evidence;
use crate::availability::rows::{OPEN, Row};
use crate::base::time::Timestamp;
use std::collections::HashSet;

/// The rows with an end that begin at one instant.
#[derive(Default)]
pub(super) struct Beginning {
    at: Timestamp,
    closed: Vec<Row>,
    /// The identifiers of these rows, once they were asked for; `None` for a row without one.
    ids: HashSet<Option<u32>>,
}

impl Beginning {
    /// Whether a row without an end is the same incident as one with an end, as in exports of different days: by
    /// its identifier, or, where one of them has none, by the start alone. Rows must come sorted by start and end.
    #[inline]
    pub(super) fn has_end_of(&mut self, row: &Row, evidence: &Evidence) -> bool {
        if self.at != row.start {
            self.at = row.start;
            self.closed.clear();
            self.ids.clear();
        }
        if row.end != OPEN {
            self.closed.push(*row);
            return false;
        }
        !self.closed.is_empty() && self.is_closed(evidence.id(row.row), evidence)
    }

    fn is_closed(&mut self, id: Option<u32>, evidence: &Evidence) -> bool {
        if self.ids.is_empty() {
            self.ids.extend(self.closed.iter().map(|row| evidence.id(row.row)));
        }
        id.is_none() || self.ids.contains(&id) || self.ids.contains(&None)
    }
}
