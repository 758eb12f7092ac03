//! Answers requests in place of the target.

use super::{Amend, Answer, Effect, Exchange, Fault, is_header_name, key};
use crate::base::random::FastRng;
use crate::config::document::{Fields, Node, Reading};
use crate::config::schema::{Kind, Record, WhenAbsent};
use bytes::Bytes;
use hyper::header::HeaderValue;

pub(super) static HTTP_STATUS: Fault = Fault {
    name: "http_status",
    summary: "requests are answered with a status code instead of being forwarded",
    example: "{ http_status: { status: 429, retry_after: 2s } }",
    value: Kind::Either(&[Kind::Count { min: 200 }, Kind::Record(&RECORD)]),
    read,
};

static RECORD: Record = Record {
    name: "http_status",
    summary: "The response of a server that is overloaded or broken, or that asks the client to wait.",
    keys: &[
        key(
            "status",
            Kind::Count { min: 200 },
            WhenAbsent::Required,
            "the status code, up to 599: 503, 429, 500, …",
        ),
        key(
            "retry_after",
            Kind::Duration,
            WhenAbsent::Absent,
            "value of the header `Retry-After`, rounded up to whole seconds",
        ),
        key("headers", Kind::Map(&Kind::Text), WhenAbsent::Absent, "more headers, by name"),
        key("body", Kind::Text, WhenAbsent::Value("nothing"), "the body"),
    ],
};

fn read(node: Node<'_>, reading: &mut Reading<'_>) -> Option<Effect> {
    let mut answer = Answer { status: 0, headers: Vec::new(), body: Bytes::new() };
    if node.text().is_some() {
        answer.status = reading.take(node.read_count(200, 599))? as u16;
        return Some(Effect::exchange(Answered { answer }));
    }
    let fields = Fields::of(node, RECORD.keys, &mut reading.problems)?;
    let status = fields.required("status", &mut reading.problems);
    let status = status.and_then(|node| reading.take(node.read_count(200, 599)));
    let retry_after = fields.read("retry_after", &mut reading.problems, |node| node.read_duration());
    answer
        .headers
        .extend(retry_after.map(|seconds| ("retry-after".to_owned(), format!("{:.0}", seconds.ceil()))));
    if let Some(node) = fields.get("headers") {
        answer.headers.extend(headers(node, reading)?);
    }
    let body = fields.read("body", &mut reading.problems, |node| node.read_text());
    answer.body = Bytes::copy_from_slice(body.unwrap_or_default().as_bytes());
    answer.status = status? as u16;
    Some(Effect::exchange(Answered { answer }))
}

/// Reads headers by name, and checks their names and values.
fn headers(node: Node<'_>, reading: &mut Reading<'_>) -> Option<Vec<(String, String)>> {
    let Some(entries) = node.entries() else {
        reading.refuse(node.expected("a map of headers"));
        return None;
    };
    let mut headers = Vec::with_capacity(entries.len());
    for (key, value) in entries {
        let name = key.text().unwrap_or_default();
        if !is_header_name(name) {
            reading.refuse(key.problem(format!("`{name}` is not the name of a header")));
        }
        if let Some(text) = reading.take(value.read_text()) {
            if HeaderValue::from_str(text).is_err() {
                reading.refuse(value.problem("a header's value is one line of visible characters"));
            }
            headers.push((name.to_ascii_lowercase(), text.to_owned()));
        }
    }
    Some(headers)
}

#[derive(Debug)]
struct Answered {
    answer: Answer,
}

impl Amend for Answered {
    fn amend(&self, exchange: &mut Exchange, _chance: &mut FastRng) {
        exchange.answer.get_or_insert_with(|| self.answer.clone());
    }
}
