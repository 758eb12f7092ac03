//! The alarm of other systems: a thread that waits, and a bell that it rings.

use std::io;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Instant;
use tokio::sync::Notify;

/// Rings once at the moment that was set last.
#[derive(Debug)]
pub(super) struct Alarm {
    waiting: Arc<Waiting>,
}

#[derive(Debug, Default)]
struct Waiting {
    wish: Mutex<Wish>,
    changed: Condvar,
    bell: Notify,
}

#[derive(Debug, Default)]
struct Wish {
    at: Option<Instant>,
    over: bool,
}

impl Alarm {
    pub(super) fn new() -> io::Result<Self> {
        let waiting = Arc::new(Waiting::default());
        let thread = Arc::clone(&waiting);
        std::thread::Builder::new().name("timer".to_owned()).spawn(move || thread.wait())?;
        Ok(Self { waiting })
    }

    #[expect(clippy::unnecessary_wraps, reason = "a timer of the system can refuse")]
    pub(super) fn set(&self, at: Instant) -> io::Result<()> {
        self.waiting.wish(|wish| wish.at = Some(at));
        Ok(())
    }

    pub(super) async fn rings(&self) -> io::Result<()> {
        self.waiting.bell.notified().await;
        Ok(())
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        self.waiting.wish(|wish| wish.over = true);
    }
}

impl Waiting {
    fn wish(&self, change: impl FnOnce(&mut Wish)) {
        change(&mut self.wish.lock().unwrap_or_else(PoisonError::into_inner));
        self.changed.notify_one();
    }

    fn wait(&self) {
        let mut wish = self.wish.lock().unwrap_or_else(PoisonError::into_inner);
        while !wish.over {
            let left = wish.at.map(|at| at.saturating_duration_since(Instant::now()));
            wish = match left {
                None => self.changed.wait(wish).unwrap_or_else(PoisonError::into_inner),
                Some(left) if left.is_zero() => {
                    wish.at = None;
                    self.bell.notify_one();
                    wish
                }
                Some(left) => {
                    let waited = self.changed.wait_timeout(wish, left);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
    }
}
