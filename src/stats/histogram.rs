//! Counts of durations in fixed, log-linear bins.

use super::search::least;
use super::special::beta_tails;
use std::collections::BTreeMap;

/// Counts of values from zero to infinity in fixed bins.
///
/// A bin is named by the leading bits of a float: an octave is cut into 1,024 bins of equal width, so that a bin is at most
/// 2⁻¹⁰ of its values wide (log-linear bins as in Tene's `HdrHistogram`, over the whole range of floats). The edges are
/// fixed, so two histograms merge by adding counts. Only pages of 64 bins that are in use take memory, half a KiB each. Zero is
/// a bin of its own, and so is infinity (a repair that never ends).
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Histogram {
    n: u64,
    zeros: u64,
    pages: BTreeMap<u32, Box<[u64; PAGE]>>,
    /// Smallest and largest value, kept exactly.
    extremes: Option<(f64, f64)>,
}

/// The bin in which an order statistic lies: `lower` ≤ value ≤ `upper`, in the values' unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct QuantileBounds {
    /// Lower edge, or the smallest value if that is larger.
    pub lower: f64,
    /// Upper edge, or the largest value if that is smaller.
    pub upper: f64,
}

impl QuantileBounds {
    /// The middle of the bin: at most 2⁻¹¹ away from the order statistic, relatively.
    pub(crate) fn middle(self) -> f64 {
        if self.lower == self.upper { self.lower } else { self.lower + 0.5 * (self.upper - self.lower) }
    }
}

/// Bits of a float below those that name its bin: 52 bits of mantissa less 10.
const BIN_SHIFT: u32 = 42;

/// Bins of a page.
const PAGE: usize = 64;

/// The smallest value of a bin; infinity for the bin of infinity and all beyond.
fn edge(bin: u64) -> f64 {
    f64::from_bits((bin << BIN_SHIFT).min(f64::INFINITY.to_bits()))
}

impl Histogram {
    /// Counts a duration of zero or more, infinity included. A negative value or NaN counts as zero.
    pub(crate) fn add(&mut self, value: f64) {
        // `max` turns NaN, negative values and −0 into +0.
        let value = value.max(0.0) + 0.0;
        self.n += 1;
        let (min, max) = self.extremes.unwrap_or((value, value));
        self.extremes = Some((min.min(value), max.max(value)));
        if value == 0.0 {
            self.zeros += 1;
        } else {
            let bin = value.to_bits() >> BIN_SHIFT;
            let page = self.pages.entry((bin / PAGE as u64) as u32).or_insert_with(|| Box::new([0; PAGE]));
            page[bin as usize % PAGE] += 1;
        }
    }

    /// Adds all counts of `other`.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.n += other.n;
        self.zeros += other.zeros;
        self.extremes = match (self.extremes, other.extremes) {
            (Some((min, max)), Some((low, high))) => Some((min.min(low), max.max(high))),
            (ours, theirs) => ours.or(theirs),
        };
        for (number, counts) in &other.pages {
            let page = self.pages.entry(*number).or_insert_with(|| Box::new([0; PAGE]));
            page.iter_mut().zip(counts.iter()).for_each(|(ours, theirs)| *ours += theirs);
        }
    }

    /// Number of values.
    pub(crate) fn n(&self) -> u64 {
        self.n
    }

    /// Number of zeros.
    pub(crate) fn zeros(&self) -> u64 {
        self.zeros
    }

    /// Smallest and largest value, exactly. `None` without values.
    pub(crate) fn extremes(&self) -> Option<(f64, f64)> {
        self.extremes
    }

    /// The bins in use in ascending order: lower edge, upper edge (exclusive), count. Zeros come first, as a bin from 0 to 0.
    pub(crate) fn bins(&self) -> impl Iterator<Item = (f64, f64, u64)> {
        let zeros = (self.zeros > 0).then_some((0.0, 0.0, self.zeros));
        let counted = self.pages.iter().flat_map(|(number, counts)| {
            let bins = u64::from(*number) * PAGE as u64..;
            let used = bins.zip(counts.iter()).filter(|(_, count)| **count > 0);
            used.map(|(bin, count)| (edge(bin), edge(bin + 1), *count))
        });
        zeros.into_iter().chain(counted)
    }

    /// Number of values in bins that lie wholly above `x`: those above `x` but for the ones in its bin.
    pub(crate) fn count_above(&self, x: f64) -> u64 {
        if self.extremes.is_none_or(|(_, max)| x >= max) {
            return 0;
        }
        // All are above a negative x; none is known to be below NaN.
        if !(x >= 0.0) {
            return self.n;
        }
        let first = ((x + 0.0).to_bits() >> BIN_SHIFT) + 1;
        let page = (first / PAGE as u64) as u32;
        let beyond = self.pages.range(page..).map(|(number, counts)| {
            let skipped = if *number == page { first as usize % PAGE } else { 0 };
            counts.iter().skip(skipped).sum::<u64>()
        });
        beyond.sum()
    }

    /// The bin of the smallest value at or below which lies at least the fraction `p` of all (definition 1 of Hyndman and Fan
    /// 1996). `None` without values or for a `p` outside \[0, 1\].
    pub(crate) fn quantile(&self, p: f64) -> Option<QuantileBounds> {
        let valid = (0.0..=1.0).contains(&p) && self.n > 0;
        self.at_rank(((self.n as f64 * p).ceil() as u64).clamp(1, self.n.max(1))).filter(|_| valid)
    }

    /// The bin of the `rank`-th smallest value, from 1 to n. `None` for another rank.
    pub(crate) fn at_rank(&self, rank: u64) -> Option<QuantileBounds> {
        let (min, max) = self.extremes?;
        let mut below = 0;
        let (lower, upper, _) = self.bins().find(|(_, _, count)| {
            below += count;
            below >= rank
        })?;
        (rank > 0).then_some(QuantileBounds { lower: lower.max(min), upper: upper.min(max) })
    }

    /// Bounds that hold the `p` quantile of the distribution with at least the stated confidence, half of the rest on either
    /// side, whatever its shape: two order statistics (Thompson 1936; David and Nagaraja 2003, 7.1), widened to the edges of
    /// their bins. A side is `None` if the sample is too small to bound it.
    ///
    /// The ranks: the greatest l with P(Bin(n, p) < l) ≤ α/2, the smallest u with P(Bin(n, p) ≥ u) ≤ α/2. `None` without values,
    /// or for `p` or `confidence` outside (0, 1).
    pub(crate) fn quantile_interval(&self, p: f64, confidence: f64) -> Option<(Option<f64>, Option<f64>)> {
        self.quantile_interval_as_of(p, confidence, self.n)
    }

    /// As [`quantile_interval`](Self::quantile_interval) where the values tell as much as this many independent ones: the
    /// ranks are those of so many, in the same proportion (Woodruff 1952, with an effective sample size).
    pub(crate) fn quantile_interval_as_of(
        &self,
        p: f64,
        confidence: f64,
        independent: u64,
    ) -> Option<(Option<f64>, Option<f64>)> {
        let fraction = |x: f64| x > 0.0 && x < 1.0;
        if self.n == 0 || !fraction(p) || !fraction(confidence) {
            return None;
        }
        let (n, half) = (independent.clamp(1, self.n), 0.5 * (1.0 - confidence));
        // P(Bin(n, p) ≥ k) = I(p; k, n − k + 1), for k from 1 to n.
        let tails = |k: u64| beta_tails(k as f64, (n - k + 1) as f64, p, 1.0 - p);
        let lower = least(1, n + 1, |k| Some(!(tails(k)?.upper <= half)))? - 1;
        let upper = least(1, n + 1, |k| Some(tails(k)?.lower <= half))?;
        let each = self.n as f64 / n as f64;
        let lower = self.at_rank((lower as f64 * each).floor() as u64);
        let upper = (upper <= n).then(|| self.at_rank((upper as f64 * each).ceil() as u64)).flatten();
        Some((lower.map(|bin| bin.lower), upper.map(|bin| bin.upper)))
    }
}

#[cfg(test)]
mod tests {
    use super::{Histogram, edge};
    use proptest::prelude::*;

    impl FromIterator<f64> for Histogram {
        fn from_iter<I: IntoIterator<Item = f64>>(values: I) -> Self {
            let mut histogram = Self::default();
            values.into_iter().for_each(|value| histogram.add(value));
            histogram
        }
    }

    /// Durations over many octaves, with zero and infinity among them.
    fn durations() -> impl Strategy<Value = Vec<f64>> {
        let one = prop_oneof![
            8 => (-40.0..60.0_f64).prop_map(f64::exp2),
            1 => Just(0.0),
            1 => Just(f64::INFINITY),
            1 => Just(1.0),
        ];
        prop::collection::vec(one, 1..60)
    }

    #[test]
    fn values_above_a_limit_are_counted() {
        let histogram: Histogram = (1..=20).map(f64::from).collect();
        assert_eq!([0.5, 10.0, 19.5, 20.0, 21.0].map(|x| histogram.count_above(x)), [20, 10, 1, 0, 0]);
        assert_eq!(Histogram::default().count_above(0.0), 0);
        let same: Histogram = [3.0, 3.0, 3.0].into_iter().collect();
        assert_eq!(same.bins().map(|(_, _, count)| count).collect::<Vec<_>>(), [3]);
    }

    /// The ranks 3 and 10 are those of the binomial distribution of 20 values with p = 0.3, in Python.
    #[test]
    fn a_quantile_lies_between_two_ranks_of_the_sample() {
        let histogram: Histogram = (1..=20).map(f64::from).collect();
        let (lower, upper) = histogram.quantile_interval(0.3, 0.9).unwrap();
        assert_eq!(lower, Some(3.0));
        assert!((10.0..10.1).contains(&upper.unwrap()), "{upper:?}");
        assert_eq!(
            histogram.quantile_interval(0.001, 0.9).unwrap().0,
            None,
            "too few to bound it from below"
        );
        for (p, confidence) in [(0.0, 0.9), (1.0, 0.9), (0.5, 0.0), (0.5, 1.0)] {
            assert_eq!(histogram.quantile_interval(p, confidence), None);
        }
        assert_eq!(Histogram::default().quantile_interval(0.5, 0.9), None);
        assert!(histogram.quantile(1.5).is_none() && histogram.quantile(1.0).is_some());
        assert!(histogram.at_rank(0).is_none() && histogram.at_rank(21).is_none());
    }

    proptest! {
        #[test]
        fn a_quantile_lies_within_the_bounds_and_these_within_the_relative_error(sample in durations(), p in 0.0..=1.0_f64) {
            let histogram: Histogram = sample.iter().copied().collect();
            let mut sorted = sample;
            sorted.sort_by(f64::total_cmp);
            let rank = ((sorted.len() as f64 * p).ceil() as usize).max(1);
            let value = sorted[rank - 1];
            let bounds = histogram.quantile(p).unwrap();
            prop_assert!(bounds.lower <= value && value <= bounds.upper, "{bounds:?} {value}");
            prop_assert!(bounds.lower == bounds.upper || bounds.upper / bounds.lower <= 1.0 + 1.0 / 1024.0);
            let middle = bounds.middle();
            prop_assert!(middle == value || (middle / value - 1.0).abs() <= 1.0 / 2048.0);
        }

        #[test]
        fn the_count_above_falls_monotonically(sample in durations(), x in 0.0..40.0_f64) {
            let histogram: Histogram = sample.iter().copied().collect();
            let above = histogram.count_above(x);
            prop_assert!(above as usize <= sample.iter().filter(|value| **value > x).count());
            prop_assert!(histogram.count_above(2.0 * x + 1e-9) <= above);
        }

        #[test]
        fn bins_are_adjacent_or_apart_and_ascend(sample in durations()) {
            let bins: Vec<_> = sample.into_iter().collect::<Histogram>().bins().collect();
            for (lower, upper, count) in &bins {
                prop_assert!(count > &0 && (lower < upper || (*lower == 0.0) || lower.is_infinite()));
            }
            for pair in bins.windows(2) {
                prop_assert!(pair[0].1 <= pair[1].0);
            }
        }

        #[test]
        fn merging_is_counting_both(left in durations(), right in durations()) {
            let mut merged: Histogram = left.iter().copied().collect();
            merged.merge(&right.iter().copied().collect());
            prop_assert_eq!(merged, left.into_iter().chain(right).collect());
        }

        #[test]
        fn the_interval_of_a_quantile_is_in_order(sample in durations(), p in 0.01..0.99_f64) {
            let histogram: Histogram = sample.into_iter().collect();
            let (lower, upper) = histogram.quantile_interval(p, 0.95).unwrap();
            if let (Some(lower), Some(upper)) = (lower, upper) {
                prop_assert!(lower <= upper);
            }
        }
    }

    #[test]
    fn the_upper_edge_of_the_last_bin_of_an_octave_is_the_next_octave() {
        for value in [0.999_999, 1.999_999, 3.999_999, 7.999_999] {
            let histogram: Histogram = [value, 100.0].into_iter().collect();
            let (lower, upper, _) = histogram.bins().next().unwrap();
            assert!(lower <= value && value < upper, "{lower} {value} {upper}");
        }
        assert_eq!(edge(1.0_f64.to_bits() >> super::BIN_SHIFT), 1.0);
    }

    #[test]
    fn what_is_no_duration_counts_as_zero() {
        let histogram: Histogram = [-1.0, f64::NAN, -0.0, 2.0].into_iter().collect();
        assert_eq!((histogram.n(), histogram.zeros(), histogram.extremes()), (4, 3, Some((0.0, 2.0))));
        assert_eq!(Histogram::default().quantile(0.5), None);
    }

    /// Ten values, the median: P(Bin(10, ½) < 2) = 0.0107, P(Bin(10, ½) < 3) = 0.0547, so that the ranks are 2 and 9.
    #[test]
    fn the_interval_of_the_median_of_ten_values_has_the_ranks_of_the_tables() {
        let histogram: Histogram = (1..=10).map(f64::from).collect();
        let (lower, upper) = histogram.quantile_interval(0.5, 0.95).unwrap();
        assert_eq!(lower, Some(2.0));
        assert!((9.0..9.0 * 1025.0 / 1024.0).contains(&upper.unwrap()), "{upper:?}");
        assert_eq!(histogram.quantile_interval(0.99, 0.95).unwrap().1, None);
    }
}
