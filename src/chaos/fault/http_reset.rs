//! Resets the connection during an exchange.

use super::{Effect, Fault, ResetAt};
use crate::config::document::{Node, Reading};
use crate::config::fields::Fields;
use crate::config::schema::{Key, Kind, Record};

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
    keys: &[&AFTER],
};

static AFTER: Key<u64> = Key::bytes(
    "after",
    "bytes of the body that pass before the reset; if absent, the reset comes before the response, and \
         the request is not forwarded",
);

fn read(node: Node<'_>, reading: &mut Reading<'_>) -> Option<Effect> {
    let after = Fields::of(node, &RECORD, reading)?.given(&AFTER, reading);
    let at = after.map_or(ResetAt::Headers, ResetAt::Body);
    Some(Effect::exchange(move |exchange, _| {
        exchange.reset.get_or_insert(at);
    }))
}
