//! Waits until everything under way on a thread has ended.

use tokio::sync::mpsc;

/// A token that each task under way holds.
#[derive(Debug, Clone)]
pub(super) struct UnderWay {
    _held: mpsc::Sender<()>,
}

/// Waits for all tokens to be dropped.
pub(super) struct Ended {
    held: mpsc::Receiver<()>,
}

/// Returns a token to clone, and the means to wait for all its clones.
pub(super) fn watch() -> (UnderWay, Ended) {
    let (held, receiver) = mpsc::channel(1);
    (UnderWay { _held: held }, Ended { held: receiver })
}

impl Ended {
    /// Waits until the last token is dropped.
    pub async fn wait(mut self) {
        // Nothing is ever sent: `recv` returns when the last sender is dropped.
        let _ = self.held.recv().await;
    }
}
