//! Answers claim a length that they do not have.

use super::{Amend, Effect, Exchange, Fault, key};
use crate::base::random::FastRng;
use crate::config::document::{Fields, Node, Reading};
use crate::config::schema::{Kind, Record, WhenAbsent};

pub(super) static HTTP_LENGTH: Fault = Fault {
    name: "http_length",
    summary: "answers claim a length that they do not have",
    example: "{ http_length: { change: 10 } }",
    value: Kind::Record(&RECORD),
    read,
};

static RECORD: Record = Record {
    name: "http_length",
    summary: "The header `Content-Length` is off by so many bytes: with more than there are the answer ends early, with fewer its \
              body is cut. Answers without a known length are left alone.",
    keys: &[key(
        "change",
        Kind::Number,
        WhenAbsent::Required,
        "whole bytes added to the true length; below zero: taken away",
    )],
};

/// No body is longer, and none shorter, than this changes it.
const CHANGE_MAX: f64 = 1e12;

#[derive(Debug)]
struct Wrong {
    change: i64,
}

fn read(node: Node<'_>, reading: &mut Reading<'_>) -> Option<Effect> {
    let fields = Fields::of(node, RECORD.keys, &mut reading.problems)?;
    let node = fields.required("change", &mut reading.problems)?;
    let change = reading.take(node.read_number())?;
    if change.fract() != 0.0 || change == 0.0 || change.abs() > CHANGE_MAX {
        reading.refuse(node.problem("a whole number of bytes that is not zero is expected"));
        return None;
    }
    Some(Effect::exchange(Wrong { change: change as i64 }))
}

impl Amend for Wrong {
    fn amend(&self, exchange: &mut Exchange, _chance: &mut FastRng) {
        exchange.length_change = exchange.length_change.saturating_add(self.change);
    }
}
