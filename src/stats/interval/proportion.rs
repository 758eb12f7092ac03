//! Intervals for a proportion, such as failed probes or successful requests.
//!
//! For a proportion near 1, count the rarer outcome and convert: the bounds of a small proportion keep
//! their digits.

use super::{Interval, Method, alpha};
use crate::stats::quantile::{beta_quantile, beta_upper_quantile, normal_upper_quantile};

/// Computes Wilson's score interval for the success probability, given `successes` out of `trials`. Its
/// coverage is about the stated confidence on average.
///
/// `None` for no trials or more successes than trials.
pub fn wilson(successes: u64, trials: u64, confidence: f64) -> Option<Interval> {
    let z = normal_upper_quantile(alpha(confidence)? / 2.0)?;
    let failures = trials.checked_sub(successes).filter(|_| trials > 0)?;
    let (k, rest, n) = (successes as f64, failures as f64, trials as f64);
    let root = z * (k * (rest / n) + z * z / 4.0).sqrt();
    let upper = (k + z * z / 2.0 + root) / (n + z * z);
    // The two bounds are the roots of (n + z²) p² − (2k + z²) p + k²/n. The lower one is computed from
    // their product, since the difference k + z²/2 − root would cancel.
    let lower = if upper > 0.0 { k * (k / n) / ((n + z * z) * upper) } else { 0.0 };
    Interval::two_sided(lower, if failures == 0 { 1.0 } else { upper }, Method::Wilson)
}

/// Computes the exact interval for the success probability, given `successes` out of `trials`. Its
/// coverage is at least the stated confidence.
///
/// `None` for no trials or more successes than trials.
pub fn clopper_pearson(successes: u64, trials: u64, confidence: f64) -> Option<Interval> {
    let half = alpha(confidence)? / 2.0;
    let failures = trials.checked_sub(successes).filter(|_| trials > 0)?;
    let (k, rest) = (successes as f64, failures as f64);
    let lower = if successes == 0 { 0.0 } else { beta_quantile(half, k, rest + 1.0)? };
    let upper = if failures == 0 { 1.0 } else { beta_upper_quantile(half, k + 1.0, rest)? };
    Interval::two_sided(lower, upper, Method::ClopperPearson)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_successes_have_lower_bound_0_and_no_failures_upper_bound_1() {
        for method in [wilson, clopper_pearson] {
            assert_eq!(method(0, 10, 0.95).unwrap().lower, Some(0.0));
            assert_eq!(method(10, 10, 0.95).unwrap().upper, Some(1.0));
        }
    }

    /// Expected values: the textbook form p̂ ± z √(p̂ (1 − p̂) / n + z² / 4n²), shrunk towards ½, in Python.
    #[test]
    fn the_score_interval_is_that_of_the_textbook() {
        for (successes, lower, upper) in [
            (3, 0.020_614_970_348_973_97, 0.162_170_916_888_381_73),
            (47, 0.837_829_083_111_618_2, 0.979_385_029_651_026),
        ] {
            let interval = wilson(successes, 50, 0.95).unwrap();
            assert!((interval.lower.unwrap() / lower - 1.0).abs() < 1e-12, "{interval:?}");
            assert!((interval.upper.unwrap() / upper - 1.0).abs() < 1e-12, "{interval:?}");
        }
    }

    #[test]
    fn the_exact_upper_bound_of_no_failures_solves_the_power_equation() {
        let upper = clopper_pearson(0, 1000, 0.95).unwrap().upper.unwrap();
        let exact = -(0.025_f64.ln() / 1000.0).exp_m1();
        assert!((upper / exact - 1.0).abs() < 1e-12);
    }

    #[test]
    fn one_failure_in_a_billion_keeps_its_digits() {
        let interval = clopper_pearson(1, 1_000_000_000, 0.95).unwrap();
        assert!((interval.lower.unwrap() / 2.531_780_80e-11 - 1.0).abs() < 1e-6, "{interval:?}");
        assert!((interval.upper.unwrap() / 5.571_643_39e-9 - 1.0).abs() < 1e-6, "{interval:?}");
        let wilson = wilson(1, 1_000_000_000, 0.95).unwrap();
        assert!(wilson.lower.unwrap() > 1e-10 && wilson.upper.unwrap() < 6e-9, "{wilson:?}");
    }

    #[test]
    fn impossible_counts_and_levels_have_no_interval() {
        for method in [wilson, clopper_pearson] {
            assert_eq!(method(0, 0, 0.95), None);
            assert_eq!(method(3, 2, 0.95), None);
            assert_eq!(method(1, 2, 0.0), None);
        }
    }
}
