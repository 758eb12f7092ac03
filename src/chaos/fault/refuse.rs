//! Refuses connections.

use super::{Effect, Fault, key};
use crate::config::document::{Fields, Node, Reading};
use crate::config::schema::{Kind, Record, WhenAbsent, Word};

pub(super) static REFUSE: Fault = Fault {
    name: "refuse",
    summary: "connections are refused, as if the server were down",
    example: "{ refuse: {} }",
    value: Kind::Record(&RECORD),
    read,
};

static RECORD: Record = Record {
    name: "refuse",
    summary: "Hits are the connections that it closes and those that it refuses. While the proxy does not \
              listen, only refused connections of the load generator are counted: if the system under test \
              keeps no connection open, use `by: reset`.",
    keys: &[
        key(
            "standing",
            Kind::Choice(STANDING_WORDS),
            WhenAbsent::Value("close"),
            "what happens to open connections",
        ),
        key(
            "by",
            Kind::Choice(BY_WORDS),
            WhenAbsent::Value("no_listener"),
            "how new connections are refused",
        ),
    ],
};

static STANDING_WORDS: &[Word] = &[
    Word { name: "close", summary: "they are closed, as when the server exits" },
    Word { name: "keep", summary: "they stay open, as when a server drains" },
];

static BY_WORDS: &[Word] = &[
    Word {
        name: "no_listener",
        summary: "the proxy stops listening; same as `reset` if only some connections are hit",
    },
    Word { name: "reset", summary: "they are accepted and reset at once" },
];

/// The manner in which connections are refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    /// Whether open connections are closed.
    pub closes_standing: bool,
    /// Whether new connections are accepted and reset, even if the proxy could stop listening.
    pub resets: bool,
}

const STANDING: &[(&str, bool)] = &[("close", true), ("keep", false)];
const BY: &[(&str, bool)] = &[("no_listener", false), ("reset", true)];

fn read(node: Node<'_>, reading: &mut Reading<'_>) -> Option<Effect> {
    let fields = Fields::of(node, RECORD.keys, &mut reading.problems)?;
    let mut choice = |name: &str, choices: &'static [(&'static str, bool)]| {
        fields.read(name, &mut reading.problems, |node| node.read_choice(choices))
    };
    let closes_standing = choice("standing", STANDING).unwrap_or(true);
    let resets = choice("by", BY).unwrap_or(false);
    Some(Effect::Refuse(Refusal { closes_standing, resets }))
}
