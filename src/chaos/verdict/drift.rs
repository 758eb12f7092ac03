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

#[cfg(test)]
mod tests {
    use super::{Near, Rule, Step, line, of_baseline, of_recovery};
    use crate::chaos::limit::{Limit, Measure, Measured};
    use std::time::Duration;

    /// Steps of a thousand requests, of which these percentages fail.
    fn failing(percent: &[u64]) -> Vec<Step> {
        let of =
            |percent: &u64| Measured { offered: 1_000, good: 1_000 - 10 * percent, ..Measured::default() };
        percent.iter().map(of).map(Step::of_second).collect()
    }

    const RISING: [u64; 10] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
    const FALLING: [u64; 10] = [9, 8, 7, 6, 5, 4, 3, 2, 1, 0];

    /// Steps of two hundred requests whose response times grow by this factor from step to step.
    fn slower(factor: f64) -> Vec<Step> {
        let of = |number| {
            let mut measured = Measured { offered: 200, good: 200, ..Measured::default() };
            for _ in 0..200 {
                measured.response.record(Duration::from_secs_f64(0.01 * f64::powi(factor, number)));
            }
            Step::of_second(measured)
        };
        (0..10).map(of).collect()
    }

    /// Allows this much more than the baseline, in percent of the requests or as a multiple of the time.
    fn rule(measure: Measure, limit: &str) -> Rule {
        let usual = slower(1.0).remove(0).measured;
        Rule::of_limit(&Limit::parse(measure, limit).unwrap(), Some(&usual)).unwrap()
    }

    #[test]
    fn a_line_goes_through_the_median_with_the_median_slope() {
        let found = line(Near::Failing(0.01), &failing(&RISING), 0.001).unwrap();
        assert!((found.first - 0.005).abs() < 1e-12 && (found.last - 0.095).abs() < 1e-12, "{found:?}");
        assert_eq!(found.to_string(), "success goes from 99.500% to 90.500%");
        // Kendall's sum is 45 with a variance of 125: p = 2 Φ(−44 / √125) = 8.3e-5.
        assert!(line(Near::Failing(0.01), &failing(&RISING), 8.4e-5).is_some());
        assert_eq!(line(Near::Failing(0.01), &failing(&RISING), 8.2e-5), None);
        let times = line(Near::Times(Measure::P50, 1.5), &slower(1.1), 0.001).unwrap();
        assert!(((times.last - times.first) / (9.0 * 1.1_f64.ln()) - 1.0).abs() < 0.01, "{times:?}");
        assert!((times.first.exp() / 0.01 - 1.0).abs() < 0.06, "{times:?}");
    }

    #[test]
    fn a_baseline_drifts_by_more_than_the_margin_in_either_direction() {
        let near = |percent: &str| [rule(Measure::Success, &format!(">= baseline - {percent}%"))];
        for steps in [failing(&RISING), failing(&FALLING)] {
            assert!(of_baseline(&near("8.9"), &steps).is_some());
            assert_eq!(of_baseline(&near("9.1"), &steps), None);
        }
        // 2.36 times as long.
        let times = |limit: &str| of_baseline(&[rule(Measure::P50, limit)], &slower(1.1));
        assert!(
            times("<= 2.3x baseline").is_some_and(|drift| drift.to_string().starts_with("p50 goes from "))
        );
        assert_eq!(times("<= 2.4x baseline"), None);
    }

    /// Kendall's sum of 33 has a probability of 0.42 %: enough for one measure, not for one of two.
    #[test]
    fn the_level_is_shared_by_all_measures() {
        let steps = failing(&[0, 1, 2, 3, 4, 5, 9, 8, 7, 6]);
        let near = rule(Measure::Success, ">= baseline - 1%");
        assert!(of_baseline(std::slice::from_ref(&near), &steps).is_some());
        assert_eq!(of_baseline(&[near, rule(Measure::P50, "<= 2x baseline")], &steps), None);
    }

    #[test]
    fn a_recovery_gets_worse_where_it_leaves_the_margin_upwards() {
        let near = |percent: &str| [rule(Measure::Success, &format!(">= baseline - {percent}%"))];
        let worse = |percent, usual, steps: &[u64]| {
            of_recovery(&near(percent), &failing(&[usual; 10]), &failing(steps)).is_some()
        };
        assert!(worse("9.4", 0, &RISING) && !worse("9.6", 0, &RISING));
        assert!(worse("8.4", 1, &RISING) && !worse("8.6", 1, &RISING));
        assert!(!worse("0.1", 0, &FALLING), "it gets better");
    }
}
