//! The stages of one direction, one after the other.

use super::{Chunk, Item, Stage};
use bytes::Bytes;
use std::collections::VecDeque;
use std::time::Duration;

/// Tells the faults of an experiment apart: a number of the plan's own.
pub type FaultId = u32;

/// Bytes that are due and wait for a slow receiver, beyond which the sender should wait too.
const OUT_BYTES_MAX: usize = 256 << 10;

/// One direction of a connection: what is pushed in passes every stage and comes out in order.
#[derive(Debug, Default)]
pub struct Line {
    stages: Vec<FaultStage>,
    out: VecDeque<Item>,
    out_bytes: usize,
    /// The end has come out: no bytes follow, though a reset still may.
    ended: bool,
    /// A reset has come out: nothing follows.
    torn: bool,
}

/// A fault's stage.
#[derive(Debug)]
struct FaultStage {
    fault: FaultId,
    stage: Box<dyn Stage>,
    /// Bytes have come to it.
    reached: bool,
}

impl Line {
    /// Whether what is pushed comes out at once and unchanged.
    pub fn is_clear(&self) -> bool {
        self.stages.is_empty() && self.out.is_empty()
    }

    /// Bytes came in.
    pub fn push(&mut self, now: Duration, bytes: Bytes) {
        if bytes.is_empty() {
            return;
        }
        let chunk = Chunk { bytes, arrived: now, asked: Duration::ZERO };
        self.feed(0, now, Item::Data(chunk));
        self.advance(now);
    }

    /// The sender has closed its side.
    pub fn end(&mut self, now: Duration) {
        self.feed(0, now, Item::End);
        self.advance(now);
    }

    /// The sender has torn the connection down.
    pub fn reset(&mut self, now: Duration) {
        self.feed(0, now, Item::Reset);
        self.advance(now);
    }

    /// What may leave at the time `now`, next.
    pub fn pop(&mut self, now: Duration) -> Option<Item> {
        self.advance(now);
        let item = self.out.pop_front()?;
        if let Item::Data(chunk) = &item {
            self.out_bytes -= chunk.bytes.len();
        }
        Some(item)
    }

    /// When the line will next do something by itself: to be asked when [`pop`](Self::pop) gives nothing more, or when what it
    /// gave cannot be written yet.
    pub fn due(&self) -> Option<Duration> {
        if self.torn {
            return None;
        }
        self.stages.iter().filter_map(|place| place.stage.due()).min()
    }

    /// Whether a reset has come out by the time `now`: it overtakes what the receiver has not taken yet.
    pub fn is_torn(&mut self, now: Duration) -> bool {
        self.advance(now);
        self.torn
    }

    /// Whether so much is held that the reader should wait.
    pub fn is_full(&self) -> bool {
        self.out_bytes >= OUT_BYTES_MAX || self.stages.iter().any(|place| place.stage.is_full())
    }

    /// The faults that act on it.
    pub fn faults(&self) -> impl Iterator<Item = FaultId> + '_ {
        self.stages.iter().map(|place| place.fault)
    }

    /// Whether a fault that acts on it has done anything yet.
    pub fn has_acted(&self, fault: FaultId) -> bool {
        let place = self.stages.iter().find(|place| place.fault == fault);
        place.is_some_and(|place| place.stage.has_acted().unwrap_or(place.reached))
    }

    /// Adds a fault behind those that are there.
    pub fn add(&mut self, fault: FaultId, stage: Box<dyn Stage>) {
        self.stages.push(FaultStage { fault, stage, reached: false });
    }

    /// Takes a fault away; what it held leaves at once.
    pub fn remove(&mut self, now: Duration, fault: FaultId) {
        let Some(place) = self.stages.iter().position(|place| place.fault == fault) else {
            return;
        };
        let removed = self.stages.remove(place);
        for item in removed.stage.release(now) {
            self.feed(place, now, item);
        }
        self.advance(now);
    }

    /// Hands an item to the stage at `place`, or out where there is none.
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

    /// Moves all that is due from stage to stage.
    fn advance(&mut self, now: Duration) {
        for place in 0..self.stages.len() {
            while let Some(item) = self.stages.get_mut(place).and_then(|place| place.stage.pop(now)) {
                // A reset overtakes what later stages still hold: it tears the connection down.
                let next = if item == Item::Reset { self.stages.len() } else { place + 1 };
                self.feed(next, now, item);
            }
        }
    }
}
