//! Intervals for the mean and the median time to restore.

use super::mtbf::chi_squared_interval;
use super::{Interval, Method, alpha};
use crate::stats::memo::Memo;
use crate::stats::quantile::{normal_upper_quantile, student_t_upper_quantile};
use crate::stats::search::least;
use crate::stats::special::beta_tails;
use crate::stats::summary::MeanVariance;

/// Computes the interval for a mean by Student's t. Exact for normally distributed values. For times as
/// skewed as repair times both bounds are too low; the lower one can be negative.
///
/// `None` for a sample of fewer than two values.
pub fn mean_student_t(sample: &MeanVariance, confidence: f64) -> Option<Interval> {
    let half_width = student_t_factor(sample.n, confidence)? * standard_error(sample)?;
    Interval::two_sided(sample.mean - half_width, sample.mean + half_width, Method::StudentT)
}

/// Computes the interval for the mean of `n` exponential times with the given `sum`. Exact, from one
/// value on.
///
/// `None` for n = 0 or a sum that is not positive and finite.
pub fn mean_exponential(n: u64, sum: f64, confidence: f64) -> Option<Interval> {
    chi_squared_interval(sum, alpha(confidence)? / 2.0, [n; 2], Method::ExponentialMean)
}

/// Computes the interval for the mean of a lognormal distribution by Cox's method, from the moments of
/// the logarithms.
///
/// Too narrow for small samples; [`lognormal_mean_modified_cox`] corrects that.
///
/// `None` for a sample of fewer than two values.
pub fn lognormal_mean_cox(logs: &MeanVariance, confidence: f64) -> Option<Interval> {
    let factor = normal_upper_quantile(alpha(confidence)? / 2.0)?;
    cox(logs, factor, Method::LognormalCox)
}

/// Computes the interval for the mean of a lognormal distribution by Cox's method with Student's t in
/// place of the normal quantile (Olsson 2005), from the moments of the logarithms.
///
/// It assumes the lognormal shape: for other distributions its error does not shrink with the sample,
/// and from some 50 values on it misses the mean more often than Student's t does.
///
/// `None` for a sample of fewer than two values, or where the upper bound overflows, which can happen
/// for two or three values.
pub fn lognormal_mean_modified_cox(logs: &MeanVariance, confidence: f64) -> Option<Interval> {
    cox(logs, student_t_factor(logs.n, confidence)?, Method::LognormalModifiedCox)
}

/// Computes the interval exp(m + s²/2 ± factor · se) from mean m and variance s² of the logarithms,
/// where se² = s²/n + s⁴/(2(n − 1)) sums the variances of m and of s²/2.
fn cox(logs: &MeanVariance, factor: f64, method: Method) -> Option<Interval> {
    let of_mean = standard_error(logs)?.powi(2);
    let of_half_variance = logs.variance * logs.variance / (2.0 * (logs.n as f64 - 1.0));
    let centre = logs.mean + logs.variance / 2.0;
    let half_width = factor * (of_mean + of_half_variance).sqrt();
    Interval::two_sided((centre - half_width).exp(), (centre + half_width).exp(), method)
}

/// Returns t(1 − α/2; n − 1); `None` for n < 2.
fn student_t_factor(n: u64, confidence: f64) -> Option<f64> {
    student_t_upper_quantile(alpha(confidence)? / 2.0, n.checked_sub(1)? as f64)
}

/// Returns the standard error of the mean; `None` for n < 2 or a variance that is negative or NaN.
fn standard_error(sample: &MeanVariance) -> Option<f64> {
    (sample.n >= 2 && sample.variance >= 0.0).then(|| (sample.variance / sample.n as f64).sqrt())
}

/// The ranks, counted from 1, of the values that bound a median.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MedianRanks {
    /// Rank of the lower bound.
    pub lower: u64,
    /// Rank of the upper bound.
    pub upper: u64,
}

thread_local! {
    static MEDIAN_RANKS: Memo<Option<u64>> = const { Memo::new() };
}

/// Finds the innermost symmetric pair of ranks that encloses the median of `n` values with at least the
/// stated confidence.
///
/// By bisection over P(Bin(n, ½) < k) = I(½; n − k + 1, k): some 25 evaluations for n = 10⁷.
///
/// `None` where even the smallest and the largest value do not suffice: below 6 values for 95 %.
pub fn median_ranks(n: u64, confidence: f64) -> Option<MedianRanks> {
    let alpha = alpha(confidence)?;
    // The probability that fewer than k of n values fall below the median. It grows with k.
    let outside = |k: u64| Some(beta_tails((n - k + 1) as f64, k as f64, 0.5, 0.5)?.lower);
    let lower = Memo::get(&MEDIAN_RANKS, [n as f64, alpha, 0.0], || {
        least(1, n / 2 + 1, |k| Some(!(2.0 * outside(k)? <= alpha)))
    })? - 1;
    (lower > 0).then(|| MedianRanks { lower, upper: n + 1 - lower })
}

/// Computes the interval for the median between two order statistics; no distribution is assumed.
///
/// `sorted` must be ascending. `None` if it is not, holds a NaN, or is too short for the confidence (see
/// [`median_ranks`]).
pub fn median_order_statistics(sorted: &[f64], confidence: f64) -> Option<Interval> {
    let ranks = median_ranks(sorted.len() as u64, confidence).filter(|_| sorted.is_sorted())?;
    let at = |rank: u64| sorted.get(usize::try_from(rank).ok()?.checked_sub(1)?).copied();
    Interval::two_sided(at(ranks.lower)?, at(ranks.upper)?, Method::OrderStatistics)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Expected values: exp(1 + ½ · 0.5 ± z √(0.5 / 10 + 0.5² / 18)) in Python.
    #[test]
    fn the_interval_by_cox_adds_both_variances() {
        let logs = MeanVariance { n: 10, mean: 1.0, variance: 0.5 };
        let interval = lognormal_mean_cox(&logs, 0.95).unwrap();
        assert!((interval.lower.unwrap() / 2.126_749_109_897_895_5 - 1.0).abs() < 1e-12, "{interval:?}");
        assert!((interval.upper.unwrap() / 5.728_223_373_413_496 - 1.0).abs() < 1e-12, "{interval:?}");
        assert_eq!(lognormal_mean_cox(&MeanVariance { variance: -1.0, ..logs }, 0.95), None);
        assert_eq!(lognormal_mean_cox(&MeanVariance { n: 1, ..logs }, 0.95), None);
    }

    #[test]
    fn a_median_lies_between_two_values_of_the_sample() {
        let sample: Vec<f64> = (1..=10).map(f64::from).collect();
        let interval = median_order_statistics(&sample, 0.95).unwrap();
        assert_eq!((interval.lower, interval.upper), (Some(2.0), Some(9.0)));
        assert_eq!(median_order_statistics(&[3.0, 1.0, 2.0, 4.0, 5.0, 6.0], 0.95), None, "not sorted");
    }

    #[test]
    fn the_interval_by_student_t_is_symmetric_about_the_mean() {
        let sample = MeanVariance::of(&[1.0, 2.0, 3.0, 4.0, 5.0]).unwrap();
        let interval = mean_student_t(&sample, 0.95).unwrap();
        // t(0.975; 4) = 2.776445 in any table.
        assert!((interval.upper.unwrap() - (3.0 + 2.776_445 * 0.5_f64.sqrt())).abs() < 1e-6);
        assert!((interval.upper.unwrap() + interval.lower.unwrap() - 6.0).abs() < 1e-14);
    }

    #[test]
    fn one_value_gives_an_interval_for_an_exponential_mean_only() {
        let interval = mean_exponential(1, 60.0, 0.95).unwrap();
        // With two degrees of freedom χ² is exponential: the bounds are x / (−ln(α/2)) and x / (−ln(1 −
        // α/2)).
        assert!((interval.lower.unwrap() / (60.0 / 40.0_f64.ln()) - 1.0).abs() < 1e-12);
        assert!((interval.upper.unwrap() / (60.0 / -(-0.025_f64).ln_1p()) - 1.0).abs() < 1e-12);
        let single = MeanVariance { n: 1, mean: 60.0, variance: 0.0 };
        assert_eq!(mean_student_t(&single, 0.95), None);
        assert_eq!(lognormal_mean_modified_cox(&single, 0.95), None);
    }

    #[test]
    fn modified_cox_is_wider_than_cox() {
        let logs = MeanVariance::of_logs(&[4.0, 9.0, 12.0, 15.0, 22.0, 240.0]).unwrap();
        let (plain, modified) =
            (lognormal_mean_cox(&logs, 0.9).unwrap(), lognormal_mean_modified_cox(&logs, 0.9).unwrap());
        assert!(modified.lower < plain.lower && modified.upper > plain.upper);
    }

    #[test]
    fn six_values_are_the_fewest_whose_extremes_bound_a_median_with_95_percent() {
        assert_eq!(median_ranks(5, 0.95), None);
        let ranks = median_ranks(6, 0.95).unwrap();
        assert_eq!((ranks.lower, ranks.upper), (1, 6));
    }

    #[test]
    fn median_ranks_agree_with_binomial_sums_for_every_small_sample() {
        for n in 2..=60_u64 {
            let mut weights = vec![0.5_f64.powi(n as i32)];
            for k in 1..=n {
                weights.push(weights[k as usize - 1] * (n - k + 1) as f64 / k as f64);
            }
            let outside = |k: u64| 2.0 * weights.iter().take(k as usize).sum::<f64>();
            let expected = (1..=n / 2).rev().find(|&k| outside(k) <= 0.1);
            assert_eq!(median_ranks(n, 0.9).map(|ranks| ranks.lower), expected, "n = {n}");
        }
    }

    #[test]
    fn median_ranks_of_ten_million_values_are_known() {
        let ranks = median_ranks(10_000_000, 0.95).unwrap();
        assert_eq!((ranks.lower, ranks.upper), (4_996_901, 5_003_100));
    }

    #[test]
    fn a_sample_out_of_order_or_with_nan_has_no_order_statistics() {
        assert_eq!(median_order_statistics(&[3.0, 1.0, 2.0, 4.0, 5.0, 6.0, 7.0], 0.9), None);
        assert_eq!(median_order_statistics(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, f64::NAN], 0.9), None);
        assert_eq!(median_order_statistics(&[], 0.9), None);
    }

    #[test]
    fn impossible_moments_have_no_interval() {
        let bad = MeanVariance { n: 5, mean: 1.0, variance: f64::NAN };
        assert_eq!(mean_student_t(&bad, 0.9), None);
        assert_eq!(lognormal_mean_cox(&MeanVariance { n: 0, mean: 0.0, variance: 1.0 }, 0.9), None);
        assert_eq!(mean_exponential(0, 1.0, 0.9), None);
        assert_eq!(mean_exponential(3, -1.0, 0.9), None);
    }
}
