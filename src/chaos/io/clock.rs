//! The time of one run: durations since its start, as all that decides wants them.

use std::time::{Duration, Instant};

/// Time since a start that all who share the clock agree on.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    start: Instant,
}

/// A time that will not come while anybody waits for it.
const FAR: Duration = Duration::from_secs(1_000_000_000);

impl Clock {
    /// A clock that starts now.
    pub fn start() -> Self {
        Self { start: Instant::now() }
    }

    /// Time since the start.
    pub fn now(self) -> Duration {
        self.start.elapsed()
    }

    /// The moment at which so much will have passed; times beyond reach are far away.
    pub fn instant(self, at: Duration) -> Instant {
        self.start + at.min(FAR)
    }
}
