//! The generator watches itself: a thread that comes round late says nothing of the target in that time.

use super::thread::Worker;
use std::rc::Rc;
use std::time::Duration;

/// How often a thread shows that it is alive.
const EVERY: Duration = Duration::from_millis(10);

/// A thread that comes round so much later has stalled, unless a twentieth of a window is longer.
const TOLERATED: Duration = Duration::from_millis(20);

/// Goes on until the thread ends.
pub(super) async fn watch(worker: Rc<Worker>) {
    let tolerated = TOLERATED.max(worker.job.window / 20);
    loop {
        let due = worker.job.now() + EVERY;
        worker.sleep_until(due).await;
        let at = worker.job.now();
        worker.tally().heartbeat(due, at, tolerated);
    }
}
