//! Response times and delays, counted in little memory.

use crate::stats::histogram::Histogram;
use std::time::Duration;

/// Times, counted to three digits.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Latencies {
    seconds: Histogram,
}

impl Latencies {
    /// Records a time.
    pub fn record(&mut self, time: Duration) {
        self.seconds.add(time.as_secs_f64());
    }

    /// Adds all times that the other has counted.
    pub fn add(&mut self, other: &Self) {
        self.seconds.merge(&other.seconds);
    }

    /// Returns the number of times counted.
    pub fn count(&self) -> u64 {
        self.seconds.n()
    }

    /// Returns how many times were longer than this, in seconds, as far as three digits can tell.
    pub fn longer_than(&self, seconds: f64) -> u64 {
        self.seconds.count_above(seconds)
    }

    /// Returns the least time, in seconds, that at least the share `quantile` does not exceed, rounded up to
    /// three digits; `None` when nothing was counted.
    pub fn quantile_s(&self, quantile: f64) -> Option<f64> {
        Some(self.seconds.quantile(quantile)?.upper)
    }

    /// Returns the bounds of a quantile of the times that the target has, in seconds, where those counted tell as much
    /// as this many independent ones. A bound is `None` where they are too few.
    pub fn quantile_bounds_s(
        &self,
        quantile: f64,
        confidence: f64,
        independent: u64,
    ) -> (Option<f64>, Option<f64>) {
        self.seconds.quantile_interval_as_of(quantile, confidence, independent).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::Latencies;
    use std::time::Duration;

    fn of(milliseconds: &[u64]) -> Latencies {
        let mut latencies = Latencies::default();
        for time in milliseconds {
            latencies.record(Duration::from_millis(*time));
        }
        latencies
    }

    #[test]
    fn quantiles_keep_three_digits() {
        let median = of(&[10, 20, 30, 40]).quantile_s(0.5).unwrap();
        assert!((0.020..=0.020 * 1025.0 / 1024.0).contains(&median), "{median}");
        assert_eq!(Latencies::default().quantile_s(0.5), None);
    }

    #[test]
    fn times_longer_than_a_bound_are_counted() {
        let latencies = of(&[10, 20, 30, 172_900_000_000]);
        let counts =
            [0.0, 0.015, 0.020, 1.0, f64::INFINITY, f64::NAN].map(|bound| latencies.longer_than(bound));
        assert_eq!(counts, [4, 3, 2, 1, 0, 4]);
        assert_eq!(Latencies::default().longer_than(0.0), 0);
    }
}
