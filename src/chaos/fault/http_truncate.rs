//! Breaks responses off.

use super::{BodyFault, Effect, Fault};
use crate::config::document::{Node, Reading};
use crate::config::fields::Fields;
use crate::config::schema::{Key, Kind, Record};

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
    keys: &[&AFTER],
};

static AFTER: Key<u64> = Key::bytes("after", "number of bytes of the body that pass").required();

fn read(node: Node<'_>, reading: &mut Reading<'_>) -> Option<Effect> {
    let (after, _) = Fields::or_bare(node, &RECORD, &AFTER, reading)?;
    Some(Effect::exchange(move |exchange, _| exchange.body.push(BodyFault::Truncate { after })))
}
