//! Standby blocks within one event: units that lose their positions, spares that are called, units that
//! return.

use super::state::{Phase, Position, Role};
use super::steps::{Branch, Step};
use super::system::{Switchover, System};

impl Branch {
    /// Takes all units of the block that are down or out of service off their positions, then calls
    /// spares.
    pub(super) fn settle(&mut self, system: &System<'_>, rank: usize) {
        let Some(&number) = system.block_order.get(rank) else {
            return;
        };
        // The last step is taken first: the demands, then the returns, then the next block.
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

    /// Empties a position and returns it; where positions are interchangeable, one that is served.
    fn vacate(&mut self, system: &System<'_>, number: usize, position: usize) -> usize {
        let positions = &mut self.state.positions[number];
        let place = if system.blocks[number].positions_are_alike() {
            positions.iter().position(|p| *p == Position::Served).unwrap_or(0)
        } else {
            position
        };
        positions[place] = Position::Idle;
        place
    }

    /// Returns, by slot, whether its unit is up and not taken out of service.
    fn available(&self, system: &System<'_>, number: usize) -> Vec<bool> {
        let slots = &system.blocks[number].slots;
        let down =
            if slots.iter().any(|slot| slot.out.is_some()) { self.state.down(system) } else { Vec::new() };
        let available = slots.iter().map(|slot| {
            let out = slot.out.is_some_and(|node| down[node]);
            !out && self.state.units[slot.unit].phase == Phase::Up
        });
        available.collect()
    }

    /// Branches on whether the switch brings a spare into the position; without a spare, nothing
    /// happens.
    pub(super) fn demand(self, system: &System<'_>, number: usize, position: usize, open: &mut Vec<Self>) {
        if self.first_spare(system, number).is_none() {
            return open.push(self);
        }
        let block = &system.blocks[number];
        let switch_is_down = block.switch.is_some_and(|node| self.state.down(system)[node]);
        let success = if switch_is_down { 0.0 } else { block.standby.switch_success };
        let begin = |works| Step::Switch(number, position, Switchover::Detection { works });
        self.fork(success, Some(begin(true)), open);
        self.fork(1.0 - success, block.standby.manual.as_ref().map(|_| begin(false)), open);
    }

    /// Begins a part of the switchover into a position.
    pub(super) fn switch(&mut self, system: &System<'_>, number: usize, position: usize, part: Switchover) {
        if system.blocks[number].time(part).count == 0 {
            self.steps.push(Step::Switched(number, position, part));
        } else {
            self.state.positions[number][position] = Position::Under(part, 0);
        }
    }

    /// Ends a part of the switchover into a position: the automatic one follows the detection if the
    /// switch works, else the one by hand; then the first spare serves. Without one the position stays
    /// empty.
    pub(super) fn switched(&mut self, system: &System<'_>, number: usize, position: usize, part: Switchover) {
        if let Switchover::Detection { works } = part {
            let next = if works { Switchover::Automatic } else { Switchover::ByHand };
            return self.steps.push(Step::Switch(number, position, next));
        }
        match self.first_spare(system, number) {
            Some(unit) => self.serve(system, number, unit, position),
            None => self.state.positions[number][position] = Position::Idle,
        }
    }

    fn first_spare(&self, system: &System<'_>, number: usize) -> Option<usize> {
        let units = system.blocks[number].slots.iter().map(|slot| slot.unit);
        units.into_iter().find(|unit| self.state.units[*unit].role == Role::Spare)
    }

    fn serve(&mut self, system: &System<'_>, number: usize, unit: usize, position: usize) {
        let alike = system.blocks[number].positions_are_alike();
        self.state.units[unit].role = Role::Serves(if alike { 0 } else { position as u32 });
        self.state.positions[number][position] = Position::Served;
    }

    /// In order of preference, every unit that is back fills an empty position, takes its position back,
    /// or becomes a spare.
    pub(super) fn units_return(&mut self, system: &System<'_>, number: usize) {
        let available = self.available(system, number);
        let block = &system.blocks[number];
        for (place, (slot, available)) in block.slots.iter().zip(available).enumerate() {
            if !available || self.state.units[slot.unit].role != Role::Lost {
                continue;
            }
            let positions = &self.state.positions[number];
            let idle = positions.iter().position(|p| *p == Position::Idle);
            // A unit that is back also fills a position whose switchover is under way, and so cancels
            // it.
            let empty = idle.or_else(|| positions.iter().position(|p| *p != Position::Served));
            if let Some(position) = empty {
                self.serve(system, number, slot.unit, position);
                continue;
            }
            self.state.units[slot.unit].role = Role::Spare;
            if block.standby.fail_back {
                self.fail_back(system, number, place);
            }
        }
    }

    /// The least preferred of the serving units makes room, if it comes after this one in the order of
    /// preference.
    fn fail_back(&mut self, system: &System<'_>, number: usize, place: usize) {
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
        if block.time(Switchover::Automatic).count == 0 {
            self.serve(system, number, block.slots[place].unit, position);
        } else {
            self.state.positions[number][position] = Position::Under(Switchover::Automatic, 0);
        }
    }
}
