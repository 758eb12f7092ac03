//! What is normal: the limits of the steady state, and the baseline with its margin.

use super::rule::{Rule, Tally};
use crate::chaos::experiment::Experiment;
use crate::chaos::limit::{Limit, Measure, Measured, Relation};

/// How improbable a step's failures must be before it counts as outside. A run of a hundred healthy steps under four rules leaves with
/// less than 4 % even if every share lay exactly at its bound; a healthy one lies well below.
pub const STEP_ALPHA: f64 = 1e-4;

/// The same for all requests of a phase, which are judged once.
pub const WHOLE_ALPHA: f64 = 0.01;

/// What must hold of a time in which the target is well.
#[derive(Debug, Clone)]
pub struct Normal {
    /// The limits of the steady state first, then nearness to the baseline.
    pub rules: Vec<Rule>,
}

impl Normal {
    /// For an experiment with this baseline.
    pub fn of(experiment: &Experiment, baseline: &Measured) -> Self {
        let judge = &experiment.judge;
        let limits = experiment.steady_state.iter();
        let absolute = limits.filter_map(|limit| Rule::of_limit(limit, Some(baseline)));
        let success = Rule::success_near(baseline, judge);
        let judged = judged_quantiles(&experiment.steady_state);
        let near = judged.into_iter().filter_map(|measure| Rule::quantile_near(measure, baseline, judge));
        Self { rules: absolute.chain(success).chain(near).collect() }
    }

    /// One tally for each rule.
    pub fn tallies(&self, measured: &Measured) -> Vec<Tally> {
        self.rules.iter().map(|rule| rule.tally(measured)).collect()
    }

    /// The rules that are shown to be broken.
    pub fn broken<'n>(&'n self, tallies: &'n [Tally], alpha: f64) -> impl Iterator<Item = &'n Rule> {
        let judged = self.rules.iter().zip(tallies);
        judged.filter(move |(rule, tally)| rule.is_broken(**tally, alpha)).map(|(rule, _)| rule)
    }
}

/// The quantiles that are compared with the baseline's: those that the steady state bounds from above, else the 99th percentile.
pub fn judged_quantiles(steady_state: &[Limit]) -> Vec<Measure> {
    let bounded = steady_state.iter().filter(|limit| {
        limit.measure.quantile().is_some() && matches!(limit.relation, Relation::AtMost | Relation::Below)
    });
    let mut judged: Vec<Measure> = bounded.map(|limit| limit.measure).collect();
    judged.sort_unstable();
    judged.dedup();
    if judged.is_empty() {
        judged.push(Measure::P99);
    }
    judged
}
