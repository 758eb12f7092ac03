//! Self-monitoring of the load generator: a thread that wakes up late has not observed the target in the
//! meantime.

use super::worker::Worker;
use std::rc::Rc;
use std::time::Duration;

/// Interval between the heartbeats of a thread.
const INTERVAL: Duration = Duration::from_millis(10);

/// Lateness of a heartbeat beyond which the thread has stalled; at least a twentieth of a window.
const TOLERANCE: Duration = Duration::from_millis(20);

/// Records heartbeats until the thread ends.
pub(super) async fn watch(worker: Rc<Worker>) {
    let tolerated = TOLERANCE.max(worker.job.window / 20);
    loop {
        let due = worker.job.now() + INTERVAL;
        worker.sleep_until(due).await;
        let at = worker.job.now();
        worker.tally().heartbeat(due, at, tolerated);
    }
}
