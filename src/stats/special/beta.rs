//! The regularised incomplete beta function.

use super::{LN_SQRT_TWO_PI, Tails, continued_fraction, ln_1p_minus, stirling_error, uniform};

/// Returns I(x; a, b) and its complement, the tails at `x` of the beta distribution, where `y` is 1 − x.
///
/// `y` is an argument of its own because a caller near x = 1 usually knows it exactly, while 1 − x has
/// lost its digits.
///
/// `None` unless a and b are finite and positive and x, y lie in \[0, 1\] and add up to 1.
///
/// By Temme's uniform expansion near the mean where ab / (a + b) ≥ 20, otherwise by a continued fraction
/// on the side of the mean on which it converges fast.
pub(crate) fn beta_tails(a: f64, b: f64, x: f64, y: f64) -> Option<Tails> {
    if !valid(a, b, x, y) {
        return None;
    }
    if x == 0.0 {
        return Some(Tails::ALL_ABOVE);
    }
    if y == 0.0 {
        return Some(Tails::ALL_BELOW);
    }
    let size = a * (b / (a + b));
    let tau = (2.0 * deviance(a, b, x, y) / size).sqrt().copysign(from_mean(a, b, x, y));
    Some(if size >= uniform::A_MIN && tau.abs() <= uniform::TAU_MAX {
        let total = a + b;
        let series = uniform::series((b - a) / total, (a / total) * (b / total));
        uniform::tails(&series, size, tau)
    // The fraction converges fast below x = (a + 1) / (a + b + 2); above, x and y change places.
    } else if x * (b + 1.0) < y * (a + 1.0) {
        Tails::from_lower(by_fraction(a, b, x, y))
    } else {
        Tails::from_upper(by_fraction(b, a, y, x))
    })
}

/// Returns x^a y^b / B(a, b), the density of the beta distribution with respect to ln(x / y), where y =
/// 1 − x.
///
/// `None` as for [`beta_tails`].
pub(crate) fn beta_kernel(a: f64, b: f64, x: f64, y: f64) -> Option<f64> {
    valid(a, b, x, y).then(|| kernel(a, b, x, y))
}

fn valid(a: f64, b: f64, x: f64, y: f64) -> bool {
    let parameter = |p: f64| p > 0.0 && p.is_finite();
    let fraction = |p: f64| (0.0..=1.0).contains(&p);
    parameter(a) && parameter(b) && fraction(x) && fraction(y) && (x + y - 1.0).abs() <= 4.0 * f64::EPSILON
}

/// Computes [`beta_kernel`] for valid arguments, by Stirling's formula, so that no large terms cancel.
fn kernel(a: f64, b: f64, x: f64, y: f64) -> f64 {
    if x == 0.0 || y == 0.0 {
        return 0.0;
    }
    let total = a + b;
    let stirling = stirling_error(total) - stirling_error(a) - stirling_error(b);
    let scale = 0.5 * (a.ln() + (b / total).ln()) - LN_SQRT_TWO_PI;
    (scale + stirling - deviance(a, b, x, y)).exp()
}

/// Returns b x − a y = (x − x₀)(a + b) for the mean x₀ = a / (a + b).
///
/// The rounding errors of both products are compensated (Kahan's difference of products): near the mean
/// of a large beta they would cost four digits of a tail. So would the rounding of y = 1 − x: the
/// smaller of x and y is taken as exact.
fn from_mean(a: f64, b: f64, x: f64, y: f64) -> f64 {
    let missing = if x < y { -a * ((1.0 - y) - x) } else { b * ((1.0 - x) - y) };
    let product = a * y;
    let product_error = (-a).mul_add(y, product);
    b.mul_add(x, -product) + (product_error + missing)
}

/// Returns −a ln(x / x₀) − b ln(y / y₀): near the mean, half the squared distance from it in standard
/// deviations.
///
/// With x = x₀ (1 + e) and y = y₀ (1 + g), a e + b g = 0: each logarithm may drop its linear term, and
/// the remaining terms have one sign.
fn deviance(a: f64, b: f64, x: f64, y: f64) -> f64 {
    let distance = from_mean(a, b, x, y);
    let excess = |parameter: f64, value: f64, distance: f64| {
        let relative = distance / parameter;
        if relative > -0.9 {
            -parameter * ln_1p_minus(relative)
        } else {
            // Here value / mean is small and may underflow; the sum of the logarithms does not.
            parameter * relative - parameter * (value.ln() + ((a + b) / parameter).ln())
        }
    };
    excess(a, x, distance) + excess(b, y, -distance)
}

/// Computes I(x; a, b) by the continued fraction, which converges fast for x below the mean.
///
/// Uses the contracted form of Didonato and Morris (1992, Algorithm 708, equation 9): where one
/// parameter is much larger than the other, the terms of the plain form cancel and those of this form do
/// not.
fn by_fraction(a: f64, b: f64, x: f64, y: f64) -> f64 {
    let below_mean = -from_mean(a, b, x, y);
    let common = |n: f64| n * (b - n) * x / (a + 2.0 * n - 1.0);
    let denominator = |n: f64| {
        let first = if n == 0.0 { 0.0 } else { n + common(n) };
        first + (a + n) / (a + 2.0 * n + 1.0) * (below_mean + 1.0 + n * (1.0 + y))
    };
    let numerator = |n: f64| common(n) * ((a + n - 1.0) * ((a + b + n - 1.0) / (a + 2.0 * n - 1.0)) * x);
    let fraction = continued_fraction(denominator(0.0), |n| (numerator(n), denominator(n)));
    kernel(a, b, x, y) / fraction
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_parameters_one_is_the_uniform_distribution() {
        for x in [1e-15, 0.1, 0.5, 0.75, 0.999] {
            let tails = beta_tails(1.0, 1.0, x, 1.0 - x).unwrap();
            assert!((tails.lower / x - 1.0).abs() < 1e-14, "{x}");
            assert!((tails.upper / (1.0 - x) - 1.0).abs() < 1e-14, "{x}");
        }
    }

    #[test]
    fn a_point_next_to_one_keeps_the_digits_of_its_complement() {
        let tails = beta_tails(2.0, 1.0, 1.0, 1e-30).unwrap();
        assert!((tails.upper / 2e-30 - 1.0).abs() < 1e-14, "{tails:?}");
    }

    #[test]
    fn a_beta_with_a_large_second_shape_is_nearly_a_gamma() {
        // b X tends to a gamma variate with shape a as b grows; the difference is of order a / b.
        let (a, b) = (30.0, 1e12);
        for x in [5.0, 25.0, 35.0, 90.0] {
            let beta = beta_tails(a, b, x / b, 1.0 - x / b).unwrap();
            let gamma = crate::stats::special::gamma_tails(a, x).unwrap();
            assert!((beta.lower / gamma.lower - 1.0).abs() < 1e-8, "{x}");
        }
    }

    #[test]
    fn arguments_outside_the_domain_have_no_value() {
        assert_eq!(beta_tails(0.0, 1.0, 0.5, 0.5), None);
        assert_eq!(beta_tails(1.0, f64::NAN, 0.5, 0.5), None);
        assert_eq!(beta_tails(1.0, 1.0, 1.5, -0.5), None);
        assert_eq!(beta_tails(1.0, 1.0, 0.5, 0.4), None, "x and y must add up to 1");
        assert_eq!(beta_tails(1.0, 1.0, f64::NAN, 0.5), None);
    }

    #[test]
    fn tails_are_probabilities_over_the_whole_range_of_parameters() {
        for a in [1e-3, 0.5, 10.0, 39.0, 41.0, 1e5, 1e9, 1e12] {
            for b in [1e-3, 0.5, 10.0, 39.0, 41.0, 1e5, 1e9, 1e12] {
                for odds in [1e-300, 1e-12, 0.01, 0.5, 0.999, 1.0, 1.001, 3.0, 1e12] {
                    let odds = odds * (a / b);
                    let (x, y) = (odds / (1.0 + odds), 1.0 / (1.0 + odds));
                    let tails = beta_tails(a, b, x, y).unwrap();
                    assert!((tails.lower + tails.upper - 1.0).abs() < 1e-11, "{a} {b} {odds}: {tails:?}");
                }
            }
        }
    }
}
