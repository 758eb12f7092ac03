//! A peer that has vanished without closing the connection.

use super::{Effect, Fault, Wire};
use crate::chaos::link::{Item, Stage};
use crate::config::document::{Node, Reading};
use crate::config::fields::Fields;
use crate::config::schema::{Kind, Record};
use std::time::Duration;

pub(super) static HALF_OPEN: Fault = Fault {
    name: "half_open",
    summary: "the other side has vanished: no bytes pass in either direction, and nothing is closed",
    example: "{ half_open: {} }",
    value: Kind::Record(&RECORD),
    read,
};

static RECORD: Record = Record {
    name: "half_open",
    summary: "As when a host loses its power: bytes and closes disappear in both directions. When the fault \
              is switched off, the connection is reset, as by a host that has restarted and has no \
              record of it.",
    keys: &[],
};

fn read(node: Node<'_>, reading: &mut Reading<'_>) -> Option<Effect> {
    Fields::of(node, &RECORD, reading)?;
    let vanished = Wire::new(|_, _| VanishedPeer);
    Some(Effect::wire(Wire { hides_requests: true, both_directions: true, ..vanished }))
}

/// The stage of a connection to a peer that has vanished.
#[derive(Debug)]
struct VanishedPeer;

impl Stage for VanishedPeer {
    fn push(&mut self, _now: Duration, _item: Item) {}

    fn pop(&mut self, _now: Duration) -> Option<Item> {
        None
    }

    fn due(&self) -> Option<Duration> {
        None
    }

    fn release(self: Box<Self>, _now: Duration) -> Vec<Item> {
        vec![Item::Reset]
    }
}
