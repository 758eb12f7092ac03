//! The normal distribution far in its tail, where the probability itself underflows.

use super::{LN_SQRT_TWO_PI, continued_fraction};
use libm::erfc;
use std::f64::consts::FRAC_1_SQRT_2;

/// The smallest z for the continued fractions: from here on they need fewer than 60 terms.
const FRACTION_FROM: f64 = 2.0;

/// Returns the density φ(z) of the standard normal distribution.
pub(crate) fn normal_density(z: f64) -> f64 {
    (-0.5 * z * z - LN_SQRT_TWO_PI).exp()
}

/// Returns P(Z > z) for the standard normal distribution.
pub(crate) fn normal_survival(z: f64) -> f64 {
    0.5 * erfc(z * FRAC_1_SQRT_2)
}

/// Returns Mills' ratio P(Z > z) / φ(z), from z = 2 on by the continued fraction 1 / (z + 1 / (z + 2 /
/// (z + …))) (Laplace 1805). Infinite below about z = −37.7, where 1 / φ(z) overflows.
pub(crate) fn mills_ratio(z: f64) -> f64 {
    if z == f64::INFINITY {
        0.0
    } else if z < FRACTION_FROM {
        normal_survival(z) / normal_density(z)
    } else {
        continued_fraction(z, |k| (k, z)).recip()
    }
}

/// Returns the integral of P(Z > x) over x from z to infinity, divided by φ(z). This is 1 − z m(z) with
/// Mills' ratio m, computed without the cancellation for large z.
///
/// The repeated integrals Dₙ of P(Z > x) obey n Dₙ = Dₙ₋₂ − z Dₙ₋₁ (Abramowitz and Stegun 1964, 7.2.5),
/// whence D₁ / D₀ = 1 / (z + 2 / (z + 3 / (z + …))).
pub(crate) fn mills_excess(z: f64) -> f64 {
    if z == f64::INFINITY {
        0.0
    } else if z < FRACTION_FROM {
        1.0 - z * mills_ratio(z)
    } else {
        mills_ratio(z) / continued_fraction(z, |k| (k + 1.0, z))
    }
}

/// Returns −ln P(Z > z), the cumulative hazard: finite where the probability itself underflows.
pub(crate) fn normal_cumulative_hazard(z: f64) -> f64 {
    // A tail near 1 keeps the digits of its logarithm only through the other tail; a tail that may
    // underflow is taken apart as φ(z) times Mills' ratio.
    if z < -1.0 {
        -(-normal_survival(-z)).ln_1p()
    } else if z < 5.0 {
        -normal_survival(z).ln()
    } else {
        0.5 * z * z + LN_SQRT_TWO_PI - mills_ratio(z).ln()
    }
}

/// Returns the z at which −ln P(Z > z) is `h`, for h from 600 on, where e^(−h) nears the smallest
/// floats.
///
/// By Newton's method: the function is nearly z²/2 there, so that four steps from √(2h) reach the last
/// bit.
pub(crate) fn normal_far_quantile(h: f64) -> f64 {
    let mut z = (2.0 * h).sqrt();
    for _ in 0..4 {
        // The derivative of the cumulative hazard is the hazard, the reciprocal of Mills' ratio.
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
            let [z, hazard, excess] = numbers[..] else { panic!("{row}") };
            for (got, expected) in [(normal_cumulative_hazard(z), hazard), (mills_excess(z), excess)] {
                assert!((got / expected - 1.0).abs() < 1e-13, "{z}: {got}, expected {expected}");
            }
        }
    }

    #[test]
    fn every_function_is_continuous_where_its_formulas_meet() {
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
}
