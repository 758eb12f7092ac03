//! What the load and a proxy that understands HTTP tell each other in headers.

use crate::chaos::observation::Failure;
use hyper::HeaderMap;
use hyper::header::HeaderName;

/// The number of a request, for the proxy that it passes first.
pub const NUMBER: HeaderName = HeaderName::from_static("steadfast-request");

/// Why there is no answer from behind the proxy; one of [`FAILURES`].
pub const FAILURE: HeaderName = HeaderName::from_static("steadfast-failure");

/// The words for it.
const FAILURES: &[(&str, Failure)] = &[
    ("connect", Failure::Connect),
    ("tls", Failure::Tls),
    ("broken", Failure::Broken),
];

/// How a request failed behind the proxy whose answer this is; `None` if it is an answer from there.
pub fn failure(answer: &HeaderMap) -> Option<Failure> {
    let said = answer.get(FAILURE)?;
    let known = FAILURES.iter().find(|(word, _)| said == word)?;
    Some(known.1)
}
