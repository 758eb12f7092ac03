//! Delays bytes without reordering them and without limiting their rate.

use super::{Effect, Fault, Wire, seconds};
use crate::base::random::FastRng;
use crate::chaos::link::{Item, Stage};
use crate::config::document::{Node, Reading};
use crate::config::fields::Fields;
use crate::config::schema::{Key, KeyOr, Kind, Record};
use crate::stats::distribution::Distribution;
use crate::stats::times::time;
use rand::RngExt as _;
use std::collections::VecDeque;
use std::time::Duration;

pub(super) static LATENCY: Fault = Fault {
    name: "latency",
    summary: "bytes arrive later, in order; delays overlap, so the rate is not limited",
    example: "{ latency: { delay: 200ms, jitter: 50ms } }",
    value: Kind::Either(&[Kind::Duration, Kind::Record(&RECORD)]),
    read,
};

static RECORD: Record = Record {
    name: "latency",
    summary: "Every chunk of bytes leaves `delay` after it arrived, but never before the chunk ahead of it. \
              Opening and closing a connection are not delayed, except that a close stays behind the bytes \
              before it.",
    keys: &[&DELAY, &JITTER],
};

static DELAY: Key<Distribution> = time("delay", "the delay, drawn anew for each chunk").required();
static JITTER: KeyOr<f64> =
    Key::duration("jitter", "maximum deviation from the delay, uniformly distributed").or(|| 0.0);

#[derive(Debug, Clone)]
struct Latency {
    delay: Distribution,
    jitter_s: f64,
}

fn read(node: Node<'_>, reading: &mut Reading<'_>) -> Option<Effect> {
    let (delay, fields) = Fields::or_bare(node, &RECORD, &DELAY, reading)?;
    Some(late(Latency { delay, jitter_s: fields.value(&JITTER, reading) }))
}

fn late(latency: Latency) -> Effect {
    let stage = move |_, chance| Delayed {
        latency: latency.clone(),
        chance,
        held: VecDeque::new(),
        held_bytes: 0,
        last_due: Duration::ZERO,
    };
    Effect::wire(Wire { delays: true, ..Wire::new(stage) })
}

impl Latency {
    fn draw(&self, chance: &mut FastRng) -> Duration {
        let jitter =
            if self.jitter_s > 0.0 { chance.random_range(-self.jitter_s..self.jitter_s) } else { 0.0 };
        // A jitter larger than the delay would make it negative.
        seconds((self.delay.sample(chance) + jitter).max(0.0))
    }
}

/// The stage of a connection whose bytes are delayed.
#[derive(Debug)]
struct Delayed {
    latency: Latency,
    chance: FastRng,
    /// The items, each with the time at which it is due.
    held: VecDeque<(Duration, Item)>,
    held_bytes: usize,
    /// Time at which the last item that was pushed is due.
    last_due: Duration,
}

impl Stage for Delayed {
    fn push(&mut self, now: Duration, mut item: Item) {
        let mut due = now;
        if let Item::Data(chunk) = &mut item {
            let delay = self.latency.draw(&mut self.chance);
            due = now.saturating_add(delay);
            self.held_bytes += chunk.bytes.len();
            // The delay counts from `now`, so it comes on top of those of earlier stages.
            chunk.asked = chunk.asked.saturating_add(due.max(self.last_due).saturating_sub(now));
        }
        // Never before the item ahead, so the order is kept.
        self.last_due = due.max(self.last_due);
        self.held.push_back((self.last_due, item));
    }

    fn pop(&mut self, now: Duration) -> Option<Item> {
        let (_, item) = self.held.pop_front_if(|(due, _)| *due <= now)?;
        if let Item::Data(chunk) = &item {
            self.held_bytes -= chunk.bytes.len();
        }
        Some(item)
    }

    fn due(&self) -> Option<Duration> {
        self.held.front().map(|(due, _)| *due)
    }

    fn held(&self) -> usize {
        self.held_bytes
    }

    fn release(self: Box<Self>, now: Duration) -> Vec<Item> {
        let mut items: Vec<Item> = Vec::with_capacity(self.held.len());
        for (due, mut item) in self.held {
            if let Item::Data(chunk) = &mut item {
                // Released early: subtract the delay that was never applied.
                chunk.asked = chunk.asked.saturating_sub(due.saturating_sub(now));
            }
            items.push(item);
        }
        items
    }
}
