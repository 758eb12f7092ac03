//! Seconds of a file as durations.

use std::time::Duration;

/// Converts seconds to a duration; those that do not fit become the longest there is.
pub(super) fn duration(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
}
