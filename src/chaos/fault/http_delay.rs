//! Delays responses.

use super::{Effect, Fault, seconds};
use crate::config::document::{Node, Reading};
use crate::config::fields::Fields;
use crate::config::schema::{Choice, Choices, Key, KeyOr, Kind, Record};
use crate::stats::distribution::Distribution;
use crate::stats::times::time;

pub(super) static HTTP_DELAY: Fault = Fault {
    name: "http_delay",
    summary: "responses arrive later",
    example: "{ http_delay: { delay: 300ms, before: body } }",
    value: Kind::Either(&[Kind::Duration, Kind::Record(&RECORD)]),
    read,
};

static RECORD: Record = Record {
    name: "http_delay",
    summary: "The request is forwarded at once; the response is held back.",
    keys: &[&DELAY, &BEFORE],
};

static DELAY: Key<Distribution> = time("delay", "the delay, drawn anew for each response").required();
static BEFORE: KeyOr<Before> =
    Key::choice("before", "the part of the response that is held back").or(|| Before::Headers);

impl Choices for Before {
    const CHOICES: &'static [Choice<Self>] = &[
        ("headers", Self::Headers, "the whole response"),
        ("body", Self::Body, "the body; status and headers arrive at once"),
    ];
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Before {
    Headers,
    Body,
}

fn read(node: Node<'_>, reading: &mut Reading<'_>) -> Option<Effect> {
    let (delay, fields) = Fields::or_bare(node, &RECORD, &DELAY, reading)?;
    let before = fields.value(&BEFORE, reading);
    Some(Effect::exchange(move |exchange, chance| {
        let held = match before {
            Before::Headers => &mut exchange.before_headers,
            Before::Body => &mut exchange.before_body,
        };
        *held = held.saturating_add(seconds(delay.sample(chance)));
    }))
}
