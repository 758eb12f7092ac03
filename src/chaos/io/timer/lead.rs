//! Being awake in time: a core that slept needs a moment to come round, and an alarm that allows for it rings so much earlier.

use std::cell::Cell;
use std::time::{Duration, Instant};

/// How much earlier than needed the alarm rings. It follows what the system does: four alarms of five come in time.
#[derive(Debug)]
pub(super) struct Lead(Cell<Duration>);

const AT_FIRST: Duration = Duration::from_micros(100);

/// A system that takes longer is a busy one, which waiting in advance would make busier.
const MOST: Duration = Duration::from_micros(250);

/// After an alarm that was too late the lead grows by four of these, after one in time it shrinks by one.
const STEP: Duration = Duration::from_micros(1);

impl Lead {
    pub fn new() -> Self {
        Self(Cell::new(AT_FIRST))
    }

    /// When the alarm is to ring for a moment.
    pub fn before(&self, due: Instant) -> Instant {
        due.checked_sub(self.0.get()).unwrap_or(due)
    }

    /// The alarm for this moment has rung: learns from when it did, and waits for what is left without going to sleep.
    pub fn reach(&self, due: Instant) {
        let in_time = Instant::now() <= due;
        let lead = self.0.get();
        self.0.set(if in_time { lead.saturating_sub(STEP) } else { (lead + 4 * STEP).min(MOST) });
        if due.saturating_duration_since(Instant::now()) <= MOST {
            while Instant::now() < due {
                std::hint::spin_loop();
            }
        }
    }
}
