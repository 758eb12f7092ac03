//! A cell: leaves that depend on each other, with all data about them that is constant during a
//! simulation.

use super::gates::{Gates, Root};
use crate::base::random::key;
use crate::simulate::model::{
    Clock, Crew, CrewSlot, Dynamics, Leaf, Life, Model, Pattern, RepairEffect, Restart, Schedule, Shock,
    ShockKind, Standby, Start,
};
use crate::simulate::structure::Node;
use crate::stats::distribution::Distribution;
use std::collections::{HashMap, HashSet};

/// Leaves that must be simulated together, and the gates above them.
#[derive(Debug)]
pub(in crate::simulate::monte_carlo::engine) struct Cell<'m> {
    pub(super) model: &'m Model,
    /// The units, in the model's order. A unit's index here is also the number of its leaf and of its
    /// element in the cell.
    pub(super) units: Vec<UnitFrame<'m>>,
    /// The schedules of planned work that units keep individually, grouped by unit.
    pub(super) plans: Vec<PlanFrame<'m>>,
    pub(super) standbys: Vec<StandbyFrame<'m>>,
    pub(super) shocks: Vec<ShockFrame<'m>>,
    pub(super) rollings: Vec<RollingFrame<'m>>,
    /// Indices of the crews in the model, in the order of the cell's crew states.
    pub(super) crews: Vec<u32>,
    pub(super) gates: Gates,
    /// The node whose outages the cell reports.
    pub(super) top: u32,
    /// For each node, the standby slots, as (block, slot), that are out of service while it is down.
    pub(super) watchers: HashMap<u32, Vec<(u32, u32)>>,
    /// Number of elements with events: units, standby positions, common causes, rolling schedules.
    pub(super) elements: usize,
    /// Length of the simulation before time zero.
    pub(super) warm_up_s: f64,
}

#[derive(Debug)]
pub(super) struct UnitFrame<'m> {
    /// Index of the unit in the model.
    pub(super) number: u32,
    pub(super) key: u64,
    pub(super) life: &'m Life,
    /// Its failure and repair behaviour, unless its unavailability is fixed.
    pub(super) dynamics: Option<&'m Dynamics>,
    /// Whether the unit only fails and is repaired as good as new, so that nothing else has to be
    /// checked.
    pub(super) plain: bool,
    /// Index of the crew in the cell, and the rank.
    pub(super) crew: Option<(u32, u32)>,
    /// Index of the standby block in the cell, and the slot.
    pub(super) standby: Option<(u32, u32)>,
    /// Range of its schedules in the cell's list.
    pub(super) plans: std::ops::Range<u32>,
}

/// A schedule of planned work that a unit keeps individually.
#[derive(Debug, Clone, Copy)]
pub(super) struct PlanFrame<'m> {
    pub(super) schedule: &'m Schedule,
    pub(super) key: u64,
    /// Fraction of the first interval after which the first occasion comes.
    pub(super) phase: f64,
    pub(super) inspects: bool,
}

#[derive(Debug)]
pub(super) struct StandbyFrame<'m> {
    pub(super) standby: &'m Standby,
    pub(super) key: u64,
    /// Number of its leaf in the cell.
    pub(super) leaf: u32,
    /// Element of its first position.
    pub(super) first_element: u32,
    /// Indices of its units in the cell.
    pub(super) units: Vec<u32>,
    /// Length of the longest chain of blocks that this one depends on. Blocks of a lower rank settle
    /// first.
    pub(super) rank: u32,
    /// For each slot, the node that takes it out of service while down.
    pub(super) out: Vec<Option<u32>>,
    pub(super) switch: Option<u32>,
}

#[derive(Debug)]
pub(super) struct ShockFrame<'m> {
    pub(super) shock: &'m Shock,
    /// Number of its leaf in the model, for causes.
    pub(super) number: u32,
    pub(super) key: u64,
    /// Number of its leaf in the cell.
    pub(super) leaf: u32,
    /// Indices in the cell of the affected units that belong to the cell.
    pub(super) units: Vec<u32>,
}

#[derive(Debug)]
pub(super) struct RollingFrame<'m> {
    pub(super) schedule: &'m Schedule,
    pub(super) key: u64,
    pub(super) units: Vec<u32>,
}

impl<'m> Cell<'m> {
    /// Builds the cell of these leaves (sorted), which reports the outages of `top`.
    pub(in crate::simulate::monte_carlo::engine) fn new(
        model: &'m Model,
        leaves: &[u32],
        top: &Root,
    ) -> Self {
        let place: HashMap<u32, u32> = leaves.iter().enumerate().map(|(i, leaf)| (*leaf, i as u32)).collect();
        let mut roots = vec![top.clone()];
        let standbys = standbys(model, leaves);
        for standby in &standbys {
            let nodes = standby.out.iter().flatten().chain(&standby.switch);
            roots.extend(nodes.map(|node| Root::Node(*node)));
        }
        let (gates, numbers) = Gates::below(&model.structure, &roots, leaves);
        let mut numbers = numbers.into_iter();
        let top = numbers.next().unwrap_or_default();
        let (units, plans) = units(model, leaves);
        let mut cell = Self {
            model,
            units,
            plans,
            standbys: Vec::new(),
            shocks: Vec::new(),
            rollings: Vec::new(),
            crews: Vec::new(),
            gates,
            top,
            watchers: HashMap::new(),
            elements: 0,
            warm_up_s: 0.0,
        };
        cell.elements = cell.units.len();
        cell.assign_crews();
        cell.add_standbys(&standbys, &place, &mut numbers);
        cell.rank_standbys(leaves);
        cell.add_shocks(leaves, &place);
        cell.add_rollings(&place);
        cell.warm_up_s = cell.warm_up();
        cell
    }

    /// Returns the number of leaves in the cell.
    #[cfg(test)]
    pub(in crate::simulate::monte_carlo::engine) fn leaf_count(&self) -> usize {
        self.units.len() + self.standbys.len() + self.shocks.len()
    }

    /// Returns the first element of the common causes, which the rolling schedules follow.
    pub(super) fn first_shock_element(&self) -> u32 {
        (self.elements - self.shocks.len() - self.rollings.len()) as u32
    }

    /// Returns the model's data of a crew, by its index in the cell.
    pub(super) fn crew(&self, index: u32) -> Option<&'m Crew> {
        let number = *self.crews.get(index as usize)?;
        self.model.crews.get(number as usize)
    }

    fn assign_crews(&mut self) {
        let model = self.model;
        let mut places: HashMap<u32, u32> = HashMap::new();
        for unit in &mut self.units {
            if let Some(dynamics) = unit.dynamics
                && let Some(CrewSlot { crew, rank }) = dynamics.crew
                && (crew as usize) < model.crews.len()
            {
                let index = *places.entry(crew).or_insert_with(|| {
                    self.crews.push(crew);
                    self.crews.len() as u32 - 1
                });
                unit.crew = Some((index, rank));
            }
        }
    }

    fn add_standbys(
        &mut self,
        standbys: &[&'m Standby],
        place: &HashMap<u32, u32>,
        numbers: &mut impl Iterator<Item = u32>,
    ) {
        for (index, standby) in standbys.iter().copied().enumerate() {
            let out: Vec<Option<u32>> =
                standby.out.iter().map(|node| node.and_then(|_| numbers.next())).collect();
            for (slot, node) in out.iter().enumerate() {
                if let Some(node) = node {
                    self.watchers.entry(*node).or_default().push((index as u32, slot as u32));
                }
            }
            let units: Vec<u32> = standby.units.iter().filter_map(|unit| place.get(unit).copied()).collect();
            for (slot, unit) in units.iter().enumerate() {
                self.units[*unit as usize].standby = Some((index as u32, slot as u32));
            }
            self.standbys.push(StandbyFrame {
                standby,
                key: key(&standby.name),
                leaf: (self.units.len() + index) as u32,
                first_element: self.elements as u32,
                units,
                rank: 0,
                out,
                switch: standby.switch.and_then(|_| numbers.next()),
            });
            self.elements += standby.active as usize;
        }
    }

    /// Ranks the standby blocks: a block that depends on another, by a requirement of its units or by
    /// its switch, settles after it.
    fn rank_standbys(&mut self, leaves: &[u32]) {
        let leaf = |frame: &StandbyFrame<'_>| leaves.get(frame.leaf as usize).copied();
        let numbers: HashMap<Option<u32>, usize> = self.standbys.iter().map(leaf).zip(0..).collect();
        let watched = self.standbys.iter().map(|StandbyFrame { standby, .. }| {
            let nodes = standby.out.iter().flatten().chain(&standby.switch);
            let nodes: HashSet<Node> = nodes.copied().collect();
            let below = nodes.into_iter().flat_map(|node| self.model.structure.leaves_below(node));
            below.filter_map(|leaf| numbers.get(&Some(leaf)).copied()).collect()
        });
        let watched: Vec<Vec<usize>> = watched.collect();
        // The dependencies are acyclic, so after at most as many rounds as there are blocks every rank
        // is right.
        for _ in 0..self.standbys.len() {
            let mut changed = false;
            for (index, below) in watched.iter().enumerate() {
                let ranks = below.iter().map(|other| self.standbys[*other].rank + 1);
                let rank = ranks.max().unwrap_or(0);
                changed |= rank != self.standbys[index].rank;
                self.standbys[index].rank = rank;
            }
            if !changed {
                return;
            }
        }
    }

    fn add_shocks(&mut self, leaves: &[u32], place: &HashMap<u32, u32>) {
        for leaf in leaves {
            let Leaf::Shock(number) = self.model.leaf(*leaf) else {
                continue;
            };
            let Some(shock) = self.model.shocks.get(number as usize) else {
                continue;
            };
            let struck = match shock.kind {
                ShockKind::Failure { .. } => {
                    shock.units.iter().filter_map(|unit| place.get(unit).copied()).collect()
                }
                _ => Vec::new(),
            };
            self.shocks.push(ShockFrame {
                shock,
                number: *leaf,
                key: key(&shock.name),
                leaf: place[leaf],
                units: struck,
            });
        }
        self.elements += self.shocks.len();
    }

    fn add_rollings(&mut self, place: &HashMap<u32, u32>) {
        for (number, schedule) in self.model.schedules.iter().enumerate() {
            let Some(component) = self.model.components.get(schedule.component as usize) else {
                continue;
            };
            let units: Vec<u32> =
                component.units.clone().filter_map(|unit| place.get(&unit).copied()).collect();
            if schedule.pattern == Pattern::Rolling && !units.is_empty() {
                self.rollings.push(RollingFrame { schedule, key: schedule_key(number), units });
            }
        }
        self.elements += self.rollings.len();
    }

    /// Returns the length of the warm-up in seconds, which is zero for a new system. For a stationary
    /// start the units begin in their individual stationary states, and their interactions settle during
    /// the warm-up. It is the sum of: 20 times the longest mean down time (detection, restarts and
    /// repair); 10 times the longest relaxation time of a crew's queue, at most 8 times the longest mean
    /// life; and, where planned work, imperfect repair or standby make ages matter, 5 times the longest
    /// mean life plus the longest interval.
    fn warm_up(&self) -> f64 {
        if self.model.start == Start::New {
            return 0.0;
        }
        let dynamics: Vec<&Dynamics> = self.units.iter().filter_map(|unit| unit.dynamics).collect();
        let longest = |time: &dyn Fn(&Dynamics) -> f64| dynamics.iter().map(|d| time(d)).fold(0.0, f64::max);
        let life_s = longest(&|d| d.failure.mean());
        let settled_s = 20.0 * longest(&|d| detection_s(d) + restarts_s(d) + repair_s(d));
        // Single units do not wait, so the queue must build up first. A unit forgets its state whenever
        // it fails and returns, so the memory of a queue is bounded by a few lives, however loaded the
        // crew is.
        let queue_s = (10.0 * self.queue_relaxation_s()).min(8.0 * life_s);
        let ages_matter = |d: &&Dynamics| {
            d.replacement.is_some()
                || d.inspection.is_some()
                || d.maintenance.is_some()
                || d.repair_effect != RepairEffect::AsNew
        };
        if dynamics.iter().any(ages_matter) || !self.standbys.is_empty() {
            settled_s + queue_s + 5.0 * (life_s + self.longest_interval_s())
        } else {
            settled_s + queue_s
        }
    }

    /// Returns the longest relaxation time of the crews' queues: r / (1 − √ρ)² for mean repair time r
    /// and load ρ per member of the crew, the rate at which single queues of exponential times settle
    /// (Morse 1955); infinite from ρ = 1 on.
    fn queue_relaxation_s(&self) -> f64 {
        let mut crews = vec![(0.0, 0.0_f64); self.crews.len()];
        for unit in &self.units {
            if let (Some((crew, _)), Some(dynamics)) = (unit.crew, unit.dynamics) {
                let (load, longest_s) = &mut crews[crew as usize];
                let mean_s = dynamics.repair.as_ref().map_or(0.0, Distribution::mean);
                *load += mean_s / (mean_s + dynamics.failure.mean());
                *longest_s = longest_s.max(repair_s(dynamics));
            }
        }
        let memories = crews.iter().enumerate().map(|(index, (load, longest_s))| {
            let size = self.crew(index as u32).map_or(1.0, |crew| f64::from(crew.size));
            let spare = 1.0 - (load / size).sqrt();
            if spare > 0.0 { longest_s / (spare * spare) } else { f64::INFINITY }
        });
        memories.fold(0.0, f64::max)
    }

    fn longest_interval_s(&self) -> f64 {
        let own = self.plans.iter().map(|plan| plan.schedule);
        let schedules = own.chain(self.rollings.iter().map(|rolling| rolling.schedule));
        schedules.map(|schedule| schedule.every.mean()).fold(0.0, f64::max)
    }
}

fn detection_s(dynamics: &Dynamics) -> f64 {
    dynamics.detection.as_ref().map_or(0.0, Distribution::mean)
}

/// Returns the duration of the expected number of restart attempts, each counted with the longest wait.
fn restarts_s(dynamics: &Dynamics) -> f64 {
    let all = |restart: &Restart| {
        let expected = restart.success.recip().ceil().min(f64::from(restart.limit));
        let longest_wait_s = restart.wait_s(1).max(restart.wait_s(expected as u32));
        expected * (restart.attempt.mean() + longest_wait_s)
    };
    dynamics.restart.as_ref().map_or(0.0, all)
}

/// Returns the mean total duration of a repair observed in progress, m₂/m₁: long repairs are observed
/// more often. The mean is used where the variance is infinite.
fn repair_s(dynamics: &Dynamics) -> f64 {
    let seen = |repair: &Distribution| repair.mean() + repair.variance() / repair.mean();
    let seen_s = dynamics.repair.as_ref().map_or(0.0, seen);
    if seen_s.is_finite() { seen_s } else { dynamics.repair.as_ref().map_or(0.0, Distribution::mean) }
}

fn dynamic(life: &Life) -> Option<&Dynamics> {
    match life {
        Life::Dynamic(dynamics) => Some(dynamics),
        Life::Fixed { .. } => None,
    }
}

fn is_plain(dynamics: &Dynamics) -> bool {
    let Dynamics {
        failure: _,
        repair,
        detection,
        restart,
        crew: _,
        repair_effect,
        inspection,
        maintenance,
        replacement,
    } = dynamics;
    repair.is_some()
        && detection.is_none()
        && restart.is_none()
        && *repair_effect == RepairEffect::AsNew
        && inspection.is_none()
        && maintenance.is_none()
        && replacement.is_none()
}

fn standbys<'m>(model: &'m Model, leaves: &[u32]) -> Vec<&'m Standby> {
    let numbers = leaves.iter().filter_map(|leaf| match model.leaf(*leaf) {
        Leaf::Standby(number) => Some(number as usize),
        _ => None,
    });
    numbers.filter_map(|number| model.standbys.get(number)).collect()
}

fn units<'m>(model: &'m Model, leaves: &[u32]) -> (Vec<UnitFrame<'m>>, Vec<PlanFrame<'m>>) {
    let mut planned = Vec::new();
    let mut frames = Vec::new();
    for leaf in leaves {
        let Leaf::Unit(number) = model.leaf(*leaf) else {
            continue;
        };
        let Some(unit) = model.units.get(number as usize) else {
            continue;
        };
        let first = planned.len() as u32;
        planned.extend(plans(model, number));
        frames.push(UnitFrame {
            number,
            key: key(&unit.name),
            life: &unit.life,
            dynamics: dynamic(&unit.life),
            plain: dynamic(&unit.life).is_some_and(is_plain),
            crew: None,
            standby: None,
            plans: first..planned.len() as u32,
        });
    }
    (frames, planned)
}

/// Returns the schedules of planned work that a unit keeps individually: those that are not rolling.
fn plans(model: &Model, number: u32) -> Vec<PlanFrame<'_>> {
    let Some(unit) = model.units.get(number as usize) else {
        return Vec::new();
    };
    let Some(dynamics) = dynamic(&unit.life) else {
        return Vec::new();
    };
    let of = |schedule_number: Option<u32>, inspects| {
        let schedule_number = schedule_number? as usize;
        let schedule = model.schedules.get(schedule_number).filter(|s| s.pattern != Pattern::Rolling)?;
        let own = schedule_key(schedule_number);
        // A calendar shared by all units is one random stream that every unit reads on its own; all
        // other schedules have a stream per unit.
        let shared = schedule.pattern == Pattern::Together && schedule.clock == Clock::Calendar;
        Some(PlanFrame {
            schedule,
            key: if shared { own } else { own ^ key(&unit.name) },
            phase: model.first_share(schedule, number),
            inspects,
        })
    };
    let inspection = of(dynamics.inspection, true);
    inspection.into_iter().chain(of(dynamics.maintenance, false)).collect()
}

fn schedule_key(number: usize) -> u64 {
    key("schedule").wrapping_add(number as u64)
}
