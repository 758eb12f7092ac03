//! Compiles a model into the system from which a chain is generated, or says why there is no chain.

use super::Unsolved;
use super::gates::Gates;
use super::relevant::relevant;
use super::symmetry::classify;
use super::system::{
    Block, Calendar, ChainCrew, ChainUnit, Dynamics, Life, Plan, PlanClock, Restart, Rolling, Shock, Slot,
    System, Time,
};
use super::times::{rate, time};
use crate::simulate::model::{self, Clock, Discipline, Leaf, Model, Pattern, Schedule, ShockKind, Start};
use crate::simulate::structure::Node;
use crate::stats::distribution::Distribution;
use std::collections::HashMap;

/// Maximum number of components, blocks and common causes of a system. Each event copies a state with
/// all of them.
const PARTS_MAX: usize = 2_000;

/// Compiles the parts of a model that the watched nodes depend on.
pub(super) fn compile(model: &Model, watched: &[Node]) -> Result<System, Unsolved> {
    let leaves =
        relevant(model, watched, PARTS_MAX).ok_or(Unsolved::TooManyParts { parts_max: PARTS_MAX })?;
    let mut compiler = Compiler::new(model, &leaves);
    let units: Result<Vec<ChainUnit>, Unsolved> =
        compiler.units.iter().map(|unit| compiler.unit(*unit)).collect();
    let shocks: Result<Vec<Shock>, Unsolved> =
        compiler.shocks.iter().map(|shock| compiler.shock(*shock)).collect();
    let (gates, numbers) = compiler.gates(watched);
    let mut numbers = numbers.into_iter();
    let watched = numbers.by_ref().take(watched.len()).collect();
    let blocks: Result<Vec<Block>, Unsolved> =
        compiler.blocks.iter().map(|block| compiler.block(*block, &mut numbers)).collect();
    let crews =
        compiler.crews.iter().map(|crew| ChainCrew { size: crew.size as usize, discipline: crew.discipline });
    let mut system = System {
        units: units?,
        crews: crews.collect(),
        blocks: blocks?,
        block_order: Vec::new(),
        shocks: shocks?,
        calendars: compiler.calendars()?,
        rollings: compiler.rollings()?,
        gates,
        watched,
        suspend: model.suspend,
        classes: Vec::new(),
        class_of: Vec::new(),
    };
    system.block_order = block_order(&system);
    classify(&mut system);
    Ok(system)
}

struct Compiler<'m> {
    model: &'m Model,
    /// Numbers in the model of the parts that matter.
    units: Vec<u32>,
    blocks: Vec<u32>,
    shocks: Vec<u32>,
    crews: Vec<&'m model::Crew>,
    /// Number of a crew in the system, by its number in the model.
    crew_numbers: HashMap<u32, usize>,
    /// Number of a unit in the system, by its number in the model.
    unit_numbers: HashMap<u32, usize>,
}

impl<'m> Compiler<'m> {
    fn new(model: &'m Model, leaves: &[u32]) -> Self {
        let mut compiler = Self {
            model,
            units: Vec::new(),
            blocks: Vec::new(),
            shocks: Vec::new(),
            crews: Vec::new(),
            crew_numbers: HashMap::new(),
            unit_numbers: HashMap::new(),
        };
        for leaf in leaves {
            match model.leaf(*leaf) {
                Leaf::Unit(unit) => compiler.units.push(unit),
                Leaf::Standby(block) => compiler.blocks.push(block),
                Leaf::Shock(shock) => compiler.shocks.push(shock),
            }
        }
        compiler.unit_numbers = compiler.units.iter().copied().zip(0..).collect();
        for (number, shock) in (0..).zip(&model.shocks) {
            let failure = matches!(shock.kind, ShockKind::Failure { .. });
            if failure && shock.units.iter().any(|unit| compiler.unit_numbers.contains_key(unit)) {
                compiler.shocks.push(number);
            }
        }
        compiler.shocks.sort_unstable();
        compiler.shocks.dedup();
        let crowded = model.crowded_crews();
        for (number, crew) in (0..).zip(&model.crews) {
            if crowded.get(number as usize) == Some(&true) {
                compiler.crew_numbers.insert(number, compiler.crews.len());
                compiler.crews.push(crew);
            }
        }
        compiler
    }

    fn unit(&self, number: u32) -> Result<ChainUnit, Unsolved> {
        let unit = &self.model.units[number as usize];
        let in_block = |block: &u32| self.model.standbys[*block as usize].units.contains(&number);
        let (life, crew) = match &unit.life {
            model::Life::Fixed { unavailability } => {
                let unavailability = *unavailability;
                (Life::Fixed { unavailability }, None)
            }
            model::Life::Dynamic(dynamics) => {
                let life = Life::Dynamic(self.dynamics(unit, dynamics)?);
                (life, dynamics.crew.and_then(|slot| self.crew(slot)))
            }
        };
        Ok(ChainUnit { life, crew, block: self.blocks.iter().position(in_block) })
    }

    /// Returns the crew that a unit may have to wait for, and its rank there.
    fn crew(&self, slot: model::CrewSlot) -> Option<(usize, u32)> {
        let number = *self.crew_numbers.get(&slot.crew)?;
        let ranks = self.crews[number].discipline != Discipline::Fifo;
        Some((number, if ranks { slot.rank } else { 0 }))
    }

    fn dynamics(&self, unit: &model::Unit, dynamics: &model::Dynamics) -> Result<Dynamics, Unsolved> {
        let name = &unit.name;
        if dynamics.replacement.is_some() {
            return Err(Unsolved::unsupported(name, "is replaced at an age"));
        }
        if dynamics.repair.is_none() && self.model.start == Start::Stationary {
            return Err(Unsolved::unsupported(
                name,
                "is never repaired, so with a stationary start it has failed already",
            ));
        }
        let time_of = |what, distribution: &Option<Distribution>| {
            distribution.as_ref().map(|d| time(name, what, d)).transpose()
        };
        Ok(Dynamics {
            failures_per_s: rate(name, "failure", &dynamics.failure)?,
            detection: time_of("detection", &dynamics.detection)?.unwrap_or(Time::NONE),
            restart: dynamics.restart.as_ref().map(|r| restart(name, r)).transpose()?,
            repair: time_of("repair", &dynamics.repair)?,
            inspection: self.plan(name, dynamics.inspection)?,
            maintenance: self.plan(name, dynamics.maintenance)?,
        })
    }

    fn plan(&self, name: &str, number: Option<u32>) -> Result<Option<Plan>, Unsolved> {
        let Some(number) = number else { return Ok(None) };
        let Some(schedule) = self.model.schedules.get(number as usize) else {
            return Ok(None);
        };
        let per_s = rate(name, "interval of planned work", &schedule.every)?;
        let clock = match (schedule.pattern, schedule.clock) {
            (Pattern::Rolling, _) | (Pattern::Together, Clock::Calendar) => {
                PlanClock::Shared { schedule: number }
            }
            (Pattern::Staggered, _) if self.counts(schedule) > 1 => {
                return Err(Unsolved::unsupported(name, "has planned work staggered with that of others"));
            }
            (_, Clock::Operating) => PlanClock::Operating { per_s },
            _ => PlanClock::Own { per_s },
        };
        Ok(Some(Plan { clock, duration: time(name, "planned work", &schedule.duration)? }))
    }

    /// Returns the number of units of the schedule's component.
    fn counts(&self, schedule: &Schedule) -> usize {
        self.component(schedule).len()
    }

    fn component(&self, schedule: &Schedule) -> std::ops::Range<u32> {
        let component = self.model.components.get(schedule.component as usize);
        component.map_or(0..0, |component| component.units.clone())
    }

    /// Returns the units that matter and have planned work of this schedule, and whether that work is
    /// their inspection.
    fn planned(&self, number: u32) -> (Vec<usize>, bool) {
        let mut inspects = false;
        let mut units = Vec::new();
        for (place, unit) in self.units.iter().enumerate() {
            let model::Life::Dynamic(dynamics) = &self.model.units[*unit as usize].life else {
                continue;
            };
            if dynamics.inspection == Some(number) || dynamics.maintenance == Some(number) {
                inspects |= dynamics.inspection == Some(number);
                units.push(place);
            }
        }
        (units, inspects)
    }

    fn calendars(&self) -> Result<Vec<Calendar>, Unsolved> {
        let mut calendars = Vec::new();
        for (number, schedule) in (0..).zip(&self.model.schedules) {
            let (units, inspects) = self.planned(number);
            let shared = schedule.pattern == Pattern::Together && schedule.clock == Clock::Calendar;
            if shared && !units.is_empty() {
                let per_s = rate(&self.name_of(schedule), "interval of planned work", &schedule.every)?;
                calendars.push(Calendar { per_s, inspects, units });
            }
        }
        Ok(calendars)
    }

    fn rollings(&self) -> Result<Vec<Rolling>, Unsolved> {
        let mut rollings = Vec::new();
        for (number, schedule) in (0..).zip(&self.model.schedules) {
            let (units, _) = self.planned(number);
            if schedule.pattern == Pattern::Rolling && !units.is_empty() {
                let per_s = rate(&self.name_of(schedule), "interval of planned work", &schedule.every)?;
                rollings.push(Rolling { per_s, units, alike: false });
            }
        }
        Ok(rollings)
    }

    fn name_of(&self, schedule: &Schedule) -> String {
        let component = self.model.components.get(schedule.component as usize);
        component.map_or_else(String::new, |component| component.name.clone())
    }

    fn shock(&self, number: u32) -> Result<Shock, Unsolved> {
        let shock = &self.model.shocks[number as usize];
        let name = &shock.name;
        match &shock.kind {
            ShockKind::Fixed { unavailability } => Ok(Shock::Fixed { unavailability: *unavailability }),
            ShockKind::Outage { arrival, repair } => Ok(Shock::Outage {
                arrivals_per_s: rate(name, "arrival", arrival)?,
                repair: time(name, "repair", repair)?,
            }),
            ShockKind::Failure { arrival, probability } => {
                let units = shock.units.iter().filter_map(|unit| self.unit_numbers.get(unit).copied());
                Ok(Shock::Failure {
                    arrivals_per_s: rate(name, "arrival", arrival)?,
                    probability: *probability,
                    units: units.collect(),
                })
            }
        }
    }

    /// Returns the gates below the watched nodes, the slots' nodes and the switches, and their node
    /// numbers in this order.
    fn gates(&mut self, watched: &[Node]) -> (Gates, Vec<usize>) {
        let mut leaf: HashMap<u32, usize> = HashMap::new();
        let leaves = self.units.iter().map(|unit| Leaf::Unit(*unit));
        let leaves = leaves.chain(self.blocks.iter().map(|block| Leaf::Standby(*block)));
        let leaves = leaves.chain(self.shocks.iter().map(|shock| Leaf::Shock(*shock)));
        for (number, each) in leaves.enumerate() {
            leaf.insert(self.model.leaf_number(each), number);
        }
        let mut roots = watched.to_vec();
        for block in &self.blocks {
            let standby = &self.model.standbys[*block as usize];
            roots.extend(standby.out.iter().flatten().chain(&standby.switch));
        }
        let count = leaf.len();
        Gates::below(&self.model.structure, &roots, count, &leaf)
    }

    fn block(&self, number: u32, nodes: &mut impl Iterator<Item = usize>) -> Result<Block, Unsolved> {
        let standby = &self.model.standbys[number as usize];
        let name = &standby.name;
        let outs: Vec<Option<usize>> = standby.out.iter().map(|out| out.and_then(|_| nodes.next())).collect();
        let slots = standby.units.iter().enumerate().map(|(place, unit)| Slot {
            unit: self.unit_numbers[unit],
            out: outs.get(place).copied().flatten(),
        });
        let time_of = |what, distribution: &Option<Distribution>| {
            distribution.as_ref().map(|d| time(name, what, d)).transpose()
        };
        Ok(Block {
            slots: slots.collect(),
            active: standby.active as usize,
            needed: standby.needed as usize,
            dormancy: standby.dormancy,
            detection: time_of("detection", &standby.detection)?.unwrap_or(Time::NONE),
            switchover: time_of("switchover", &standby.switchover)?.unwrap_or(Time::NONE),
            switch_success: standby.switch_success,
            switch: standby.switch.and_then(|_| nodes.next()),
            manual: time_of("manual switchover", &standby.manual)?,
            fail_back: standby.fail_back,
        })
    }
}

/// Returns the blocks, each after those that it depends on.
fn block_order(system: &System) -> Vec<usize> {
    let nodes = system.gates.nodes();
    let mut order = Vec::new();
    let mut left: Vec<usize> = (0..system.blocks.len()).collect();
    while !left.is_empty() {
        // The nodes that depend on a block which has no place in the order yet.
        let mut later = vec![false; nodes];
        for block in &left {
            later[system.block_node(*block)] = true;
        }
        for (node, gate) in system.gates.each() {
            later[node] = gate.inputs.iter().any(|input| later[*input]);
        }
        let free = |block: &usize| {
            let block = &system.blocks[*block];
            let mut looked_at = block.slots.iter().map(|slot| slot.out).chain([block.switch]).flatten();
            !looked_at.any(|node| later[node])
        };
        let (now, then): (Vec<usize>, Vec<usize>) = left.iter().partition(|block| free(block));
        // There is no cycle, as the model is valid; if there were one, any order would do.
        order.extend(if now.is_empty() { &then } else { &now });
        left = if now.is_empty() { Vec::new() } else { then };
    }
    order
}

/// Compiles a restart; fixed waits between attempts have no exponential stages.
fn restart(name: &str, restart: &model::Restart) -> Result<Restart, Unsolved> {
    let waits = (1..restart.limit).any(|attempt| restart.wait_s(attempt) > 0.0);
    if waits && restart.success < 1.0 {
        return Err(Unsolved::unsupported(name, "waits a fixed time between restarts"));
    }
    Ok(Restart {
        success: restart.success,
        attempt: time(name, "restart", &restart.attempt)?,
        limit: restart.limit.min(u32::from(u16::MAX)) as u16,
    })
}
