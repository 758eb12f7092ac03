//! The Weibull distribution: the hazard is a power of the age.
//!
//! With shape k and scale s: cumulative hazard H = (t/s)^k, survival e^(−H), density k/s (t/s)^(k−1)
//! e^(−H) (Weibull 1951). Shape 1 is the exponential distribution; below 1 the hazard falls with age,
//! above 1 it rises. The mean is s Γ(1 + 1/k).
//!
//! The integral of the survival function is mean · P(1/k, H) with the incomplete gamma function P, so
//! that the equilibrium residual life has survival Q(1/k, H). It is drawn as a uniform share of a
//! length-biased life s G^(1/k), with G gamma distributed with shape 1 + 1/k.
//!
//! Numerical limits: H has k times the relative error of t, which no formula can avoid: at shape 1000 a
//! tail probability e^(−H) has an error of 1000 H roundings. Shapes below 0.0059 have a mean beyond the
//! range of floats and are rejected.

use super::error::{BuildError, above, positive, representable_mean};
use super::parameters::{Parameters, Variant};
use super::{Distribution, LN_20, Lifetime, spread};
use crate::config::schema::Key;
use crate::stats::search::least_float;
use crate::stats::special::{gamma_tails, ln_gamma_1p_curved};
use rand::{Rng, RngExt as _};
use rand_distr::{Distribution as _, Exp1, Gamma};
use std::f64::consts::LN_2;

/// The Weibull distribution.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Weibull {
    shape: f64,
    scale_s: f64,
    /// 1 / shape.
    power: f64,
    mean_s: f64,
}

/// The entry in the registry.
pub(super) static VARIANT: Variant = Variant {
    name: "weibull",
    summary: "wear-out (shape above 1) or infant mortality (below 1)",
    keys: &[
        &Key::number("shape", "1 is exponential, above 1 the hazard rises with age, below 1 it falls"),
        &Key::duration("scale", "characteristic life: 63.2% of all times are shorter"),
        &Key::duration("mean", "mean time"),
        &Key::duration("median", "half of all times are shorter"),
        &Key::duration("p95", "95% of all times are shorter"),
        &spread::SD,
        &spread::CV,
    ],
    forms: &[
        &["shape", "scale"],
        &["shape", "mean"],
        &["shape", "median"],
        &["median", "p95"],
        &["mean", "sd"],
        &["mean", "cv"],
    ],
    short: None,
    example: "{ weibull: { shape: 1.5, scale: 3000h } }",
    build,
};

fn build(given: &Parameters) -> Result<Distribution, BuildError> {
    let weibull = match given.form(&VARIANT)? {
        ["shape", "mean"] => Weibull::with_mean(given.real("shape"), given.real("mean")),
        ["shape", "median"] => {
            let shape = positive("shape", given.real("shape"))?;
            let median = positive("median", given.real("median"))?;
            Weibull::new(shape, scale_of("median", median, LN_2.powf(-shape.recip()))?)
        }
        ["median", "p95"] => with_median_and_p95(given.real("median"), given.real("p95")),
        ["mean", "sd" | "cv"] => {
            let (mean, cv) = spread::mean_and_cv(given)?;
            Weibull::with_mean(shape_of_cv(spread::name(given), cv)?, mean)
        }
        _ => Weibull::new(given.real("shape"), given.real("scale")),
    };
    Ok(weibull?.into())
}

fn with_median_and_p95(median: f64, p95: f64) -> Result<Weibull, BuildError> {
    let median = positive("median", median)?;
    let p95 = above("p95", p95, "median", median)?;
    // H(p95) / H(median) = (p95 / median)^k = ln 20 / ln 2.
    let shape = (LN_20 / LN_2).ln() / (p95 / median).ln();
    Weibull::new(shape, scale_of("p95", median, LN_2.powf(-shape.recip()))?)
}

/// Returns `value` · `factor` as a scale. Where it leaves the range of floats, the error is attributed
/// to `parameter`.
fn scale_of(parameter: &'static str, value: f64, factor: f64) -> Result<f64, BuildError> {
    representable_mean(parameter, value * factor)
}

/// Returns the shape with the coefficient of variation `cv`; errors are attributed to `parameter`.
fn shape_of_cv(parameter: &'static str, cv: f64) -> Result<f64, BuildError> {
    /// Shape 0.02, with the largest coefficient of variation that is searched, 10¹⁴.
    const POWER_MAX: f64 = 50.0;
    /// Shape 10¹², with a standard deviation of a few thousand roundings of the mean.
    const POWER_MIN: f64 = 1e-12;
    let wanted = (cv * cv).ln_1p();
    if !(ln_square_ratio(POWER_MIN) <= wanted && wanted <= ln_square_ratio(POWER_MAX)) {
        return Err(BuildError::value(parameter, "is too small or too large for a Weibull distribution"));
    }
    // The ratio rises with the power 1/k, so that bisection finds the one solution.
    let power = least_float(POWER_MIN, POWER_MAX, |power| ln_square_ratio(power) >= wanted);
    Ok(power.recip())
}

/// Returns ln (E T² / (E T)²) = ln Γ(1 + 2x) − 2 ln Γ(1 + x), with x = 1/k = `power`. It is about π²x²/6
/// for a small x: the terms linear in x cancel and are left out of both.
fn ln_square_ratio(power: f64) -> f64 {
    ln_gamma_1p_curved(2.0 * power) - 2.0 * ln_gamma_1p_curved(power)
}

impl Weibull {
    /// Creates a distribution with the given shape and the scale in seconds; both are finite and above
    /// 0, and so must be the mean.
    pub fn new(shape: f64, scale_s: f64) -> Result<Self, BuildError> {
        let shape = positive("shape", shape)?;
        let scale_s = positive("scale", scale_s)?;
        let power = shape.recip();
        Ok(Self {
            shape,
            scale_s,
            power,
            mean_s: representable_mean("shape", scale_s * libm::tgamma(1.0 + power))?,
        })
    }

    /// Creates a distribution with the given shape and the mean in seconds.
    pub fn with_mean(shape: f64, mean_s: f64) -> Result<Self, BuildError> {
        let shape = positive("shape", shape)?;
        let mean_s = positive("mean", mean_s)?;
        let unit = libm::tgamma(1.0 + shape.recip());
        Self::new(shape, scale_of("shape", mean_s, unit.recip())?)
    }

    /// Returns the shape k.
    pub fn shape(&self) -> f64 {
        self.shape
    }

    /// Returns the scale, or characteristic life, in seconds.
    pub fn scale(&self) -> f64 {
        self.scale_s
    }
}

impl Lifetime for Weibull {
    #[inline]
    fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> f64 {
        self.at_cumulative_hazard(rng.sample(Exp1))
    }

    fn survival(&self, t: f64) -> f64 {
        (-self.cumulative_hazard(t)).exp()
    }

    fn cdf(&self, t: f64) -> f64 {
        -(-self.cumulative_hazard(t)).exp_m1()
    }

    fn cumulative_hazard(&self, t: f64) -> f64 {
        (t / self.scale_s).powf(self.shape)
    }

    fn density(&self, t: f64) -> f64 {
        // The hazard may overflow where nothing survives: 0 · ∞ would be NaN.
        match self.survival(t) {
            0.0 => 0.0,
            survival => self.hazard(t) * survival,
        }
    }

    fn hazard(&self, t: f64) -> f64 {
        self.shape / self.scale_s * (t / self.scale_s).powf(self.shape - 1.0)
    }

    fn quantile(&self, p: f64) -> f64 {
        self.at_cumulative_hazard(-(-p).ln_1p())
    }

    fn quantile_upper(&self, q: f64) -> f64 {
        self.at_cumulative_hazard(-q.ln())
    }

    #[inline]
    fn at_cumulative_hazard(&self, h: f64) -> f64 {
        self.scale_s * h.powf(self.power)
    }

    fn mean(&self) -> f64 {
        self.mean_s
    }

    fn variance(&self) -> f64 {
        self.mean_s * self.mean_s * ln_square_ratio(self.power).exp_m1()
    }

    fn integrated_survival(&self, t: f64) -> f64 {
        let h = self.cumulative_hazard(t);
        if h < f64::EPSILON {
            return t; // The error is below t·H, and H may have underflowed to 0.
        }
        gamma_tails(self.power, h).map_or(f64::NAN, |tails| self.mean_s * tails.lower)
    }

    fn integrated_survival_from(&self, t: f64) -> f64 {
        let h = self.cumulative_hazard(t);
        if h < f64::EPSILON {
            return self.mean_s - t;
        }
        gamma_tails(self.power, h).map_or(f64::NAN, |tails| self.mean_s * tails.upper)
    }

    /// Computes age · ((1 + E/H)^(1/k) − 1) with E exponential, so that no difference of two ages is
    /// taken.
    #[inline]
    fn sample_residual<R: Rng + ?Sized>(&self, age: f64, rng: &mut R) -> f64 {
        let exponential: f64 = rng.sample(Exp1);
        let h = self.cumulative_hazard(age);
        if h < f64::MIN_POSITIVE {
            return (self.at_cumulative_hazard(exponential) - age).max(0.0);
        }
        age * ((exponential / h).ln_1p() * self.power).exp_m1()
    }

    fn sample_equilibrium<R: Rng + ?Sized>(&self, rng: &mut R) -> f64 {
        let share: f64 = rng.random();
        let h = Gamma::new(1.0 + self.power, 1.0).map_or(0.0, |gamma| gamma.sample(rng));
        share * self.at_cumulative_hazard(h)
    }

    fn parameters(&self) -> Parameters {
        Parameters::new().with("shape", self.shape).with("scale", self.scale_s)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tiny_variance_keeps_its_digits() {
        // π²/6 k⁻² to first order, relative error 2ζ(3)/ζ(2)/k.
        let weibull = Weibull::new(1e9, 1.0).unwrap();
        let leading = std::f64::consts::PI.powi(2) / 6.0 * 1e-18;
        assert!((weibull.variance() / leading - 1.0).abs() < 5e-9);
    }

    #[test]
    fn shapes_without_a_finite_mean_are_rejected() {
        assert_eq!(Weibull::new(0.005, 1.0).unwrap_err().parameter(), Some("shape"));
        assert!(Weibull::new(0.05, 1e-3).is_ok());
    }
}
