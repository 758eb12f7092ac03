//! Finds the leaves of a model that some of its nodes depend on.

use crate::simulate::model::{Leaf, Model, Pattern};
use crate::simulate::structure::Node;
use std::collections::{HashMap, HashSet};

/// What acts on the units of a model besides themselves. Found once, in time linear in the size of the model, for
/// all of its parts.
pub struct Surroundings<'m> {
    pub(super) model: &'m Model,
    /// By crew, whether a unit may have to wait for it.
    pub(super) crowded: Vec<bool>,
    /// By such a crew, the units that it serves.
    served: HashMap<u32, Vec<u32>>,
    /// By unit, the leaf of the standby block that it belongs to.
    block_of: HashMap<u32, u32>,
}

impl<'m> Surroundings<'m> {
    /// Finds them.
    pub fn of(model: &'m Model) -> Self {
        let crowded = model.crowded_crews();
        let mut served: HashMap<u32, Vec<u32>> = HashMap::new();
        for (number, unit) in (0..).zip(&model.units) {
            if let Some(slot) = unit.life.crew()
                && crowded.get(slot.crew as usize) == Some(&true)
            {
                served.entry(slot.crew).or_default().push(number);
            }
        }
        Self { model, crowded, served, block_of: block_of(model) }
    }
}

/// Returns the leaves that determine the nodes' states, and those that act on them: units that compete
/// for the same crew or take turns with them, and the parts of standby blocks. Ascending; `None` if
/// there are more than `leaves_max`. Time is linear in their number.
pub(super) fn relevant(
    surroundings: &Surroundings<'_>,
    watched: &[Node],
    leaves_max: usize,
) -> Option<Vec<u32>> {
    let model = surroundings.model;
    let mut search = Search { surroundings, crews: HashSet::new(), open: watched.to_vec() };
    let mut leaves: Vec<u32> = Vec::new();
    let mut seen: HashSet<Node> = HashSet::new();
    while let Some(node) = search.open.pop() {
        if !seen.insert(node) {
            continue;
        }
        match node {
            Node::Gate(gate) => search.open.extend(&model.structure.gates()[gate as usize].inputs),
            Node::Leaf(leaf) => {
                leaves.push(leaf);
                search.open_beside(leaf);
            }
        }
        if leaves.len() > leaves_max {
            return None;
        }
    }
    leaves.sort_unstable();
    Some(leaves)
}

/// Returns, by unit, the leaf of the standby block that it belongs to.
fn block_of(model: &Model) -> HashMap<u32, u32> {
    let blocks = (0..).zip(&model.standbys);
    let pairs = blocks.flat_map(|(number, standby)| {
        let leaf = model.leaf_number(Leaf::Standby(number));
        standby.units.iter().map(move |unit| (*unit, leaf))
    });
    pairs.collect()
}

struct Search<'s> {
    surroundings: &'s Surroundings<'s>,
    /// The crews that have been visited.
    crews: HashSet<u32>,
    open: Vec<Node>,
}

impl Search<'_> {
    /// Opens everything that acts on a leaf.
    fn open_beside(&mut self, leaf: u32) {
        let model = self.surroundings.model;
        match model.leaf(leaf) {
            Leaf::Unit(unit) => self.open_beside_unit(unit),
            Leaf::Standby(number) => {
                let standby = &model.standbys[number as usize];
                self.open.extend(standby.units.iter().map(|unit| Node::Leaf(*unit)));
                self.open.extend(standby.out.iter().flatten().chain(&standby.switch));
            }
            Leaf::Shock(_) => {}
        }
    }

    fn open_beside_unit(&mut self, unit: u32) {
        let Surroundings { model, served, block_of, .. } = self.surroundings;
        self.open.extend(block_of.get(&unit).map(|block| Node::Leaf(*block)));
        let Some(dynamics) = model.units[unit as usize].life.dynamics() else { return };
        // The units of a crew are added only once.
        let crew = dynamics.crew.map(|slot| slot.crew).filter(|crew| self.crews.insert(*crew));
        let others = crew.and_then(|crew| served.get(&crew)).into_iter().flatten().copied();
        let rolling = model.schedule(dynamics.maintenance);
        let rolling = rolling.filter(|schedule| schedule.pattern == Pattern::Rolling);
        let component = rolling.and_then(|schedule| model.components.get(schedule.component as usize));
        let in_turn = component.map_or(0..0, |component| component.units.clone());
        self.open.extend(others.chain(in_turn).map(Node::Leaf));
    }
}
