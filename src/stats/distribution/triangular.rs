//! The triangular distribution: shortest, most likely and longest time, as people estimate them.
//!
//! With a = mode − low, b = high − mode and w = a + b: the distribution function is (t − low)² / (w a)
//! up to the mode, the survival (high − t)² / (w b) from there on. Draws use inversion; quantiles near
//! the mode are computed without differences. At an age beyond the mode the remaining life is the rest,
//! high − age, times one minus the square root of a uniform number. Length-biased times are drawn by
//! rejection, of which at least every third attempt succeeds.
//!
//! Numerical limits: as for the uniform distribution, near the upper bound.

use super::error::{BuildError, above, not_negative};
use super::parameters::{Parameters, Variant};
use super::{Distribution, Lifetime};
use crate::config::schema::Key;
use rand::{Rng, RngExt as _};

/// The triangular distribution.
#[derive(Debug, Clone, Copy, PartialEq)]
#[expect(clippy::struct_field_names, reason = "the unit")]
pub struct Triangular {
    low_s: f64,
    mode_s: f64,
    high_s: f64,
}

/// The entry in the registry.
pub(super) static VARIANT: Variant = Variant {
    name: "triangular",
    summary: "three-point estimate: shortest, most likely, longest",
    keys: &[
        &Key::duration("low", "shortest time; 0s is allowed").required(),
        &Key::duration("mode", "most likely time").required(),
        &Key::duration("high", "longest time").required(),
    ],
    forms: &[&["low", "mode", "high"]],
    short: None,
    example: "{ triangular: { low: 5m, mode: 15m, high: 2h } }",
    build,
};

fn build(given: &Parameters) -> Result<Distribution, BuildError> {
    given.form(&VARIANT)?;
    let triangular = Triangular::new(given.real("low"), given.real("mode"), given.real("high"));
    Ok(triangular?.into())
}

impl Triangular {
    /// Creates a distribution with 0 ≤ low ≤ mode ≤ high and low < high, in seconds.
    pub fn new(low_s: f64, mode_s: f64, high_s: f64) -> Result<Self, BuildError> {
        let low_s = not_negative("low", low_s)?;
        let high_s = above("high", high_s, "low", low_s)?;
        if !(low_s <= mode_s && mode_s <= high_s) {
            return Err(BuildError::value("mode", "must lie between `low` and `high`"));
        }
        Ok(Self { low_s, mode_s, high_s })
    }

    fn rise(&self) -> f64 {
        self.mode_s - self.low_s
    }

    fn fall(&self) -> f64 {
        self.high_s - self.mode_s
    }

    fn width(&self) -> f64 {
        self.high_s - self.low_s
    }

    /// Returns the time from t to the mode, and that time divided by mode − low.
    fn before_mode(&self, t: f64) -> (f64, f64) {
        let before = self.mode_s - t;
        (before, before / self.rise())
    }
}

impl Lifetime for Triangular {
    #[inline]
    fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> f64 {
        self.quantile(rng.random())
    }

    /// Before the mode this is (b + y (2 − y/a)) / w with y = mode − t: its terms are positive, also
    /// where the mode is the upper bound.
    fn survival(&self, t: f64) -> f64 {
        if t <= self.low_s {
            return 1.0;
        }
        if t < self.mode_s {
            let (before, share) = self.before_mode(t);
            return (self.fall() + before * (2.0 - share)) / self.width();
        }
        match (self.high_s - t).max(0.0) {
            0.0 => 0.0,
            left => left / self.width() * (left / self.fall()),
        }
    }

    fn cdf(&self, t: f64) -> f64 {
        let passed = (t - self.low_s).max(0.0);
        if passed == 0.0 {
            0.0
        } else if t <= self.mode_s {
            passed / self.width() * (passed / self.rise())
        } else if t < self.high_s {
            // The mirror image of the survival function before the mode.
            let beyond = t - self.mode_s;
            (self.rise() + beyond * (2.0 - beyond / self.fall())) / self.width()
        } else {
            1.0
        }
    }

    fn cumulative_hazard(&self, t: f64) -> f64 {
        let cdf = self.cdf(t);
        if cdf < 0.5 { -(-cdf).ln_1p() } else { -self.survival(t).ln() }
    }

    fn density(&self, t: f64) -> f64 {
        if !(self.low_s..=self.high_s).contains(&t) {
            0.0
        } else if t < self.mode_s {
            2.0 / self.width() * ((t - self.low_s) / self.rise())
        } else if t > self.mode_s {
            2.0 / self.width() * ((self.high_s - t) / self.fall())
        } else {
            2.0 / self.width()
        }
    }

    fn hazard(&self, t: f64) -> f64 {
        if t > self.mode_s {
            return 2.0 / (self.high_s - t).max(0.0);
        }
        self.density(t) / self.survival(t)
    }

    /// Beyond the mode y = t − mode solves y (2 − y/b) = p w − a; the root is written so that it does
    /// not cancel near the mode.
    fn quantile(&self, p: f64) -> f64 {
        let beyond = p * self.width() - self.rise();
        if beyond <= 0.0 {
            self.low_s + (p * self.width() * self.rise()).sqrt()
        } else {
            self.mode_s + beyond / (1.0 + ((1.0 - p) * self.width() / self.fall()).sqrt())
        }
    }

    /// The mirror image of [`quantile`](Self::quantile).
    fn quantile_upper(&self, q: f64) -> f64 {
        let before = q * self.width() - self.fall();
        if before <= 0.0 {
            self.high_s - (q * self.width() * self.fall()).sqrt()
        } else {
            self.mode_s - before / (1.0 + ((1.0 - q) * self.width() / self.rise()).sqrt())
        }
    }

    fn at_cumulative_hazard(&self, h: f64) -> f64 {
        if h < 1.0 { self.quantile(-(-h).exp_m1()) } else { self.quantile_upper((-h).exp()) }
    }

    fn mean(&self) -> f64 {
        self.low_s + (self.rise() + self.width()) / 3.0
    }

    fn variance(&self) -> f64 {
        let (rise, fall) = (self.rise(), self.fall());
        (rise * rise + rise * fall + fall * fall) / 18.0
    }

    fn integrated_survival(&self, t: f64) -> f64 {
        let passed = t - self.low_s;
        if passed <= 0.0 {
            t
        } else if t <= self.mode_s {
            t - passed / 3.0 * (passed / self.width()) * (passed / self.rise())
        } else {
            self.mean() - self.integrated_survival_from(t)
        }
    }

    /// Before the mode this is the integral of [`survival`](Self::survival) up to the mode plus b²/3w.
    fn integrated_survival_from(&self, t: f64) -> f64 {
        if t <= self.low_s {
            return self.mean() - t;
        }
        if t < self.mode_s {
            let (before, share) = self.before_mode(t);
            let to_mode = before * (self.fall() + before * (1.0 - share / 3.0));
            return (to_mode + self.fall() * self.fall() / 3.0) / self.width();
        }
        match (self.high_s - t).max(0.0) {
            0.0 => 0.0,
            left => left / 3.0 * (left / self.width()) * (left / self.fall()),
        }
    }

    fn sample_residual<R: Rng + ?Sized>(&self, age: f64, rng: &mut R) -> f64 {
        let outlived: f64 = rng.random();
        if age >= self.mode_s {
            return (self.high_s - age).max(0.0) * (1.0 - outlived.sqrt());
        }
        (self.quantile_upper(outlived * self.survival(age)) - age).max(0.0)
    }

    fn sample_equilibrium<R: Rng + ?Sized>(&self, rng: &mut R) -> f64 {
        // Rejection gives a length-biased life. A try succeeds with probability mean / high, which is at
        // least 1/3.
        let long = loop {
            let life = self.sample(rng);
            if rng.random::<f64>() * self.high_s < life {
                break life;
            }
        };
        long * rng.random::<f64>()
    }

    fn support(&self) -> (f64, f64) {
        (self.low_s, self.high_s)
    }

    fn parameters(&self) -> Parameters {
        Parameters::new().with("low", self.low_s).with("mode", self.mode_s).with("high", self.high_s)
    }
}
