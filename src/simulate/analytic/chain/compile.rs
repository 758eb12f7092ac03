//! Compiles the parts of a model into the system from which a chain is generated, or says why there is
//! no chain.

use super::gates::Builder;
use super::relevant::{Surroundings, relevant};
use super::symmetry::classify;
use super::system::{Block, ChainUnit, Occasion, Shock, Slot, System, Work, is_shared};
use crate::simulate::analytic::unsolved::Unsolved;
use crate::simulate::model::{
    CrewSlot, Discipline, Leaf, Model, Pattern, Restart, Schedule, ShockKind, Standby, Start, Unit,
};
use crate::simulate::structure::Node;
use crate::stats::distribution::Distribution;
use std::collections::HashMap;
use std::ops::RangeInclusive;

/// Maximum number of components, blocks and common causes of a system. Each event copies a state with
/// all of them.
const PARTS_MAX: usize = 2_000;

/// The numbers of stages that a time may have.
const ANY_TIME: RangeInclusive<u32> = 0..=1_000;
/// The number of stages of an exponential time.
const EXPONENTIAL: RangeInclusive<u32> = 1..=1;

/// Compiles the parts of a model that the watched nodes depend on.
pub(super) fn compile<'m>(surroundings: &Surroundings<'m>, watched: &[Node]) -> Result<System<'m>, Unsolved> {
    let model = surroundings.model;
    let leaves = relevant(surroundings, watched, PARTS_MAX).ok_or(Unsolved::TooManyParts(PARTS_MAX))?;
    let Parts { units, standbys, shocks } = Parts::of(model, &leaves);
    let numbers: HashMap<u32, usize> = units.iter().copied().zip(0..).collect();
    check(model, &units, &standbys, &shocks)?;
    let own = units.iter().map(|unit| Leaf::Unit(*unit));
    let own = own.chain(standbys.iter().map(|standby| Leaf::Standby(*standby)));
    let own = own.chain(shocks.iter().map(|shock| Leaf::Shock(*shock)));
    let mut builder = Builder::new(&model.structure, own.map(|leaf| model.leaf_number(leaf)));
    let watched = watched.iter().map(|node| builder.add(*node)).collect();
    let standbys: Vec<&Standby> = standbys.iter().map(|number| &model.standbys[*number as usize]).collect();
    let blocks = standbys.iter().map(|&standby| block(standby, &numbers, &mut builder)).collect();
    let mut system = System {
        model,
        units: chain_units(surroundings, &units, &standbys),
        blocks,
        block_order: Vec::new(),
        shocks: shocks.iter().map(|number| shock(model, *number, &numbers)).collect(),
        occasions: occasions(model, &units),
        gates: builder.gates,
        watched,
        classes: Vec::new(),
        class_of: Vec::new(),
    };
    system.block_order = block_order(&system);
    classify(&mut system);
    Ok(system)
}

/// The numbers in the model of the parts that matter.
#[derive(Default)]
struct Parts {
    units: Vec<u32>,
    standbys: Vec<u32>,
    shocks: Vec<u32>,
}

impl Parts {
    fn of(model: &Model, leaves: &[u32]) -> Self {
        let mut parts = Self::default();
        for leaf in leaves {
            match model.leaf(*leaf) {
                Leaf::Unit(unit) => parts.units.push(unit),
                Leaf::Standby(standby) => parts.standbys.push(standby),
                Leaf::Shock(shock) => parts.shocks.push(shock),
            }
        }
        // Common causes that make some of the units fail.
        for (number, shock) in (0..).zip(&model.shocks) {
            let failure = matches!(shock.kind, ShockKind::Failure { .. });
            if failure && shock.units.iter().any(|unit| parts.units.binary_search(unit).is_ok()) {
                parts.shocks.push(number);
            }
        }
        parts.shocks.sort_unstable();
        parts.shocks.dedup();
        parts
    }
}

fn chain_units<'m>(
    surroundings: &Surroundings<'m>,
    numbers: &[u32],
    standbys: &[&Standby],
) -> Vec<ChainUnit<'m>> {
    let Surroundings { model, ref crowded, .. } = *surroundings;
    let crew = |slot: CrewSlot| {
        let ranks = model.crews.get(slot.crew as usize)?.discipline != Discipline::Fifo;
        let waits = crowded.get(slot.crew as usize) == Some(&true);
        waits.then_some(CrewSlot { crew: slot.crew, rank: if ranks { slot.rank } else { 0 } })
    };
    let unit = |number: &u32| {
        let life = &model.units[*number as usize].life;
        ChainUnit {
            life,
            crew: life.crew().and_then(crew),
            block: standbys.iter().position(|standby| standby.units.contains(number)),
        }
    };
    numbers.iter().map(unit).collect()
}

fn block<'m>(standby: &'m Standby, numbers: &HashMap<u32, usize>, gates: &mut Builder<'_>) -> Block<'m> {
    let outs = standby.out.iter().copied().chain(std::iter::repeat(None));
    let slots = standby.units.iter().zip(outs);
    let slots = slots.map(|(unit, out)| Slot { unit: numbers[unit], out: out.map(|node| gates.add(node)) });
    Block { standby, slots: slots.collect(), switch: standby.switch.map(|node| gates.add(node)) }
}

fn shock<'m>(model: &'m Model, number: u32, numbers: &HashMap<u32, usize>) -> Shock<'m> {
    let shock = &model.shocks[number as usize];
    let units = shock.units.iter().filter_map(|unit| numbers.get(unit).copied());
    Shock { kind: &shock.kind, units: units.collect() }
}

/// Returns the clocks that several units share: those of calendars, then the rolling ones.
fn occasions<'m>(model: &'m Model, units: &[u32]) -> Vec<Occasion<'m>> {
    let mut occasions = Vec::new();
    for (number, schedule) in (0..).zip(&model.schedules).filter(|(_, schedule)| is_shared(schedule)) {
        let mut occasion = Occasion { schedule, work: Work::Maintenance, units: Vec::new(), alike: false };
        for (place, unit) in units.iter().enumerate() {
            let Some(dynamics) = model.units[*unit as usize].life.dynamics() else { continue };
            if dynamics.inspection == Some(number) {
                occasion.work = Work::Inspection;
            }
            if [dynamics.inspection, dynamics.maintenance].contains(&Some(number)) {
                occasion.units.push(place);
            }
        }
        if !occasion.units.is_empty() {
            occasions.push(occasion);
        }
    }
    occasions.sort_by_key(Occasion::is_rolling);
    occasions
}

/// Returns the blocks, each after those that it depends on.
fn block_order(system: &System<'_>) -> Vec<usize> {
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
        let free = |block: &usize| !system.blocks[*block].looked_at().flatten().any(|node| later[node]);
        let (now, then): (Vec<usize>, Vec<usize>) = left.iter().partition(|block| free(block));
        // There is no cycle, as the model is valid; if there were one, any order would do.
        order.extend(if now.is_empty() { &then } else { &now });
        left = if now.is_empty() { Vec::new() } else { then };
    }
    order
}

/// Fails unless a chain can represent all these parts.
fn check(model: &Model, units: &[u32], standbys: &[u32], shocks: &[u32]) -> Result<(), Unsolved> {
    for unit in units {
        check_unit(model, &model.units[*unit as usize])?;
    }
    for standby in standbys {
        let Standby { name, detection, switchover, manual, .. } = &model.standbys[*standby as usize];
        check_time(name, "detection", detection.as_ref(), &ANY_TIME)?;
        check_time(name, "switchover", switchover.as_ref(), &ANY_TIME)?;
        check_time(name, "manual switchover", manual.as_ref(), &ANY_TIME)?;
    }
    for shock in shocks {
        let shock = &model.shocks[*shock as usize];
        let (arrival, repair) = match &shock.kind {
            ShockKind::Fixed { .. } => continue,
            ShockKind::Outage { arrival, repair } => (arrival, Some(repair)),
            ShockKind::Failure { arrival, .. } => (arrival, None),
        };
        check_time(&shock.name, "arrival", Some(arrival), &EXPONENTIAL)?;
        check_time(&shock.name, "repair", repair, &ANY_TIME)?;
    }
    Ok(())
}

fn check_unit(model: &Model, unit: &Unit) -> Result<(), Unsolved> {
    let name = &unit.name;
    let Some(dynamics) = unit.life.dynamics() else { return Ok(()) };
    if dynamics.replacement.is_some() {
        return Err(Unsolved::unsupported(name, "is replaced at an age"));
    }
    if dynamics.repair.is_none() && model.start == Start::Stationary {
        let why = "is never repaired, so with a stationary start it has failed already";
        return Err(Unsolved::unsupported(name, why));
    }
    check_time(name, "failure", Some(&dynamics.failure), &EXPONENTIAL)?;
    check_time(name, "detection", dynamics.detection.as_ref(), &ANY_TIME)?;
    if let Some(restart) = &dynamics.restart {
        check_restart(name, restart)?;
    }
    check_time(name, "repair", dynamics.repair.as_ref(), &ANY_TIME)?;
    for number in [dynamics.inspection, dynamics.maintenance] {
        if let Some(schedule) = model.schedule(number) {
            check_schedule(model, name, schedule)?;
        }
    }
    Ok(())
}

/// Fixed waits between attempts have no exponential stages.
fn check_restart(name: &str, restart: &Restart) -> Result<(), Unsolved> {
    let waits = (1..restart.limit).any(|attempt| restart.wait_s(attempt) > 0.0);
    if waits && restart.success < 1.0 {
        return Err(Unsolved::unsupported(name, "waits a fixed time between restarts"));
    }
    check_time(name, "restart", Some(&restart.attempt), &ANY_TIME)
}

fn check_schedule(model: &Model, name: &str, schedule: &Schedule) -> Result<(), Unsolved> {
    check_time(name, "interval of planned work", Some(&schedule.every), &EXPONENTIAL)?;
    let component = model.components.get(schedule.component as usize);
    let several = component.is_some_and(|component| component.units.len() > 1);
    if schedule.pattern == Pattern::Staggered && several {
        return Err(Unsolved::unsupported(name, "has planned work staggered with that of others"));
    }
    check_time(name, "planned work", Some(&schedule.duration), &ANY_TIME)
}

/// Fails unless a time, if there is one, has one of these numbers of stages.
fn check_time(
    name: &str,
    what: &'static str,
    time: Option<&Distribution>,
    counts: &RangeInclusive<u32>,
) -> Result<(), Unsolved> {
    let fits = |time: &Distribution| time.stages().is_some_and(|stages| counts.contains(&stages.count));
    if time.is_none_or(fits) {
        return Ok(());
    }
    Err(Unsolved::NotExponential { name: name.to_owned(), what })
}
