//! CPU time, for bounds that must hold on a busy machine too.

use rustix::time::{ClockId, clock_gettime};
use std::time::Duration;

/// Runs `work` and returns its result with the CPU time that this thread used for it.
pub(crate) fn cpu_time_of<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let now = || Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap();
    let begun = now();
    let result = work();
    (result, now().checked_sub(begun).unwrap())
}
