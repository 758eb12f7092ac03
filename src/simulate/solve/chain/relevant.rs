//! Which leaves of a model its top depends on.

use crate::simulate::model::{Dynamics, Leaf, Life, Model, Pattern};
use crate::simulate::structure::Node;
use std::collections::HashSet;

/// The leaves that decide a node's state, and those that act on them: units that they wait for at a crew, or take turns
/// with, and the parts of standby blocks. Ascending.
pub(super) fn relevant(model: &Model, top: Node) -> Vec<u32> {
    let mut search = Search {
        model,
        crowded: crowded(model),
        leaves: HashSet::new(),
        nodes: HashSet::new(),
        open: vec![top],
    };
    while let Some(node) = search.open.pop() {
        search.visit(node);
    }
    let mut leaves: Vec<u32> = search.leaves.into_iter().collect();
    leaves.sort_unstable();
    leaves
}

/// By crew, whether it serves more units than it can repair at once.
pub(super) fn crowded(model: &Model) -> Vec<bool> {
    let served = |crew: usize| {
        let slots = model.units.iter().filter_map(|unit| dynamic(&unit.life)?.crew);
        slots.filter(|slot| slot.crew as usize == crew).count()
    };
    let crews = model.crews.iter().enumerate();
    crews
        .map(|(number, crew)| served(number) > crew.size as usize)
        .collect()
}

pub(super) fn dynamic(life: &Life) -> Option<&Dynamics> {
    match life {
        Life::Dynamic(dynamics) => Some(dynamics),
        Life::Fixed { .. } => None,
    }
}

struct Search<'m> {
    model: &'m Model,
    crowded: Vec<bool>,
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
        for (number, standby) in (0..).zip(&self.model.standbys) {
            if standby.units.contains(&unit) {
                let leaf = self.model.leaf_number(Leaf::Standby(number));
                self.open.push(Node::Leaf(leaf));
            }
        }
        let Some(dynamics) = self
            .model
            .units
            .get(unit as usize)
            .and_then(|unit| dynamic(&unit.life))
        else {
            return;
        };
        if let Some(slot) = dynamics.crew
            && self.crowded.get(slot.crew as usize) == Some(&true)
        {
            let served = (0..).zip(&self.model.units).filter(|(_, other)| {
                dynamic(&other.life)
                    .and_then(|d| d.crew)
                    .is_some_and(|other| other.crew == slot.crew)
            });
            self.open.extend(served.map(|(number, _)| Node::Leaf(number)));
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
        self.open
            .extend(standby.units.iter().map(|unit| Node::Leaf(*unit)));
        self.open
            .extend(standby.out.iter().flatten().chain(&standby.switch));
    }
}
