//! Temme's uniform expansion of the incomplete gamma and beta functions, for large parameters near the
//! mean.
//!
//! Both functions are integrals of exp(−A τ²/2) f(τ), where τ measures the distance from the mean, and
//! one differential equation serves both. Write the upper tail as
//!
//! ```text
//! ½ erfc(τ √(A/2)) + exp(−A τ²/2) S(τ) / √(2πA)
//! ```
//!
//! then S′ − A τ S = A (1 − f/Γ), with Γ the normalising constant. With f = Σ dₙ τⁿ and S = Σ βₙ τⁿ / Γ,
//! comparing powers of τ gives βₙ₋₁ = dₙ + (n + 1) βₙ₊₁ / A, run from high n to low, and Γ = 1 + β₁ / A
//! (Temme 1979; Gil, Segura and Temme 2012, "Efficient and accurate algorithms for the computation and
//! inversion of the incomplete gamma function ratios").
//!
//! f itself is τ / v, where v is the scaled distance from the mean and solves v v′ = τ (1 + c v − k v²):
//! c = 1, k = 0 for gamma; c = (b − a) / (a + b), k = a b / (a + b)² for beta. Its nearest singularity
//! has |τ| ≥ 2 √π in all of these cases, so that on |τ| ≤ 1 the error after 32 terms is below the last
//! bit.

use super::Tails;
use libm::erfc;
use std::f64::consts::PI;

/// Number of terms of the series in τ.
const TERMS: usize = 32;

/// The smallest A for which the expansion is accurate to the last digits.
pub(super) const A_MIN: f64 = 20.0;

/// The largest |τ| for which the expansion is accurate to the last digits.
pub(super) const TAU_MAX: f64 = 1.0;

/// The coefficients dₙ of f(τ), see the module's documentation.
pub(super) type Series = [f64; TERMS];

/// Computes the series of f for given `c` and `k`.
///
/// With w = v², the equation reads w′ / 2 = τ (1 + c v − k w), which gives the next coefficient of w
/// from those before; the next of v follows from w = v², and that of f from f · (v / τ) = 1.
pub(super) const fn series(c: f64, k: f64) -> Series {
    // v_over_tau[n] is the coefficient of τⁿ in v / τ, w_over_tau2[n] that of τⁿ in w / τ².
    let mut v_over_tau = [0.0; TERMS];
    let mut w_over_tau2 = [0.0; TERMS];
    let mut f = [0.0; TERMS];
    v_over_tau[0] = 1.0;
    w_over_tau2[0] = 1.0;
    f[0] = 1.0;
    let mut n = 1;
    while n < TERMS {
        let quadratic = if n >= 2 { k * w_over_tau2[n - 2] } else { 0.0 };
        w_over_tau2[n] = 2.0 * (c * v_over_tau[n - 1] - quadratic) / (n as f64 + 2.0);
        v_over_tau[n] = (w_over_tau2[n] - inner_convolution(&v_over_tau, &v_over_tau, n)) / 2.0;
        f[n] = -inner_convolution(&v_over_tau, &f, n) - v_over_tau[n];
        n += 1;
    }
    f
}

/// Returns Σ xᵢ yₙ₋ᵢ over 0 < i < n.
const fn inner_convolution(x: &Series, y: &Series, n: usize) -> f64 {
    let mut sum = 0.0;
    let mut i = 1;
    while i < n {
        sum += x[i] * y[n - i];
        i += 1;
    }
    sum
}

/// Returns both tails at `tau`, for A = `size` ≥ [`A_MIN`] and |`tau`| ≤ [`TAU_MAX`].
pub(super) fn tails(series: &Series, size: f64, tau: f64) -> Tails {
    let half_square = 0.5 * size * tau * tau;
    let z = half_square.sqrt().copysign(tau);
    let rest = (-half_square).exp() / (2.0 * PI * size).sqrt() * rest_factor(series, size, tau);
    Tails { lower: (0.5 * erfc(-z) - rest).clamp(0.0, 1.0), upper: (0.5 * erfc(z) + rest).clamp(0.0, 1.0) }
}

/// Returns S(τ) of the module's documentation.
fn rest_factor(series: &Series, size: f64, tau: f64) -> f64 {
    let (mut beta_even, mut beta_odd) = (0.0, 0.0);
    let mut sum = 0.0;
    // From the highest n down: βₙ₋₁ needs βₙ₊₁ only, so that two variables hold the even and the odd
    // coefficients.
    for (n, d) in series.iter().enumerate().skip(1).rev() {
        let beta = if n % 2 == 0 { &mut beta_odd } else { &mut beta_even };
        *beta = d + (n as f64 + 1.0) * *beta / size;
        sum = sum * tau + *beta;
    }
    sum / (1.0 + beta_odd / size)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gamma_series_starts_as_temme_published_it() {
        let f = series(1.0, 0.0);
        let expected = [1.0, -1.0 / 3.0, 1.0 / 12.0, -2.0 / 135.0, 1.0 / 864.0, 1.0 / 2835.0];
        for (ours, theirs) in f.iter().zip(expected) {
            assert!((ours - theirs).abs() < 1e-16, "{ours} against {theirs}");
        }
    }

    #[test]
    fn a_symmetric_beta_is_centred_on_its_median() {
        let both = tails(&series(0.0, 0.25), 25.0, 0.0);
        assert!((both.lower - 0.5).abs() < 1e-16 && (both.upper - 0.5).abs() < 1e-16, "{both:?}");
    }
}
