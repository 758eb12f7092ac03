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
    /// The time until the first failure, at most the horizon.
    pub(super) time_to_first_s: Moments,
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
    #[cfg(test)]
    pub(super) fn observe(&mut self, scope: &Scope, outages: &[Outage], events: u64) {
        let mut observed = Observed::new(scope);
        observed.take(self, outages);
        observed.finish(self, events);
    }

    fn observe_outage(&mut self, scope: &Scope, outage: &Outage) {
        let length_s = outage.length_s();
        self.outages.add(length_s);
        let sums = self.by_cause.entry(outage.cause).or_default();
        sums.outages += 1;
        sums.downtime_s.add(length_s);
        self.down_steps[scope.point_at_or_after(outage.start_s)] += 1;
        self.down_steps[scope.first_point_up_after(outage.end_s)] -= 1;
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

/// What has been seen of a replication. Its outages come in order, slice by slice; the first one of a slice may
/// continue the last one of the slice before.
pub(super) struct Observed<'s> {
    scope: &'s Scope,
    /// The last outage, which the next slice may continue.
    open: Option<Outage>,
    first_s: f64,
    failures: f64,
    downtime_s: f64,
    late_downtime_s: f64,
    planned_s: f64,
    longest_s: f64,
    /// The window that time has reached, the downtime in it so far, and the windows before it that met the objective.
    window: u32,
    window_down_s: f64,
    windows_met: u32,
}

impl<'s> Observed<'s> {
    pub(super) fn new(scope: &'s Scope) -> Self {
        Self {
            scope,
            open: None,
            first_s: f64::INFINITY,
            failures: 0.0,
            downtime_s: 0.0,
            late_downtime_s: 0.0,
            planned_s: 0.0,
            longest_s: 0.0,
            window: 0,
            window_down_s: 0.0,
            windows_met: 0,
        }
    }

    /// Adds the outages of a slice.
    pub(super) fn take(&mut self, tally: &mut Tally, outages: &[Outage]) {
        for outage in outages {
            match &mut self.open {
                Some(open) if open.end_s >= outage.start_s => open.end_s = open.end_s.max(outage.end_s),
                _ => {
                    if let Some(whole) = self.open.replace(*outage) {
                        self.add(tally, &whole);
                    }
                }
            }
        }
    }

    fn add(&mut self, tally: &mut Tally, outage: &Outage) {
        let length_s = outage.length_s();
        self.first_s = self.first_s.min(outage.start_s);
        // An outage that is in progress at the start is downtime, but not a failure within the horizon.
        self.failures += f64::from(u8::from(outage.start_s > 0.0));
        self.downtime_s += length_s;
        self.late_downtime_s += (outage.end_s - outage.start_s.max(0.5 * self.scope.horizon_s)).max(0.0);
        if outage.cause.kind == CauseKind::Planned {
            self.planned_s += length_s;
        }
        self.longest_s = self.longest_s.max(length_s);
        tally.observe_outage(self.scope, outage);
        while self.window < self.scope.windows {
            let from_s = f64::from(self.window) * self.scope.window_s;
            let to_s = from_s + self.scope.window_s;
            self.window_down_s += (outage.end_s.min(to_s) - outage.start_s.max(from_s)).max(0.0);
            // The next outage may begin in this window.
            if outage.end_s <= to_s {
                break;
            }
            self.end_window(tally);
        }
    }

    fn end_window(&mut self, tally: &mut Tally) {
        let down_s = std::mem::take(&mut self.window_down_s);
        tally.windows.add(down_s);
        tally.window_downtime.add(down_s);
        self.windows_met += u32::from(self.scope.budget_s().is_none_or(|budget_s| down_s <= budget_s));
        self.window += 1;
    }

    /// Adds the replication, which took this number of events. Returns its downtime in seconds.
    pub(super) fn finish(mut self, tally: &mut Tally, events: u64) -> f64 {
        if let Some(whole) = self.open.take() {
            self.add(tally, &whole);
        }
        while self.window < self.scope.windows {
            self.end_window(tally);
        }
        let &Scope { horizon_s, mission_s, windows, .. } = self.scope;
        // Rounding may have led beyond the horizon.
        let downtime_s = self.downtime_s.min(horizon_s);
        tally.events += events;
        tally.failing += u64::from(self.first_s.is_finite());
        tally.downtime.add(self.failures, downtime_s);
        tally.uptime.add(self.failures, horizon_s - downtime_s);
        tally.late_downtime.add(self.late_downtime_s.min(horizon_s));
        tally.planned.add(self.planned_s.min(horizon_s));
        tally.time_to_first_s.add(self.first_s.min(horizon_s));
        tally.mission_survived += u64::from(self.first_s > mission_s);
        if let Some(step) = tally.first_steps.get_mut(self.scope.point_at_or_after(self.first_s)) {
            *step += 1;
        }
        tally.windows_met.add(f64::from(self.windows_met) / f64::from(windows));
        tally.longest.add(self.longest_s);
        tally.longest_mean.add(self.longest_s);
        downtime_s
    }
}

#[cfg(test)]
mod tests {
    use super::{CURVE_POINTS, Observed, Scope, Sums as _, Tally};
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

    #[test]
    fn an_outage_that_goes_on_in_the_next_slice_is_one() {
        let (scope, mut tally) = (scope(), Tally::new());
        let mut observed = Observed::new(&scope);
        observed.take(&mut tally, &[outage(1.0, 2.0), outage(5.0, 6.0)]);
        observed.take(&mut tally, &[outage(6.0, 8.0), outage(9.0, 9.5)]);
        assert_eq!(observed.finish(&mut tally, 0), 4.5);
        assert_eq!(tally.outages.n(), 3);
        assert_eq!(tally.longest.extremes(), Some((3.0, 3.0)));
    }

    #[test]
    fn what_comes_after_the_last_window_counts_for_none() {
        let scope = Scope::new(100.0, Some(30.0), Some(0.1), None);
        let mut tally = Tally::new();
        tally.observe(&scope, &[outage(80.0, 85.0), outage(92.0, 99.0)], 0);
        assert_eq!((tally.windows.n(), tally.windows.extremes()), (3, Some((0.0, 5.0))));
    }

    #[test]
    fn a_failure_at_the_end_of_the_mission_ends_it() {
        let scope = Scope::new(100.0, None, None, Some(50.0));
        let mut tally = Tally::new();
        for start_s in [50.0, 50.5] {
            tally.observe(&scope, &[outage(start_s, 60.0)], 0);
        }
        assert_eq!(tally.mission_survived, 1);
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
