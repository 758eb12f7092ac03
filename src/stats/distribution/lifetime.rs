//! The functions that each member of the family implements.

use super::Parameters;
use rand::Rng;

/// A member of the family. [`Distribution`](super::Distribution) ensures the domains: times are finite
/// and at least 0, probabilities lie in (0, 1) and cumulative hazards in (0, ∞).
pub trait Lifetime {
    /// Draws a time, in seconds.
    fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> f64;

    /// Returns S(t) = P(T > t).
    fn survival(&self, t: f64) -> f64;

    /// Returns P(T ≤ t).
    fn cdf(&self, t: f64) -> f64;

    /// Returns −ln S(t); infinite where nothing survives.
    fn cumulative_hazard(&self, t: f64) -> f64;

    /// Returns the density of the continuous part, per second; infinite at an atom.
    fn density(&self, t: f64) -> f64;

    /// Returns the hazard, density / S(t), per second.
    fn hazard(&self, t: f64) -> f64;

    /// Returns the least t with P(T ≤ t) ≥ p.
    fn quantile(&self, p: f64) -> f64;

    /// Returns the least t with P(T > t) ≤ q.
    fn quantile_upper(&self, q: f64) -> f64;

    /// Returns the least t with −ln S(t) ≥ h.
    fn at_cumulative_hazard(&self, h: f64) -> f64;

    /// Returns the mean, E T.
    fn mean(&self) -> f64;

    /// Returns the variance, E (T − E T)².
    fn variance(&self) -> f64;

    /// Returns ∫ S from 0 to t: the mean of the shorter of T and t.
    fn integrated_survival(&self, t: f64) -> f64;

    /// Returns ∫ S from t to infinity: the mean of the time by which T exceeds t.
    fn integrated_survival_from(&self, t: f64) -> f64;

    /// Draws T − age, given T > age; 0 where nothing survives to that age.
    fn sample_residual<R: Rng + ?Sized>(&self, age: f64, rng: &mut R) -> f64;

    /// Draws the remaining life in a stationary renewal process, with density S(t) / mean.
    fn sample_equilibrium<R: Rng + ?Sized>(&self, rng: &mut R) -> f64;

    /// Returns the least and the greatest possible time.
    fn support(&self) -> (f64, f64) {
        (0.0, f64::INFINITY)
    }

    /// Tells whether no single time has a probability above 0.
    fn is_continuous(&self) -> bool {
        true
    }

    /// Returns the number of equal exponential stages that the time consists of, one after the other;
    /// `None` where it does not consist of any.
    fn stages(&self) -> Option<u32> {
        None
    }

    /// Returns the parameters of the first form.
    fn parameters(&self) -> Parameters;
}
