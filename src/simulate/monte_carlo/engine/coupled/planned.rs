//! Inspections, maintenance and rolling schedules.

use super::cell::PlanFrame;
use super::record::{Phase, Recorder};
use super::sim::Sim;
use super::state::PlanState;
use super::unit::Age;
use crate::simulate::model::{Clock, Start};
use crate::simulate::monte_carlo::engine::outage::CauseKind;
use rand::RngExt as _;

impl<'m, R: Recorder> Sim<'_, 'm, R> {
    /// The unit's clocks with their states' indices.
    fn plans_of(&self, unit: u32) -> impl Iterator<Item = (PlanFrame<'m>, usize)> + use<'m, R> {
        let range = self.cell.units[unit as usize].plans.clone();
        let range = range.start as usize..range.end as usize;
        let frames: Vec<PlanFrame<'m>> = self.cell.plans[range.clone()].to_vec();
        frames.into_iter().zip(range)
    }

    /// Sets the first occasion of each of the unit's clocks.
    pub(super) fn start_plans(&mut self, unit: u32) {
        let stationary = self.cell.model.start == Start::Stationary;
        for (plan, index) in self.plans_of(unit) {
            let state = &mut self.state.plans[index];
            let mut first = plan.schedule.every.sample(&mut state.rng) * plan.phase;
            if stationary {
                first *= state.rng.random::<f64>();
            }
            state.next_s = match plan.schedule.clock {
                Clock::Operating => first,
                Clock::Calendar | Clock::SinceLast => self.now_s + first,
            };
        }
    }

    /// Adds operating time to the unit's clocks.
    pub(super) fn count_operation(&mut self, unit: u32, operated_s: f64) {
        for index in self.cell.units[unit as usize].plans.clone() {
            self.state.plans[index as usize].operated_s += operated_s;
        }
    }

    /// When the first of the unit's occasions comes if it goes on as it does now.
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

    /// An occasion finds the unit up: it is out for as long as the work takes.
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

    /// Passes the occasions that are due, of the clocks that count, and sets the next ones. Returns how long their work takes, and
    /// whether the unit is new after it.
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

    /// Up after planned work, with the life it had, or a new one where the work renewed it.
    fn resume(&mut self, unit: u32) {
        let age_s = self.state.units[unit as usize].age_s;
        self.comes_up(unit, if age_s > 0.0 { Age::Kept } else { Age::At(0.0) });
    }

    /// The unit's failure is hidden: its next event is the next inspection.
    pub(super) fn schedule_hidden(&mut self, unit: u32) {
        let inspections = self.plans_of(unit).filter(|(plan, _)| plan.inspects);
        let due = inspections.map(|(_, index)| self.state.plans[index].next_s);
        let due_s = due.fold(f64::INFINITY, f64::min);
        self.state.agenda.set(unit, due_s);
    }

    /// The inspection finds the failure: it takes its time, then detection and repair follow. No other work is done on a unit that is
    /// down, and what was due is left out.
    pub(super) fn inspected_while_hidden(&mut self, unit: u32) {
        let (duration, _) = self.take_occasion(unit, |plan| plan.inspects);
        self.state.units[unit as usize].found_failed = true;
        self.enter_until(unit, Phase::Planned, duration);
    }

    /// After a repair: clocks that count from the last work start anew.
    pub(super) fn restart_plans(&mut self, unit: u32) {
        for (plan, index) in self.plans_of(unit) {
            if plan.schedule.clock == Clock::SinceLast {
                let state = &mut self.state.plans[index];
                state.next_s = self.now_s + plan.schedule.every.sample(&mut state.rng);
            }
        }
    }

    /// Whenever a unit comes up, occasions that were due meanwhile are left out: a calendar goes on to its next one, an interval from
    /// the last work starts anew.
    pub(super) fn pass_missed_occasions(&mut self, unit: u32) {
        for index in self.cell.units[unit as usize].plans.clone() {
            let clock = self.cell.plans[index as usize].schedule.clock;
            let state = &mut self.state.plans[index as usize];
            while clock != Clock::Operating && state.next_s <= self.now_s {
                let every = self.cell.plans[index as usize].schedule.every.sample(&mut state.rng);
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
        let element = (self.cell.elements - self.cell.rollings.len() + index) as u32;
        let stream = self.cell.shocks.len() + index;
        let every = self.cell.rollings[index].schedule.every.sample(&mut self.state.streams[stream]);
        self.state.agenda.set(element, self.now_s + every);
    }

    /// The next unit in turn is taken out, if all are up.
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
