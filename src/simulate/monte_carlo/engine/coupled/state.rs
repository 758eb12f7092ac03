//! The mutable state of a cell during a replication, reused across replications.

use super::cell::Cell;
use super::crew::CrewState;
use super::gates::Counts;
use super::heap::Agenda;
use super::record::Phase;
use crate::base::random::{FastRng, fast_stream};
use crate::simulate::model::Start;
use crate::simulate::monte_carlo::engine::outage::Track;
use rand::RngExt as _;

/// The working state of a cell.
#[derive(Debug, Default)]
pub(in crate::simulate::monte_carlo::engine) struct CellState {
    pub(super) units: Vec<UnitState>,
    pub(super) plans: Vec<PlanState>,
    pub(super) standbys: Vec<StandbyState>,
    /// Random streams of the common causes, followed by those of the rolling schedules.
    pub(super) streams: Vec<FastRng>,
    /// Index of the next unit in turn, for each rolling schedule.
    pub(super) turns: Vec<u32>,
    pub(super) crews: Vec<CrewState>,
    pub(super) counts: Counts,
    pub(super) agenda: Agenda,
    /// Standby slots, as (block, slot), whose availability may have changed.
    pub(super) stirred: Vec<(u32, u32)>,
    pub(super) track: Track,
    /// Wait until the next arrival of each common cause, counted from its start or from the end of a
    /// suspension.
    pub(super) waits_s: Vec<f64>,
    /// Whether ageing and arrivals are suspended because the system is down.
    pub(super) suspended: bool,
}

#[derive(Debug)]
pub(super) struct UnitState {
    pub(super) rng: FastRng,
    pub(super) phase: Phase,
    /// Operating age at `since_s`.
    pub(super) age_s: f64,
    /// Operating age at which the unit fails.
    pub(super) life_s: f64,
    pub(super) since_s: f64,
    /// Ageing rate: 1 in service, the dormancy as a spare, 0 while out of service.
    pub(super) speed: f64,
    /// Remaining work of an interrupted repair.
    pub(super) work_left_s: Option<f64>,
    /// Number of restarts attempted since the failure.
    pub(super) attempts: u32,
    /// Whether the planned work in progress is an inspection that found a failure.
    pub(super) found_failed: bool,
}

#[derive(Debug)]
pub(super) struct PlanState {
    pub(super) rng: FastRng,
    /// The point of the interval, from 0 to 1, at which a stationary start finds a calendar; 0 at another start.
    pub(super) point: f64,
    /// The next occasion: a point in time, or for the operating clock the operating time at which it is
    /// due.
    pub(super) next_s: f64,
    /// Operating time up to the unit's `since_s`.
    pub(super) operated_s: f64,
}

#[derive(Debug)]
pub(super) struct StandbyState {
    pub(super) rng: FastRng,
    pub(super) slots: Vec<Slot>,
    /// For each position, the slot of the unit that serves in it.
    pub(super) served_by: Vec<Option<u32>>,
}

/// The role of a unit in its standby block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slot {
    /// Serves in this position.
    Serves(u32),
    /// Available as a spare.
    Spare,
    /// Down or out of service.
    Lost,
}

impl CellState {
    /// Resets to the state before the first event of replication `index`.
    pub(super) fn reset(&mut self, cell: &Cell<'_>, seed: u64, index: u64) {
        let stream = |key: u64| fast_stream(seed, key, index);
        let is_stationary = cell.model.start == Start::Stationary;
        self.units.clear();
        self.units.extend(cell.units.iter().map(|unit| UnitState {
            rng: stream(unit.key),
            phase: Phase::Up,
            age_s: 0.0,
            life_s: f64::INFINITY,
            since_s: -cell.warm_up_s,
            speed: 1.0,
            work_left_s: None,
            attempts: 0,
            found_failed: false,
        }));
        self.plans.clear();
        self.plans.extend(cell.plans.iter().map(|plan| PlanState {
            rng: stream(plan.key),
            point: if is_stationary { stream(plan.calendar_key).random() } else { 0.0 },
            next_s: f64::INFINITY,
            operated_s: 0.0,
        }));
        self.standbys.clear();
        self.standbys.extend(cell.standbys.iter().map(|frame| StandbyState {
            rng: stream(frame.key),
            slots: vec![Slot::Spare; frame.units.len()],
            served_by: vec![None; frame.standby.active as usize],
        }));
        let keys = cell.shocks.iter().map(|shock| shock.key);
        self.streams.clear();
        self.streams.extend(keys.chain(cell.rollings.iter().map(|rolling| rolling.key)).map(stream));
        self.turns.clear();
        self.turns.resize(cell.rollings.len(), 0);
        self.crews.resize_with(cell.crews.len(), CrewState::default);
        self.crews.iter_mut().for_each(CrewState::reset);
        self.counts.reset(&cell.gates);
        self.agenda.reset(cell.elements());
        self.stirred.clear();
        self.track = Track::default();
        self.waits_s.clear();
        self.waits_s.resize(cell.shocks.len(), f64::INFINITY);
        self.suspended = false;
    }
}
