//! The rules of normal operation: the limits of the steady state, and nearness to the baseline.

use super::rule::Rule;
use super::share::Tally;
use crate::chaos::experiment::Experiment;
use crate::chaos::limit::{Measure, Measured};

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
    /// The design effect of each rule in the baseline, by which steps are judged; 1 for rules that are not of the tail. The
    /// slowest requests may come in bursts, as in a pause of the target. Where most are slow or some fail, it was no pause.
    pub design_effects: Vec<f64>,
}

impl Normal {
    /// Derives the rules from an experiment and the measurements of its baseline.
    pub fn of(experiment: &Experiment, baseline: &Measured) -> Self {
        let judge = &experiment.judge;
        let limits = experiment.steady_state.iter();
        let absolute = limits.filter_map(|limit| Rule::of_limit(limit, Some(baseline)));
        let success = Rule::success_near(baseline, judge);
        let judged = judged_quantiles(experiment);
        let near = judged.into_iter().filter_map(|measure| Rule::quantile_near(measure, baseline, judge));
        let rules: Vec<Rule> = absolute.chain(success).chain(near).collect();
        Self { design_effects: vec![1.0; rules.len()], rules }
    }

    /// Returns one tally for each rule.
    pub fn tallies(&self, measured: &Measured) -> Vec<Tally> {
        self.rules.iter().map(|rule| rule.tally(measured)).collect()
    }

    /// Describes the rules that the tallies of a step show to be broken.
    pub(crate) fn broken_by_step(&self, tallies: &[Tally], design_effects: &[f64]) -> Vec<String> {
        let judged = self.rules.iter().zip(tallies).zip(design_effects);
        let broken =
            judged.filter(|((rule, tally), each)| rule.is_broken_by(tally.share(**each), STEP_ALPHA));
        broken.map(|((rule, _), _)| rule.text.clone()).collect()
    }
}

/// Returns the quantiles to compare with the baseline's: those of `judge`, and those with an upper limit in the steady
/// state. A longest response time is not compared: it grows with the number of requests.
pub(crate) fn judged_quantiles(experiment: &Experiment) -> Vec<Measure> {
    let steady_state = experiment.steady_state.iter();
    let bounded = steady_state.filter(|limit| !limit.measure.is_share() && limit.relation.is_upper());
    let mut judged: Vec<Measure> = bounded.map(|limit| limit.measure).collect();
    judged.retain(|measure| *measure != Measure::Max);
    judged.extend(&experiment.judge.quantiles);
    judged.sort_unstable();
    judged.dedup();
    judged
}
