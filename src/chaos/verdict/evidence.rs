//! What the requests of some steps show about the target.

use super::share::{Bounds, Tallies, Tally};
use super::steps::Step;
use crate::chaos::limit::{Measure, Measured};
use crate::stats::search::least;

/// The requests of some steps.
#[derive(Debug, Clone, Default)]
pub(crate) struct Evidence<'s> {
    steps: Vec<&'s Step>,
    /// The sum of the steps.
    pub sum: Measured,
    /// Their length in seconds.
    pub lasted_s: f64,
}

impl<'s> Evidence<'s> {
    /// Gathers the evidence of steps.
    pub(crate) fn of(steps: &'s [Step]) -> Self {
        let mut evidence = Self::default();
        for step in steps {
            evidence.sum.add(&step.measured);
            evidence.lasted_s += step.judged().as_secs_f64();
            evidence.steps.push(step);
        }
        evidence
    }

    /// Returns the design effect of a tally: how many of these requests are worth one independent request.
    pub(crate) fn design_effect(&self, tally: impl Fn(&Measured) -> Tally) -> f64 {
        self.steps.iter().map(|step| tally(&step.measured)).collect::<Tallies>().design_effect()
    }

    /// Returns the design effect of the requests that are slower than a quantile of all of them.
    pub(crate) fn design_effect_beyond(&self, measure: Measure) -> Option<f64> {
        let value_s = measure.of(&self.sum)?;
        Some(self.design_effect(|measured| Tally::slower(measured, value_s)))
    }

    /// Returns a quantile of the response times, in seconds, with bounds from order statistics for this design effect.
    /// Each bound holds at `confidence`, and is `None` if there are too few responses. `None` without responses.
    pub(crate) fn quantile_for(&self, measure: Measure, effect: f64, confidence: f64) -> Option<Bounds> {
        let (quantile, value) = (measure.quantile()?, measure.of(&self.sum)?);
        let independent = (self.sum.response.count() as f64 / effect).round() as u64;
        let two_sided = 2.0 * confidence - 1.0;
        let (lower, upper) = self.sum.response.quantile_bounds_s(quantile, two_sided, independent);
        Some(Bounds { value, lower, upper })
    }

    /// Returns a quantile q of the response times, in seconds, with bounds at [`CONFIDENCE`](super::share::CONFIDENCE).
    /// The upper bound is the shortest time of which the interval of the share of slower requests lies at or below 1 − q,
    /// the lower bound the longest of which it lies at or above. The design effect is that at each of these times: requests
    /// may be slower together than the quantile and still far below the bound. `None` as for
    /// [`quantile_for`](Self::quantile_for).
    pub(crate) fn quantile(&self, measure: Measure) -> Option<Bounds> {
        let (quantile, value) = (measure.quantile()?, measure.of(&self.sum)?);
        let n = self.sum.response.count();
        let at = |rank: u64| self.sum.response.quantile_s((rank as f64 - 0.5) / n as f64);
        let slower = |rank: u64| {
            let time_s = at(rank)?;
            let tally = |measured: &Measured| Tally::slower(measured, time_s);
            Some(tally(&self.sum).share(self.design_effect(tally)))
        };
        let is_upper = |rank: u64| slower(rank).is_some_and(|share| share.is_at_most(1.0 - quantile));
        let is_lower = |rank: u64| slower(rank).is_some_and(|share| share.is_at_least(1.0 - quantile));
        let middle = ((quantile * n as f64).ceil() as u64).clamp(1, n);
        let upper = is_upper(n).then(|| least(middle, n, |rank| Some(is_upper(rank)))).flatten();
        let below = || least(0, middle - 1, |below| Some(is_lower(middle - below)));
        let lower = is_lower(1).then(below).flatten().map(|below| middle - below);
        Some(Bounds { value, lower: lower.and_then(at), upper: upper.and_then(at) })
    }
}

#[cfg(test)]
mod tests {
    use super::{Bounds, Evidence, Step};
    use crate::chaos::limit::{Measure, Measured};
    use std::time::Duration;

    /// A step of one second with these response times.
    fn step(times_ms: impl Iterator<Item = u64>) -> Step {
        let mut measured = Measured::default();
        for time_ms in times_ms {
            measured.offered += 1;
            measured.good += 1;
            measured.response.record(Duration::from_millis(time_ms));
        }
        Step::of_second(measured)
    }

    #[track_caller]
    fn assert_near(found: Option<Bounds>, [value, lower, upper]: [f64; 3]) {
        let found = found.unwrap();
        for (found, expected_ms) in [(Some(found.value), value), (found.lower, lower), (found.upper, upper)] {
            let found_ms = 1e3 * found.unwrap();
            assert!((found_ms - expected_ms).abs() < 0.01 * expected_ms, "{found_ms}, not {expected_ms}");
        }
    }

    /// Of a hundred responses at most 41 are on one side of the median with a probability of 4.4 %, of 25 at most 7 with one of
    /// 2.2 %.
    #[test]
    fn the_bounds_of_a_quantile_are_order_statistics() {
        let steps = [step(1..=100)];
        let evidence = Evidence::of(&steps);
        assert_near(evidence.quantile(Measure::P50), [50.0, 41.0, 59.0]);
        assert_near(evidence.quantile_for(Measure::P50, 1.0, 0.95), [50.0, 42.0, 59.0]);
        assert_near(evidence.quantile_for(Measure::P50, 4.0, 0.95), [50.0, 32.0, 72.0]);
        assert_eq!(evidence.quantile(Measure::P99).unwrap().upper, None, "it takes 299");
        assert_eq!(Evidence::of(&[]).quantile(Measure::P50), None);
    }

    /// Where all responses of a step are alike, ten steps of twenty count as ten responses: at most one of them is on one
    /// side of the median with a probability of 1.1 %.
    #[test]
    fn responses_that_are_slow_together_count_as_one() {
        let steps: Vec<Step> = (1..=10).map(|number| step(std::iter::repeat_n(10 * number, 20))).collect();
        let evidence = Evidence::of(&steps);
        assert_eq!((evidence.lasted_s, evidence.sum.offered), (10.0, 200));
        assert_eq!(evidence.design_effect_beyond(Measure::P50), Some(20.0));
        assert_near(evidence.quantile(Measure::P50), [50.0, 10.0, 90.0]);
        let apart: Vec<Step> = (0..10).map(|_| step(1..=20)).collect();
        assert_eq!(Evidence::of(&apart).design_effect_beyond(Measure::P50), Some(1.0));
        assert_eq!(Evidence::of(&[]).design_effect_beyond(Measure::P50), None);
    }
}
