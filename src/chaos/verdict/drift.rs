//! Whether a measure changes from step to step, and by more than the margin.

use super::rule::{Near, Rule, SHORTEST_S};
use super::steps::Step;
use crate::chaos::limit::Measure;
use crate::stats::trend::{Trend, trend};

/// A measure that changes over some steps.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Drift {
    /// The measure, and how its values are compared.
    near: Near,
    /// The fitted values at both ends: logarithms of seconds, or shares of failed requests.
    first: f64,
    last: f64,
}

/// Returns the values of a measure in each step that has one.
fn values(near: Near, steps: &[Step]) -> Vec<f64> {
    let of = |step: &Step| match near {
        Near::Failing(_) => Measure::Success.of(&step.measured),
        Near::Times(measure, _) => measure.of(&step.measured).map(|time_s| time_s.max(SHORTEST_S).ln()),
    };
    steps.iter().filter_map(of).collect()
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

/// The margin on the scale of the values.
fn margin(near: Near) -> f64 {
    match near {
        Near::Failing(more) => more,
        Near::Times(_, times) => times.ln(),
    }
}

/// Returns the line through the values, where a trend is shown at this level.
fn line(near: Near, steps: &[Step], level: f64) -> Option<Drift> {
    let values = values(near, steps);
    let half = 0.5 * (values.len() as f64 - 1.0);
    let Trend { slope, p } = trend(&values)?;
    let middle = median(values)?;
    let (first, last) = (middle - slope * half, middle + slope * half);
    (p <= level).then_some(Drift { near, first, last })
}

/// The probability that a steady baseline is taken for one that drifts, over all measures.
const BASELINE_LEVEL: f64 = 0.005;

/// Returns a measure that changes over the baseline by more than the margin, in either direction.
pub(crate) fn of_baseline(rules: &[Rule], steps: &[Step]) -> Option<Drift> {
    let near = || rules.iter().filter_map(|rule| rule.near);
    let level = BASELINE_LEVEL / near().count().max(1) as f64;
    let mut lines = near().filter_map(|near| line(near, steps, level));
    lines.find(|drift| (drift.last - drift.first).abs() > margin(drift.near))
}

/// The level at which a measure counts as still getting worse after the faults were cleared: one side of the test.
const WORSE_LEVEL: f64 = 0.02;

/// Returns a measure that gets worse from step to step, and has left the margin by the last one.
pub(crate) fn of_recovery(rules: &[Rule], baseline: &[Step], steps: &[Step]) -> Option<Drift> {
    let lines = rules.iter().filter_map(|rule| rule.near).filter_map(|near| line(near, steps, WORSE_LEVEL));
    lines.filter(|drift| drift.last > drift.first).find_map(|drift| {
        let usual = median(values(drift.near, baseline))?;
        (drift.last - usual > margin(drift.near)).then_some(drift)
    })
}

impl std::fmt::Display for Drift {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (measure, value): (Measure, fn(f64) -> f64) = match self.near {
            Near::Failing(_) => (Measure::Success, |share| share.clamp(0.0, 1.0)),
            Near::Times(measure, _) => (measure, f64::exp),
        };
        let [first, last] = [self.first, self.last].map(|end| measure.format(value(end)));
        write!(f, "{} goes from {first} to {last}", measure.name())
    }
}
