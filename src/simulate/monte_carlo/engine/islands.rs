//! Determines which leaves depend on each other and must be simulated together.

use crate::simulate::model::{Leaf, Model, Pattern, ShockKind};
use crate::simulate::structure::{Gate, Node, Structure, StructureError};
use std::collections::HashMap;

/// A partition of numbered things (union-find). Those of the leaves of a model are the islands: they share a
/// crew, a common cause, a standby block or a rolling schedule.
#[derive(Debug)]
pub(in crate::simulate) struct Islands {
    parent: Vec<u32>,
}

impl Islands {
    /// Returns the partition in which each of `count` things is an island of its own.
    pub(super) fn apart(count: u32) -> Self {
        Self { parent: (0..count).collect() }
    }

    pub(in crate::simulate) fn of(model: &Model) -> Self {
        let mut islands = Self::apart(model.leaf_count());
        islands.join_crews(model);
        islands.join_shocks(model);
        islands.join_rolling(model);
        islands.join_standbys(model);
        if model.suspend {
            islands.join(0..model.leaf_count());
        }
        // Flatten all paths, so that `representative`, which cannot compress, is fast.
        for leaf in 0..model.leaf_count() {
            islands.find(leaf);
        }
        islands
    }

    /// Returns the leaf that represents the island of a leaf: its smallest member.
    pub(in crate::simulate) fn representative(&self, leaf: u32) -> u32 {
        let mut at = leaf;
        while self.parent[at as usize] != at {
            at = self.parent[at as usize];
        }
        at
    }

    /// Returns the members of each island with more than one leaf, in ascending order, keyed by
    /// representative.
    pub(in crate::simulate) fn members(&self) -> HashMap<u32, Vec<u32>> {
        let mut members: HashMap<u32, Vec<u32>> = HashMap::new();
        for leaf in 0..self.parent.len() as u32 {
            members.entry(self.representative(leaf)).or_default().push(leaf);
        }
        members.retain(|_, leaves| leaves.len() > 1);
        members
    }

    /// Returns the structure with each leaf replaced by its representative. A module of this structure
    /// shares neither components nor dynamics with the rest.
    pub(in crate::simulate) fn contracted(&self, structure: &Structure) -> Result<Structure, StructureError> {
        let contract = |node: &Node| self.contract(*node);
        let gates = structure
            .gates()
            .iter()
            .map(|gate| Gate { k: gate.k, inputs: gate.inputs.iter().map(contract).collect() });
        Structure::new(structure.leaf_count(), gates.collect(), self.contract(structure.top()))
    }

    /// Returns the node, or the representative of a leaf.
    pub(super) fn contract(&self, node: Node) -> Node {
        match node {
            Node::Leaf(leaf) => Node::Leaf(self.representative(leaf)),
            Node::Gate(gate) => Node::Gate(gate),
        }
    }

    /// Joins the units that a crew serves, unless the crew is so large that none ever waits.
    fn join_crews(&mut self, model: &Model) {
        let mut served: Vec<Vec<u32>> = vec![Vec::new(); model.crews.len()];
        for (number, unit) in model.units.iter().enumerate() {
            if let Some(list) = unit.life.crew().and_then(|slot| served.get_mut(slot.crew as usize)) {
                list.push(number as u32);
            }
        }
        for (units, crowded) in served.into_iter().zip(model.crowded_crews()) {
            if crowded {
                self.join(units);
            }
        }
    }

    fn join_shocks(&mut self, model: &Model) {
        for (number, shock) in model.shocks.iter().enumerate() {
            if let ShockKind::Failure { .. } = shock.kind {
                let own = model.leaf_number(Leaf::Shock(number as u32));
                self.join(shock.units.iter().copied().chain([own]));
            }
        }
    }

    fn join_rolling(&mut self, model: &Model) {
        for schedule in &model.schedules {
            if schedule.pattern == Pattern::Rolling
                && let Some(component) = model.components.get(schedule.component as usize)
            {
                self.join(component.units.clone());
            }
        }
    }

    fn join_standbys(&mut self, model: &Model) {
        for (number, standby) in model.standbys.iter().enumerate() {
            let own = model.leaf_number(Leaf::Standby(number as u32));
            let below = standby.watched().flat_map(|node| model.structure.leaves_below(node));
            self.join(standby.units.iter().copied().chain([own]).chain(below));
        }
    }

    /// Joins the islands of the given leaves.
    pub(in crate::simulate) fn join(&mut self, leaves: impl IntoIterator<Item = u32>) {
        let mut leaves = leaves.into_iter();
        let Some(first) = leaves.next() else { return };
        for leaf in leaves {
            let (a, b) = (self.find(first), self.find(leaf));
            // The smaller root stays root, so that the representative is the smallest member.
            self.parent[a.max(b) as usize] = a.min(b);
        }
    }

    /// Returns the root of a leaf's tree and compresses the path to it.
    fn find(&mut self, leaf: u32) -> u32 {
        let root = self.representative(leaf);
        let mut at = leaf;
        while self.parent[at as usize] != root {
            at = std::mem::replace(&mut self.parent[at as usize], root);
        }
        root
    }
}
