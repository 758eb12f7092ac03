//! Distribution functions and quantiles of the reference distributions.
//!
//! `…_cdf` is P(X ≤ x), `…_survival` is P(X > x), `…_quantile(p)` is the point below which lies p, and
//! `…_upper_quantile(q)` is the point above which lies q. The upper quantile is a function of its own
//! because the lower quantile at 1 − q has lost digits: for q = 10⁻¹² the subtraction leaves four. Of t and
//! F only the upper quantile is offered: the lower one of t is its negative, and that of F with df1 and df2
//! degrees of freedom is the reciprocal of that of F with df2 and df1.
//!
//! Degrees of freedom and shapes are real numbers, not only integers. All functions return `None` for a
//! parameter that is not positive and finite, and quantiles for a probability outside the open interval
//! (0, 1).
//!
//! Precision: the quantiles were compared with 50-digit arithmetic, for χ² with 0.1 to 10¹⁰ degrees of
//! freedom and probabilities from 10⁻²⁰, t with 0.1 to 10⁹ (from 10⁻¹²), F with 0.1 to 10⁹ (from 10⁻⁹)
//! and beta with shapes of 0.3 to 10⁹ (from 10⁻¹²). The largest relative error found is 4·10⁻¹⁴. Where a
//! true quantile lies outside the range of floats (χ² with 0.1 degrees of freedom has its 10⁻²⁰ quantile
//! near 10⁻⁴⁰⁰), the end of that range is returned; for t that range ends near 10¹⁵⁴ √df.

use super::inversion::{Tail, invert};
use super::memo::Memo;
use super::special::{self, Tails, beta_kernel, beta_tails, gamma_kernel, gamma_tails};
use libm::{erf, erfc, lgamma};
use std::f64::consts::{LN_2, PI, SQRT_2};

pub(crate) use super::special::normal_survival;

/// Returns P(Z ≤ z) for the standard normal distribution.
pub(crate) fn normal_cdf(z: f64) -> f64 {
    normal_survival(-z)
}

/// Returns the point below which the standard normal distribution has probability `p`.
pub(crate) fn normal_quantile(p: f64) -> Option<f64> {
    let tail = Tail::Lower(p).smaller()?;
    if p == 0.5 {
        return Some(0.0);
    }
    Some(tail.sign() * normal_distance(tail.probability()))
}

/// Returns the point above which the standard normal distribution has probability `q`.
pub(crate) fn normal_upper_quantile(q: f64) -> Option<f64> {
    normal_quantile(q).map(|z| 0.0 - z)
}

/// Returns the z at which −ln P(Z > z) is `h`, for h > 0: the inverse of
/// [`normal_cumulative_hazard`](special::normal_cumulative_hazard), also where e^(−h) underflows.
pub(crate) fn normal_at_cumulative_hazard(h: f64) -> f64 {
    /// Below this e^(−h) is far from underflow and has full precision.
    const DIRECT_MAX: f64 = 600.0;
    let z = match h {
        _ if !(h < DIRECT_MAX) => return special::normal_far_quantile(h),
        _ if h < LN_2 => normal_quantile(-(-h).exp_m1()),
        _ => normal_upper_quantile((-h).exp()),
    };
    z.unwrap_or(f64::NAN)
}

/// Returns the z ≥ 0 beyond which lies `q` ≤ ½.
///
/// Starts from Abramowitz and Stegun (1964) 26.2.23, with an error below 4.5·10⁻⁴; each Halley step then
/// cubes the error. Near the centre the residual is taken from erf, so that small z keep their relative
/// precision.
fn normal_distance(q: f64) -> f64 {
    /// Below this the density in the Halley steps nears underflow.
    const STEPS_MIN: f64 = 1e-290;
    if q < STEPS_MIN {
        return special::normal_far_quantile(-q.ln());
    }
    let t = (-2.0 * q.ln()).sqrt();
    let numerator = 2.515_517 + t * (0.802_853 + t * 0.010_328);
    let denominator = 1.0 + t * (1.432_788 + t * (0.189_269 + t * 0.001_308));
    let mut z = t - numerator / denominator;
    for _ in 0..3 {
        let excess = if q > 0.25 { (0.5 - q) - 0.5 * erf(z / SQRT_2) } else { 0.5 * erfc(z / SQRT_2) - q };
        let newton = excess * (2.0 * PI).sqrt() * (0.5 * z * z).exp();
        z += newton / (1.0 - 0.5 * z * newton);
    }
    z
}

/// Returns the point below which the χ² distribution with `df` degrees of freedom has probability `p`.
pub(crate) fn chi_squared_quantile(p: f64, df: f64) -> Option<f64> {
    chi_squared_point(Tail::Lower(p), df)
}

/// Returns the point above which the χ² distribution with `df` degrees of freedom has probability `q`.
pub(crate) fn chi_squared_upper_quantile(q: f64, df: f64) -> Option<f64> {
    chi_squared_point(Tail::Upper(q), df)
}

thread_local! {
    static CHI_SQUARED: Memo<Option<f64>> = const { Memo::new() };
    static BETA_ODDS: Memo<Option<f64>> = const { Memo::new() };
}

fn chi_squared_point(tail: Tail, df: f64) -> Option<f64> {
    let shape = 0.5 * df;
    let tail = tail.smaller()?;
    Memo::get(&CHI_SQUARED, [tail.sign() * tail.probability(), df, 0.0], || {
        let start = gamma_start(tail, shape)?;
        Some(2.0 * invert(tail, start, |x| Some((gamma_tails(shape, x)?, gamma_kernel(shape, x)?)))?)
    })
}

/// Returns a first guess at a quantile of the gamma distribution: the approximation of Wilson and
/// Hilferty (1931), whose cube root is nearly normal, or the first term of the power series where the
/// shape is small or the cube is not positive.
fn gamma_start(tail: Tail, shape: f64) -> Option<f64> {
    let z = tail.sign() * normal_distance(tail.probability());
    let root = 1.0 - 1.0 / (9.0 * shape) + z / (3.0 * shape.sqrt());
    let cube = shape * root.powi(3);
    let near_zero = || ((tail.probability().ln() + lgamma(shape + 1.0)) / shape).exp();
    match tail {
        _ if !(shape > 0.0 && shape.is_finite()) => None,
        Tail::Lower(_) if shape < 0.5 || !(root > 0.1) => Some(near_zero()),
        Tail::Upper(_) if !(root > 0.1) => Some(shape),
        _ => Some(cube),
    }
}

/// Returns P(X ≤ x) for the beta distribution with shapes `a` and `b`; `None` for x outside \[0, 1\].
pub(crate) fn beta_cdf(x: f64, a: f64, b: f64) -> Option<f64> {
    Some(beta_tails(a, b, x, 1.0 - x)?.lower)
}

/// Returns the point below which the beta distribution with shapes `a` and `b` has probability `p`.
///
/// For a quantile next to 1, compute `beta_upper_quantile(p, b, a)` instead: it is 1 minus this
/// quantile, with full precision.
pub(crate) fn beta_quantile(p: f64, a: f64, b: f64) -> Option<f64> {
    beta_odds(Tail::Lower(p), a, b).map(odds_to_fraction)
}

/// Returns the point above which the beta distribution with shapes `a` and `b` has probability `q`.
pub(crate) fn beta_upper_quantile(q: f64, a: f64, b: f64) -> Option<f64> {
    beta_odds(Tail::Upper(q), a, b).map(odds_to_fraction)
}

/// Returns x / (1 + x) for the odds x, also where x is so large that the fraction rounds to 1.
fn odds_to_fraction(odds: f64) -> f64 {
    if odds > 1.0 { 1.0 / (1.0 + 1.0 / odds) } else { odds / (1.0 + odds) }
}

/// Returns both tails of X / (1 − X) at `odds`, for X with a beta distribution, and the density with
/// respect to ln `odds`.
fn beta_at_odds(odds: f64, a: f64, b: f64) -> Option<(Tails, f64)> {
    let (x, y) = (odds_to_fraction(odds), odds_to_fraction(odds.recip()));
    Some((beta_tails(a, b, x, y)?, beta_kernel(a, b, x, y)?))
}

/// Returns the quantile of the odds X / (1 − X) for X with a beta distribution. Odds keep full precision
/// at both ends, where x and 1 − x do not.
fn beta_odds(tail: Tail, a: f64, b: f64) -> Option<f64> {
    if !(a > 0.0 && b > 0.0 && (a + b).is_finite()) {
        return None;
    }
    let tail = tail.smaller()?;
    Memo::get(&BETA_ODDS, [tail.sign() * tail.probability(), a, b], || {
        invert(tail, beta_start(tail, a, b), |odds| beta_at_odds(odds, a, b))
    })
}

/// Returns a first guess at a quantile of the odds: their logarithm as a normal variate with variance
/// 1/a + 1/b, or the first term of the power series where a shape is too small for that.
fn beta_start(tail: Tail, a: f64, b: f64) -> f64 {
    let ln_beta = || lgamma(a) + lgamma(b) - lgamma(a + b);
    let near_end = |shape: f64| ((tail.probability().ln() + shape.ln() + ln_beta()) / shape).exp();
    match tail {
        Tail::Lower(_) if a < 1.0 => near_end(a),
        Tail::Upper(_) if b < 1.0 => near_end(b).recip(),
        _ => {
            let z = tail.sign() * normal_distance(tail.probability());
            a / b * (z * (a.recip() + b.recip()).sqrt()).exp()
        }
    }
}

/// Returns the point above which the F distribution with `df1` and `df2` degrees of freedom has
/// probability `q`.
pub(crate) fn f_upper_quantile(q: f64, df1: f64, df2: f64) -> Option<f64> {
    Some(df2 / df1 * beta_odds(Tail::Upper(q), 0.5 * df1, 0.5 * df2)?)
}

/// Returns the point above which Student's t distribution with `df` degrees of freedom has probability
/// `q`. T² has an F distribution with 1 and df degrees of freedom.
pub(crate) fn student_t_upper_quantile(q: f64, df: f64) -> Option<f64> {
    let tail = Tail::Upper(q).smaller()?;
    if tail.probability() == 0.5 {
        return (df > 0.0 && df.is_finite()).then_some(0.0);
    }
    let square_over_df = beta_odds(Tail::Upper(2.0 * tail.probability()), 0.5, 0.5 * df)?;
    Some(tail.sign() * df.sqrt() * square_over_df.sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Parses the rows of a golden table: numbers separated by blanks; `#` starts a comment.
    fn table(text: &str) -> Vec<Vec<f64>> {
        let rows = text.lines().filter(|line| !line.starts_with('#'));
        rows.map(|line| line.split_whitespace().map(|word| word.parse().unwrap()).collect()).collect()
    }

    /// Checks one function against a table whose last column is the expected result, and prints the
    /// largest relative error.
    fn check(text: &str, tolerance: f64, function: impl Fn(&[f64]) -> Option<f64>) {
        let mut worst = 0.0_f64;
        for row in table(text) {
            let (expected, arguments) = row.split_last().unwrap();
            let got = function(arguments).unwrap();
            let error = if *expected == 0.0 { got.abs() } else { (got / expected - 1.0).abs() };
            assert!(error < tolerance, "{arguments:?}: {got:e}, expected {expected:e}, error {error:e}");
            worst = worst.max(error);
        }
        println!("largest relative error {worst:.1e}");
    }

    #[test]
    fn normal_quantiles_agree_with_the_golden_table() {
        check(include_str!("testdata/normal_quantile.txt"), 1e-14, |a| normal_quantile(a[0]));
    }

    #[test]
    fn chi_squared_tails_agree_with_the_golden_table() {
        let tails = |a: &[f64]| gamma_tails(0.5 * a[1], 0.5 * a[0]);
        check(include_str!("testdata/chi_squared_lower.txt"), 2e-12, |a| Some(tails(a)?.lower));
        check(include_str!("testdata/chi_squared_upper.txt"), 2e-12, |a| Some(tails(a)?.upper));
    }

    #[test]
    fn chi_squared_quantiles_agree_with_the_golden_table() {
        check(include_str!("testdata/chi_squared_quantile.txt"), 1e-12, |a| chi_squared_quantile(a[0], a[1]));
        check(include_str!("testdata/chi_squared_upper_quantile.txt"), 1e-12, |a| {
            chi_squared_upper_quantile(a[0], a[1])
        });
    }

    #[test]
    fn beta_tails_agree_with_the_golden_table() {
        let upper = |a: &[f64]| Some(beta_tails(a[1], a[2], a[0], 1.0 - a[0])?.upper);
        check(include_str!("testdata/beta_lower.txt"), 2e-12, |a| beta_cdf(a[0], a[1], a[2]));
        check(include_str!("testdata/beta_upper.txt"), 2e-12, upper);
    }

    #[test]
    fn beta_quantiles_agree_with_the_golden_table() {
        check(include_str!("testdata/beta_quantile.txt"), 1e-12, |a| beta_quantile(a[0], a[1], a[2]));
        check(include_str!("testdata/beta_upper_quantile.txt"), 1e-12, |a| {
            beta_upper_quantile(a[0], a[1], a[2])
        });
    }

    #[test]
    fn f_quantiles_agree_with_the_golden_table() {
        let lower = |a: &[f64]| f_upper_quantile(a[0], a[2], a[1]).map(f64::recip);
        check(include_str!("testdata/f_quantile.txt"), 1e-12, lower);
    }

    #[test]
    fn student_t_quantiles_agree_with_the_golden_table() {
        let lower = |a: &[f64]| student_t_upper_quantile(a[0], a[1]).map(|t| -t);
        check(include_str!("testdata/student_t_quantile.txt"), 1e-12, lower);
    }

    #[test]
    fn normal_at_cumulative_hazard_inverts_the_cumulative_hazard() {
        for z in [-30.0, -8.0, -1.0, -0.1, 0.0, 0.3, 2.0, 5.0, 30.0, 36.0, 40.0, 1e3, 1e8] {
            let back = normal_at_cumulative_hazard(special::normal_cumulative_hazard(z));
            assert!((back - z).abs() <= 1e-13 * z.abs().max(1.0), "{z}: {back}");
        }
    }

    #[test]
    fn normal_quantiles_reach_down_to_the_smallest_float() {
        // mpmath: the root of erfc(z/sqrt(2))/2 = mpf(2)**-1074.
        let z = normal_upper_quantile(5e-324).unwrap();
        assert!((z - 38.467_405_617_144_35).abs() < 1e-12, "{z}");
    }

    #[test]
    fn chi_squared_with_two_degrees_of_freedom_is_exponential() {
        for q in [1e-300_f64, 1e-12, 0.025, 0.5, 0.975] {
            let exact = -2.0 * q.ln();
            assert!((chi_squared_upper_quantile(q, 2.0).unwrap() / exact - 1.0).abs() < 1e-13, "{q}");
        }
    }

    #[test]
    fn student_t_with_one_degree_of_freedom_is_cauchy() {
        for p in [1e-100_f64, 1e-9, 0.025, 0.4] {
            let exact = 1.0 / (PI * p).tan();
            assert!((student_t_upper_quantile(p, 1.0).unwrap() / exact - 1.0).abs() < 1e-13, "{p}");
        }
    }

    #[test]
    fn the_two_quantiles_of_the_normal_mirror_each_other() {
        assert_eq!(normal_quantile(0.5), Some(0.0));
        assert_eq!(normal_quantile(0.2).map(|z| -z), normal_upper_quantile(0.2));
    }

    #[test]
    fn quantiles_and_tails_are_inverse_to_each_other_for_every_size() {
        for df in [0.1, 1.0, 3.7, 39.0, 41.0, 1e3, 1e6, 2e8, 1e10] {
            for p in [1e-6, 0.025, 0.3, 0.5, 0.8, 0.975] {
                let x = chi_squared_quantile(p, df).unwrap();
                let chi_squared = gamma_tails(0.5 * df, 0.5 * x).unwrap().lower;
                assert!((chi_squared / p - 1.0).abs() < 1e-10, "chi-squared {p} {df}");
                let x = f_upper_quantile(p, df, 2.0 * df).unwrap();
                let f = beta_at_odds(0.5 * x, 0.5 * df, df).unwrap().0.upper;
                assert!((f / p - 1.0).abs() < 1e-10, "F {p} {df}: {f}");
                let x = student_t_upper_quantile(p, df).unwrap();
                let beyond = beta_at_odds(x * x / df, 0.5, 0.5 * df).unwrap().0;
                let t = if x > 0.0 { 0.5 * beyond.upper } else { 0.5 + 0.5 * beyond.lower };
                assert!((t / p - 1.0).abs() < 1e-10, "t {p} {df}: {t}");
            }
        }
    }

    #[test]
    fn arguments_outside_the_domain_have_no_quantile() {
        for bad in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(chi_squared_quantile(0.5, bad), None);
            assert_eq!(student_t_upper_quantile(0.5, bad), None);
            assert_eq!(student_t_upper_quantile(0.1, bad), None);
            assert_eq!(f_upper_quantile(0.5, bad, 1.0), None);
            assert_eq!(f_upper_quantile(0.5, 1.0, bad), None);
            assert_eq!(beta_quantile(0.5, 1.0, bad), None);
        }
        for p in [0.0, 1.0, -0.5, f64::NAN] {
            assert_eq!(normal_quantile(p), None);
            assert_eq!(chi_squared_quantile(p, 3.0), None);
            assert_eq!(beta_upper_quantile(p, 3.0, 4.0), None);
        }
    }

    #[test]
    fn a_quantile_below_the_smallest_float_is_the_smallest_float() {
        let x = chi_squared_quantile(1e-100, 0.1).unwrap();
        assert!(x > 0.0 && x < 1e-300, "{x:e}");
    }
}
