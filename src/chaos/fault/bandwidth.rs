//! Limits the rate of bytes.

use super::{Effect, Fault, Wire, seconds};
use crate::base::random::FastRng;
use crate::chaos::link::{Item, Stage};
use crate::config::document::{Node, Reading};
use crate::config::fields::Fields;
use crate::config::schema::{Key, Kind, Record};
use std::collections::VecDeque;
use std::time::Duration;

pub(super) static BANDWIDTH: Fault = Fault {
    name: "bandwidth",
    summary: "each connection is limited to a number of bytes per second",
    example: "{ bandwidth: { rate: 500kB/s } }",
    value: Kind::Either(&[Kind::ByteRate, Kind::Record(&RECORD)]),
    read,
};

static RECORD: Record = Record {
    name: "bandwidth",
    summary: "Bytes pass at this rate, as through a narrow link: bytes that arrived together leave piece by \
              piece.",
    keys: &[&RATE],
};

static RATE: Key<f64> = Key::byte_rate("rate", "bytes per second, for each connection").required();

/// Time that one piece takes, in seconds: long enough that the cost of a piece is small, short enough
/// that the flow is even.
const PIECE_S: f64 = 0.01;

/// Size of the buffer in front of the narrow link, like that of a router: this many seconds at the rate,
/// but at least a few packets.
const BUFFER_S: f64 = 0.2;
const BUFFER_BYTES_MIN: usize = 16 << 10;

#[derive(Debug, Clone, Copy)]
struct Bandwidth {
    bytes_per_s: f64,
}

fn read(node: Node<'_>, reading: &mut Reading<'_>) -> Option<Effect> {
    let (bytes_per_s, _) = Fields::or_bare(node, &RECORD, &RATE, reading)?;
    Some(Effect::wire(Bandwidth { bytes_per_s }))
}

impl Wire for Bandwidth {
    fn delays(&self) -> bool {
        true
    }

    fn stage(&self, _now: Duration, _chance: FastRng) -> Box<dyn Stage> {
        Box::new(Paced::new(self.bytes_per_s))
    }
}

/// A stage from which bytes leave at a fixed rate.
#[derive(Debug)]
pub(super) struct Paced {
    bytes_per_s: f64,
    held: VecDeque<Item>,
    held_bytes: usize,
    /// Time at which the link is free again after the pieces that have left.
    free_at: Duration,
}

impl Paced {
    pub(super) fn new(bytes_per_s: f64) -> Self {
        Self { bytes_per_s, held: VecDeque::new(), held_bytes: 0, free_at: Duration::ZERO }
    }

    /// Returns when the piece at the front will have crossed the link.
    fn front_due(&self) -> Option<Duration> {
        match self.held.front()? {
            Item::Data(chunk) => {
                let piece = piece(self.bytes_per_s, chunk.bytes.len());
                let start = self.free_at.max(chunk.arrived);
                Some(start.saturating_add(seconds(piece as f64 / self.bytes_per_s)))
            }
            Item::End | Item::Reset => Some(self.free_at),
        }
    }
}

/// Returns the size of the next piece out of `available` bytes.
fn piece(bytes_per_s: f64, available: usize) -> usize {
    ((bytes_per_s * PIECE_S) as usize).clamp(1, available.max(1))
}

impl Stage for Paced {
    fn push(&mut self, now: Duration, item: Item) {
        if let Item::Data(chunk) = &item {
            self.held_bytes += chunk.bytes.len();
            // An idle link saves no capacity for later.
            if self.held.is_empty() {
                self.free_at = self.free_at.max(now);
            }
        }
        self.held.push_back(item);
    }

    fn pop(&mut self, now: Duration) -> Option<Item> {
        let due = self.front_due().filter(|due| *due <= now)?;
        let Some(Item::Data(chunk)) = self.held.front_mut() else {
            return self.held.pop_front();
        };
        let piece = piece(self.bytes_per_s, chunk.bytes.len());
        let mut left = chunk.clone();
        left.bytes = chunk.bytes.split_to(piece);
        // The time since the arrival includes the delays of earlier stages, so take the maximum, not the sum.
        left.asked = left.asked.max(due.saturating_sub(left.arrived));
        if chunk.bytes.is_empty() {
            self.held.pop_front();
        }
        self.held_bytes -= piece;
        self.free_at = due;
        Some(Item::Data(left))
    }

    fn due(&self) -> Option<Duration> {
        self.front_due()
    }

    fn held(&self) -> usize {
        self.held_bytes
    }

    fn is_full(&self) -> bool {
        self.held_bytes >= ((self.bytes_per_s * BUFFER_S) as usize).max(BUFFER_BYTES_MIN)
    }

    fn release(self: Box<Self>, _now: Duration) -> Vec<Item> {
        self.held.into()
    }
}
