//! Rules about single requests, and the test whether too many requests break one.
//!
//! "p99 ≤ 400 ms" means that at most one request in a hundred takes longer than 400 ms. In this form a
//! window of ten requests is judged as fairly as one of ten thousand: one slow request in ten is no
//! evidence against the rule, four are.

use super::share::{Share, Tally};
use crate::chaos::experiment::Judge;
use crate::chaos::limit::{Bound, Limit, Measure, Measured, Relation};
use crate::stats::interval::wilson;
use crate::stats::quantile::beta_cdf;
use serde::Serialize;

/// Confidence level of the interval for the share of the baseline that breaks a rule.
const BASELINE_CONFIDENCE: f64 = 0.95;

/// Shortest response time that is distinguished from zero, in seconds. It keeps ratios and logarithms finite.
pub(crate) const SHORTEST_S: f64 = 1e-6;

/// A condition on single requests, and the share of requests that may break it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Rule {
    /// The rule as text: `p99 <= 400ms`.
    #[serde(rename = "rule")]
    pub text: String,
    #[serde(skip)]
    breaks: Breaks,
    /// Share of requests that may break it, from 0 to 1. A rule relative to the baseline allows as much as the baseline
    /// itself may have had: few requests do not break it.
    pub allowed: f64,
    /// The comparison with the baseline that it stands for.
    #[serde(skip)]
    pub near: Option<Near>,
}

/// A comparison with the baseline.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Near {
    /// The share of failed requests exceeds the baseline's by at most this.
    Failing(f64),
    /// A quantile of the response times is at most this multiple of the baseline's.
    Times(Measure, f64),
}

/// The requests that break a rule.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Breaks {
    /// Failed requests.
    Failed,
    /// Successes.
    Succeeded,
    /// Successes that took longer than this many seconds.
    Slower(f64),
    /// Successes that took at most this many seconds.
    NotSlower(f64),
}

impl Rule {
    /// Converts a limit into a rule on single requests. `None` if it refers to a baseline in which
    /// nothing was measured.
    ///
    /// A limit relative to the baseline also allows the share that the baseline itself may have had.
    pub fn of_limit(limit: &Limit, baseline: Option<&Measured>) -> Option<Self> {
        let bound = limit.bound_value(baseline)?;
        let (breaks, allowed) = match (limit.measure.quantile(), limit.relation.is_upper()) {
            // For shares, `bound` is one minus the share: the allowed share of failures.
            (None, false) => (Breaks::Failed, bound),
            (None, true) => (Breaks::Succeeded, 1.0 - bound),
            (Some(quantile), true) => (Breaks::Slower(bound), 1.0 - quantile),
            (Some(quantile), false) => (Breaks::NotSlower(bound), quantile),
        };
        let rule = Self { text: limit.to_string(), breaks, allowed, near: None };
        if let Bound::Value(_) = limit.bound {
            return Some(rule);
        }
        let usual = limit.measure.of(baseline?)?;
        let times = bound / usual.max(SHORTEST_S);
        let near = match breaks {
            Breaks::Failed => Some(Near::Failing(bound - usual)),
            Breaks::Slower(_) if allowed > 0.0 => Some(Near::Times(limit.measure, times)),
            _ => None,
        };
        Some(Self { near, ..rule }.usual_in(baseline?))
    }

    /// Requires the success of the baseline, less the margin.
    pub fn success_near(baseline: &Measured, judge: &Judge) -> Option<Self> {
        let bound = Bound::Baseline { times: 1.0, plus: -judge.success_margin };
        let limit = Limit { measure: Measure::Success, relation: Relation::AtLeast, bound };
        Self::of_limit(&limit, Some(baseline))
    }

    /// Requires the quantile of the baseline plus the margin: at most the greater of `ratio` times the
    /// baseline's and the baseline's plus `floor`.
    pub fn quantile_near(measure: Measure, baseline: &Measured, judge: &Judge) -> Option<Self> {
        let usual_s = measure.of(baseline)?;
        let bound_s = margin_s(usual_s, judge);
        let (bound, usual) = (measure.format(bound_s), measure.format(usual_s));
        let text = format!("{} <= {bound} (baseline {usual})", measure.name());
        let near = Some(Near::Times(measure, bound_s / usual_s.max(SHORTEST_S)));
        let rule = Self { text, breaks: Breaks::Slower(bound_s), allowed: 1.0 - measure.quantile()?, near };
        Some(rule.usual_in(baseline))
    }

    /// Raises the allowed share to the upper end of the Wilson interval for the share of the baseline. A
    /// short baseline gives a wide interval, and so a lenient rule.
    fn usual_in(mut self, baseline: &Measured) -> Self {
        let tally = self.tally(baseline);
        let usual = wilson(tally.breaking, tally.of, BASELINE_CONFIDENCE);
        let upper = usual.and_then(|interval| interval.upper).unwrap_or(1.0);
        self.allowed = self.allowed.max(upper);
        self
    }

    /// Returns whether it limits the share of failed requests.
    pub fn is_of_success(&self) -> bool {
        self.breaks == Breaks::Failed
    }

    /// Returns whether it bounds the slowest tenth of the requests or less, in which a pause of the target shows.
    pub(crate) fn is_of_tail(&self) -> bool {
        matches!(self.near, Some(Near::Times(measure, _)) if measure.quantile() >= Some(0.9))
    }

    /// Counts the requests that broke it.
    pub fn tally(&self, measured: &Measured) -> Tally {
        let (breaking, of) = match self.breaks {
            Breaks::Failed => (measured.failed(), measured.offered),
            Breaks::Succeeded => (measured.good.min(measured.offered), measured.offered),
            Breaks::Slower(bound_s) => return Tally::slower(measured, bound_s),
            Breaks::NotSlower(bound_s) => {
                let Tally { breaking, of } = Tally::slower(measured, bound_s);
                (of - breaking, of)
            }
        };
        Tally { breaking, of }
    }

    /// Returns whether the tally shows that more requests than `allowed` break the rule: whether at
    /// least as many would break it with probability at most `alpha` if exactly that share did. This is
    /// the exact one-sided binomial test.
    pub fn is_broken(&self, tally: Tally, alpha: f64) -> bool {
        self.is_broken_by(tally.share(1.0), alpha)
    }

    /// As [`is_broken`](Self::is_broken) for requests that are not independent.
    pub(crate) fn is_broken_by(&self, share: Share, alpha: f64) -> bool {
        share.breaking > 0.0 && at_least(share, self.allowed) <= alpha
    }
}

/// Returns the longest response time, in seconds, that still counts as normal if the baseline has
/// `usual_s`.
pub(crate) fn margin_s(usual_s: f64, judge: &Judge) -> f64 {
    (usual_s * judge.ratio).max(usual_s + judge.floor.as_secs_f64())
}

/// P(Bin(n, p) ≥ k) = I(p; k, n − k + 1) for k ≥ 1 (Abramowitz and Stegun 1964, 26.5.24).
fn at_least(share: Share, p: f64) -> f64 {
    let (k, n) = (share.breaking, share.of);
    if !(p > 0.0) {
        return 0.0;
    }
    // Inconsistent counts (k > n) would make the second parameter zero or negative.
    beta_cdf(p.min(1.0), k, (n - k + 1.0).max(1.0)).unwrap_or(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn rule(measure: Measure, text: &str) -> Rule {
        Rule::of_limit(&Limit::parse(measure, text).unwrap(), None).unwrap()
    }

    #[test]
    fn the_binomial_tail_equals_the_sum_of_its_terms() {
        // 1 − 0.99¹⁰ and 1 − 0.99¹⁰ − 10·0.01·0.99⁹.
        for (breaking, expected) in [(1.0, 0.095_617_925_0), (2.0, 0.004_266_200_2)] {
            let tail = at_least(Share { breaking, of: 10.0 }, 0.01);
            assert!((tail - expected).abs() < 1e-9, "{breaking}: {tail}");
        }
    }

    #[test]
    fn one_slow_request_in_ten_is_no_evidence_and_four_are() {
        let rule = rule(Measure::P99, "<= 400ms");
        let broken = |breaking| rule.is_broken(Tally { breaking, of: 10 }, 1e-4);
        assert_eq!([0, 1, 2, 4, 10].map(broken), [false, false, false, true, true]);
    }

    #[test]
    fn a_rule_without_exceptions_is_broken_by_one_request() {
        let rule = rule(Measure::Max, "<= 1s");
        assert!(rule.is_broken(Tally { breaking: 1, of: 1 }, 1e-4));
        assert!(!rule.is_broken(Tally { breaking: 0, of: 1000 }, 1e-4));
    }

    #[test]
    fn nothing_measured_breaks_nothing() {
        for (measure, text) in [(Measure::Success, ">= 99%"), (Measure::P99, "<= 1s")] {
            let rule = rule(measure, text);
            assert!(!rule.is_broken(rule.tally(&Measured::default()), 1.0));
        }
    }

    #[test]
    fn a_lower_limit_counts_the_requests_below_it() {
        let mut measured = Measured { offered: 4, good: 3, ..Measured::default() };
        for milliseconds in [10, 20, 30] {
            measured.response.record(Duration::from_millis(milliseconds));
        }
        let tally = |measure, text| rule(measure, text).tally(&measured);
        assert_eq!(tally(Measure::P50, ">= 15ms"), Tally { breaking: 1, of: 3 });
        assert_eq!(tally(Measure::P50, "<= 15ms"), Tally { breaking: 2, of: 3 });
        assert_eq!(tally(Measure::Success, "< 20%"), Tally { breaking: 3, of: 4 });
        assert_eq!(tally(Measure::Success, ">= 20%"), Tally { breaking: 1, of: 4 });
    }

    #[test]
    fn a_limit_relative_to_the_baseline_is_a_comparison_with_it() {
        let mut baseline = Measured { offered: 100, good: 98, ..Measured::default() };
        for _ in 0..98 {
            baseline.response.record(Duration::from_millis(10));
        }
        let near = |measure, text| {
            Rule::of_limit(&Limit::parse(measure, text).unwrap(), Some(&baseline)).unwrap().near
        };
        let Some(Near::Failing(more)) = near(Measure::Success, ">= baseline - 1%") else { panic!() };
        assert!((more - 0.01).abs() < 1e-12, "{more}");
        let Some(Near::Times(Measure::P50, times)) = near(Measure::P50, "<= 2x baseline") else { panic!() };
        assert!((times - 2.0).abs() < 1e-12, "{times}");
        for (measure, text) in [
            (Measure::P50, "<= 20ms"),
            (Measure::P50, ">= 0.5x baseline"),
            (Measure::Max, "<= 2x baseline"),
            (Measure::Success, "< baseline - 1%"),
        ] {
            assert_eq!(near(measure, text), None, "{text}");
        }
        assert!((rule(Measure::Success, "<= 20%").allowed - 0.2).abs() < 1e-12);
        assert!((rule(Measure::P90, ">= 1ms").allowed - 0.9).abs() < 1e-12);
    }

    /// The margin is the greater of 1.5 times as long and 20 ms more.
    #[test]
    fn a_quantile_is_near_within_the_greater_margin() {
        let judge = Judge {
            hold: Duration::from_secs(10),
            ratio: 1.5,
            floor: Duration::from_millis(20),
            success_margin: 0.01,
            quantiles: Vec::new(),
            hits_min: 1,
            stalled_max: 0.1,
            slo: None,
        };
        assert!((margin_s(0.1, &judge) - 0.15).abs() < 1e-12);
        assert!((margin_s(0.01, &judge) - 0.03).abs() < 1e-12);
        let mut baseline = Measured { offered: 98, good: 98, ..Measured::default() };
        (0..98).for_each(|_| baseline.response.record(Duration::from_millis(100)));
        let is_of_tail = |measure| Rule::quantile_near(measure, &baseline, &judge).unwrap().is_of_tail();
        assert_eq!([Measure::P50, Measure::P90, Measure::P99].map(is_of_tail), [false, true, true]);
        assert!(!Rule::success_near(&baseline, &judge).unwrap().is_of_tail());
    }

    #[test]
    fn a_short_baseline_allows_more_than_a_long_one() {
        let baseline = |offered| Measured { offered, good: offered, ..Measured::default() };
        let limit = Limit::parse(Measure::Success, ">= baseline - 1%").unwrap();
        let allowed = |offered| Rule::of_limit(&limit, Some(&baseline(offered))).unwrap().allowed;
        assert!(allowed(10) > 0.2 && (allowed(100_000) - 0.01).abs() < 1e-9);
    }
}
