//! The Erlang distribution: a number of exponential stages, one after the other (Erlang 1917).
//!
//! It is the gamma distribution with an integer shape, and computed as such. It is a member of its own
//! because exact solvers use its structure: n stages are n states of a Markov chain. The coefficient of
//! variation is 1/√n.

use super::error::{BuildError, positive};
use super::parameters::{Parameters, Value, Variant};
use super::{Distribution, Gamma, Lifetime};
use crate::config::schema::Key;
use rand::Rng;

/// The Erlang distribution.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Erlang {
    stages: u32,
    gamma: Gamma,
}

/// The entry in the registry.
pub(super) static VARIANT: Variant = Variant {
    name: "erlang",
    summary: "a number of equal exponential stages, one after the other",
    keys: &[
        &Key::count::<0, { super::COUNT_MAX }>("stages", "number of stages, from 1").required(),
        &Key::duration("mean", "mean time of all stages together").required(),
    ],
    forms: &[&["stages", "mean"]],
    short: None,
    example: "{ erlang: { stages: 3, mean: 2h } }",
    build,
};

fn build(given: &Parameters) -> Result<Distribution, BuildError> {
    given.form(&VARIANT)?;
    let stages = match given.get("stages") {
        Some(Value::Count(stages)) => *stages,
        _ => 0,
    };
    Ok(Erlang::new(stages, given.real("mean"))?.into())
}

impl Erlang {
    /// The largest number of stages: with a million the coefficient of variation is a thousandth.
    pub const STAGES_MAX: u32 = 1_000_000;

    /// Creates a distribution with the given number of stages and the mean in seconds of all of them
    /// together, finite and above 0.
    pub fn new(stages: u64, mean_s: f64) -> Result<Self, BuildError> {
        let range = || BuildError::value("stages", format!("must be from 1 to {}", Self::STAGES_MAX));
        let stages = u32::try_from(stages).map_err(|_| range())?;
        if !(1..=Self::STAGES_MAX).contains(&stages) {
            return Err(range());
        }
        let mean_s = positive("mean", mean_s)?;
        Ok(Self { stages, gamma: Gamma::with_mean(f64::from(stages), mean_s)? })
    }
}

impl Lifetime for Erlang {
    #[inline]
    fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> f64 {
        self.gamma.sample(rng)
    }

    fn survival(&self, t: f64) -> f64 {
        self.gamma.survival(t)
    }

    fn cdf(&self, t: f64) -> f64 {
        self.gamma.cdf(t)
    }

    fn cumulative_hazard(&self, t: f64) -> f64 {
        self.gamma.cumulative_hazard(t)
    }

    fn density(&self, t: f64) -> f64 {
        self.gamma.density(t)
    }

    fn hazard(&self, t: f64) -> f64 {
        self.gamma.hazard(t)
    }

    fn quantile(&self, p: f64) -> f64 {
        self.gamma.quantile(p)
    }

    fn quantile_upper(&self, q: f64) -> f64 {
        self.gamma.quantile_upper(q)
    }

    fn at_cumulative_hazard(&self, h: f64) -> f64 {
        self.gamma.at_cumulative_hazard(h)
    }

    fn mean(&self) -> f64 {
        self.gamma.mean()
    }

    fn variance(&self) -> f64 {
        self.gamma.variance()
    }

    fn integrated_survival(&self, t: f64) -> f64 {
        self.gamma.integrated_survival(t)
    }

    fn integrated_survival_from(&self, t: f64) -> f64 {
        self.gamma.integrated_survival_from(t)
    }

    fn sample_residual<R: Rng + ?Sized>(&self, age: f64, rng: &mut R) -> f64 {
        self.gamma.sample_residual(age, rng)
    }

    fn sample_equilibrium<R: Rng + ?Sized>(&self, rng: &mut R) -> f64 {
        self.gamma.sample_equilibrium(rng)
    }

    fn stages(&self) -> Option<u32> {
        Some(self.stages)
    }

    fn parameters(&self) -> Parameters {
        Parameters::new().with_value("stages", Value::Count(u64::from(self.stages))).with("mean", self.mean())
    }
}

#[cfg(test)]
mod tests {
    use super::{Erlang, Lifetime as _};

    #[test]
    fn the_stages_have_the_variance_of_their_sum() {
        let erlang = Erlang::new(4, 8.0).unwrap();
        assert_eq!(erlang.stages(), Some(4));
        assert!((erlang.variance() - 4.0 * 2.0_f64.powi(2)).abs() < 1e-12);
    }
}
