//! Resets the connection.

use super::{Effect, Fault, Wire, key, seconds};
use crate::base::random::FastRng;
use crate::chaos::link::{Item, Stage};
use crate::config::document::{Fields, Node, Reading};
use crate::config::schema::{Kind, Record, WhenAbsent, Word};
use std::collections::VecDeque;
use std::time::Duration;

pub(super) static RESET: Fault = Fault {
    name: "reset",
    summary: "the connection is reset on both sides (RST)",
    example: "{ reset: { after: 100ms } }",
    value: Kind::Record(&RECORD),
    read,
};

static RECORD: Record = Record {
    name: "reset",
    summary: "Bytes pass until the reset. Connections that are already open are reset as well.",
    keys: &[
        key("after", Kind::Duration, WhenAbsent::Value("0s"), "time from `since` to the reset"),
        key(
            "since",
            Kind::Choice(SINCE_WORDS),
            WhenAbsent::Value("data"),
            "the event from which the time counts",
        ),
    ],
};

static SINCE_WORDS: &[Word] = &[
    Word {
        name: "data",
        summary: "the first bytes, or the close, that arrive while the fault is on: an idle connection \
                  stays open",
    },
    Word {
        name: "start",
        summary: "the start of the fault, or of the connection if that is later: an idle connection is \
                  reset, too",
    },
];

#[derive(Debug, Clone, Copy, PartialEq)]
enum Since {
    Data,
    Start,
}

const SINCE: &[(&str, Since)] = &[("data", Since::Data), ("start", Since::Start)];

#[derive(Debug, Clone, Copy)]
struct Reset {
    after: Duration,
    since: Since,
}

fn read(node: Node<'_>, reading: &mut Reading<'_>) -> Option<Effect> {
    let fields = Fields::of(node, RECORD.keys, &mut reading.problems)?;
    let after = fields.read("after", &mut reading.problems, |node| node.read_duration());
    let since = fields.read("since", &mut reading.problems, |node| node.read_choice(SINCE));
    Some(Effect::wire(Reset { after: seconds(after.unwrap_or(0.0)), since: since.unwrap_or(Since::Data) }))
}

impl Wire for Reset {
    fn hides_requests(&self) -> bool {
        true
    }

    fn stage(&self, now: Duration, _chance: FastRng) -> Box<dyn Stage> {
        let due = (self.since == Since::Start).then(|| now.saturating_add(self.after));
        Box::new(PendingReset { after: self.after, due, over: false, passing: VecDeque::new() })
    }
}

/// The stage of a connection that is going to be reset.
#[derive(Debug)]
struct PendingReset {
    after: Duration,
    /// Time of the reset; `None` until an item has arrived, if the time counts from there.
    due: Option<Duration>,
    /// Whether the reset has left.
    over: bool,
    /// Items that may pass before the reset.
    passing: VecDeque<Item>,
}

impl Stage for PendingReset {
    fn push(&mut self, now: Duration, item: Item) {
        let due = *self.due.get_or_insert(now.saturating_add(self.after));
        // From the reset on, everything is dropped.
        if now < due {
            self.passing.push_back(item);
        }
    }

    fn pop(&mut self, now: Duration) -> Option<Item> {
        if self.over {
            return None;
        }
        if self.due.is_some_and(|due| due <= now) {
            self.over = true;
            // The reset overtakes the items that have not left yet.
            self.passing.clear();
            return Some(Item::Reset);
        }
        self.passing.pop_front()
    }

    fn due(&self) -> Option<Duration> {
        match self.passing.front() {
            _ if self.over => None,
            Some(_) => Some(Duration::ZERO),
            None => self.due,
        }
    }

    fn held(&self) -> usize {
        0
    }

    fn has_acted(&self) -> Option<bool> {
        Some(self.over)
    }

    fn release(self: Box<Self>, _now: Duration) -> Vec<Item> {
        self.passing.into()
    }
}
