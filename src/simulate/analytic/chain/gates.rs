//! The gates above the parts of a system; equal gates are stored once.

use crate::simulate::structure::{Node, Structure};
use std::collections::HashMap;

/// Gates over leaves. Nodes are numbered: leaves first, then gates, each after its inputs.
#[derive(Debug)]
pub(super) struct Gates {
    leaves: usize,
    gates: Vec<Gate>,
}

/// Down when at least `k` of its inputs are; inputs are in ascending order, possibly repeated.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Gate {
    pub(super) k: u32,
    pub(super) inputs: Vec<usize>,
}

impl Gates {
    pub(super) fn nodes(&self) -> usize {
        self.leaves + self.gates.len()
    }

    /// Returns the gates with their node numbers.
    pub(super) fn each(&self) -> impl Iterator<Item = (usize, &Gate)> {
        (self.leaves..).zip(&self.gates)
    }

    /// Returns which nodes are down, given which leaves are.
    pub(super) fn down(&self, leaves: impl Iterator<Item = bool>) -> Vec<bool> {
        let mut down = Vec::with_capacity(self.nodes());
        down.extend(leaves);
        for gate in &self.gates {
            let failed = gate.inputs.iter().filter(|input| down[**input]).count();
            down.push(failed >= gate.k as usize);
        }
        down
    }
}

/// Copies what lies below some nodes of a structure.
pub(super) struct Builder<'m> {
    structure: &'m Structure,
    /// The nodes of the structure copied so far, with their numbers.
    numbers: HashMap<Node, usize>,
    equal: HashMap<Gate, usize>,
    pub(super) gates: Gates,
}

impl<'m> Builder<'m> {
    /// Starts with the leaves of the structure, in the order of their numbers.
    pub(super) fn new(structure: &'m Structure, leaves: impl Iterator<Item = u32>) -> Self {
        let numbers: HashMap<Node, usize> = leaves.map(Node::Leaf).zip(0..).collect();
        let gates = Gates { leaves: numbers.len(), gates: Vec::new() };
        Self { structure, numbers, equal: HashMap::new(), gates }
    }

    /// Adds a node after all gates below it, without recursion; returns its number.
    pub(super) fn add(&mut self, root: Node) -> usize {
        // Nodes to add, and gates whose inputs are complete.
        let mut open = vec![(root, false)];
        while let Some((node, is_complete)) = open.pop() {
            let Some(gate) = node.gate() else { continue };
            if is_complete {
                self.enter(gate);
            } else if !self.numbers.contains_key(&node) {
                open.push((node, true));
                open.extend(self.structure.gates()[gate as usize].inputs.iter().map(|input| (*input, false)));
            }
        }
        self.numbers.get(&root).copied().unwrap_or_default()
    }

    fn enter(&mut self, number: u32) {
        let own = &self.structure.gates()[number as usize];
        let mut inputs: Vec<usize> =
            own.inputs.iter().filter_map(|input| self.numbers.get(input).copied()).collect();
        inputs.sort_unstable();
        let gate = Gate { k: own.k, inputs };
        let next = self.gates.nodes();
        // An equal gate that exists is used instead of a new one.
        let place = *self.equal.entry(gate.clone()).or_insert(next);
        if place == next {
            self.gates.gates.push(gate);
        }
        self.numbers.insert(Node::Gate(number), place);
    }
}
