//! Descriptive statistics of a sample: count, mean, spread and percentiles.
//!
//! [`Summary::of`] describes a sample in memory. [`Moments`] takes values one by one in constant memory;
//! the moments of several threads or files can be merged.

/// A compensated sum (Neumaier 1974): the rounding error of every addition is summed beside the total.
/// Accurate to the last bit or two in any order, unless the terms cancel almost completely.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct CompensatedSum {
    sum: f64,
    error: f64,
}

impl CompensatedSum {
    /// Adds one value.
    pub fn add(&mut self, value: f64) {
        let total = self.sum + value;
        // Taken from the larger operand first, the difference is the exact rounding error of `total`.
        self.error += if self.sum.abs() >= value.abs() {
            (self.sum - total) + value
        } else {
            (value - total) + self.sum
        };
        self.sum = total;
    }

    /// Adds the other sum, with the rounding error that it carries.
    pub fn merge(&mut self, other: &Self) {
        self.add(other.sum);
        self.add(other.error);
    }

    /// The sum so far. An overflow shows as an infinity.
    pub fn value(&self) -> f64 {
        if self.sum.is_finite() { self.sum + self.error } else { self.sum }
    }
}

impl FromIterator<f64> for CompensatedSum {
    fn from_iter<I: IntoIterator<Item = f64>>(values: I) -> Self {
        let mut sum = Self::default();
        values.into_iter().for_each(|value| sum.add(value));
        sum
    }
}

/// Returns Σ (x − mean)².
fn squares(sample: &[f64], mean: f64) -> f64 {
    sample.iter().map(|x| (x - mean) * (x - mean)).collect::<CompensatedSum>().value()
}

/// A figure with its standard error, in the same unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The figure.
    pub value: f64,
    /// Its standard error.
    pub standard_error: f64,
}

/// Description of a sample, in the sample's unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Summary {
    /// Number of values, at least 1.
    pub n: u64,
    /// Arithmetic mean.
    pub mean: f64,
    /// Standard deviation with divisor n − 1; `None` for a single value, which has no spread to measure.
    pub sd: Option<f64>,
    /// Smallest value.
    pub min: f64,
    /// Largest value.
    pub max: f64,
    /// Sum of the values.
    pub sum: f64,
}

impl Summary {
    /// Describes a sample in two passes with compensated sums. `None` if it is empty or a value is not
    /// finite.
    pub fn of(sample: &[f64]) -> Option<Self> {
        if sample.is_empty() || !sample.iter().all(|x| x.is_finite()) {
            return None;
        }
        let n = sample.len() as f64;
        let sum = sample.iter().copied().collect::<CompensatedSum>().value();
        let mean = sum / n;
        Some(Self {
            n: sample.len() as u64,
            mean,
            sd: (sample.len() > 1).then(|| (squares(sample, mean) / (n - 1.0)).sqrt()),
            min: sample.iter().copied().fold(f64::INFINITY, f64::min),
            max: sample.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            sum,
        })
    }

    /// Returns count, mean and variance, from which intervals for a mean are computed; `None` for a
    /// single value.
    pub fn mean_variance(&self) -> Option<MeanVariance> {
        Some(MeanVariance { n: self.n, mean: self.mean, variance: self.sd? * self.sd? })
    }
}

/// Count, mean and variance of at least two values: the input of the intervals for a mean.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MeanVariance {
    /// Number of values.
    pub n: u64,
    /// Arithmetic mean.
    pub mean: f64,
    /// Variance with divisor n − 1, in the square of the values' unit.
    pub variance: f64,
}

impl MeanVariance {
    /// Describes a sample. `None` for fewer than two values or a value that is not finite.
    pub fn of(sample: &[f64]) -> Option<Self> {
        let sum = sample.iter().copied().collect::<CompensatedSum>().value();
        Self::of_sum(sample, sum)
    }

    /// Describes a sample whose sum is known. `None` for fewer than two values or a sum that is not
    /// finite.
    pub fn of_sum(sample: &[f64], sum: f64) -> Option<Self> {
        if sample.len() < 2 || !sum.is_finite() {
            return None;
        }
        let n = sample.len() as f64;
        let mean = sum / n;
        let sd = (squares(sample, mean) / (n - 1.0)).sqrt();
        Some(Self { n: sample.len() as u64, mean, variance: sd * sd })
    }

    /// Describes the natural logarithms of a sample. `None` for fewer than two values, or a value that
    /// is not positive and finite: an outage of length zero has no logarithm, and leaving it out is the
    /// caller's decision.
    pub fn of_logs(sample: &[f64]) -> Option<Self> {
        if !sample.iter().all(|&x| x > 0.0) {
            return None;
        }
        Self::of(&sample.iter().map(|x| x.ln()).collect::<Vec<_>>())
    }

    /// Returns the squared coefficient of variation, variance over squared mean: 1 for the exponential
    /// distribution. `None` where the mean is not positive.
    pub fn squared_cv(&self) -> Option<f64> {
        (self.mean > 0.0).then(|| self.variance / (self.mean * self.mean))
    }
}

/// Running count, mean, variance, extremes and sum, in constant memory.
///
/// Values are added by Welford's (1962) update and merged by that of Chan, Golub and `LeVeque` (1979); a
/// compensated sum is kept beside them. For the logarithms of huge data, keep a second accumulator and
/// add `x.ln()`.
///
/// Values must be finite: one that is not makes the results not finite, and [`summary`](Self::summary)
/// then returns `None`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moments {
    n: u64,
    /// The running mean; 0 without values.
    pub(super) mean: f64,
    /// Σ (x − mean)².
    pub(super) squares: f64,
    min: f64,
    max: f64,
    sum: CompensatedSum,
}

impl Default for Moments {
    fn default() -> Self {
        Self {
            n: 0,
            mean: 0.0,
            squares: 0.0,
            min: f64::INFINITY,
            max: f64::NEG_INFINITY,
            sum: CompensatedSum::default(),
        }
    }
}

impl Moments {
    /// Adds one value.
    pub fn add(&mut self, value: f64) {
        self.n += 1;
        let before = value - self.mean;
        self.mean += before / self.n as f64;
        self.squares += before * (value - self.mean);
        self.min = self.min.min(value);
        self.max = self.max.max(value);
        self.sum.add(value);
    }

    /// Adds all values that were added to `other`.
    pub fn merge(&mut self, other: &Self) {
        if other.n == 0 {
            return;
        }
        let (ours, theirs) = (self.n as f64, other.n as f64);
        let share = theirs / (ours + theirs);
        let distance = other.mean - self.mean;
        self.n += other.n;
        self.mean += distance * share;
        self.squares += other.squares + distance * distance * ours * share;
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
        self.sum.merge(&other.sum);
    }

    /// Returns the number of values added.
    pub fn n(&self) -> u64 {
        self.n
    }

    /// The sum of all values, compensated.
    pub fn sum(&self) -> f64 {
        self.sum.value()
    }

    /// The description of all values. `None` if there are none or one was not finite.
    pub fn summary(&self) -> Option<Summary> {
        let sum = self.sum.value();
        if self.n == 0 || !sum.is_finite() || !self.squares.is_finite() {
            return None;
        }
        Some(Summary {
            n: self.n,
            mean: sum / self.n as f64,
            sd: (self.n > 1).then(|| (self.squares / (self.n - 1) as f64).sqrt()),
            min: self.min,
            max: self.max,
            sum,
        })
    }

    /// Returns count, mean and variance. `None` for fewer than two values.
    pub fn mean_variance(&self) -> Option<MeanVariance> {
        self.summary()?.mean_variance()
    }
}

/// Sorts a sample as far as percentiles need it: the values of the given ranks (indexes into the sorted
/// sample, ascending) are placed where a full sort would place them, with no larger value before them
/// and no smaller one after. Takes O(n log r) time for r ranks.
///
/// Ranks beyond the sample are ignored. NaN sorts last.
pub fn place_ranks(sample: &mut [f64], ranks: &[usize]) {
    let known = ranks.partition_point(|rank| *rank < sample.len());
    let ranks = ranks.get(..known).unwrap_or_default();
    place_ranks_from(sample, 0, ranks);
}

/// Places the ranks in the part of the sample that begins at index `base`.
fn place_ranks_from(sample: &mut [f64], base: usize, ranks: &[usize]) {
    // The middle rank splits both the sample and the ranks; ranks equal to it are placed already.
    let Some(&rank) = ranks.get(ranks.len() / 2) else {
        return;
    };
    let (below, _, above) = sample.select_nth_unstable_by(rank - base, f64::total_cmp);
    let (lower, upper) = ranks.split_at(ranks.len() / 2);
    place_ranks_from(below, base, lower.split_at(lower.partition_point(|r| *r < rank)).0);
    place_ranks_from(above, rank + 1, upper.split_at(upper.partition_point(|r| *r <= rank)).1);
}

/// Returns the `p` quantile of a sorted sample by definition 7 of Hyndman and Fan (1996): the default of
/// R, `NumPy` and spreadsheets. Linear between the order statistics, with the extremes at p = 0 and
/// p = 1.
///
/// `p` is a fraction (0.95 for the 95th percentile). `None` if the sample is empty or p lies outside
/// \[0, 1\]. The sample is not checked to be sorted.
pub fn percentile_type7(sorted: &[f64], p: f64) -> Option<f64> {
    if !(0.0..=1.0).contains(&p) {
        return None;
    }
    let last = sorted.len().checked_sub(1)?;
    // The definition counts ranks from 1; taking the same path rounds alike.
    let rank = last as f64 * p + 1.0;
    let position = (rank - 1.0).clamp(0.0, last as f64);
    let below = position.floor();
    let low = *sorted.get(below as usize)?;
    let high = *sorted.get((below as usize + 1).min(last))?;
    let fraction = position - below;
    Some(if fraction == 0.0 { low } else { low + fraction * (high - low) })
}

#[cfg(test)]
mod tests {
    use super::*;

    impl FromIterator<f64> for Moments {
        fn from_iter<I: IntoIterator<Item = f64>>(values: I) -> Self {
            let mut moments = Self::default();
            values.into_iter().for_each(|value| moments.add(value));
            moments
        }
    }

    const MINUTES: [f64; 10] = [4.0, 9.0, 12.0, 15.0, 22.0, 31.0, 43.0, 58.0, 95.0, 240.0];

    /// Expected values: Python's `statistics`.
    #[test]
    fn moments_have_the_mean_the_variance_and_the_sum_of_the_values() {
        let (left, right) = MINUTES.split_at(3);
        let (middle, last) = right.split_at(5);
        let mut moments: Moments = left.iter().copied().collect();
        moments.merge(&middle.iter().copied().collect());
        moments.merge(&Moments::default());
        for value in last {
            moments.add(*value);
        }
        let described = moments.mean_variance().unwrap();
        let expected = MeanVariance { n: 10, mean: 52.9, variance: 5_084.988_888_888_889 };
        assert!((described.variance / expected.variance - 1.0).abs() < 1e-12, "{described:?}");
        assert_eq!((described.n, described.mean, moments.sum()), (expected.n, expected.mean, 529.0));
        assert!((described.squared_cv().unwrap() - expected.variance / 52.9 / 52.9).abs() < 1e-12);
        assert_eq!(MeanVariance { mean: 0.0, ..expected }.squared_cv(), None);
        assert_eq!([1.0].into_iter().collect::<Moments>().mean_variance(), None);
        let two = MeanVariance::of(&[1.0, 3.0]).unwrap();
        assert!((two.n, two.mean) == (2, 2.0) && (two.variance - 2.0).abs() < 1e-15, "{two:?}");
    }

    #[test]
    fn a_summary_holds_the_textbook_moments() {
        let summary = Summary::of(&[2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0]).unwrap();
        assert_eq!(
            (summary.n, summary.mean, summary.min, summary.max, summary.sum),
            (8, 5.0, 2.0, 9.0, 40.0)
        );
        assert!((summary.sd.unwrap() - (32.0_f64 / 7.0).sqrt()).abs() < 1e-15);
    }

    #[test]
    fn a_single_value_has_a_mean_but_no_spread() {
        let summary = Summary::of(&[3.5]).unwrap();
        assert_eq!((summary.mean, summary.sd), (3.5, None));
        assert_eq!(summary.mean_variance(), None);
    }

    #[test]
    fn empty_samples_and_values_that_are_not_finite_have_no_summary() {
        assert_eq!(Summary::of(&[]), None);
        assert_eq!(Summary::of(&[1.0, f64::NAN]), None);
        assert_eq!(Moments::default().summary(), None);
        assert_eq!([1.0, f64::INFINITY].into_iter().collect::<Moments>().summary(), None);
    }

    #[test]
    fn a_compensated_sum_keeps_what_plain_addition_loses() {
        let sum: CompensatedSum = [1.0, 1e100, 1.0, -1e100].into_iter().collect();
        assert_eq!(sum.value(), 2.0);
    }

    #[test]
    fn moments_agree_with_the_summary_of_the_whole_sample() {
        let offset = 1e6;
        let sample: Vec<f64> = (0..10_000).map(|i| offset + f64::from(i % 97)).collect();
        let whole = Summary::of(&sample).unwrap();
        let running = sample.iter().copied().collect::<Moments>().summary().unwrap();
        assert_eq!((running.mean, running.sum), (whole.mean, whole.sum));
        assert!((running.sd.unwrap() / whole.sd.unwrap() - 1.0).abs() < 1e-10);
    }

    #[test]
    fn merged_moments_are_those_of_the_joined_samples() {
        let (left, right) = MINUTES.split_at(3);
        let mut moments: Moments = left.iter().copied().collect();
        moments.merge(&Moments::default());
        moments.merge(&right.iter().copied().collect());
        let (merged, whole) = (moments.summary().unwrap(), Summary::of(&MINUTES).unwrap());
        assert!((merged.sd.unwrap() / whole.sd.unwrap() - 1.0).abs() < 1e-14);
        assert_eq!((merged.n, merged.sum, merged.min, merged.max), (10, 529.0, 4.0, 240.0));
        let mut empty = Moments::default();
        empty.merge(&moments);
        assert_eq!(empty.summary(), moments.summary());
    }

    #[test]
    fn percentiles_run_from_the_smallest_to_the_largest_value() {
        assert_eq!(percentile_type7(&MINUTES, 0.0), Some(4.0));
        assert_eq!(percentile_type7(&MINUTES, 0.5), Some(26.5));
        assert_eq!(percentile_type7(&MINUTES, 1.0), Some(240.0));
        assert_eq!(percentile_type7(&[7.0], 0.3), Some(7.0));
    }

    #[test]
    fn an_empty_sample_or_a_p_outside_the_unit_interval_has_no_percentile() {
        assert_eq!(percentile_type7(&[], 0.5), None);
        for p in [-0.1, 1.1, f64::NAN] {
            assert_eq!(percentile_type7(&MINUTES, p), None);
        }
    }

    #[test]
    fn a_sample_with_a_zero_has_no_logarithms() {
        assert_eq!(MeanVariance::of_logs(&[1.0, 0.0, 2.0]), None);
        assert_eq!(MeanVariance::of_logs(&[1.0]), None);
    }

    #[test]
    fn ranks_are_placed_as_a_sort_would_place_them() {
        let mut sample: Vec<f64> = (0..1000).map(|i| f64::from(i * 7919 % 1000)).collect();
        let ranks = [0, 3, 3, 499, 500, 899, 900, 999, 5000];
        place_ranks(&mut sample, &ranks);
        for rank in ranks.into_iter().filter(|rank| *rank < 1000) {
            assert_eq!(sample[rank], rank as f64);
        }
        place_ranks(&mut [], &[0, 1]);
    }
}
