//! Moments of two quantities that were observed together.

use super::summary::{Estimate, Moments};

/// Count, means, variances and covariance of pairs (x, y), in constant memory.
///
/// Updates and merges are those of [`Moments`], extended to the product (Chan, Golub and `LeVeque` 1979). Merging the same parts
/// in the same order gives the same bits.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct PairMoments {
    x: Moments,
    y: Moments,
    /// Σ (x − x̄)(y − ȳ).
    products: f64,
}

/// What is left of a sum of squares when two equal ones are subtracted: a part of this size is rounding.
const ROUNDING: f64 = 1e-14;

impl PairMoments {
    /// Takes one pair in.
    pub(crate) fn add(&mut self, x: f64, y: f64) {
        let before = x - self.x.mean;
        self.x.add(x);
        self.y.add(y);
        self.products += before * (y - self.y.mean);
    }

    /// Takes in all pairs that `other` has seen.
    pub(crate) fn merge(&mut self, other: &Self) {
        let (ours, theirs) = (self.n() as f64, other.n() as f64);
        if theirs > 0.0 {
            let distance = |own: &Moments, other: &Moments| other.mean - own.mean;
            let both = distance(&self.x, &other.x) * distance(&self.y, &other.y);
            self.products += other.products + both * ours * (theirs / (ours + theirs));
        }
        self.x.merge(&other.x);
        self.y.merge(&other.y);
    }

    /// Number of pairs.
    pub(crate) fn n(&self) -> u64 {
        self.x.n()
    }

    /// The moments of x alone.
    pub(crate) fn x(&self) -> &Moments {
        &self.x
    }

    /// The moments of y alone.
    pub(crate) fn y(&self) -> &Moments {
        &self.y
    }

    /// Pearson's correlation, from −1 to 1. `None` for fewer than two pairs, or if x or y does not vary.
    pub(crate) fn correlation(&self) -> Option<f64> {
        let scale = (self.x.squares * self.y.squares).sqrt();
        (self.n() > 1 && scale > 0.0).then(|| (self.products / scale).clamp(-1.0, 1.0))
    }

    /// The ratio estimate R = Σy / Σx with its standard error by the delta method (Cochran 1977, §6.4):
    /// √( n Σ(y − R x)² / (n − 1) ) / |Σx|. The mean time between failures is such a ratio, with the uptime of a
    /// replication as y and its failures as x.
    ///
    /// `None` for fewer than two pairs, if Σx is zero, or if a value was not finite.
    pub(crate) fn ratio(&self) -> Option<Estimate> {
        self.ratio_with(0.0)
    }

    /// As [`ratio`](Self::ratio), with this constant added to every y.
    pub(crate) fn ratio_with(&self, more: f64) -> Option<Estimate> {
        let (x, y) = (self.x.summary()?, self.y.summary()?);
        if x.n < 2 || x.sum == 0.0 {
            return None;
        }
        let value = (y.sum + more * x.n as f64) / x.sum;
        // The mean of the y with what is added less R x is zero, so that the sum of its squares follows from the centred sums.
        let (own, others) = (self.y.squares, value * value * self.x.squares);
        let residual = own + others - 2.0 * value * self.products;
        let residual = if residual > ROUNDING * (own + others) { residual } else { 0.0 };
        let n = x.n as f64;
        Some(Estimate { value, standard_error: (n * residual / (n - 1.0)).sqrt() / x.sum.abs() })
    }
}

#[cfg(test)]
mod tests {
    use super::PairMoments;
    use proptest::prelude::*;

    impl FromIterator<(f64, f64)> for PairMoments {
        fn from_iter<I: IntoIterator<Item = (f64, f64)>>(pairs: I) -> Self {
            let mut moments = Self::default();
            pairs.into_iter().for_each(|(x, y)| moments.add(x, y));
            moments
        }
    }

    const PAIRS: [(f64, f64); 8] =
        [(3.0, 2.0), (1.0, 7.0), (4.0, 1.0), (1.0, 8.0), (5.0, 2.0), (9.0, 8.0), (2.0, 1.0), (6.0, 8.0)];

    /// Expected values: Python's `fractions` and `statistics.correlation`.
    #[test]
    fn ratio_and_correlation_are_those_of_exact_arithmetic() {
        let pairs: PairMoments = PAIRS.into_iter().collect();
        assert!((pairs.correlation().unwrap() - 0.209_655_319_073_012_1).abs() < 1e-12);
        let ratio = pairs.ratio().unwrap();
        assert_eq!(ratio.value, 37.0 / 31.0);
        assert!((ratio.standard_error - 0.381_954_006_286_854_5).abs() < 1e-14, "{ratio:?}");
    }

    #[test]
    fn a_constant_added_to_every_y_is_as_if_it_had_been_there() {
        let pairs: PairMoments = PAIRS.into_iter().collect();
        let shifted: PairMoments = PAIRS.into_iter().map(|(x, y)| (x, y + 5.0)).collect();
        let (added, there) = (pairs.ratio_with(5.0).unwrap(), shifted.ratio().unwrap());
        assert!((added.value - there.value).abs() < 1e-15);
        assert!((added.standard_error - there.standard_error).abs() < 1e-14);
        assert_eq!((pairs.x().sum(), pairs.y().sum()), (31.0, 37.0));
        let two: PairMoments = [(1.0, 2.0), (3.0, 3.0)].into_iter().collect();
        assert_eq!(two.ratio().unwrap().value, 1.25);
        let mut merged = PairMoments::default();
        merged.merge(&PairMoments::default());
        merged.merge(&two);
        assert_eq!(merged.correlation(), two.correlation());
    }

    #[test]
    fn values_in_a_fixed_ratio_leave_no_error() {
        let ratio =
            (1..10).map(|i| (f64::from(i), 0.1 * f64::from(i))).collect::<PairMoments>().ratio().unwrap();
        assert!((ratio.value - 0.1).abs() < 1e-16 && ratio.standard_error == 0.0, "{ratio:?}");
    }

    #[test]
    fn a_lone_pair_an_empty_denominator_and_infinity_have_no_ratio() {
        assert_eq!([(1.0, 2.0)].into_iter().collect::<PairMoments>().ratio(), None);
        assert_eq!([(0.0, 2.0), (0.0, 3.0)].into_iter().collect::<PairMoments>().ratio(), None);
        let infinite: PairMoments = [(1.0, f64::INFINITY), (2.0, 3.0)].into_iter().collect();
        assert_eq!(infinite.ratio(), None);
        assert_eq!([(1.0, 2.0), (1.0, 3.0)].into_iter().collect::<PairMoments>().correlation(), None);
    }

    proptest! {
        #[test]
        fn merged_pairs_agree_with_the_whole(
            values in prop::collection::vec((0.0..1e3_f64, 1.0..1e6_f64), 3..60), at in any::<prop::sample::Index>(),
        ) {
            let whole: PairMoments = values.iter().copied().collect();
            let (left, right) = values.split_at(at.index(values.len()));
            let mut merged: PairMoments = left.iter().copied().collect();
            merged.merge(&right.iter().copied().collect());
            let (merged, whole) = (merged.ratio().unwrap(), whole.ratio().unwrap());
            prop_assert!((merged.value / whole.value - 1.0).abs() < 1e-13);
            prop_assert!((merged.standard_error / whole.standard_error - 1.0).abs() < 1e-9);
        }
    }
}
