//! Mixtures of distributions, each chosen with some probability: for example, most repairs are a
//! restart, some wait for a spare part.
//!
//! Survival, density and ∫ S are the weighted sums of the components'. A survivor to an age belongs to
//! component i with weight wᵢ Sᵢ(age); the weights are compared in hazard space, where they do not
//! underflow. An equilibrium residual life belongs to it with weight wᵢ meanᵢ. Quantiles are found by
//! bisection between those of the components, to the exact float.

use super::error::{BuildError, positive};
use super::parameters::{Parameters, Value, Variant};
use super::{Distribution, Lifetime};
use crate::config::schema::{Key, Kind};
use crate::stats::search::least_float;
use crate::stats::times::WEIGHTED_KIND;
use rand::{Rng, RngExt as _};

/// A mixture of distributions.
#[derive(Debug, Clone, PartialEq)]
pub struct Mixture {
    /// At least one; the weights add up to 1.
    components: Box<[Component]>,
    mean_s: f64,
    variance_s2: f64,
}

/// A distribution and its probability.
#[derive(Debug, Clone, PartialEq)]
struct Component {
    weight: f64,
    distribution: Distribution,
}

/// The entry in the registry.
pub(super) static VARIANT: Variant = Variant {
    name: "mixture",
    summary: "one of several distributions, chosen at random by weight",
    keys: &[&Key::node(
        "components",
        Kind::List(&WEIGHTED_KIND),
        "distributions with their weights, which need not add up to 1",
    )
    .required()],
    forms: &[&["components"]],
    short: Some("components"),
    example: "{ mixture: [{ weight: 0.9, fixed: 30s }, { weight: 0.1, lognormal: { median: 2h, sigma: 1 } }] }",
    build,
};

fn build(given: &Parameters) -> Result<Distribution, BuildError> {
    given.form(&VARIANT)?;
    match given.get("components") {
        Some(Value::Weighted(components)) => Ok(Mixture::new(components.clone())?.into()),
        _ => Ok(Mixture::new(Vec::new())?.into()),
    }
}

impl Mixture {
    /// Creates a mixture from weights, finite and above 0, and their distributions; at least one. The
    /// weights need not add up to 1.
    pub fn new(components: Vec<(f64, Distribution)>) -> Result<Self, BuildError> {
        for (place, (weight, _)) in components.iter().enumerate() {
            positive("components", *weight).map_err(|error| error.of_element(place))?;
        }
        let total: f64 = components.iter().map(|(weight, _)| weight).sum();
        if !(total > 0.0 && total.is_finite()) {
            return Err(BuildError::value(
                "components",
                "must not be empty and must have weights with a finite sum",
            ));
        }
        let components: Box<[Component]> = components
            .into_iter()
            .map(|(weight, distribution)| Component { weight: weight / total, distribution })
            .collect();
        let mean_s = weighted(&components, Distribution::mean);
        // The variance within the components plus that between them.
        let spread = |one: &Distribution| one.variance() + (one.mean() - mean_s).powi(2);
        Ok(Self { mean_s, variance_s2: weighted(&components, spread), components })
    }

    /// Iterates over probabilities and distributions.
    pub fn components(&self) -> impl Iterator<Item = (f64, &Distribution)> {
        self.components.iter().map(|one| (one.weight, &one.distribution))
    }

    fn weighted(&self, of: impl Fn(&Distribution) -> f64) -> f64 {
        weighted(&self.components, of)
    }

    /// Chooses the component at `place` on a line on which each component takes the length that `length`
    /// returns.
    #[inline]
    fn pick(&self, place: f64, length: impl Fn(&Component) -> f64) -> Option<&Distribution> {
        let mut left = place;
        for one in &self.components {
            left -= length(one);
            if left < 0.0 {
                return Some(&one.distribution);
            }
        }
        // The sum of the lengths may fall short of `place` by rounding: take the last of non-zero
        // length.
        let last = self.components.iter().rev().find(|one| length(one) > 0.0);
        last.map(|one| &one.distribution)
    }

    /// Calls `function` for all components and returns the least and the greatest result.
    fn range(&self, function: impl Fn(&Distribution) -> f64) -> (f64, f64) {
        let results = self.components.iter().map(|one| function(&one.distribution));
        results.fold((f64::INFINITY, 0.0), |(least, greatest), x| (least.min(x), greatest.max(x)))
    }

    fn least_time(&self, of_component: impl Fn(&Distribution) -> f64, holds: impl Fn(f64) -> bool) -> f64 {
        let (low, high) = self.range(of_component);
        least_float(low, high, holds)
    }

    /// Returns the least cumulative hazard of a component at t, and S(t) of the mixture divided by S(t)
    /// of that component.
    fn survivors(&self, t: f64) -> (f64, f64) {
        let (least, _) = self.range(|one| one.cumulative_hazard(t));
        (least, self.weighted(|one| relative_survival(one, t, least)))
    }
}

fn weighted(components: &[Component], of: impl Fn(&Distribution) -> f64) -> f64 {
    components.iter().map(|one| one.weight * of(&one.distribution)).sum()
}

/// Returns S(t) e^`reference`.
fn relative_survival(one: &Distribution, t: f64, reference: f64) -> f64 {
    (reference - one.cumulative_hazard(t)).exp()
}

impl Lifetime for Mixture {
    #[inline]
    fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> f64 {
        let picked = self.pick(rng.random(), |one| one.weight);
        picked.map_or(0.0, |one| one.sample(rng))
    }

    fn survival(&self, t: f64) -> f64 {
        self.weighted(|one| one.survival(t))
    }

    fn cdf(&self, t: f64) -> f64 {
        self.weighted(|one| one.cdf(t))
    }

    fn cumulative_hazard(&self, t: f64) -> f64 {
        let cdf = self.cdf(t);
        if cdf < 0.5 {
            return -(-cdf).ln_1p();
        }
        // Relative to the component with the least hazard, since every survival function may underflow.
        match self.survivors(t) {
            (f64::INFINITY, _) => f64::INFINITY,
            (least, survivors) => least - survivors.ln(),
        }
    }

    fn density(&self, t: f64) -> f64 {
        self.weighted(|one| one.density(t))
    }

    fn hazard(&self, t: f64) -> f64 {
        let (least, survivors) = self.survivors(t);
        if least == f64::INFINITY {
            return f64::INFINITY;
        }
        // A component without survivors contributes nothing, although its hazard may be infinite.
        let failing = |one: &Distribution| match relative_survival(one, t, least) {
            0.0 if one.is_continuous() => 0.0,
            0.0 => one.density(t),
            survivors => survivors * one.hazard(t),
        };
        self.weighted(failing) / survivors
    }

    fn quantile(&self, p: f64) -> f64 {
        if p > 0.5 {
            return self.quantile_upper(1.0 - p);
        }
        self.least_time(|one| one.quantile(p), |t| self.cdf(t) >= p)
    }

    fn quantile_upper(&self, q: f64) -> f64 {
        if q > 0.5 {
            return self.quantile(1.0 - q);
        }
        self.least_time(|one| one.quantile_upper(q), |t| self.survival(t) <= q)
    }

    fn at_cumulative_hazard(&self, h: f64) -> f64 {
        self.least_time(|one| one.at_cumulative_hazard(h), |t| self.cumulative_hazard(t) >= h)
    }

    fn mean(&self) -> f64 {
        self.mean_s
    }

    fn variance(&self) -> f64 {
        self.variance_s2
    }

    fn integrated_survival(&self, t: f64) -> f64 {
        self.weighted(|one| one.integrated_survival(t))
    }

    fn integrated_survival_from(&self, t: f64) -> f64 {
        self.weighted(|one| one.integrated_survival_from(t))
    }

    fn sample_residual<R: Rng + ?Sized>(&self, age: f64, rng: &mut R) -> f64 {
        let (least, survivors) = self.survivors(age);
        if least == f64::INFINITY {
            return 0.0;
        }
        let length = |one: &Component| one.weight * relative_survival(&one.distribution, age, least);
        let picked = self.pick(survivors * rng.random::<f64>(), length);
        picked.map_or(0.0, |one| one.sample_residual(age, rng))
    }

    fn sample_equilibrium<R: Rng + ?Sized>(&self, rng: &mut R) -> f64 {
        let length = |one: &Component| one.weight * one.distribution.mean();
        let picked = self.pick(self.mean_s * rng.random::<f64>(), length);
        picked.map_or(0.0, |one| one.sample_equilibrium(rng))
    }

    fn support(&self) -> (f64, f64) {
        let (least, _) = self.range(|one| one.support().0);
        let (_, greatest) = self.range(|one| one.support().1);
        (least, greatest)
    }

    fn is_continuous(&self) -> bool {
        self.components.iter().all(|one| one.distribution.is_continuous())
    }

    fn parameters(&self) -> Parameters {
        let components = self.components().map(|(weight, one)| (weight, one.clone()));
        Parameters::new().with_value("components", Value::Weighted(components.collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Exponential, Fixed};
    use super::*;

    fn half_and_half(one: impl Into<Distribution>, other: impl Into<Distribution>) -> Mixture {
        Mixture::new(vec![(2.0, one.into()), (2.0, other.into())]).unwrap()
    }

    #[test]
    fn a_quantile_at_an_atom_is_exact() {
        let mixture = half_and_half(Fixed::new(0.1).unwrap(), Exponential::with_mean(1.0).unwrap());
        assert_eq!(mixture.quantile(0.3), 0.1);
        assert_eq!(mixture.quantile_upper(0.6), 0.1);
        assert_eq!(mixture.at_cumulative_hazard(0.4), 0.1);
    }

    #[test]
    fn deep_in_the_tail_only_the_longer_lived_component_counts() {
        let mixture =
            half_and_half(Exponential::with_mean(1.0).unwrap(), Exponential::with_mean(2.0).unwrap());
        let expected = 1e5 / 2.0 + std::f64::consts::LN_2;
        assert!((mixture.cumulative_hazard(1e5) / expected - 1.0).abs() < 1e-15);
        assert!((mixture.hazard(1e5) - 0.5).abs() < 1e-15);
    }

    #[test]
    fn an_invalid_weight_is_reported_with_its_index() {
        let fixed: Distribution = Fixed::new(1.0).unwrap().into();
        let error = Mixture::new(vec![(1.0, fixed.clone()), (0.0, fixed)]).unwrap_err();
        assert_eq!((error.parameter(), error.element()), (Some("components"), Some(1)));
        assert!(Mixture::new(Vec::new()).is_err());
    }
}
