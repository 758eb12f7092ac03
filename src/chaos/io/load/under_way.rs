//! Waiting until all that is under way on a thread has ended.

use tokio::sync::mpsc;

/// Held by what is under way.
#[derive(Debug, Clone)]
pub(super) struct UnderWay {
    _held: mpsc::Sender<()>,
}

/// Waits for all who hold.
pub(super) struct Ended {
    held: mpsc::Receiver<()>,
}

/// Something to hold, and something to wait with.
pub(super) fn watch() -> (UnderWay, Ended) {
    let (held, receiver) = mpsc::channel(1);
    (UnderWay { _held: held }, Ended { held: receiver })
}

impl Ended {
    /// Waits until no one holds any more.
    pub async fn wait(mut self) {
        // Nothing is ever sent: it ends when the last sender is dropped.
        let _ = self.held.recv().await;
    }
}
