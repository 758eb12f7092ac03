//! The cycle of a unit: up, failed, detected, restarted or repaired, and up again.

use super::cell::UnitFrame;
use super::crew::Answer;
use super::record::{Phase, Recorder};
use super::sim::Sim;
use super::state::UnitState;
use crate::base::random::FastRng;
use crate::simulate::model::{Dynamics, Life, RepairEffect, Restart, Start};
use crate::simulate::monte_carlo::engine::outage::{Cause, CauseKind};
use crate::stats::distribution::Distribution;
use rand::RngExt as _;

impl<'a, 'm, R: Recorder> Sim<'a, 'm, R> {
    /// Returns the data about a unit that are constant.
    pub(super) fn frame(&self, unit: u32) -> &'a UnitFrame<'m> {
        let cell = self.cell;
        &cell.units[unit as usize]
    }

    /// Returns the state of a unit.
    pub(super) fn unit(&mut self, unit: u32) -> &mut UnitState {
        &mut self.state.units[unit as usize]
    }

    pub(super) fn start_unit(&mut self, unit: u32) {
        match self.frame(unit).life {
            Life::Fixed { unavailability } => {
                if self.unit(unit).rng.random::<f64>() < *unavailability {
                    self.attribute(unit, CauseKind::Failure);
                    self.enter(unit, Phase::Dead);
                    self.goes_down(unit);
                }
            }
            Life::Dynamic(dynamics) => {
                self.start_plans(unit);
                if self.cell.model.start == Start::Stationary {
                    self.start_stationary(unit, dynamics);
                } else {
                    self.renew(unit, dynamics, 0.0);
                }
            }
        }
    }

    /// Starts a unit in the stationary state of a single unit: up with a residual life, or with the rest of its
    /// replacement, detection, restart or repair. Units with inspections start up; the warm-up takes them to their
    /// stationary state. Units that are never repaired start new.
    fn start_stationary(&mut self, unit: u32, dynamics: &'m Dynamics) {
        let Some(repair) = &dynamics.repair else {
            return self.renew(unit, dynamics, 0.0);
        };
        let stages = Stages::of(dynamics, repair.mean());
        let state = self.unit(unit);
        let mut at_s = state.rng.random::<f64>() * stages.total_s();
        let mut is_in = |stage_s: f64| {
            at_s -= stage_s;
            at_s < 0.0
        };
        if is_in(stages.up_s) || dynamics.inspection.is_some() {
            match &dynamics.replacement {
                Some(replacement) => {
                    state.age_s = age_before(&dynamics.failure, replacement.age_s, &mut state.rng);
                    let rest_s = dynamics.failure.sample_residual(state.age_s, &mut state.rng);
                    state.life_s = state.age_s + rest_s;
                }
                None => state.life_s = dynamics.failure.sample_equilibrium(&mut state.rng),
            }
            return self.adjust_speed(unit);
        }
        if let (Some(detection), true) = (&dynamics.detection, is_in(stages.detection_s)) {
            let rest_s = detection.sample_equilibrium(&mut state.rng);
            return self.enter_down(unit, CauseKind::Failure, Phase::Undetected, rest_s);
        }
        if let (Some(restart), true) = (&dynamics.restart, is_in(stages.restart_s)) {
            // The waits between attempts are taken for a part of them.
            while state.attempts + 1 < restart.limit && state.rng.random::<f64>() >= restart.success {
                state.attempts += 1;
            }
            state.attempts += 1;
            let rest_s = restart.attempt.sample_equilibrium(&mut state.rng);
            return self.enter_down(unit, CauseKind::Failure, Phase::Restarting, rest_s);
        }
        if let (Some(replacement), true) = (&dynamics.replacement, is_in(stages.replacement_s)) {
            let rest_s = replacement.duration.sample_equilibrium(&mut state.rng);
            return self.enter_down(unit, CauseKind::Planned, Phase::Replacing, rest_s);
        }
        state.work_left_s = Some(repair.sample_equilibrium(&mut state.rng));
        self.enter_down(unit, CauseKind::Failure, Phase::Undetected, f64::INFINITY);
        self.call_crew(unit, dynamics);
    }

    /// Takes a unit down, in a phase that lasts so long.
    fn enter_down(&mut self, unit: u32, kind: CauseKind, phase: Phase, rest_s: f64) {
        self.attribute(unit, kind);
        self.enter_until(unit, phase, rest_s);
        self.goes_down(unit);
    }

    pub(super) fn unit_event(&mut self, unit: u32) {
        let Some(dynamics) = self.frame(unit).dynamics else { return };
        match self.unit(unit).phase {
            Phase::Up => self.up_event(unit, dynamics),
            Phase::Hidden => self.inspected_while_hidden(unit),
            Phase::Undetected => self.detected(unit, dynamics),
            Phase::Restarting => self.restart_ends(unit, dynamics),
            Phase::BackingOff => self.restart(unit, dynamics),
            Phase::InRepair => self.repaired(unit, dynamics),
            Phase::Planned => self.planned_work_ends(unit, dynamics),
            Phase::Replacing => self.comes_up_at(unit, dynamics, 0.0),
            Phase::Waiting | Phase::Dead => {}
        }
    }

    /// Handles the event of a unit that is up: planned work, a replacement by age, or a failure.
    fn up_event(&mut self, unit: u32, dynamics: &'m Dynamics) {
        // Fast path: a plain unit has no detection, restart or planned work, so the event is a failure
        // and the repair can begin.
        if self.frame(unit).plain {
            self.attribute(unit, CauseKind::Failure);
            self.call_crew(unit, dynamics);
            return self.goes_down(unit);
        }
        if self.occasion_is_due(unit) {
            return self.planned_occasion(unit, dynamics);
        }
        let state = self.unit(unit);
        match &dynamics.replacement {
            Some(replacement) if replacement.age_s <= state.life_s => {
                let duration = replacement.duration.sample(&mut state.rng);
                self.take_out(unit, Phase::Replacing, duration);
            }
            _ => {
                self.attribute(unit, CauseKind::Failure);
                self.fail(unit, dynamics);
            }
        }
    }

    /// Makes the unit fail by a common cause, if it is up.
    pub(super) fn strike(&mut self, unit: u32) {
        if self.unit(unit).phase == Phase::Up
            && let Some(dynamics) = self.frame(unit).dynamics
        {
            self.bring_age_up_to_date(unit);
            self.fail(unit, dynamics);
        }
    }

    fn fail(&mut self, unit: u32, dynamics: &'m Dynamics) {
        self.unit(unit).attempts = 0;
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
                let delay = detection.sample(&mut self.unit(unit).rng);
                self.enter_until(unit, Phase::Undetected, delay);
            }
            None => self.detected(unit, dynamics),
        }
    }

    fn detected(&mut self, unit: u32, dynamics: &'m Dynamics) {
        if dynamics.restart.is_some() && self.unit(unit).attempts == 0 {
            self.restart(unit, dynamics);
        } else {
            self.call_crew(unit, dynamics);
        }
    }

    fn restart(&mut self, unit: u32, dynamics: &'m Dynamics) {
        let Some(restart) = &dynamics.restart else { return };
        let state = self.unit(unit);
        state.attempts += 1;
        let duration = restart.attempt.sample(&mut state.rng);
        self.enter_until(unit, Phase::Restarting, duration);
    }

    fn restart_ends(&mut self, unit: u32, dynamics: &'m Dynamics) {
        let Some(restart) = &dynamics.restart else { return };
        let state = self.unit(unit);
        if state.rng.random::<f64>() < restart.success {
            let age_s = state.age_s;
            self.comes_up_at(unit, dynamics, age_s);
        } else if state.attempts < restart.limit {
            let wait = restart.wait_s(state.attempts);
            self.enter_until(unit, Phase::BackingOff, wait);
        } else {
            self.call_crew(unit, dynamics);
        }
    }

    fn call_crew(&mut self, unit: u32, dynamics: &'m Dynamics) {
        if dynamics.repair.is_none() {
            return self.enter(unit, Phase::Dead);
        }
        let Some((crew, rank)) = self.frame(unit).crew else {
            return self.start_repair(unit, dynamics);
        };
        match self.state.crews[crew as usize].ask(self.cell.crews[crew as usize], unit, rank) {
            Answer::Starts => self.start_repair(unit, dynamics),
            Answer::Waits => self.enter(unit, Phase::Waiting),
            Answer::Interrupts(other) => {
                // Remember the remaining work, so that the repair resumes where it was interrupted.
                let work_left_s = self.state.agenda.due_s(other) - self.now_s;
                self.unit(other).work_left_s = Some(work_left_s);
                self.enter(other, Phase::Waiting);
                self.start_repair(unit, dynamics);
            }
        }
    }

    fn start_repair(&mut self, unit: u32, dynamics: &'m Dynamics) {
        let Some(repair) = &dynamics.repair else { return };
        let state = self.unit(unit);
        let work = state.work_left_s.take();
        let work = work.unwrap_or_else(|| repair.sample(&mut state.rng));
        self.enter_until(unit, Phase::InRepair, work);
    }

    fn repaired(&mut self, unit: u32, dynamics: &'m Dynamics) {
        if let Some((crew, _)) = self.frame(unit).crew
            && let Some(next) = self.state.crews[crew as usize].finish(self.cell.crews[crew as usize], unit)
            && let Some(dynamics) = self.frame(next).dynamics
        {
            self.start_repair(next, dynamics);
        }
        if self.frame(unit).plain {
            return self.comes_up_at(unit, dynamics, 0.0);
        }
        let age_s = self.unit(unit).age_s;
        let age_s = match dynamics.repair_effect {
            _ if dynamics.inspection.is_some() => 0.0,
            RepairEffect::AsNew => 0.0,
            RepairEffect::AsOld => age_s,
            RepairEffect::AgeFactor(factor) => age_s * factor,
        };
        self.restart_plans(unit);
        self.comes_up_at(unit, dynamics, age_s);
    }

    /// Brings the unit up at this age, with a newly drawn residual life.
    pub(super) fn comes_up_at(&mut self, unit: u32, dynamics: &'m Dynamics, age_s: f64) {
        self.renew(unit, dynamics, age_s);
        self.comes_up(unit);
    }

    /// Brings the unit up with its age and life.
    pub(super) fn comes_up(&mut self, unit: u32) {
        let now_s = self.now_s;
        let state = self.unit(unit);
        (state.phase, state.since_s) = (Phase::Up, now_s);
        self.pass_missed_occasions(unit);
        self.attribute(unit, CauseKind::Failure);
        self.adjust_speed(unit);
        self.recorder.phase(now_s, self.frame(unit).number, Phase::Up);
        self.set_leaf(unit, false);
        self.stir_slot_of(unit);
    }

    /// Sets the unit's age and draws its residual life from there.
    fn renew(&mut self, unit: u32, dynamics: &'m Dynamics, age_s: f64) {
        let now_s = self.now_s;
        let state = self.unit(unit);
        state.age_s = age_s;
        state.life_s = if age_s > 0.0 {
            age_s + dynamics.failure.sample_residual(age_s, &mut state.rng)
        } else {
            dynamics.failure.sample(&mut state.rng)
        };
        state.since_s = now_s;
        self.adjust_speed(unit);
    }

    /// Enters a phase without a scheduled end.
    pub(super) fn enter(&mut self, unit: u32, phase: Phase) {
        self.enter_until(unit, phase, f64::INFINITY);
    }

    /// Enters a phase that ends after `duration_s`. A unit that leaves `Up` stops ageing.
    pub(super) fn enter_until(&mut self, unit: u32, phase: Phase, duration_s: f64) {
        if self.unit(unit).phase == Phase::Up {
            self.bring_age_up_to_date(unit);
        }
        let state = self.unit(unit);
        (state.phase, state.speed) = (phase, 0.0);
        self.state.agenda.set(unit, self.now_s + duration_s);
        self.recorder.phase(self.now_s, self.frame(unit).number, phase);
    }

    /// Takes a unit that is up out of service for planned work.
    pub(super) fn take_out(&mut self, unit: u32, phase: Phase, duration_s: f64) {
        self.enter_down(unit, CauseKind::Planned, phase, duration_s);
    }

    /// Updates the leaf and the standby slot of a unit that has just left `Up`.
    pub(super) fn goes_down(&mut self, unit: u32) {
        self.set_leaf(unit, true);
        self.stir_slot_of(unit);
    }

    pub(super) fn attribute(&mut self, unit: u32, kind: CauseKind) {
        self.cause = Cause { leaf: self.frame(unit).number, kind };
    }

    /// Sets the ageing rate of a unit that is up, and reschedules its next event.
    pub(super) fn adjust_speed(&mut self, unit: u32) {
        if self.unit(unit).phase != Phase::Up {
            return;
        }
        self.bring_age_up_to_date(unit);
        self.unit(unit).speed = if self.state.suspended { 0.0 } else { self.service_speed(unit) };
        self.schedule_up(unit);
    }

    pub(super) fn bring_age_up_to_date(&mut self, unit: u32) {
        let now_s = self.now_s;
        let state = self.unit(unit);
        let operated_s = (now_s - state.since_s) * state.speed;
        state.age_s += operated_s;
        state.since_s = now_s;
        self.count_operation(unit, operated_s);
    }

    /// Schedules the next event of a unit that is up: its failure, its replacement or planned work,
    /// whichever is first.
    fn schedule_up(&mut self, unit: u32) {
        let frame = self.frame(unit);
        let Some(dynamics) = frame.dynamics else { return };
        let state = &self.state.units[unit as usize];
        let due_s = if frame.plain {
            due_at(state, state.life_s)
        } else {
            let replaced_s = dynamics.replacement.as_ref().map_or(f64::INFINITY, |own| own.age_s);
            due_at(state, state.life_s.min(replaced_s)).min(self.next_occasion_s(unit))
        };
        self.state.agenda.set(unit, due_s);
    }
}

/// The mean time that a single unit spends in each stage of a cycle, in seconds.
struct Stages {
    up_s: f64,
    detection_s: f64,
    restart_s: f64,
    replacement_s: f64,
    repair_s: f64,
}

impl Stages {
    fn of(dynamics: &Dynamics, repair_s: f64) -> Self {
        let (up_s, replaced) = match &dynamics.replacement {
            Some(own) => {
                (dynamics.failure.integrated_survival(own.age_s), dynamics.failure.survival(own.age_s))
            }
            None => (dynamics.failure.mean(), 0.0),
        };
        let replacement_s = dynamics.replacement.as_ref().map_or(0.0, |own| replaced * own.duration.mean());
        let failed = 1.0 - replaced;
        let (restart_s, unrestored) = dynamics.restart.as_ref().map_or((0.0, 1.0), Restart::mean_s);
        Self {
            up_s,
            detection_s: failed * dynamics.mean_detection_s(),
            restart_s: failed * restart_s,
            replacement_s,
            repair_s: failed * unrestored * repair_s,
        }
    }

    fn total_s(&self) -> f64 {
        self.up_s + self.detection_s + self.restart_s + self.replacement_s + self.repair_s
    }
}

/// Draws the age at which a unit is found that is replaced at `limit_s`: its density is proportional to the survival
/// function below that age.
fn age_before(failure: &Distribution, limit_s: f64, rng: &mut FastRng) -> f64 {
    if limit_s < failure.mean() {
        loop {
            let age_s = limit_s * rng.random::<f64>();
            if rng.random::<f64>() < failure.survival(age_s) {
                return age_s;
            }
        }
    }
    // The age of a unit that is not replaced is distributed as its residual life.
    loop {
        let age_s = failure.sample_equilibrium(rng);
        if age_s < limit_s {
            return age_s;
        }
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
