//! Ctrl-C and SIGTERM: the first asks a long run to stop and say what it knows, a second one ends the process at once. What is not
//! such a run ends at the first.

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

/// Listens for signals that ask the process to end.
pub(super) struct Signals {
    /// Whether the next signal ends the process at once.
    at_once: Arc<AtomicBool>,
    /// The signal that came, or 0.
    came: Arc<AtomicUsize>,
}

/// Who waits for a signal looks so often whether it came.
const LOOK: Duration = Duration::from_millis(20);

impl Signals {
    /// Begins to listen.
    pub fn listen() -> io::Result<Self> {
        let signals = Self { at_once: Arc::new(AtomicBool::new(true)), came: Arc::new(AtomicUsize::new(0)) };
        for signal in [SIGINT, SIGTERM] {
            // In this order: the first one looks at what earlier signals left behind.
            flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(&signals.at_once))?;
            flag::register(signal, Arc::clone(&signals.at_once))?;
            flag::register_usize(signal, Arc::clone(&signals.came), signal as usize)?;
        }
        Ok(signals)
    }

    /// Does work that looks at [`Signals::came`] and stops by itself.
    pub fn during<T>(&self, work: impl FnOnce() -> T) -> T {
        let before = self.at_once.swap(self.came().is_some(), Ordering::SeqCst);
        let done = work();
        self.at_once.store(before || self.came().is_some(), Ordering::SeqCst);
        done
    }

    /// Waits for the first signal.
    pub fn wait(&self) {
        self.during(|| {
            while self.came().is_none() {
                std::thread::sleep(LOOK);
            }
        });
    }

    /// The signal that came.
    pub fn came(&self) -> Option<u8> {
        let signal = self.came.load(Ordering::SeqCst);
        (signal > 0).then_some(signal as u8)
    }
}
