//! One kind of request, and the expectations of its response.

use super::template;
use crate::base::quantity::significant;
use crate::chaos::experiment::{Body, Data, Expected, Request, Secret, Text};
use crate::chaos::fault::headers::{check_value, headers as read_headers};
use crate::chaos::likeness::Aspect;
use crate::config::document::{Node, Reading};
use crate::config::fields::Fields;
use crate::config::schema::{Choices as _, Key, KeyOr, Kind, Record, Section};
use bytes::Bytes;
use hyper::http::Method;
use hyper::http::uri::PathAndQuery;

pub(super) static REQUEST: Record = Record {
    name: "request",
    summary: "One kind of request.",
    keys: &[&WEIGHT, &METHOD, &PATH, &HEADERS, &BODY, &BODY_FILE, &EXPECT],
};

static WEIGHT: KeyOr<f64> = Key::new("weight", Kind::Number, "relative frequency of this kind", weight)
    .shown(|weight| significant(*weight, 15))
    .or(|| 1.0);
static METHOD: KeyOr<String> =
    Key::new("method", Kind::Text, "GET, POST, …", method).shown(String::clone).or(|| "GET".into());
static PATH: Key<()> =
    Key::node("path", Kind::Text, "path and query, appended to the target's path; may contain `{{column}}`")
        .rule("nothing");
static HEADERS: Key<()> = Key::node(
    "headers",
    Kind::Map(&Kind::Text),
    "additional headers; `${NAME}` is replaced by the environment variable",
);
static BODY: Key<String> = Key::text("body", "text to send as the body; may contain `{{column}}`");
static BODY_FILE: Key<String> = Key::text("body_file", "file to send as the body, unchanged");
static EXPECT: Section = Section::new(
    "expect",
    &ANSWER,
    "conditions on the response; only a response that meets all of them is a success",
);

static ANSWER: Record = Record {
    name: "answer",
    summary: "Conditions on a response; all of them must hold.",
    keys: &[&STATUS, &ANSWER_HEADERS, &TRAILERS, &SAME, &BODY_CONTAINS, &JSON],
};

static STATUS: KeyOr<Statuses> =
    Key::new("status", Kind::Text, "allowed statuses and ranges: `200`, `200-299, 404`", statuses)
        .shown(|ranges| ranges.iter().map(|(from, to)| format!("{from}-{to}")).collect::<Vec<_>>().join(", "))
        .or(|| vec![(200, 399)]);
static ANSWER_HEADERS: Key<()> =
    Key::node("headers", Kind::Map(&Kind::Text), "required headers with their values; `*` for any value");
static TRAILERS: Key<()> = Key::node(
    "trailers",
    Kind::Map(&Kind::Text),
    "required trailers with their values, `*` for any; those of gRPC may be headers of a response without a body",
)
.rule("where there is a `grpc-status`, it must be 0");
static SAME: Key<Vec<Aspect>> = Key::new(
    "same",
    Kind::List(&Kind::Choice(Aspect::words)),
    "aspects whose values must have been seen before the faults: `[status, size, hash]`",
    aspects,
);
static BODY_CONTAINS: Key<String> = Key::text("body_contains", "text that the body must contain");
static JSON: Key<()> =
    Key::node("json", Kind::Map(&Kind::Text), "values in the JSON body, by JSON pointer: `/status: ok`");

/// Ranges of statuses, both ends included.
type Statuses = Vec<(u16, u16)>;

type Headers = Vec<(String, Secret)>;

/// Returns a GET of the target itself.
pub(super) fn ordinary(headers: Headers) -> Request {
    Request {
        weight: WEIGHT.default_value(),
        method: METHOD.default_value(),
        path: Text::default(),
        headers,
        body: Body::Fixed(Bytes::new()),
        expect: vec![Expected::Status(STATUS.default_value())],
    }
}

pub(super) fn list(
    list: Node<'_>,
    common: &Headers,
    data: &Data,
    variable: &dyn Fn(&str) -> Option<String>,
    reading: &mut Reading<'_>,
) -> Vec<Request> {
    let Some(items) = list.items() else {
        reading.refuse(list.expected("a list of requests"));
        return Vec::new();
    };
    if items.len() == 0 {
        reading.refuse(list.problem("the list is empty: nothing would be sent"));
    }
    let requests = items.filter_map(|item| request(item, common, data, variable, reading));
    let requests: Vec<Request> = requests.collect();
    if !requests.is_empty() && requests.iter().all(|request| request.weight == 0.0) {
        reading.refuse(list.problem("all weights are zero: nothing would be sent"));
    }
    requests
}

fn request(
    node: Node<'_>,
    common: &Headers,
    data: &Data,
    variable: &dyn Fn(&str) -> Option<String>,
    reading: &mut Reading<'_>,
) -> Option<Request> {
    let fields = Fields::of(node, &REQUEST, reading)?;
    // All keys are read even if one is wrong, so that all problems are reported at once.
    let path = fields.node(&PATH).map_or(Some(Text::default()), |node| path(node, data, reading));
    let own = fields.node(&HEADERS).map_or(Some(Headers::new()), |node| headers(node, variable, reading));
    let body = body(&fields, data, reading);
    let expect = expect(&fields, reading);
    let (weight, method) = (fields.value(&WEIGHT, reading), fields.value(&METHOD, reading));
    let own = own?;
    let mut headers = common.clone();
    headers.retain(|(name, _)| own.iter().all(|(other, _)| other != name));
    headers.extend(own);
    Some(Request { weight, method, path: path?, headers, body: body?, expect })
}

fn weight(node: Node<'_>, reading: &mut Reading<'_>) -> Option<f64> {
    let weight = reading.take(node.read_number())?;
    if weight < 0.0 {
        reading.refuse(node.problem("a weight must not be negative"));
        return None;
    }
    Some(weight)
}

fn method(node: Node<'_>, reading: &mut Reading<'_>) -> Option<String> {
    let text = reading.take(node.read_text())?;
    if text == "CONNECT" || Method::from_bytes(text.as_bytes()).is_err() {
        reading.refuse(node.problem(format!("`{text}` is not a method that can be sent")));
        return None;
    }
    Some(text.to_owned())
}

fn path(node: Node<'_>, data: &Data, reading: &mut Reading<'_>) -> Option<Text> {
    let text = reading.take(node.read_text())?;
    // Placeholders are filled later, with escaped values. Here a letter stands for their braces.
    let plain = text.replace(['{', '}'], "x");
    if !text.starts_with(['/', '?']) || plain.parse::<PathAndQuery>().is_err() {
        reading.refuse(node.problem(format!("`{text}` is not a path such as `/items?id=1`")));
        return None;
    }
    Some(template::text(node, text, data, reading))
}

/// Reads headers by name; their values may refer to environment variables.
pub(super) fn headers(
    node: Node<'_>,
    variable: &dyn Fn(&str) -> Option<String>,
    reading: &mut Reading<'_>,
) -> Option<Headers> {
    read_headers(node, reading, |node, text, reading| {
        let secret = template::secret(node, text, variable, reading);
        check_value(node, &secret.0, reading);
        secret
    })
}

fn body(fields: &Fields<'_>, data: &Data, reading: &mut Reading<'_>) -> Option<Body> {
    match (fields.node(&BODY), fields.node(&BODY_FILE)) {
        (Some(_), Some(file)) => {
            reading.refuse(file.problem("only one of `body` and `body_file` can be given"));
            None
        }
        (Some(node), None) => {
            let text = reading.take(node.read_text())?;
            Some(Body::Text(template::text(node, text, data, reading)))
        }
        (None, Some(node)) => {
            let path = reading.take(node.read_text())?;
            let loaded = reading.load_bytes(path).map_err(|why| node.problem(why));
            reading.take(loaded).map(|bytes| Body::Fixed(bytes.into()))
        }
        (None, None) => Some(Body::Fixed(Bytes::new())),
    }
}

fn expect(fields: &Fields<'_>, reading: &mut Reading<'_>) -> Vec<Expected> {
    let fields = fields.section(&EXPECT, reading);
    let mut expected = vec![Expected::Status(fields.value(&STATUS, reading))];
    let mut named = |key, expect: fn(String, Option<String>) -> Expected, reading: &mut Reading<'_>| {
        for (key, value) in entries(&fields, key, reading) {
            let name = key.text().unwrap_or_default().to_ascii_lowercase();
            let wanted = reading.take(value.read_text()).filter(|text| *text != "*");
            expected.push(expect(name, wanted.map(str::to_owned)));
        }
    };
    named(&ANSWER_HEADERS, Expected::Header, reading);
    named(&TRAILERS, Expected::Trailer, reading);
    expected.extend(fields.given(&SAME, reading).map(Expected::Same));
    expected.extend(fields.given(&BODY_CONTAINS, reading).map(Expected::BodyContains));
    for (key, value) in entries(&fields, &JSON, reading) {
        let pointer = key.text().unwrap_or_default();
        if !pointer.is_empty() && !pointer.starts_with('/') {
            reading.refuse(key.problem("a JSON pointer must start with `/`, such as `/status`"));
        }
        expected.push(Expected::Json(pointer.to_owned(), json(value)));
    }
    expected
}

fn aspects(node: Node<'_>, reading: &mut Reading<'_>) -> Option<Vec<Aspect>> {
    let Some(items) = node.items() else {
        reading.refuse(node.expected("a list such as [status, size, hash]"));
        return None;
    };
    Some(items.filter_map(|item| reading.take(item.read_choice(Aspect::CHOICES))).collect())
}

/// Returns the entries of a map; none if the key is absent.
fn entries<'t>(fields: &Fields<'t>, key: &Key<()>, reading: &mut Reading<'_>) -> Vec<(Node<'t>, Node<'t>)> {
    let Some(node) = fields.node(key) else {
        return Vec::new();
    };
    let Some(entries) = node.entries() else {
        reading.refuse(node.expected("a map"));
        return Vec::new();
    };
    entries.collect()
}

/// Reads statuses and ranges: `200`, `200-299, 404`.
fn statuses(node: Node<'_>, reading: &mut Reading<'_>) -> Option<Statuses> {
    let text = reading.take(node.read_text())?;
    let range = |part: &str| {
        let (from, to) = part.split_once('-').unwrap_or((part, part));
        let range: (u16, u16) = (from.trim().parse().ok()?, to.trim().parse().ok()?);
        (100 <= range.0 && range.0 <= range.1 && range.1 <= 599).then_some(range)
    };
    let ranges: Option<Statuses> = text.split(',').map(range).collect();
    if ranges.is_none() {
        reading.refuse(node.problem(format!("`{text}` is not a list of statuses such as `200-299, 404`")));
    }
    ranges
}

/// Converts a value to JSON: numbers, booleans and null as such, anything else as text.
fn json(node: Node<'_>) -> serde_json::Value {
    let Some(text) = node.text() else {
        return serde_json::Value::Null;
    };
    let parsed = serde_json::from_str(text).ok();
    let scalar = parsed.filter(|value: &serde_json::Value| value.is_number() || value.is_boolean());
    match scalar {
        Some(value) if node.what() != "a text" || value.is_boolean() => value,
        _ => text.into(),
    }
}
