//! Closes the connection after a number of bytes.

use super::{Effect, Fault, Wire};
use crate::chaos::link::{Item, Stage};
use crate::config::document::{Node, Reading};
use crate::config::fields::Fields;
use crate::config::schema::{Key, Kind, Record};
use std::collections::VecDeque;
use std::time::Duration;

pub(super) static LIMIT_DATA: Fault = Fault {
    name: "limit_data",
    summary: "the connection is closed after a number of bytes",
    example: "{ limit_data: { bytes: 64KiB } }",
    value: Kind::Either(&[Kind::Bytes, Kind::Record(&RECORD)]),
    read,
};

static RECORD: Record = Record {
    name: "limit_data",
    summary: "Exactly this many bytes of a connection pass while the fault is on; then it is closed.",
    keys: &[&BYTES],
};

static BYTES: Key<u64> = Key::bytes("bytes", "the number of bytes").required();

fn read(node: Node<'_>, reading: &mut Reading<'_>) -> Option<Effect> {
    let (left, _) = Fields::or_bare(node, &RECORD, &BYTES, reading)?;
    // With a limit of zero, the end is due at once, before any bytes arrive.
    let ended = left == 0;
    let stage =
        move |_, _| DataLimit { left, ended, passing: ended.then_some(Item::End).into_iter().collect() };
    Some(Effect::wire(Wire { hides_requests: true, ..Wire::new(stage) }))
}

/// The stage of a connection that passes a limited number of bytes.
#[derive(Debug)]
struct DataLimit {
    /// Number of bytes that may still pass.
    left: u64,
    /// Whether the end has been sent; everything after it is dropped.
    ended: bool,
    passing: VecDeque<Item>,
}

impl Stage for DataLimit {
    fn push(&mut self, _now: Duration, item: Item) {
        if self.ended {
            return;
        }
        match item {
            Item::Data(mut chunk) => {
                let passes = chunk.bytes.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
                chunk.bytes.truncate(passes);
                self.left -= passes as u64;
                self.passing.push_back(Item::Data(chunk));
                if self.left == 0 {
                    self.ended = true;
                    self.passing.push_back(Item::End);
                }
            }
            item => {
                self.ended = true;
                self.passing.push_back(item);
            }
        }
    }

    fn pop(&mut self, _now: Duration) -> Option<Item> {
        self.passing.pop_front()
    }

    fn due(&self) -> Option<Duration> {
        self.passing.front().map(|_| Duration::ZERO)
    }

    fn has_acted(&self) -> Option<bool> {
        Some(self.left == 0)
    }

    fn release(self: Box<Self>, _now: Duration) -> Vec<Item> {
        self.passing.into()
    }
}
