//! Rules about single requests, and the evidence that too many of them were broken.
//!
//! "p99 ≤ 400 ms" says: at most one request in a hundred takes longer than 400 ms. In this form a window of ten requests is judged as
//! fairly as one of ten thousand: one slow request in ten is no evidence, four are.

use crate::chaos::experiment::Judge;
use crate::chaos::limit::{Bound, Limit, Measure, Measured, Relation};
use crate::stats::interval::wilson;
use crate::stats::quantile::beta_cdf;

/// The level of the bound on what was already usual in the baseline.
const BASELINE_CONFIDENCE: f64 = 0.95;

/// A condition on single requests, and the share of them that may break it.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// What must hold, in words: `p99 <= 400ms`.
    pub words: String,
    breaks: Breaks,
    /// The share of the requests that may break it.
    pub allowed: f64,
}

/// Which requests break a rule.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Breaks {
    /// Those that failed.
    Failed,
    /// Those that succeeded.
    Succeeded,
    /// Successes that took longer than this many seconds.
    Slower(f64),
    /// Successes that did not.
    NotSlower(f64),
}

/// How many requests broke a rule.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Those that did,
    pub breaking: u64,
    /// of so many.
    pub of: u64,
}

impl Rule {
    /// What a limit asks of single requests. `None` where it compares with a baseline in which nothing was measured.
    ///
    /// A limit relative to the baseline allows what the baseline itself may have had as well.
    pub fn of_limit(limit: &Limit, baseline: Option<&Measured>) -> Option<Self> {
        let bound = limit.bound_value(baseline)?;
        let at_most = matches!(limit.relation, Relation::AtMost | Relation::Below);
        let (breaks, allowed) = match (limit.measure.quantile(), at_most) {
            (None, false) => (Breaks::Failed, bound),
            (None, true) => (Breaks::Succeeded, 1.0 - bound),
            (Some(quantile), true) => (Breaks::Slower(bound), 1.0 - quantile),
            (Some(quantile), false) => (Breaks::NotSlower(bound), quantile),
        };
        let rule = Self { words: limit.to_string(), breaks, allowed };
        match limit.bound {
            Bound::Value(_) => Some(rule),
            Bound::Baseline { .. } => Some(rule.usual_in(baseline?)),
        }
    }

    /// Success as in the baseline, but for the margin.
    pub fn success_near(baseline: &Measured, judge: &Judge) -> Option<Self> {
        let bound = Bound::Baseline { times: 1.0, plus: -judge.success_margin };
        let limit = Limit { measure: Measure::Success, relation: Relation::AtLeast, bound };
        Self::of_limit(&limit, Some(baseline))
    }

    /// A quantile as in the baseline, but for the margin: at most the greater of `ratio` times the baseline's and the baseline's plus
    /// `floor`.
    pub fn quantile_near(measure: Measure, baseline: &Measured, judge: &Judge) -> Option<Self> {
        let usual_s = measure.of(baseline)?;
        let bound_s = margin_s(usual_s, judge);
        let rule = Self {
            words: format!(
                "{} <= {} (baseline {})",
                measure.name(),
                measure.format(bound_s),
                measure.format(usual_s)
            ),
            breaks: Breaks::Slower(bound_s),
            allowed: 1.0 - measure.quantile()?,
        };
        Some(rule.usual_in(baseline))
    }

    /// The same rule, but allowing what the baseline may have had as well: the upper end of the Wilson interval of its share. A short
    /// baseline knows little, and so forbids little.
    fn usual_in(mut self, baseline: &Measured) -> Self {
        let tally = self.tally(baseline);
        let usual = wilson(tally.breaking, tally.of, BASELINE_CONFIDENCE);
        let upper = usual.and_then(|interval| interval.upper).unwrap_or(1.0);
        self.allowed = self.allowed.max(upper);
        self
    }

    /// Whether it limits the requests that fail.
    pub fn is_of_success(&self) -> bool {
        self.breaks == Breaks::Failed
    }

    /// How many requests broke it.
    pub fn tally(&self, measured: &Measured) -> Tally {
        let successes = measured.response.count();
        let slower = |bound_s| measured.response.longer_than(bound_s).min(successes);
        let (breaking, of) = match self.breaks {
            Breaks::Failed => (measured.failed(), measured.offered),
            Breaks::Succeeded => (measured.good.min(measured.offered), measured.offered),
            Breaks::Slower(bound_s) => (slower(bound_s), successes),
            Breaks::NotSlower(bound_s) => (successes - slower(bound_s), successes),
        };
        Tally { breaking, of }
    }

    /// Whether it is shown that more requests break the rule than may: as many as in the tally, or more, would come with
    /// a probability of at most `alpha` if exactly the share did that may. This is the exact one-sided binomial test.
    pub fn is_broken(&self, tally: Tally, alpha: f64) -> bool {
        tally.breaking > 0 && at_least(tally, self.allowed) <= alpha
    }
}

/// The response time that still counts as normal where `usual_s` was measured in the baseline.
pub fn margin_s(usual_s: f64, judge: &Judge) -> f64 {
    (usual_s * judge.ratio).max(usual_s + judge.floor.as_secs_f64())
}

impl Tally {
    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self { breaking: self.breaking.saturating_add(other.breaking), of: self.of.saturating_add(other.of) }
    }
}

/// P(Bin(n, p) ≥ k) = I(p; k, n − k + 1), for k from 1 on (Abramowitz and Stegun 1964, 26.5.24).
fn at_least(tally: Tally, p: f64) -> f64 {
    let (k, n) = (tally.breaking as f64, tally.of as f64);
    if !(p > 0.0) {
        return 0.0;
    }
    beta_cdf(p.min(1.0), k, (n - k + 1.0).max(1.0)).unwrap_or(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(measure: Measure, text: &str) -> Rule {
        Rule::of_limit(&Limit::parse(measure, text).unwrap(), None).unwrap()
    }

    #[test]
    fn the_binomial_tail_is_that_of_a_sum() {
        // 1 − 0.99¹⁰ and 1 − 0.99¹⁰ − 10·0.01·0.99⁹.
        for (breaking, expected) in [(1, 0.095_617_925_0), (2, 0.004_266_200_2)] {
            let tail = at_least(Tally { breaking, of: 10 }, 0.01);
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
    fn what_may_never_happen_is_broken_by_one() {
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
    fn a_limit_from_below_counts_what_lies_below() {
        let mut measured = Measured { offered: 4, good: 3, ..Measured::default() };
        for milliseconds in [10, 20, 30] {
            measured.response.record(std::time::Duration::from_millis(milliseconds));
        }
        let tally = |measure, text| rule(measure, text).tally(&measured);
        assert_eq!(tally(Measure::P50, ">= 15ms"), Tally { breaking: 1, of: 3 });
        assert_eq!(tally(Measure::P50, "<= 15ms"), Tally { breaking: 2, of: 3 });
        assert_eq!(tally(Measure::Success, "< 20%"), Tally { breaking: 3, of: 4 });
        assert_eq!(tally(Measure::Success, ">= 20%"), Tally { breaking: 1, of: 4 });
    }

    #[test]
    fn a_short_baseline_forbids_little_and_a_long_one_much() {
        let baseline = |offered| Measured { offered, good: offered, ..Measured::default() };
        let limit = Limit::parse(Measure::Success, ">= baseline - 1%").unwrap();
        let allowed = |offered| Rule::of_limit(&limit, Some(&baseline(offered))).unwrap().allowed;
        assert!(allowed(10) > 0.2 && (allowed(100_000) - 0.01).abs() < 1e-9);
    }
}
