//! Limits the rate of bytes.

use super::pieces::Pieces;
use super::{Effect, Fault, Wire, seconds};
use crate::chaos::link::{Item, Stage};
use crate::config::document::{Node, Reading};
use crate::config::fields::Fields;
use crate::config::schema::{Key, Kind, Record};
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

fn read(node: Node<'_>, reading: &mut Reading<'_>) -> Option<Effect> {
    let (bytes_per_s, _) = Fields::or_bare(node, &RECORD, &RATE, reading)?;
    let stage = move |_, _| Paced { bytes_per_s, held: Pieces::default(), free_at: Duration::ZERO };
    Some(Effect::wire(Wire { delays: true, ..Wire::new(stage) }))
}

/// A stage from which bytes leave at a fixed rate.
#[derive(Debug)]
struct Paced {
    bytes_per_s: f64,
    held: Pieces,
    /// Time at which the link is free again after the pieces that have left.
    free_at: Duration,
}

impl Paced {
    /// Returns when the piece at the front will have crossed the link.
    fn front_due(&self) -> Option<Duration> {
        match self.held.items.front()? {
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
        // An idle link saves no capacity for later.
        if matches!(item, Item::Data(_)) && self.held.items.is_empty() {
            self.free_at = self.free_at.max(now);
        }
        self.held.push(item);
    }

    fn pop(&mut self, now: Duration) -> Option<Item> {
        self.free_at = self.front_due().filter(|due| *due <= now)?;
        self.held.pop(self.free_at, |available| piece(self.bytes_per_s, available))
    }

    fn due(&self) -> Option<Duration> {
        self.front_due()
    }

    fn held(&self) -> usize {
        self.held.bytes
    }

    fn is_full(&self) -> bool {
        self.held.bytes >= ((self.bytes_per_s * BUFFER_S) as usize).max(BUFFER_BYTES_MIN)
    }

    fn release(self: Box<Self>, _now: Duration) -> Vec<Item> {
        self.held.items.into()
    }
}
