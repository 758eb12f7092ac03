//! Compensates for the wake-up latency of a sleeping core: the alarm is set earlier by a lead that
//! adapts to it.

use std::cell::Cell;
use std::time::{Duration, Instant};

/// The time by which the alarm is set early. It adapts to the system so that four of five alarms fire in
/// time.
#[derive(Debug)]
pub(super) struct Lead(Cell<Duration>);

const LEAD_INITIAL: Duration = Duration::from_micros(100);

/// Upper bound. A system that takes longer to wake up is busy, and spinning would make it busier.
const LEAD_MAX: Duration = Duration::from_micros(250);

/// The lead grows by four steps after a late alarm and shrinks by one after an alarm in time. It is
/// steady when one alarm in five is late.
const STEP: Duration = Duration::from_micros(1);

impl Lead {
    pub(super) fn new() -> Self {
        Self(Cell::new(LEAD_INITIAL))
    }

    /// Returns the time at which the alarm for a deadline should fire.
    pub(super) fn before(&self, due: Instant) -> Instant {
        due.checked_sub(self.0.get()).unwrap_or(due)
    }

    /// Adapts the lead after the alarm for `due` has fired, and spins until `due`.
    pub(super) fn reach(&self, due: Instant) {
        let in_time = Instant::now() <= due;
        let lead = self.0.get();
        self.0.set(if in_time { lead.saturating_sub(STEP) } else { (lead + 4 * STEP).min(LEAD_MAX) });
        // The lead is never longer; a longer wait is left to the next alarm.
        if due.saturating_duration_since(Instant::now()) <= LEAD_MAX {
            while Instant::now() < due {
                std::hint::spin_loop();
            }
        }
    }
}
