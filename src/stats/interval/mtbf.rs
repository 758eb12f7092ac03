//! Intervals for the mean operating time between failures (MTBF), for exponential times between
//! failures.

use super::{Interval, Method, alpha};
use crate::stats::quantile::{chi_squared_quantile, chi_squared_upper_quantile};

/// Computes the interval for the MTBF when observation ended at a fixed time, with `failures` in the
/// total `uptime` of all items.
///
/// Conservative: a Poisson count has no exact interval, and this one covers with at least the stated
/// confidence. Without a failure there is no upper bound, and the lower one is that of
/// [`mtbf_lower_one_sided`].
///
/// `None` unless uptime is positive and finite.
pub fn mtbf_time_truncated(uptime: f64, failures: u64, confidence: f64) -> Option<Interval> {
    if failures == 0 {
        return mtbf_lower_one_sided(uptime, failures, confidence);
    }
    let half = alpha(confidence)? / 2.0;
    chi_squared_interval(uptime, half, [failures + 1, failures], Method::ChiSquaredTimeTruncated)
}

/// Computes the MTBF demonstrated with the stated confidence when observation ended at a fixed time: a
/// lower bound only.
///
/// Without a failure it is T/(−ln α), since exp(−T/MTBF) is the probability of no failure.
///
/// `None` unless uptime is positive and finite.
pub fn mtbf_lower_one_sided(uptime: f64, failures: u64, confidence: f64) -> Option<Interval> {
    let alpha = alpha(confidence)?;
    if !positive(uptime) {
        return None;
    }
    if failures == 0 {
        return Interval::lower_only(uptime / -alpha.ln(), Method::ZeroFailures);
    }
    let quantile = chi_squared_upper_quantile(alpha, 2.0 * (failures as f64 + 1.0))?;
    Interval::lower_only(2.0 * uptime / quantile, Method::ChiSquaredLower)
}

/// Computes the interval 2T/χ² with the given tail on either side; `counts` is half the degrees of
/// freedom for the lower and the upper bound.
pub(super) fn chi_squared_interval(
    total: f64,
    tail: f64,
    counts: [u64; 2],
    method: Method,
) -> Option<Interval> {
    if !positive(total) {
        return None;
    }
    let [for_lower, for_upper] = counts.map(|count| 2.0 * count as f64);
    let lower = 2.0 * total / chi_squared_upper_quantile(tail, for_lower)?;
    let upper = 2.0 * total / chi_squared_quantile(tail, for_upper)?;
    Interval::two_sided(lower, upper, method)
}

pub(super) fn positive(x: f64) -> bool {
    x > 0.0 && x.is_finite()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_failures_in_800_hours_give_the_bounds_of_the_nist_factors() {
        // NIST/SEMATECH e-Handbook 8.4.5.1 prints the 80 % factors for r = 2 as 0.3758 and 3.7607.
        let interval = mtbf_time_truncated(800.0, 2, 0.8).unwrap();
        assert!((interval.lower.unwrap() / 400.0 - 0.3758).abs() < 5e-5);
        assert!((interval.upper.unwrap() / 400.0 - 3.7607).abs() < 5e-5);
    }

    #[test]
    fn without_a_failure_only_a_lower_bound_is_known() {
        let interval = mtbf_time_truncated(1000.0, 0, 0.95).unwrap();
        assert_eq!((interval.upper, interval.method), (None, Method::ZeroFailures));
        assert!((interval.lower.unwrap() - 1000.0 / 20.0_f64.ln()).abs() < 1e-10);
    }

    #[test]
    fn a_hundred_million_failures_determine_the_mtbf_to_four_digits() {
        let interval = mtbf_time_truncated(1e8, 100_000_000, 0.95).unwrap();
        assert!((interval.lower.unwrap() - (1.0 - 1.96e-4)).abs() < 1e-7);
        assert!((interval.upper.unwrap() - (1.0 + 1.96e-4)).abs() < 1e-7);
    }

    #[test]
    fn impossible_observations_have_no_interval() {
        for uptime in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(mtbf_time_truncated(uptime, 3, 0.9), None);
            assert_eq!(mtbf_time_truncated(uptime, 0, 0.9), None);
        }
        assert_eq!(mtbf_time_truncated(10.0, 1, 1.0), None);
    }

    /// NIST/SEMATECH e-Handbook 8.4.5.1: with 2 failures the 90 % lower bound is the lower limit of the 80 %
    /// interval, 0.3758 of the estimate.
    #[test]
    fn the_one_sided_bound_is_the_lower_limit_of_a_wider_interval() {
        let one_sided = mtbf_lower_one_sided(800.0, 2, 0.9).unwrap();
        let two_sided = mtbf_time_truncated(800.0, 2, 0.8).unwrap();
        assert!((one_sided.lower.unwrap() - two_sided.lower.unwrap()).abs() < 1e-9);
        assert_eq!((one_sided.upper, one_sided.method), (None, Method::ChiSquaredLower));
    }
}
