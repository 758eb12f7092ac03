//! The regularised incomplete gamma function.

use super::uniform::{self, Series};
use super::{LN_SQRT_TWO_PI, TERMS_MAX, Tails, continued_fraction, ln_1p_minus, stirling_error};

/// Temme's series for the gamma distribution; it does not depend on the parameter.
const SERIES: Series = uniform::series(1.0, 0.0);

/// Below this a tail is better had by its logarithm: it comes near the floats that have lost digits.
const SMALL: f64 = 1e-290;

/// P(a, x) and Q(a, x): the tails at `x` of the gamma distribution with shape `a` and scale 1.
///
/// `None` unless a is finite and positive and x ≥ 0 (infinity allowed).
///
/// Series below x = a + 1 (Abramowitz and Stegun 1964, 6.5.29), Legendre's continued fraction above (6.5.31), and
/// Temme's uniform expansion near x = a for a ≥ 20.
pub fn gamma_tails(a: f64, x: f64) -> Option<Tails> {
    if !(a > 0.0 && a.is_finite() && x >= 0.0) {
        return None;
    }
    if x == 0.0 {
        return Some(Tails::ALL_ABOVE);
    }
    if x == f64::INFINITY {
        return Some(Tails::ALL_BELOW);
    }
    let tau = (2.0 * deviance(a, x) / a).sqrt().copysign(x - a);
    Some(if a >= uniform::A_MIN && tau.abs() <= uniform::TAU_MAX {
        uniform::tails(&SERIES, a, tau)
    } else if x < a + 1.0 {
        Tails::from_lower(kernel(a, x) / a * power_series(a, x))
    } else {
        Tails::from_upper(kernel(a, x) / legendre_fraction(a, x))
    })
}

/// x^a e^(−x) / Γ(a, x), for x above a + 1.
fn legendre_fraction(a: f64, x: f64) -> f64 {
    continued_fraction(x + 1.0 - a, |k| (k * (a - k), x + 1.0 - a + 2.0 * k))
}

/// The upper tail over [`gamma_kernel`], also where both are below the range of floats. For a gamma distribution with
/// scale 1 the hazard is 1 / (x · this).
///
/// `None` as for [`gamma_tails`].
pub fn gamma_mills_ratio(a: f64, x: f64) -> Option<f64> {
    let (upper, kernel) = (gamma_tails(a, x)?.upper, kernel(a, x));
    let fraction_holds = x > a + 1.0 && !(upper > SMALL && kernel > SMALL);
    Some(if fraction_holds {
        legendre_fraction(a, x).recip()
    } else {
        upper / kernel
    })
}

/// −ln of the upper tail of [`gamma_tails`]: finite where the tail itself underflows.
///
/// `None` as for [`gamma_tails`].
pub fn gamma_cumulative_hazard(a: f64, x: f64) -> Option<f64> {
    let tails = gamma_tails(a, x)?;
    Some(if tails.lower < 0.5 {
        -(-tails.lower).ln_1p()
    } else if tails.upper > SMALL || x == f64::INFINITY {
        -tails.upper.ln()
    } else {
        legendre_fraction(a, x).ln() - ln_kernel(a, x)
    })
}

/// x^a e^(−x) / Γ(a): the density of the gamma distribution with respect to ln x.
///
/// `None` unless a is finite and positive and x ≥ 0.
pub fn gamma_kernel(a: f64, x: f64) -> Option<f64> {
    (a > 0.0 && a.is_finite() && x >= 0.0).then(|| kernel(a, x))
}

/// As [`gamma_kernel`], for valid arguments. By Stirling's formula: the logarithms of x^a and Γ(a) would cancel.
fn kernel(a: f64, x: f64) -> f64 {
    if x == 0.0 || x == f64::INFINITY {
        return 0.0;
    }
    ln_kernel(a, x).exp()
}

fn ln_kernel(a: f64, x: f64) -> f64 {
    0.5 * a.ln() - LN_SQRT_TWO_PI - stirling_error(a) - deviance(a, x)
}

/// a D with D = λ − 1 − ln λ and λ = x / a: half the squared distance from the mean, in standard deviations.
fn deviance(a: f64, x: f64) -> f64 {
    let excess = (x - a) / a;
    if excess > -0.9 && excess.is_finite() {
        return -a * ln_1p_minus(excess);
    }
    // ln x − ln a and not ln(x / a), which underflows or overflows at the ends.
    x - a - a * (x.ln() - a.ln())
}

/// 1 + x/(a+1) + x²/((a+1)(a+2)) + …
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

    #[test]
    fn arguments_outside_the_domain_have_no_value() {
        for (a, x) in [
            (0.0, 1.0),
            (-1.0, 1.0),
            (f64::NAN, 1.0),
            (1.0, f64::NAN),
            (1.0, -1e-9),
            (f64::INFINITY, 1.0),
        ] {
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
                assert!(
                    (tails.lower + tails.upper - 1.0).abs() < 1e-13,
                    "a = {a}, x = {x}: {tails:?}"
                );
            }
        }
    }
}
