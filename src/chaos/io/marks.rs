//! Information that the load generator and its proxy exchange: in headers if the proxy speaks HTTP,
//! otherwise for each connection as a whole.

use crate::base::workers::lock;
use crate::chaos::observation::Failure;
use hyper::HeaderMap;
use hyper::header::HeaderName;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

/// Header with the number of a request, for the first proxy that it passes.
pub(super) const NUMBER: HeaderName = HeaderName::from_static("steadfast-request");

/// Header with the reason why the proxy got no response from its upstream; one of [`FAILURES`].
pub(super) const FAILURE: HeaderName = HeaderName::from_static("steadfast-failure");

/// The values of the header [`FAILURE`], with the failures that they stand for.
const FAILURES: &[(&str, Failure)] = &[
    ("connect", Failure::Connect),
    ("tls", Failure::Tls),
    ("broken", Failure::Broken),
    ("protocol", Failure::Protocol),
    ("exhausted", Failure::Exhausted),
];

/// Returns the failure that the proxy reports in this response; `None` if the response comes from the
/// upstream.
pub(super) fn failure(answer: &HeaderMap) -> Option<Failure> {
    let said = answer.get(FAILURE)?;
    let known = FAILURES.iter().find(|(word, _)| said == word)?;
    Some(known.1)
}

/// Returns the value of the header [`FAILURE`] for a failure to get a response.
pub(super) fn word(failure: Failure) -> &'static str {
    FAILURES.iter().find(|(_, known)| *known == failure).map_or("broken", |(word, _)| word)
}

/// The connections of clients that did not reach the upstream of a proxy; shared by the proxy and its
/// clients.
#[derive(Debug, Clone, Default)]
pub struct Unreached(Arc<Lost>);

#[derive(Debug, Default)]
struct Lost {
    /// The addresses of the clients for which a TCP proxy could not connect, and how that failed. A client itself
    /// sees only that its connection broke. An address stays until it is used again.
    broken: Mutex<HashMap<SocketAddr, Failure>>,
    /// Number of connections that were refused because the proxy was not listening, as the clients see.
    refused: AtomicU64,
}

impl Unreached {
    /// Records how the upstream could not be reached for the connection of a client; `None` if it was.
    pub(super) fn enter(&self, client: SocketAddr, failure: Option<Failure>) {
        let mut broken = lock(&self.0.broken);
        match failure {
            Some(failure) => broken.insert(client, failure),
            None => broken.remove(&client),
        };
    }

    /// Returns how the upstream could not be reached for the connection of a client.
    pub(super) fn of(&self, client: SocketAddr) -> Option<Failure> {
        lock(&self.0.broken).get(&client).copied()
    }

    /// Counts a connection that was refused.
    pub fn count_refused(&self) {
        self.0.refused.fetch_add(1, Ordering::Relaxed);
    }

    /// Returns the number of connections that were refused so far.
    pub fn refused(&self) -> u64 {
        self.0.refused.load(Ordering::Relaxed)
    }
}
