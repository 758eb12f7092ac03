//! A fault that can be switched on and off, with its selection of targets and its statistics.

use crate::base::random::FastRng;
use crate::base::workers::lock;
use crate::chaos::experiment::{Injection, Who};
use crate::chaos::fault::{Effect, Refusal};
use crate::chaos::io::timer::Sleep;
use crate::chaos::link::FaultId;
use crate::chaos::observation::FaultSeen;
use crate::chaos::selection::Selection;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::Notify;

/// A fault with its state, shared by all threads.
#[derive(Debug)]
pub(super) struct Armed {
    pub id: FaultId,
    pub injection: Injection,
    selection: Mutex<Selection>,
    /// Its statistics, except the number of connections or requests considered, which `selection` counts.
    seen: Mutex<FaultSeen>,
    on: AtomicBool,
    /// Wakes the tasks that it delays when it is switched off.
    going: Notify,
}

impl Armed {
    pub(super) fn new(id: FaultId, injection: Injection, seed: u64) -> Self {
        let selection = Selection::new(injection.who.clone(), seed, id);
        Self {
            id,
            injection,
            selection: Mutex::new(selection),
            seen: Mutex::default(),
            on: AtomicBool::new(false),
            going: Notify::new(),
        }
    }

    /// Switches the fault on or off.
    pub(super) fn turn(&self, on: bool) {
        self.on.store(on, Ordering::Relaxed);
        if !on {
            self.going.notify_waiters();
        }
    }

    pub(super) fn is_on(&self) -> bool {
        self.on.load(Ordering::Relaxed)
    }

    /// Waits until `sleep` ends, but only while the fault is on.
    pub(super) async fn hold(&self, sleep: Sleep) {
        // Created before the check: a switch-off between the check and the wait is not missed.
        let going = self.going.notified();
        if self.is_on() {
            tokio::select! {
                biased;
                () = going => {}
                () = sleep => {}
            }
        }
    }

    /// Decides whether the connection or request with this number is selected; if so, returns its random
    /// stream. It counts as a hit only when the fault has acted on it: see
    /// [`count_hit`](Self::count_hit).
    pub(super) fn draw(&self, number: u64) -> Option<FastRng> {
        lock(&self.selection).hit(number)
    }

    /// Counts a hit: the fault has acted on something that was selected.
    pub(super) fn count_hit(&self) {
        lock(&self.seen).hits += 1;
    }

    /// Decides like [`draw`](Self::draw), and counts a hit at once if the connection is selected.
    pub(super) fn hits(&self, number: u64) -> bool {
        let hit = self.draw(number).is_some();
        if hit {
            self.count_hit();
        }
        hit
    }

    /// Returns how the fault refuses connections, if it does.
    pub(super) fn refusal(&self) -> Option<Refusal> {
        match self.injection.effect {
            Effect::Refuse(refusal) => Some(refusal),
            _ => None,
        }
    }

    /// Returns whether the fault refuses every connection, so that the proxy can stop listening.
    pub(super) fn refuses_all(&self) -> bool {
        let Who { probability, every, first, .. } = self.injection.who;
        let stops_listening = self.refusal().is_some_and(|refusal| !refusal.resets);
        stops_listening && probability >= 1.0 && every <= 1 && first.is_none()
    }

    /// Returns whether the fault closes this connection, which is already open.
    pub(super) fn closes(&self, connection: u64) -> bool {
        self.refusal().is_some_and(|refusal| refusal.closes_standing) && self.hits(connection)
    }

    /// Records a requested delay and the delay that was delivered.
    pub(super) fn record(&self, asked: Duration, delivered: Duration) {
        let mut seen = lock(&self.seen);
        seen.asked.record(asked);
        seen.delivered.record(delivered);
    }

    /// Returns the statistics so far, with connections that it refused while the proxy was not listening.
    pub(super) fn seen(&self, refused: u64) -> FaultSeen {
        let considered = lock(&self.selection).considered() + refused;
        let seen = lock(&self.seen).clone();
        FaultSeen { considered, hits: seen.hits + refused, ..seen }
    }
}
