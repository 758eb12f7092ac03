//! Information that the load generator and its proxy exchange: in headers if the proxy speaks HTTP,
//! otherwise for each connection as a whole.

use crate::chaos::observation::Failure;
use hyper::HeaderMap;
use hyper::header::HeaderName;
use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

/// Header with the number of a request, for the first proxy that it passes.
pub const NUMBER: HeaderName = HeaderName::from_static("steadfast-request");

/// Header with the reason why the proxy got no response from its upstream; one of [`FAILURES`].
pub const FAILURE: HeaderName = HeaderName::from_static("steadfast-failure");

/// The values of the header [`FAILURE`], with the failures that they stand for.
const FAILURES: &[(&str, Failure)] =
    &[("connect", Failure::Connect), ("tls", Failure::Tls), ("broken", Failure::Broken)];

/// Returns the failure that the proxy reports in this response; `None` if the response comes from the
/// upstream.
pub fn failure(answer: &HeaderMap) -> Option<Failure> {
    let said = answer.get(FAILURE)?;
    let known = FAILURES.iter().find(|(word, _)| said == word)?;
    Some(known.1)
}

/// Returns the failure that a header value stands for.
pub fn failure_of(word: &str) -> Option<Failure> {
    let known = FAILURES.iter().find(|(known, _)| *known == word)?;
    Some(known.1)
}

/// The connections for which a TCP proxy could not reach its upstream, by the address of the client. The
/// client itself sees only that they broke. Shared by the proxy and its clients; an address stays until
/// it is used again.
#[derive(Debug, Clone, Default)]
pub struct Unreached(Arc<Mutex<HashSet<SocketAddr>>>);

impl Unreached {
    /// Records whether the upstream was reached for the connection of a client.
    pub fn enter(&self, client: SocketAddr, got_through: bool) {
        // A poisoned lock is safe to use: the set is consistent after every call.
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if got_through {
            known.remove(&client);
        } else {
            known.insert(client);
        }
    }

    /// Returns whether the upstream could not be reached for the connection of a client.
    pub fn holds(&self, client: SocketAddr) -> bool {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.contains(&client)
    }
}
