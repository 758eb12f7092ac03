//! The validated model of a system, which the simulation, the exact solvers and the reports work on.
//!
//! Every value in a model is valid: names are resolved to indices, parameters are in range, and no
//! dependency is circular. Times are in seconds from the start of the horizon. docs/topology.md defines
//! the terms; the fields here document the behaviour.

use super::structure::{Node, Structure};
use crate::stats::distribution::Distribution;

/// A system that can be solved or simulated.
#[derive(Debug, Clone)]
pub struct Model {
    /// Name of the system; the file name where none is given.
    pub name: String,
    /// Length of a replication in seconds.
    pub horizon_s: f64,
    /// All units. A component with `count: n` has n of them, named `name-1` to `name-n`.
    pub units: Vec<Unit>,
    /// The components of the file, each with its units.
    pub components: Vec<Component>,
    /// Standby blocks. Each is one leaf of the structure.
    pub standbys: Vec<Standby>,
    /// Common causes.
    pub shocks: Vec<Shock>,
    /// Repair crews of limited size.
    pub crews: Vec<Crew>,
    /// Schedules of planned work, each for all units of one component.
    pub schedules: Vec<Schedule>,
    /// The structure function: when the system is down, given its leaves. The leaves are the units, then
    /// the standby blocks, then the common causes that have their own repair (see [`Model::leaf`]).
    /// Besides the top node it has a gate for each named block.
    pub structure: Structure,
    /// Named blocks: the name, and the node that is down while the block is.
    pub blocks: Vec<(String, Node)>,
    /// Availability and reliability objectives.
    pub objectives: Objectives,
    /// State of the system at time zero.
    pub start: Start,
    /// Whether units stop ageing and no further failures occur while the system is down.
    pub suspend: bool,
}

/// A component of the topology file.
#[derive(Debug, Clone)]
pub struct Component {
    /// Name of the component.
    pub name: String,
    /// Indices of its units.
    pub units: std::ops::Range<u32>,
}

/// One unit.
#[derive(Debug, Clone)]
pub struct Unit {
    /// Name of the component, with the suffix `-i` where the component has several units.
    pub name: String,
    /// Index of its component.
    pub component: u32,
    /// Its failure and repair behaviour.
    pub life: Life,
}

/// The failure and repair behaviour of a unit.
#[derive(Debug, Clone)]
pub enum Life {
    /// Down with this probability for the whole replication, without failures and repairs.
    Fixed {
        /// The probability of being down.
        unavailability: f64,
    },
    /// Fails and is repaired over time.
    Dynamic(Box<Dynamics>),
}

/// A unit that fails and is repaired over time. One cycle is: up → failed → (inspection, if failures are
/// hidden) → detected → (restarts) → (waiting for a crew) → repair → up. The unit is down from the
/// failure until it is up again.
#[derive(Debug, Clone)]
pub struct Dynamics {
    /// Operating time to failure of a new unit.
    pub failure: Distribution,
    /// Repair time; `None` if the unit is never repaired.
    pub repair: Option<Distribution>,
    /// Time from the failure until a restart or a repair can begin; `None` for immediate detection. If
    /// failures are hidden, it begins at the inspection that finds the failure.
    pub detection: Option<Distribution>,
    /// Automatic restarts, attempted before a repair.
    pub restart: Option<Restart>,
    /// The repair crew and this unit's rank in its queue (lower ranks are served first); `None` if a
    /// repair begins without waiting.
    pub crew: Option<CrewSlot>,
    /// Effect of a repair on the unit's operating age. A successful restart leaves the age unchanged.
    pub repair_effect: RepairEffect,
    /// Index of the inspection schedule. If present, failures are hidden until an inspection finds them.
    pub inspection: Option<u32>,
    /// Index of the maintenance schedule.
    pub maintenance: Option<u32>,
    /// Planned replacement at an operating age. The unit is out of service meanwhile and new afterwards.
    /// No crew is needed.
    pub replacement: Option<Replacement>,
}

impl Dynamics {
    /// Returns whether the unit only fails, is detected to be down and is repaired as good as new.
    pub fn is_renewal(&self) -> bool {
        self.restart.is_none()
            && self.repair_effect == RepairEffect::AsNew
            && self.inspection.is_none()
            && self.maintenance.is_none()
            && self.replacement.is_none()
    }

    /// Returns the mean time from a failure to its detection, in seconds.
    pub fn mean_detection_s(&self) -> f64 {
        self.detection.as_ref().map_or(0.0, Distribution::mean)
    }
}

/// The effect of a repair on the operating age.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum RepairEffect {
    /// The unit is as good as new (renewal).
    AsNew,
    /// The unit keeps its age at failure (minimal repair).
    AsOld,
    /// Kijima's model II: the age is multiplied by this factor; 0 is as good as new, 1 is a minimal
    /// repair.
    AgeFactor(f64),
}

/// Automatic restarts after detection: attempt, wait after a failed attempt, and try again, up to
/// `limit` attempts.
#[derive(Debug, Clone)]
pub struct Restart {
    /// Probability that an attempt succeeds.
    pub success: f64,
    /// Duration of an attempt.
    pub attempt: Distribution,
    /// The wait after the first failed attempt. The wait after the i-th is
    /// `backoff_s · backoff_factor^(i−1)`, at most `backoff_max_s`.
    pub backoff_s: f64,
    /// See `backoff_s`.
    pub backoff_factor: f64,
    /// See `backoff_s`.
    pub backoff_max_s: f64,
    /// Maximum number of attempts, at least 1. No wait follows the last one.
    pub limit: u32,
}

/// The restart attempts that count in mean times: more are made only where hardly any succeeds.
const ATTEMPTS_MAX: u32 = 10_000_000;

impl Restart {
    /// Returns the wait in seconds after failed attempt number `attempt`, counted from 1.
    pub fn wait_s(&self, attempt: u32) -> f64 {
        let grown = self.backoff_s * self.backoff_factor.powf(f64::from(attempt) - 1.0);
        grown.min(self.backoff_max_s)
    }

    /// Returns the mean time in seconds of attempts and waits until one succeeds or none is left, and the probability
    /// that none succeeds.
    pub fn mean_s(&self) -> (f64, f64) {
        let (mut mean_s, mut still_down) = (0.0, 1.0);
        for attempt in 1..=self.limit.min(ATTEMPTS_MAX) {
            mean_s += still_down * self.attempt.mean();
            still_down *= 1.0 - self.success;
            if attempt < self.limit {
                mean_s += still_down * self.wait_s(attempt);
            }
            // What comes later hardly ever happens.
            if still_down < 1e-18 {
                break;
            }
        }
        (mean_s, still_down)
    }
}

/// A unit's assignment to a repair crew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CrewSlot {
    /// Index of the crew.
    pub crew: u32,
    /// The rank. Lower ranks are served first where the discipline is by priority.
    pub rank: u32,
}

/// A repair crew that repairs up to `size` units at once; other failed units wait.
#[derive(Debug, Clone)]
pub struct Crew {
    /// Name of the crew.
    pub name: String,
    /// Maximum number of simultaneous repairs, at least 1.
    pub size: u32,
    /// Queueing discipline.
    pub discipline: Discipline,
}

/// The order in which waiting units are repaired.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Discipline {
    /// First in, first out.
    Fifo,
    /// By rank, then first in, first out. A repair that has begun is not interrupted.
    Priority,
    /// As `Priority`, but a unit with a lower rank number interrupts the repair with the highest rank
    /// number if no repair place is free. The interrupted unit waits and later continues with its
    /// remaining work (preemptive resume).
    PreemptivePriority,
}

/// Planned replacement of a unit at an operating age.
#[derive(Debug, Clone)]
pub struct Replacement {
    /// Operating age at which the replacement is due.
    pub age_s: f64,
    /// Time for which the unit is out of service.
    pub duration: Distribution,
}

/// A schedule of planned work: inspections or maintenance of one component's units.
#[derive(Debug, Clone)]
pub struct Schedule {
    /// Index of the component.
    pub component: u32,
    /// Interval from one occasion to the next.
    pub every: Distribution,
    /// Time for which a unit is out of service on an occasion.
    pub duration: Distribution,
    /// How the occasions of different units relate to each other.
    pub pattern: Pattern,
    /// The time that `every` counts.
    pub clock: Clock,
    /// Whether the unit is as good as new after an occasion. It always is after an inspection that found
    /// a failure, once that is repaired.
    pub renews: bool,
}

/// How the occasions of several units relate to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pattern {
    /// All units at the same time.
    Together,
    /// Spread evenly over the interval: unit i of n (from 1) has its first occasion after i/n of the
    /// interval.
    Staggered,
    /// One clock for all units: each occasion takes the next unit in turn, and only if all units of the
    /// component are up and none is in maintenance. Otherwise the occasion is skipped.
    Rolling,
}

/// The time that a schedule counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clock {
    /// Calendar time: occasions come regardless of the unit's state. An occasion that finds the unit
    /// down or out of service is skipped (except that an inspection finds a hidden failure).
    Calendar,
    /// Time since the end of the last occasion or of the last repair. If an occasion is due while the
    /// unit is down (and the failure is not hidden), it is skipped and the interval starts again when
    /// the unit is up.
    SinceLast,
    /// Operating time of the unit since its last occasion. Repairs do not reset it.
    Operating,
}

/// A standby block. It is up while at least `needed` of its positions are served.
///
/// At the start the first `active` units serve and the others are spares. When a serving unit fails, or
/// is taken out by a requirement or a common cause, its position becomes empty. After `detection` and
/// `switchover` the first spare that is up takes over, if the switch works (one trial per demand). If
/// the switch fails and `manual` is given, the spare takes over after `detection` and `manual`; without
/// `manual` the position stays empty until a unit returns. A unit that returns from repair while a
/// position is empty serves in it at once, without a switchover; this cancels a pending switchover into
/// that position. Otherwise the unit becomes a spare. If no spare is up when a switchover ends, the
/// position stays empty until a unit returns. Serving units continue to operate while the block is down.
#[derive(Debug, Clone)]
pub struct Standby {
    /// Name of the block, or a generated one that tells where it is defined.
    pub name: String,
    /// Indices of its units in order of preference.
    pub units: Vec<u32>,
    /// For each unit, the node that is down while the unit is out of service without having failed (by a
    /// requirement or a common cause); `None` where there is no such node.
    pub out: Vec<Option<Node>>,
    /// Number of positions, at least 1.
    pub active: u32,
    /// Number of positions that must be served for the block to be up.
    pub needed: u32,
    /// Ageing rate of a spare relative to a serving unit: 0 for cold, 1 for hot standby.
    pub dormancy: f64,
    /// Time from the loss of a serving unit to the start of the switchover.
    pub detection: Option<Distribution>,
    /// Duration of the switchover.
    pub switchover: Option<Distribution>,
    /// Probability that the switch works, per demand.
    pub switch_success: f64,
    /// A node that must be up at the moment of the demand for the switch to work.
    pub switch: Option<Node>,
    /// Duration of a manual switchover, used when the switch did not work.
    pub manual: Option<Distribution>,
    /// Whether a returning unit takes its position back from a unit that is listed after it. This is a
    /// planned switchover, which leaves the position empty for `switchover`.
    pub fail_back: bool,
}

impl Standby {
    /// Returns the nodes outside of the block that it depends on.
    pub fn watched(&self) -> impl Iterator<Item = Node> {
        self.out.iter().flatten().chain(&self.switch).copied()
    }
}

/// A common cause, which affects all its units at once.
#[derive(Debug, Clone)]
pub struct Shock {
    /// Name of the common cause.
    pub name: String,
    /// Its occurrence and effect.
    pub kind: ShockKind,
    /// Indices of the units that it affects.
    pub units: Vec<u32>,
}

/// The occurrence and effect of a common cause.
#[derive(Debug, Clone)]
pub enum ShockKind {
    /// Present with this probability for the whole replication; its units are out of service while it
    /// is. It is a leaf of the structure.
    Fixed {
        /// The probability of being present.
        unavailability: f64,
    },
    /// Occurs repeatedly, and takes its units out of service until it is over. The units do not fail by
    /// it and need no repair. It is a leaf of the structure.
    Outage {
        /// Time from the end of one occurrence to the next.
        arrival: Distribution,
        /// Duration of an occurrence.
        repair: Distribution,
    },
    /// Occurs repeatedly, and makes each of its units that is up fail with the given probability. Each
    /// failed unit needs its own repair.
    Failure {
        /// Time from one occurrence to the next.
        arrival: Distribution,
        /// Probability that a unit which is up fails.
        probability: f64,
    },
}

/// Availability and reliability objectives.
#[derive(Debug, Clone, Default)]
pub struct Objectives {
    /// Availability objective, as unavailability.
    pub unavailability: Option<f64>,
    /// Length of the window that the availability objective applies to.
    pub window_s: Option<f64>,
    /// Reliability objective, as the probability of a failure during the mission.
    pub unreliability: Option<f64>,
    /// Length of the mission.
    pub mission_s: Option<f64>,
}

/// The state of the system at time zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// Everything is new and up.
    New,
    /// The stationary state, as found after a long time in use.
    Stationary,
}

/// The meaning of a leaf of the structure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leaf {
    /// A unit, by index.
    Unit(u32),
    /// A standby block, by index.
    Standby(u32),
    /// A common cause with its own repair, by its index in [`Model::shocks`].
    Shock(u32),
}

impl Life {
    /// Returns the failure and repair behaviour over time; `None` for a fixed unavailability.
    pub fn dynamics(&self) -> Option<&Dynamics> {
        match self {
            Self::Dynamic(dynamics) => Some(dynamics),
            Self::Fixed { .. } => None,
        }
    }

    /// Returns the unit's assignment to a crew, if it has one.
    pub fn crew(&self) -> Option<CrewSlot> {
        self.dynamics()?.crew
    }
}

impl Model {
    /// Returns for each crew whether it serves more units than it can repair at once, so that a unit may
    /// have to wait.
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

    /// Returns the schedule that a unit's planned work follows, if it has any.
    pub fn schedule(&self, number: Option<u32>) -> Option<&Schedule> {
        self.schedules.get(number? as usize)
    }

    /// Returns the fraction of a schedule's first interval after which a unit has its first occasion:
    /// i/n for unit i of n where the occasions are staggered, otherwise 1.
    pub fn first_share(&self, schedule: &Schedule, unit: u32) -> f64 {
        let units = self.components.get(schedule.component as usize).map(|c| c.units.clone());
        match (schedule.pattern, units) {
            (Pattern::Staggered, Some(units)) if !units.is_empty() => {
                f64::from(unit - units.start + 1) / f64::from(units.end - units.start)
            }
            _ => 1.0,
        }
    }

    /// Returns the number of leaf indices: one for every unit, standby block and common cause. The
    /// structure need not use all of them.
    pub fn leaf_count(&self) -> u32 {
        (self.units.len() + self.standbys.len() + self.shocks.len()) as u32
    }

    /// Returns what leaf `number` stands for.
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

    /// Returns the index of the leaf that stands for `leaf`.
    pub fn leaf_number(&self, leaf: Leaf) -> u32 {
        let (units, standbys) = (self.units.len() as u32, self.standbys.len() as u32);
        match leaf {
            Leaf::Unit(unit) => unit,
            Leaf::Standby(standby) => units + standby,
            Leaf::Shock(shock) => units + standbys + shock,
        }
    }

    /// Returns the name of a leaf, for reports.
    pub fn leaf_name(&self, number: u32) -> &str {
        match self.leaf(number) {
            Leaf::Unit(unit) => self.units.get(unit as usize).map(|u| u.name.as_str()),
            Leaf::Standby(standby) => self.standbys.get(standby as usize).map(|s| s.name.as_str()),
            Leaf::Shock(shock) => self.shocks.get(shock as usize).map(|s| s.name.as_str()),
        }
        .unwrap_or_default()
    }
}
