//! The system that a chain is generated from: the parts of a model that the watched nodes depend on.
//! What they are is in the model; here are their numbers in the chain and their places in it.

use super::gates::Gates;
use crate::simulate::model::{
    Clock, Crew, CrewSlot, Dynamics, Life, Model, Pattern, Schedule, ShockKind, Standby,
};
use crate::stats::distribution::{Distribution, Stages};

/// The whole system.
#[derive(Debug)]
pub(super) struct System<'m> {
    pub(super) model: &'m Model,
    pub(super) units: Vec<ChainUnit<'m>>,
    pub(super) blocks: Vec<Block<'m>>,
    /// The blocks, each after those that its slots and its switch depend on.
    pub(super) block_order: Vec<usize>,
    pub(super) shocks: Vec<Shock<'m>>,
    pub(super) occasions: Vec<Occasion<'m>>,
    /// Nodes: units, blocks, shocks, then gates.
    pub(super) gates: Gates,
    /// The nodes whose states are of interest; with `suspend`, the first one is the system.
    pub(super) watched: Vec<usize>,
    /// Classes of units that are interchangeable, ascending; every unit is in one class.
    pub(super) classes: Vec<Vec<usize>>,
    /// The class of each unit.
    pub(super) class_of: Vec<usize>,
}

#[derive(Debug)]
pub(super) struct ChainUnit<'m> {
    pub(super) life: &'m Life,
    /// The crew that it may have to wait for, and its rank there (0 where ranks do not matter).
    pub(super) crew: Option<CrewSlot>,
    /// The block that it belongs to.
    pub(super) block: Option<usize>,
}

#[derive(Debug)]
pub(super) struct Block<'m> {
    pub(super) standby: &'m Standby,
    /// In order of preference.
    pub(super) slots: Vec<Slot>,
    /// The node that must be up for the switch to work.
    pub(super) switch: Option<usize>,
}

#[derive(Debug)]
pub(super) struct Slot {
    pub(super) unit: usize,
    /// The node that takes the unit out of service.
    pub(super) out: Option<usize>,
}

#[derive(Debug)]
pub(super) struct Shock<'m> {
    pub(super) kind: &'m ShockKind,
    /// The units that it makes fail, in the order in which they request repair.
    pub(super) units: Vec<usize>,
}

/// A clock of planned work that several units share. Each of them has work at every occasion, or one of
/// them in turn where the schedule is rolling.
#[derive(Debug)]
pub(super) struct Occasion<'m> {
    pub(super) schedule: &'m Schedule,
    pub(super) work: Work,
    pub(super) units: Vec<usize>,
    /// Whether it makes no difference whose turn it is.
    pub(super) alike: bool,
}

/// A part of a unit's cycle that takes some time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Work {
    /// The inspection that has found its failure.
    Found,
    Detection,
    /// A restart, by its number from 1.
    Restart(u16),
    /// The repair, or the wait for it.
    Repair,
    /// An inspection that finds it up.
    Inspection,
    Maintenance,
}

/// A part of filling a position of a standby block that takes some time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Switchover {
    /// The loss is being detected; then the switch works, or the switchover is by hand.
    Detection {
        works: bool,
    },
    Automatic,
    ByHand,
}

impl System<'_> {
    /// Returns the node of a block.
    pub(super) fn block_node(&self, block: usize) -> usize {
        self.units.len() + block
    }

    /// Returns the dynamics of a unit, if it has any.
    pub(super) fn dynamics(&self, unit: usize) -> Option<&Dynamics> {
        self.units[unit].life.dynamics()
    }

    /// Returns the crew of a slot.
    pub(super) fn crew(&self, slot: CrewSlot) -> &Crew {
        &self.model.crews[slot.crew as usize]
    }

    /// Returns the time that some work on a unit takes.
    pub(super) fn time(&self, unit: usize, work: Work) -> Stages {
        let planned = |number| self.model.schedule(number).map(|schedule| &schedule.duration);
        let duration = self.dynamics(unit).and_then(|dynamics| match work {
            Work::Found | Work::Inspection => planned(dynamics.inspection),
            Work::Detection => dynamics.detection.as_ref(),
            Work::Restart(_) => dynamics.restart.as_ref().map(|restart| &restart.attempt),
            Work::Repair => dynamics.repair.as_ref(),
            Work::Maintenance => planned(dynamics.maintenance),
        });
        stages(duration)
    }
}

impl Block<'_> {
    /// Returns the time that a part of a switchover takes.
    pub(super) fn time(&self, switchover: Switchover) -> Stages {
        stages(match switchover {
            Switchover::Detection { .. } => self.standby.detection.as_ref(),
            Switchover::Automatic => self.standby.switchover.as_ref(),
            Switchover::ByHand => self.standby.manual.as_ref(),
        })
    }

    /// Returns the nodes that the block looks at: by slot the one that takes its unit out, then the one
    /// of the switch.
    pub(super) fn looked_at(&self) -> impl Iterator<Item = Option<usize>> {
        self.slots.iter().map(|slot| slot.out).chain([self.switch])
    }

    /// Returns whether it makes no difference in which position a unit serves. Positions differ in that
    /// a unit that returns cancels the first of several switchovers under way, so they are alike where
    /// all switchovers are.
    pub(super) fn positions_are_alike(&self) -> bool {
        // Two switchovers under way can differ only if there are at least two stages. A detection counts
        // twice, as it also carries whether the switch works.
        let parts = [true, false].map(|works| Switchover::Detection { works });
        let parts = parts.into_iter().chain([Switchover::Automatic, Switchover::ByHand]);
        self.standby.active == 1 || parts.map(|part| self.time(part).count).sum::<u32>() <= 1
    }
}

impl Occasion<'_> {
    pub(super) fn is_rolling(&self) -> bool {
        self.schedule.pattern == Pattern::Rolling
    }
}

/// Returns whether all units of a schedule follow one clock, and not each a clock of its own.
pub(super) fn is_shared(schedule: &Schedule) -> bool {
    let calendar = schedule.pattern == Pattern::Together && schedule.clock == Clock::Calendar;
    schedule.pattern == Pattern::Rolling || calendar
}

/// Returns the stages of a time; none where there is no time.
pub(super) fn stages(time: Option<&Distribution>) -> Stages {
    time.and_then(Distribution::stages).unwrap_or_default()
}

/// Returns the rate of an exponential time, per second.
pub(super) fn rate(time: &Distribution) -> f64 {
    stages(Some(time)).rate
}
