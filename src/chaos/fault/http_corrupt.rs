//! Corrupts the bodies of responses.

use super::{Amend, BodyFault, Effect, Exchange, Fault, key};
use crate::base::random::FastRng;
use crate::config::document::{Fields, Node, Reading};
use crate::config::schema::{Kind, Record, WhenAbsent};
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
    keys: &[key("share", Kind::Probability, WhenAbsent::Value("1%"), "share of bytes to change")],
};

#[derive(Debug)]
struct Corrupt {
    share: f64,
}

fn read(node: Node<'_>, reading: &mut Reading<'_>) -> Option<Effect> {
    let share = if node.text().is_some() {
        reading.take(node.read_probability())?
    } else {
        let fields = Fields::of(node, RECORD.keys, &mut reading.problems)?;
        let share = fields.read("share", &mut reading.problems, |node| node.read_probability());
        share.unwrap_or(0.01)
    };
    Some(Effect::exchange(Corrupt { share }))
}

impl Amend for Corrupt {
    fn amend(&self, exchange: &mut Exchange, chance: &mut FastRng) {
        exchange.body.push(BodyFault::Corrupt { share: self.share, key: chance.next_u64() });
    }
}
