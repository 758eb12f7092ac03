//! One direction of a connection as a chain of stages.

use super::{Chunk, Item, Stage};
use bytes::Bytes;
use std::collections::VecDeque;
use std::time::Duration;

/// Identifies a fault of an experiment: its index in the plan.
pub(crate) type FaultId = u32;

/// Number of bytes due and waiting for a slow receiver at which the sender should wait, too.
const OUT_BYTES_MAX: usize = 256 << 10;

/// One direction of a connection: everything pushed in passes through every stage and comes out in order.
#[derive(Debug, Default)]
pub(crate) struct Line {
    stages: Vec<FaultStage>,
    out: VecDeque<Item>,
    out_bytes: usize,
    /// The end has come out: no bytes follow, but a reset still may.
    ended: bool,
    /// A reset has come out: nothing follows.
    torn: bool,
}

/// The stage of a fault.
#[derive(Debug)]
struct FaultStage {
    fault: FaultId,
    stage: Box<dyn Stage>,
    /// Whether bytes have reached the stage.
    reached: bool,
}

impl Line {
    /// Returns whether bytes that are pushed now come out at once and unchanged.
    pub(crate) fn is_clear(&self) -> bool {
        self.stages.is_empty() && self.out.is_empty()
    }

    /// Takes bytes from the sender.
    pub(crate) fn push(&mut self, now: Duration, bytes: Bytes) {
        if bytes.is_empty() {
            return;
        }
        let chunk = Chunk { bytes, arrived: now, asked: Duration::ZERO };
        self.feed(0, now, Item::Data(chunk));
        self.advance(now);
    }

    /// Takes the end of the stream (FIN) from the sender.
    pub(crate) fn end(&mut self, now: Duration) {
        self.feed(0, now, Item::End);
        self.advance(now);
    }

    /// Takes a reset (RST) from the sender.
    pub(crate) fn reset(&mut self, now: Duration) {
        self.feed(0, now, Item::Reset);
        self.advance(now);
    }

    /// Returns the next item that may leave at the time `now`.
    pub(crate) fn pop(&mut self, now: Duration) -> Option<Item> {
        self.advance(now);
        let item = self.out.pop_front()?;
        if let Item::Data(chunk) = &item {
            self.out_bytes -= chunk.bytes.len();
        }
        Some(item)
    }

    /// Returns when the line will next do something by itself. To be called when [`pop`](Self::pop)
    /// returns nothing more, or when the last item cannot be written yet.
    pub(crate) fn due(&self) -> Option<Duration> {
        if self.torn {
            return None;
        }
        self.stages.iter().filter_map(|place| place.stage.due()).min()
    }

    /// Returns whether a reset has come out by the time `now`. It overtakes bytes that the receiver has
    /// not taken yet.
    pub(crate) fn is_torn(&mut self, now: Duration) -> bool {
        self.advance(now);
        self.torn
    }

    /// Returns whether so many bytes are held that the reader should wait.
    pub(crate) fn is_full(&self) -> bool {
        self.out_bytes >= OUT_BYTES_MAX || self.stages.iter().any(|place| place.stage.is_full())
    }

    /// Returns whether a fault on the line has had an effect yet.
    pub(crate) fn has_acted(&self, fault: FaultId) -> bool {
        let place = self.stages.iter().find(|place| place.fault == fault);
        place.is_some_and(|place| place.stage.has_acted().unwrap_or(place.reached))
    }

    /// Adds a fault after the existing ones.
    pub(crate) fn add(&mut self, fault: FaultId, stage: Box<dyn Stage>) {
        self.stages.push(FaultStage { fault, stage, reached: false });
    }

    /// Removes a fault. The items that it held leave it at once.
    pub(crate) fn remove(&mut self, now: Duration, fault: FaultId) {
        let Some(place) = self.stages.iter().position(|place| place.fault == fault) else {
            return;
        };
        let removed = self.stages.remove(place);
        // The index now belongs to the stage after the removed one.
        for item in removed.stage.release(now) {
            self.feed(place, now, item);
        }
        self.advance(now);
    }

    /// Passes an item to the stage at `place`, or out of the line after the last stage.
    fn feed(&mut self, place: usize, now: Duration, item: Item) {
        match self.stages.get_mut(place) {
            Some(place) => {
                place.reached |= matches!(item, Item::Data(_));
                place.stage.push(now, item);
            }
            None => self.emit(item),
        }
    }

    fn emit(&mut self, item: Item) {
        match &item {
            _ if self.torn => return,
            Item::Reset => {
                self.torn = true;
                self.out.clear();
                self.out_bytes = 0;
            }
            _ if self.ended => return,
            Item::End => self.ended = true,
            Item::Data(chunk) => self.out_bytes += chunk.bytes.len(),
        }
        self.out.push_back(item);
    }

    /// Moves all items that are due from stage to stage. One pass is enough, since items only move forward.
    fn advance(&mut self, now: Duration) {
        for place in 0..self.stages.len() {
            while let Some(item) = self.stages.get_mut(place).and_then(|place| place.stage.pop(now)) {
                // A reset tears the connection down, so it overtakes everything that later stages still hold.
                let next = if item == Item::Reset { self.stages.len() } else { place + 1 };
                self.feed(next, now, item);
            }
        }
    }
}
