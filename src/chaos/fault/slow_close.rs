//! Delays the close of a connection.

use super::{Effect, Fault, Wire, seconds};
use crate::chaos::link::{Item, Stage};
use crate::config::document::{Node, Reading};
use crate::config::fields::Fields;
use crate::config::schema::{Key, Kind, Record};
use std::collections::VecDeque;
use std::time::Duration;

pub(super) static SLOW_CLOSE: Fault = Fault {
    name: "slow_close",
    summary: "the close of a connection is delayed; its bytes are not",
    example: "{ slow_close: { delay: 2s } }",
    value: Kind::Either(&[Kind::Duration, Kind::Record(&RECORD)]),
    read,
};

static RECORD: Record = Record {
    name: "slow_close",
    summary: "Bytes pass at once; the close is forwarded `delay` after it arrived.",
    keys: &[&DELAY],
};

static DELAY: Key<f64> = Key::duration("delay", "the delay of the close").required();

fn read(node: Node<'_>, reading: &mut Reading<'_>) -> Option<Effect> {
    let (delay_s, _) = Fields::or_bare(node, &RECORD, &DELAY, reading)?;
    let delay = seconds(delay_s);
    let stage = move |_, _| Closing { delay, passing: VecDeque::new(), end_due: None, ending: false };
    Some(Effect::wire(Wire::new(stage)))
}

/// The stage of a connection whose close is delayed.
#[derive(Debug)]
struct Closing {
    delay: Duration,
    passing: VecDeque<Item>,
    /// Time at which the close is due, while it is held.
    end_due: Option<Duration>,
    /// Whether the close has arrived.
    ending: bool,
}

impl Stage for Closing {
    fn push(&mut self, now: Duration, item: Item) {
        if item == Item::End {
            self.end_due = Some(now.saturating_add(self.delay));
            self.ending = true;
        } else {
            self.passing.push_back(item);
        }
    }

    fn pop(&mut self, now: Duration) -> Option<Item> {
        if let Some(item) = self.passing.pop_front() {
            return Some(item);
        }
        self.end_due.take_if(|due| *due <= now).map(|_| Item::End)
    }

    fn due(&self) -> Option<Duration> {
        if self.passing.is_empty() { self.end_due } else { Some(Duration::ZERO) }
    }

    fn has_acted(&self) -> Option<bool> {
        Some(self.ending)
    }

    fn release(self: Box<Self>, _now: Duration) -> Vec<Item> {
        let end = self.end_due.map(|_| Item::End);
        self.passing.into_iter().chain(end).collect()
    }
}
