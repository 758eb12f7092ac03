//! What the requests of some steps show about the target.

use super::share::{Bounds, Share, Tally, clustering};
use super::steps::Step;
use crate::chaos::limit::{Measure, Measured};

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

    /// Returns how far the requests that break a rule come together: how many of them tell as much as one that is
    /// independent.
    pub(crate) fn clustering(&self, tally: impl Fn(&Measured) -> Tally) -> f64 {
        let parts: Vec<Tally> = self.steps.iter().map(|step| tally(&step.measured)).collect();
        clustering(tally(&self.sum), &parts)
    }

    /// Counts the requests that break a rule, of which so many tell as much as one.
    pub(crate) fn share(&self, clustering: f64, tally: impl Fn(&Measured) -> Tally) -> Share {
        tally(&self.sum).share(clustering)
    }

    /// Returns how far the requests come together that are slower than a quantile.
    pub(crate) fn clustering_of(&self, measure: Measure) -> Option<f64> {
        let value = measure.of(&self.sum)?;
        Some(self.clustering(|measured| {
            let of = measured.response.count();
            Tally { breaking: measured.response.longer_than(value).min(of), of }
        }))
    }

    /// Returns the bounds of a quantile of the response times, in seconds, where so many requests tell as much as one: the
    /// order statistics of so many independent ones. Each bound holds at `confidence`. `None` without response times; a
    /// bound is `None` where they are too few for it.
    pub(crate) fn quantile_if(&self, measure: Measure, clustering: f64, confidence: f64) -> Option<Bounds> {
        let (quantile, value) = (measure.quantile()?, measure.of(&self.sum)?);
        let independent = (self.sum.response.count() as f64 / clustering).round() as u64;
        // An interval has its two sides outside it.
        let (lower, upper) =
            self.sum.response.quantile_bounds_s(quantile, 2.0 * confidence - 1.0, independent);
        Some(Bounds { value, lower, upper })
    }

    /// Returns the bounds of a quantile of the response times, in seconds, each at [`CONFIDENCE`](super::share::CONFIDENCE): the least time which
    /// the share of slower requests is shown not to exceed, and the greatest which it is shown to reach. How far requests
    /// come together is measured at each of these times. `None` as above.
    pub(crate) fn quantile(&self, measure: Measure) -> Option<Bounds> {
        let (quantile, value) = (measure.quantile()?, measure.of(&self.sum)?);
        let n = self.sum.response.count();
        let slower = 1.0 - quantile;
        let at = |rank: u64| self.sum.response.quantile_s((rank as f64 - 0.5) / n as f64);
        let share = |time_s: f64| {
            let tally = |measured: &Measured| {
                let of = measured.response.count();
                Tally { breaking: measured.response.longer_than(time_s).min(of), of }
            };
            self.share(self.clustering(tally), tally)
        };
        let is_upper = |rank| at(rank).is_some_and(|time_s| share(time_s).is_at_most(slower));
        let is_lower = |rank| at(rank).is_some_and(|time_s| share(time_s).is_at_least(slower));
        let middle = ((quantile * n as f64).ceil() as u64).clamp(1, n);
        let upper = least_rank(middle, n, is_upper).and_then(at);
        let lower =
            least_rank(0, middle - 1, |down| is_lower(middle - down)).and_then(|down| at(middle - down));
        Some(Bounds { value, lower, upper })
    }
}

/// Returns the least number in \[low, high\] at which a condition holds that goes on to hold; `None` if it does not at
/// `high`.
fn least_rank(mut low: u64, mut high: u64, holds: impl Fn(u64) -> bool) -> Option<u64> {
    if !holds(high) {
        return None;
    }
    while low < high {
        let middle = low.midpoint(high);
        (low, high) = if holds(middle) { (low, middle) } else { (middle + 1, high) };
    }
    Some(high)
}
