//! Responses announce a wrong length.

use super::{Effect, Fault};
use crate::config::document::{Node, Reading};
use crate::config::fields::Fields;
use crate::config::schema::{Key, Kind, Record};

pub(super) static HTTP_LENGTH: Fault = Fault {
    name: "http_length",
    summary: "responses announce a wrong `Content-Length`",
    example: "{ http_length: { change: 10 } }",
    value: Kind::Record(&RECORD),
    read,
};

static RECORD: Record = Record {
    name: "http_length",
    summary: "The header `Content-Length` is off by this many bytes: if it is too large, the response ends \
              early; if it is too small, the body is cut. Responses of unknown length are left alone.",
    keys: &[&CHANGE],
};

static CHANGE: Key<f64> = Key::new(
    "change",
    Kind::Number,
    "whole number of bytes to add to the true length; subtracted if negative",
    change,
)
.required();

/// Maximum change in bytes: more than the length of any body, and exact when cast to `i64`.
const CHANGE_MAX: f64 = 1e12;

fn read(node: Node<'_>, reading: &mut Reading<'_>) -> Option<Effect> {
    let change = Fields::of(node, &RECORD, reading)?.given(&CHANGE, reading)?;
    Some(Effect::exchange(move |exchange, _| {
        exchange.length_change = exchange.length_change.saturating_add(change as i64);
    }))
}

fn change(node: Node<'_>, reading: &mut Reading<'_>) -> Option<f64> {
    let change = reading.take(node.read_number())?;
    if change.fract() != 0.0 || change == 0.0 || change.abs() > CHANGE_MAX {
        reading.refuse(node.problem("a whole number of bytes other than zero is expected"));
        return None;
    }
    Some(change)
}
