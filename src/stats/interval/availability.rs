//! Intervals for availability, expressed as its complement.
//!
//! All bounds here are on the **unavailability** U = downtime / (uptime + downtime): at five nines 1 − A
//! would lose five digits. The bounds on availability are 1 − upper and 1 − lower.
//!
//! There are two models. [`availability_f`] assumes exponential up and down times and is then exact.
//! [`availability_logit_renewal`] assumes an alternating renewal process with any distributions and
//! estimates their spread, for which it needs enough outages.

use super::mtbf::{mtbf_lower_one_sided, positive};
use super::{Interval, Method, alpha};
use crate::stats::quantile::{f_upper_quantile, normal_upper_quantile, student_t_upper_quantile};

/// Computes the interval for the unavailability after `n` failures and repairs with exponential times
/// between them.
///
/// (downtime / uptime) / (MTTR / MTBF) has an F distribution with 2n and 2n degrees of freedom. Exact
/// where observation starts and ends with a repair; a close approximation where it ends at a fixed time.
/// Needs at least one failure.
///
/// `None` unless uptime and downtime are positive and finite and n ≥ 1.
pub fn availability_f(uptime: f64, downtime: f64, n: u64, confidence: f64) -> Option<Interval> {
    let factor = f_upper_quantile(alpha(confidence)? / 2.0, 2.0 * n as f64, 2.0 * n as f64)?;
    let ratio = down_to_up(uptime, downtime)?;
    // With equal degrees of freedom the lower quantile of F is the reciprocal of the upper one.
    from_ratios(ratio / factor, ratio * factor, Method::FRatio)
}

/// Observed totals and spread of alternating up and down times.
///
/// `up_squared_cv` is the squared coefficient of variation (variance with divisor n − 1, over squared
/// mean) of the up intervals that **ended in a failure**. The first of them, cut off by the start of the
/// window, counts; the last, cut off by its end, does not: there are then as many up intervals as
/// outages. `down_squared_cv` is that of the outages, merged and clipped to the window. `uptime` and
/// `downtime` are the totals, the last up interval included.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cycles {
    /// Total time up within the window.
    pub uptime: f64,
    /// Total time down within the window, in the same unit.
    pub downtime: f64,
    /// Number of outages.
    pub n: u64,
    /// Squared coefficient of variation of the up intervals; 1 for exponential ones.
    pub up_squared_cv: f64,
    /// Squared coefficient of variation of the outages.
    pub down_squared_cv: f64,
}

/// Returns the standard error of logit U = ln(downtime / uptime): √((cv²up + cv²down) / n), by the delta
/// method.
///
/// On the logit scale the bounds stay inside (0, 1), which a standard error of U itself does not ensure.
///
/// `None` for fewer than two outages, without any spread, which says more of the rounding of the log than of the
/// process, or for a squared coefficient of variation that is negative or not finite.
fn renewal_logit_se(cycles: &Cycles) -> Option<f64> {
    let spread = cycles.up_squared_cv + cycles.down_squared_cv;
    let valid = cycles.n >= 2
        && cycles.up_squared_cv >= 0.0
        && cycles.down_squared_cv >= 0.0
        && spread.is_finite()
        && spread > 0.0;
    valid.then(|| (spread / cycles.n as f64).sqrt())
}

/// Computes the interval for the unavailability of an alternating renewal process with any
/// distributions. Meant for many outages: for few the normal quantile makes it too narrow.
///
/// `None` for an uptime or downtime that is not positive and finite, for fewer than two outages, and for a
/// squared coefficient of variation that is negative or not finite.
pub fn availability_logit_renewal(cycles: &Cycles, confidence: f64) -> Option<Interval> {
    let factor = normal_upper_quantile(alpha(confidence)? / 2.0)?;
    logit_interval(cycles, factor, Method::LogitRenewal)
}

/// Computes the interval of [`availability_logit_renewal`] with the quantile of Student's t with n − 1
/// degrees of freedom, which allows for the spread being estimated from few outages.
pub fn availability_logit_renewal_t(cycles: &Cycles, confidence: f64) -> Option<Interval> {
    let factor = student_t_upper_quantile(alpha(confidence)? / 2.0, cycles.n.checked_sub(1)? as f64)?;
    logit_interval(cycles, factor, Method::LogitRenewalT)
}

fn logit_interval(cycles: &Cycles, factor: f64, method: Method) -> Option<Interval> {
    let half_width = factor * renewal_logit_se(cycles)?;
    let ratio = down_to_up(cycles.uptime, cycles.downtime)?;
    from_ratios(ratio * (-half_width).exp(), ratio * half_width.exp(), method)
}

/// Computes an upper bound on the unavailability when there was no failure: the lower bound of the MTBF
/// for that case ([`mtbf_lower_one_sided`]) together with an assumed mean time to restore in the same
/// unit.
///
/// `None` unless both times are positive and finite.
pub fn availability_zero_failures(uptime: f64, assumed_mttr: f64, confidence: f64) -> Option<Interval> {
    let mtbf = mtbf_lower_one_sided(uptime, 0, confidence)?.lower?;
    let ratio = down_to_up(mtbf, assumed_mttr)?;
    Interval::upper_only(to_unavailability(ratio), Method::UnavailabilityZeroFailures)
}

/// Returns the further failure-free uptime after which [`availability_zero_failures`] shows an
/// unavailability of at most `target_unavailability`, when there was no failure in `uptime` so far. Zero
/// if that is shown already.
///
/// The bound is one-sided. `None` unless the target lies in (0, 1), the assumed mean time to restore is
/// positive and finite, and uptime is finite and not negative.
pub fn uptime_needed_without_failure(
    uptime: f64,
    assumed_mttr: f64,
    target_unavailability: f64,
    confidence: f64,
) -> Option<f64> {
    let mtbf_needed = assumed_mttr / down_to_up_allowed(target_unavailability)?;
    let total_needed = mtbf_needed * -alpha(confidence)?.ln();
    still_needed(total_needed, uptime).filter(|_| positive(assumed_mttr))
}

/// Returns the further failure-free uptime after which the upper bound of [`availability_f`] (two-sided,
/// α/2 on either side) is at most `target_unavailability`, with `n` failures and a total `downtime` that
/// do not change meanwhile. Zero if the bound is met already.
///
/// `None` unless the target lies in (0, 1), downtime is positive and finite, uptime is finite and not
/// negative, and n ≥ 1.
pub fn uptime_needed_after_failures(
    uptime: f64,
    downtime: f64,
    n: u64,
    target_unavailability: f64,
    confidence: f64,
) -> Option<f64> {
    let factor = f_upper_quantile(alpha(confidence)? / 2.0, 2.0 * n as f64, 2.0 * n as f64)?;
    let total_needed = downtime * factor / down_to_up_allowed(target_unavailability)?;
    still_needed(total_needed, uptime).filter(|_| positive(downtime))
}

/// Returns the ratio of downtime to uptime, U / (1 − U), at a given unavailability; `None` outside (0,
/// 1).
fn down_to_up_allowed(unavailability: f64) -> Option<f64> {
    (unavailability > 0.0 && unavailability < 1.0).then(|| unavailability / (1.0 - unavailability))
}

fn still_needed(total: f64, so_far: f64) -> Option<f64> {
    (total.is_finite() && so_far.is_finite() && so_far >= 0.0).then(|| (total - so_far).max(0.0))
}

fn down_to_up(uptime: f64, downtime: f64) -> Option<f64> {
    (positive(uptime) && positive(downtime)).then(|| downtime / uptime)
}

/// Builds the interval for the unavailability from bounds on downtime / uptime.
fn from_ratios(lower: f64, upper: f64, method: Method) -> Option<Interval> {
    Interval::two_sided(to_unavailability(lower), to_unavailability(upper), method)
}

/// Returns r / (1 + r), also where r overflowed.
fn to_unavailability(ratio: f64) -> f64 {
    1.0 / (1.0 + 1.0 / ratio)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CYCLES: Cycles =
        Cycles { uptime: 1e6, downtime: 1e3, n: 12, up_squared_cv: 1.2, down_squared_cv: 2.0 };

    /// Expected values: 10⁻³ exp(±z √(3.2 / 12)) as downtime to uptime, in Python.
    #[test]
    fn the_logit_interval_has_the_error_of_the_delta_method() {
        let interval = availability_logit_renewal(&CYCLES, 0.95).unwrap();
        assert!((interval.lower.unwrap() / 3.633_152_258_619_541e-4 - 1.0).abs() < 1e-12, "{interval:?}");
        assert!((interval.upper.unwrap() / 2.743_881_152_106_226_6e-3 - 1.0).abs() < 1e-12, "{interval:?}");
    }

    #[test]
    fn one_failure_gives_the_f_interval_in_closed_form() {
        // F with 2 and 2 degrees of freedom has P(F > x) = 1 / (1 + x): the upper 2.5 % point is 39.
        let interval = availability_f(718.0, 2.0, 1, 0.95).unwrap();
        let ratio = 2.0 / 718.0;
        assert!((interval.lower.unwrap() / (ratio / 39.0 / (1.0 + ratio / 39.0)) - 1.0).abs() < 1e-13);
        assert!((interval.upper.unwrap() / (ratio * 39.0 / (1.0 + ratio * 39.0)) - 1.0).abs() < 1e-13);
    }

    #[test]
    fn an_unavailability_of_a_billionth_keeps_its_digits() {
        let interval = availability_f(1e12, 1e3, 5, 0.95).unwrap();
        let factor = f_upper_quantile(0.025, 10.0, 10.0).unwrap();
        assert!((interval.upper.unwrap() / (1e-9 * factor) - 1.0).abs() < 1e-8);
        assert!(interval.lower < interval.upper);
    }

    #[test]
    fn the_logit_interval_is_symmetric_in_the_logit_and_wider_with_student_t() {
        let logit = |u: Option<f64>| u.map(|u| (u / (1.0 - u)).ln()).unwrap();
        let (z, t) = (
            availability_logit_renewal(&CYCLES, 0.9).unwrap(),
            availability_logit_renewal_t(&CYCLES, 0.9).unwrap(),
        );
        for interval in [z, t] {
            let middle = f64::midpoint(logit(interval.lower), logit(interval.upper));
            assert!((middle - 1e-3_f64.ln()).abs() < 1e-12);
        }
        assert!(t.lower < z.lower && t.upper > z.upper);
    }

    #[test]
    fn one_outage_has_no_measured_spread() {
        let single = Cycles { n: 1, ..CYCLES };
        assert_eq!(availability_logit_renewal(&single, 0.9), None);
        assert_eq!(availability_logit_renewal_t(&single, 0.9), None);
        assert_eq!(availability_logit_renewal_t(&Cycles { n: 0, ..CYCLES }, 0.9), None);
    }

    #[test]
    fn the_uptime_needed_without_failure_meets_the_target_exactly() {
        let more = uptime_needed_without_failure(100.0, 0.5, 1e-4, 0.9).unwrap();
        let shown = availability_zero_failures(100.0 + more, 0.5, 0.9).unwrap();
        assert!((shown.upper.unwrap() / 1e-4 - 1.0).abs() < 1e-12);
        assert_eq!(uptime_needed_without_failure(100.0 + more * 1.01, 0.5, 1e-4, 0.9), Some(0.0));
    }

    #[test]
    fn the_uptime_needed_after_failures_meets_the_target_exactly() {
        let more = uptime_needed_after_failures(1000.0, 3.0, 4, 1e-3, 0.95).unwrap();
        let shown = availability_f(1000.0 + more, 3.0, 4, 0.95).unwrap();
        assert!((shown.upper.unwrap() / 1e-3 - 1.0).abs() < 1e-12);
        assert_eq!(uptime_needed_after_failures(1000.0 + more * 1.01, 3.0, 4, 1e-3, 0.95), Some(0.0));
    }

    #[test]
    fn impossible_observations_have_no_interval() {
        for bad in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(availability_f(bad, 1.0, 3, 0.9), None);
            assert_eq!(availability_f(1.0, bad, 3, 0.9), None);
            assert_eq!(availability_zero_failures(bad, 1.0, 0.9), None);
            assert_eq!(availability_logit_renewal(&Cycles { downtime: bad, ..CYCLES }, 0.9), None);
            assert_eq!(uptime_needed_without_failure(1.0, bad, 0.1, 0.9), None);
            assert_eq!(uptime_needed_after_failures(1.0, bad, 2, 0.1, 0.9), None);
        }
        assert_eq!(availability_f(1.0, 1.0, 0, 0.9), None);
        assert_eq!(uptime_needed_after_failures(1.0, 1.0, 0, 0.1, 0.9), None);
        assert_eq!(uptime_needed_without_failure(1.0, 1.0, 1.0, 0.9), None);
        assert_eq!(availability_logit_renewal(&Cycles { up_squared_cv: f64::NAN, ..CYCLES }, 0.9), None);
    }
}
