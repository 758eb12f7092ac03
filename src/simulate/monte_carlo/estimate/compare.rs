//! Compares two systems under common random numbers: components of the same name draw the same lives and
//! repair times in both, so that the difference is estimated far more precisely than either system.

use super::run::{Conduct, Gathering, RunRequest, gather};
use super::stopping::{FAILING_MIN, Rule, Stop};
use super::tally::Tally;
use super::{Figure, Scope};
use crate::simulate::monte_carlo::engine::outage::Outage;
use crate::simulate::monte_carlo::engine::replication::{Bench, Engine};
use crate::stats::interval::mean_student_t;
use crate::stats::pairs::PairMoments;
use crate::stats::summary::Moments;

/// The tallies of both systems, and the paired moments of their downtimes.
#[derive(Debug, Clone)]
pub struct Comparison {
    /// The first system.
    pub first: Tally,
    /// The second system.
    pub second: Tally,
    /// Downtime in seconds of the first (x) and the second system (y), per replication.
    downtime: PairMoments,
    /// Downtime of the second less that of the first, summed on its own: where both systems fall together it is exactly zero.
    difference: Moments,
}

impl Comparison {
    fn new() -> Self {
        Self {
            first: Tally::new(),
            second: Tally::new(),
            downtime: PairMoments::default(),
            difference: Moments::default(),
        }
    }

    fn events(&self) -> u64 {
        self.first.events() + self.second.events()
    }

    /// The second system's unavailability minus the first's, with the interval of the paired difference.
    pub fn difference(&self, scope: &Scope, confidence: f64) -> Option<Figure> {
        let moments = self.difference.mean_variance()?;
        let share = |seconds: f64| seconds / scope.horizon_s;
        let interval = mean_student_t(&moments, confidence).map(|mut interval| {
            interval.lower = interval.lower.map(share);
            interval.upper = interval.upper.map(share);
            interval
        });
        Some(Figure { value: share(moments.mean), interval: interval.filter(|_| moments.variance > 0.0) })
    }

    /// Returns the correlation of both systems' downtimes, from −1 to 1, which shows the effect of the
    /// common random numbers.
    pub fn correlation(&self) -> Option<f64> {
        self.downtime.correlation()
    }
}

impl Gathering for Comparison {
    fn merge(&mut self, other: &Self) {
        self.first.merge(&other.first);
        self.second.merge(&other.second);
        self.downtime.merge(&other.downtime);
        self.difference.merge(&other.difference);
    }
}

/// Simulates both systems with the same replications. A precision refers to the half-width of the
/// difference, relative to the larger of both unavailabilities.
pub fn compare(
    engines: [&Engine<'_>; 2],
    scope: &Scope,
    seed: u64,
    rule: &Rule,
    conduct: &Conduct<'_>,
) -> (Comparison, Stop) {
    let [first, second] = engines;
    let replicate = |bench: &mut Bench, index, comparison: &mut Comparison| {
        let (outages, events) = first.replicate(bench, seed, index);
        comparison.first.observe(scope, outages, events);
        let first_s: f64 = outages.iter().map(Outage::length_s).sum();
        let (outages, events) = second.replicate(bench, seed, index);
        comparison.second.observe(scope, outages, events);
        let second_s: f64 = outages.iter().map(Outage::length_s).sum();
        comparison.downtime.add(first_s, second_s);
        comparison.difference.add(second_s - first_s);
    };
    let request = RunRequest {
        block: first.replications_in_block().min(second.replications_in_block()),
        replications_max: rule.replications_max,
        empty: &Comparison::new,
        replicate: &replicate,
        report: &|comparison: &Comparison, target| (conduct.progress)(&comparison.first, target),
    };
    gather(&request, rule.first(), &|comparison: &Comparison| next(comparison, scope, rule), conduct)
}

fn next(comparison: &Comparison, scope: &Scope, rule: &Rule) -> Result<u64, Stop> {
    let failing = comparison.first.failing().max(comparison.second.failing());
    if let Some(asked) = rule.precision
        && failing >= FAILING_MIN
        && relative_half_width(comparison, scope, rule.confidence).is_some_and(|width| width <= asked)
    {
        return Err(Stop::Precision);
    }
    let n = comparison.first.replications();
    if n >= rule.replications_max {
        return Err(Stop::Replications);
    }
    if comparison.events() >= rule.events_max {
        return Err(Stop::Events);
    }
    // Double the number of replications until the difference is precise enough.
    let wanted = if rule.precision.is_some() { 2 * n } else { rule.replications_max };
    let affordable = rule.affordable(n, comparison.events());
    Ok(wanted.min(affordable).min(rule.replications_max))
}

fn relative_half_width(comparison: &Comparison, scope: &Scope, confidence: f64) -> Option<f64> {
    let interval = comparison.difference(scope, confidence)?.interval?;
    let half_width = 0.5 * (interval.upper? - interval.lower?);
    let unavailability = |tally: &Tally| Some(tally.precision(confidence)?.0 / scope.horizon_s);
    let larger = unavailability(&comparison.first)?.max(unavailability(&comparison.second)?);
    Some(half_width / larger)
}
