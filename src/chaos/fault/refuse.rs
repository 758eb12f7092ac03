//! Nobody listens.

use super::{Effect, Fault};
use crate::base::describe::{Kind, Record};
use crate::base::tree::{Fields, Node, Reading};

pub(super) static REFUSE: Fault = Fault {
    name: "refuse",
    summary: "new connections are refused; those that stand are left alone",
    example: "{ refuse: {} }",
    value: Kind::Record(&RECORD),
    read,
};

static RECORD: Record = Record {
    name: "refuse",
    summary: "As when nobody listens at the address. Where only some connections are hit, these are accepted and reset at once.",
    keys: &[],
};

fn read(node: Node<'_>, reading: &mut Reading<'_>) -> Option<Effect> {
    Fields::of(node, RECORD.keys, &mut reading.problems)?;
    Some(Effect::Refuse)
}
