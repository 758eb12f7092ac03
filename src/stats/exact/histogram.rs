//! How a duration is distributed, in counts that merge exactly.

use super::BadState;
use super::moments::{Extremes, join};
use crate::stats::special::beta_tails;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

/// Counts of values from zero to infinity in fixed bins, and of values up to chosen thresholds.
///
/// The bins are those of a float's leading bits: an octave is cut into 256 bins of equal width, so that a bin is at most
/// 2⁻⁸ of its values wide (the log-linear bins of Tene's `HdrHistogram`, over the whole range of floats). The edges are
/// fixed, so histograms merge exactly; only octaves in use take memory, 2 KiB each. Zero is counted apart, infinity (a
/// repair that never ends) in a bin of its own.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "State", into = "State")]
pub struct Histogram {
    n: u64,
    refused: u64,
    zeros: u64,
    octaves: BTreeMap<u16, Box<[u64]>>,
    extremes: Option<Extremes>,
    thresholds: Vec<Threshold>,
}

/// A threshold and how many values lie above the one before it and not above itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Threshold {
    bits: u64,
    count: u64,
}

impl Threshold {
    fn at(self) -> f64 {
        f64::from_bits(self.bits)
    }
}

/// Two histograms count up to different thresholds, so their counts do not add up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("histograms with different thresholds cannot be merged")]
pub struct ThresholdsDiffer;

/// The bin in which an order statistic lies: `lower` ≤ x₍rank₎ ≤ `upper`, in the values' unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct QuantileBounds {
    /// The rank, from 1 to n.
    pub rank: u64,
    /// Lower edge, or the smallest value if that is larger.
    pub lower: f64,
    /// Upper edge, or the largest value if that is smaller.
    pub upper: f64,
}

impl QuantileBounds {
    /// The middle of the bin: at most 2⁻⁹ away from the order statistic, relatively.
    pub fn middle(self) -> f64 {
        if self.lower == self.upper { self.lower } else { self.lower + 0.5 * (self.upper - self.lower) }
    }
}

/// An interval for a quantile of the distribution; no shape is assumed. A side that the sample cannot bound is `None`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct QuantileInterval {
    /// Lower bound, in the values' unit.
    pub lower: Option<f64>,
    /// Upper bound, in the values' unit.
    pub upper: Option<f64>,
    /// The level asked for, a fraction in (0, 1), half of the rest on either side.
    pub confidence: f64,
}

/// Bins of an octave.
const BINS: usize = 256;

/// Bits of a float below those that name its bin.
const BIN_SHIFT: u32 = 44;

/// The bin of a value above zero, as octave and place in it.
fn bin_of(value: f64) -> (u16, usize) {
    let bin = value.to_bits() >> BIN_SHIFT;
    ((bin >> 8) as u16, (bin & 0xff) as usize)
}

/// The smallest value of a bin; of the bin beyond infinity, infinity.
fn edge(octave: u16, place: usize) -> f64 {
    let bits = (u64::from(octave) << 8 | place as u64) << BIN_SHIFT;
    f64::from_bits(bits.min(f64::INFINITY.to_bits()))
}

impl Histogram {
    /// No values yet, and no thresholds.
    pub fn new() -> Self {
        Self::default()
    }

    /// No values yet; counts exactly those up to each of `thresholds`, whose order does not matter.
    pub fn with_thresholds(thresholds: impl IntoIterator<Item = f64>) -> Self {
        let known = thresholds.into_iter().filter(|at| *at >= 0.0).map(|at| Threshold {
            // −0 and 0 are one threshold.
            bits: (at + 0.0).to_bits(),
            count: 0,
        });
        let mut thresholds: Vec<_> = known.collect();
        thresholds.sort_unstable_by(|a, b| a.at().total_cmp(&b.at()));
        thresholds.dedup();
        Self { thresholds, ..Self::default() }
    }

    /// Takes in a duration of zero or more, infinity included. A value below zero or NaN is counted as refused.
    pub fn add(&mut self, value: f64) {
        if !(value >= 0.0) {
            self.refused += 1;
            return;
        }
        let value = value + 0.0;
        self.n += 1;
        self.extremes = join(self.extremes, Some(Extremes::of(value)));
        let above = self.thresholds.partition_point(|threshold| threshold.at() < value);
        if let Some(threshold) = self.thresholds.get_mut(above) {
            threshold.count += 1;
        }
        if value == 0.0 {
            self.zeros += 1;
            return;
        }
        let (octave, place) = bin_of(value);
        if let Some(count) = self.octave(octave).get_mut(place) {
            *count += 1;
        }
    }

    /// Takes in all that `other` has counted.
    ///
    /// # Errors
    ///
    /// The two were made with different thresholds; nothing is changed then.
    pub fn merge(&mut self, other: &Self) -> Result<(), ThresholdsDiffer> {
        let bits = |histogram: &Self| histogram.thresholds.iter().map(|t| t.bits).collect::<Vec<_>>();
        if bits(self) != bits(other) {
            return Err(ThresholdsDiffer);
        }
        self.n = self.n.saturating_add(other.n);
        self.refused = self.refused.saturating_add(other.refused);
        self.zeros = self.zeros.saturating_add(other.zeros);
        self.extremes = join(self.extremes, other.extremes);
        for (ours, theirs) in self.thresholds.iter_mut().zip(&other.thresholds) {
            ours.count = ours.count.saturating_add(theirs.count);
        }
        for (octave, counts) in &other.octaves {
            let ours = self.octave(*octave).iter_mut();
            ours.zip(counts).for_each(|(ours, theirs)| *ours = ours.saturating_add(*theirs));
        }
        Ok(())
    }

    /// Number of values, without those refused.
    pub fn n(&self) -> u64 {
        self.n
    }

    /// Number of values below zero or NaN, which are counted nowhere else.
    pub fn refused(&self) -> u64 {
        self.refused
    }

    /// Number of zeros.
    pub fn zeros(&self) -> u64 {
        self.zeros
    }

    /// Smallest and largest value, exactly. `None` without values.
    pub fn extremes(&self) -> Option<(f64, f64)> {
        Some((self.extremes?.min(), self.extremes?.max()))
    }

    /// The bins in use from the smallest upwards: lower edge, upper edge (not of the bin any more), count. Zeros come
    /// first, as a bin from 0 to 0.
    pub fn bins(&self) -> impl Iterator<Item = (f64, f64, u64)> {
        let zeros = (self.zeros > 0).then_some((0.0, 0.0, self.zeros));
        let counted = self.octaves.iter().flat_map(|(octave, counts)| {
            let used = counts.iter().enumerate().filter(|(_, count)| **count > 0);
            used.map(|(place, count)| (edge(*octave, place), edge(*octave, place + 1), *count))
        });
        zeros.into_iter().chain(counted)
    }

    /// The thresholds with the number of values at or below each, ascending.
    pub fn thresholds(&self) -> impl Iterator<Item = (f64, u64)> {
        self.thresholds.iter().scan(0, |below, threshold| {
            *below += threshold.count;
            Some((threshold.at(), *below))
        })
    }

    /// The exact share of values at or below `x`. `None` unless `x` is a threshold, or without values.
    pub fn share_at_most(&self, x: f64) -> Option<f64> {
        let (_, count) = self.thresholds().find(|(at, _)| *at == x)?;
        (self.n > 0).then(|| count as f64 / self.n as f64)
    }

    /// The least and greatest number of values at or below `x` that the counts allow; one number where `x` is a
    /// threshold, otherwise they differ by what lies in the bin of `x`.
    pub fn count_at_most(&self, x: f64) -> RangeInclusive<u64> {
        if let Some((_, count)) = self.thresholds().find(|(at, _)| *at == x) {
            return count..=count;
        }
        let sum = |counted: &dyn Fn(f64, f64) -> bool| {
            let counted = self.bins().filter(|(lower, upper, _)| counted(*lower, *upper));
            counted.map(|(_, _, count)| count).sum::<u64>()
        };
        let (least, most) = (sum(&|lower, upper| upper <= x && lower <= x), sum(&|lower, _| lower <= x));
        match self.extremes() {
            Some((_, max)) if max <= x => self.n..=self.n,
            Some((min, _)) if x < min => 0..=0,
            _ => least..=most,
        }
    }

    /// The smallest value at or below which lies at least the fraction `p` of all (definition 1 of Hyndman and Fan
    /// 1996), up to its bin. `None` without values or for a `p` outside \[0, 1\].
    pub fn quantile(&self, p: f64) -> Option<QuantileBounds> {
        let valid = (0.0..=1.0).contains(&p) && self.n > 0;
        self.at_rank(((self.n as f64 * p).ceil() as u64).clamp(1, self.n.max(1))).filter(|_| valid)
    }

    /// The bin of the `rank`-th smallest value, from 1 to n. `None` for another rank.
    pub fn at_rank(&self, rank: u64) -> Option<QuantileBounds> {
        let (min, max) = self.extremes()?;
        let mut below = 0;
        let (lower, upper, _) = self.bins().find(|(_, _, count)| {
            below += count;
            below >= rank
        })?;
        (rank > 0).then_some(QuantileBounds { rank, lower: lower.max(min), upper: upper.min(max) })
    }

    /// An interval that holds the `p` quantile of the distribution with at least the stated confidence, between two
    /// order statistics (Thompson 1936; David and Nagaraja 2003, 7.1), widened to the edges of their bins.
    ///
    /// The ranks: the greatest l with P(Bin(n, p) < l) ≤ α/2, the smallest u with P(Bin(n, p) ≥ u) ≤ α/2. A side for
    /// which no rank of the sample will do is `None`. No interval at all without values, or for `p` or `confidence`
    /// outside (0, 1).
    pub fn quantile_interval(&self, p: f64, confidence: f64) -> Option<QuantileInterval> {
        let fraction = |x: f64| x > 0.0 && x < 1.0;
        if self.n == 0 || !fraction(p) || !fraction(confidence) {
            return None;
        }
        let (n, half) = (self.n, 0.5 * (1.0 - confidence));
        // P(Bin(n, p) ≥ k) = I(p; k, n − k + 1), for k from 1 to n.
        let tails = |k: u64| beta_tails(k as f64, (n - k + 1) as f64, p, 1.0 - p);
        let lower = last_rank(n, |k| Some(tails(k)?.upper <= half))?;
        let upper = last_rank(n, |k| Some(!(tails(k)?.lower <= half)))? + 1;
        Some(QuantileInterval {
            lower: self.at_rank(lower).map(|bin| bin.lower),
            upper: self.at_rank(upper).map(|bin| bin.upper),
            confidence,
        })
    }

    /// The counts of an octave, made when first asked for.
    fn octave(&mut self, octave: u16) -> &mut [u64] {
        let empty = || vec![0; BINS].into_boxed_slice();
        self.octaves.entry(octave).or_insert_with(empty)
    }
}

/// The last rank from 1 to `n` for which `holds`, 0 if there is none. It must hold up to some rank and not beyond.
fn last_rank(n: u64, holds: impl Fn(u64) -> Option<bool>) -> Option<u64> {
    let (mut good, mut bad) = (0, n + 1);
    while bad - good > 1 {
        let middle = good + (bad - good) / 2;
        if holds(middle)? {
            good = middle;
        } else {
            bad = middle;
        }
    }
    Some(good)
}

impl Extend<f64> for Histogram {
    fn extend<I: IntoIterator<Item = f64>>(&mut self, values: I) {
        values.into_iter().for_each(|value| self.add(value));
    }
}

/// What is written of a histogram: each bin in use as its number and its count.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct State {
    refused: u64,
    zeros: u64,
    bins: Vec<(u32, u64)>,
    extremes: Option<Extremes>,
    thresholds: Vec<Threshold>,
}

impl From<Histogram> for State {
    fn from(histogram: Histogram) -> Self {
        let octaves = histogram.octaves.iter().flat_map(|(octave, counts)| {
            let numbers = (u32::from(*octave) << 8)..;
            numbers.zip(counts.iter().copied())
        });
        Self {
            refused: histogram.refused,
            zeros: histogram.zeros,
            bins: octaves.filter(|(_, count)| *count > 0).collect(),
            extremes: histogram.extremes,
            thresholds: histogram.thresholds,
        }
    }
}

impl TryFrom<State> for Histogram {
    type Error = BadState;

    fn try_from(state: State) -> Result<Self, BadState> {
        let ascending = state.thresholds.iter().is_sorted_by(|a, b| a.at() < b.at());
        if !ascending || state.thresholds.iter().any(|t| !(t.at() >= 0.0)) {
            return Err(BadState("a histogram's thresholds do not ascend from zero"));
        }
        let mut histogram = Self {
            n: state.zeros,
            refused: state.refused,
            zeros: state.zeros,
            extremes: state.extremes,
            thresholds: state.thresholds,
            octaves: BTreeMap::new(),
        };
        let last = (f64::INFINITY.to_bits() >> BIN_SHIFT) as u32;
        for (bin, count) in state.bins.into_iter().filter(|(_, count)| *count > 0) {
            let Some(total) = histogram.n.checked_add(count).filter(|_| bin <= last) else {
                return Err(BadState("a histogram has a bin or a count beyond the possible"));
            };
            histogram.n = total;
            let octave = histogram.octave((bin >> 8) as u16).iter_mut();
            octave.skip((bin & 0xff) as usize).take(1).for_each(|place| *place += count);
        }
        histogram
            .consistent()
            .then_some(histogram)
            .ok_or(BadState("a histogram's counts, extremes and thresholds contradict each other"))
    }
}

impl Histogram {
    /// Whether extremes and thresholds can belong to the counts.
    fn consistent(&self) -> bool {
        let counted = self.thresholds.iter().try_fold(0_u64, |sum, t| sum.checked_add(t.count));
        let ends = match self.extremes() {
            None => self.n == 0,
            Some((min, max)) => self.n > 0 && min >= 0.0 && min <= max,
        };
        ends && counted.is_some_and(|counted| counted <= self.n)
    }
}

#[cfg(test)]
mod tests;
