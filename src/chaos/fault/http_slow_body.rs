//! Limits the rate of response bodies.

use super::{BodyFault, Effect, Fault};
use crate::config::document::{Node, Reading};
use crate::config::fields::Fields;
use crate::config::schema::{Key, Kind, Record};

pub(super) static HTTP_SLOW_BODY: Fault = Fault {
    name: "http_slow_body",
    summary: "the response body arrives slowly",
    example: "{ http_slow_body: { rate: 1kB/s } }",
    value: Kind::Either(&[Kind::ByteRate, Kind::Record(&RECORD)]),
    read,
};

static RECORD: Record = Record {
    name: "http_slow_body",
    summary: "Status and headers arrive at once, the body at this rate.",
    keys: &[&RATE],
};

static RATE: Key<f64> = Key::byte_rate("rate", "bytes per second").required();

fn read(node: Node<'_>, reading: &mut Reading<'_>) -> Option<Effect> {
    let (bytes_per_s, _) = Fields::or_bare(node, &RECORD, &RATE, reading)?;
    Some(Effect::exchange(move |exchange, _| exchange.body.push(BodyFault::Slow { bytes_per_s })))
}
