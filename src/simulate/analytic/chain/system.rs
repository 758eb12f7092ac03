//! The system that a chain is generated from: the parts of a model that its top depends on, with rates
//! in place of distributions.

use super::gates::Gates;
use crate::simulate::model::Discipline;

/// A random time: equal exponential stages in sequence (Erlang 1917). No stages means no time at all.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Time {
    pub(super) stages: u16,
    /// The rate of each stage, per second.
    pub(super) rate_per_s: f64,
}

impl Time {
    pub(super) const NONE: Self = Self { stages: 0, rate_per_s: 0.0 };

    pub(super) fn is_none(self) -> bool {
        self.stages == 0
    }
}

/// The whole system.
#[derive(Debug)]
pub(super) struct System {
    pub(super) units: Vec<ChainUnit>,
    pub(super) crews: Vec<ChainCrew>,
    pub(super) blocks: Vec<Block>,
    /// The blocks, each after those that its slots and its switch depend on.
    pub(super) block_order: Vec<usize>,
    pub(super) shocks: Vec<Shock>,
    pub(super) calendars: Vec<Calendar>,
    pub(super) rollings: Vec<Rolling>,
    /// Nodes: units, blocks, shocks, then gates.
    pub(super) gates: Gates,
    /// The nodes whose states are of interest; with `suspend`, the first one is the system.
    pub(super) watched: Vec<usize>,
    pub(super) suspend: bool,
    /// Classes of units that are interchangeable, ascending; every unit is in one class.
    pub(super) classes: Vec<Vec<usize>>,
    /// The class of each unit.
    pub(super) class_of: Vec<usize>,
}

impl System {
    /// Returns the node of a block.
    pub(super) fn block_node(&self, block: usize) -> usize {
        self.units.len() + block
    }
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct ChainUnit {
    pub(super) life: Life,
    /// The crew that it may have to wait for, and its rank there (0 where ranks do not matter).
    pub(super) crew: Option<(usize, u32)>,
    /// The block that it belongs to.
    pub(super) block: Option<usize>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Life {
    /// Failed from the start with this probability, and forever.
    Fixed {
        unavailability: f64,
    },
    Dynamic(Dynamics),
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Dynamics {
    pub(super) failures_per_s: f64,
    pub(super) detection: Time,
    pub(super) restart: Option<Restart>,
    /// `None` if it is never repaired.
    pub(super) repair: Option<Time>,
    /// Present if failures are hidden.
    pub(super) inspection: Option<Plan>,
    pub(super) maintenance: Option<Plan>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Restart {
    pub(super) success: f64,
    pub(super) attempt: Time,
    pub(super) limit: u16,
}

/// Planned work on a unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Plan {
    pub(super) clock: PlanClock,
    pub(super) duration: Time,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum PlanClock {
    /// A clock of the unit's own that runs while the unit is up (or its failure hidden).
    Own { per_s: f64 },
    /// A clock of the unit's own that runs as fast as the unit ages.
    Operating { per_s: f64 },
    /// A clock that several units share; it is in the system's list.
    Shared { schedule: u32 },
}

#[derive(Debug)]
pub(super) struct ChainCrew {
    pub(super) size: usize,
    pub(super) discipline: Discipline,
}

#[derive(Debug)]
pub(super) struct Block {
    /// In order of preference.
    pub(super) slots: Vec<Slot>,
    pub(super) active: usize,
    pub(super) needed: usize,
    pub(super) dormancy: f64,
    pub(super) detection: Time,
    pub(super) switchover: Time,
    pub(super) switch_success: f64,
    /// The node that must be up for the switch to work.
    pub(super) switch: Option<usize>,
    pub(super) manual: Option<Time>,
    pub(super) fail_back: bool,
}

impl Block {
    /// Returns whether it makes no difference in which position a unit serves. Positions differ in that
    /// a unit that returns cancels the first of several switchovers under way, so they are alike where
    /// all switchovers are.
    pub(super) fn positions_are_alike(&self) -> bool {
        // Two switchovers under way can differ only if there are at least two stages. A detection counts
        // twice, as it also carries whether the switch works.
        let by_hand = self.manual.map_or(0, |manual| manual.stages);
        let stages =
            u32::from(2 * self.detection.stages) + u32::from(self.switchover.stages) + u32::from(by_hand);
        self.active == 1 || stages <= 1
    }
}

#[derive(Debug)]
pub(super) struct Slot {
    pub(super) unit: usize,
    /// The node that takes the unit out of service.
    pub(super) out: Option<usize>,
}

#[derive(Debug)]
pub(super) enum Shock {
    /// Present from the start with this probability, and forever.
    Fixed {
        unavailability: f64,
    },
    Outage {
        arrivals_per_s: f64,
        repair: Time,
    },
    Failure {
        arrivals_per_s: f64,
        probability: f64,
        /// In the order in which they request repair.
        units: Vec<usize>,
    },
}

/// A clock that several units share; each of them has work at every occasion.
#[derive(Debug)]
pub(super) struct Calendar {
    pub(super) per_s: f64,
    pub(super) inspects: bool,
    pub(super) units: Vec<usize>,
}

/// A clock that several units share; one of them has work at each occasion.
#[derive(Debug)]
pub(super) struct Rolling {
    pub(super) per_s: f64,
    pub(super) units: Vec<usize>,
    /// Whether it makes no difference whose turn it is.
    pub(super) alike: bool,
}
