//! Standby blocks within a moment: who loses a place, who is asked for, who comes back.

use super::state::{Phase, Position, Role};
use super::steps::{Branch, Step};
use super::system::{System, Time};

impl Branch {
    /// Takes off their places all units of the block that are down or out, then asks for spares.
    pub(super) fn settle(&mut self, system: &System, rank: usize) {
        let Some(&number) = system.block_order.get(rank) else {
            return;
        };
        self.steps.push(Step::Settle(rank + 1));
        self.steps.push(Step::Return(number));
        let available = self.available(system, number);
        let mut emptied = Vec::new();
        for (slot, available) in system.blocks[number].slots.iter().zip(available) {
            let role = &mut self.state.units[slot.unit].role;
            match *role {
                _ if available => {}
                Role::Serves(position) => {
                    *role = Role::Lost;
                    emptied.push(self.vacate(system, number, position as usize));
                }
                Role::Spare => *role = Role::Lost,
                Role::Alone | Role::Lost => {}
            }
        }
        let demands = emptied.into_iter().rev().map(|position| Step::Demand(number, position));
        self.steps.extend(demands);
    }

    /// Empties a position; where they are alike, one that is served.
    fn vacate(&mut self, system: &System, number: usize, position: usize) -> usize {
        let positions = &mut self.state.positions[number];
        let place = if system.blocks[number].positions_are_alike() {
            positions.iter().position(|p| *p == Position::Served).unwrap_or(0)
        } else {
            position
        };
        positions[place] = Position::Idle;
        place
    }

    fn available(&self, system: &System, number: usize) -> Vec<bool> {
        let slots = &system.blocks[number].slots;
        let down =
            if slots.iter().any(|slot| slot.out.is_some()) { self.state.down(system) } else { Vec::new() };
        let available = slots.iter().map(|slot| {
            let out = slot.out.is_some_and(|node| down[node]);
            !out && self.state.units[slot.unit].phase == Phase::Up
        });
        available.collect()
    }

    pub(super) fn demand(self, system: &System, number: usize, position: usize, open: &mut Vec<Self>) {
        if self.first_spare(system, number).is_none() {
            return open.push(self);
        }
        let block = &system.blocks[number];
        let switch_is_down = block.switch.is_some_and(|node| self.state.down(system)[node]);
        let success = if switch_is_down { 0.0 } else { block.switch_success };
        let begin = |works: bool| {
            if block.detection.is_none() {
                Step::Switch(number, position, works)
            } else {
                Step::Position(number, position, Position::Detecting { works, stage: 0 })
            }
        };
        self.fork(success, Some(begin(true)), open);
        self.fork(1.0 - success, block.manual.map(|_| begin(false)), open);
    }

    pub(super) fn switch(&mut self, system: &System, number: usize, position: usize, works: bool) {
        let block = &system.blocks[number];
        let (time, stage) = if works {
            (block.switchover, Position::Switching(0))
        } else {
            (block.manual.unwrap_or(Time::NONE), Position::ByHand(0))
        };
        if time.is_none() {
            self.steps.push(Step::Fill(number, position));
        } else {
            self.state.positions[number][position] = stage;
        }
    }

    fn first_spare(&self, system: &System, number: usize) -> Option<usize> {
        let units = system.blocks[number].slots.iter().map(|slot| slot.unit);
        units.into_iter().find(|unit| self.state.units[*unit].role == Role::Spare)
    }

    /// The first spare serves; without one the position stays empty.
    pub(super) fn fill(&mut self, system: &System, number: usize, position: usize) {
        match self.first_spare(system, number) {
            Some(unit) => self.serve(system, number, unit, position),
            None => self.state.positions[number][position] = Position::Idle,
        }
    }

    fn serve(&mut self, system: &System, number: usize, unit: usize, position: usize) {
        let alike = system.blocks[number].positions_are_alike();
        self.state.units[unit].role = Role::Serves(if alike { 0 } else { position as u32 });
        self.state.positions[number][position] = Position::Served;
    }

    /// In order of preference, every unit that is back fills an empty position, takes its place back, or is a spare.
    pub(super) fn units_return(&mut self, system: &System, number: usize) {
        let available = self.available(system, number);
        let block = &system.blocks[number];
        for (place, (slot, available)) in block.slots.iter().zip(available).enumerate() {
            if !available || self.state.units[slot.unit].role != Role::Lost {
                continue;
            }
            let positions = &self.state.positions[number];
            let idle = positions.iter().position(|p| *p == Position::Idle);
            let empty = idle.or_else(|| positions.iter().position(|p| *p != Position::Served));
            if let Some(position) = empty {
                self.serve(system, number, slot.unit, position);
                continue;
            }
            self.state.units[slot.unit].role = Role::Spare;
            if block.fail_back {
                self.fail_back(system, number, place);
            }
        }
    }

    /// The least preferred of the units that serve makes room, if it stands behind this one.
    fn fail_back(&mut self, system: &System, number: usize, place: usize) {
        let block = &system.blocks[number];
        let behind = block.slots.iter().skip(place + 1).rev();
        let serving = behind.map(|slot| (slot.unit, self.state.units[slot.unit].role));
        let last = serving.into_iter().find_map(|(unit, role)| match role {
            Role::Serves(position) => Some((unit, position as usize)),
            _ => None,
        });
        let Some((other, position)) = last else { return };
        self.state.units[other].role = Role::Spare;
        let position = self.vacate(system, number, position);
        if block.switchover.is_none() {
            self.serve(system, number, block.slots[place].unit, position);
        } else {
            self.state.positions[number][position] = Position::Switching(0);
        }
    }
}
