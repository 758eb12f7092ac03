//! The far tail of the normal distribution, where the probability itself leaves the range of floats.

use super::{LN_SQRT_TWO_PI, continued_fraction};
use crate::stats::quantile::{normal_cdf, normal_quantile, normal_survival, normal_upper_quantile};

/// From here on the continued fractions need fewer than 60 terms.
const FRACTION_FROM: f64 = 2.0;

/// The density of the standard normal distribution.
pub fn normal_density(z: f64) -> f64 {
    (-0.5 * z * z - LN_SQRT_TWO_PI).exp()
}

/// P(Z > z) / φ(z), Mills' ratio: 1 / (z + 1 / (z + 2 / (z + …))) (Laplace 1805). Infinite below z = −38.
pub fn mills_ratio(z: f64) -> f64 {
    if z == f64::INFINITY {
        0.0
    } else if z < FRACTION_FROM {
        normal_survival(z) / normal_density(z)
    } else {
        continued_fraction(z, |k| (k, z)).recip()
    }
}

/// ∫ P(Z > x) dx from z on, over φ(z): 1 − z m(z) with Mills' ratio m, without the cancellation for large z.
///
/// The integrals Dₙ of P(Z > x) obey n Dₙ = Dₙ₋₂ − z Dₙ₋₁ (Abramowitz and Stegun 1964, 7.2.5), whence
/// D₁ / D₀ = 1 / (z + 2 / (z + 3 / (z + …))).
pub fn mills_excess(z: f64) -> f64 {
    if z == f64::INFINITY {
        0.0
    } else if z < FRACTION_FROM {
        1.0 - z * mills_ratio(z)
    } else {
        mills_ratio(z) / continued_fraction(z, |k| (k + 1.0, z))
    }
}

/// −ln P(Z > z), the cumulative hazard: finite where the probability itself underflows.
pub fn normal_cumulative_hazard(z: f64) -> f64 {
    if z < -1.0 {
        -(-normal_cdf(z)).ln_1p()
    } else if z < 5.0 {
        -normal_survival(z).ln()
    } else {
        0.5 * z * z + LN_SQRT_TWO_PI - mills_ratio(z).ln()
    }
}

/// The z at which −ln P(Z > z) is `h`, for h > 0. The inverse of [`normal_cumulative_hazard`].
pub fn normal_at_cumulative_hazard(h: f64) -> f64 {
    /// Below this the probability e^(−h) has all its digits.
    const DIRECT_MAX: f64 = 600.0;
    if h < DIRECT_MAX {
        let z = if h < std::f64::consts::LN_2 {
            normal_quantile(-(-h).exp_m1())
        } else {
            normal_upper_quantile((-h).exp())
        };
        // An h that vanishes against 1 lies further down than any quantile.
        return z.unwrap_or(f64::NEG_INFINITY);
    }
    // Newton's method; the function is nearly z²/2 here, so three steps from √(2h) reach the last bit.
    let mut z = (2.0 * h).sqrt();
    for _ in 0..4 {
        z -= (normal_cumulative_hazard(z) - h) * mills_ratio(z);
    }
    z
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cumulative_hazard_and_the_excess_keep_their_digits_in_both_tails() {
        let table = include_str!("../testdata/normal_hazard.txt").lines();
        for row in table.filter(|line| !line.starts_with('#')) {
            let numbers: Vec<f64> = row.split(' ').map(|word| word.parse().unwrap()).collect();
            let [z, hazard, excess] = numbers[..] else {
                panic!("{row}")
            };
            for (got, expected) in [(normal_cumulative_hazard(z), hazard), (mills_excess(z), excess)] {
                assert!(
                    (got / expected - 1.0).abs() < 1e-13,
                    "{z}: {got}, expected {expected}"
                );
            }
        }
    }

    #[test]
    fn the_formulas_meet() {
        for (z, function) in [
            (FRACTION_FROM, mills_ratio as fn(f64) -> f64),
            (FRACTION_FROM, mills_excess),
            (-1.0, normal_cumulative_hazard),
            (5.0, normal_cumulative_hazard),
        ] {
            let (below, above) = (function(z - 1e-15), function(z));
            assert!((below / above - 1.0).abs() < 1e-13, "{z}: {below} {above}");
        }
    }

    #[test]
    fn the_inverse_leads_back() {
        for z in [
            -30.0, -8.0, -1.0, -0.1, 0.0, 0.3, 2.0, 5.0, 30.0, 36.0, 40.0, 1e3, 1e8,
        ] {
            let back = normal_at_cumulative_hazard(normal_cumulative_hazard(z));
            assert!((back - z).abs() <= 1e-13 * z.abs().max(1.0), "{z}: {back}");
        }
    }
}
