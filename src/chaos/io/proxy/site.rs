//! The state of one proxy, which its listener, its connections and the switching of its faults share.

use super::armed::Armed;
use super::http::Outlet;
use super::listener::Listener;
use super::lock;
use crate::chaos::experiment::Proxy;
use crate::chaos::fault::Effect;
use crate::chaos::io::marks::Unreached;
use crate::chaos::io::resolve::Host;
use crate::chaos::link::FaultId;
use crate::chaos::observation::Failure;
use std::collections::BTreeMap;
use std::fmt::Display;
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
    pub http: Option<Outlet>,
    pub unreached: Unreached,
    /// For each kind of failure, the first error message about the upstream.
    reasons: Mutex<BTreeMap<Failure, String>>,
    counts_attempts: bool,
    on: Mutex<Vec<Arc<Armed>>>,
    connections: AtomicU64,
    requests: AtomicU64,
}

impl ProxyState {
    pub fn new(id: ProxyId, proxy: &Proxy, listener: Listener, upstream: Host, http: Option<Outlet>) -> Self {
        Self {
            id,
            listener,
            upstream,
            http,
            unreached: Unreached::default(),
            reasons: Mutex::default(),
            counts_attempts: proxy.counts_attempts(),
            on: Mutex::default(),
            connections: AtomicU64::new(0),
            requests: AtomicU64::new(0),
        }
    }

    /// Records an error message about the upstream, unless there is one for this kind of failure.
    pub fn failed(&self, failure: Failure, why: &impl Display) {
        lock(&self.reasons).entry(failure).or_insert_with(|| why.to_string());
    }

    /// Returns, for each kind of failure, the first error message about the upstream.
    pub fn reasons(&self) -> BTreeMap<Failure, String> {
        lock(&self.reasons).clone()
    }

    /// Returns the faults that are on.
    pub fn faults(&self) -> Vec<Arc<Armed>> {
        lock(&self.on).clone()
    }

    /// Switches a fault on. Returns whether it was off before.
    pub fn put(&self, fault: &Arc<Armed>) -> bool {
        let mut on = lock(&self.on);
        let new = on.iter().all(|other| other.id != fault.id);
        if new {
            fault.turn(true);
            on.push(Arc::clone(fault));
        }
        new
    }

    /// Switches a fault off. Returns whether it was on before.
    pub fn take(&self, fault: FaultId) -> bool {
        let mut on = lock(&self.on);
        let place = on.iter().position(|other| other.id == fault);
        let taken = place.map(|place| on.remove(place));
        taken.inspect(|fault| fault.turn(false)).is_some()
    }

    /// Returns whether a fault that is on refuses every connection.
    pub fn refuses_all(&self) -> bool {
        lock(&self.on).iter().any(|fault| fault.refuses_all())
    }

    /// Returns whether a fault that is on refuses this connection.
    pub fn turns_away(&self, connection: u64) -> bool {
        let on = lock(&self.on);
        let refusing = on.iter().filter(|fault| matches!(fault.injection.effect, Effect::Refuse(_)));
        // No short circuit: each fault must count the connections that it considered.
        refusing.filter(|fault| fault.hits(connection)).count() > 0
    }

    /// Counts a connection, and returns its number.
    pub fn count_connection(&self) -> u64 {
        self.connections.fetch_add(1, Ordering::Relaxed)
    }

    /// Counts a request, and returns its number.
    pub fn count_request(&self) -> u64 {
        self.requests.fetch_add(1, Ordering::Relaxed)
    }

    /// Returns the number of requests so far, if they are requests of the target to a dependency.
    pub fn attempts(&self) -> Option<u64> {
        self.counts_attempts.then(|| self.requests.load(Ordering::Relaxed))
    }
}
