//! The exponential distribution, which has no memory.
//!
//! Density e^(−t/m) / m, survival e^(−t/m), hazard 1/m for the mean m. The remaining life at any age and
//! the equilibrium residual life have the same distribution. Draws use the ziggurat method (Marsaglia
//! and Tsang 2000).
//!
//! Numerical limits: none.

use super::error::{BuildError, positive, representable_mean};
use super::parameters::{Parameters, Variant};
use super::{Distribution, Lifetime};
use crate::config::schema::Key;
use rand::{Rng, RngExt as _};
use rand_distr::Exp1;
use std::f64::consts::LN_2;

/// The exponential distribution.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Exponential {
    mean_s: f64,
}

/// The entry in the registry.
pub(super) static VARIANT: Variant = Variant {
    name: "exponential",
    summary: "no ageing: a constant failure rate",
    keys: &[
        &Key::duration("mean", "mean time"),
        &Key::rate("rate", "events per unit of time, 1 / mean"),
        &Key::duration("median", "half of all times are shorter; 0.693 of the mean"),
    ],
    forms: &[&["mean"], &["rate"], &["median"]],
    short: Some("mean"),
    example: "{ exponential: { mean: 2000h } }",
    build,
};

fn build(given: &Parameters) -> Result<Distribution, BuildError> {
    let mean_s = match given.form(&VARIANT)? {
        ["rate"] => representable_mean("rate", positive("rate", given.real("rate"))?.recip())?,
        ["median"] => positive("median", given.real("median"))? / LN_2,
        _ => given.real("mean"),
    };
    Ok(Exponential::with_mean(mean_s)?.into())
}

impl Exponential {
    /// Creates a distribution with the given mean in seconds, finite and above 0.
    pub fn with_mean(mean_s: f64) -> Result<Self, BuildError> {
        Ok(Self { mean_s: positive("mean", mean_s)? })
    }

    /// Returns the rate 1 / mean, in events per second.
    pub fn rate(&self) -> f64 {
        self.mean_s.recip()
    }
}

impl Lifetime for Exponential {
    #[inline]
    fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> f64 {
        self.mean_s * rng.sample::<f64, _>(Exp1)
    }

    fn survival(&self, t: f64) -> f64 {
        (-t / self.mean_s).exp()
    }

    fn cdf(&self, t: f64) -> f64 {
        -(-t / self.mean_s).exp_m1()
    }

    fn cumulative_hazard(&self, t: f64) -> f64 {
        t / self.mean_s
    }

    fn density(&self, t: f64) -> f64 {
        self.survival(t) / self.mean_s
    }

    fn hazard(&self, _t: f64) -> f64 {
        self.rate()
    }

    fn quantile(&self, p: f64) -> f64 {
        -self.mean_s * (-p).ln_1p()
    }

    fn quantile_upper(&self, q: f64) -> f64 {
        -self.mean_s * q.ln()
    }

    fn at_cumulative_hazard(&self, h: f64) -> f64 {
        self.mean_s * h
    }

    fn mean(&self) -> f64 {
        self.mean_s
    }

    fn variance(&self) -> f64 {
        self.mean_s * self.mean_s
    }

    fn integrated_survival(&self, t: f64) -> f64 {
        self.mean_s * self.cdf(t)
    }

    fn integrated_survival_from(&self, t: f64) -> f64 {
        self.mean_s * self.survival(t)
    }

    #[inline]
    fn sample_residual<R: Rng + ?Sized>(&self, _age: f64, rng: &mut R) -> f64 {
        self.sample(rng)
    }

    #[inline]
    fn sample_equilibrium<R: Rng + ?Sized>(&self, rng: &mut R) -> f64 {
        self.sample(rng)
    }

    fn stages(&self) -> Option<u32> {
        Some(1)
    }

    fn parameters(&self) -> Parameters {
        Parameters::new().with("mean", self.mean_s)
    }
}
