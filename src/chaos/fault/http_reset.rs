//! Resets the connection during an exchange.

use super::{Amend, Effect, Exchange, Fault, ResetAt, key};
use crate::base::random::FastRng;
use crate::config::document::{Fields, Node, Reading};
use crate::config::schema::{Kind, Record, WhenAbsent};

pub(super) static HTTP_RESET: Fault = Fault {
    name: "http_reset",
    summary: "the connection is reset before or during the response",
    example: "{ http_reset: { after: 1kB } }",
    value: Kind::Record(&RECORD),
    read,
};

static RECORD: Record = Record {
    name: "http_reset",
    summary: "The client's connection is reset with a real RST; in HTTP/2, the stream is reset.",
    keys: &[key(
        "after",
        Kind::Bytes,
        WhenAbsent::Absent,
        "bytes of the body that pass before the reset; if absent, the reset comes before the response, and \
         the request is not forwarded",
    )],
};

#[derive(Debug)]
struct TornDown {
    at: ResetAt,
}

fn read(node: Node<'_>, reading: &mut Reading<'_>) -> Option<Effect> {
    let fields = Fields::of(node, RECORD.keys, &mut reading.problems)?;
    let after = fields.read("after", &mut reading.problems, |node| node.read_bytes());
    let at = after.map_or(ResetAt::Headers, ResetAt::Body);
    Some(Effect::exchange(TornDown { at }))
}

impl Amend for TornDown {
    fn amend(&self, exchange: &mut Exchange, _chance: &mut FastRng) {
        exchange.reset.get_or_insert(self.at);
    }
}
