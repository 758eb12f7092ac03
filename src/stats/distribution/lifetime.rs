//! What each member implements.

use super::Parameters;
use rand::Rng;

/// What a member of the family can do. Times are at least 0 and finite, probabilities and cumulative hazards inside the open
/// range; [`Distribution`](super::Distribution) sees to that.
pub trait Lifetime {
    /// Draws a time.
    fn sample<R: Rng + ?Sized>(&self, rng: &mut R) -> f64;

    /// S(t) = P(T > t).
    fn survival(&self, t: f64) -> f64;

    /// P(T ≤ t).
    fn cdf(&self, t: f64) -> f64;

    /// −ln S(t), infinite where nothing survives.
    fn cumulative_hazard(&self, t: f64) -> f64;

    /// The density of the continuous part; infinite at an atom.
    fn density(&self, t: f64) -> f64;

    /// density / S(t).
    fn hazard(&self, t: f64) -> f64;

    /// The least t with P(T ≤ t) ≥ p.
    fn quantile(&self, p: f64) -> f64;

    /// The least t with P(T > t) ≤ q.
    fn quantile_upper(&self, q: f64) -> f64;

    /// The least t with −ln S(t) ≥ h.
    fn at_cumulative_hazard(&self, h: f64) -> f64;

    /// E T.
    fn mean(&self) -> f64;

    /// E (T − E T)².
    fn variance(&self) -> f64;

    /// ∫ S from 0 to t: the mean of the shorter of T and t.
    fn integrated_survival(&self, t: f64) -> f64;

    /// ∫ S from t on: the mean of what T exceeds t by.
    fn integrated_survival_from(&self, t: f64) -> f64;

    /// Draws T − age, given T > age; 0 where nothing survives to that age.
    fn sample_residual<R: Rng + ?Sized>(&self, age: f64, rng: &mut R) -> f64;

    /// Draws the remaining life in a renewal process that has been running for ever: density S(t) / mean.
    fn sample_equilibrium<R: Rng + ?Sized>(&self, rng: &mut R) -> f64;

    /// The least and the greatest possible time.
    fn support(&self) -> (f64, f64) {
        (0.0, f64::INFINITY)
    }

    /// Whether no single time has a probability of its own.
    fn is_continuous(&self) -> bool {
        true
    }

    /// The parameters of the first form.
    fn parameters(&self) -> Parameters;
}
