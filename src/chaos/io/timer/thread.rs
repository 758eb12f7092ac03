//! The alarm on systems other than Linux: a thread that waits for the deadline and then notifies a task.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Instant;
use tokio::sync::Notify;

/// Fires once, at the deadline that was set last.
#[derive(Debug)]
pub(super) struct Alarm {
    /// Dropped to end the thread.
    deadlines: Sender<Instant>,
    bell: Arc<Notify>,
}

impl Alarm {
    pub(super) fn new() -> io::Result<Self> {
        let (deadlines, set) = channel();
        let bell = Arc::new(Notify::new());
        let rung = Arc::clone(&bell);
        std::thread::Builder::new().name("timer".to_owned()).spawn(move || ring(&set, &rung))?;
        Ok(Self { deadlines, bell })
    }

    pub(super) fn set(&self, at: Instant) -> io::Result<()> {
        self.deadlines.send(at).map_err(io::Error::other)
    }

    pub(super) async fn rings(&self) -> io::Result<()> {
        self.bell.notified().await;
        Ok(())
    }
}

/// Rings at each deadline, unless another one is set before.
fn ring(set: &Receiver<Instant>, bell: &Notify) {
    let mut next = set.recv().ok();
    while let Some(at) = next {
        next = match set.recv_timeout(at.saturating_duration_since(Instant::now())) {
            Ok(later) => Some(later),
            Err(RecvTimeoutError::Disconnected) => None,
            Err(RecvTimeoutError::Timeout) => {
                bell.notify_one();
                set.recv().ok()
            }
        };
    }
}
