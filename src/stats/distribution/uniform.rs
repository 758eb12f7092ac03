//! The uniform distribution: any time between two bounds, equally likely.
//!
//! With width w = high − low: density 1/w, survival (high − t) / w between the bounds. The remaining
//! life at an age between the bounds is uniform on the rest of the width. Length-biased times have
//! density t / (w mean); they are the square root of a uniform number between low² and high².
//!
//! Numerical limits: near the upper bound a time has the precision of the bound, so that tail
//! probabilities below 10⁻¹⁶ have no distinct times.

use super::error::{BuildError, above, not_negative};
use super::parameters::{Parameters, Variant};
use super::{Distribution, Lifetime};
use crate::config::schema::Key;
use rand::{Rng, RngExt as _};

/// The uniform distribution.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Uniform {
    low_s: f64,
    high_s: f64,
}

/// The entry in the registry.
pub(super) static VARIANT: Variant = Variant {
    name: "uniform",
    summary: "between two bounds, all equally likely",
    keys: &[
        &Key::duration("low", "shortest time; 0s is allowed").required(),
        &Key::duration("high", "longest time").required(),
    ],
    forms: &[&["low", "high"]],
    short: None,
    example: "{ uniform: { low: 10s, high: 60s } }",
    build,
};

fn build(given: &Parameters) -> Result<Distribution, BuildError> {
    given.form(&VARIANT)?;
    Ok(Uniform::new(given.real("low"), given.real("high"))?.into())
}

impl Uniform {
    /// Creates a distribution between `low_s` and `high_s` seconds, with 0 ≤ low < high.
    pub fn new(low_s: f64, high_s: f64) -> Result<Self, BuildError> {
        let low_s = not_negative("low", low_s)?;
        Ok(Self { low_s, high_s: above("high", high_s, "low", low_s)? })
    }

    fn width(&self) -> f64 {
        self.high_s - self.low_s
    }

    /// Returns the part of the width beyond t.
    fn left(&self, t: f64) -> f64 {
        (self.high_s - t).clamp(0.0, self.width())
    }

    /// Returns the part of the width before t.
    fn passed(&self, t: f64) -> f64 {
        (t - self.low_s).clamp(0.0, self.width())
    }

    fn is_inside(&self, t: f64) -> bool {
        (self.low_s..=self.high_s).contains(&t)
    }
}

impl Lifetime for Uniform {
    #[inline]
    fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> f64 {
        self.low_s + self.width() * rng.random::<f64>()
    }

    fn survival(&self, t: f64) -> f64 {
        self.left(t) / self.width()
    }

    fn cdf(&self, t: f64) -> f64 {
        self.passed(t) / self.width()
    }

    fn cumulative_hazard(&self, t: f64) -> f64 {
        let cdf = self.cdf(t);
        if cdf < 0.5 { -(-cdf).ln_1p() } else { -self.survival(t).ln() }
    }

    fn density(&self, t: f64) -> f64 {
        if self.is_inside(t) { self.width().recip() } else { 0.0 }
    }

    fn hazard(&self, t: f64) -> f64 {
        if t < self.low_s { 0.0 } else { self.left(t).recip() }
    }

    fn quantile(&self, p: f64) -> f64 {
        self.low_s + p * self.width()
    }

    fn quantile_upper(&self, q: f64) -> f64 {
        self.high_s - q * self.width()
    }

    fn at_cumulative_hazard(&self, h: f64) -> f64 {
        if h < 1.0 { self.quantile(-(-h).exp_m1()) } else { self.quantile_upper((-h).exp()) }
    }

    fn mean(&self) -> f64 {
        self.low_s + 0.5 * self.width()
    }

    fn variance(&self) -> f64 {
        self.width() * self.width() / 12.0
    }

    fn integrated_survival(&self, t: f64) -> f64 {
        let passed = self.passed(t);
        t.min(self.low_s) + passed * (1.0 - 0.5 * passed / self.width())
    }

    fn integrated_survival_from(&self, t: f64) -> f64 {
        let left = self.left(t);
        (self.low_s - t).max(0.0) + 0.5 * left * (left / self.width())
    }

    #[inline]
    fn sample_residual<R: Rng + ?Sized>(&self, age: f64, rng: &mut R) -> f64 {
        (self.low_s - age).max(0.0) + self.left(age) * rng.random::<f64>()
    }

    fn sample_equilibrium<R: Rng + ?Sized>(&self, rng: &mut R) -> f64 {
        let (share, place): (f64, f64) = (rng.random(), rng.random());
        // In units of `high`, so that the squares of the bounds cannot overflow.
        let low = self.low_s / self.high_s;
        share * self.high_s * (low * low + place * (1.0 - low) * (1.0 + low)).sqrt()
    }

    fn support(&self) -> (f64, f64) {
        (self.low_s, self.high_s)
    }

    fn parameters(&self) -> Parameters {
        Parameters::new().with("low", self.low_s).with("high", self.high_s)
    }
}
