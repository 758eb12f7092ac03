//! Resets the connection.

use super::{Effect, Fault, Wire, seconds};
use crate::chaos::link::{Item, Stage};
use crate::config::document::{Node, Reading};
use crate::config::fields::Fields;
use crate::config::schema::{Choice, Choices, Key, KeyOr, Kind, Record};
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
    keys: &[&AFTER, &SINCE],
};

static AFTER: KeyOr<f64> = Key::duration("after", "time from `since` to the reset").or(|| 0.0);
static SINCE: KeyOr<Since> = Key::choice("since", "the event from which the time counts").or(|| Since::Data);

impl Choices for Since {
    const CHOICES: &'static [Choice<Self>] = &[
        (
            "data",
            Self::Data,
            "the first bytes, or the close, that arrive while the fault is on: an idle connection \
             stays open",
        ),
        (
            "start",
            Self::Start,
            "the start of the fault, or of the connection if that is later: an idle connection is \
             reset, too",
        ),
    ];
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Since {
    Data,
    Start,
}

fn read(node: Node<'_>, reading: &mut Reading<'_>) -> Option<Effect> {
    let fields = Fields::of(node, &RECORD, reading)?;
    let (after, since) = (seconds(fields.value(&AFTER, reading)), fields.value(&SINCE, reading));
    let stage = move |now: Duration, _| PendingReset {
        after,
        due: (since == Since::Start).then(|| now.saturating_add(after)),
        over: false,
        passing: VecDeque::new(),
    };
    Some(Effect::wire(Wire { hides_requests: true, ..Wire::new(stage) }))
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

    fn has_acted(&self) -> Option<bool> {
        Some(self.over)
    }

    fn release(self: Box<Self>, _now: Duration) -> Vec<Item> {
        self.passing.into()
    }
}
