//! Sums, moments and histograms that come out the same, bit for bit, in any order and however the data were split.
//!
//! A run that is spread over threads or machines adds the same values in another order each time. Floating-point
//! addition then gives another last digit each time; these do not:
//!
//! | type | holds |
//! |---|---|
//! | [`ExactSum`] | Σ x and Σ x·y without rounding |
//! | [`ExactMoments`] | count, sum, sum of squares and extremes of one quantity: mean, variance |
//! | [`PairMoments`] | the same of two quantities and their products: covariance, ratio, difference, control variate |
//! | [`Histogram`] | how a duration is distributed: quantiles with their intervals, shares below thresholds |
//!
//! All merge exactly and serialize as whole numbers, so that they can be sent from one machine to another.

mod histogram;
mod moments;
mod pairs;
mod sum;
mod wide;

pub use histogram::{Histogram, QuantileBounds, QuantileInterval, ThresholdsDiffer};
pub use moments::ExactMoments;
pub use pairs::{Estimate, PairMoments};
pub use sum::ExactSum;

/// What was read is no state that such an accumulator can have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadState(&'static str);
