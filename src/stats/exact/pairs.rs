//! Two quantities that were observed together, from exact sums.

use super::BadState;
use super::moments::ExactMoments;
use super::sum::ExactSum;
use super::wide::Wide;
use crate::stats::summary::MeanVariance;
use serde::{Deserialize, Serialize};

/// A figure with its standard error, in the same unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The figure.
    pub value: f64,
    /// Its standard error.
    pub standard_error: f64,
}

/// Exact sums of pairs (x, y): of x, y, x², y² and x·y.
///
/// Every numerator below (n Σxy − Σx Σy and its like) is one exact number that is rounded once; nothing cancels.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "State", into = "State")]
pub struct PairMoments {
    x: ExactMoments,
    y: ExactMoments,
    products: ExactSum,
}

impl PairMoments {
    /// No pairs yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes one pair in.
    #[inline]
    pub fn add(&mut self, x: f64, y: f64) {
        self.x.add(x);
        self.y.add(y);
        self.products.add_product(x, y);
    }

    /// Takes in all pairs that `other` has seen.
    pub fn merge(&mut self, other: &Self) {
        self.x.merge(&other.x);
        self.y.merge(&other.y);
        self.products.merge(&other.products);
    }

    /// Number of pairs.
    pub fn n(&self) -> u64 {
        self.x.n()
    }

    /// What is known of x alone.
    pub fn x(&self) -> &ExactMoments {
        &self.x
    }

    /// What is known of y alone.
    pub fn y(&self) -> &ExactMoments {
        &self.y
    }

    /// Covariance with divisor n − 1. `None` for fewer than two pairs, or if a value was not finite.
    pub fn covariance(&self) -> Option<f64> {
        self.at_least(2)?;
        let pairs = Wide::of(self.n()).times(&Wide::of(self.n() - 1));
        Some(self.joint_spread().over(&pairs))
    }

    /// Pearson's correlation, from −1 to 1. `None` as for the covariance, or if x or y does not vary.
    pub fn correlation(&self) -> Option<f64> {
        self.at_least(2)?;
        let (x, y, joint) = (self.x.spread(), self.y.spread(), self.joint_spread());
        if x.is_zero() || y.is_zero() {
            return None;
        }
        let squared = joint.times(&joint).over(&x.times(&y)).min(1.0);
        let size = squared.sqrt();
        Some(if joint.is_negative() { -size } else { size })
    }

    /// The ratio estimate Σy / Σx with its standard error by the delta method (Cochran 1977, §6.4):
    /// √( n Σ(y − R x)² / (n − 1) ) / |Σx|. The mean time between failures is such a ratio, with the uptime of a
    /// replication as y and its failures as x.
    ///
    /// `None` for fewer than two pairs, if Σx is zero, or if a value was not finite.
    pub fn ratio(&self) -> Option<Estimate> {
        self.at_least(2)?;
        let (x, y) = (self.x.total(), self.y.total());
        if x.is_zero() {
            return None;
        }
        // (Σx)² Σ(y − R x)², with R = Σy / Σx multiplied out.
        let (xx, xy, yy) = (x.times(&x), x.times(&y), y.times(&y));
        let residual = Wide::combine(&[
            (1, &xx.times(&self.y.total_squares())),
            (-2, &xy.times(&self.products.wide())),
            (1, &yy.times(&self.x.total_squares())),
        ]);
        let scale = xx.times(&xx).times(&Wide::of(self.n() - 1));
        let squared_error = residual.times(&Wide::of(self.n())).over(&scale);
        Some(Estimate { value: y.over(&x), standard_error: squared_error.sqrt() })
    }

    /// Mean and variance of the differences y − x: what two designs under common random numbers are compared by.
    ///
    /// `None` for fewer than two pairs, or if a value was not finite.
    pub fn difference(&self) -> Option<MeanVariance> {
        self.at_least(2)?;
        let n = Wide::of(self.n());
        let sum = Wide::combine(&[(1, &self.y.total()), (-1, &self.x.total())]);
        let spread =
            Wide::combine(&[(1, &self.x.spread()), (1, &self.y.spread()), (-2, &self.joint_spread())]);
        Some(MeanVariance {
            n: self.n(),
            mean: sum.over(&n),
            variance: spread.over(&n.times(&Wide::of(self.n() - 1))),
        })
    }

    /// The mean of y with x as a control variate whose expectation is known to be `x_mean` (Lavenberg and Welch 1981):
    /// ȳ − b (x̄ − `x_mean`), with the slope b of the regression of y on x, and the standard error of that regression.
    ///
    /// `None` for fewer than three pairs, if x does not vary, or if a value or `x_mean` is not finite.
    pub fn controlled_mean(&self, x_mean: f64) -> Option<Estimate> {
        self.at_least(3)?;
        let (xs, ys, joint) = (self.x.spread(), self.y.spread(), self.joint_spread());
        if xs.is_zero() || !x_mean.is_finite() {
            return None;
        }
        let n = Wide::of(self.n());
        // Σx − n·x_mean, exactly: where the sample hits the expectation, only the digits below it count.
        let expected = std::iter::once(x_mean).collect::<ExactSum>().wide();
        let off = Wide::combine(&[(1, &self.x.total()), (-1, &n.times(&expected))]);
        let top = Wide::combine(&[(1, &self.y.total().times(&xs)), (-1, &joint.times(&off))]);
        // Residual variance (Syy − Sxy² / Sxx) / (n − 2), and what the distance of x̄ from x_mean adds to it.
        let residual = Wide::combine(&[(1, &xs.times(&ys)), (-1, &joint.times(&joint))]);
        let variance = residual.over(&xs.times(&n).times(&Wide::of(self.n() - 2)));
        let distance = off.times(&off).over(&xs);
        Some(Estimate {
            value: top.over(&xs.times(&n)),
            standard_error: (variance * (1.0 + distance) / self.n() as f64).sqrt(),
        })
    }

    /// `None` with fewer than `n` pairs, or if a value was not finite.
    fn at_least(&self, n: u64) -> Option<()> {
        // A product is finite exactly if its factors are, for nothing overflows here.
        (self.n() >= n && self.products.is_finite()).then_some(())
    }

    /// n Σxy − Σx Σy, exactly.
    fn joint_spread(&self) -> Wide {
        let products = Wide::of(self.n()).times(&self.products.wide());
        Wide::combine(&[(1, &products), (-1, &self.x.total().times(&self.y.total()))])
    }
}

impl Extend<(f64, f64)> for PairMoments {
    fn extend<I: IntoIterator<Item = (f64, f64)>>(&mut self, pairs: I) {
        pairs.into_iter().for_each(|(x, y)| self.add(x, y));
    }
}

impl FromIterator<(f64, f64)> for PairMoments {
    fn from_iter<I: IntoIterator<Item = (f64, f64)>>(pairs: I) -> Self {
        let mut moments = Self::new();
        moments.extend(pairs);
        moments
    }
}

/// What is written of pairs; read back only if some pairs can have such sums.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct State {
    x: ExactMoments,
    y: ExactMoments,
    products: ExactSum,
}

impl From<PairMoments> for State {
    fn from(PairMoments { x, y, products }: PairMoments) -> Self {
        Self { x, y, products }
    }
}

impl TryFrom<State> for PairMoments {
    type Error = BadState;

    fn try_from(State { x, y, products }: State) -> Result<Self, BadState> {
        if x.n() != y.n() {
            return Err(BadState("pairs have different numbers of x and y"));
        }
        let pairs = Self { x, y, products };
        // Cauchy and Schwarz: no residual below is negative.
        let (spreads, joint) = (pairs.x.spread().times(&pairs.y.spread()), pairs.joint_spread());
        if Wide::combine(&[(1, &spreads), (-1, &joint.times(&joint))]).is_negative() {
            return Err(BadState("no pairs have such moments"));
        }
        Ok(pairs)
    }
}

#[cfg(test)]
mod tests;
