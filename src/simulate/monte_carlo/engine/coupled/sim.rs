//! The event loop of a cell, and the consequences of a leaf's change.

use super::cell::{Cell, ShockFrame};
use super::record::Recorder;
use super::state::CellState;
use crate::simulate::model::{ShockKind, Start};
use crate::simulate::monte_carlo::engine::outage::{Cause, CauseKind, Outage};
use crate::simulate::monte_carlo::engine::slice::Slice;
use rand::RngExt as _;

/// A cell during a replication.
pub(super) struct Sim<'a, 'm, R> {
    pub(super) cell: &'a Cell<'m>,
    pub(super) state: &'a mut CellState,
    pub(super) recorder: &'a mut R,
    pub(super) now_s: f64,
    /// The cause of the event that is being processed.
    pub(super) cause: Cause,
}

/// Simulates a slice of time of the cell and appends its outages. Returns the number of events.
pub(in crate::simulate::monte_carlo::engine) fn run<R: Recorder>(
    cell: &Cell<'_>,
    state: &mut CellState,
    slice: &Slice,
    recorder: &mut R,
    outages: &mut Vec<Outage>,
) -> u64 {
    if slice.is_first {
        state.reset(cell, slice.seed, slice.index);
    }
    let first = outages.len();
    let mut sim = Sim {
        cell,
        state,
        recorder,
        // The warm-up takes place at negative times.
        now_s: -cell.warm_up_s,
        cause: Cause { leaf: 0, kind: CauseKind::Failure },
    };
    if slice.is_first {
        sim.start();
        sim.settle(outages, first);
    }
    let mut events = 0;
    loop {
        let (due_s, element) = sim.state.agenda.next();
        // No further event in the slice; the time is infinite if none is scheduled at all.
        if !(due_s < slice.until_s) || events == slice.events_max {
            break;
        }
        sim.now_s = due_s;
        sim.event(element);
        sim.settle(outages, first);
        events += 1;
    }
    state.track.cut(slice.until_s, outages, first);
    if cell.warm_up_s > 0.0 {
        forget_warm_up(outages, first);
    }
    events
}

/// Drops the outages of the warm-up, which has negative times. An outage that is in progress at time
/// zero is clipped to start there.
fn forget_warm_up(outages: &mut Vec<Outage>, first: usize) {
    let before = outages[first..].partition_point(|outage| outage.end_s <= 0.0);
    outages.drain(first..first + before);
    if let Some(outage) = outages.get_mut(first) {
        outage.start_s = outage.start_s.max(0.0);
    }
}

impl<R: Recorder> Sim<'_, '_, R> {
    fn start(&mut self) {
        self.start_standbys();
        for unit in 0..self.cell.units.len() as u32 {
            self.start_unit(unit);
        }
        for index in 0..self.cell.shocks.len() {
            self.start_shock(index);
        }
        for index in 0..self.cell.rollings.len() {
            self.start_rolling(index);
        }
    }

    fn event(&mut self, element: u32) {
        // Elements are numbered in this order: units, standby positions, common causes, rolling
        // schedules.
        let shocks = &self.cell.shock_elements;
        if element < self.cell.units.len() as u32 {
            self.unit_event(element);
        } else if element < shocks.start {
            self.position_event(element);
        } else if element < shocks.end {
            self.shock_event((element - shocks.start) as usize);
        } else {
            self.rolling_event((element - shocks.end) as usize);
        }
    }

    /// Processes the consequences of an event, then records whether the cell is up.
    fn settle(&mut self, outages: &mut Vec<Outage>, first: usize) {
        self.settle_standbys();
        let down = self.state.counts.is_down(self.cell.top);
        if down == self.state.track.is_down() {
            return;
        }
        if down {
            self.state.track.down(self.now_s, self.cause);
        } else {
            self.state.track.up(self.now_s, outages, first);
        }
        if self.cell.model.suspend {
            self.suspend(down);
        }
    }

    /// Sets the state of a leaf and updates the gates. Standby slots that depend on a node that changes
    /// are queued.
    #[inline]
    pub(super) fn set_leaf(&mut self, leaf: u32, down: bool) {
        let stirred = &mut self.state.stirred;
        let watchers = &self.cell.watchers;
        self.state.counts.set(&self.cell.gates, leaf, down, |node| {
            if !watchers.is_empty()
                && let Some(slots) = watchers.get(&node)
            {
                stirred.extend(slots);
            }
        });
    }

    fn start_shock(&mut self, index: usize) {
        let frame = &self.cell.shocks[index];
        let rng = &mut self.state.streams[index];
        let stationary = self.cell.model.start == Start::Stationary;
        let arrival = match &frame.shock.kind {
            ShockKind::Fixed { unavailability } => {
                if rng.random::<f64>() < *unavailability {
                    self.cause = cause_of(frame);
                    self.set_leaf(frame.leaf, true);
                }
                return;
            }
            ShockKind::Failure { arrival, .. } => arrival,
            ShockKind::Outage { arrival, repair } => {
                // A stationary alternating renewal process is down with this probability.
                let down_share = repair.mean() / (arrival.mean() + repair.mean());
                if stationary && rng.random::<f64>() < down_share {
                    let rest = repair.sample_equilibrium(rng);
                    self.cause = cause_of(frame);
                    self.set_leaf(frame.leaf, true);
                    return self.set_shock(index, rest);
                }
                arrival
            }
        };
        let wait = if stationary { arrival.sample_equilibrium(rng) } else { arrival.sample(rng) };
        self.set_arrival(index, wait);
    }

    fn shock_event(&mut self, index: usize) {
        let frame = &self.cell.shocks[index];
        self.cause = cause_of(frame);
        match &frame.shock.kind {
            ShockKind::Fixed { .. } => {}
            ShockKind::Failure { arrival, probability } => {
                let wait = arrival.sample(&mut self.state.streams[index]);
                self.set_arrival(index, wait);
                for unit in &frame.units {
                    let rng = &mut self.state.streams[index];
                    if *probability >= 1.0 || rng.random::<f64>() < *probability {
                        self.strike(*unit);
                    }
                }
            }
            ShockKind::Outage { arrival, repair } => {
                let ends = self.state.counts.is_down(frame.leaf);
                self.set_leaf(frame.leaf, !ends);
                let rng = &mut self.state.streams[index];
                if ends {
                    let wait = arrival.sample(rng);
                    self.set_arrival(index, wait);
                } else {
                    let duration = repair.sample(rng);
                    self.set_shock(index, duration);
                }
            }
        }
    }

    /// Schedules the next arrival of a common cause. While ageing is suspended, the wait only begins
    /// when the system is up again.
    fn set_arrival(&mut self, index: usize, wait_s: f64) {
        self.state.waits_s[index] = wait_s;
        let suspended = self.state.suspended;
        self.set_shock(index, if suspended { f64::INFINITY } else { wait_s });
    }

    fn set_shock(&mut self, index: usize, wait_s: f64) {
        let element = self.cell.shock_elements.start + index as u32;
        self.state.agenda.set(element, self.now_s + wait_s);
    }

    /// Stops or resumes ageing. Arrivals of common causes are suspended as well.
    fn suspend(&mut self, down: bool) {
        self.state.suspended = down;
        for index in 0..self.cell.shocks.len() {
            self.suspend_arrival(index, down);
        }
        for unit in 0..self.cell.units.len() as u32 {
            self.adjust_speed(unit);
        }
    }

    /// Suspends or resumes the arrival of a common cause; the remaining wait is kept meanwhile. An
    /// occurrence in progress goes on.
    fn suspend_arrival(&mut self, index: usize, down: bool) {
        if self.state.counts.is_down(self.cell.shocks[index].leaf) {
            return;
        }
        if down {
            let element = self.cell.shock_elements.start + index as u32;
            self.state.waits_s[index] = self.state.agenda.due_s(element) - self.now_s;
            self.set_shock(index, f64::INFINITY);
        } else {
            self.set_shock(index, self.state.waits_s[index]);
        }
    }
}

fn cause_of(frame: &ShockFrame<'_>) -> Cause {
    Cause { leaf: frame.number, kind: CauseKind::Failure }
}
