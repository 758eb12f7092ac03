//! Ctrl-C and SIGTERM: the first signal asks a long run to stop and report its results so far, a second
//! one ends the process at once. Outside such a run the first signal ends the process.

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

/// Handlers of the signals that ask the process to end.
pub(super) struct Signals {
    /// Whether the next signal ends the process at once.
    at_once: Arc<AtomicBool>,
    /// The signal that arrived, or 0.
    came: Arc<AtomicUsize>,
}

/// Interval at which [`Signals::wait`] checks for a signal.
const LOOK: Duration = Duration::from_millis(20);

impl Signals {
    /// Installs the handlers.
    pub(super) fn listen() -> io::Result<Self> {
        let signals = Self { at_once: Arc::new(AtomicBool::new(true)), came: Arc::new(AtomicUsize::new(0)) };
        for signal in [SIGINT, SIGTERM] {
            // Handlers run in this order: the shutdown sees the flag as it was before this signal set it.
            flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(&signals.at_once))?;
            flag::register(signal, Arc::clone(&signals.at_once))?;
            flag::register_usize(signal, Arc::clone(&signals.came), signal as usize)?;
        }
        Ok(signals)
    }

    /// Runs work that polls [`Signals::came`] and stops by itself: meanwhile the first signal does not
    /// end the process.
    pub(super) fn during<T>(&self, work: impl FnOnce() -> T) -> T {
        let before = self.at_once.swap(self.came().is_some(), Ordering::SeqCst);
        let done = work();
        self.at_once.store(before || self.came().is_some(), Ordering::SeqCst);
        done
    }

    /// Waits for the first signal.
    pub(super) fn wait(&self) {
        self.during(|| {
            while self.came().is_none() {
                std::thread::sleep(LOOK);
            }
        });
    }

    /// Returns the signal that arrived, if any.
    pub(super) fn came(&self) -> Option<u8> {
        let signal = self.came.load(Ordering::SeqCst);
        (signal > 0).then_some(signal as u8)
    }
}
