//! The empirical distribution: the observed values themselves, all equally likely.
//!
//! Its distribution function is that of the sample (ECDF). Its variance has the divisor n, since the
//! sample is the distribution and not an estimate of one. A remaining life is drawn from the values
//! above the age. A value drawn with probability proportional to its length, times a uniform number, is
//! an equilibrium residual life.
//!
//! No draw exceeds the largest observed value: where the tail matters, fit a distribution to the values.
//! All probability lies in atoms, where density and hazard are infinite.

use super::error::{BuildError, not_negative};
use super::parameters::{Parameters, Value, Variant};
use super::{Distribution, Lifetime};
use crate::config::schema::{Key, Kind};
use crate::stats::summary::{CompensatedSum, Summary};
use crate::stats::times::series;
use rand::{Rng, RngExt as _};

/// The distribution of a sample.
#[derive(Debug, Clone, PartialEq)]
pub struct Empirical {
    /// In ascending order; at least one.
    values: Box<[f64]>,
    /// Sums of the first i values.
    sums_below: Box<[f64]>,
    /// Sums of the values from the i-th on.
    sums_above: Box<[f64]>,
    mean_s: f64,
    variance_s2: f64,
}

/// The entry in the registry.
pub(super) static VARIANT: Variant = Variant {
    name: "empirical",
    summary: "one of the observed values, each equally likely",
    keys: &[
        &Key::node("values", Kind::List(&Kind::Duration), "the observed times"),
        &series::CSV,
        &series::COLUMN,
        &series::UNIT,
    ],
    forms: &[&["values"]],
    short: Some("values"),
    example: "{ empirical: { values: [4m, 9m, 12m, 31m, 4h] } }",
    build,
};

fn build(given: &Parameters) -> Result<Distribution, BuildError> {
    given.form(&VARIANT)?;
    match given.get("values") {
        Some(Value::Durations(values)) => Ok(Empirical::new(values.clone())?.into()),
        _ => Ok(Empirical::new(Vec::new())?.into()),
    }
}

/// Returns the sums of the first 0, 1, 2, … values.
fn running_sums<'v>(values: impl Iterator<Item = &'v f64>) -> Vec<f64> {
    let mut sum = CompensatedSum::default();
    let mut sums = vec![0.0];
    sums.extend(values.map(|value| {
        sum.add(*value);
        sum.value()
    }));
    sums
}

impl Empirical {
    /// Creates a distribution from times in seconds, in any order, each finite and not below 0; at least
    /// one.
    pub fn new(mut values: Vec<f64>) -> Result<Self, BuildError> {
        for (place, value) in values.iter().enumerate() {
            not_negative("values", *value).map_err(|error| error.of_element(place))?;
        }
        let Some(summary) = Summary::of(&values) else {
            return Err(BuildError::value("values", "must not be empty"));
        };
        if !summary.sum.is_finite() {
            return Err(BuildError::value(
                "values",
                "must have a sum within the range of floating-point numbers",
            ));
        }
        values.sort_by(f64::total_cmp);
        let mut sums_above = running_sums(values.iter().rev());
        sums_above.reverse();
        let n = summary.n as f64;
        Ok(Self {
            sums_below: running_sums(values.iter()).into(),
            sums_above: sums_above.into(),
            mean_s: summary.mean,
            variance_s2: summary.sd.map_or(0.0, |sd| sd * sd * ((n - 1.0) / n)),
            values: values.into(),
        })
    }

    fn n(&self) -> f64 {
        self.values.len() as f64
    }

    /// Counts the values that are at most t.
    fn count_to(&self, t: f64) -> usize {
        self.values.partition_point(|value| *value <= t)
    }

    fn is_atom(&self, t: f64) -> bool {
        self.values.binary_search_by(|value| value.total_cmp(&t)).is_ok()
    }

    /// Returns the value at index `place`, or the last one if there are fewer.
    #[inline]
    fn value(&self, place: usize) -> f64 {
        let value = self.values.get(place).or(self.values.last());
        value.copied().unwrap_or(0.0)
    }

    /// Returns the value of the least rank r ≥ 1 with `enough(r)`, given a guess at r that may be off by
    /// one through rounding.
    fn of_rank(&self, guess: f64, enough: impl Fn(f64) -> bool) -> f64 {
        let guess = guess.clamp(1.0, self.n());
        let near = [guess - 1.0, guess, guess + 1.0];
        let rank = near.into_iter().find(|rank| *rank >= 1.0 && enough(*rank));
        self.value(rank.unwrap_or(self.n()) as usize - 1)
    }
}

impl Lifetime for Empirical {
    #[inline]
    fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> f64 {
        self.value(rng.random_range(0..self.values.len().max(1)))
    }

    fn survival(&self, t: f64) -> f64 {
        (self.values.len() - self.count_to(t)) as f64 / self.n()
    }

    fn cdf(&self, t: f64) -> f64 {
        self.count_to(t) as f64 / self.n()
    }

    fn cumulative_hazard(&self, t: f64) -> f64 {
        0.0 - self.survival(t).ln()
    }

    fn density(&self, t: f64) -> f64 {
        if self.is_atom(t) { f64::INFINITY } else { 0.0 }
    }

    fn hazard(&self, t: f64) -> f64 {
        self.density(t)
    }

    fn quantile(&self, p: f64) -> f64 {
        self.of_rank((p * self.n()).ceil(), |rank| rank / self.n() >= p)
    }

    fn quantile_upper(&self, q: f64) -> f64 {
        let guess = self.n() - (q * self.n()).floor();
        self.of_rank(guess, |rank| (self.n() - rank) / self.n() <= q)
    }

    fn at_cumulative_hazard(&self, h: f64) -> f64 {
        self.quantile_upper((-h).exp())
    }

    fn mean(&self) -> f64 {
        self.mean_s
    }

    fn variance(&self) -> f64 {
        self.variance_s2
    }

    fn integrated_survival(&self, t: f64) -> f64 {
        let below = self.count_to(t);
        let sum = self.sums_below.get(below).copied().unwrap_or(0.0);
        match (self.values.len() - below) as f64 {
            0.0 => self.mean_s,
            // Every value above t contributes t, every other one itself.
            above => (sum / self.n()) + t * (above / self.n()),
        }
    }

    fn integrated_survival_from(&self, t: f64) -> f64 {
        let below = self.count_to(t);
        let sum = self.sums_above.get(below).copied().unwrap_or(0.0);
        match (self.values.len() - below) as f64 {
            0.0 => 0.0,
            above => (above / self.n()) * (sum / above - t).max(0.0),
        }
    }

    fn sample_residual<R: Rng + ?Sized>(&self, age: f64, rng: &mut R) -> f64 {
        let below = self.count_to(age);
        if below >= self.values.len() {
            return 0.0;
        }
        self.value(rng.random_range(below..self.values.len())) - age
    }

    fn sample_equilibrium<R: Rng + ?Sized>(&self, rng: &mut R) -> f64 {
        let total = self.sums_below.last().copied().unwrap_or(0.0);
        // A point on the values laid end to end falls into a value with probability proportional to its
        // length.
        let place = total * rng.random::<f64>();
        let through = self.sums_below.partition_point(|sum| *sum <= place);
        self.value(through.saturating_sub(1)) * rng.random::<f64>()
    }

    fn support(&self) -> (f64, f64) {
        (self.value(0), self.value(usize::MAX))
    }

    fn is_continuous(&self) -> bool {
        false
    }

    fn parameters(&self) -> Parameters {
        Parameters::new().with_value("values", Value::Durations(self.values.to_vec()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_exact_values_in_spite_of_rounding() {
        for n in 1..200_u32 {
            let empirical = Empirical::new((1..=n).map(f64::from).collect()).unwrap();
            for rank in 1..n {
                let (p, q) = (f64::from(rank) / f64::from(n), f64::from(n - rank) / f64::from(n));
                assert_eq!(empirical.quantile(p), f64::from(rank), "{rank} of {n}");
                assert_eq!(empirical.quantile_upper(q), f64::from(rank), "{rank} of {n}");
                assert_eq!(empirical.quantile(p.next_up()), f64::from(rank + 1), "{rank} of {n}");
            }
        }
    }

    #[test]
    fn all_density_is_at_the_values() {
        let empirical = Empirical::new(vec![1.0, 2.0, 2.0, 3.0]).unwrap();
        for density in [Empirical::density, Empirical::hazard] {
            assert_eq!([1.5, 2.0].map(|t| density(&empirical, t)), [0.0, f64::INFINITY]);
        }
        assert_eq!([0.1, 0.5, 1.5].map(|h| empirical.at_cumulative_hazard(h)), [1.0, 2.0, 3.0]);
        assert_eq!(empirical.variance(), 0.5);
    }

    #[test]
    fn an_invalid_value_is_reported_with_its_index() {
        for bad in [-1.0, f64::NAN, f64::INFINITY] {
            let error = Empirical::new(vec![1.0, bad]).unwrap_err();
            assert_eq!((error.parameter(), error.element()), (Some("values"), Some(1)));
        }
        assert_eq!(Empirical::new(Vec::new()).unwrap_err().element(), None);
    }

    #[test]
    fn a_sample_of_zeros_has_only_draws_of_zero() {
        let empirical = Empirical::new(vec![0.0, 0.0]).unwrap();
        let mut rng = crate::base::random::fast_stream(1, 0, 0);
        assert_eq!(empirical.mean(), 0.0);
        assert_eq!(empirical.sample_equilibrium(&mut rng), 0.0);
        assert_eq!(empirical.sample_residual(0.0, &mut rng), 0.0);
    }
}
