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

#[cfg(test)]
mod tests {
    use super::{Comparison, Conduct, Engine, Known, Rule, Scope, Stop, Sums as _, Tally};
    use super::{compare, next, relative_half_width};
    use crate::simulate::monte_carlo::engine::outage::{Cause, CauseKind, Outage};
    use crate::simulate::topology_file::tests::model;
    use crate::stats::interval::mean_student_t;
    use crate::stats::summary::MeanVariance;
    use std::sync::atomic::{AtomicU64, Ordering};

    const CONFIDENCE: f64 = 0.95;

    fn scope() -> Scope {
        Scope::new(1_000.0, None, None, None)
    }

    /// Builds the comparison of systems with these downtimes in each replication.
    fn comparison(downtimes_s: &[(f64, f64)]) -> Comparison {
        let scope = scope();
        let mut comparison = Comparison::new();
        for (first_s, second_s) in downtimes_s {
            let outage = |length_s: &f64| Outage {
                start_s: 5.0,
                end_s: 5.0 + length_s,
                cause: Cause { leaf: 0, kind: CauseKind::Failure },
            };
            comparison.first.observe(&scope, &[outage(first_s)], 3);
            comparison.second.observe(&scope, &[outage(second_s)], 4);
            comparison.downtime.add(*first_s, *second_s);
            comparison.difference.add(second_s - first_s);
        }
        comparison
    }

    const PAIRS: [(f64, f64); 6] =
        [(10.0, 20.0), (30.0, 35.0), (5.0, 25.0), (50.0, 20.0), (8.0, 40.0), (12.0, 12.0)];

    #[test]
    fn the_difference_is_that_of_the_pairs() {
        let found = comparison(&PAIRS).difference(&scope(), &Known::default(), CONFIDENCE).unwrap();
        let differences: Vec<f64> = PAIRS.iter().map(|(first, second)| (second - first) / 1_000.0).collect();
        let moments = MeanVariance::of(&differences).unwrap();
        let expected = mean_student_t(&moments, CONFIDENCE).unwrap();
        let (lower, upper) = (expected.lower.unwrap(), expected.upper.unwrap());
        let interval = found.interval.unwrap();
        assert!((found.value - moments.mean).abs() < 1e-15);
        assert!((interval.lower.unwrap() - lower).abs() < 1e-12 && lower < 0.0, "not clamped: {found:?}");
        assert!((interval.upper.unwrap() - upper).abs() < 1e-12);
        let halves = {
            let mut first = comparison(&PAIRS[..2]);
            first.merge(&comparison(&PAIRS[2..]));
            first
        };
        let merged = halves.difference(&scope(), &Known::default(), CONFIDENCE).unwrap();
        assert!((merged.half_width().unwrap() - found.half_width().unwrap()).abs() < 1e-12);
        assert_eq!((halves.first.replications(), halves.second.events()), (6, 24));
        assert!((halves.correlation().unwrap() - comparison(&PAIRS).correlation().unwrap()).abs() < 1e-12);
        // Python: statistics.correlation.
        assert!((halves.correlation().unwrap() + 0.081_558_712_614_982_61).abs() < 1e-12);
    }

    #[test]
    fn what_is_known_of_rare_failures_widens_the_difference() {
        let failing = |b: &str| {
            model(&format!("horizon: 1000s\ncomponents: {{ a: {{ unavailability: {b} }} }}\nsystem: a\n"))
        };
        let known = Known::of_difference(&failing("1e-3"), &failing("0.1"));
        let found = comparison(&PAIRS).difference(&scope(), &known, CONFIDENCE).unwrap();
        let differences: Vec<f64> = PAIRS.iter().map(|(first, second)| second - first).collect();
        let seen = MeanVariance::of(&differences).unwrap();
        let expected = MeanVariance { variance: known.variance(seen.variance, seen.n), ..seen };
        assert!(expected.variance > 10.0 * seen.variance);
        let interval = mean_student_t(&expected, CONFIDENCE).unwrap();
        let half_width = 0.5 * (interval.upper.unwrap() - interval.lower.unwrap()) / 1_000.0;
        assert!((found.half_width().unwrap() / half_width - 1.0).abs() < 1e-12);
    }

    /// Of two systems with the same components the second is never better: its downtime less the first's, replication by
    /// replication, is what is compared.
    #[test]
    fn both_systems_are_drawn_together() {
        let of = |system: &str| {
            model(&format!(
                "horizon: 1000h\ncomponents: {{ a: {{ mtbf: 100h, mttr: 10h }}, b: {{ mtbf: 100h, mttr: 10h }} }}\nsystem: {system}\n"
            ))
        };
        let (first, second) = (of("{ parallel: [a, b] }"), of("{ series: [a, b] }"));
        let engines = [&Engine::new(&first).unwrap(), &Engine::new(&second).unwrap()];
        let scope = Scope::new(first.horizon_s, None, None, None);
        let rule =
            Rule { precision: None, confidence: CONFIDENCE, replications_max: 200, events_max: u64::MAX };
        let seen = AtomicU64::new(0);
        let progress = |tally: &Tally| seen.store(tally.replications(), Ordering::Relaxed);
        let conduct = Conduct { threads: 1, go_on: &|| Ok(()), progress: &progress };
        let (found, stop) = compare(engines, &scope, &Known::default(), 3, &rule, &conduct);
        assert_eq!((stop, seen.load(Ordering::Relaxed)), (Stop::Replications, 200));
        let mean_s = |tally: &Tally| tally.precision(&scope, CONFIDENCE).unwrap().0;
        let difference = found.difference(&scope, &Known::default(), CONFIDENCE).unwrap();
        let expected = (mean_s(&found.second) - mean_s(&found.first)) / scope.horizon_s;
        assert!(expected > 0.1 && (difference.value / expected - 1.0).abs() < 1e-9, "{difference:?}");
        assert!(found.correlation().unwrap() > 0.3);
    }

    #[test]
    fn the_width_is_relative_to_the_greater_unavailability() {
        let pairs: Vec<(f64, f64)> = PAIRS.iter().copied().cycle().take(600).collect();
        let (smaller, greater) =
            (comparison(&pairs), pairs.iter().map(|(a, b)| (*b, *a)).collect::<Vec<_>>());
        let width = |comparison: &Comparison| {
            relative_half_width(comparison, &scope(), &Known::default(), CONFIDENCE).unwrap()
        };
        let half_width =
            smaller.difference(&scope(), &Known::default(), CONFIDENCE).unwrap().half_width().unwrap();
        let mean = pairs.iter().map(|(_, second)| second).sum::<f64>() / 600.0 / 1_000.0;
        assert!((width(&smaller) - half_width / mean).abs() < 1e-9);
        assert!((width(&comparison(&greater)) - width(&smaller)).abs() < 1e-9);
    }

    #[test]
    fn a_run_is_doubled_until_the_difference_is_precise() {
        let pairs: Vec<(f64, f64)> = PAIRS.iter().copied().cycle().take(600).collect();
        let comparison = comparison(&pairs);
        let reached = relative_half_width(&comparison, &scope(), &Known::default(), CONFIDENCE).unwrap();
        let rule = |precision: Option<f64>| Rule {
            precision,
            confidence: CONFIDENCE,
            replications_max: 10_000,
            events_max: 1_000_000,
        };
        let next = |rule: &Rule| next(&comparison, &scope(), &Known::default(), rule);
        assert_eq!(next(&rule(Some(0.99 * reached))), Ok(1_200));
        assert_eq!(next(&rule(Some(1.01 * reached))), Err(Stop::Precision));
        assert_eq!(next(&rule(None)), Ok(10_000));
        // 7 events each: 1,800 more are left for 257 replications.
        assert_eq!(next(&Rule { events_max: 6_000, ..rule(Some(1e-9)) }), Ok(600 + 1_800 / 7 + 1));
    }
}
