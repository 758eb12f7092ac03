//! Compares two systems under common random numbers: components of the same name draw the same lives and
//! repair times in both, so that the difference is estimated far more precisely than either system.

use super::figures::{Figure, bounded};
use super::known::Known;
use super::run::{Conduct, GoOn, gather, replicate};
use super::scope::Scope;
use super::stopping::{Rule, Stop};
use super::tally::{Sums, Tally};
use crate::simulate::monte_carlo::engine::replication::{Bench, Engine};
use crate::stats::pairs::PairMoments;
use crate::stats::summary::{MeanVariance, Moments};

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
    /// The second system's unavailability minus the first's, with the interval of the paired difference.
    /// What is known of rare failures in one of them counts in its width.
    pub fn difference(&self, scope: &Scope, known: &Known, confidence: f64) -> Option<Figure> {
        let seen = self.difference.mean_variance()?;
        let moments = MeanVariance { variance: known.variance(seen.variance, seen.n), ..seen };
        Some(bounded(&moments, scope.horizon_s, [f64::NEG_INFINITY, f64::INFINITY], confidence))
    }

    /// Returns the correlation of both systems' downtimes, from −1 to 1, which shows the effect of the
    /// common random numbers.
    pub fn correlation(&self) -> Option<f64> {
        self.downtime.correlation()
    }
}

impl Sums for Comparison {
    fn new() -> Self {
        let (first, second) = (Tally::new(), Tally::new());
        Self { first, second, downtime: PairMoments::default(), difference: Moments::default() }
    }

    fn merge(&mut self, other: &Self) {
        self.first.merge(&other.first);
        self.second.merge(&other.second);
        self.downtime.merge(&other.downtime);
        self.difference.merge(&other.difference);
    }

    fn tally(&self) -> &Tally {
        &self.first
    }
}

/// Simulates both systems with the same replications. A precision refers to the half-width of the
/// difference, relative to the larger of both unavailabilities. `known` is what is known of the difference.
pub fn compare(
    engines: [&Engine<'_>; 2],
    scope: &Scope,
    known: &Known,
    seed: u64,
    rule: &Rule,
    conduct: &Conduct<'_>,
) -> (Comparison, Stop) {
    let [first, second] = engines;
    let replicate_both = |bench: &mut Bench, index: u64, comparison: &mut Comparison, go_on: &GoOn<'_>| {
        let first_s = replicate(first, scope, bench, (seed, index), &mut comparison.first, go_on)?;
        let second_s = replicate(second, scope, bench, (seed, index), &mut comparison.second, go_on)?;
        comparison.downtime.add(first_s, second_s);
        comparison.difference.add(second_s - first_s);
        Ok(())
    };
    let block = first.replications_in_block().min(second.replications_in_block());
    gather(
        block,
        rule,
        &replicate_both,
        &|comparison: &Comparison| next(comparison, scope, known, rule),
        conduct,
    )
}

fn next(comparison: &Comparison, scope: &Scope, known: &Known, rule: &Rule) -> Result<u64, Stop> {
    let reached = relative_half_width(comparison, scope, known, rule.confidence);
    let most = rule.most(&[&comparison.first, &comparison.second], reached)?;
    // Double the number of replications until the difference is precise enough.
    let n = comparison.first.replications();
    let wanted = if rule.precision.is_some() { 2 * n } else { rule.replications_max };
    Ok(wanted.min(most))
}

fn relative_half_width(
    comparison: &Comparison,
    scope: &Scope,
    known: &Known,
    confidence: f64,
) -> Option<f64> {
    let half_width = comparison.difference(scope, known, confidence)?.half_width()?;
    let unavailability = |tally: &Tally| Some(tally.precision(scope, confidence)?.0 / scope.horizon_s);
    let larger = unavailability(&comparison.first)?.max(unavailability(&comparison.second)?);
    Some(half_width / larger)
}
