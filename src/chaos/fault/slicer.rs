//! Cuts bytes into small pieces.

use super::{Effect, Fault, Wire, seconds};
use crate::base::random::FastRng;
use crate::chaos::link::{Item, Stage};
use crate::config::document::{Node, Reading};
use crate::config::fields::Fields;
use crate::config::schema::{Key, KeyOr, Kind, Record};
use rand::RngExt as _;
use std::collections::VecDeque;
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
    let pause = fields.value(&DELAY, reading);
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
    Some(Effect::wire(Slicer {
        shortest: size(average - variation),
        longest: size(average.saturating_add(variation)),
        pause: seconds(pause),
    }))
}

impl Wire for Slicer {
    fn delays(&self) -> bool {
        true
    }

    fn stage(&self, _now: Duration, chance: FastRng) -> Box<dyn Stage> {
        Box::new(Slicing {
            slicer: *self,
            chance,
            held: VecDeque::new(),
            held_bytes: 0,
            free_at: Duration::ZERO,
        })
    }
}

/// The stage of a connection whose bytes are cut into pieces.
#[derive(Debug)]
struct Slicing {
    slicer: Slicer,
    chance: FastRng,
    held: VecDeque<Item>,
    held_bytes: usize,
    /// End of the pause after the last piece.
    free_at: Duration,
}

impl Stage for Slicing {
    fn push(&mut self, _now: Duration, item: Item) {
        if let Item::Data(chunk) = &item {
            self.held_bytes += chunk.bytes.len();
        }
        self.held.push_back(item);
    }

    fn pop(&mut self, now: Duration) -> Option<Item> {
        if self.free_at > now {
            return None;
        }
        let Some(Item::Data(chunk)) = self.held.front_mut() else {
            return self.held.pop_front();
        };
        let Slicer { shortest, longest, pause } = self.slicer;
        let size = self.chance.random_range(shortest..=longest).min(chunk.bytes.len());
        let mut piece = chunk.clone();
        piece.bytes = chunk.bytes.split_to(size);
        if chunk.bytes.is_empty() {
            self.held.pop_front();
        }
        self.held_bytes -= size;
        // The time since the arrival includes the delays of earlier stages, so take the maximum, not the sum.
        piece.asked = piece.asked.max(self.free_at.saturating_sub(piece.arrived));
        self.free_at = now.saturating_add(pause);
        Some(Item::Data(piece))
    }

    fn due(&self) -> Option<Duration> {
        self.held.front().map(|_| self.free_at)
    }

    fn held(&self) -> usize {
        self.held_bytes
    }

    fn is_full(&self) -> bool {
        self.held_bytes >= HELD_BYTES_MAX
    }

    fn release(self: Box<Self>, _now: Duration) -> Vec<Item> {
        self.held.into()
    }
}
