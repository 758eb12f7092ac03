//! Cuts bytes into small pieces.

use super::pieces::Pieces;
use super::{Effect, Fault, Wire, seconds};
use crate::base::random::FastRng;
use crate::chaos::link::{Item, Stage};
use crate::config::document::{Node, Reading};
use crate::config::fields::Fields;
use crate::config::schema::{Key, KeyOr, Kind, Record};
use rand::RngExt as _;
use std::time::Duration;

pub(super) static SLICER: Fault = Fault {
    name: "slicer",
    summary: "bytes arrive in small pieces, with a pause after each",
    example: "{ slicer: { average_size: 64, size_variation: 32, delay: 10us } }",
    value: Kind::Record(&RECORD),
    read,
};

static RECORD: Record = Record {
    name: "slicer",
    summary: "Each chunk is cut into pieces. Breaks code that expects a message to arrive in one read.",
    keys: &[&AVERAGE_SIZE, &SIZE_VARIATION, &DELAY],
};

static AVERAGE_SIZE: Key<u64> = Key::bytes("average_size", "average length of a piece").required();
static SIZE_VARIATION: KeyOr<u64> =
    Key::bytes("size_variation", "maximum deviation from the average length; must be less than the average")
        .or(|| 0);
static DELAY: KeyOr<f64> = Key::duration("delay", "pause after each piece").or(|| 0.0);

/// Number of bytes waiting to be cut at which the sender should wait, since the pauses limit the rate.
const HELD_BYTES_MAX: usize = 256 << 10;

#[derive(Debug, Clone, Copy)]
struct Slicer {
    /// Length of the shortest piece, in bytes; at least one.
    shortest: usize,
    /// Length of the longest piece, in bytes.
    longest: usize,
    /// Pause after each piece.
    pause: Duration,
}

fn read(node: Node<'_>, reading: &mut Reading<'_>) -> Option<Effect> {
    let fields = Fields::of(node, &RECORD, reading)?;
    let average = fields.given(&AVERAGE_SIZE, reading);
    let variation = fields.value(&SIZE_VARIATION, reading);
    let pause = seconds(fields.value(&DELAY, reading));
    let average = average?;
    if average == 0 {
        reading.refuse(fields.map().problem("`average_size` is zero: a piece has at least one byte"));
        return None;
    }
    if variation >= average {
        let at = fields.node_or_map(&SIZE_VARIATION);
        reading.refuse(at.problem(format!("`size_variation` must be less than `average_size`, {average}")));
        return None;
    }
    let size = |bytes: u64| usize::try_from(bytes).unwrap_or(usize::MAX);
    let slicer = Slicer {
        shortest: size(average - variation),
        longest: size(average.saturating_add(variation)),
        pause,
    };
    let stage = move |_, chance| Slicing { slicer, chance, held: Pieces::default(), free_at: Duration::ZERO };
    Some(Effect::wire(Wire { delays: true, ..Wire::new(stage) }))
}

/// The stage of a connection whose bytes are cut into pieces.
#[derive(Debug)]
struct Slicing {
    slicer: Slicer,
    chance: FastRng,
    held: Pieces,
    /// End of the pause after the last piece.
    free_at: Duration,
}

impl Stage for Slicing {
    fn push(&mut self, _now: Duration, item: Item) {
        self.held.push(item);
    }

    fn pop(&mut self, now: Duration) -> Option<Item> {
        if self.free_at > now {
            return None;
        }
        let Slicer { shortest, longest, pause } = self.slicer;
        let size = |available: usize| self.chance.random_range(shortest..=longest).min(available);
        let item = self.held.pop(self.free_at, size)?;
        if matches!(item, Item::Data(_)) {
            self.free_at = now.saturating_add(pause);
        }
        Some(item)
    }

    fn due(&self) -> Option<Duration> {
        self.held.items.front().map(|_| self.free_at)
    }

    fn held(&self) -> usize {
        self.held.bytes
    }

    fn is_full(&self) -> bool {
        self.held.bytes >= HELD_BYTES_MAX
    }

    fn release(self: Box<Self>, _now: Duration) -> Vec<Item> {
        self.held.items.into()
    }
}
