//! The shift between two samples by the method of Hodges and Lehmann. It assumes only that both
//! distributions have the same shape.

use super::{Interval, Method, alpha};
use crate::stats::quantile::normal_upper_quantile;
use crate::stats::search::least_float;

/// Samples smaller than this and without ties get the exact distribution of the rank sum. Its counts
/// stay below C(98, 49) < 2⁹⁵, which fits `i128`.
const EXACT_BELOW: usize = 50;

/// The Hodges-Lehmann estimate of a shift.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shift {
    /// The median of all differences of one value of the second sample and one of the first.
    pub estimate: f64,
    /// The distribution-free interval of the shift; `None` where the samples are too small for the
    /// level.
    pub interval: Option<Interval>,
}

/// Estimates by how much `second` lies above `first` (Hodges and Lehmann 1963), with the interval that
/// belongs to the rank-sum test of Wilcoxon, Mann and Whitney: the differences of rank k and nm + 1 − k,
/// where k is the greatest with P(U < k) ≤ a/2 (Hollander, Wolfe and Chicken 2014, 4.3).
///
/// The distribution of U is exact for samples of fewer than 50 values without ties, otherwise normal
/// with the variance corrected for ties (Lehmann 1975, 1.4). Takes O((n + m) log(n + m)) time; the nm
/// differences are never stored.
///
/// `None` for an empty sample, a value that is not finite or a confidence that is not in (0, 1).
pub fn hodges_lehmann(first: &[f64], second: &[f64], confidence: f64) -> Option<Shift> {
    let half = alpha(confidence)? / 2.0;
    let differences = Differences::of(first, second)?;
    let interval = rank_of_bound(first, second, half).and_then(|rank| {
        let lower = differences.ranked(rank);
        let upper = differences.ranked(differences.count() + 1 - rank);
        Interval::two_sided(lower, upper, Method::HodgesLehmann)
    });
    Some(Shift { estimate: differences.median(), interval })
}

/// All differences between a value of the second and a value of the first sample, which are counted but
/// never stored.
struct Differences {
    first: Vec<f64>,
    second: Vec<f64>,
}

impl Differences {
    fn of(first: &[f64], second: &[f64]) -> Option<Self> {
        let sorted = |sample: &[f64]| {
            let mut sorted = sample.to_vec();
            sorted.sort_by(f64::total_cmp);
            let usable = !sorted.is_empty() && sorted.iter().all(|value| value.is_finite());
            usable.then_some(sorted)
        };
        Some(Self { first: sorted(first)?, second: sorted(second)? })
    }

    fn count(&self) -> u64 {
        self.first.len() as u64 * self.second.len() as u64
    }

    fn median(&self) -> f64 {
        let count = self.count();
        let (low, high) = (self.ranked(count.div_ceil(2)), self.ranked(count / 2 + 1));
        low.midpoint(high)
    }

    /// Returns the difference with this rank, from 1 on: the least float that at least `rank`
    /// differences do not exceed.
    fn ranked(&self, rank: u64) -> f64 {
        least_float(f64::NEG_INFINITY, f64::INFINITY, |bound| self.up_to(bound) >= rank)
    }

    /// Counts the differences that are at most `bound`. Both samples are sorted: the greater the value
    /// of the second sample, the more values of the first are too small, so that one pass over each
    /// suffices.
    fn up_to(&self, bound: f64) -> u64 {
        let mut above = 0;
        let counts = self.second.iter().map(|second| {
            let too_small = self.first.iter().skip(above);
            above += too_small.take_while(|first| second - *first > bound).count();
            (self.first.len() - above) as u64
        });
        counts.sum()
    }
}

/// Returns the greatest k with P(U < k) ≤ `half`; `None` where even k = 1 is not that rare.
fn rank_of_bound(first: &[f64], second: &[f64], half: f64) -> Option<u64> {
    let (n, m) = (first.len(), second.len());
    let ties = ties(first, second);
    let rank = if n < EXACT_BELOW && m < EXACT_BELOW && ties == 0.0 {
        exact_rank(n, m, half)
    } else {
        normal_rank(n as f64, m as f64, ties, half)?
    };
    (rank > 0).then_some(rank)
}

/// Returns the greatest k with P(U < k) ≤ `half`, from the number of orders of the values that give each
/// U.
fn exact_rank(n: usize, m: usize, half: f64) -> u64 {
    let orders = orders_by_statistic(n, m);
    // The factor absorbs the rounding of `half`: (1 − 0.9) / 2 is a little below 1 in 20 and must not
    // exclude it.
    let rare_max = half * orders.iter().sum::<i128>() as f64 * (1.0 + 1e-12);
    let mut below = 0;
    let rare = orders.iter().take_while(|orders| {
        below += **orders;
        below as f64 <= rare_max
    });
    rare.count() as u64
}

/// Counts the orders of n and m values in which the statistic U is 0, 1, …, nm: the coefficients of the
/// Gaussian binomial ∏ (1 − qᵐ⁺ⁱ) / (1 − qⁱ), i = 1 … n (Mann and Whitney 1947; David and Barton 1962).
/// Exact in integers: every partial product is a Gaussian binomial too.
fn orders_by_statistic(n: usize, m: usize) -> Vec<i128> {
    let (n, m) = (n.min(m), n.max(m));
    let mut orders = vec![0_i128; n * m + 1];
    orders[0] = 1;
    for i in 1..=n {
        // Multiply by 1 − qᵐ⁺ⁱ, highest power first, so that each step reads coefficients that are not
        // yet changed.
        for u in (m + i..orders.len()).rev() {
            orders[u] -= orders[u - m - i];
        }
        // Divide by 1 − qⁱ, lowest power first: each step adds a coefficient of the quotient.
        for u in i..orders.len() {
            orders[u] += orders[u - i];
        }
    }
    orders
}

/// Returns the rank from the normal distribution with mean nm/2 and variance nm/12 · (N + 1 − Σ(t³ − t)
/// / (N(N − 1))).
fn normal_rank(n: f64, m: f64, ties: f64, half: f64) -> Option<u64> {
    let (pairs, all) = (n * m, n + m);
    let variance = pairs / 12.0 * (all + 1.0 - ties / (all * (all - 1.0)));
    let rank = pairs / 2.0 - normal_upper_quantile(half)? * variance.max(0.0).sqrt();
    Some(rank.floor().max(0.0) as u64)
}

/// Returns Σ(t³ − t) over the groups of t equal values in both samples together.
fn ties(first: &[f64], second: &[f64]) -> f64 {
    let mut all: Vec<f64> = first.iter().chain(second).copied().collect();
    all.sort_by(f64::total_cmp);
    let groups = all.chunk_by(|a, b| a == b);
    groups.map(|group| group.len() as f64).map(|t| t * t * t - t).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Hollander and Wolfe 1973, p. 69: permeability of the human chorioamnion, at term and at 12 to 26
    /// weeks.
    const TERM: [f64; 10] = [0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46];
    const EARLY: [f64; 5] = [1.15, 0.88, 0.90, 0.74, 1.21];

    fn bounds(shift: &Shift) -> (f64, f64) {
        let interval = shift.interval.unwrap();
        (interval.lower.unwrap(), interval.upper.unwrap())
    }

    #[test]
    fn the_example_of_hollander_and_wolfe_gives_the_results_of_their_book_and_of_r() {
        let shift = hodges_lehmann(&EARLY, &TERM, 0.95).unwrap();
        assert!((shift.estimate - 0.305).abs() < 1e-12, "{shift:?}");
        let (lower, upper) = bounds(&shift);
        assert!((lower + 0.15).abs() < 1e-12 && (upper - 0.76).abs() < 1e-12, "{shift:?}");
    }

    /// The greatest U that is significant at 5 %, two-sided, as tabulated in textbooks after Mann and
    /// Whitney 1947.
    #[test]
    fn the_critical_values_are_those_of_the_published_tables() {
        for (n, m, critical) in [(4, 4, 0), (5, 5, 2), (8, 12, 22), (10, 10, 23), (15, 15, 64), (20, 20, 127)]
        {
            assert_eq!(exact_rank(n, m, 0.025), critical + 1, "{n}, {m}");
        }
    }

    #[test]
    fn the_counts_of_orders_agree_with_a_count_by_hand_and_have_the_right_sum() {
        assert_eq!(orders_by_statistic(2, 2), [1, 1, 2, 1, 1]);
        assert_eq!(orders_by_statistic(3, 2), orders_by_statistic(2, 3));
        let all: i128 = orders_by_statistic(49, 49).iter().sum();
        assert_eq!(all, 25_477_612_258_980_856_902_730_428_600);
    }

    #[test]
    fn samples_too_small_for_the_level_have_an_estimate_and_no_interval() {
        let shift = hodges_lehmann(&[1.0, 2.0, 3.0], &[5.0, 6.5, 8.25], 0.95).unwrap();
        assert_eq!((shift.estimate, shift.interval), (4.5, None));
        assert!(hodges_lehmann(&[1.0, 2.0, 3.0], &[5.0, 6.5, 8.25], 0.9).unwrap().interval.is_some());
    }

    #[test]
    fn the_normal_approximation_agrees_with_the_exact_distribution_where_they_meet() {
        for (n, m) in [(49, 49), (30, 49), (49, 15)] {
            let normal = normal_rank(n as f64, m as f64, 0.0, 0.025).unwrap();
            assert!(normal.abs_diff(exact_rank(n, m, 0.025)) <= 2, "{n}, {m}");
        }
    }

    #[test]
    fn samples_of_equal_values_have_an_interval_of_width_0() {
        let shift = hodges_lehmann(&[2.0; 20], &[3.0; 20], 0.95).unwrap();
        assert_eq!((shift.estimate, bounds(&shift)), (1.0, (1.0, 1.0)));
    }

    #[test]
    fn invalid_samples_and_confidence_levels_give_none() {
        for (first, second, confidence) in [
            (&[][..], &[1.0][..], 0.9),
            (&[1.0], &[], 0.9),
            (&[f64::NAN], &[1.0], 0.9),
            (&[1.0], &[f64::INFINITY], 0.9),
            (&[1.0], &[1.0], 1.0),
        ] {
            assert_eq!(hodges_lehmann(first, second, confidence), None);
        }
    }

    proptest! {
        #[test]
        fn every_rank_agrees_with_the_sorted_list_of_differences(
            first in prop::collection::vec(-1e3..1e3_f64, 1..12),
            second in prop::collection::vec(-1e3..1e3_f64, 1..12),
        ) {
            let mut written: Vec<f64> = Vec::new();
            for x in &first {
                written.extend(second.iter().map(|y| y - x));
            }
            written.sort_by(f64::total_cmp);
            let differences = Differences::of(&first, &second).unwrap();
            for (i, difference) in written.iter().enumerate() {
                prop_assert_eq!(differences.ranked(i as u64 + 1), *difference);
            }
        }

        #[test]
        fn the_shift_moves_with_the_sample_and_changes_sign_when_the_samples_are_exchanged(
            first in prop::collection::vec(-64..64_i32, 1..20),
            second in prop::collection::vec(-64..64_i32, 1..20),
            by in -64..64_i32,
        ) {
            let floats = |sample: &[i32], by: i32| -> Vec<f64> { sample.iter().map(|x| f64::from(x + by)).collect() };
            let shift = hodges_lehmann(&floats(&first, 0), &floats(&second, 0), 0.9).unwrap();
            let moved = hodges_lehmann(&floats(&first, 0), &floats(&second, by), 0.9).unwrap();
            let turned = hodges_lehmann(&floats(&second, 0), &floats(&first, 0), 0.9).unwrap();
            prop_assert_eq!(turned.estimate, -shift.estimate);
            if moved.interval.is_some() == shift.interval.is_some() {
                prop_assert_eq!(moved.estimate, shift.estimate + f64::from(by));
            }
        }
    }
}
