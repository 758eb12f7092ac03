//! Delays responses.

use super::{Amend, Effect, Exchange, Fault, key, seconds};
use crate::base::random::FastRng;
use crate::config::document::{Fields, Node, Reading};
use crate::config::schema::{Kind, Record, WhenAbsent, Word};
use crate::config::times::{TIME, distribution};
use crate::stats::distribution::Distribution;

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
    keys: &[
        key("delay", TIME, WhenAbsent::Required, "the delay, drawn anew for each response"),
        key(
            "before",
            Kind::Choice(BEFORE_WORDS),
            WhenAbsent::Value("headers"),
            "the part of the response that is held back",
        ),
    ],
};

static BEFORE_WORDS: &[Word] = &[
    Word { name: "headers", summary: "the whole response" },
    Word { name: "body", summary: "the body; status and headers arrive at once" },
];

#[derive(Debug, Clone, Copy, PartialEq)]
enum Before {
    Headers,
    Body,
}

const BEFORE: &[(&str, Before)] = &[("headers", Before::Headers), ("body", Before::Body)];

#[derive(Debug)]
struct Late {
    delay: Distribution,
    before: Before,
}

fn read(node: Node<'_>, reading: &mut Reading<'_>) -> Option<Effect> {
    let mut before = Before::Headers;
    let mut delay = node;
    if node.text().is_none() {
        let fields = Fields::of(node, RECORD.keys, &mut reading.problems)?;
        let read = fields.read("before", &mut reading.problems, |node| node.read_choice(BEFORE));
        before = read.unwrap_or(before);
        delay = fields.required("delay", &mut reading.problems)?;
    }
    let delay = distribution(delay, reading)?;
    Some(Effect::exchange(Late { delay, before }))
}

impl Amend for Late {
    fn amend(&self, exchange: &mut Exchange, chance: &mut FastRng) {
        let delay = seconds(self.delay.sample(chance));
        let held = match self.before {
            Before::Headers => &mut exchange.before_headers,
            Before::Body => &mut exchange.before_body,
        };
        *held = held.saturating_add(delay);
    }
}
