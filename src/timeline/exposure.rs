//! MTBF, mean down time, failure rate and failure frequency: one definition for logs, predictions and runs.

use crate::base::quantity::YEAR_S;

/// Time up, time down and failures, of a log, of a simulated replication, or as expected values per unit of time.
///
/// Two quantities are both spoken of as "failures per year" and are kept apart by name (IEC 60050-192): the *failure rate*
/// counts per year of operation, the *failure frequency* per year of the calendar. They differ by the factor of the
/// availability.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Exposure {
    /// Operating time, in seconds (or the probability of being up).
    pub up_s: f64,
    /// Down time, in seconds (or the probability of being down).
    pub down_s: f64,
    /// Failures in that time (or their expected number per second).
    pub failures: f64,
}

impl Exposure {
    /// Mean operating time between failures: uptime over failures. `None` without failures.
    pub fn mtbf_s(self) -> Option<f64> {
        self.per_failure(self.up_s)
    }

    /// Mean time from one failure to the next: all time over failures. `None` without failures.
    pub fn mean_cycle_s(self) -> Option<f64> {
        self.per_failure(self.up_s + self.down_s)
    }

    /// Mean down time: down time over failures. `None` without failures.
    pub fn mdt_s(self) -> Option<f64> {
        self.per_failure(self.down_s)
    }

    /// Failures per year of operation (8,766 h). `None` without operating time.
    pub fn failure_rate_per_year(self) -> Option<f64> {
        (self.up_s > 0.0).then(|| self.failures * YEAR_S / self.up_s)
    }

    /// Failures per year of the calendar (8,766 h). `None` without any time.
    pub fn failure_frequency_per_year(self) -> Option<f64> {
        let all_s = self.up_s + self.down_s;
        (all_s > 0.0).then(|| self.failures * YEAR_S / all_s)
    }

    fn per_failure(self, seconds: f64) -> Option<f64> {
        (self.failures > 0.0).then(|| seconds / self.failures)
    }
}

#[cfg(test)]
mod tests {
    use super::Exposure;
    use crate::base::quantity::YEAR_S;

    #[test]
    fn rate_and_frequency_differ_by_the_availability() {
        let half = Exposure { up_s: YEAR_S, down_s: YEAR_S, failures: 4.0 };
        assert_eq!(half.failure_rate_per_year(), Some(4.0));
        assert_eq!(half.failure_frequency_per_year(), Some(2.0));
        assert_eq!((half.mtbf_s(), half.mdt_s()), (Some(YEAR_S / 4.0), Some(YEAR_S / 4.0)));
        assert_eq!(half.mean_cycle_s(), Some(YEAR_S / 2.0));
    }

    #[test]
    fn without_failures_there_is_no_mean_and_without_time_no_rate() {
        let quiet = Exposure { up_s: 10.0, down_s: 0.0, failures: 0.0 };
        assert_eq!((quiet.mtbf_s(), quiet.failure_rate_per_year()), (None, Some(0.0)));
        let nothing = Exposure { up_s: 0.0, down_s: 0.0, failures: 0.0 };
        assert_eq!((nothing.failure_rate_per_year(), nothing.failure_frequency_per_year()), (None, None));
    }
}
