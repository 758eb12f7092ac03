//! A fault that can be switched on: who it hits, and what it did.

use super::lock;
use crate::base::random::FastRng;
use crate::chaos::experiment::{Injection, Who};
use crate::chaos::fault::Effect;
use crate::chaos::latencies::Latencies;
use crate::chaos::link::FaultId;
use crate::chaos::observation::FaultSeen;
use crate::chaos::selection::Selection;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::sync::futures::Notified;

/// A fault with its memory, shared by all threads.
#[derive(Debug)]
pub(super) struct Armed {
    pub id: FaultId,
    pub injection: Injection,
    selection: Mutex<Selection>,
    delays: Mutex<Delays>,
    /// The connections or requests to which it has done something.
    hits: AtomicU64,
    on: AtomicBool,
    /// Wakes those whom it holds back when it goes.
    going: Notify,
}

#[derive(Debug, Default)]
struct Delays {
    asked: Latencies,
    delivered: Latencies,
}

impl Armed {
    pub fn new(id: FaultId, injection: Injection, seed: u64) -> Self {
        let selection = Selection::new(injection.who.clone(), seed, id);
        Self {
            id,
            injection,
            selection: Mutex::new(selection),
            delays: Mutex::default(),
            hits: AtomicU64::new(0),
            on: AtomicBool::new(false),
            going: Notify::new(),
        }
    }

    /// It comes on, or goes.
    pub fn turn(&self, on: bool) {
        self.on.store(on, Ordering::Relaxed);
        if !on {
            self.going.notify_waiters();
        }
    }

    pub fn is_on(&self) -> bool {
        self.on.load(Ordering::Relaxed)
    }

    /// Completes when it goes.
    pub fn going(&self) -> Notified<'_> {
        self.going.notified()
    }

    /// Whether the connection or request of this number is to be hit; its own chance comes with that. It is a hit when something has
    /// been done: see [`count_hit`](Self::count_hit).
    pub fn draw(&self, number: u64) -> Option<FastRng> {
        lock(&self.selection).hit(number)
    }

    /// It has done something to what was drawn.
    pub fn count_hit(&self) {
        self.hits.fetch_add(1, Ordering::Relaxed);
    }

    /// Draws, where that is enough to be hit.
    pub fn hits(&self, number: u64) -> bool {
        let hit = self.draw(number).is_some();
        if hit {
            self.count_hit();
        }
        hit
    }

    /// Whether nobody at all gets through: then nobody needs to listen.
    pub fn refuses_all(&self) -> bool {
        let Who { probability, every, first, .. } = self.injection.who;
        let Effect::Refuse(refusal) = self.injection.effect else {
            return false;
        };
        !refusal.resets && probability >= 1.0 && every <= 1 && first.is_none()
    }

    /// Whether it closes this connection, which stands already.
    pub fn closes(&self, connection: u64) -> bool {
        let Effect::Refuse(refusal) = self.injection.effect else {
            return false;
        };
        refusal.closes_standing && self.hits(connection)
    }

    /// So many were turned away where it could not see them.
    pub fn count_unseen(&self, refused: u64) {
        lock(&self.selection).count_unseen(refused);
        self.hits.fetch_add(refused, Ordering::Relaxed);
    }

    pub fn record(&self, asked: Duration, delivered: Duration) {
        let mut delays = lock(&self.delays);
        delays.asked.record(asked);
        delays.delivered.record(delivered);
    }

    pub fn seen(&self) -> FaultSeen {
        let selection = lock(&self.selection);
        let delays = lock(&self.delays);
        FaultSeen {
            considered: selection.considered(),
            hits: self.hits.load(Ordering::Relaxed),
            asked: delays.asked.clone(),
            delivered: delays.delivered.clone(),
        }
    }
}
