//! The regularised incomplete gamma function.

use super::uniform::{self, Series};
use super::{LN_SQRT_TWO_PI, TERMS_MAX, Tails, continued_fraction, ln_1p_minus, ln_gamma_1p, stirling_error};

/// Temme's series for the gamma distribution, the same for every shape.
const SERIES: Series = uniform::series(1.0, 0.0);

/// Below this the logarithm of a tail is computed without the tail: floats near the subnormal range have
/// fewer digits.
const SMALL: f64 = 1e-290;

/// Below this shape a small upper tail has a series of its own.
const SMALL_SHAPE_MAX: f64 = 0.5;

/// Returns P(a, x) and Q(a, x), the tails at `x` of the gamma distribution with shape `a` and scale 1.
///
/// `None` unless a is finite and positive and x ≥ 0 (infinity allowed).
///
/// By a series below x = a + 1 (Abramowitz and Stegun 1964, 6.5.29), by Legendre's continued fraction
/// above (6.5.31), and by Temme's uniform expansion near x = a for a ≥ 20.
pub(crate) fn gamma_tails(a: f64, x: f64) -> Option<Tails> {
    if !(a > 0.0 && a.is_finite() && x >= 0.0) {
        return None;
    }
    if x == 0.0 {
        return Some(Tails::ALL_ABOVE);
    }
    if x == f64::INFINITY {
        return Some(Tails::ALL_BELOW);
    }
    // Temme's τ: a τ²/2 is the deviance, and τ has the sign of x − a.
    let tau = (2.0 * deviance(a, x) / a).sqrt().copysign(x - a);
    Some(if a >= uniform::A_MIN && tau.abs() <= uniform::TAU_MAX {
        uniform::tails(&SERIES, a, tau)
    } else if x < a + 1.0 {
        let tails = Tails::from_lower(kernel(a, x) / a * power_series(a, x));
        if a < SMALL_SHAPE_MAX && tails.upper < 0.1 {
            return Some(Tails::from_upper(small_shape_upper(a, x)));
        }
        tails
    } else {
        Tails::from_upper(kernel(a, x) / legendre_fraction(a, x))
    })
}

/// Returns Q(a, x) for a small a and x < a + 1, where P is near 1 even for a small x, so that 1 − P
/// would cancel.
///
/// a Γ(a, x) = Γ(1 + a) − x^a − a x^a Σ (−x)^k / ((a + k) k!), k = 1, 2, … (Gautschi 1979, "A
/// computational procedure for incomplete gamma functions").
fn small_shape_upper(a: f64, x: f64) -> f64 {
    let mut power = 1.0;
    let mut sum = 0.0;
    for k in (1..=TERMS_MAX).map(f64::from) {
        power *= -x / k;
        sum += power / (a + k);
        if power.abs() < f64::EPSILON * sum.abs() {
            break;
        }
    }
    let ln_gamma = ln_gamma_1p(a);
    let ln_power = a * x.ln();
    // Γ(1 + a) and x^a are both near 1 for a small a: `exp_m1` leaves the 1 out of both.
    (ln_gamma.exp_m1() - ln_power.exp_m1() - a * ln_power.exp() * sum) / ln_gamma.exp()
}

/// Returns x^a e^(−x) / Γ(a, x) by Legendre's continued fraction, for x above a + 1.
fn legendre_fraction(a: f64, x: f64) -> f64 {
    continued_fraction(x + 1.0 - a, |k| (k * (a - k), x + 1.0 - a + 2.0 * k))
}

/// Returns the upper tail divided by [`gamma_kernel`], also where both underflow. For a gamma
/// distribution with scale 1 the hazard is 1 / (x · this).
///
/// `None` as for [`gamma_tails`].
pub(crate) fn gamma_mills_ratio(a: f64, x: f64) -> Option<f64> {
    let upper = gamma_tails(a, x)?.upper;
    Some(if is_far_above(a, x) { (x - a + legendre_rest(a, x)).recip() } else { upper / kernel(a, x) })
}

/// Returns the integral of Q(a, u) over u from x to infinity, divided by [`gamma_kernel`]. This is 1 −
/// (x − a) m with [`gamma_mills_ratio`] m, computed without the cancellation for large x.
///
/// `None` as for [`gamma_tails`].
pub(crate) fn gamma_mills_excess(a: f64, x: f64) -> Option<f64> {
    if is_far_above(a, x) {
        let rest = legendre_rest(a, x);
        return Some(rest / (x - a + rest));
    }
    Some(1.0 + (a - x) * gamma_mills_ratio(a, x)?)
}

/// Tells whether x lies at least three standard deviations above the mean: from there on Legendre's
/// fraction needs fewer than 60 terms for every a.
fn is_far_above(a: f64, x: f64) -> bool {
    x > a + 1.0 + 3.0 * a.sqrt() && x < f64::INFINITY
}

/// Returns [`legendre_fraction`] minus (x − a), which is 1 + (a − 1) / (x + 3 − a + …).
fn legendre_rest(a: f64, x: f64) -> f64 {
    continued_fraction(1.0, |k| (k * (a - k), x + 1.0 - a + 2.0 * k))
}

/// Returns −ln of the upper tail of [`gamma_tails`]: finite where the tail itself underflows.
///
/// `None` as for [`gamma_tails`].
pub(crate) fn gamma_cumulative_hazard(a: f64, x: f64) -> Option<f64> {
    let tails = gamma_tails(a, x)?;
    // A tail near 1 keeps the digits of its logarithm only through the other tail.
    Some(if tails.lower < 0.5 {
        -(-tails.lower).ln_1p()
    } else if tails.upper > SMALL || x == f64::INFINITY {
        -tails.upper.ln()
    } else {
        legendre_fraction(a, x).ln() - ln_kernel(a, x)
    })
}

/// Returns x^a e^(−x) / Γ(a), the density of the gamma distribution with respect to ln x.
///
/// `None` unless a is finite and positive and x ≥ 0.
pub(crate) fn gamma_kernel(a: f64, x: f64) -> Option<f64> {
    (a > 0.0 && a.is_finite() && x >= 0.0).then(|| kernel(a, x))
}

/// Computes [`gamma_kernel`] for valid arguments, by Stirling's formula: the logarithms of x^a and Γ(a)
/// would cancel.
fn kernel(a: f64, x: f64) -> f64 {
    if x == 0.0 || x == f64::INFINITY {
        return 0.0;
    }
    ln_kernel(a, x).exp()
}

/// The logarithm of [`kernel`], for 0 < x < ∞.
fn ln_kernel(a: f64, x: f64) -> f64 {
    0.5 * a.ln() - LN_SQRT_TWO_PI - stirling_error(a) - deviance(a, x)
}

/// Returns a (λ − 1 − ln λ) with λ = x / a: near the mean, half the squared distance from it in standard
/// deviations.
fn deviance(a: f64, x: f64) -> f64 {
    let excess = (x - a) / a;
    if excess > -0.9 && excess.is_finite() {
        return -a * ln_1p_minus(excess);
    }
    // ln x − ln a and not ln(x / a): the quotient can underflow or overflow.
    x - a - a * (x.ln() - a.ln())
}

/// Sums the series 1 + x/(a+1) + x²/((a+1)(a+2)) + …
fn power_series(a: f64, x: f64) -> f64 {
    let mut term = 1.0;
    let mut sum = 1.0;
    for k in 1..=TERMS_MAX {
        term *= x / (a + f64::from(k));
        sum += term;
        if term < sum * f64::EPSILON {
            break;
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shape_one_is_the_exponential_distribution() {
        for x in [1e-12, 0.3, 1.0, 2.5, 40.0, 700.0_f64] {
            let tails = gamma_tails(1.0, x).unwrap();
            assert!((tails.lower / -(-x).exp_m1() - 1.0).abs() < 1e-14, "lower at {x}");
            assert!((tails.upper / (-x).exp() - 1.0).abs() < 2e-13, "upper at {x}");
        }
    }

    /// mpmath, 40 digits: `gammainc(a, x, regularized=True)`.
    #[test]
    fn the_upper_tail_of_a_small_shape_keeps_its_digits() {
        for (a, x, upper) in [
            (1e-09, 0.001, 6.331_539_344_913_422e-09),
            (0.001, 0.7, 0.000_374_053_365_974_894_2),
            (0.001, 1.0, 0.000_219_608_357_585_556_4),
            (0.04, 0.9, 0.010_795_492_919_009_365),
            (0.06, 1.05, 0.012_873_285_926_117_622),
            (0.3, 1.2, 0.063_394_719_569_259_1),
        ] {
            let got = gamma_tails(a, x).unwrap().upper;
            assert!((got / upper - 1.0).abs() < 1e-14, "a = {a}, x = {x}: {got:e}");
        }
    }

    #[test]
    fn arguments_outside_the_domain_have_no_value() {
        for (a, x) in
            [(0.0, 1.0), (-1.0, 1.0), (f64::NAN, 1.0), (1.0, f64::NAN), (1.0, -1e-9), (f64::INFINITY, 1.0)]
        {
            assert_eq!(gamma_tails(a, x), None, "a = {a}, x = {x}");
        }
    }

    #[test]
    fn the_ends_of_the_axis_hold_all_probability_on_one_side() {
        assert_eq!(gamma_tails(3.0, 0.0), Some(Tails::ALL_ABOVE));
        assert_eq!(gamma_tails(3.0, f64::INFINITY), Some(Tails::ALL_BELOW));
    }

    #[test]
    fn tails_are_probabilities_over_the_whole_range_of_floats() {
        for a in [1e-3, 0.05, 1.0, 19.9, 20.0, 1e4, 5e9] {
            for exponent in -300..=300 {
                let x = 10_f64.powi(exponent);
                let tails = gamma_tails(a, x).unwrap();
                assert!((tails.lower + tails.upper - 1.0).abs() < 1e-13, "a = {a}, x = {x}: {tails:?}");
            }
        }
    }
}
