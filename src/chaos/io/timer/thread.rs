//! The alarm on systems other than Linux: a thread that waits for the deadline and then notifies a task.

use std::io;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Instant;
use tokio::sync::Notify;

/// Fires once, at the deadline that was set last.
#[derive(Debug)]
pub(super) struct Alarm {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    setting: Mutex<Setting>,
    changed: Condvar,
    bell: Notify,
}

#[derive(Debug, Default)]
struct Setting {
    at: Option<Instant>,
    stopped: bool,
}

impl Alarm {
    pub(super) fn new() -> io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let thread = Arc::clone(&shared);
        std::thread::Builder::new().name("timer".to_owned()).spawn(move || thread.wait())?;
        Ok(Self { shared })
    }

    #[expect(clippy::unnecessary_wraps, reason = "the alarm on Linux can fail")]
    pub(super) fn set(&self, at: Instant) -> io::Result<()> {
        self.shared.setting(|setting| setting.at = Some(at));
        Ok(())
    }

    pub(super) async fn rings(&self) -> io::Result<()> {
        self.shared.bell.notified().await;
        Ok(())
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        self.shared.setting(|setting| setting.stopped = true);
    }
}

impl Shared {
    fn setting(&self, change: impl FnOnce(&mut Setting)) {
        change(&mut self.setting.lock().unwrap_or_else(PoisonError::into_inner));
        self.changed.notify_one();
    }

    fn wait(&self) {
        let mut setting = self.setting.lock().unwrap_or_else(PoisonError::into_inner);
        // A spurious wake-up does no harm: each turn computes the remaining time anew.
        while !setting.stopped {
            let left = setting.at.map(|at| at.saturating_duration_since(Instant::now()));
            setting = match left {
                None => self.changed.wait(setting).unwrap_or_else(PoisonError::into_inner),
                Some(left) if left.is_zero() => {
                    setting.at = None;
                    self.bell.notify_one();
                    setting
                }
                Some(left) => {
                    let waited = self.changed.wait_timeout(setting, left);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
    }
}
