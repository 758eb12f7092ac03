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

    /// How many times were longer than this, in seconds, as far as three digits can tell.
    pub fn longer_than(&self, seconds: f64) -> u64 {
        let microseconds = (seconds * 1e6).clamp(0.0, LONGEST_US as f64) as u64;
        self.microseconds.as_ref().map_or(0, |histogram| {
            let (from, longest) = (histogram.next_non_equivalent(microseconds), histogram.max());
            if from > longest { 0 } else { histogram.count_between(from, longest) }
        })
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
        let latencies = of(&[10, 20, 30, 40]);
        let median = latencies.quantile_s(0.5).unwrap();
        assert!((median / 0.020 - 1.0).abs() < 1e-3, "{median}");
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

    #[test]
    fn adding_is_counting_both() {
        let mut sum = of(&[10]);
        sum.add(&of(&[500]));
        sum.add(&Latencies::default());
        assert_eq!((sum.count(), sum.longer_than(0.1)), (2, 1));
    }
}
