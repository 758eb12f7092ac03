//! Breaks responses off.

use super::{Amend, BodyFault, Effect, Exchange, Fault, key};
use crate::base::random::FastRng;
use crate::config::document::{Fields, Node, Reading};
use crate::config::schema::{Kind, Record, WhenAbsent};

pub(super) static HTTP_TRUNCATE: Fault = Fault {
    name: "http_truncate",
    summary: "responses break off in the middle of the body",
    example: "{ http_truncate: { after: 100 } }",
    value: Kind::Either(&[Kind::Bytes, Kind::Record(&RECORD)]),
    read,
};

static RECORD: Record = Record {
    name: "http_truncate",
    summary: "The connection (in HTTP/2, the stream) is closed after this many bytes of the body, although \
              more were announced.",
    keys: &[key("after", Kind::Bytes, WhenAbsent::Required, "number of bytes of the body that pass")],
};

#[derive(Debug)]
struct Truncated {
    after: u64,
}

fn read(node: Node<'_>, reading: &mut Reading<'_>) -> Option<Effect> {
    let after = if node.text().is_some() {
        node
    } else {
        let fields = Fields::of(node, RECORD.keys, &mut reading.problems)?;
        fields.required("after", &mut reading.problems)?
    };
    let after = reading.take(after.read_bytes())?;
    Some(Effect::exchange(Truncated { after }))
}

impl Amend for Truncated {
    fn amend(&self, exchange: &mut Exchange, _chance: &mut FastRng) {
        exchange.body.push(BodyFault::Truncate { after: self.after });
    }
}
