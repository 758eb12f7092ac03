//! Workers with a first-come, first-served queue in front of them; each request occupies a worker for
//! its service time.

use crate::chaos::io::timer::Timer;
use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The workers and their queue.
#[derive(Debug)]
pub(super) struct Workers {
    free: Semaphore,
    /// The places with a worker or in the queue.
    places: Arc<Semaphore>,
    stalled_until: Cell<Instant>,
    timer: Rc<Timer>,
}

impl Workers {
    pub(super) fn new(workers: usize, queue_max: usize, timer: Rc<Timer>) -> Self {
        let semaphore = |permits: usize| Semaphore::new(permits.min(Semaphore::MAX_PERMITS));
        Self {
            free: semaphore(workers),
            places: Arc::new(semaphore(workers.saturating_add(queue_max))),
            stalled_until: Cell::new(Instant::now()),
            timer,
        }
    }

    /// Returns a place for a request, which is free again when it is dropped, or `None` if the queue is
    /// full.
    pub(super) fn enter(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.places).try_acquire_owned().ok()
    }

    /// Waits for a free worker, then for the service time that `work` returns; `work` is called when
    /// service begins.
    pub(super) async fn work(&self, _place: OwnedSemaphorePermit, work: impl FnOnce() -> Duration) {
        // The semaphore is never closed, so this cannot fail.
        let _worker = self.free.acquire().await;
        self.stall_over().await;
        self.timer.sleep_until(Instant::now() + work()).await;
        self.stall_over().await;
    }

    /// Stalls the workers: no service begins or ends for this long.
    pub(super) fn stall(&self, lasts: Duration) {
        self.stalled_until.set(Instant::now() + lasts);
    }

    /// Waits until no stall is on. The loop covers a stall that begins during the wait.
    async fn stall_over(&self) {
        while self.stalled_until.get() > Instant::now() {
            self.timer.sleep_until(self.stalled_until.get()).await;
        }
    }
}
