//! The open loop: requests are due by a schedule, whatever the target does.

use super::thread::Worker;
use super::under_way::UnderWay;
use crate::chaos::experiment::Saturation;
use crate::chaos::schedule::Schedule;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::sync::OwnedSemaphorePermit;
use tokio::task::coop::consume_budget;
use tokio::time::timeout_at;

/// Sends this thread's share of the schedule, until it is over or the thread ends: of n threads the k-th has the requests
/// k, k + n, k + 2n, and so on.
pub(super) async fn send(worker: &Rc<Worker>, schedule: &Schedule, under_way: &UnderWay) {
    let mut number = worker.index as u64;
    while let Some(due) = schedule.due(number) {
        worker.tally().all_begun_before(due);
        if !is_due(worker, due).await || !begin(worker, number, due, under_way).await {
            break;
        }
        number += worker.job.threads;
        // One that is late gives way to those under way now and then.
        consume_budget().await;
    }
    worker.tally().all_begun_before(Duration::MAX);
}

/// Waits until then; not if the thread has ended before.
async fn is_due(worker: &Worker, due: Duration) -> bool {
    if due < worker.ends.get() {
        tokio::select! {
            () = worker.sleep_until(due) => {}
            () = worker.ending.notified() => {}
        }
    }
    due < worker.ends.get()
}

/// Begins a request that is due, or gives it up. False if the load ends with that.
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

/// A place among those under way; `None` if there is none, or none in time.
async fn place(worker: &Worker, due: Duration) -> Option<OwnedSemaphorePermit> {
    let places = Arc::clone(&worker.job.places);
    let waits = worker.job.on_saturation == Saturation::Queue;
    let deadline = worker.deadline(due);
    if waits && deadline > tokio::time::Instant::now() {
        return timeout_at(deadline, places.acquire_owned()).await.ok()?.ok();
    }
    places.try_acquire_owned().ok().filter(|_| !waits)
}
