//! One proxy, as its listener, its connections and those who switch its faults share it.

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

/// Tells the proxies of a server apart.
pub(super) type ProxyId = u32;

/// One proxy.
#[derive(Debug)]
pub(super) struct ProxyState {
    pub id: ProxyId,
    pub listener: Listener,
    pub upstream: Host,
    /// How requests are passed on, if it understands HTTP.
    pub http: Option<Outlet>,
    pub unreached: Unreached,
    /// Why the upstream could not be asked, in the words of the first time.
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

    /// Enters why the upstream could not be asked.
    pub fn failed(&self, failure: Failure, why: &impl Display) {
        lock(&self.reasons).entry(failure).or_insert_with(|| why.to_string());
    }

    /// Why the upstream could not be asked.
    pub fn reasons(&self) -> BTreeMap<Failure, String> {
        lock(&self.reasons).clone()
    }

    /// The faults that are on.
    pub fn faults(&self) -> Vec<Arc<Armed>> {
        lock(&self.on).clone()
    }

    /// Puts a fault among those that are on. Whether it was not there.
    pub fn put(&self, fault: &Arc<Armed>) -> bool {
        let mut on = lock(&self.on);
        let new = on.iter().all(|other| other.id != fault.id);
        if new {
            fault.turn(true);
            on.push(Arc::clone(fault));
        }
        new
    }

    /// Takes a fault from among those that are on. Whether it was there.
    pub fn take(&self, fault: FaultId) -> bool {
        let mut on = lock(&self.on);
        let place = on.iter().position(|other| other.id == fault);
        let taken = place.map(|place| on.remove(place));
        taken.inspect(|fault| fault.turn(false)).is_some()
    }

    /// Whether a fault that is on refuses everybody.
    pub fn refuses_all(&self) -> bool {
        lock(&self.on).iter().any(|fault| fault.refuses_all())
    }

    /// Whether a fault that is on turns this connection away.
    pub fn turns_away(&self, connection: u64) -> bool {
        let on = lock(&self.on);
        let refusing = on.iter().filter(|fault| matches!(fault.injection.effect, Effect::Refuse(_)));
        // All of them are asked, so that each counts what it could have hit.
        refusing.filter(|fault| fault.hits(connection)).count() > 0
    }

    /// The number of the next connection.
    pub fn count_connection(&self) -> u64 {
        self.connections.fetch_add(1, Ordering::Relaxed)
    }

    /// The number of the next request.
    pub fn count_request(&self) -> u64 {
        self.requests.fetch_add(1, Ordering::Relaxed)
    }

    /// Requests that came, if they tell how often the target asks a dependency.
    pub fn attempts(&self) -> Option<u64> {
        self.counts_attempts.then(|| self.requests.load(Ordering::Relaxed))
    }
}
