//! The gamma distribution: sums of exponential times, and the usual model for a spread below or above
//! that of the exponential distribution.
//!
//! With shape a and scale s, and x = t/s: density x^a e^(−x) / (Γ(a) t), survival Q(a, x), the upper
//! incomplete gamma function ratio; mean a s, coefficient of variation 1/√a. Draws use the method of
//! Marsaglia and Tsang (2000), for shapes below 1 with their power of a uniform number.
//!
//! The integral of the survival function is t Q(a, x) + a s P(a + 1, x), since length-biased times are
//! gamma distributed with shape a + 1.
//!
//! Numerical limits: the quantile of a small shape leaves the range of floats (shape 0.05: below
//! probabilities of 10⁻¹⁵) and is then the least normal float times the scale. Draws with such shapes
//! may be 0.

use super::error::{BuildError, above, positive, representable_mean};
use super::parameters::{Parameters, Variant};
use super::{Distribution, Lifetime, spread};
use crate::config::schema::Key;
use crate::stats::quantile::{chi_squared_quantile, chi_squared_upper_quantile};
use crate::stats::search::least_float;
use crate::stats::special::{
    gamma_cumulative_hazard, gamma_kernel, gamma_mills_excess, gamma_mills_ratio, gamma_tails,
};
use rand::{Rng, RngExt as _};
use rand_distr::{Distribution as _, Exp1};

/// The gamma distribution.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gamma {
    shape: f64,
    scale_s: f64,
    sampler: rand_distr::Gamma<f64>,
}

/// The entry in the registry.
pub(super) static VARIANT: Variant = Variant {
    name: "gamma",
    summary: "any spread around a mean; with an integer shape a sum of exponential stages",
    keys: &[
        &Key::number("shape", "1 is exponential, above 1 less spread, below 1 more: 1 / cv²"),
        &Key::duration("scale", "mean / shape"),
        &Key::duration("mean", "mean time"),
        &spread::SD,
        &spread::CV,
        &Key::duration("median", "half of all times are shorter"),
        &Key::duration("p95", "95% of all times are shorter"),
    ],
    forms: &[&["shape", "scale"], &["shape", "mean"], &["mean", "sd"], &["mean", "cv"], &["median", "p95"]],
    short: None,
    example: "{ gamma: { mean: 45m, sd: 20m } }",
    build,
};

fn build(given: &Parameters) -> Result<Distribution, BuildError> {
    let gamma = match given.form(&VARIANT)? {
        ["shape", "mean"] => Gamma::with_mean(given.real("shape"), given.real("mean")),
        ["mean", "sd" | "cv"] => {
            let (mean, cv) = spread::mean_and_cv(given)?;
            let shape = representable_mean(spread::name(given), (cv * cv).recip())?;
            Gamma::with_mean(shape, mean)
        }
        ["median", "p95"] => with_median_and_p95(given.real("median"), given.real("p95")),
        _ => Gamma::new(given.real("shape"), given.real("scale")),
    };
    Ok(gamma?.into())
}

/// Builds the distribution from its median and 95th percentile: their ratio depends on the shape only
/// and falls with it.
fn with_median_and_p95(median: f64, p95: f64) -> Result<Gamma, BuildError> {
    /// The shapes that are searched: the ratio is 10⁸⁶ at the one end and 1 + 5·10⁻⁶ at the other.
    const SHAPES: (f64, f64) = (0.005, 1e11);
    let median = positive("median", median)?;
    let p95 = above("p95", p95, "median", median)?;
    let quantile = |q: f64, shape: f64| Gamma::unit_quantile_upper(shape, q);
    let has_at_most = |shape: f64| quantile(0.05, shape) <= p95 / median * quantile(0.5, shape);
    if !has_at_most(SHAPES.1) || has_at_most(SHAPES.0) {
        return Err(BuildError::value(
            "p95",
            "is too close to `median` or too far from it for a gamma distribution",
        ));
    }
    let shape = least_float(SHAPES.0, SHAPES.1, has_at_most);
    Gamma::new(shape, representable_mean("p95", median / quantile(0.5, shape))?)
}

impl Gamma {
    /// Creates a distribution with the given shape and the scale in seconds; both are finite and above
    /// 0, and so must be the mean.
    pub fn new(shape: f64, scale_s: f64) -> Result<Self, BuildError> {
        let shape = positive("shape", shape)?;
        let scale_s = positive("scale", scale_s)?;
        representable_mean("shape", shape * scale_s)?;
        let sampler = rand_distr::Gamma::new(shape, scale_s);
        Ok(Self {
            shape,
            scale_s,
            sampler: sampler.map_err(|error| BuildError::value("shape", error.to_string()))?,
        })
    }

    /// Creates a distribution with the given shape and the mean in seconds.
    pub fn with_mean(shape: f64, mean_s: f64) -> Result<Self, BuildError> {
        let shape = positive("shape", shape)?;
        let mean_s = positive("mean", mean_s)?;
        Self::new(shape, representable_mean("shape", mean_s / shape)?)
    }

    fn unit_quantile_upper(shape: f64, q: f64) -> f64 {
        chi_squared_upper_quantile(q, 2.0 * shape).map_or(f64::NAN, |x| 0.5 * x)
    }

    /// Returns the x at which −ln Q(a, x) is `h`, beyond the range of
    /// [`unit_quantile_upper`](Self::unit_quantile_upper). By Newton's method, as the function is nearly
    /// linear there.
    fn unit_at_cumulative_hazard(&self, h: f64) -> Option<f64> {
        const STEPS_MAX: u32 = 50;
        let mut x = h + self.shape;
        for _ in 0..STEPS_MAX {
            let excess = gamma_cumulative_hazard(self.shape, x)? - h;
            // The hazard is 1 / (x · Mills' ratio), so that this is excess / hazard.
            let step = excess * x * gamma_mills_ratio(self.shape, x)?;
            x = (x - step).max(0.5 * x);
            if step.abs() <= 2.0 * f64::EPSILON * x {
                break;
            }
        }
        Some(x)
    }
}

impl Lifetime for Gamma {
    #[inline]
    fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> f64 {
        self.sampler.sample(rng)
    }

    fn survival(&self, t: f64) -> f64 {
        gamma_tails(self.shape, t / self.scale_s).map_or(f64::NAN, |tails| tails.upper)
    }

    fn cdf(&self, t: f64) -> f64 {
        gamma_tails(self.shape, t / self.scale_s).map_or(f64::NAN, |tails| tails.lower)
    }

    fn cumulative_hazard(&self, t: f64) -> f64 {
        gamma_cumulative_hazard(self.shape, t / self.scale_s).unwrap_or(f64::NAN)
    }

    fn density(&self, t: f64) -> f64 {
        if t == 0.0 {
            return self.density_at_zero();
        }
        gamma_kernel(self.shape, t / self.scale_s).map_or(f64::NAN, |kernel| kernel / t)
    }

    fn hazard(&self, t: f64) -> f64 {
        if t == 0.0 {
            return self.density_at_zero();
        }
        gamma_mills_ratio(self.shape, t / self.scale_s).map_or(f64::NAN, |ratio| (t * ratio).recip())
    }

    fn quantile(&self, p: f64) -> f64 {
        chi_squared_quantile(p, 2.0 * self.shape).map_or(f64::NAN, |x| 0.5 * self.scale_s * x)
    }

    fn quantile_upper(&self, q: f64) -> f64 {
        self.scale_s * Self::unit_quantile_upper(self.shape, q)
    }

    fn at_cumulative_hazard(&self, h: f64) -> f64 {
        // Through the smaller tail while it has full precision, beyond that by Newton's method on the
        // hazard.
        match h {
            _ if h < std::f64::consts::LN_2 => self.quantile(-(-h).exp_m1()),
            _ if h < 600.0 => self.quantile_upper((-h).exp()),
            _ => self.unit_at_cumulative_hazard(h).map_or(f64::NAN, |x| self.scale_s * x),
        }
    }

    fn mean(&self) -> f64 {
        self.shape * self.scale_s
    }

    fn variance(&self) -> f64 {
        self.mean() * self.scale_s
    }

    fn integrated_survival(&self, t: f64) -> f64 {
        let longer = gamma_tails(self.shape + 1.0, t / self.scale_s);
        longer.map_or(f64::NAN, |tails| t * self.survival(t) + self.mean() * tails.lower)
    }

    /// Computes a s Q(a + 1, x) − t Q(a, x) = s ((a − x) Q(a, x) + x^a e^(−x) / Γ(a)). Above the mean
    /// the terms cancel, and the kernel times [`gamma_mills_excess`] replaces them.
    fn integrated_survival_from(&self, t: f64) -> f64 {
        let x = t / self.scale_s;
        let kernel = gamma_kernel(self.shape, x).unwrap_or(f64::NAN);
        if x < self.shape {
            return self.scale_s * ((self.shape - x) * self.survival(t) + kernel);
        }
        match kernel {
            0.0 => 0.0,
            _ => self.scale_s * kernel * gamma_mills_excess(self.shape, x).unwrap_or(f64::NAN),
        }
    }

    fn sample_residual<R: Rng + ?Sized>(&self, age: f64, rng: &mut R) -> f64 {
        let exponential: f64 = rng.sample(Exp1);
        // Inversion in hazard space: the cumulative hazard at the failure is that at the age plus an
        // exponential number.
        let end = self.at_cumulative_hazard(self.cumulative_hazard(age) + exponential);
        (end - age).max(0.0)
    }

    fn sample_equilibrium<R: Rng + ?Sized>(&self, rng: &mut R) -> f64 {
        let share: f64 = rng.random();
        let longer = rand_distr::Gamma::new(self.shape + 1.0, self.scale_s);
        longer.map_or(0.0, |longer| share * longer.sample(rng))
    }

    /// An integer shape is a number of stages.
    fn stages(&self) -> Option<u32> {
        (self.shape == self.shape.round()).then_some(self.shape as u32)
    }

    fn parameters(&self) -> Parameters {
        Parameters::new().with("shape", self.shape).with("scale", self.scale_s)
    }
}

impl Gamma {
    fn density_at_zero(&self) -> f64 {
        match self.shape {
            1.0 => self.scale_s.recip(),
            shape if shape < 1.0 => f64::INFINITY,
            _ => 0.0,
        }
    }
}
