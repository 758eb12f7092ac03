//! The usual interval between samples.

use super::field::{Cells, Field};
use super::plan::Plan;
use std::collections::HashMap;

/// The intervals between consecutive samples of each service.
#[derive(Default)]
pub(super) struct Steps {
    /// The last sample of each service, in microseconds.
    last: HashMap<Vec<u8>, i64>,
    micros: Vec<i64>,
}

impl Steps {
    /// Adds a sample. Ignores one without a readable time.
    pub(super) fn observe(&mut self, plan: &Plan, cells: &impl Cells) {
        if let Some(at) = plan.instant(Field::Start, cells)
            && let Some(before) = self.last.insert(cells.cell(Field::Service).to_vec(), at.0)
        {
            self.micros.push((at.0 - before).abs());
        }
    }

    /// Returns the median interval in microseconds; `None` if no service has two samples at different
    /// times.
    pub(super) fn median(mut self) -> Option<i64> {
        self.micros.retain(|step| *step > 0);
        self.micros.sort_unstable();
        self.micros.get(self.micros.len() / 2).copied()
    }
}
