//! Finds the units that are interchangeable.
//!
//! Two units are alike if exchanging them changes nothing: they have the same lives and crews and the
//! same place in the structure, and they are adjacent in every list whose order matters (the preferences
//! of a standby block, the units that a common cause strikes, the units with work at the same occasion).
//! Then all that matters of a class is how many of its units are in which state (lumpability: Kemeny and
//! Snell, *Finite Markov Chains*, 1960, section 6.3).

use super::gates::Gate;
use super::system::{Block, System, Work, is_shared, rate};
use crate::simulate::model::{Clock, Life, ShockKind};
use std::collections::HashMap;

/// The properties that two units must share to be alike.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Role {
    life: String,
    place: UnitPosition,
    /// The node that takes the unit out of its block.
    out: Option<usize>,
    /// The unit itself if its order matters in any case, so that it is like no other.
    own: Option<usize>,
    /// For each occurrence in a list, the list and the run of like units in it.
    runs: Vec<(usize, usize)>,
}

/// A unit's place in the structure.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum UnitPosition {
    /// Directly below these gates, each as often as it lists the unit.
    Below(Vec<usize>),
    /// The only unit below a gate of its own, beside these other nodes; that gate stands below those
    /// `above`.
    Wrapped { k: u32, others: Vec<usize>, above: Vec<usize> },
}

/// Sorts the units into classes.
pub(super) fn classify(system: &mut System<'_>) {
    // At an occasion of a rolling schedule all its units are up. If they are alike, it may take out any
    // of them.
    for occasion in &mut system.occasions {
        let alone = occasion.units.iter().all(|unit| system.units[*unit].block.is_none());
        occasion.alike = occasion.is_rolling() && alone;
    }
    // Start with all rolling schedules marked as alike, and unmark one whose units are in different
    // classes, until there is none left.
    loop {
        let (classes, class_of) = classes(system);
        let mixed = system.occasions.iter_mut().filter(|occasion| occasion.alike).find(|occasion| {
            let mut numbers = occasion.units.iter().map(|unit| class_of[*unit]);
            numbers.next().is_some_and(|first| numbers.any(|other| other != first))
        });
        let Some(rolling) = mixed else {
            (system.classes, system.class_of) = (classes, class_of);
            return;
        };
        rolling.alike = false;
    }
}

/// Returns the classes of units that are alike, ascending, and the class of each unit.
fn classes(system: &System<'_>) -> (Vec<Vec<usize>>, Vec<usize>) {
    let fixed = fixed_parts(system);
    let lists = lists(system);
    let mut class_of = vec![0; system.units.len()];
    let mut count = 0;
    // Refine the partition: all units start in one class, and the runs of each round divide the classes
    // further.
    loop {
        let mut roles = fixed.clone();
        for (number, list) in lists.iter().enumerate() {
            add_runs(number, list, &class_of, &mut roles);
        }
        let mut numbers: HashMap<&Role, usize> = HashMap::new();
        for (unit, role) in roles.iter().enumerate() {
            let next = numbers.len();
            class_of[unit] = *numbers.entry(role).or_insert(next);
        }
        // Roles keep every distinction made before, so classes are only ever divided, and the loop ends.
        if numbers.len() == count {
            let mut classes = vec![Vec::new(); count];
            for (unit, class) in class_of.iter().enumerate() {
                classes[*class].push(unit);
            }
            return (classes, class_of);
        }
        count = numbers.len();
    }
}

/// Returns the lists whose order matters.
fn lists(system: &System<'_>) -> Vec<Vec<usize>> {
    let blocks = system.blocks.iter().map(|block| block.slots.iter().map(|slot| slot.unit).collect());
    let striking = system.shocks.iter().filter(|shock| matches!(shock.kind, ShockKind::Failure { .. }));
    let calendars = system.occasions.iter().filter(|occasion| !occasion.is_rolling());
    let struck = striking.map(|shock| shock.units.clone());
    blocks.chain(struck).chain(calendars.map(|calendar| calendar.units.clone())).collect()
}

/// Records, for each unit of the list, in which run of units of one class it stands.
fn add_runs(number: usize, list: &[usize], class_of: &[usize], roles: &mut [Role]) {
    let mut run = 0;
    for (place, unit) in list.iter().enumerate() {
        if place > 0 && class_of[list[place - 1]] != class_of[*unit] {
            run += 1;
        }
        roles[*unit].runs.push((number, run));
    }
}

/// Returns the roles without their runs, which depend on the classes.
fn fixed_parts(system: &System<'_>) -> Vec<Role> {
    let above = above(system);
    let places = places(system, &above);
    let roles = places.into_iter().enumerate().map(|(unit, place)| Role {
        life: life(system, unit),
        place,
        out: out_of(system, unit),
        own: order_counts(system, unit).then_some(unit),
        runs: Vec::new(),
    });
    roles.collect()
}

/// Returns the properties of a unit's life, crew and block that the chain uses, as text with all digits of
/// the numbers.
fn life(system: &System<'_>, unit: usize) -> String {
    let own = &system.units[unit];
    let dynamics = match own.life {
        Life::Fixed { unavailability } => return format!("{unavailability:?} {:?}", own.block),
        Life::Dynamic(dynamics) => dynamics,
    };
    let works = [Work::Found, Work::Detection, Work::Restart(1), Work::Repair, Work::Maintenance];
    let times = works.map(|work| system.time(unit, work));
    let restart = dynamics.restart.as_ref().map(|restart| (restart.success, restart.limit));
    let clocks = [dynamics.inspection, dynamics.maintenance].map(|number| {
        let schedule = system.model.schedule(number)?;
        let shared = number.filter(|_| is_shared(schedule));
        Some((shared, schedule.clock == Clock::Operating, rate(&schedule.every)))
    });
    let behaviour = (rate(&dynamics.failure), times, restart, dynamics.repair.is_some(), clocks);
    format!("{behaviour:?} {:?} {:?}", own.crew, own.block)
}

fn out_of(system: &System<'_>, unit: usize) -> Option<usize> {
    let block = system.blocks.get(system.units[unit].block?)?;
    block.slots.iter().find(|slot| slot.unit == unit)?.out
}

/// Returns whether the unit may take its position back, or takes turns with units that are not all
/// alike.
fn order_counts(system: &System<'_>, unit: usize) -> bool {
    let block = system.units[unit].block;
    let preferred = block.is_some_and(|block| system.blocks[block].standby.fail_back);
    let mut ordered = system.occasions.iter().filter(|occasion| occasion.is_rolling() && !occasion.alike);
    let in_turn = ordered.any(|rolling| rolling.units.contains(&unit));
    preferred || in_turn
}

/// Returns, by node, everything that uses it: gates, and with numbers beyond those of the nodes, the
/// watched nodes, the blocks' slots and switches.
fn above(system: &System<'_>) -> Vec<Vec<usize>> {
    let nodes = system.gates.nodes();
    let mut above = vec![Vec::new(); nodes];
    for (number, gate) in system.gates.each() {
        for input in &gate.inputs {
            above[*input].push(number);
        }
    }
    let watched = system.watched.iter().copied().map(Some);
    let looked_at = watched.chain(system.blocks.iter().flat_map(Block::looked_at));
    for (number, node) in (nodes..).zip(looked_at) {
        if let Some(node) = node {
            above[node].push(number);
        }
    }
    above
}

fn places(system: &System<'_>, above: &[Vec<usize>]) -> Vec<UnitPosition> {
    let gates: HashMap<usize, &Gate> = system.gates.each().collect();
    let units = 0..system.units.len();
    let mut places: Vec<UnitPosition> = units.map(|unit| UnitPosition::Below(above[unit].clone())).collect();
    let mut like: HashMap<UnitPosition, usize> = HashMap::new();
    for place in &places {
        *like.entry(place.clone()).or_default() += 1;
    }
    for (unit, place) in places.iter_mut().enumerate() {
        let UnitPosition::Below(own) = place else { continue };
        // It is alike to other units directly below the same gates already.
        if like[&UnitPosition::Below(own.clone())] > 1 {
            continue;
        }
        if let [only] = own.as_slice()
            && let Some(gate) = gates.get(only)
        {
            *place = UnitPosition::Wrapped {
                k: gate.k,
                others: gate.inputs.iter().copied().filter(|input| *input != unit).collect(),
                above: above[*only].clone(),
            };
        }
    }
    places
}
