//! Accumulates replications in sums and counts.

use super::scope::{CURVE_POINTS, Scope};
use crate::simulate::monte_carlo::engine::outage::{Cause, CauseKind, Outage};
use crate::stats::histogram::Histogram;
use crate::stats::pairs::PairMoments;
use crate::stats::summary::{CompensatedSum, Moments};
use std::collections::BTreeMap;

/// Sums over some replications, which those over the following ones can be added to.
pub(super) trait Sums: Send {
    /// Returns the sums over no replications.
    fn new() -> Self;

    /// Adds all replications of `other`, which must have the same scope.
    fn merge(&mut self, other: &Self);

    /// Returns the tally that shows the progress of a run.
    fn tally(&self) -> &Tally;
}

/// The sums and counts of some replications. Tallies that are merged in the order of their replications are the same to
/// the last bit, whichever threads ran which.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tally {
    pub(super) events: u64,
    /// Replications with at least one outage, which begins before the horizon: it is the first failure.
    pub(super) failing: u64,
    /// Failures (x) and downtime in seconds (y) per replication.
    pub(super) downtime: PairMoments,
    /// Failures (x) and uptime in seconds (y) per replication.
    pub(super) uptime: PairMoments,
    /// Downtime in the second half of the horizon.
    pub(super) late_downtime: Moments,
    /// Downtime of outages that planned work began.
    pub(super) planned: Moments,
    /// The time that all replications together were watched until their first failure.
    pub(super) time_to_first_s: CompensatedSum,
    /// Downtime of each window of the objective, and the share of a replication's windows that met it.
    pub(super) windows: Histogram,
    pub(super) window_downtime: Moments,
    pub(super) windows_met: Moments,
    /// Length of each outage, and of the longest of each replication (0 without any).
    pub(super) outages: Histogram,
    pub(super) longest: Histogram,
    pub(super) longest_mean: Moments,
    /// For each point of the curve: by how much the number of replications that are down there differs from the point before.
    down_steps: Vec<i64>,
    /// For each point, the number of replications whose first failure came after the previous point and
    /// not after this one.
    first_steps: Vec<u64>,
    pub(super) mission_survived: u64,
    /// Outages and downtime by cause.
    pub(super) by_cause: BTreeMap<Cause, CauseSums>,
}

/// What one cause brought about.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct CauseSums {
    pub(super) outages: u64,
    pub(super) downtime_s: CompensatedSum,
}

impl Sums for Tally {
    fn new() -> Self {
        let points = CURVE_POINTS + 2;
        Self { down_steps: vec![0; points], first_steps: vec![0; points], ..Self::default() }
    }

    fn merge(&mut self, other: &Self) {
        self.events += other.events;
        self.failing += other.failing;
        self.downtime.merge(&other.downtime);
        self.uptime.merge(&other.uptime);
        self.late_downtime.merge(&other.late_downtime);
        self.planned.merge(&other.planned);
        self.time_to_first_s.merge(&other.time_to_first_s);
        self.windows.merge(&other.windows);
        self.window_downtime.merge(&other.window_downtime);
        self.windows_met.merge(&other.windows_met);
        self.outages.merge(&other.outages);
        self.longest.merge(&other.longest);
        self.longest_mean.merge(&other.longest_mean);
        self.down_steps.iter_mut().zip(&other.down_steps).for_each(|(own, others)| *own += others);
        self.first_steps.iter_mut().zip(&other.first_steps).for_each(|(own, others)| *own += others);
        self.mission_survived += other.mission_survived;
        for (cause, others) in &other.by_cause {
            let own = self.by_cause.entry(*cause).or_default();
            own.outages += others.outages;
            own.downtime_s.merge(&others.downtime_s);
        }
    }

    fn tally(&self) -> &Tally {
        self
    }
}

impl Tally {
    /// Adds a replication, given its outages in order, disjoint and within the horizon.
    pub(super) fn observe(&mut self, scope: &Scope, outages: &[Outage], events: u64) {
        self.events += events;
        self.failing += u64::from(!outages.is_empty());
        let downtime_s = scope.sum_of(outages.iter().map(Outage::length_s));
        // An outage that is in progress at the start is downtime, but not a failure within the horizon.
        let failures = outages.iter().filter(|outage| outage.start_s > 0.0).count() as f64;
        self.downtime.add(failures, downtime_s);
        self.uptime.add(failures, scope.horizon_s - downtime_s);
        self.late_downtime.add(scope.late_downtime(outages));
        let planned = outages.iter().filter(|outage| outage.cause.kind == CauseKind::Planned);
        self.planned.add(scope.sum_of(planned.map(Outage::length_s)));
        self.observe_first(scope, outages);
        self.observe_windows(scope, outages);
        self.observe_each(scope, outages);
    }

    fn observe_first(&mut self, scope: &Scope, outages: &[Outage]) {
        let first_s = outages.first().map_or(f64::INFINITY, |outage| outage.start_s);
        self.time_to_first_s.add(first_s.min(scope.horizon_s));
        self.mission_survived += u64::from(first_s > scope.mission_s);
        if let Some(step) = self.first_steps.get_mut(scope.point_at_or_after(first_s)) {
            *step += 1;
        }
    }

    fn observe_windows(&mut self, scope: &Scope, outages: &[Outage]) {
        let mut rest = outages;
        let mut met = 0_u32;
        for window in 0..scope.windows {
            let from_s = f64::from(window) * scope.window_s;
            let to_s = from_s + scope.window_s;
            let mut down_s = 0.0;
            while let Some((outage, later)) = rest.split_first() {
                down_s += (outage.end_s.min(to_s) - outage.start_s.max(from_s)).max(0.0);
                // The outage continues in the next window, so it stays at the head of `rest`.
                if outage.end_s > to_s {
                    break;
                }
                rest = later;
            }
            self.windows.add(down_s);
            self.window_downtime.add(down_s);
            met += u32::from(scope.budget_s().is_none_or(|budget_s| down_s <= budget_s));
        }
        self.windows_met.add(f64::from(met) / f64::from(scope.windows));
    }

    fn observe_each(&mut self, scope: &Scope, outages: &[Outage]) {
        let mut longest_s = 0.0_f64;
        for outage in outages {
            let length_s = outage.length_s();
            longest_s = longest_s.max(length_s);
            self.outages.add(length_s);
            let sums = self.by_cause.entry(outage.cause).or_default();
            sums.outages += 1;
            sums.downtime_s.add(length_s);
            let from = scope.point_at_or_after(outage.start_s);
            let to = scope.first_point_up_after(outage.end_s);
            if from < to {
                self.down_steps[from.min(CURVE_POINTS + 1)] += 1;
                self.down_steps[to.min(CURVE_POINTS + 1)] -= 1;
            }
        }
        self.longest.add(longest_s);
        self.longest_mean.add(longest_s);
    }

    /// Returns the number of replications.
    pub fn replications(&self) -> u64 {
        self.downtime.n()
    }

    /// Returns the number of component events in all replications.
    pub fn events(&self) -> u64 {
        self.events
    }

    /// Returns for each point of the curve the number of replications that are down, and of those that
    /// have failed by then.
    pub(super) fn curve(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        let steps = self.down_steps.iter().zip(&self.first_steps).take(CURVE_POINTS + 1);
        steps.scan((0_i64, 0_u64), |(down, failed), (down_step, failed_step)| {
            *down += down_step;
            *failed += failed_step;
            Some((u64::try_from(*down).unwrap_or(0), *failed))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{CURVE_POINTS, Scope, Sums as _, Tally};
    use crate::simulate::monte_carlo::engine::outage::{Cause, CauseKind, Outage};
    use proptest::prelude::*;

    fn scope() -> Scope {
        Scope::new(100.0, Some(25.0), Some(0.1), None)
    }

    fn outage(start_s: f64, end_s: f64) -> Outage {
        Outage { start_s, end_s, cause: Cause { leaf: 0, kind: CauseKind::Failure } }
    }

    fn replications() -> impl Strategy<Value = Vec<Vec<Outage>>> {
        let one = prop::collection::vec((0.0..9.0_f64, 0.01..9.0_f64), 0..6).prop_map(|steps| {
            let mut at = 0.0;
            let mut list = Vec::new();
            for (gap, length) in steps {
                if at + gap + length > 100.0 {
                    break;
                }
                list.push(outage(at + gap, at + gap + length));
                at += gap + length + 0.001;
            }
            list
        });
        prop::collection::vec(one, 0..12)
    }

    proptest! {
        #[test]
        fn the_curve_counts_who_is_down_at_each_point(runs in replications()) {
            let scope = scope();
            let mut tally = Tally::new();
            for run in &runs {
                tally.observe(&scope, run, 0);
            }
            for (point, (down, failed)) in tally.curve().enumerate() {
                let at = scope.point_s(point);
                // A replication that is down at the horizon is down at the last point.
                let is_down =
                    |run: &&Vec<Outage>| run.iter().any(|o| o.start_s <= at && (at < o.end_s || o.end_s == 100.0));
                let has_failed = |run: &&Vec<Outage>| run.first().is_some_and(|o| o.start_s <= at);
                prop_assert_eq!(down as usize, runs.iter().filter(is_down).count());
                prop_assert_eq!(failed as usize, runs.iter().filter(has_failed).count());
            }
            prop_assert_eq!(tally.curve().count(), CURVE_POINTS + 1);
        }
    }

    #[test]
    fn downtime_is_assigned_to_the_windows_that_it_overlaps() {
        let scope = scope();
        let mut tally = Tally::new();
        tally.observe(&scope, &[outage(20.0, 30.0), outage(60.0, 61.0)], 0);
        let (least, greatest) = tally.windows.extremes().unwrap();
        assert_eq!((least, greatest), (0.0, 5.0));
        assert_eq!(tally.window_downtime.sum(), 11.0);
        assert_eq!(tally.windows_met.sum(), 0.5, "5 s > 2.5 s in two of four");
        assert_eq!(tally.late_downtime.sum(), 1.0);
    }
}
