//! The other side has gone without a word.

use super::{Effect, Fault, Wire};
use crate::base::random::FastRng;
use crate::chaos::link::{Item, Stage};
use crate::config::document::{Fields, Node, Reading};
use crate::config::schema::{Kind, Record};
use std::time::Duration;

pub(super) static HALF_OPEN: Fault = Fault {
    name: "half_open",
    summary: "the other side has gone without a word: nothing comes, nothing arrives, nothing is closed",
    example: "{ half_open: {} }",
    value: Kind::Record(&RECORD),
    read,
};

static RECORD: Record = Record {
    name: "half_open",
    summary: "As when a host loses its power: in both directions bytes and ends disappear. When the fault is taken away the \
              connection is reset, as by a host that is back and knows nothing of it.",
    keys: &[],
};

#[derive(Debug, Clone, Copy)]
struct HalfOpen;

fn read(node: Node<'_>, reading: &mut Reading<'_>) -> Option<Effect> {
    Fields::of(node, RECORD.keys, &mut reading.problems)?;
    Some(Effect::wire(HalfOpen))
}

impl Wire for HalfOpen {
    fn hides_requests(&self) -> bool {
        true
    }

    fn stage(&self, _now: Duration, _chance: FastRng) -> Box<dyn Stage> {
        Box::new(Gone)
    }

    fn both_directions(&self) -> bool {
        true
    }
}

#[derive(Debug)]
struct Gone;

impl Stage for Gone {
    fn push(&mut self, _now: Duration, _item: Item) {}

    fn pop(&mut self, _now: Duration) -> Option<Item> {
        None
    }

    fn due(&self) -> Option<Duration> {
        None
    }

    fn held(&self) -> usize {
        0
    }

    fn release(self: Box<Self>, _now: Duration) -> Vec<Item> {
        vec![Item::Reset]
    }
}
