//! Shares of requests, their bounds, and how far the requests come together that make them up.
//!
//! Requests that follow one another are not independent: a pause of the target slows all of those that are due in it.
//! The evidence counts as that of fewer independent requests, as many as explain how the steps differ from one another
//! (the design effect of Kish 1965, with the variance of a ratio estimate, Cochran 1977, 6.4; the effective sample in the
//! exact interval, Korn and Graubard 1998).

use crate::stats::quantile::{beta_cdf, beta_quantile, beta_upper_quantile};

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
    /// Returns the share in independent requests, where so many tell as much as one.
    pub(crate) fn share(self, clustering: f64) -> Share {
        Share { breaking: self.breaking as f64 / clustering, of: self.of as f64 / clustering }
    }

    /// Adds the counts of `other`.
    pub fn add(&mut self, other: &Self) {
        self.breaking = self.breaking.saturating_add(other.breaking);
        self.of = self.of.saturating_add(other.of);
    }
}

/// Returns by how much the variance of a share between the parts exceeds that of independent requests, from 1 to the
/// size of a part: then all requests of a part share their fate.
pub(crate) fn clustering(whole: Tally, parts: &[Tally]) -> f64 {
    let (n, count) = (whole.of as f64, parts.len() as f64);
    let share = whole.breaking as f64 / n;
    let independent = n * share * (1.0 - share);
    if !(independent > 0.0) || parts.len() < 2 {
        return 1.0;
    }
    let squares: f64 = parts.iter().map(|part| (part.breaking as f64 - share * part.of as f64).powi(2)).sum();
    (squares * count / (count - 1.0) / independent).clamp(1.0, (n / count).max(1.0))
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
        let is_below = |times: f64| {
            let more = Self { breaking: self.breaking * times, of: self.of * times };
            more.is_at_most(allowed)
        };
        if !(self.of > 0.0) || !is_below(TIMES_MAX) {
            return None;
        }
        let (mut low, mut high) = (0.0_f64, TIMES_MAX.ln());
        for _ in 0..40 {
            let middle = f64::midpoint(low, high);
            (low, high) = if is_below(middle.exp()) { (low, middle) } else { (middle, high) };
        }
        Some(high.exp())
    }
}

#[cfg(test)]
mod tests {
    use super::{Bounds, Share, Tally, clustering};

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
        let parts = |failing: [u64; 10]| failing.map(|breaking| Tally { breaking, of: 20 });
        let whole = |breaking| Tally { breaking, of: 200 };
        assert_eq!(clustering(whole(20), &parts([20, 0, 0, 0, 0, 0, 0, 0, 0, 0])), 20.0);
        assert_eq!(clustering(whole(20), &parts([2; 10])), 1.0);
        assert_eq!(clustering(whole(0), &parts([0; 10])), 1.0);
        assert_eq!(clustering(whole(200), &parts([20; 10])), 1.0);
        assert_eq!(clustering(Tally { breaking: 3, of: 20 }, &[Tally { breaking: 3, of: 20 }]), 1.0);
        // Σ (k − 2)² = 8 · 4 + 2 · 64 = 160 of 20 · 0.9 = 18, times 10 / 9.
        let pairs = clustering(whole(20), &parts([10, 10, 0, 0, 0, 0, 0, 0, 0, 0]));
        assert!((pairs - 160.0 / 18.0 * 10.0 / 9.0).abs() < 1e-12, "{pairs}");
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
