//! The closed loop: each worker sends its next request when the previous one has ended.

use super::worker::{UnderWay, Worker};
use std::rc::Rc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::task::coop::consume_budget;

/// Starts this thread's share of the workers. Of n threads, thread k has the workers k, k + n, k + 2n,
/// and so on.
pub(super) fn send(worker: &Rc<Worker>, workers: usize, under_way: &UnderWay) {
    // A request is due when it is sent, so no request that is still to come is due in the past.
    worker.tally().all_begun_before(Duration::MAX);
    for _ in (worker.index..workers).step_by(worker.job.threads) {
        let (worker, under_way) = (Rc::clone(worker), under_way.clone());
        tokio::task::spawn_local(async move {
            run_worker(&worker).await;
            drop(under_way);
        });
    }
}

async fn run_worker(worker: &Worker) {
    worker.sleep_until(Duration::ZERO).await;
    loop {
        let due = worker.job.now();
        if due >= worker.ends.get() {
            return;
        }
        let phase = worker.tally().begin(due);
        let number = worker.job.next.fetch_add(1, Ordering::Relaxed);
        worker.carry_out(number, due, phase).await;
        consume_budget().await;
    }
}
