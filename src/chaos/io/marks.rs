//! What the load and its proxy tell each other: in headers where the proxy understands HTTP, else of whole connections.

use crate::chaos::observation::Failure;
use hyper::HeaderMap;
use hyper::header::HeaderName;
use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

/// The number of a request, for the proxy that it passes first.
pub const NUMBER: HeaderName = HeaderName::from_static("steadfast-request");

/// Why there is no answer from behind the proxy; one of [`FAILURES`].
pub const FAILURE: HeaderName = HeaderName::from_static("steadfast-failure");

/// The words for it.
const FAILURES: &[(&str, Failure)] =
    &[("connect", Failure::Connect), ("tls", Failure::Tls), ("broken", Failure::Broken)];

/// How a request failed behind the proxy whose answer this is; `None` if it is an answer from there.
pub fn failure(answer: &HeaderMap) -> Option<Failure> {
    let said = answer.get(FAILURE)?;
    let known = FAILURES.iter().find(|(word, _)| said == word)?;
    Some(known.1)
}

/// The way to fail that a word stands for.
pub fn failure_of(word: &str) -> Option<Failure> {
    let known = FAILURES.iter().find(|(known, _)| *known == word)?;
    Some(known.1)
}

/// Connections behind which a proxy of bytes found nobody, by the address of the client: all that the client sees is that they broke.
/// Shared by the proxy and its clients; an address stands here until it is used again.
#[derive(Debug, Clone, Default)]
pub struct Unreached(Arc<Mutex<HashSet<SocketAddr>>>);

impl Unreached {
    /// Enters whether the connection of a client got through.
    pub fn enter(&self, client: SocketAddr, got_through: bool) {
        // Whole after every call, so that a thread that panicked spoils nothing.
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if got_through {
            known.remove(&client);
        } else {
            known.insert(client);
        }
    }

    /// Whether nobody was found behind the connection of a client.
    pub fn holds(&self, client: SocketAddr) -> bool {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.contains(&client)
    }
}
