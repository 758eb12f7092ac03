//! Mean and variance of one quantity, from exact sums.

use super::BadState;
use super::sum::ExactSum;
use super::wide::Wide;
use crate::stats::summary::{MeanVariance, Summary};
use serde::{Deserialize, Serialize};

/// Count, sum, sum of squares and extremes, all exact.
///
/// Because the sums are exact, n Σx² − (Σx)² is computed without cancellation, as one exact number that is rounded once:
/// the variance of values that differ in their last bits alone keeps all its digits.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "State")]
pub struct ExactMoments {
    n: u64,
    sum: ExactSum,
    squares: ExactSum,
    extremes: Option<Extremes>,
}

/// Smallest and largest value in the total order of floats, in which −0 lies below +0; as bits, which every format
/// carries unchanged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Extremes {
    min_bits: u64,
    max_bits: u64,
}

impl Extremes {
    pub(super) fn min(self) -> f64 {
        f64::from_bits(self.min_bits)
    }

    pub(super) fn max(self) -> f64 {
        f64::from_bits(self.max_bits)
    }

    /// The extremes of one value.
    pub(super) fn of(value: f64) -> Self {
        Self { min_bits: value.to_bits(), max_bits: value.to_bits() }
    }

    /// The extremes of both.
    pub(super) fn join(self, other: Self) -> Self {
        Self {
            min_bits: if other.min().total_cmp(&self.min()).is_lt() { other.min_bits } else { self.min_bits },
            max_bits: if other.max().total_cmp(&self.max()).is_gt() { other.max_bits } else { self.max_bits },
        }
    }
}

/// The extremes of what is on either side.
pub(super) fn join(ours: Option<Extremes>, theirs: Option<Extremes>) -> Option<Extremes> {
    match (ours, theirs) {
        (Some(ours), Some(theirs)) => Some(ours.join(theirs)),
        (ours, theirs) => ours.or(theirs),
    }
}

impl ExactMoments {
    /// No values yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes one value in.
    #[inline]
    pub fn add(&mut self, value: f64) {
        self.n += 1;
        self.sum.add(value);
        self.squares.add_product(value, value);
        self.extremes = join(self.extremes, Some(Extremes::of(value)));
    }

    /// Takes in all values that `other` has seen.
    pub fn merge(&mut self, other: &Self) {
        self.n = self.n.saturating_add(other.n);
        self.sum.merge(&other.sum);
        self.squares.merge(&other.squares);
        self.extremes = join(self.extremes, other.extremes);
    }

    /// Number of values.
    pub fn n(&self) -> u64 {
        self.n
    }

    /// The sum, rounded once.
    pub fn sum(&self) -> f64 {
        self.sum.value()
    }

    /// Arithmetic mean. `None` without values, or if one was not finite.
    pub fn mean(&self) -> Option<f64> {
        (self.n > 0 && self.sum.is_finite()).then(|| self.sum.wide().over(&Wide::of(self.n)))
    }

    /// Variance with divisor n − 1, in the square of the values' unit. `None` for fewer than two values, or if one was
    /// not finite.
    pub fn variance(&self) -> Option<f64> {
        if self.n < 2 || !self.sum.is_finite() {
            return None;
        }
        let pairs = Wide::of(self.n).times(&Wide::of(self.n - 1));
        Some(self.spread().over(&pairs))
    }

    /// The three numbers on which intervals for a mean rest. `None` as for [`variance`](Self::variance).
    pub fn mean_variance(&self) -> Option<MeanVariance> {
        Some(MeanVariance { n: self.n, mean: self.mean()?, variance: self.variance()? })
    }

    /// The description of all values. `None` if there are none or one was not finite.
    pub fn summary(&self) -> Option<Summary> {
        let extremes = self.extremes?;
        Some(Summary {
            n: self.n,
            mean: self.mean()?,
            sd: self.variance().map(f64::sqrt),
            min: extremes.min(),
            max: extremes.max(),
            sum: self.sum(),
        })
    }

    /// n Σx² − (Σx)² = n Σ (x − mean)², exactly.
    pub(super) fn spread(&self) -> Wide {
        let sum = self.sum.wide();
        let squares = Wide::of(self.n).times(&self.squares.wide());
        Wide::combine(&[(1, &squares), (-1, &sum.times(&sum))])
    }

    /// Σx.
    pub(super) fn total(&self) -> Wide {
        self.sum.wide()
    }

    /// Σx².
    pub(super) fn total_squares(&self) -> Wide {
        self.squares.wide()
    }
}

impl Extend<f64> for ExactMoments {
    fn extend<I: IntoIterator<Item = f64>>(&mut self, values: I) {
        values.into_iter().for_each(|value| self.add(value));
    }
}

impl FromIterator<f64> for ExactMoments {
    fn from_iter<I: IntoIterator<Item = f64>>(values: I) -> Self {
        let mut moments = Self::new();
        moments.extend(values);
        moments
    }
}

/// What is read of moments; kept only if some values can have such sums.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct State {
    n: u64,
    sum: ExactSum,
    squares: ExactSum,
    extremes: Option<Extremes>,
}

impl TryFrom<State> for ExactMoments {
    type Error = BadState;

    fn try_from(state: State) -> Result<Self, BadState> {
        let State { n, sum, squares, extremes } = state;
        let moments = Self { n, sum, squares, extremes };
        let empty = moments.n == 0;
        let zero = moments.total().is_zero() && moments.total_squares().is_zero();
        if moments.spread().is_negative() || (empty && !zero) || empty != moments.extremes.is_none() {
            return Err(BadState("no values have such moments"));
        }
        Ok(moments)
    }
}
