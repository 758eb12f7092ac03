//! The cycle of a unit: up, failed, detected, restarted or repaired, and up again.

use super::crew::Answer;
use super::record::{Phase, Recorder};
use super::sim::Sim;
use super::state::UnitState;
use crate::simulate::model::{Dynamics, Life, RepairEffect, Start};
use crate::simulate::monte_carlo::engine::outage::{Cause, CauseKind};
use crate::stats::distribution::Distribution;
use rand::RngExt as _;

/// The operating age at which a unit comes up again.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Age {
    /// At this age, with a newly drawn residual life.
    At(f64),
    /// At its previous age, with the life drawn before.
    Kept,
}

impl<'m, R: Recorder> Sim<'_, 'm, R> {
    pub(super) fn start_unit(&mut self, unit: u32) {
        self.state.units[unit as usize].since_s = self.now_s;
        match self.cell.units[unit as usize].life {
            Life::Fixed { unavailability } => {
                let rng = &mut self.state.units[unit as usize].rng;
                if rng.random::<f64>() < *unavailability {
                    self.blame(unit, CauseKind::Failure);
                    self.enter(unit, Phase::Dead);
                    self.goes_down(unit);
                }
            }
            Life::Dynamic(dynamics) => {
                self.start_plans(unit);
                if self.cell.model.start == Start::Stationary {
                    self.start_stationary(unit, dynamics);
                } else {
                    self.renew(unit, 0.0);
                }
            }
        }
    }

    /// Starts a unit in the stationary state of a single unit: up with a residual life, or down with the
    /// rest of its detection or repair time. Units with inspections or restarts start up; the warm-up
    /// takes them to their stationary state. Units that are never repaired start new.
    fn start_stationary(&mut self, unit: u32, dynamics: &'m Dynamics) {
        let Some(repair) = &dynamics.repair else {
            return self.renew(unit, 0.0);
        };
        let up_s = dynamics.failure.mean();
        let detection_s = dynamics.detection.as_ref().map_or(0.0, Distribution::mean);
        let state = &mut self.state.units[unit as usize];
        let at = state.rng.random::<f64>() * (up_s + detection_s + repair.mean());
        if at < up_s || dynamics.inspection.is_some() || dynamics.restart.is_some() {
            state.age_s = 0.0;
            state.life_s = dynamics.failure.sample_equilibrium(&mut state.rng);
            return self.adjust_speed(unit);
        }
        self.blame(unit, CauseKind::Failure);
        let state = &mut self.state.units[unit as usize];
        match &dynamics.detection {
            Some(detection) if at < up_s + detection_s => {
                let rest = detection.sample_equilibrium(&mut state.rng);
                self.enter_until(unit, Phase::Undetected, rest);
                self.goes_down(unit);
            }
            _ => {
                state.work_left_s = Some(repair.sample_equilibrium(&mut state.rng));
                self.enter(unit, Phase::Undetected);
                self.goes_down(unit);
                self.call_crew(unit);
            }
        }
    }

    pub(super) fn unit_event(&mut self, unit: u32) {
        match self.state.units[unit as usize].phase {
            Phase::Up => self.up_event(unit),
            Phase::Hidden => self.inspected_while_hidden(unit),
            Phase::Undetected => self.detected(unit),
            Phase::Restarting => self.restart_ends(unit),
            Phase::BackingOff => self.restart(unit),
            Phase::InRepair => self.repaired(unit),
            Phase::Planned => self.planned_work_ends(unit),
            Phase::Replacing => self.comes_up(unit, Age::At(0.0)),
            Phase::Waiting | Phase::Dead => {}
        }
    }

    /// Handles the event of a unit that is up: planned work, a replacement by age, or a failure.
    fn up_event(&mut self, unit: u32) {
        let frame = &self.cell.units[unit as usize];
        let Some(dynamics) = frame.dynamics else {
            return;
        };
        // Fast path: a plain unit has no detection, restart or planned work, so the event is a failure
        // and the repair can begin.
        if frame.plain {
            self.blame(unit, CauseKind::Failure);
            self.call_crew(unit);
            return self.goes_down(unit);
        }
        if self.occasion_is_due(unit) {
            return self.planned_occasion(unit);
        }
        let state = &self.state.units[unit as usize];
        match &dynamics.replacement {
            Some(replacement) if replacement.age_s <= state.life_s => {
                let state = &mut self.state.units[unit as usize];
                let duration = replacement.duration.sample(&mut state.rng);
                self.blame(unit, CauseKind::Planned);
                self.enter_until(unit, Phase::Replacing, duration);
                self.goes_down(unit);
            }
            _ => {
                self.blame(unit, CauseKind::Failure);
                self.fail(unit, dynamics);
            }
        }
    }

    /// Makes the unit fail by a common cause, if it is up.
    pub(super) fn strike(&mut self, unit: u32) {
        if self.state.units[unit as usize].phase == Phase::Up
            && let Some(dynamics) = self.cell.units[unit as usize].dynamics
        {
            self.bring_age_up_to_date(unit);
            self.fail(unit, dynamics);
        }
    }

    fn fail(&mut self, unit: u32, dynamics: &'m Dynamics) {
        let state = &mut self.state.units[unit as usize];
        state.attempts = 0;
        if dynamics.inspection.is_some() {
            self.enter(unit, Phase::Hidden);
            self.schedule_hidden(unit);
        } else {
            self.begin_detection(unit, dynamics);
        }
        self.goes_down(unit);
    }

    pub(super) fn begin_detection(&mut self, unit: u32, dynamics: &'m Dynamics) {
        match &dynamics.detection {
            Some(detection) => {
                let delay = detection.sample(&mut self.state.units[unit as usize].rng);
                self.enter_until(unit, Phase::Undetected, delay);
            }
            None => self.detected(unit),
        }
    }

    fn detected(&mut self, unit: u32) {
        let has_restart = self.cell.units[unit as usize].dynamics.is_some_and(|d| d.restart.is_some());
        if has_restart && self.state.units[unit as usize].attempts == 0 {
            self.restart(unit);
        } else {
            self.call_crew(unit);
        }
    }

    fn restart(&mut self, unit: u32) {
        let Some(restart) = self.cell.units[unit as usize].dynamics.and_then(|d| d.restart.as_ref()) else {
            return;
        };
        let state = &mut self.state.units[unit as usize];
        state.attempts += 1;
        let duration = restart.attempt.sample(&mut state.rng);
        self.enter_until(unit, Phase::Restarting, duration);
    }

    fn restart_ends(&mut self, unit: u32) {
        let Some(restart) = self.cell.units[unit as usize].dynamics.and_then(|d| d.restart.as_ref()) else {
            return;
        };
        let state = &mut self.state.units[unit as usize];
        if state.rng.random::<f64>() < restart.success {
            let age_s = state.age_s;
            self.comes_up(unit, Age::At(age_s));
        } else if state.attempts < restart.limit {
            let wait = restart.wait_s(state.attempts);
            self.enter_until(unit, Phase::BackingOff, wait);
        } else {
            self.call_crew(unit);
        }
    }

    fn call_crew(&mut self, unit: u32) {
        let frame = &self.cell.units[unit as usize];
        let repairable = frame.plain || frame.dynamics.is_some_and(|d| d.repair.is_some());
        if !repairable {
            self.enter(unit, Phase::Dead);
            return;
        }
        let Some((crew, rank)) = frame.crew else {
            return self.start_repair(unit);
        };
        let Some(rules) = self.cell.crew(crew) else {
            return self.start_repair(unit);
        };
        match self.state.crews[crew as usize].ask(rules, unit, rank) {
            Answer::Starts => self.start_repair(unit),
            Answer::Waits => self.enter(unit, Phase::Waiting),
            Answer::Interrupts(other) => {
                // Remember the remaining work, so that the repair resumes where it was interrupted.
                let due_s = self.state.agenda.due_s(other);
                self.state.units[other as usize].work_left_s = Some(due_s - self.now_s);
                self.enter(other, Phase::Waiting);
                self.start_repair(unit);
            }
        }
    }

    fn start_repair(&mut self, unit: u32) {
        let Some(repair) = self.cell.units[unit as usize].dynamics.and_then(|d| d.repair.as_ref()) else {
            return;
        };
        let state = &mut self.state.units[unit as usize];
        let work = state.work_left_s.take();
        let work = work.unwrap_or_else(|| repair.sample(&mut state.rng));
        self.enter_until(unit, Phase::InRepair, work);
    }

    fn repaired(&mut self, unit: u32) {
        if let Some((crew, _)) = self.cell.units[unit as usize].crew
            && let Some(rules) = self.cell.crew(crew)
            && let Some(next) = self.state.crews[crew as usize].finish(rules, unit)
        {
            self.start_repair(next);
        }
        let frame = &self.cell.units[unit as usize];
        if frame.plain {
            return self.comes_up(unit, Age::At(0.0));
        }
        let effect = frame.dynamics.map_or(RepairEffect::AsNew, |d| d.repair_effect);
        let hidden = frame.dynamics.is_some_and(|d| d.inspection.is_some());
        let age_s = match effect {
            _ if hidden => 0.0,
            RepairEffect::AsNew => 0.0,
            RepairEffect::AsOld => self.state.units[unit as usize].age_s,
            RepairEffect::AgeFactor(factor) => self.state.units[unit as usize].age_s * factor,
        };
        self.restart_plans(unit);
        self.comes_up(unit, Age::At(age_s));
    }

    /// Brings the unit up.
    pub(super) fn comes_up(&mut self, unit: u32, age: Age) {
        let state = &mut self.state.units[unit as usize];
        state.phase = Phase::Up;
        state.since_s = self.now_s;
        self.pass_missed_occasions(unit);
        self.blame(unit, CauseKind::Failure);
        match age {
            Age::At(age_s) => self.renew(unit, age_s),
            Age::Kept => self.adjust_speed(unit),
        }
        self.recorder.phase(self.now_s, self.cell.units[unit as usize].number, Phase::Up);
        self.set_leaf(unit, false);
        self.stir_slot_of(unit);
    }

    /// Sets the unit's age and draws its residual life from there.
    fn renew(&mut self, unit: u32, age_s: f64) {
        let Some(dynamics) = self.cell.units[unit as usize].dynamics else {
            return;
        };
        let state = &mut self.state.units[unit as usize];
        state.age_s = age_s;
        state.life_s = if age_s > 0.0 {
            age_s + dynamics.failure.sample_residual(age_s, &mut state.rng)
        } else {
            dynamics.failure.sample(&mut state.rng)
        };
        state.since_s = self.now_s;
        self.adjust_speed(unit);
    }

    /// Enters a phase without a scheduled end.
    pub(super) fn enter(&mut self, unit: u32, phase: Phase) {
        self.enter_until(unit, phase, f64::INFINITY);
    }

    /// Enters a phase that ends after `duration_s`. A unit that leaves `Up` stops ageing.
    pub(super) fn enter_until(&mut self, unit: u32, phase: Phase, duration_s: f64) {
        if self.state.units[unit as usize].phase == Phase::Up {
            self.bring_age_up_to_date(unit);
        }
        let state = &mut self.state.units[unit as usize];
        state.phase = phase;
        state.speed = 0.0;
        self.state.agenda.set(unit, self.now_s + duration_s);
        self.recorder.phase(self.now_s, self.cell.units[unit as usize].number, phase);
    }

    /// Updates the leaf and the standby slot of a unit that has just left `Up`.
    pub(super) fn goes_down(&mut self, unit: u32) {
        self.set_leaf(unit, true);
        self.stir_slot_of(unit);
    }

    pub(super) fn blame(&mut self, unit: u32, kind: CauseKind) {
        self.cause = Cause { leaf: self.cell.units[unit as usize].number, kind };
    }

    /// Sets the ageing rate of a unit that is up, and reschedules its next event.
    pub(super) fn adjust_speed(&mut self, unit: u32) {
        if self.state.units[unit as usize].phase != Phase::Up {
            return;
        }
        self.bring_age_up_to_date(unit);
        let speed = if self.state.suspended { 0.0 } else { self.service_speed(unit) };
        self.state.units[unit as usize].speed = speed;
        self.schedule_up(unit);
    }

    pub(super) fn bring_age_up_to_date(&mut self, unit: u32) {
        let state = &mut self.state.units[unit as usize];
        let operated_s = (self.now_s - state.since_s) * state.speed;
        state.age_s += operated_s;
        state.since_s = self.now_s;
        self.count_operation(unit, operated_s);
    }

    /// Schedules the next event of a unit that is up: its failure, its replacement or planned work,
    /// whichever is first.
    fn schedule_up(&mut self, unit: u32) {
        let frame = &self.cell.units[unit as usize];
        let Some(dynamics) = frame.dynamics else {
            return;
        };
        let state = &self.state.units[unit as usize];
        if frame.plain {
            let due_s = due_at(state, state.life_s);
            return self.state.agenda.set(unit, due_s);
        }
        let limit_s = dynamics
            .replacement
            .as_ref()
            .map_or(state.life_s, |replacement| state.life_s.min(replacement.age_s));
        let due_s = due_at(state, limit_s).min(self.next_occasion_s(unit));
        self.state.agenda.set(unit, due_s);
    }
}

/// Returns the time at which a unit reaches an age at its current ageing rate.
#[inline]
fn due_at(state: &UnitState, age_s: f64) -> f64 {
    if state.speed == 1.0 {
        state.since_s + (age_s - state.age_s).max(0.0)
    } else if state.speed > 0.0 {
        state.since_s + (age_s - state.age_s).max(0.0) / state.speed
    } else {
        f64::INFINITY
    }
}
