//! The fixed time: always the same value c ≥ 0.
//!
//! Survival is 1 below c and 0 from c on. There is no density but one atom, where
//! [`density`](Lifetime::density) and hazard are infinite; elsewhere both are 0. The equilibrium
//! residual life is uniform between 0 and c. At an age of c or more no life remains.

use super::error::{BuildError, not_negative};
use super::parameters::{Parameters, Variant};
use super::{Distribution, Lifetime};
use crate::config::schema::Key;
use rand::{Rng, RngExt as _};

/// A constant time; zero is allowed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fixed {
    value_s: f64,
}

/// The entry in the registry.
pub(super) static VARIANT: Variant = Variant {
    name: "fixed",
    summary: "always the same time",
    keys: &[&Key::duration("value", "the time; 0s is allowed").required()],
    forms: &[&["value"]],
    short: Some("value"),
    example: "{ fixed: 30s }",
    build,
};

fn build(given: &Parameters) -> Result<Distribution, BuildError> {
    given.form(&VARIANT)?;
    Ok(Fixed::new(given.real("value"))?.into())
}

impl Fixed {
    /// No time at all.
    pub const ZERO: Self = Self { value_s: 0.0 };

    /// Creates the constant time of `value_s` seconds, finite and not below 0.
    pub fn new(value_s: f64) -> Result<Self, BuildError> {
        Ok(Self { value_s: not_negative("value", value_s)? })
    }

    fn atom(self, t: f64) -> f64 {
        if t == self.value_s { f64::INFINITY } else { 0.0 }
    }
}

impl Lifetime for Fixed {
    #[inline]
    fn sample<R: Rng + ?Sized>(&self, _rng: &mut R) -> f64 {
        self.value_s
    }

    fn survival(&self, t: f64) -> f64 {
        f64::from(u8::from(t < self.value_s))
    }

    fn cdf(&self, t: f64) -> f64 {
        f64::from(u8::from(t >= self.value_s))
    }

    fn cumulative_hazard(&self, t: f64) -> f64 {
        if t < self.value_s { 0.0 } else { f64::INFINITY }
    }

    fn density(&self, t: f64) -> f64 {
        self.atom(t)
    }

    fn hazard(&self, t: f64) -> f64 {
        self.atom(t)
    }

    fn quantile(&self, _p: f64) -> f64 {
        self.value_s
    }

    fn quantile_upper(&self, _q: f64) -> f64 {
        self.value_s
    }

    fn at_cumulative_hazard(&self, _h: f64) -> f64 {
        self.value_s
    }

    fn mean(&self) -> f64 {
        self.value_s
    }

    fn variance(&self) -> f64 {
        0.0
    }

    fn integrated_survival(&self, t: f64) -> f64 {
        t.min(self.value_s)
    }

    fn integrated_survival_from(&self, t: f64) -> f64 {
        (self.value_s - t).max(0.0)
    }

    #[inline]
    fn sample_residual<R: Rng + ?Sized>(&self, age: f64, _rng: &mut R) -> f64 {
        (self.value_s - age).max(0.0)
    }

    #[inline]
    fn sample_equilibrium<R: Rng + ?Sized>(&self, rng: &mut R) -> f64 {
        self.value_s * rng.random::<f64>()
    }

    fn support(&self) -> (f64, f64) {
        (self.value_s, self.value_s)
    }

    fn is_continuous(&self) -> bool {
        false
    }

    fn parameters(&self) -> Parameters {
        Parameters::new().with("value", self.value_s)
    }
}
