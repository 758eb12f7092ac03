//! A queue from which bytes leave piece by piece.

use crate::chaos::link::Item;
use std::collections::VecDeque;
use std::time::Duration;

/// The items that a stage holds.
#[derive(Debug, Default)]
pub(super) struct Pieces {
    pub(super) items: VecDeque<Item>,
    /// Number of bytes in the items.
    pub(super) bytes: usize,
}

impl Pieces {
    pub(super) fn push(&mut self, item: Item) {
        if let Item::Data(chunk) = &item {
            self.bytes += chunk.bytes.len();
        }
        self.items.push_back(item);
    }

    /// Removes the item in front, or only a piece of its bytes: `size` chooses the length out of those
    /// available. The fault scheduled the piece to leave at the time `due`.
    pub(super) fn pop(&mut self, due: Duration, size: impl FnOnce(usize) -> usize) -> Option<Item> {
        let Some(Item::Data(chunk)) = self.items.front_mut() else {
            return self.items.pop_front();
        };
        let size = size(chunk.bytes.len());
        let mut piece = chunk.clone();
        piece.bytes = chunk.bytes.split_to(size);
        if chunk.bytes.is_empty() {
            self.items.pop_front();
        }
        self.bytes -= size;
        // The time since the arrival includes the delays of earlier stages, so take the maximum, not the sum.
        piece.asked = piece.asked.max(due.saturating_sub(piece.arrived));
        Some(Item::Data(piece))
    }
}
