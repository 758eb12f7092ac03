//! The interval for a ratio of totals, by the delta method.

use super::{Interval, Method, alpha};
use crate::stats::quantile::normal_upper_quantile;
use crate::stats::summary::Estimate;

/// Computes the interval for a ratio of totals from its standard error; the lower bound is at least
/// zero.
///
/// `None` for a ratio that is not finite.
pub fn ratio_delta(ratio: &Estimate, confidence: f64) -> Option<Interval> {
    let half_width = normal_upper_quantile(0.5 * alpha(confidence)?)? * ratio.standard_error;
    let lower = (ratio.value - half_width).max(0.0);
    Interval::two_sided(lower, ratio.value + half_width, Method::RatioDelta)
}

#[cfg(test)]
mod tests {
    use super::ratio_delta;
    use crate::stats::summary::Estimate;

    #[test]
    fn the_interval_lies_around_the_ratio_and_never_below_zero() {
        let interval = ratio_delta(&Estimate { value: 10.0, standard_error: 1.0 }, 0.95).unwrap();
        assert!((interval.lower.unwrap() - 8.040_036).abs() < 1e-6);
        assert!((interval.upper.unwrap() - 11.959_964).abs() < 1e-6);
        let wide = Estimate { value: 1.0, standard_error: 1.0 };
        assert_eq!(ratio_delta(&wide, 0.95).unwrap().lower, Some(0.0));
    }
}
