//! Bytes arrive later, in order, and none slower than another.

use super::{Effect, Fault, Wire, key, seconds};
use crate::base::random::FastRng;
use crate::chaos::link::{Item, Stage};
use crate::config::document::{Fields, Node, Reading};
use crate::config::schema::{Kind, Record, WhenAbsent};
use crate::config::times::{TIME, distribution};
use crate::stats::distribution::Distribution;
use rand::RngExt as _;
use std::collections::VecDeque;
use std::time::Duration;

pub(super) static LATENCY: Fault = Fault {
    name: "latency",
    summary: "bytes arrive later, in order; delays overlap, so that it is never a limit to the rate",
    example: "{ latency: { delay: 200ms, jitter: 50ms } }",
    value: Kind::Either(&[Kind::Duration, Kind::Record(&RECORD)]),
    read,
};

static RECORD: Record = Record {
    name: "latency",
    summary: "Every chunk of bytes leaves `delay` after it came, but never before the one ahead of it. Opening and closing are \
              not delayed, except that an end stays behind the bytes before it.",
    keys: &[
        key("delay", TIME, WhenAbsent::Required, "how long, for each chunk anew"),
        key(
            "jitter",
            Kind::Duration,
            WhenAbsent::Value("0s"),
            "so much is added or taken away, evenly distributed",
        ),
    ],
};

#[derive(Debug, Clone)]
struct Latency {
    delay: Distribution,
    jitter_s: f64,
}

fn read(node: Node<'_>, reading: &mut Reading<'_>) -> Option<Effect> {
    if node.text().is_some() {
        let delay = distribution(node, reading)?;
        return Some(Effect::wire(Latency { delay, jitter_s: 0.0 }));
    }
    let fields = Fields::of(node, RECORD.keys, &mut reading.problems)?;
    let delay = fields.required("delay", &mut reading.problems);
    let delay = delay.and_then(|delay| distribution(delay, reading));
    let jitter = fields.read("jitter", &mut reading.problems, |node| node.read_duration());
    Some(Effect::wire(Latency { delay: delay?, jitter_s: jitter.unwrap_or(0.0) }))
}

impl Wire for Latency {
    fn delays(&self) -> bool {
        true
    }

    fn stage(&self, _now: Duration, chance: FastRng) -> Box<dyn Stage> {
        Box::new(Delayed {
            latency: self.clone(),
            chance,
            held: VecDeque::new(),
            held_bytes: 0,
            last_due: Duration::ZERO,
        })
    }
}

impl Latency {
    fn draw(&self, chance: &mut FastRng) -> Duration {
        let jitter =
            if self.jitter_s > 0.0 { chance.random_range(-self.jitter_s..self.jitter_s) } else { 0.0 };
        seconds((self.delay.sample(chance) + jitter).max(0.0))
    }
}

#[derive(Debug)]
struct Delayed {
    latency: Latency,
    chance: FastRng,
    held: VecDeque<(Duration, Item)>,
    held_bytes: usize,
    last_due: Duration,
}

impl Stage for Delayed {
    fn push(&mut self, now: Duration, mut item: Item) {
        let mut due = now;
        if let Item::Data(chunk) = &mut item {
            let delay = self.latency.draw(&mut self.chance);
            due = now.saturating_add(delay);
            self.held_bytes += chunk.bytes.len();
            chunk.asked = chunk.asked.saturating_add(due.max(self.last_due).saturating_sub(now));
        }
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
                // It was asked to be held until now only.
                chunk.asked = chunk.asked.saturating_sub(due.saturating_sub(now));
            }
            items.push(item);
        }
        items
    }
}
