//! A fault that can be switched on and off, with its selection of targets and its statistics.

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

/// A fault with its state, shared by all threads.
#[derive(Debug)]
pub(super) struct Armed {
    pub id: FaultId,
    pub injection: Injection,
    selection: Mutex<Selection>,
    delays: Mutex<Delays>,
    /// Number of connections or requests that it has affected.
    hits: AtomicU64,
    on: AtomicBool,
    /// Wakes the tasks that it delays when it is switched off.
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

    /// Switches the fault on or off.
    pub fn turn(&self, on: bool) {
        self.on.store(on, Ordering::Relaxed);
        if !on {
            self.going.notify_waiters();
        }
    }

    pub fn is_on(&self) -> bool {
        self.on.load(Ordering::Relaxed)
    }

    /// Completes when the fault is switched off.
    pub fn going(&self) -> Notified<'_> {
        self.going.notified()
    }

    /// Decides whether the connection or request with this number is selected; if so, returns its random
    /// stream. It counts as a hit only when the fault has acted on it: see
    /// [`count_hit`](Self::count_hit).
    pub fn draw(&self, number: u64) -> Option<FastRng> {
        lock(&self.selection).hit(number)
    }

    /// Counts a hit: the fault has acted on something that was selected.
    pub fn count_hit(&self) {
        self.hits.fetch_add(1, Ordering::Relaxed);
    }

    /// Decides like [`draw`](Self::draw), and counts a hit at once if the connection is selected.
    pub fn hits(&self, number: u64) -> bool {
        let hit = self.draw(number).is_some();
        if hit {
            self.count_hit();
        }
        hit
    }

    /// Returns whether the fault refuses every connection, so that the proxy can stop listening.
    pub fn refuses_all(&self) -> bool {
        let Who { probability, every, first, .. } = self.injection.who;
        let Effect::Refuse(refusal) = self.injection.effect else {
            return false;
        };
        !refusal.resets && probability >= 1.0 && every <= 1 && first.is_none()
    }

    /// Returns whether the fault closes this connection, which is already open.
    pub fn closes(&self, connection: u64) -> bool {
        let Effect::Refuse(refusal) = self.injection.effect else {
            return false;
        };
        refusal.closes_standing && self.hits(connection)
    }

    /// Counts connections that were refused while the proxy was not listening.
    pub fn count_unseen(&self, refused: u64) {
        lock(&self.selection).count_unseen(refused);
        self.hits.fetch_add(refused, Ordering::Relaxed);
    }

    /// Records a requested delay and the delay that was delivered.
    pub fn record(&self, asked: Duration, delivered: Duration) {
        let mut delays = lock(&self.delays);
        delays.asked.record(asked);
        delays.delivered.record(delivered);
    }

    /// Returns the statistics so far.
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
