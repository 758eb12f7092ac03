//! Standby blocks during a replication: the roles of units and the switchovers between them.

use super::cell::StandbyFrame;
use super::record::{Phase, Recorder};
use super::sim::Sim;
use super::state::Slot;
use crate::simulate::monte_carlo::engine::outage::CauseKind;
use rand::RngExt as _;

impl<R: Recorder> Sim<'_, '_, R> {
    /// Lets the first units serve and makes the others spares.
    pub(super) fn start_standbys(&mut self) {
        for (index, frame) in self.cell.standbys.iter().enumerate() {
            for position in 0..frame.standby.active.min(frame.units.len() as u32) {
                let state = &mut self.state.standbys[index];
                state.slots[position as usize] = Slot::Serves(position);
                state.served_by[position as usize] = Some(position);
            }
            self.update_block(index as u32);
        }
    }

    /// Returns the ageing rate of a unit by its role: the dormancy of its block for a spare, otherwise
    /// 1.
    pub(super) fn service_speed(&self, unit: u32) -> f64 {
        let Some((block, slot)) = self.frame(unit).standby else { return 1.0 };
        match self.state.standbys[block as usize].slots[slot as usize] {
            Slot::Serves(_) => 1.0,
            Slot::Spare | Slot::Lost => self.cell.standbys[block as usize].standby.dormancy,
        }
    }

    /// Queues the unit's standby slot for an update, which happens after all other changes of the
    /// current event.
    pub(super) fn stir_slot_of(&mut self, unit: u32) {
        if let Some(slot) = self.frame(unit).standby {
            self.state.stirred.push(slot);
        }
    }

    /// Updates the blocks with queued slots. Blocks that others depend on come first.
    pub(super) fn settle_standbys(&mut self) {
        // The leaf of a settled block can only affect blocks of a higher rank, so the loop ends.
        while let Some(block) = self.next_stirred() {
            let of_block = self.state.stirred.extract_if(.., |(other, _)| *other == block);
            let mut slots: Vec<u32> = of_block.map(|(_, slot)| slot).collect();
            slots.sort_unstable();
            slots.dedup();
            self.settle_standby(block, &slots);
        }
    }

    fn next_stirred(&self) -> Option<u32> {
        let blocks = self.state.stirred.iter().map(|(block, _)| *block);
        blocks.min_by_key(|block| (self.cell.standbys[*block as usize].rank, *block))
    }

    /// Updates the queued slots of a block. All units lost at this moment leave their positions before a
    /// spare is chosen; returning units take positions in order of preference.
    fn settle_standby(&mut self, block: u32, slots: &[u32]) {
        let mut emptied: Vec<u32> = Vec::new();
        for slot in slots {
            if self.is_available(block, *slot) {
                continue;
            }
            let role = self.state.standbys[block as usize].slots[*slot as usize];
            if let Slot::Serves(position) = role {
                self.state.standbys[block as usize].served_by[position as usize] = None;
                emptied.push(position);
            }
            if role != Slot::Lost {
                self.set_slot(block, *slot, Slot::Lost);
            }
        }
        for position in emptied {
            if self.first_spare(block).is_some() {
                self.demand(block, position);
            }
        }
        for slot in slots {
            let lost = self.state.standbys[block as usize].slots[*slot as usize] == Slot::Lost;
            if lost && self.is_available(block, *slot) {
                self.returned(block, *slot);
            }
        }
        self.update_block(block);
    }

    /// Returns whether the slot's unit is up and not out of service.
    fn is_available(&self, block: u32, slot: u32) -> bool {
        let frame = &self.cell.standbys[block as usize];
        let unit = frame.units[slot as usize];
        let out = frame.out[slot as usize].is_some_and(|node| self.state.counts.is_down(node));
        !out && self.state.units[unit as usize].phase == Phase::Up
    }

    /// Starts a switchover of a spare into this position, if the switch works or a manual switchover is
    /// possible.
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
            self.state.agenda.set(frame.first_element + position, self.now_s + delay);
        } else {
            self.fill(block, position);
        }
    }

    /// Handles the end of a switchover.
    pub(super) fn position_event(&mut self, element: u32) {
        // The elements of a block are consecutive: its block is the last that begins at or before
        // `element`.
        let after = self.cell.standbys.partition_point(|frame| frame.first_element <= element);
        let Some(block) = after.checked_sub(1) else { return };
        let position = element - self.cell.standbys[block].first_element;
        self.state.agenda.set(element, f64::INFINITY);
        self.fill(block as u32, position);
        self.update_block(block as u32);
    }

    /// Lets the first spare serve in this position; without a spare it stays empty.
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

    /// Handles a returning unit: it serves in an empty position (preferably one without a pending
    /// switchover), takes its position back, or becomes a spare.
    fn returned(&mut self, block: u32, slot: u32) {
        let frame = &self.cell.standbys[block as usize];
        let state = &self.state.standbys[block as usize];
        let empty =
            (0..frame.standby.active).filter(|position| state.served_by[*position as usize].is_none());
        let pending = |position: &u32| {
            let element = frame.first_element + *position;
            self.state.agenda.due_s(element) < f64::INFINITY
        };
        // `false` sorts before `true`: positions without a pending switchover come first.
        if let Some(position) = empty.min_by_key(pending) {
            return self.serve(block, slot, position);
        }
        self.set_slot(block, slot, Slot::Spare);
        if frame.standby.fail_back {
            self.fail_back(block, slot);
        }
    }

    /// Lets the unit take over from the least preferred serving unit, if that is less preferred than the
    /// unit itself.
    fn fail_back(&mut self, block: u32, slot: u32) {
        let serving = self.state.standbys[block as usize].served_by.iter().copied();
        // Slots are in order of preference, so the greatest is the least preferred.
        let last = serving.enumerate().filter_map(|(position, by)| Some((by?, position))).max();
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
        slots.iter().position(|slot| *slot == Slot::Spare).map(|slot| slot as u32)
    }

    fn set_slot(&mut self, block: u32, slot: u32, role: Slot) {
        self.state.standbys[block as usize].slots[slot as usize] = role;
        let unit = self.cell.standbys[block as usize].units[slot as usize];
        self.adjust_speed(unit);
    }

    /// Updates the block's leaf: it is up while enough positions are served.
    fn update_block(&mut self, block: u32) {
        let StandbyFrame { standby, leaf, .. } = &self.cell.standbys[block as usize];
        let served = self.state.standbys[block as usize].served_by.iter().flatten().count();
        self.set_leaf(*leaf, served < standby.needed as usize);
    }
}
