//! Cuts the parts of a model that need a Markov chain out of its structure.

use crate::simulate::model::{Clock, Model, Pattern, Unit};
use crate::simulate::monte_carlo::engine::islands::Islands;
use crate::simulate::structure::{Gate, Node, Structure};
use std::collections::BTreeMap;

/// Returns the islands of leaves that depend on each other, including units that follow the same random
/// clock.
pub(super) fn islands(model: &Model) -> Islands {
    let mut islands = Islands::of(model);
    for (number, schedule) in (0..).zip(&model.schedules) {
        // Fixed intervals add no dependence: only a random clock is shared by the units that follow it.
        let (shortest_s, longest_s) = schedule.every.support();
        let random = shortest_s < longest_s;
        if schedule.pattern == Pattern::Together && schedule.clock == Clock::Calendar && random {
            let follows = |unit: &Unit| {
                let dynamics = unit.life.dynamics();
                dynamics.is_some_and(|d| [d.inspection, d.maintenance].contains(&Some(number)))
            };
            let units = (0..).zip(&model.units);
            islands.join(units.filter(|(_, unit)| follows(unit)).map(|(leaf, _)| leaf));
        }
    }
    islands
}

/// A model's simplified structure, to which gates can be added. The gates that standby blocks refer to
/// are kept beside it under their old numbers.
#[derive(Debug)]
struct Rewritten {
    leaf_count: u32,
    gates: Vec<Gate>,
    top: Node,
}

impl Rewritten {
    fn of(model: &Model) -> Self {
        let simple = model.structure.simplify();
        let mut gates = model.structure.gates().to_vec();
        let first = gates.len() as u32;
        let renumber = |node: &Node| match *node {
            Node::Leaf(leaf) => Node::Leaf(leaf),
            Node::Gate(gate) => Node::Gate(first + gate),
        };
        gates.extend(simple.gates().iter().map(|gate| gate.over(renumber)));
        Self { leaf_count: simple.leaf_count(), gates, top: renumber(&simple.top()) }
    }

    /// Adds a gate over some nodes; returns the node itself if there is only one.
    fn add(&mut self, k: u32, inputs: Vec<Node>) -> Node {
        if let [only] = inputs[..] {
            return only;
        }
        self.gates.push(Gate { k, inputs });
        Node::Gate(self.gates.len() as u32 - 1)
    }

    fn structure(&self) -> Option<Structure> {
        Structure::new(self.leaf_count, self.gates.clone(), self.top).ok()
    }

    /// Returns the same model over this structure.
    fn model(&self, model: &Model) -> Option<Model> {
        let structure = self.structure()?;
        Some(Model { structure, ..model.clone() })
    }
}

/// A structure from which the parts with chains are cut out.
#[derive(Debug)]
pub(super) struct Cut {
    /// The model, over a structure in which each port is a node.
    pub model: Model,
    /// By chain, its ports: the nodes that depend on nothing but its leaves and that other nodes use.
    pub ports: Vec<Vec<Node>>,
    /// The structure with a new leaf in place of each port, those of the first chain first.
    pub outer: Structure,
}

/// Cuts out the leaves that have an `owner`; those of one owner go into the same chain.
pub(super) fn cut(model: &Model, owner: &[Option<u32>]) -> Option<Cut> {
    let mut rewritten = Rewritten::of(model);
    let owners = group(&mut rewritten, owner)?;
    let model = rewritten.model(model)?;
    let owner_of = |node: Node| match node {
        Node::Leaf(leaf) => owner[leaf as usize],
        Node::Gate(gate) => owners.get(gate as usize).copied().flatten(),
    };
    let mut ports: BTreeMap<u32, Vec<Node>> = BTreeMap::new();
    let structure = &model.structure;
    // Gates over several owners, or over unowned nodes, remain; the owned nodes that they use are the
    // ports.
    let mixed = structure.bottom_up().iter().filter(|gate| owners[**gate as usize].is_none());
    let looked_at = mixed.flat_map(|gate| &structure.gates()[*gate as usize].inputs);
    for node in looked_at.chain([&structure.top()]) {
        if let Some(owner) = owner_of(*node) {
            let own = ports.entry(owner).or_default();
            if !own.contains(node) {
                own.push(*node);
            }
        }
    }
    let ports: Vec<Vec<Node>> = ports.into_values().collect();
    let outer = outer(structure, &ports)?;
    Some(Cut { model, ports, outer })
}

/// Puts the nodes of one owner below a gate of their own wherever a series or parallel gate uses several
/// of them besides other nodes. Returns, by gate, the owner of everything below it, if there is just
/// one.
fn group(rewritten: &mut Rewritten, owner: &[Option<u32>]) -> Option<Vec<Option<u32>>> {
    let structure = rewritten.structure()?;
    let mut owners: Vec<Option<u32>> = vec![None; rewritten.gates.len()];
    for &number in structure.bottom_up() {
        let gate = &structure.gates()[number as usize];
        let mut by_owner: BTreeMap<Option<u32>, Vec<Node>> = BTreeMap::new();
        for &input in &gate.inputs {
            let owner = match input {
                Node::Leaf(leaf) => owner[leaf as usize],
                Node::Gate(gate) => owners[gate as usize],
            };
            by_owner.entry(owner).or_default().push(input);
        }
        let all = gate.k as usize == gate.inputs.len();
        if let (1, Some((only, _))) = (by_owner.len(), by_owner.first_key_value()) {
            owners[number as usize] = *only;
        // Series and parallel gates are associative. A k-of-n gate in between is not, and stays as it
        // is.
        } else if all || gate.k == 1 {
            let mut inputs = by_owner.remove(&None).unwrap_or_default();
            for (owner, nodes) in by_owner {
                let k = if all { nodes.len() as u32 } else { 1 };
                inputs.push(rewritten.add(k, nodes));
                owners.resize(rewritten.gates.len(), owner);
            }
            let k = if all { inputs.len() as u32 } else { 1 };
            rewritten.gates[number as usize] = Gate { k, inputs };
        }
    }
    Some(owners)
}

/// Replaces each port by a new leaf; these are numbered after the leaves of the structure.
fn outer(structure: &Structure, ports: &[Vec<Node>]) -> Option<Structure> {
    let leaf_count = structure.leaf_count();
    let leaves: BTreeMap<Node, u32> = ports.iter().flatten().copied().zip(leaf_count..).collect();
    let rename = |node: &Node| leaves.get(node).map_or(*node, |leaf| Node::Leaf(*leaf));
    let gates = structure.gates().iter().map(|gate| gate.over(rename));
    let count = leaf_count + leaves.len() as u32;
    Structure::new(count, gates.collect(), rename(&structure.top())).ok()
}
