//! Poisson probabilities for uniformisation.

use crate::stats::summary::CompensatedSum;

/// The Poisson probabilities from `first` on, until they vanish.
///
/// They are computed by recurrence from the mode outwards and scaled to the sum 1, as in Fox and Glynn
/// (1988), so that nothing overflows or underflows. They go down to 10⁻²⁹⁰ and not only to the precision
/// that is needed: a state that is reached by many rare jumps only, or that has not been left by chance,
/// has its whole probability there.
pub(super) struct Poisson {
    pub(super) mean: f64,
    pub(super) first: usize,
    pub(super) weights: Vec<f64>,
}

/// Weights below this share of the largest are left out.
const SMALLEST: f64 = 1e-290;

/// Means beyond this have no weights, only the place where these would begin: no budget allows that many
/// single steps.
const MEAN_MAX: f64 = 1e10;

impl Poisson {
    /// Computes the probabilities for a finite mean ≥ 0.
    pub(super) fn of(mean: f64) -> Self {
        if mean > MEAN_MAX {
            // By Chernoff's bound, P(N < m − 40 √m) < exp(−800).
            return Self { mean, first: (mean - 40.0 * mean.sqrt()) as usize, weights: Vec::new() };
        }
        let mode = mean.floor();
        // With p(k) for the probability of k, p(k − 1) = p(k) · k / mean and
        // p(k + 1) = p(k) · mean / (k + 1).
        let below = std::iter::successors(Some((mode, 1.0)), |(k, weight)| {
            (*k > 0.0).then(|| (k - 1.0, weight * (k / mean)))
        });
        let mut weights: Vec<f64> = below.map(|(_, weight)| weight).take_while(|w| *w > SMALLEST).collect();
        weights.reverse();
        let first = (mode as usize + 1).saturating_sub(weights.len());
        let above = std::iter::successors(Some((mode, 1.0)), |(k, weight)| {
            Some((k + 1.0, weight * (mean / (k + 1.0))))
        });
        weights.extend(above.skip(1).map(|(_, weight)| weight).take_while(|w| *w > SMALLEST));
        let total = weights.iter().copied().collect::<CompensatedSum>().value();
        for weight in &mut weights {
            *weight /= total;
        }
        Self { mean, first, weights }
    }

    /// Returns one more than the last number with a weight.
    pub(super) fn end(&self) -> usize {
        self.first.saturating_add(self.weights.len())
    }

    /// Returns, by number from `first` on, the probability of a larger one. Summed from the far end, so
    /// with all its digits.
    pub(super) fn tails(&self) -> Vec<f64> {
        let mut tail = CompensatedSum::default();
        let from_end = self.weights.iter().rev().map(|weight| {
            let above = tail.value();
            tail.add(*weight);
            above
        });
        let mut tails: Vec<f64> = from_end.collect();
        tails.reverse();
        tails
    }
}

#[cfg(test)]
mod tests {
    use super::Poisson;
    use crate::stats::special::{gamma_kernel, gamma_tails};

    #[test]
    fn weights_and_tails_match_the_gamma_function() {
        for mean in [1e-6, 0.3, 7.0, 1234.5, 1e5] {
            let poisson = Poisson::of(mean);
            let tails = poisson.tails();
            for (k, (weight, tail)) in (poisson.first..).zip(poisson.weights.iter().zip(&tails)).step_by(7) {
                let shape = k as f64 + 1.0;
                let expected = gamma_kernel(shape, mean).unwrap() / mean;
                let above = gamma_tails(shape, mean).unwrap().lower;
                // The gamma function itself has a relative error of some 10⁻¹² far out.
                let close = |got: f64, expected: f64| (got / expected - 1.0).abs() < 2e-11;
                assert!(expected < 1e-200 || close(*weight, expected), "{mean} {k}: {weight:e} {expected:e}");
                assert!(above < 1e-200 || close(*tail, above), "{mean} {k}: {tail:e} {above:e}");
            }
        }
        assert_eq!(Poisson::of(0.0).weights, [1.0]);
    }
}
