//! The open loop: requests are due by a schedule, however slow the target is.

use super::worker::{UnderWay, Worker};
use crate::chaos::experiment::Saturation;
use crate::chaos::schedule::Schedule;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::sync::OwnedSemaphorePermit;
use tokio::task::coop::consume_budget;
use tokio::time::timeout_at;

/// Sends this thread's share of the schedule, until the schedule or the thread ends. Of n threads,
/// thread k has the requests k, k + n, k + 2n, and so on.
pub(super) async fn send(worker: &Rc<Worker>, schedule: &Schedule, under_way: &UnderWay) {
    let mut number = worker.index as u64;
    while let Some(due) = schedule.due(number) {
        worker.tally().all_begun_before(due);
        if !is_due(worker, due).await || !begin(worker, number, due, under_way).await {
            break;
        }
        number += worker.job.threads as u64;
        // When sending is behind schedule, nothing above waits: yield to the requests under way now and then.
        consume_budget().await;
    }
    worker.tally().all_begun_before(Duration::MAX);
}

/// Waits until `due`. Returns false if the thread ends before.
async fn is_due(worker: &Worker, due: Duration) -> bool {
    if due < worker.ends.get() {
        tokio::select! {
            () = worker.sleep_until(due) => {}
            () = worker.ending.notified() => {}
        }
    }
    due < worker.ends.get()
}

/// Starts a request that is due, or gives it up if too many are under way. Returns false if that ends
/// the load.
async fn begin(worker: &Rc<Worker>, number: u64, due: Duration, under_way: &UnderWay) -> bool {
    let Some(place) = place(worker, due).await else {
        worker.give_up(due);
        let aborts = worker.job.on_saturation == Saturation::Abort;
        worker.job.saturated.fetch_or(aborts, Ordering::Relaxed);
        return !aborts;
    };
    let phase = worker.tally().begin(due);
    let (worker, under_way) = (Rc::clone(worker), under_way.clone());
    tokio::task::spawn_local(async move {
        worker.carry_out(number, due, phase).await;
        drop((place, under_way));
    });
    true
}

/// Returns a permit to send a request. Returns `None` if none is free or, with [`Saturation::Queue`], if
/// none becomes free before the deadline.
async fn place(worker: &Worker, due: Duration) -> Option<OwnedSemaphorePermit> {
    let places = Arc::clone(&worker.job.places);
    let waits = worker.job.on_saturation == Saturation::Queue;
    let deadline = worker.deadline(due);
    if waits && deadline > tokio::time::Instant::now() {
        return timeout_at(deadline, places.acquire_owned()).await.ok()?.ok();
    }
    // If the load queues requests, the deadline of this one has already passed.
    places.try_acquire_owned().ok().filter(|_| !waits)
}
