//! The rules of normal operation: the limits of the steady state, and nearness to the baseline.

use super::rule::{Rule, Tally};
use crate::chaos::experiment::Experiment;
use crate::chaos::limit::{Limit, Measure, Measured};

/// Significance level at which a step counts as outside. Under four rules, a run of a hundred healthy
/// steps has a step outside with probability below 4 % even if every share lies exactly at its bound; in
/// practice the shares lie well below.
pub(crate) const STEP_ALPHA: f64 = 1e-4;

/// Significance level for all requests of a phase, which are judged only once.
pub(crate) const WHOLE_ALPHA: f64 = 0.01;

/// The rules that hold while the target is well.
#[derive(Debug, Clone)]
pub struct Normal {
    /// Limits of the steady state first, then nearness to the baseline.
    pub rules: Vec<Rule>,
}

impl Normal {
    /// Derives the rules from an experiment and the measurements of its baseline.
    pub fn of(experiment: &Experiment, baseline: &Measured) -> Self {
        let judge = &experiment.judge;
        let limits = experiment.steady_state.iter();
        let absolute = limits.filter_map(|limit| Rule::of_limit(limit, Some(baseline)));
        let success = Rule::success_near(baseline, judge);
        let judged = judged_quantiles(&experiment.steady_state);
        let near = judged.into_iter().filter_map(|measure| Rule::quantile_near(measure, baseline, judge));
        Self { rules: absolute.chain(success).chain(near).collect() }
    }

    /// Returns one tally for each rule.
    pub fn tallies(&self, measured: &Measured) -> Vec<Tally> {
        self.rules.iter().map(|rule| rule.tally(measured)).collect()
    }

    /// Returns the rules that the tallies show to be broken.
    pub fn broken<'n>(&'n self, tallies: &'n [Tally], alpha: f64) -> impl Iterator<Item = &'n Rule> {
        let judged = self.rules.iter().zip(tallies);
        judged.filter(move |(rule, tally)| rule.is_broken(**tally, alpha)).map(|(rule, _)| rule)
    }
}

/// Returns the quantiles to compare with the baseline's: those with an upper limit in the steady state,
/// else p99.
pub(crate) fn judged_quantiles(steady_state: &[Limit]) -> Vec<Measure> {
    let bounded = steady_state.iter().filter(|limit| !limit.measure.is_share() && limit.relation.is_upper());
    let mut judged: Vec<Measure> = bounded.map(|limit| limit.measure).collect();
    judged.sort_unstable();
    judged.dedup();
    if judged.is_empty() {
        judged.push(Measure::P99);
    }
    judged
}
