//! The state of one proxy, which its listener, its connections and the switching of its faults share.

use super::armed::Armed;
use super::http::outlet::Outlet;
use super::listener::Listener;
use crate::base::workers::lock;
use crate::chaos::experiment::Proxy;
use crate::chaos::io::marks::Unreached;
use crate::chaos::io::reasons::Reasons;
use crate::chaos::io::resolve::Host;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

/// Identifies a proxy of a server.
pub(super) type ProxyId = u32;

/// The state of one proxy.
#[derive(Debug)]
pub(super) struct ProxyState {
    pub id: ProxyId,
    pub listener: Listener,
    pub upstream: Host,
    /// The settings for forwarding requests; `None` for a TCP proxy.
    pub http: Option<Arc<Outlet>>,
    pub unreached: Unreached,
    /// Error messages about the upstream.
    pub reasons: Reasons,
    /// Times that a connection could not be accepted for want of a descriptor.
    pub exhausted: AtomicU64,
    counts_attempts: bool,
    on: Mutex<Vec<Arc<Armed>>>,
    connections: AtomicU64,
    requests: AtomicU64,
}

impl ProxyState {
    pub(super) fn new(
        id: ProxyId,
        proxy: &Proxy,
        listener: Listener,
        upstream: Host,
        http: Option<Outlet>,
    ) -> Self {
        Self {
            id,
            listener,
            upstream,
            http: http.map(Arc::new),
            unreached: Unreached::default(),
            reasons: Reasons::default(),
            exhausted: AtomicU64::new(0),
            counts_attempts: proxy.counts_attempts(),
            on: Mutex::default(),
            connections: AtomicU64::new(0),
            requests: AtomicU64::new(0),
        }
    }

    /// Returns the faults that are on.
    pub(super) fn faults(&self) -> Vec<Arc<Armed>> {
        lock(&self.on).clone()
    }

    /// Switches a fault on or off. Returns whether that changes anything.
    pub(super) fn switch(&self, fault: &Arc<Armed>, on: bool) -> bool {
        let mut faults = lock(&self.on);
        let place = faults.iter().position(|other| other.id == fault.id);
        match (place, on) {
            (None, true) => faults.push(Arc::clone(fault)),
            (Some(place), false) => drop(faults.remove(place)),
            _ => return false,
        }
        fault.turn(on);
        true
    }

    /// Returns whether a fault that is on refuses every connection.
    pub(super) fn refuses_all(&self) -> bool {
        lock(&self.on).iter().any(|fault| fault.refuses_all())
    }

    /// Returns whether a fault that is on refuses this connection.
    pub(super) fn turns_away(&self, connection: u64) -> bool {
        let on = lock(&self.on);
        let refusing = on.iter().filter(|fault| fault.refusal().is_some());
        // No short circuit: each fault must count the connections that it considered.
        refusing.filter(|fault| fault.hits(connection)).count() > 0
    }

    /// Counts a connection, and returns its number.
    pub(super) fn count_connection(&self) -> u64 {
        self.connections.fetch_add(1, Ordering::Relaxed)
    }

    /// Counts a request, and returns its number.
    pub(super) fn count_request(&self) -> u64 {
        self.requests.fetch_add(1, Ordering::Relaxed)
    }

    /// Returns the number of requests so far, if they are requests of the target to a dependency.
    pub(super) fn attempts(&self) -> Option<u64> {
        self.counts_attempts.then(|| self.requests.load(Ordering::Relaxed))
    }
}
