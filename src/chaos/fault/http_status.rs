//! Answers requests in place of the target.

use super::headers::{check_value, headers};
use super::{Answer, Effect, Fault};
use crate::config::document::{Node, Reading};
use crate::config::fields::Fields;
use crate::config::schema::{Key, Kind, Record};
use bytes::Bytes;

pub(super) static HTTP_STATUS: Fault = Fault {
    name: "http_status",
    summary: "requests are answered with a status code instead of being forwarded",
    example: "{ http_status: { status: 429, retry_after: 2s } }",
    value: Kind::Either(&[Kind::Count { min: 200 }, Kind::Record(&RECORD)]),
    read,
};

static RECORD: Record = Record {
    name: "http_status",
    summary: "The response of a server that is overloaded or broken, or that limits the rate of the client.",
    keys: &[&STATUS, &RETRY_AFTER, &HEADERS, &BODY],
};

static STATUS: Key<u64> =
    Key::count::<200, 599>("status", "the status code, up to 599: 503, 429, 500, …").required();
static RETRY_AFTER: Key<f64> =
    Key::duration("retry_after", "value of the header `Retry-After`, rounded up to whole seconds");
static HEADERS: Key<()> = Key::node("headers", Kind::Map(&Kind::Text), "more headers, by name");
static BODY: Key<String> = Key::text("body", "the body").rule("nothing");

fn read(node: Node<'_>, reading: &mut Reading<'_>) -> Option<Effect> {
    let (status, fields) = Fields::or_bare(node, &RECORD, &STATUS, reading)?;
    let mut answered_with = Vec::new();
    let retry_after = fields.given(&RETRY_AFTER, reading);
    answered_with
        .extend(retry_after.map(|seconds| ("retry-after".to_owned(), format!("{:.0}", seconds.ceil()))));
    if let Some(node) = fields.node(&HEADERS) {
        answered_with.extend(headers(node, reading, |node, text, reading| {
            check_value(node, text, reading);
            text.to_owned()
        })?);
    }
    let body = fields.given(&BODY, reading).unwrap_or_default();
    Some(Effect::answer(Answer { status: status as u16, headers: answered_with, body: Bytes::from(body) }))
}
