//! How long things took: counts by time, to three digits, in little memory.

use hdrhistogram::Histogram;
use std::time::Duration;

/// Times, counted to three digits from a microsecond on. Merging in any order gives the same.
#[derive(Debug, Clone, Default)]
pub struct Latencies {
    /// `None` until something is counted.
    microseconds: Option<Histogram<u32>>,
}

/// Significant decimal digits that are kept.
const DIGITS: u8 = 3;

/// Times beyond this count as this: two days.
const LONGEST_US: u64 = 172_800_000_000;

impl Latencies {
    /// Counts a time.
    pub fn record(&mut self, time: Duration) {
        let microseconds = u64::try_from(time.as_nanos().div_ceil(1000)).unwrap_or(LONGEST_US);
        if self.microseconds.is_none() {
            // It starts small and grows to any value below 2^63; there is nothing to refuse.
            self.microseconds = Histogram::new(DIGITS).ok();
        }
        if let Some(histogram) = &mut self.microseconds {
            let _ = histogram.record(microseconds.min(LONGEST_US));
        }
    }

    /// Counts all that the other has counted.
    pub fn add(&mut self, other: &Self) {
        match (&mut self.microseconds, &other.microseconds) {
            (Some(own), Some(other)) => {
                let _ = own.add(other);
            }
            (own @ None, Some(other)) => *own = Some(other.clone()),
            (_, None) => {}
        }
    }

    /// How many times were counted.
    pub fn count(&self) -> u64 {
        self.microseconds.as_ref().map_or(0, Histogram::len)
    }

    /// The least time, in seconds, that at least the share `quantile` does not exceed; `None` when nothing was counted.
    pub fn quantile_s(&self, quantile: f64) -> Option<f64> {
        let histogram = self.microseconds.as_ref()?;
        Some(histogram.value_at_quantile(quantile) as f64 / 1e6)
    }

    /// The mean, in seconds; `None` when nothing was counted.
    pub fn mean_s(&self) -> Option<f64> {
        let histogram = self.microseconds.as_ref()?;
        Some(histogram.mean() / 1e6)
    }
}
