//! Refuses connections.

use super::{Effect, Fault};
use crate::config::document::{Node, Reading};
use crate::config::fields::Fields;
use crate::config::schema::{Choice, Choices, Key, KeyOr, Kind, Record};

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
    keys: &[&STANDING, &BY],
};

static STANDING: KeyOr<Standing> =
    Key::choice("standing", "what happens to open connections").or(|| Standing::Close);
static BY: KeyOr<By> = Key::choice("by", "how new connections are refused").or(|| By::NoListener);

#[derive(Debug, Clone, Copy, PartialEq)]
enum Standing {
    Close,
    Keep,
}

impl Choices for Standing {
    const CHOICES: &'static [Choice<Self>] = &[
        ("close", Self::Close, "they are closed, as when the server exits"),
        ("keep", Self::Keep, "they stay open, as when a server drains"),
    ];
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum By {
    NoListener,
    Reset,
}

impl Choices for By {
    const CHOICES: &'static [Choice<Self>] = &[
        (
            "no_listener",
            Self::NoListener,
            "the proxy stops listening; same as `reset` if only some connections are hit",
        ),
        ("reset", Self::Reset, "they are accepted and reset at once"),
    ];
}

/// The manner in which connections are refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    /// Whether open connections are closed.
    pub closes_standing: bool,
    /// Whether new connections are accepted and reset, even if the proxy could stop listening.
    pub resets: bool,
}

fn read(node: Node<'_>, reading: &mut Reading<'_>) -> Option<Effect> {
    let fields = Fields::of(node, &RECORD, reading)?;
    Some(Effect::Refuse(Refusal {
        closes_standing: fields.value(&STANDING, reading) == Standing::Close,
        resets: fields.value(&BY, reading) == By::Reset,
    }))
}
