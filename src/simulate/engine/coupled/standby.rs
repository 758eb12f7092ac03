//! Standby blocks: who serves, who is spare, and what happens when that changes.

use super::cell::StandbyFrame;
use super::record::{Phase, Recorder};
use super::sim::Sim;
use super::state::Slot;
use crate::simulate::engine::outage::CauseKind;
use rand::RngExt as _;

impl<R: Recorder> Sim<'_, '_, R> {
    /// The first units serve, the others are spares.
    pub(super) fn start_standbys(&mut self) {
        for (index, frame) in self.cell.standbys.iter().enumerate() {
            for position in 0..frame.standby.active {
                if (position as usize) < frame.units.len() {
                    let state = &mut self.state.standbys[index];
                    state.slots[position as usize] = Slot::Serves(position);
                    state.served_by[position as usize] = Some(position);
                }
            }
            self.update_block(index as u32);
        }
    }

    /// How fast a unit ages by its role: a spare by the dormancy of its block, all others fully.
    pub(super) fn service_speed(&self, unit: u32) -> f64 {
        match self.cell.units[unit as usize].standby {
            Some((block, slot)) => match self.state.standbys[block as usize].slots[slot as usize] {
                Slot::Serves(_) => 1.0,
                Slot::Spare | Slot::Lost => self.cell.standbys[block as usize].standby.dormancy,
            },
            None => 1.0,
        }
    }

    pub(super) fn slot_of_unit_stirred(&mut self, unit: u32) {
        if let Some((block, slot)) = self.cell.units[unit as usize].standby {
            self.slot_stirred(block, slot);
        }
    }

    /// Something happened to a slot's unit, or to what it requires.
    pub(super) fn slot_stirred(&mut self, block: u32, slot: u32) {
        let frame = &self.cell.standbys[block as usize];
        let unit = frame.units[slot as usize];
        let out = frame.out[slot as usize].is_some_and(|node| self.state.counts.is_down(node));
        let available = !out && self.state.units[unit as usize].phase == Phase::Up;
        match (
            self.state.standbys[block as usize].slots[slot as usize],
            available,
        ) {
            (Slot::Serves(position), false) => self.serving_lost(block, slot, position),
            (Slot::Spare, false) => self.set_slot(block, slot, Slot::Lost),
            (Slot::Lost, true) => self.returned(block, slot),
            _ => {}
        }
        self.update_block(block);
    }

    fn serving_lost(&mut self, block: u32, slot: u32, position: u32) {
        self.set_slot(block, slot, Slot::Lost);
        self.state.standbys[block as usize].served_by[position as usize] = None;
        if self.first_spare(block).is_some() {
            self.demand(block, position);
        }
    }

    /// Asks the switch to bring a spare into this position.
    fn demand(&mut self, block: u32, position: u32) {
        let frame = &self.cell.standbys[block as usize];
        let standby = frame.standby;
        let switch_is_up = frame.switch.is_none_or(|node| !self.state.counts.is_down(node));
        let rng = &mut self.state.standbys[block as usize].rng;
        let detection = standby.detection.as_ref().map_or(0.0, |d| d.sample(rng));
        let works = standby.switch_success >= 1.0 || rng.random::<f64>() < standby.switch_success;
        let switchover = if works && switch_is_up {
            Some(standby.switchover.as_ref().map_or(0.0, |d| d.sample(rng)))
        } else {
            standby.manual.as_ref().map(|d| d.sample(rng))
        };
        let Some(switchover) = switchover else { return };
        let delay = detection + switchover;
        if delay > 0.0 {
            self.cause.kind = CauseKind::Switchover;
            self.state
                .agenda
                .set(frame.first_element + position, self.now_s + delay);
        } else {
            self.fill(block, position);
        }
    }

    /// A switchover ends.
    pub(super) fn position_event(&mut self, element: u32) {
        let after = self
            .cell
            .standbys
            .partition_point(|frame| frame.first_element <= element);
        let Some(block) = after.checked_sub(1) else { return };
        let position = element - self.cell.standbys[block].first_element;
        self.state.agenda.set(element, f64::INFINITY);
        self.fill(block as u32, position);
        self.update_block(block as u32);
    }

    /// The first spare that is up serves in this position; without one it stays empty.
    fn fill(&mut self, block: u32, position: u32) {
        if let Some(slot) = self.first_spare(block) {
            self.serve(block, slot, position);
        }
    }

    fn serve(&mut self, block: u32, slot: u32, position: u32) {
        let element = self.cell.standbys[block as usize].first_element + position;
        self.state.agenda.set(element, f64::INFINITY);
        self.state.standbys[block as usize].served_by[position as usize] = Some(slot);
        self.set_slot(block, slot, Slot::Serves(position));
    }

    /// A unit is back: it fills an empty position (one without a switchover under way first), takes its place back, or is a spare.
    fn returned(&mut self, block: u32, slot: u32) {
        let frame = &self.cell.standbys[block as usize];
        let state = &self.state.standbys[block as usize];
        let empty =
            (0..frame.standby.active).filter(|position| state.served_by[*position as usize].is_none());
        let pending = |position: &u32| {
            let element = frame.first_element + *position;
            self.state.agenda.due_s(element) < f64::INFINITY
        };
        if let Some(position) = empty.min_by_key(pending) {
            return self.serve(block, slot, position);
        }
        self.set_slot(block, slot, Slot::Spare);
        if frame.standby.fail_back {
            self.fail_back(block, slot);
        }
    }

    /// The unit takes over from the least preferred one that serves, if that is less preferred than itself.
    fn fail_back(&mut self, block: u32, slot: u32) {
        let serving = self.state.standbys[block as usize].served_by.iter().copied();
        let last = serving
            .enumerate()
            .filter_map(|(position, by)| Some((by?, position)))
            .max();
        let Some((other, position)) = last.filter(|(other, _)| *other > slot) else {
            return;
        };
        let frame = &self.cell.standbys[block as usize];
        let state = &mut self.state.standbys[block as usize];
        state.served_by[position] = None;
        let switchover = frame.standby.switchover.as_ref();
        let delay = switchover.map_or(0.0, |d| d.sample(&mut state.rng));
        self.set_slot(block, other, Slot::Spare);
        if delay > 0.0 {
            self.cause.kind = CauseKind::Switchover;
            let element = frame.first_element + position as u32;
            self.state.agenda.set(element, self.now_s + delay);
        } else {
            self.serve(block, slot, position as u32);
        }
    }

    fn first_spare(&self, block: u32) -> Option<u32> {
        let slots = &self.state.standbys[block as usize].slots;
        slots
            .iter()
            .position(|slot| *slot == Slot::Spare)
            .map(|slot| slot as u32)
    }

    fn set_slot(&mut self, block: u32, slot: u32, role: Slot) {
        self.state.standbys[block as usize].slots[slot as usize] = role;
        let unit = self.cell.standbys[block as usize].units[slot as usize];
        self.adjust_speed(unit);
    }

    /// The block works while enough of its positions are served.
    fn update_block(&mut self, block: u32) {
        let StandbyFrame { standby, leaf, .. } = &self.cell.standbys[block as usize];
        let served = self.state.standbys[block as usize]
            .served_by
            .iter()
            .flatten()
            .count();
        self.set_leaf(*leaf, served < standby.needed as usize);
    }
}
