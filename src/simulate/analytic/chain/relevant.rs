//! Finds the leaves of a model that some of its nodes depend on.

use crate::simulate::model::{Dynamics, Leaf, Life, Model, Pattern};
use crate::simulate::structure::Node;
use std::collections::{HashMap, HashSet};

/// Returns the leaves that determine the nodes' states, and those that act on them: units that compete
/// for the same crew or take turns with them, and the parts of standby blocks. Ascending; `None` if
/// there are more than `leaves_max`. Time is linear in the size of the model.
pub(super) fn relevant(model: &Model, watched: &[Node], leaves_max: usize) -> Option<Vec<u32>> {
    let mut search = Search {
        model,
        served: served(model),
        block_of: block_of(model),
        leaves: HashSet::new(),
        nodes: HashSet::new(),
        open: watched.to_vec(),
    };
    while let Some(node) = search.open.pop() {
        search.visit(node);
        if search.leaves.len() > leaves_max {
            return None;
        }
    }
    let mut leaves: Vec<u32> = search.leaves.into_iter().collect();
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

/// Returns, by crew, the units that it serves, if some of them may have to wait.
fn served(model: &Model) -> HashMap<u32, Vec<u32>> {
    let crowded = model.crowded_crews();
    let mut served: HashMap<u32, Vec<u32>> = HashMap::new();
    for (number, unit) in (0..).zip(&model.units) {
        if let Some(slot) = unit.life.crew()
            && crowded.get(slot.crew as usize) == Some(&true)
        {
            served.entry(slot.crew).or_default().push(number);
        }
    }
    served
}

pub(super) fn dynamic(life: &Life) -> Option<&Dynamics> {
    match life {
        Life::Dynamic(dynamics) => Some(dynamics),
        Life::Fixed { .. } => None,
    }
}

struct Search<'m> {
    model: &'m Model,
    /// By crew that has not been visited yet, its units.
    served: HashMap<u32, Vec<u32>>,
    block_of: HashMap<u32, u32>,
    leaves: HashSet<u32>,
    nodes: HashSet<Node>,
    open: Vec<Node>,
}

impl Search<'_> {
    fn visit(&mut self, node: Node) {
        if !self.nodes.insert(node) {
            return;
        }
        match node {
            Node::Gate(gate) => {
                let gate = self.model.structure.gates().get(gate as usize);
                self.open.extend(gate.into_iter().flat_map(|gate| &gate.inputs));
            }
            Node::Leaf(leaf) => {
                self.leaves.insert(leaf);
                match self.model.leaf(leaf) {
                    Leaf::Unit(unit) => self.unit(unit),
                    Leaf::Standby(standby) => self.standby(standby),
                    Leaf::Shock(_) => {}
                }
            }
        }
    }

    fn unit(&mut self, unit: u32) {
        let block = self.block_of.get(&unit).copied();
        self.open.extend(block.map(Node::Leaf));
        let Some(dynamics) = self.model.units.get(unit as usize).and_then(|unit| dynamic(&unit.life)) else {
            return;
        };
        if let Some(slot) = dynamics.crew {
            // Removed, so that the units of a crew are added only once.
            let others = self.served.remove(&slot.crew).unwrap_or_default();
            self.open.extend(others.into_iter().map(Node::Leaf));
        }
        let rolling = dynamics
            .maintenance
            .and_then(|number| self.model.schedules.get(number as usize))
            .filter(|schedule| schedule.pattern == Pattern::Rolling)
            .and_then(|schedule| self.model.components.get(schedule.component as usize));
        let units = rolling.into_iter().flat_map(|component| component.units.clone());
        self.open.extend(units.map(Node::Leaf));
    }

    fn standby(&mut self, number: u32) {
        let Some(standby) = self.model.standbys.get(number as usize) else {
            return;
        };
        self.open.extend(standby.units.iter().map(|unit| Node::Leaf(*unit)));
        self.open.extend(standby.out.iter().flatten().chain(&standby.switch));
    }
}
