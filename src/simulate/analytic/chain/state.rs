//! A state of the system, and its canonical form.

use super::system::{Switchover, System, Work};
use crate::simulate::model::{Crew, Discipline};

/// The state of everything in the system.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct ChainState {
    pub(super) units: Vec<Local>,
    /// By crew, its queue: the units under repair first, then those that wait.
    pub(super) lines: Vec<Vec<usize>>,
    /// By block, the states of its positions.
    pub(super) positions: Vec<Vec<Position>>,
    /// By common cause, the stage of its repair, or `None` while it is absent.
    pub(super) outages: Vec<Option<u16>>,
    /// By clock that several units share, whose turn it is.
    pub(super) turns: Vec<usize>,
}

/// The state of one unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Local {
    pub(super) phase: Phase,
    pub(super) role: Role,
}

/// The phase of a unit's cycle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Phase {
    Up,
    /// Failed, and not found yet by an inspection.
    Hidden,
    /// Some work is under way, of which so many stages are complete.
    Under(Work, u16),
    /// Failed for good.
    Dead,
}

/// The role of a unit in its standby block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Role {
    /// Belongs to no block.
    Alone,
    /// Serves in this position (0 where positions are interchangeable).
    Serves(u32),
    Spare,
    /// Without a position, because it is down or was so.
    Lost,
}

/// The state of a position of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Position {
    Served,
    /// Empty, with no switchover under way.
    Idle,
    /// Part of a switchover is under way, of which so many stages are complete.
    Under(Switchover, u16),
}

impl ChainState {
    /// Returns the state in which everything is up and new, with the first units of each block serving.
    pub(super) fn new(system: &System<'_>) -> Self {
        let mut units = vec![Local { phase: Phase::Up, role: Role::Alone }; system.units.len()];
        let mut positions = Vec::with_capacity(system.blocks.len());
        for block in &system.blocks {
            let (alike, active) = (block.positions_are_alike(), block.standby.active as usize);
            for (index, slot) in block.slots.iter().enumerate() {
                units[slot.unit].role = match index {
                    _ if index >= active => Role::Spare,
                    _ if alike => Role::Serves(0),
                    _ => Role::Serves(index as u32),
                };
            }
            let mut own = vec![Position::Served; active.min(block.slots.len())];
            own.resize(active, Position::Idle);
            positions.push(own);
        }
        Self {
            units,
            lines: vec![Vec::new(); system.model.crews.len()],
            positions,
            outages: vec![None; system.shocks.len()],
            turns: vec![0; system.occasions.len()],
        }
    }

    /// Returns, by node, whether it is down.
    pub(super) fn down(&self, system: &System<'_>) -> Vec<bool> {
        let units = self.units.iter().map(|unit| unit.phase != Phase::Up);
        let blocks = self.positions.iter().zip(&system.blocks).map(|(positions, block)| {
            let served = positions.iter().filter(|p| **p == Position::Served);
            served.count() < block.standby.needed as usize
        });
        let shocks = self.outages.iter().map(Option::is_some);
        system.gates.down(units.chain(blocks).chain(shocks))
    }

    /// Returns the crew of a unit, and the unit's place in the queue.
    fn place<'m>(&self, system: &System<'m>, unit: usize) -> Option<(&'m Crew, usize)> {
        let number = system.units[unit].crew?.crew as usize;
        let place = self.lines[number].iter().position(|other| *other == unit)?;
        Some((&system.model.crews[number], place))
    }

    /// Returns whether the unit's repair is in progress.
    pub(super) fn is_worked_on(&self, system: &System<'_>, unit: usize) -> bool {
        let alone = system.units[unit].crew.is_none();
        self.place(system, unit).map_or(alone, |(crew, place)| place < crew.size as usize)
    }

    /// Returns the place of a unit in its crew's queue, if the order of the units under repair matters,
    /// because it decides whose repair is interrupted.
    pub(super) fn place_that_counts(&self, system: &System<'_>, unit: usize) -> Option<usize> {
        let (crew, place) = self.place(system, unit)?;
        (crew.discipline == Discipline::PreemptivePriority).then_some(place)
    }

    /// Returns how fast a unit that is up ages: by the dormancy as a spare, otherwise at full speed.
    pub(super) fn speed(&self, system: &System<'_>, unit: usize) -> f64 {
        match (self.units[unit].role, system.units[unit].block) {
            (Role::Spare | Role::Lost, Some(block)) => system.blocks[block].standby.dormancy,
            _ => 1.0,
        }
    }

    /// Returns the same state with the units of each class, and interchangeable positions, in a fixed
    /// order. Equivalent states thus become equal.
    pub(super) fn canonical(mut self, system: &System<'_>) -> Self {
        let mut places = vec![usize::MAX; self.units.len()];
        for line in &self.lines {
            for (place, unit) in line.iter().enumerate() {
                places[*unit] = place;
            }
        }
        // Sort the units of each class by state and by place in the queue, and renumber the queues
        // accordingly.
        let mut number: Vec<usize> = (0..self.units.len()).collect();
        for class in system.classes.iter().filter(|class| class.len() > 1) {
            let mut order = class.clone();
            order.sort_by_key(|unit| (self.units[*unit], places[*unit]));
            let locals: Vec<Local> = order.iter().map(|unit| self.units[*unit]).collect();
            for ((old, new), local) in order.into_iter().zip(class).zip(locals) {
                number[old] = *new;
                self.units[*new] = local;
            }
        }
        for (line, crew) in self.lines.iter_mut().zip(&system.model.crews) {
            for unit in line.iter_mut() {
                *unit = number[*unit];
            }
            // The order of the units under repair only matters where it decides whose repair is
            // interrupted.
            if crew.discipline != Discipline::PreemptivePriority {
                let at_work = line.len().min(crew.size as usize);
                line[..at_work].sort_unstable();
            }
        }
        for (positions, block) in self.positions.iter_mut().zip(&system.blocks) {
            if block.positions_are_alike() {
                positions.sort_unstable();
            }
        }
        self
    }
}
