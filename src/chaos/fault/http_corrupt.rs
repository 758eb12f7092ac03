//! Corrupts the bodies of responses.

use super::{BodyFault, Effect, Fault};
use crate::config::document::{Node, Reading};
use crate::config::fields::Fields;
use crate::config::schema::{Key, KeyOr, Kind, Record};
use rand::Rng as _;

pub(super) static HTTP_CORRUPT: Fault = Fault {
    name: "http_corrupt",
    summary: "bytes of the response body are changed",
    example: "{ http_corrupt: { share: 1% } }",
    value: Kind::Either(&[Kind::Probability, Kind::Record(&RECORD)]),
    read,
};

static RECORD: Record = Record {
    name: "http_corrupt",
    summary: "Each byte of the body is changed with this probability, the first byte always; the length \
              stays the same.",
    keys: &[&SHARE],
};

static SHARE: KeyOr<f64> = Key::probability("share", "share of bytes to change").or(|| 0.01);

fn read(node: Node<'_>, reading: &mut Reading<'_>) -> Option<Effect> {
    let share = match node.text() {
        Some(_) => reading.take(node.read_probability())?,
        None => Fields::of(node, &RECORD, reading)?.value(&SHARE, reading),
    };
    Some(Effect::exchange(move |exchange, chance| {
        exchange.body.push(BodyFault::Corrupt { share, key: chance.next_u64() });
    }))
}
