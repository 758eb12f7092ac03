//! The clock of one run. It measures durations since the start, the form in which the deciding code
//! takes times.

use std::time::{Duration, Instant};

/// A clock whose copies share one start.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock {
    start: Instant,
}

/// About 32 years: longer than any wait, and short enough to be added to an `Instant` without overflow.
const FAR: Duration = Duration::from_secs(1_000_000_000);

impl Clock {
    /// Starts a clock now.
    pub(crate) fn start() -> Self {
        Self { start: Instant::now() }
    }

    /// Returns the time since the start.
    pub(crate) fn now(self) -> Duration {
        self.start.elapsed()
    }

    /// Returns the instant `at` after the start. Durations above 32 years are cut to that.
    pub(crate) fn instant(self, at: Duration) -> Instant {
        self.start + at.min(FAR)
    }
}
