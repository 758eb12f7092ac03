//! Nobody listens.

use super::{Effect, Fault, key};
use crate::config::document::{Fields, Node, Reading};
use crate::config::schema::{Kind, Record, WhenAbsent, Word};

pub(super) static REFUSE: Fault = Fault {
    name: "refuse",
    summary: "connections are refused, as when the server is gone",
    example: "{ refuse: {} }",
    value: Kind::Record(&RECORD),
    read,
};

static RECORD: Record = Record {
    name: "refuse",
    summary: "Hits are the connections that it closes and those that it turns away. While nobody listens, only the load's own are seen being \
              turned away: where the system under test keeps no connection open, write `by: reset`.",
    keys: &[
        key(
            "standing",
            Kind::Choice(STANDING_WORDS),
            WhenAbsent::Value("close"),
            "what becomes of connections that stand already",
        ),
        key(
            "by",
            Kind::Choice(BY_WORDS),
            WhenAbsent::Value("no_listener"),
            "how new connections are turned away",
        ),
    ],
};

static STANDING_WORDS: &[Word] = &[
    Word { name: "close", summary: "they are closed, as when the server ends" },
    Word { name: "keep", summary: "they are left alone, as when a server drains" },
];

static BY_WORDS: &[Word] = &[
    Word { name: "no_listener", summary: "nobody listens; where only some connections are hit, as `reset`" },
    Word { name: "reset", summary: "they are accepted and reset at once" },
];

/// How connections are refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    /// Whether those that stand are closed.
    pub closes_standing: bool,
    /// Whether new ones are accepted and reset, though nobody needed to listen.
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
