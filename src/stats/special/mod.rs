//! Special functions on which the reference distributions rest.
//!
//! The incomplete gamma and beta functions return both tails as [`Tails`], each to nearly full relative
//! precision: an unavailability of 10⁻⁷ computed as 1 − A would lose seven digits. Measured against
//! 50-digit arithmetic on the tables in `testdata`, the error is below 10⁻¹³ relative for gamma
//! parameters up to 5·10⁹ and beta parameters up to 10⁹, in tails down to 10⁻⁵⁰ (gamma) and 10⁻¹²
//! (beta).
//!
//! The size and place of the arguments select one of three methods: a power series, a continued fraction
//! or, for large parameters near the mean, Temme's uniform expansion (`uniform.rs`), which costs the
//! same for a parameter of 20 and of 10¹⁰.

mod beta;
mod gamma;
mod normal;
mod uniform;

pub(crate) use beta::{beta_kernel, beta_tails};
pub(crate) use gamma::{
    gamma_cumulative_hazard, gamma_kernel, gamma_mills_excess, gamma_mills_ratio, gamma_tails,
};
pub(crate) use normal::normal_far_quantile;
pub(crate) use normal::{
    mills_excess, mills_ratio, normal_cumulative_hazard, normal_density, normal_survival,
};

use libm::lgamma;

/// ln √(2π).
const LN_SQRT_TWO_PI: f64 = 0.918_938_533_204_672_8;

/// Limit on the terms of a series or continued fraction. No argument in the documented domain needs as
/// many (the largest number seen is 84); the limit ends a loop that rounding errors keep from
/// converging.
const TERMS_MAX: u32 = 1000;

/// The two tail probabilities at a point; `lower + upper` is 1 up to rounding.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Tails {
    /// P(X ≤ x).
    pub lower: f64,
    /// P(X > x).
    pub upper: f64,
}

impl Tails {
    /// The tails at a point with all probability above it.
    const ALL_ABOVE: Self = Self { lower: 0.0, upper: 1.0 };

    /// The tails at a point with all probability below it.
    const ALL_BELOW: Self = Self { lower: 1.0, upper: 0.0 };

    fn from_lower(lower: f64) -> Self {
        let lower = lower.clamp(0.0, 1.0);
        Self { lower, upper: 1.0 - lower }
    }

    fn from_upper(upper: f64) -> Self {
        let upper = upper.clamp(0.0, 1.0);
        Self { lower: 1.0 - upper, upper }
    }
}

/// Euler's constant γ.
const EULER: f64 = 0.577_215_664_901_532_9;

/// Returns ln Γ(1 + x) for x > −1, with full relative precision for a small x.
pub(crate) fn ln_gamma_1p(x: f64) -> f64 {
    ln_gamma_1p_curved(x) - EULER * x
}

/// Returns ln Γ(1 + x) + γ x for x > −1, which is about π²x²/12 for a small x.
///
/// Near 0 by the series Σ ζ(n) (−x)ⁿ / n from n = 2 on (Abramowitz and Stegun 1964, 6.1.33).
pub(crate) fn ln_gamma_1p_curved(x: f64) -> f64 {
    /// ζ(n) for n = 2, 3, …
    const ZETA: [f64; 15] = [
        1.644_934_066_848_226_4,
        1.202_056_903_159_594_2,
        1.082_323_233_711_138_2,
        1.036_927_755_143_37,
        1.017_343_061_984_449,
        1.008_349_277_381_922_8,
        1.004_077_356_197_944_3,
        1.002_008_392_826_082_2,
        1.000_994_575_127_818_1,
        1.000_494_188_604_119_5,
        1.000_246_086_553_308,
        1.000_122_713_347_578_5,
        1.000_061_248_135_058_7,
        1.000_030_588_236_307,
        1.000_015_282_259_408_7,
    ];
    /// Up to here the term with n = 17 is below the last bit of x².
    const SERIES_MAX: f64 = 0.08;
    if !(x.abs() < SERIES_MAX) {
        return lgamma(1.0 + x) + EULER * x;
    }
    // Horner's scheme, from the highest power down.
    let terms = ZETA.iter().zip(2_u8..=16).rev();
    terms.fold(0.0, |sum, (zeta, n)| zeta / f64::from(n) - x * sum) * x * x
}

/// Returns the error of Stirling's formula, ln Γ(x) − \[(x − ½) ln x − x + ln √(2π)\], for x > 0.
///
/// From 10 on by its asymptotic series (Abramowitz and Stegun 1964, 6.1.41), which keeps relative
/// precision where the difference would cancel: at x = 10⁹ the result is 8·10⁻¹¹ and ln Γ(x) is 2·10¹⁰.
pub(crate) fn stirling_error(x: f64) -> f64 {
    /// B₂ₖ / (2k (2k − 1)), k = 1, 2, …, with the Bernoulli numbers B₂ₖ.
    const COEFFICIENTS: [f64; 8] = [
        1.0 / 12.0,
        -1.0 / 360.0,
        1.0 / 1260.0,
        -1.0 / 1680.0,
        1.0 / 1188.0,
        -691.0 / 360_360.0,
        1.0 / 156.0,
        -3617.0 / 122_400.0,
    ];
    if x < 10.0 {
        return lgamma(x) - ((x - 0.5) * x.ln() - x + LN_SQRT_TWO_PI);
    }
    let inverse_square = (x * x).recip();
    COEFFICIENTS.iter().rev().fold(0.0, |sum, c| sum * inverse_square + c) / x
}

/// Returns ln(1 + x) − x for x > −1, without cancellation near 0, where it is about −x²/2.
///
/// With t = x / (2 + x), ln(1 + x) = 2 artanh t = 2t + 2t³/3 + 2t⁵/5 + …, and 2t − x = −x t (Loader
/// 2000, "Fast and accurate computation of binomial probabilities", uses the same substitution).
pub(crate) fn ln_1p_minus(x: f64) -> f64 {
    if !(x.abs() < 0.4) {
        return x.ln_1p() - x;
    }
    let t = x / (2.0 + x);
    let square = t * t;
    // |t| ≤ 1/4: term k is below 16⁻ᵏ, so that 14 terms reach the last bit.
    let tail = (1..=14).rev().fold(0.0, |sum, k| sum * square + 1.0 / f64::from(2 * k + 1));
    2.0 * t * square * tail - x * t
}

/// Evaluates b₀ + a₁ / (b₁ + a₂ / (b₂ + …)), where `term(k)` returns (aₖ, bₖ), by the modified Lentz
/// algorithm (Thompson and Barnett 1986).
fn continued_fraction(b0: f64, term: impl Fn(f64) -> (f64, f64)) -> f64 {
    /// Replaces a zero denominator; small against every denominator that occurs.
    const TINY: f64 = 1e-300;
    let not_zero = |x: f64| if x.abs() < TINY { TINY } else { x };
    let mut value = not_zero(b0);
    let mut numerators = value;
    let mut denominators = 0.0;
    // For the convergents Aₖ/Bₖ, `numerators` is Aₖ/Aₖ₋₁ and `denominators` is Bₖ₋₁/Bₖ. Only these
    // ratios are kept: Aₖ and Bₖ themselves can overflow.
    for k in 1..=TERMS_MAX {
        let (a, b) = term(f64::from(k));
        denominators = not_zero(b + a * denominators).recip();
        numerators = not_zero(b + a / numerators);
        let factor = numerators * denominators;
        value *= factor;
        if (factor - 1.0).abs() < f64::EPSILON {
            break;
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stirling_error_is_continuous_where_the_two_formulas_meet() {
        let below = stirling_error(10.0 - 1e-9);
        let above = stirling_error(10.0);
        assert!((below - above).abs() < 1e-12, "{below} against {above}");
    }

    /// Factorials in decimal arithmetic of 60 digits.
    #[test]
    fn stirling_error_has_all_digits_where_its_series_begins() {
        for (x, expected) in [
            (10.0, 0.008_330_563_433_362_87),
            (12.0, 0.006_942_840_107_209_53),
            (20.0, 0.004_166_319_691_996_922),
        ] {
            let value = stirling_error(x);
            assert!((value / expected - 1.0).abs() < 5e-16, "{value} {expected}");
        }
    }

    #[test]
    fn stirling_error_keeps_its_digits_for_a_billion() {
        let value = stirling_error(1e9);
        assert!((value * 12e9 - 1.0).abs() < 1e-14, "{value}");
    }

    #[test]
    fn ln_gamma_1p_is_continuous_where_the_two_formulas_meet() {
        for x in [0.08_f64, -0.08] {
            let inside = ln_gamma_1p_curved(x * (1.0 - 1e-15));
            assert!((inside / ln_gamma_1p_curved(x) - 1.0).abs() < 1e-13, "{x}");
        }
    }

    #[test]
    fn ln_1p_minus_agrees_with_its_series_near_zero() {
        for x in [1e-8, -1e-8, 1e-5, -1e-5] {
            let series = x * x * (-0.5 + x * (1.0 / 3.0 - x / 4.0));
            assert!((ln_1p_minus(x) / series - 1.0).abs() < 1e-14, "{x}");
        }
    }

    #[test]
    fn ln_1p_minus_is_continuous_where_the_two_formulas_meet() {
        for x in [0.4_f64, -0.4] {
            let inside = ln_1p_minus(x * (1.0 - 1e-15));
            assert!((inside / ln_1p_minus(x) - 1.0).abs() < 1e-13, "{x}");
        }
    }
}
