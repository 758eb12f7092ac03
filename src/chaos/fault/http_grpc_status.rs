//! Answers calls of gRPC in place of the target.

use super::{Answer, Effect, Fault};
use crate::base::text::percent_encoded;
use crate::config::document::{Node, Reading};
use crate::config::fields::Fields;
use crate::config::schema::{Key, Kind, Record};
use bytes::Bytes;

pub(super) static HTTP_GRPC_STATUS: Fault = Fault {
    name: "http_grpc_status",
    summary: "calls of gRPC are answered with an error instead of being forwarded",
    example: "{ http_grpc_status: UNAVAILABLE }",
    value: Kind::Either(&[Kind::Text, Kind::Record(&RECORD)]),
    read,
};

static RECORD: Record = Record {
    name: "http_grpc_status",
    summary: "The response of a gRPC server to a call that fails: HTTP status 200, the status in `grpc-status`, and no \
              message.",
    keys: &[&STATUS, &MESSAGE],
};

static STATUS: Key<usize> = Key::new(
    "status",
    Kind::Text,
    "name or number of the status: UNAVAILABLE, 14, DEADLINE_EXCEEDED, …",
    status,
)
.required();
static MESSAGE: Key<String> = Key::text("message", "text of the error").rule("nothing");

/// Statuses by number; the first is no error.
const STATUSES: [&str; 17] = [
    "OK",
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED",
];

fn read(node: Node<'_>, reading: &mut Reading<'_>) -> Option<Effect> {
    let (status, fields) = Fields::or_bare(node, &RECORD, &STATUS, reading)?;
    let mut headers = vec![
        ("content-type".to_owned(), "application/grpc".to_owned()),
        ("grpc-status".to_owned(), status.to_string()),
    ];
    headers
        .extend(fields.given(&MESSAGE, reading).map(|text| ("grpc-message".to_owned(), grpc_encoded(&text))));
    Some(Effect::answer(Answer { status: 200, headers, body: Bytes::new() }))
}

fn status(node: Node<'_>, reading: &mut Reading<'_>) -> Option<usize> {
    let text = reading.take(node.read_text())?;
    let named = STATUSES.iter().position(|name| name.eq_ignore_ascii_case(text));
    let number = named.or_else(|| text.parse().ok()).filter(|number| (1..STATUSES.len()).contains(number));
    if number.is_none() {
        let (_, errors) = STATUSES.split_at(1);
        let errors = errors.join(", ");
        reading.refuse(
            node.problem(format!("`{text}` is not the status of an error of gRPC: {errors}, or 1 to 16")),
        );
    }
    number
}

/// Encodes a message as gRPC does.
fn grpc_encoded(text: &str) -> String {
    percent_encoded(text, |byte| matches!(byte, b' '..=b'~') && byte != b'%')
}
