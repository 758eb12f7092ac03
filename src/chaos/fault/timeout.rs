//! A black hole: discards all bytes.

use super::{Effect, Fault, Wire, seconds};
use crate::chaos::link::{Item, Stage};
use crate::config::document::{Node, Reading};
use crate::config::fields::Fields;
use crate::config::schema::{Key, Kind, Record};
use std::time::Duration;

pub(super) static TIMEOUT: Fault = Fault {
    name: "timeout",
    summary: "a black hole: bytes disappear, and the connection stays open or is closed after a while",
    example: "{ timeout: { after: 10s } }",
    value: Kind::Record(&RECORD),
    read,
};

static RECORD: Record = Record {
    name: "timeout",
    summary: "All bytes disappear. When the fault is switched off, the connection is closed, since bytes \
              are missing.",
    keys: &[&AFTER],
};

static AFTER: Key<f64> = Key::new(
    "after",
    Kind::Duration,
    "time until the connection is closed, from the start of the fault or of the connection, whichever \
         is later",
    after,
)
.rule("`never`");

fn read(node: Node<'_>, reading: &mut Reading<'_>) -> Option<Effect> {
    let fields = Fields::of(node, &RECORD, reading)?;
    let after = fields.given(&AFTER, reading).filter(|seconds| seconds.is_finite()).map(seconds);
    let stage = move |now: Duration, _| BlackHole {
        end_due: after.map(|after| now.saturating_add(after)),
        ended: false,
        lost: false,
    };
    Some(Effect::wire(Wire { hides_requests: true, ..Wire::new(stage) }))
}

/// Reads a duration in seconds; `never` is infinite.
fn after(node: Node<'_>, reading: &mut Reading<'_>) -> Option<f64> {
    match node.text() {
        Some("never") => Some(f64::INFINITY),
        _ => reading.take(node.read_duration()),
    }
}

/// The stage of a connection in a black hole.
#[derive(Debug)]
struct BlackHole {
    /// Time at which the connection is to be closed, if it is.
    end_due: Option<Duration>,
    /// Whether the connection has been closed.
    ended: bool,
    /// Whether anything has been discarded.
    lost: bool,
}

impl Stage for BlackHole {
    fn push(&mut self, _now: Duration, _item: Item) {
        self.lost = true;
    }

    fn pop(&mut self, now: Duration) -> Option<Item> {
        self.end_due.take_if(|due| *due <= now)?;
        self.ended = true;
        Some(Item::End)
    }

    fn due(&self) -> Option<Duration> {
        self.end_due
    }

    fn has_acted(&self) -> Option<bool> {
        Some(self.lost || self.ended)
    }

    fn release(self: Box<Self>, _now: Duration) -> Vec<Item> {
        // A connection that has lost bytes cannot go on.
        if self.lost && !self.ended { vec![Item::End] } else { Vec::new() }
    }
}
