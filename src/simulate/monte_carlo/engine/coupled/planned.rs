//! Planned work during a replication: inspections, maintenance and rolling schedules.

use super::cell::PlanFrame;
use super::record::{Phase, Recorder};
use super::sim::Sim;
use super::state::PlanState;
use super::unit::Age;
use crate::simulate::model::{Clock, Start};
use crate::simulate::monte_carlo::engine::outage::CauseKind;
use rand::RngExt as _;

impl<'m, R: Recorder> Sim<'_, 'm, R> {
    /// Returns the unit's individual schedules with the indices of their states.
    fn plans_of(&self, unit: u32) -> impl Iterator<Item = (PlanFrame<'m>, usize)> + use<'m, R> {
        let range = self.cell.units[unit as usize].plans.clone();
        let range = range.start as usize..range.end as usize;
        let frames: Vec<PlanFrame<'m>> = self.cell.plans[range.clone()].to_vec();
        frames.into_iter().zip(range)
    }

    /// Sets the first occasion of each of the unit's schedules.
    pub(super) fn start_plans(&mut self, unit: u32) {
        let stationary = self.cell.model.start == Start::Stationary;
        for (plan, index) in self.plans_of(unit) {
            let state = &mut self.state.plans[index];
            let mut first = plan.schedule.every.sample(&mut state.rng) * plan.phase;
            if stationary {
                // A stationary start lies at a uniformly distributed point of the interval.
                first *= state.rng.random::<f64>();
            }
            state.next_s = match plan.schedule.clock {
                Clock::Operating => first,
                Clock::Calendar | Clock::SinceLast => self.now_s + first,
            };
        }
    }

    /// Adds operating time to the unit's schedules.
    pub(super) fn count_operation(&mut self, unit: u32, operated_s: f64) {
        for index in self.cell.units[unit as usize].plans.clone() {
            self.state.plans[index as usize].operated_s += operated_s;
        }
    }

    /// Returns the time of the unit's next occasion, if its ageing rate does not change before.
    pub(super) fn next_occasion_s(&self, unit: u32) -> f64 {
        let range = self.cell.units[unit as usize].plans.clone();
        let due = range.map(|index| {
            let frame = &self.cell.plans[index as usize];
            self.occasion_s(unit, frame.schedule.clock, &self.state.plans[index as usize])
        });
        due.fold(f64::INFINITY, f64::min)
    }

    fn occasion_s(&self, unit: u32, clock: Clock, plan: &PlanState) -> f64 {
        let state = &self.state.units[unit as usize];
        match clock {
            Clock::Calendar | Clock::SinceLast => plan.next_s,
            Clock::Operating if state.speed > 0.0 => {
                state.since_s + (plan.next_s - plan.operated_s).max(0.0) / state.speed
            }
            Clock::Operating => f64::INFINITY,
        }
    }

    pub(super) fn occasion_is_due(&self, unit: u32) -> bool {
        self.next_occasion_s(unit) <= self.now_s
    }

    /// Handles an occasion that finds the unit up: the unit is out of service for as long as the work
    /// takes.
    pub(super) fn planned_occasion(&mut self, unit: u32) {
        let (duration, renews) = self.take_occasion(unit, |_| true);
        if renews {
            self.state.units[unit as usize].age_s = 0.0;
        }
        if duration > 0.0 {
            self.blame(unit, CauseKind::Planned);
            self.enter_until(unit, Phase::Planned, duration);
            self.goes_down(unit);
        } else {
            self.resume(unit);
        }
    }

    /// Takes the occasions that are due, of the schedules accepted by `counts`, and sets the next ones.
    /// Returns the total duration of the work, and whether the unit is as good as new afterwards.
    fn take_occasion(&mut self, unit: u32, counts: impl Fn(&PlanFrame<'m>) -> bool) -> (f64, bool) {
        let (mut duration, mut renews) = (0.0, false);
        let due: Vec<(PlanFrame<'m>, usize)> = self
            .plans_of(unit)
            .filter(|(plan, index)| {
                let due_s = self.occasion_s(unit, plan.schedule.clock, &self.state.plans[*index]);
                counts(plan) && due_s <= self.now_s
            })
            .collect();
        self.bring_age_up_to_date(unit);
        for (plan, index) in due {
            duration += plan.schedule.duration.sample(&mut self.state.units[unit as usize].rng);
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

    pub(super) fn planned_work_ends(&mut self, unit: u32) {
        let state = &mut self.state.units[unit as usize];
        let found_failed = std::mem::take(&mut state.found_failed);
        match self.cell.units[unit as usize].dynamics {
            Some(dynamics) if found_failed => self.begin_detection(unit, dynamics),
            _ => self.resume(unit),
        }
    }

    /// Brings the unit up after planned work, with its previous life, or a new one if the work renewed
    /// it.
    fn resume(&mut self, unit: u32) {
        // At age zero the work has renewed the unit, which therefore needs a new life.
        let age_s = self.state.units[unit as usize].age_s;
        self.comes_up(unit, if age_s > 0.0 { Age::Kept } else { Age::At(0.0) });
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
        self.state.units[unit as usize].found_failed = true;
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
        for index in self.cell.units[unit as usize].plans.clone() {
            let clock = self.cell.plans[index as usize].schedule.clock;
            let state = &mut self.state.plans[index as usize];
            while clock != Clock::Operating && state.next_s <= self.now_s {
                let every = self.cell.plans[index as usize].schedule.every.sample(&mut state.rng);
                // An interval of zero would loop forever.
                if !(every > 0.0) {
                    break;
                }
                state.next_s = every
                    + match clock {
                        Clock::SinceLast => self.now_s,
                        _ => state.next_s,
                    };
            }
        }
    }

    pub(super) fn schedule_rolling(&mut self, index: usize) {
        // Rolling schedules are the last elements of the cell.
        let element = (self.cell.elements - self.cell.rollings.len() + index) as u32;
        let stream = self.cell.shocks.len() + index;
        let every = self.cell.rollings[index].schedule.every.sample(&mut self.state.streams[stream]);
        self.state.agenda.set(element, self.now_s + every);
    }

    /// Takes the next unit in turn out of service, if all units are up.
    pub(super) fn rolling_event(&mut self, index: usize) {
        let rolling = &self.cell.rollings[index];
        let is_up = |unit: &u32| self.state.units[*unit as usize].phase == Phase::Up;
        let turn = self.state.turns[index] as usize % rolling.units.len();
        if let (true, Some(&unit)) = (rolling.units.iter().all(is_up), rolling.units.get(turn)) {
            self.state.turns[index] = turn as u32 + 1;
            self.bring_age_up_to_date(unit);
            let state = &mut self.state.units[unit as usize];
            let duration = rolling.schedule.duration.sample(&mut state.rng);
            if rolling.schedule.renews {
                state.age_s = 0.0;
            }
            self.blame(unit, CauseKind::Planned);
            self.enter_until(unit, Phase::Planned, duration);
            self.goes_down(unit);
        }
        self.schedule_rolling(index);
    }
}
