//! The validated model of a system: what the engine, the exact solvers and the reports work on.
//!
//! Whatever is in here is right: names are resolved to numbers, parameters are in range, nothing is circular. Times are in
//! seconds from the start of the horizon. The words are defined in docs/topology.md; how each one *behaves* is said here,
//! where the field is.

use super::structure::{Node, Structure};
use crate::stats::distribution::Distribution;

/// A system, ready to be solved or simulated.
#[derive(Debug, Clone)]
pub struct Model {
    /// Its name, or the file's.
    pub name: String,
    /// How long a replication lasts.
    pub horizon_s: f64,
    /// Every unit; a component of `count: n` gives n of them, `name-1` to `name-n`.
    pub units: Vec<Unit>,
    /// The components as they were written, each with its units.
    pub components: Vec<Component>,
    /// Standby blocks: each is one leaf of the structure.
    pub standbys: Vec<Standby>,
    /// Common causes.
    pub shocks: Vec<Shock>,
    /// Repair crews of limited size.
    pub crews: Vec<Crew>,
    /// Clocks of planned work, of whole components.
    pub schedules: Vec<Schedule>,
    /// When the system is down, by its parts. Leaves: the units, then the standby blocks, then the shocks that have a repair of
    /// their own ([`Model::leaf`] tells which is which). Besides the top it has a gate for each named block.
    pub structure: Structure,
    /// Named blocks: name and the node that says when it is down.
    pub blocks: Vec<(String, Node)>,
    /// What was promised.
    pub objectives: Objectives,
    /// The state at time zero.
    pub start: Start,
    /// Whether nothing ages and no further failure comes while the system is down.
    pub suspend: bool,
}

/// A component as it stands in the file.
#[derive(Debug, Clone)]
pub struct Component {
    /// Its name.
    pub name: String,
    /// Its units, by number.
    pub units: std::ops::Range<u32>,
}

/// One unit.
#[derive(Debug, Clone)]
pub struct Unit {
    /// Its name: the component's, with `-i` where it counts more than one.
    pub name: String,
    /// The component's number.
    pub component: u32,
    /// How it fails and comes back.
    pub life: Life,
}

/// How a unit fails and comes back.
#[derive(Debug, Clone)]
pub enum Life {
    /// Down with this probability, for a whole replication; no dynamics.
    Fixed {
        /// The probability.
        unavailability: f64,
    },
    /// Fails and is repaired in time.
    Dynamic(Box<Dynamics>),
}

/// A unit that lives in time. One cycle: up → failed → (inspection, if its failures are hidden) → detected → (restarts) → (waiting
/// for a crew) → repair → up. It is down from the failure until it is up again.
#[derive(Debug, Clone)]
pub struct Dynamics {
    /// Operating age at failure, of a new unit.
    pub failure: Distribution,
    /// The time a repair takes; `None`: it is never repaired.
    pub repair: Option<Distribution>,
    /// From the failure until somebody (or a restart) can act; `None`: at once. With hidden failures it starts at the
    /// inspection.
    pub detection: Option<Distribution>,
    /// Automatic attempts before a human repairs.
    pub restart: Option<Restart>,
    /// The crew that repairs, and this unit's rank with it (lower first); `None`: a repair starts at once.
    pub crew: Option<CrewSlot>,
    /// What a repair does to the unit's age. A successful restart never changes the age of what failed by chance: it leaves the unit
    /// as old as it was.
    pub repair_effect: RepairEffect,
    /// Failures are found only by this schedule's inspections; the schedule's number.
    pub inspection: Option<u32>,
    /// Planned work on this unit; the schedule's number.
    pub maintenance: Option<u32>,
    /// Planned replacement at an operating age; the unit is out meanwhile and new afterwards. No crew is needed.
    pub replacement: Option<Replacement>,
}

/// What a repair does to the operating age.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum RepairEffect {
    /// The unit is new (renewal).
    AsNew,
    /// The unit is as old as when it failed (minimal repair).
    AsOld,
    /// Kijima's model II: the age is multiplied by this, 0 = new, 1 = as old.
    AgeFactor(f64),
}

/// Automatic restarts after detection: attempt, and if it fails wait and attempt again, at most `limit` times.
#[derive(Debug, Clone)]
pub struct Restart {
    /// The probability that an attempt works.
    pub success: f64,
    /// The time an attempt takes.
    pub attempt: Distribution,
    /// The wait after the first failed attempt; the wait after the i-th is `backoff_s · backoff_factor^(i−1)`, at most `backoff_max_s`.
    pub backoff_s: f64,
    /// See `backoff_s`.
    pub backoff_factor: f64,
    /// See `backoff_s`.
    pub backoff_max_s: f64,
    /// Attempts at most, at least 1. There is no wait after the last.
    pub limit: u32,
}

impl Restart {
    /// The wait after failed attempt number `attempt`, counted from 1.
    pub fn wait_s(&self, attempt: u32) -> f64 {
        let grown = self.backoff_s * self.backoff_factor.powf(f64::from(attempt) - 1.0);
        grown.min(self.backoff_max_s)
    }
}

/// A place in a crew's queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CrewSlot {
    /// The crew's number.
    pub crew: u32,
    /// The rank: lower is served first where the discipline is by priority.
    pub rank: u32,
}

/// A repair crew: so many units are in repair at once, the others wait.
#[derive(Debug, Clone)]
pub struct Crew {
    /// Its name.
    pub name: String,
    /// How many repairs go on at once, at least 1.
    pub size: u32,
    /// Who comes next.
    pub discipline: Discipline,
}

/// Who is repaired next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Discipline {
    /// In the order in which units began to wait.
    Fifo,
    /// By rank, then in the order in which they began to wait; a repair that has begun goes on.
    Priority,
    /// As `Priority`, but a unit of lower rank interrupts the repair of the highest-ranked one; what was interrupted waits and goes on
    /// later with the work that is left.
    PreemptivePriority,
}

/// Planned replacement at an age.
#[derive(Debug, Clone)]
pub struct Replacement {
    /// The operating age at which it is due.
    pub age_s: f64,
    /// How long the unit is out.
    pub duration: Distribution,
}

/// A clock of planned work: inspections or maintenance of one component's units.
#[derive(Debug, Clone)]
pub struct Schedule {
    /// The component's number.
    pub component: u32,
    /// From one occasion to the next.
    pub every: Distribution,
    /// How long a unit is out for it.
    pub duration: Distribution,
    /// How the units' occasions lie to each other.
    pub pattern: Pattern,
    /// What `every` counts.
    pub clock: Clock,
    /// Whether the unit is new after it. Always so after an inspection that found a failure and repaired it.
    pub renews: bool,
}

/// How the occasions of several units lie to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pattern {
    /// All at once.
    Together,
    /// Spread evenly over the interval: unit i of n (from 1) has its first after i/n of it.
    Staggered,
    /// One clock for all: at each occasion the next unit in turn, and only if all units of the component are up and none is in
    /// maintenance; otherwise the occasion is left out.
    Rolling,
}

/// What a schedule counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clock {
    /// The calendar: occasions come whatever the unit does. One that finds the unit down or out is left out (an inspection finds the
    /// failure).
    Calendar,
    /// From the end of the last occasion, and of the repair that it led to. One that is due while the unit is down (and not
    /// hidden) waits for nothing: the interval starts anew when the unit is up again.
    SinceLast,
    /// The unit's operating time since its last occasion; repairs do not reset it.
    Operating,
}

/// A standby block. It works while at least `needed` of its positions are served.
///
/// At the start the first `active` units serve, the others are spares. When a serving unit fails (or is out by a
/// requirement), its position is empty; after `detection` and `switchover` the first spare that is up takes over, if the switch
/// works (once per demand). If it does not, and `manual` is given, the spare takes over after that; otherwise the position stays empty
/// until a unit returns. A unit that returns from repair while a position is empty serves in it at once (also the one that
/// failed, which cancels its switchover); otherwise it becomes a spare. A position for which no spare is up when the
/// switchover ends stays empty until a unit returns. Serving units go on working while the block is down.
#[derive(Debug, Clone)]
pub struct Standby {
    /// Its name, or a made-up one that tells where it stands.
    pub name: String,
    /// Its units in order of preference.
    pub units: Vec<u32>,
    /// When a unit of the same index is out though it has not failed (a requirement or a common cause); `None`: never.
    pub out: Vec<Option<Node>>,
    /// Positions, at least 1.
    pub active: u32,
    /// Positions that must be served.
    pub needed: u32,
    /// How fast a spare ages: 0 cold, 1 hot.
    pub dormancy: f64,
    /// From the loss of a serving unit until the switchover starts.
    pub detection: Option<Distribution>,
    /// The switchover itself.
    pub switchover: Option<Distribution>,
    /// The probability that the switch works, per demand.
    pub switch_success: f64,
    /// A unit, block or other node that must be up at the moment of the demand for the switch to work.
    pub switch: Option<Node>,
    /// How long it takes by hand when the switch did not work.
    pub manual: Option<Distribution>,
    /// Whether a unit that returns takes its place back from a unit that is listed after it, by a planned switchover that
    /// leaves the position empty for `switchover`.
    pub fail_back: bool,
}

/// A common cause: it strikes all its units at once.
#[derive(Debug, Clone)]
pub struct Shock {
    /// Its name.
    pub name: String,
    /// How it comes and what it does.
    pub kind: ShockKind,
    /// The units it strikes.
    pub units: Vec<u32>,
}

/// How a common cause comes and what it does.
#[derive(Debug, Clone)]
pub enum ShockKind {
    /// It is there with this probability for a whole replication; the units are out while it is. A leaf of the structure.
    Fixed {
        /// The probability.
        unavailability: f64,
    },
    /// It comes, and its units are out until it is over; they neither fail by it nor need repair. A leaf of the structure.
    Outage {
        /// From the end of one to the next.
        arrival: Distribution,
        /// How long it lasts.
        repair: Distribution,
    },
    /// It comes, and each of its units that is up fails and needs its own repair.
    Failure {
        /// From one to the next.
        arrival: Distribution,
        /// The probability for each unit that it fails.
        probability: f64,
    },
}

/// What was promised.
#[derive(Debug, Clone, Default)]
pub struct Objectives {
    /// The availability objective, by its complement.
    pub unavailability: Option<f64>,
    /// The window over which it is judged.
    pub window_s: Option<f64>,
    /// The probability to get through the mission without a failure, by its complement.
    pub unreliability: Option<f64>,
    /// The mission's length.
    pub mission_s: Option<f64>,
}

/// The state at time zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// Everything is new and up.
    New,
    /// As it is found after it has been in use for long.
    Stationary,
}

/// What a leaf of the structure stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leaf {
    /// A unit, by number.
    Unit(u32),
    /// A standby block, by number.
    Standby(u32),
    /// A common cause with a repair of its own, by its number in [`Model::shocks`].
    Shock(u32),
}

impl Life {
    /// The unit's place with a crew, if it has one.
    pub fn crew(&self) -> Option<CrewSlot> {
        match self {
            Self::Dynamic(dynamics) => dynamics.crew,
            Self::Fixed { .. } => None,
        }
    }
}

impl Model {
    /// By crew, whether it serves more units than it can repair at once, so that some may have to wait.
    pub fn crowded_crews(&self) -> Vec<bool> {
        let mut served = vec![0_u32; self.crews.len()];
        for slot in self.units.iter().filter_map(|unit| unit.life.crew()) {
            if let Some(count) = served.get_mut(slot.crew as usize) {
                *count += 1;
            }
        }
        let crews = self.crews.iter().zip(served);
        crews.map(|(crew, served)| served > crew.size).collect()
    }

    /// The share of a schedule's first interval after which a unit has its first occasion: i/n for unit i of n where the
    /// occasions are staggered, else all of it.
    pub fn first_share(&self, schedule: &Schedule, unit: u32) -> f64 {
        let units = self.components.get(schedule.component as usize).map(|c| c.units.clone());
        match (schedule.pattern, units) {
            (Pattern::Staggered, Some(units)) if !units.is_empty() => {
                f64::from(unit - units.start + 1) / f64::from(units.end - units.start)
            }
            _ => 1.0,
        }
    }

    /// How many leaves the structure has at most: one for every unit, standby block and common cause.
    pub fn leaf_count(&self) -> u32 {
        (self.units.len() + self.standbys.len() + self.shocks.len()) as u32
    }

    /// What leaf `number` stands for.
    pub fn leaf(&self, number: u32) -> Leaf {
        let (units, standbys) = (self.units.len() as u32, self.standbys.len() as u32);
        if number < units {
            Leaf::Unit(number)
        } else if number < units + standbys {
            Leaf::Standby(number - units)
        } else {
            Leaf::Shock(number - units - standbys)
        }
    }

    /// The number of the leaf that stands for `leaf`.
    pub fn leaf_number(&self, leaf: Leaf) -> u32 {
        let (units, standbys) = (self.units.len() as u32, self.standbys.len() as u32);
        match leaf {
            Leaf::Unit(unit) => unit,
            Leaf::Standby(standby) => units + standby,
            Leaf::Shock(shock) => units + standbys + shock,
        }
    }

    /// The name of a leaf, for reports.
    pub fn leaf_name(&self, number: u32) -> &str {
        match self.leaf(number) {
            Leaf::Unit(unit) => self.units.get(unit as usize).map(|u| u.name.as_str()),
            Leaf::Standby(standby) => self.standbys.get(standby as usize).map(|s| s.name.as_str()),
            Leaf::Shock(shock) => self.shocks.get(shock as usize).map(|s| s.name.as_str()),
        }
        .unwrap_or_default()
    }
}
