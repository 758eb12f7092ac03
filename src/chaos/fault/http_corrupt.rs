//! Corrupts the bodies of responses.

use super::{Amend, BodyFault, Effect, Exchange, Fault};
use crate::base::random::FastRng;
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

#[derive(Debug)]
struct Corrupt {
    share: f64,
}

fn read(node: Node<'_>, reading: &mut Reading<'_>) -> Option<Effect> {
    let share = match node.text() {
        Some(_) => reading.take(node.read_probability())?,
        None => Fields::of(node, &RECORD, reading)?.value(&SHARE, reading),
    };
    Some(Effect::exchange(Corrupt { share }))
}

impl Amend for Corrupt {
    fn amend(&self, exchange: &mut Exchange, chance: &mut FastRng) {
        exchange.body.push(BodyFault::Corrupt { share: self.share, key: chance.next_u64() });
    }
}
