//! Shares of requests, their bounds, and how far the requests come together that make them up.
//!
//! Requests that follow one another are not independent: a pause of the target slows all of those that are due in it.
//! The evidence counts as that of fewer independent requests, as many as explain how the steps differ from one another
//! (the design effect of Kish 1965, with the variance of a ratio estimate, Cochran 1977, 6.4; the effective sample in the
//! exact interval, Korn and Graubard 1998).

use crate::chaos::limit::Measured;
use crate::stats::quantile::{beta_cdf, beta_quantile, beta_upper_quantile};
use crate::stats::search::least_float;

/// The confidence level of each bound: one-sided questions are asked of it.
pub(crate) const CONFIDENCE: f64 = 0.95;

/// Number of requests that broke a rule.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Requests that broke it.
    pub breaking: u64,
    /// All requests to which it applies.
    pub of: u64,
}

impl Tally {
    /// Counts the responses that took longer than a time.
    pub(crate) fn slower(measured: &Measured, time_s: f64) -> Self {
        let of = measured.response.count();
        Self { breaking: measured.response.longer_than(time_s).min(of), of }
    }

    /// Returns the share, counted in independent requests for this design effect.
    pub(crate) fn share(self, effect: f64) -> Share {
        Share { breaking: self.breaking as f64 / effect, of: self.of as f64 / effect }
    }

    /// Adds the counts of `other`.
    pub fn add(&mut self, other: &Self) {
        self.breaking = self.breaking.saturating_add(other.breaking);
        self.of = self.of.saturating_add(other.of);
    }
}

/// Sums over the tallies of several steps, from which their design effect follows.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Tallies {
    steps: f64,
    breaking: f64,
    of: f64,
    /// Sums of the squares and of the products of both counts.
    breaking2: f64,
    of2: f64,
    both: f64,
}

impl Tallies {
    /// Returns the sums without one of the steps.
    pub(crate) fn without(self, step: Tally) -> Self {
        self.plus(step, -1.0)
    }

    fn plus(self, step: Tally, sign: f64) -> Self {
        let (breaking, of) = (step.breaking as f64, step.of as f64);
        Self {
            steps: self.steps + sign,
            breaking: self.breaking + sign * breaking,
            of: self.of + sign * of,
            breaking2: self.breaking2 + sign * breaking * breaking,
            of2: self.of2 + sign * of * of,
            both: self.both + sign * breaking * of,
        }
    }

    /// Returns the design effect: the variance of the share between the steps, over that of independent requests. It is at
    /// least 1, and at most the mean size of a step: then all requests of a step have the same outcome.
    pub(crate) fn design_effect(self) -> f64 {
        let share = self.breaking / self.of;
        let independent = self.of * share * (1.0 - share);
        if !(independent > 0.0) || self.steps < 2.0 {
            return 1.0;
        }
        // Σ (k − p n)², the squared distances of the steps from the common share.
        let squares = self.breaking2 - 2.0 * share * self.both + share * share * self.of2;
        (squares * self.steps / (self.steps - 1.0) / independent).clamp(1.0, (self.of / self.steps).max(1.0))
    }
}

impl FromIterator<Tally> for Tallies {
    fn from_iter<I: IntoIterator<Item = Tally>>(steps: I) -> Self {
        steps.into_iter().fold(Self::default(), |sums, step| sums.plus(step, 1.0))
    }
}

/// A value with its bounds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Bounds {
    pub value: f64,
    pub lower: Option<f64>,
    pub upper: Option<f64>,
}

impl Bounds {
    /// Applies an increasing function.
    pub(crate) fn map(self, function: impl Fn(f64) -> f64) -> Self {
        let Self { value, lower, upper } = self;
        Self { value: function(value), lower: lower.map(&function), upper: upper.map(&function) }
    }

    /// Returns the difference from the value `before`, which was found independently. Its bounds combine those of both
    /// (MOVER: Zou and Donner 2008; for shares Newcombe 1998).
    pub(crate) fn less(self, before: Self) -> Self {
        let value = self.value - before.value;
        let apart =
            |own: Option<f64>, other: Option<f64>| Some((own? - self.value).hypot(before.value - other?));
        Self {
            value,
            lower: apart(self.lower, before.upper).map(|width| value - width),
            upper: apart(self.upper, before.lower).map(|width| value + width),
        }
    }
}

/// A share of requests, counted in independent ones.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Share {
    pub breaking: f64,
    pub of: f64,
}

impl Share {
    /// Returns the share with its exact bounds (Clopper and Pearson 1934); `None` without requests.
    pub(crate) fn bounds(self) -> Option<Bounds> {
        let Self { breaking, of } = self;
        if !(of > 0.0) {
            return None;
        }
        let (beyond, rest) = (1.0 - CONFIDENCE, of - breaking);
        let lower = if breaking > 0.0 { beta_quantile(beyond, breaking, rest + 1.0)? } else { 0.0 };
        let upper = if rest > 0.0 { beta_upper_quantile(beyond, breaking + 1.0, rest)? } else { 1.0 };
        Some(Bounds { value: breaking / of, lower: Some(lower), upper: Some(upper) })
    }

    /// Returns whether the upper bound is at most this share, without computing the bound.
    pub(crate) fn is_at_most(self, share: f64) -> bool {
        let rest = self.of - self.breaking;
        let below = || beta_cdf(share.clamp(0.0, 1.0), self.breaking + 1.0, rest);
        share >= 1.0 || rest > 0.0 && below().is_some_and(|below| below >= CONFIDENCE)
    }

    /// Returns whether the lower bound is at least this share, without computing the bound.
    pub(crate) fn is_at_least(self, share: f64) -> bool {
        let rest = self.of - self.breaking;
        let below = || beta_cdf(share.clamp(0.0, 1.0), self.breaking, rest + 1.0);
        share <= 0.0 || self.breaking > 0.0 && below().is_some_and(|below| below <= 1.0 - CONFIDENCE)
    }

    /// Returns by how many times more requests with the same share the upper bound would come down to `allowed`; `None`
    /// if it never would.
    pub(crate) fn times_until_below(self, allowed: f64) -> Option<f64> {
        /// Further evidence than this is not asked for.
        const TIMES_MAX: f64 = 1e6;
        let is_below =
            |times: f64| Self { breaking: self.breaking * times, of: self.of * times }.is_at_most(allowed);
        (self.of > 0.0 && is_below(TIMES_MAX)).then(|| least_float(1.0, TIMES_MAX, is_below))
    }
}

#[cfg(test)]
mod tests {
    use super::{Bounds, Share, Tallies, Tally};

    fn share(breaking: f64, of: f64) -> Share {
        Share { breaking, of }
    }

    #[test]
    fn without_a_failure_a_share_of_one_percent_takes_299_requests() {
        let upper = |of| share(0.0, of).bounds().unwrap().upper.unwrap();
        assert!(upper(299.0) <= 0.01 && upper(298.0) > 0.01);
        let times = share(0.0, 100.0).times_until_below(0.01).unwrap();
        assert!((times - 2.9807).abs() < 0.001, "{times}");
        assert_eq!(share(2.0, 100.0).times_until_below(0.01), None, "it is two percent");
        assert_eq!(share(0.0, 0.0).times_until_below(0.01), None);
    }

    /// Expected values: the sums of the binomial terms, bisected in Python.
    #[test]
    fn the_bounds_of_a_share_are_those_of_clopper_and_pearson() {
        let Bounds { value, lower, upper } = share(3.0, 100.0).bounds().unwrap();
        assert_eq!(value, 0.03);
        assert!((lower.unwrap() - 0.008_225_829_1).abs() < 1e-9, "{lower:?}");
        assert!((upper.unwrap() - 0.075_710_793_7).abs() < 1e-9, "{upper:?}");
        assert_eq!(share(5.0, 5.0).bounds().unwrap().upper, Some(1.0));
        assert_eq!(share(0.0, 0.0).bounds(), None);
    }

    #[test]
    fn a_bound_is_compared_as_it_is_computed() {
        for (breaking, of) in [(0.0, 10.0), (1.0, 10.0), (3.5, 70.0), (12.0, 2_000.0), (5.0, 5.0)] {
            let bounds = share(breaking, of).bounds().unwrap();
            for factor in [0.5, 0.999, 1.001, 2.0] {
                let (upper, lower) = (bounds.upper.unwrap() * factor, bounds.lower.unwrap() * factor);
                assert_eq!(share(breaking, of).is_at_most(upper), factor > 1.0, "{breaking} of {of}");
                assert_eq!(share(breaking, of).is_at_least(lower), factor < 1.0 || lower == 0.0);
            }
        }
        assert!(!share(0.0, 0.0).is_at_most(0.5) && !share(0.0, 0.0).is_at_least(0.5));
    }

    #[test]
    fn requests_that_fail_together_count_as_one() {
        let effect = |failing: &[u64]| -> f64 {
            let steps = failing.iter().map(|breaking| Tally { breaking: *breaking, of: 20 });
            steps.collect::<Tallies>().design_effect()
        };
        assert_eq!(effect(&[20, 0, 0, 0, 0, 0, 0, 0, 0, 0]), 20.0);
        assert_eq!(effect(&[20, 0]), 20.0);
        assert_eq!(effect(&[2; 10]), 1.0);
        assert_eq!(effect(&[0; 10]), 1.0);
        assert_eq!(effect(&[20; 10]), 1.0);
        assert_eq!(effect(&[3]), 1.0);
        // Σ (k − 2)² = 8 · 4 + 2 · 64 = 160 of 20 · 0.9 = 18, times 10 / 9.
        let pairs = [10, 10, 0, 0, 0, 0, 0, 0, 0, 0];
        assert!((effect(&pairs) - 160.0 / 18.0 * 10.0 / 9.0).abs() < 1e-12, "{}", effect(&pairs));
        let all: Tallies = pairs.into_iter().map(|breaking| Tally { breaking, of: 20 }).collect();
        let others = all.without(Tally { breaking: 10, of: 20 }).design_effect();
        assert!((others - effect(&pairs[1..])).abs() < 1e-12, "{others}");
    }

    #[test]
    fn the_width_of_a_difference_combines_both_widths() {
        let after = Bounds { value: 5.0, lower: Some(2.0), upper: Some(9.0) };
        let before = Bounds { value: 4.0, lower: Some(1.0), upper: Some(8.0) };
        let less = after.less(before);
        assert_eq!((less.value, less.lower, less.upper), (1.0, Some(1.0 - 5.0), Some(1.0 + 5.0)));
        let unknown = after.less(Bounds { lower: None, ..before });
        assert_eq!((unknown.lower, unknown.upper), (Some(-4.0), None));
    }
}
