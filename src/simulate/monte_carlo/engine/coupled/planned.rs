//! Planned work during a replication: inspections, maintenance and rolling schedules.

use super::cell::PlanFrame;
use super::record::{Phase, Recorder};
use super::sim::Sim;
use crate::simulate::model::{Clock, Dynamics, Start};
use rand::RngExt as _;

impl<'a, 'm, R: Recorder> Sim<'a, 'm, R> {
    /// Returns the unit's individual schedules with the indices of their states.
    fn plans_of(&self, unit: u32) -> impl Iterator<Item = (&'a PlanFrame<'m>, usize)> + use<'a, 'm, R> {
        let (cell, range) = (self.cell, &self.frame(unit).plans);
        let range = range.start as usize..range.end as usize;
        cell.plans[range.clone()].iter().zip(range)
    }

    /// Sets the first occasion of each of the unit's schedules.
    pub(super) fn start_plans(&mut self, unit: u32) {
        let stationary = self.cell.model.start == Start::Stationary;
        for (plan, index) in self.plans_of(unit) {
            let state = &mut self.state.plans[index];
            let every_s = plan.schedule.every.sample(&mut state.rng);
            // A stationary start lies at a uniformly distributed point of the interval.
            state.next_s = match plan.schedule.clock {
                Clock::Operating | Clock::SinceLast if stationary => {
                    every_s * plan.share * state.rng.random::<f64>()
                }
                Clock::Calendar if stationary => {
                    // Counted from time zero, so that units with another warm-up keep their offsets.
                    let first_s = every_s * (plan.share + state.point).fract();
                    let skipped = ((first_s - self.now_s) / every_s).ceil() - 1.0;
                    first_s - self.now_s - every_s * skipped.max(0.0)
                }
                _ => every_s * plan.share,
            };
            if plan.schedule.clock != Clock::Operating {
                state.next_s += self.now_s;
            }
        }
    }

    /// Adds operating time to the unit's schedules.
    pub(super) fn count_operation(&mut self, unit: u32, operated_s: f64) {
        for index in self.frame(unit).plans.clone() {
            self.state.plans[index as usize].operated_s += operated_s;
        }
    }

    /// Returns the time of the unit's next occasion, if its ageing rate does not change before.
    pub(super) fn next_occasion_s(&self, unit: u32) -> f64 {
        let due = self.plans_of(unit).map(|(plan, index)| self.occasion_s(unit, plan, index));
        due.fold(f64::INFINITY, f64::min)
    }

    fn occasion_s(&self, unit: u32, plan: &PlanFrame<'m>, index: usize) -> f64 {
        let (unit, own) = (&self.state.units[unit as usize], &self.state.plans[index]);
        match plan.schedule.clock {
            Clock::Calendar | Clock::SinceLast => own.next_s,
            Clock::Operating if unit.speed > 0.0 => {
                unit.since_s + (own.next_s - own.operated_s).max(0.0) / unit.speed
            }
            Clock::Operating => f64::INFINITY,
        }
    }

    pub(super) fn occasion_is_due(&self, unit: u32) -> bool {
        self.next_occasion_s(unit) <= self.now_s
    }

    /// Handles an occasion that finds the unit up: the unit is out of service for as long as the work
    /// takes.
    pub(super) fn planned_occasion(&mut self, unit: u32, dynamics: &'m Dynamics) {
        let (duration, renews) = self.take_occasion(unit, |_| true);
        if renews {
            self.unit(unit).age_s = 0.0;
        }
        if duration > 0.0 {
            self.take_out(unit, Phase::Planned, duration);
        } else {
            self.resume(unit, dynamics);
        }
    }

    /// Takes the occasions that are due, of the schedules accepted by `counts`, and sets the next ones.
    /// Returns the total duration of the work, and whether the unit is as good as new afterwards.
    fn take_occasion(&mut self, unit: u32, counts: impl Fn(&PlanFrame<'m>) -> bool) -> (f64, bool) {
        let (mut duration, mut renews) = (0.0, false);
        let is_due = |(plan, index): &(&'a PlanFrame<'m>, usize)| {
            counts(plan) && self.occasion_s(unit, plan, *index) <= self.now_s
        };
        let due: Vec<(&PlanFrame<'m>, usize)> = self.plans_of(unit).filter(is_due).collect();
        self.bring_age_up_to_date(unit);
        for (plan, index) in due {
            duration += plan.schedule.duration.sample(&mut self.unit(unit).rng);
            renews |= plan.schedule.renews;
            let state = &mut self.state.plans[index];
            let every = plan.schedule.every.sample(&mut state.rng);
            // The calendar counts from the scheduled time of this occasion, the other clocks from its
            // end.
            state.next_s = match plan.schedule.clock {
                Clock::Calendar => state.next_s + every,
                Clock::Operating => state.operated_s + every,
                Clock::SinceLast => self.now_s + duration + every,
            };
        }
        (duration, renews)
    }

    pub(super) fn planned_work_ends(&mut self, unit: u32, dynamics: &'m Dynamics) {
        if std::mem::take(&mut self.unit(unit).found_failed) {
            self.begin_detection(unit, dynamics);
        } else {
            self.resume(unit, dynamics);
        }
    }

    /// Brings the unit up after planned work, with its previous life, or a new one if the work renewed
    /// it.
    fn resume(&mut self, unit: u32, dynamics: &'m Dynamics) {
        // At age zero the work has renewed the unit, which therefore needs a new life.
        if self.unit(unit).age_s > 0.0 {
            self.comes_up(unit);
        } else {
            self.comes_up_at(unit, dynamics, 0.0);
        }
    }

    /// Schedules the next inspection as the next event of a unit with a hidden failure.
    pub(super) fn schedule_hidden(&mut self, unit: u32) {
        let inspections = self.plans_of(unit).filter(|(plan, _)| plan.inspects);
        let due = inspections.map(|(_, index)| self.state.plans[index].next_s);
        let due_s = due.fold(f64::INFINITY, f64::min);
        self.state.agenda.set(unit, due_s);
    }

    /// Handles an inspection that finds a failure: after its duration, detection and repair follow.
    /// Other work that is due on a unit that is down is skipped.
    pub(super) fn inspected_while_hidden(&mut self, unit: u32) {
        let (duration, _) = self.take_occasion(unit, |plan| plan.inspects);
        self.unit(unit).found_failed = true;
        self.enter_until(unit, Phase::Planned, duration);
    }

    /// Restarts the intervals of the unit's since-last schedules after a repair.
    pub(super) fn restart_plans(&mut self, unit: u32) {
        for (plan, index) in self.plans_of(unit) {
            if plan.schedule.clock == Clock::SinceLast {
                let state = &mut self.state.plans[index];
                state.next_s = self.now_s + plan.schedule.every.sample(&mut state.rng);
            }
        }
    }

    /// Skips occasions that were due while the unit was not up: a calendar continues with its next
    /// occasion, a since-last interval starts again.
    pub(super) fn pass_missed_occasions(&mut self, unit: u32) {
        for (plan, index) in self.plans_of(unit) {
            let clock = plan.schedule.clock;
            let state = &mut self.state.plans[index];
            while clock != Clock::Operating && state.next_s <= self.now_s {
                let every = plan.schedule.every.sample(&mut state.rng);
                // An interval of zero would loop forever.
                if !(every > 0.0) {
                    break;
                }
                let from_s = if clock == Clock::SinceLast { self.now_s } else { state.next_s };
                state.next_s = every + from_s;
            }
        }
    }

    /// Sets the first occasion of a rolling schedule.
    pub(super) fn start_rolling(&mut self, index: usize) {
        let stationary = self.cell.model.start == Start::Stationary;
        let stream = self.cell.shocks.len() + index;
        let share = if stationary { self.state.streams[stream].random::<f64>() } else { 1.0 };
        self.schedule_rolling(index, share);
    }

    /// Sets the next occasion of a rolling schedule, after this share of its interval.
    fn schedule_rolling(&mut self, index: usize, share: f64) {
        let element = self.cell.shock_elements.end + index as u32;
        let stream = self.cell.shocks.len() + index;
        let every_s = self.cell.rollings[index].schedule.every.sample(&mut self.state.streams[stream]);
        self.state.agenda.set(element, self.now_s + every_s * share);
    }

    /// Takes the next unit in turn out of service, if all units are up.
    pub(super) fn rolling_event(&mut self, index: usize) {
        let rolling = &self.cell.rollings[index];
        let is_up = |unit: &u32| self.state.units[*unit as usize].phase == Phase::Up;
        let turn = self.state.turns[index] as usize % rolling.units.len();
        if let (true, Some(&unit)) = (rolling.units.iter().all(is_up), rolling.units.get(turn)) {
            self.state.turns[index] = turn as u32 + 1;
            self.bring_age_up_to_date(unit);
            let state = self.unit(unit);
            let duration = rolling.schedule.duration.sample(&mut state.rng);
            if rolling.schedule.renews {
                state.age_s = 0.0;
            }
            self.take_out(unit, Phase::Planned, duration);
        }
        self.schedule_rolling(index, 1.0);
    }
}
