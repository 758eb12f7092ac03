//! A cell: leaves that depend on each other, with all data about them that is constant during a
//! simulation.

use super::gates::{Gates, Root};
use crate::base::random::key;
use crate::simulate::model::{
    Clock, Crew, Dynamics, Leaf, Life, Model, Pattern, RepairEffect, Restart, Schedule, Shock, Standby,
    Start, Unit,
};
use crate::simulate::structure::Node;
use crate::stats::distribution::Distribution;
use std::collections::{HashMap, HashSet};
use std::ops::Range;

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
    /// The crews that serve its units, in the order of the cell's crew states.
    pub(super) crews: Vec<&'m Crew>,
    pub(super) gates: Gates,
    /// The node whose outages the cell reports.
    pub(super) top: u32,
    /// For each node, the standby slots, as (block, slot), that are out of service while it is down.
    pub(super) watchers: HashMap<u32, Vec<(u32, u32)>>,
    /// The elements of the common causes. Those of the units and of the standby positions come before
    /// them, those of the rolling schedules after them.
    pub(super) shock_elements: Range<u32>,
    /// Length of the simulation before time zero.
    pub(in crate::simulate::monte_carlo::engine) warm_up_s: f64,
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
    pub(super) plans: Range<u32>,
}

/// A schedule of planned work that a unit keeps individually.
#[derive(Debug, Clone, Copy)]
pub(super) struct PlanFrame<'m> {
    pub(super) schedule: &'m Schedule,
    pub(super) key: u64,
    /// The stream that places the calendar at a stationary start: one for all units of the schedule.
    pub(super) calendar_key: u64,
    /// Share of the first interval after which the first occasion comes.
    pub(super) share: f64,
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
        let places: Places = leaves.iter().copied().zip(0..).collect();
        let standbys = standbys(model, leaves);
        let watched = standbys.iter().flat_map(|(_, standby)| standby.watched());
        let roots: Vec<Root> = [top.clone()].into_iter().chain(watched.map(Root::Node)).collect();
        let (gates, numbers) = Gates::below(&model.structure, &roots, &places);
        let mut numbers = numbers.into_iter();
        let top = numbers.next().unwrap_or_default();
        let (mut units, plans) = units(model, leaves);
        let crews = assign_crews(model, &mut units);
        let shocks = shocks(model, leaves, &places);
        let rollings = rollings(model, &places);
        let mut cell = Self {
            model,
            units,
            plans,
            standbys: Vec::new(),
            shocks,
            rollings,
            crews,
            gates,
            top,
            watchers: HashMap::new(),
            shock_elements: 0..0,
            warm_up_s: 0.0,
        };
        let first = cell.add_standbys(&standbys, &places, &mut numbers);
        cell.shock_elements = first..first + cell.shocks.len() as u32;
        cell.warm_up_s = cell.warm_up();
        cell
    }

    /// Returns the number of leaves in the cell.
    #[cfg(test)]
    pub(in crate::simulate::monte_carlo::engine) fn leaf_count(&self) -> usize {
        self.units.len() + self.standbys.len() + self.shocks.len()
    }

    /// Returns the number of elements with events: units, standby positions, common causes, rolling
    /// schedules.
    pub(super) fn elements(&self) -> usize {
        self.shock_elements.end as usize + self.rollings.len()
    }

    /// Adds the standby blocks. Returns the first element after their positions.
    fn add_standbys(
        &mut self,
        standbys: &[(u32, &'m Standby)],
        places: &Places,
        numbers: &mut impl Iterator<Item = u32>,
    ) -> u32 {
        let mut first_element = self.units.len() as u32;
        let ranks = ranks(self.model, standbys);
        for ((index, &(leaf, standby)), rank) in (0..).zip(standbys).zip(ranks) {
            let mut number = |node: Option<Node>| node.and_then(|_| numbers.next());
            let out: Vec<Option<u32>> = standby.out.iter().copied().map(&mut number).collect();
            for (slot, node) in (0..).zip(&out) {
                if let Some(node) = node {
                    self.watchers.entry(*node).or_default().push((index, slot));
                }
            }
            let units = members(places, standby.units.iter().copied());
            for (slot, unit) in (0..).zip(&units) {
                self.units[*unit as usize].standby = Some((index, slot));
            }
            self.standbys.push(StandbyFrame {
                standby,
                key: key(&standby.name),
                leaf: places[&leaf],
                first_element,
                units,
                rank,
                out,
                switch: number(standby.switch),
            });
            first_element += standby.active;
        }
        first_element
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
        let settled_s = 20.0 * longest(&|d| d.mean_detection_s() + restarts_s(d) + repair_s(d));
        // Single units do not wait, so the queue must build up first. A unit starts anew after each
        // repair, so a few lives are enough for the queue to settle, for any load of the crew.
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
        let memories = crews.iter().zip(&self.crews).map(|((load, longest_s), crew)| {
            let spare = 1.0 - (load / f64::from(crew.size)).sqrt();
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
    let seen = |repair: &Distribution| {
        let seen_s = repair.mean() + repair.variance() / repair.mean();
        if seen_s.is_finite() { seen_s } else { repair.mean() }
    };
    dynamics.repair.as_ref().map_or(0.0, seen)
}

/// The numbers of leaves in a cell, by their numbers in the model.
type Places = HashMap<u32, u32>;

/// Returns the numbers in the cell of those units that belong to it.
fn members(places: &Places, units: impl Iterator<Item = u32>) -> Vec<u32> {
    units.filter_map(|unit| places.get(&unit).copied()).collect()
}

/// Returns the units among the leaves, and their schedules of planned work.
fn units<'m>(model: &'m Model, leaves: &[u32]) -> (Vec<UnitFrame<'m>>, Vec<PlanFrame<'m>>) {
    let mut planned = Vec::new();
    let frames = leaves.iter().filter_map(|leaf| {
        // The leaf of a unit has the number of the unit.
        let unit = model.units.get(*leaf as usize)?;
        let dynamics = unit.life.dynamics();
        let first = planned.len() as u32;
        planned.extend(plans(model, *leaf, unit));
        Some(UnitFrame {
            number: *leaf,
            key: key(&unit.name),
            life: &unit.life,
            dynamics,
            plain: dynamics.is_some_and(|d| d.is_renewal() && d.detection.is_none() && d.repair.is_some()),
            crew: None,
            standby: None,
            plans: first..planned.len() as u32,
        })
    });
    let frames = frames.collect();
    (frames, planned)
}

/// Returns the schedules of planned work that a unit keeps individually: those that are not rolling.
fn plans<'m>(model: &'m Model, number: u32, unit: &'m Unit) -> impl Iterator<Item = PlanFrame<'m>> {
    let scheduled = unit.life.dynamics().map(|own| [(own.inspection, true), (own.maintenance, false)]);
    scheduled.into_iter().flatten().filter_map(move |(schedule, inspects)| {
        let index = schedule? as usize;
        let schedule = model.schedules.get(index).filter(|s| s.pattern != Pattern::Rolling)?;
        let own = schedule_key(index);
        // A calendar shared by all units is one random stream that every unit reads on its own; all
        // other schedules have a stream per unit.
        let shared = schedule.pattern == Pattern::Together && schedule.clock == Clock::Calendar;
        let key = if shared { own } else { own ^ key(&unit.name) };
        let calendar_key = own ^ CALENDAR;
        Some(PlanFrame { schedule, key, calendar_key, share: model.first_share(schedule, number), inspects })
    })
}

/// Tells the stream that places a calendar from that of its intervals.
const CALENDAR: u64 = 1;

fn schedule_key(number: usize) -> u64 {
    key("schedule").wrapping_add(number as u64)
}

/// Assigns the units to the crews that serve them. Returns these in the order of the cell's crew states.
fn assign_crews<'m>(model: &'m Model, units: &mut [UnitFrame<'m>]) -> Vec<&'m Crew> {
    let mut crews = Vec::new();
    let mut indices: HashMap<u32, u32> = HashMap::new();
    for unit in units {
        if let Some(slot) = unit.life.crew()
            && let Some(crew) = model.crews.get(slot.crew as usize)
        {
            let index = *indices.entry(slot.crew).or_insert_with(|| {
                crews.push(crew);
                crews.len() as u32 - 1
            });
            unit.crew = Some((index, slot.rank));
        }
    }
    crews
}

/// Returns the standby blocks among the leaves, each with its leaf.
fn standbys<'m>(model: &'m Model, leaves: &[u32]) -> Vec<(u32, &'m Standby)> {
    let standbys = leaves.iter().filter_map(|leaf| match model.leaf(*leaf) {
        Leaf::Standby(number) => Some((*leaf, model.standbys.get(number as usize)?)),
        _ => None,
    });
    standbys.collect()
}

/// Ranks the standby blocks: a block that depends on another, by a requirement of its units or by its
/// switch, settles after it.
fn ranks(model: &Model, standbys: &[(u32, &Standby)]) -> Vec<u32> {
    let indices: HashMap<u32, usize> = standbys.iter().map(|(leaf, _)| *leaf).zip(0..).collect();
    let below = standbys.iter().map(|(_, standby)| {
        let nodes: HashSet<Node> = standby.watched().collect();
        let leaves = nodes.into_iter().flat_map(|node| model.structure.leaves_below(node));
        leaves.filter_map(|leaf| indices.get(&leaf).copied()).collect()
    });
    let below: Vec<Vec<usize>> = below.collect();
    let mut ranks = vec![0; standbys.len()];
    // The dependencies are acyclic, so after at most as many rounds as there are blocks every rank is
    // right.
    for _ in 0..standbys.len() {
        let before = ranks.clone();
        for (index, below) in below.iter().enumerate() {
            ranks[index] = below.iter().map(|other| ranks[*other] + 1).max().unwrap_or(0);
        }
        if ranks == before {
            break;
        }
    }
    ranks
}

/// Returns the common causes among the leaves.
fn shocks<'m>(model: &'m Model, leaves: &[u32], places: &Places) -> Vec<ShockFrame<'m>> {
    let shocks = leaves.iter().filter_map(|leaf| {
        let Leaf::Shock(number) = model.leaf(*leaf) else { return None };
        let shock = model.shocks.get(number as usize)?;
        let units = members(places, shock.units.iter().copied());
        Some(ShockFrame { shock, number: *leaf, key: key(&shock.name), leaf: places[leaf], units })
    });
    shocks.collect()
}

/// Returns the rolling schedules of components with units in the cell.
fn rollings<'m>(model: &'m Model, places: &Places) -> Vec<RollingFrame<'m>> {
    let rolling = model.schedules.iter().enumerate().filter(|(_, s)| s.pattern == Pattern::Rolling);
    let frames = rolling.filter_map(|(number, schedule)| {
        let component = model.components.get(schedule.component as usize)?;
        let units = members(places, component.units.clone());
        (!units.is_empty()).then(|| RollingFrame { schedule, key: schedule_key(number), units })
    });
    frames.collect()
}
