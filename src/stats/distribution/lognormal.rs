//! The lognormal distribution: most repairs are short, some are very long.
//!
//! ln T is normal with mean ln m and standard deviation σ, where m is the median: with z = ln(t/m) / σ,
//! survival is P(Z > z), density φ(z) / (σ t), hazard 1 / (σ t M(z)) with Mills' ratio M; the mean is m
//! e^(σ²/2) (Aitchison and Brown 1957). Drawn as m e^(σZ), with Z by the ziggurat method (Marsaglia and
//! Tsang 2000).
//!
//! With F₊(t) = P(Z ≤ z − σ), the share of the mean that comes from times up to t, the integral of the
//! survival function is t S(t) + mean · F₊(t). Length-biased times are lognormal with median m e^(σ²).
//!
//! Numerical limits: z is known to 1/σ roundings, and a tail to z/σ of them. The difference mean (1 −
//! F₊) − t S is not taken where it cancels, see
//! [`integrated_survival_from`](Lifetime::integrated_survival_from). A σ above about 37 (depending on
//! the median) has a mean beyond the range of floats and is rejected.

use super::error::{BuildError, above, positive, representable_mean};
use super::parameters::{Parameters, Variant};
use super::{Distribution, Lifetime, Z_95, spread};
use crate::config::schema::Key;
use crate::stats::quantile::{
    normal_at_cumulative_hazard, normal_cdf, normal_quantile, normal_survival, normal_upper_quantile,
};
use crate::stats::special::{mills_excess, mills_ratio, normal_cumulative_hazard, normal_density};
use rand::{Rng, RngExt as _};
use rand_distr::{Exp1, StandardNormal};

/// The lognormal distribution.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LogNormal {
    median_s: f64,
    sigma: f64,
    mean_s: f64,
}

/// The entry in the registry.
pub(super) static VARIANT: Variant = Variant {
    name: "lognormal",
    summary: "repair times: most short, some very long",
    keys: &[
        &Key::duration("median", "half of all times are shorter"),
        &Key::number("sigma", "standard deviation of the natural logarithm"),
        &Key::duration("p95", "95% of all times are shorter"),
        &Key::duration("mean", "mean time"),
        &spread::SD,
        &spread::CV,
    ],
    forms: &[
        &["median", "sigma"],
        &["median", "p95"],
        &["mean", "sd"],
        &["mean", "cv"],
        &["mean", "sigma"],
        &["mean", "p95"],
    ],
    short: None,
    example: "{ lognormal: { median: 30m, p95: 4h } }",
    build,
};

fn build(given: &Parameters) -> Result<Distribution, BuildError> {
    let real = |name| given.real(name);
    let lognormal = match given.form(&VARIANT)? {
        ["median", "p95"] => with_median_and_p95(real("median"), real("p95")),
        ["mean", "sd" | "cv"] => {
            let (mean, cv) = spread::mean_and_cv(given)?;
            with_mean_and_sigma(spread::name(given), mean, (cv * cv).ln_1p().sqrt())
        }
        ["mean", "sigma"] => with_mean_and_sigma("sigma", real("mean"), real("sigma")),
        ["mean", "p95"] => with_mean_and_p95(real("mean"), real("p95")),
        _ => LogNormal::new(real("median"), real("sigma")),
    };
    Ok(lognormal?.into())
}

fn with_median_and_p95(median: f64, p95: f64) -> Result<LogNormal, BuildError> {
    let median = positive("median", median)?;
    let p95 = above("p95", p95, "median", median)?;
    LogNormal::new(median, (p95 / median).ln() / Z_95)
}

fn with_mean_and_sigma(parameter: &'static str, mean: f64, sigma: f64) -> Result<LogNormal, BuildError> {
    let mean = positive("mean", mean)?;
    let sigma = positive(parameter, sigma)?;
    LogNormal::new(representable_mean(parameter, mean * (-0.5 * sigma * sigma).exp())?, sigma)
}

/// ln(p95 / mean) = z σ − σ²/2 with z = 1.645 has two solutions; the smaller σ, below z, is the intended
/// one.
fn with_mean_and_p95(mean: f64, p95: f64) -> Result<LogNormal, BuildError> {
    let mean = positive("mean", mean)?;
    let p95 = above("p95", p95, "mean", mean)?;
    let ratio = (p95 / mean).ln();
    let square = Z_95 * Z_95 - 2.0 * ratio;
    if !(square >= 0.0) {
        let reason = "is more than 3.86 times `mean`, which no lognormal distribution reaches";
        return Err(BuildError::value("p95", reason));
    }
    // The smaller root, in the form that does not cancel.
    with_mean_and_sigma("p95", mean, 2.0 * ratio / (Z_95 + square.sqrt()))
}

impl LogNormal {
    /// Creates a distribution with the given median in seconds and standard deviation of the natural
    /// logarithm; both are finite and above 0, and so must be the mean.
    pub fn new(median_s: f64, sigma: f64) -> Result<Self, BuildError> {
        let median_s = positive("median", median_s)?;
        let sigma = positive("sigma", sigma)?;
        Ok(Self {
            median_s,
            sigma,
            mean_s: representable_mean("sigma", median_s * (0.5 * sigma * sigma).exp())?,
        })
    }

    /// Returns the median in seconds.
    pub fn median(&self) -> f64 {
        self.median_s
    }

    /// Returns the standard deviation of the natural logarithm.
    pub fn sigma(&self) -> f64 {
        self.sigma
    }

    /// Returns z, the distance of ln t from its mean in standard deviations.
    fn z(&self, t: f64) -> f64 {
        (t / self.median_s).clamp(f64::MIN_POSITIVE, f64::MAX).ln() / self.sigma
    }

    #[inline]
    fn at_z(&self, z: f64) -> f64 {
        self.median_s * (self.sigma * z).exp()
    }

    /// Returns M(z − σ) − M(z) for Mills' ratio M. For a small σ, where the difference would cancel, it
    /// is the integral of −M′, which is [`mills_excess`].
    fn mills_difference(&self, z: f64) -> f64 {
        if self.sigma < 0.5 {
            return integral_of_excess(z - self.sigma, self.sigma);
        }
        mills_ratio(z - self.sigma) - mills_ratio(z)
    }

    /// Returns ∫ S from t to infinity, for z ≥ 0. Since mean · φ(z − σ) = t φ(z), this is t φ(z) (M(z −
    /// σ) − M(z)).
    fn excess_mean(&self, t: f64, z: f64) -> f64 {
        // Here the second term is less than 10⁻⁵ of the first and nothing cancels, whereas M(z − σ) may
        // overflow.
        if z - self.sigma < -5.0 {
            return self.mean_s * normal_survival(z - self.sigma) - t * normal_survival(z);
        }
        t * normal_density(z) * self.mills_difference(z)
    }
}

/// Returns the integral of [`mills_excess`] over \[from, from + width\], width ≤ ½, by Gauss-Legendre
/// quadrature with eight points.
fn integral_of_excess(from: f64, width: f64) -> f64 {
    /// Abscissas and weights on \[−1, 1\] (Abramowitz and Stegun 1964, table 25.4).
    const POINTS: [(f64, f64); 4] = [
        (0.183_434_642_495_649_8, 0.362_683_783_378_362),
        (0.525_532_409_916_329, 0.313_706_645_877_887_3),
        (0.796_666_477_413_626_7, 0.222_381_034_453_374_48),
        (0.960_289_856_497_536_3, 0.101_228_536_290_376_26),
    ];
    let (half, middle) = (0.5 * width, from + 0.5 * width);
    let pair = |x: f64| mills_excess(middle - half * x) + mills_excess(middle + half * x);
    half * POINTS.iter().map(|(x, weight)| weight * pair(*x)).sum::<f64>()
}

impl Lifetime for LogNormal {
    #[inline]
    fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> f64 {
        self.at_z(rng.sample(StandardNormal))
    }

    fn survival(&self, t: f64) -> f64 {
        normal_survival(self.z(t))
    }

    fn cdf(&self, t: f64) -> f64 {
        normal_cdf(self.z(t))
    }

    fn cumulative_hazard(&self, t: f64) -> f64 {
        normal_cumulative_hazard(self.z(t))
    }

    fn density(&self, t: f64) -> f64 {
        match normal_density(self.z(t)) {
            0.0 => 0.0,
            density => density / (self.sigma * t),
        }
    }

    fn hazard(&self, t: f64) -> f64 {
        let z = self.z(t);
        if z < 0.0 {
            return self.density(t) / normal_survival(z);
        }
        (mills_ratio(z) * self.sigma * t).recip()
    }

    fn quantile(&self, p: f64) -> f64 {
        normal_quantile(p).map_or(f64::NAN, |z| self.at_z(z))
    }

    fn quantile_upper(&self, q: f64) -> f64 {
        normal_upper_quantile(q).map_or(f64::NAN, |z| self.at_z(z))
    }

    fn at_cumulative_hazard(&self, h: f64) -> f64 {
        self.at_z(normal_at_cumulative_hazard(h))
    }

    fn mean(&self) -> f64 {
        self.mean_s
    }

    fn variance(&self) -> f64 {
        self.mean_s * self.mean_s * (self.sigma * self.sigma).exp_m1()
    }

    fn integrated_survival(&self, t: f64) -> f64 {
        let z = self.z(t);
        t * normal_survival(z) + self.mean_s * normal_cdf(z - self.sigma)
    }

    /// Above the median this is `excess_mean`. Below it, the integral is mean − t plus ∫ F up to t,
    /// which is the mirrored tail; with mean − t = t (e^(σ²/2 − σz) − 1) both terms are positive.
    fn integrated_survival_from(&self, t: f64) -> f64 {
        let z = self.z(t);
        if z >= 0.0 {
            return self.excess_mean(t, z);
        }
        if self.sigma >= 0.5 {
            return self.mean_s * normal_survival(z - self.sigma) - t * normal_survival(z);
        }
        let below = t * normal_density(z) * integral_of_excess(-z, self.sigma);
        let rest = if t < 0.5 * self.mean_s {
            self.mean_s - t
        } else {
            t * (self.sigma * (0.5 * self.sigma - z)).exp_m1()
        };
        rest + below
    }

    /// Computes age · (e^(σ(z′ − z)) − 1), with z′ drawn beyond z by inversion in hazard space.
    fn sample_residual<R: Rng + ?Sized>(&self, age: f64, rng: &mut R) -> f64 {
        let z = self.z(age);
        let exponential: f64 = rng.sample(Exp1);
        let end = normal_at_cumulative_hazard(normal_cumulative_hazard(z) + exponential);
        if z < -1.0 {
            return (self.at_z(end) - age).max(0.0);
        }
        age * (self.sigma * (end - z)).exp_m1().max(0.0)
    }

    #[inline]
    fn sample_equilibrium<R: Rng + ?Sized>(&self, rng: &mut R) -> f64 {
        let z: f64 = rng.sample(StandardNormal);
        rng.random::<f64>() * self.at_z(z + self.sigma)
    }

    fn parameters(&self) -> Parameters {
        Parameters::new().with("median", self.median_s).with("sigma", self.sigma)
    }
}
