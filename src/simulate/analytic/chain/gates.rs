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
    /// Copies what lies below the roots and returns the roots' numbers; `leaf` numbers the structure's
    /// leaves.
    pub(super) fn below(
        structure: &Structure,
        roots: &[Node],
        leaves: usize,
        leaf: &HashMap<u32, usize>,
    ) -> (Self, Vec<usize>) {
        let mut builder = Builder {
            structure,
            leaf,
            numbers: HashMap::new(),
            equal: HashMap::new(),
            gates: Self { leaves, gates: Vec::new() },
        };
        let numbers = roots.iter().map(|root| builder.add(*root)).collect();
        (builder.gates, numbers)
    }

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

struct Builder<'a> {
    structure: &'a Structure,
    leaf: &'a HashMap<u32, usize>,
    numbers: HashMap<u32, usize>,
    equal: HashMap<Gate, usize>,
    gates: Gates,
}

impl Builder<'_> {
    /// Adds a gate after all gates below it, without recursion.
    fn add(&mut self, root: Node) -> usize {
        let mut open = vec![root];
        while let Some(node) = open.last().copied() {
            let Node::Gate(gate) = node else {
                open.pop();
                continue;
            };
            let inputs = &self.structure.gates()[gate as usize].inputs;
            let before = open.len();
            open.extend(inputs.iter().copied().filter(|input| self.number(*input).is_none()));
            if open.len() == before {
                open.pop();
                self.enter(gate);
            }
        }
        self.number(root).unwrap_or_default()
    }

    fn number(&self, node: Node) -> Option<usize> {
        match node {
            Node::Leaf(leaf) => self.leaf.get(&leaf).copied(),
            Node::Gate(gate) => self.numbers.get(&gate).copied(),
        }
    }

    fn enter(&mut self, number: u32) {
        let own = &self.structure.gates()[number as usize];
        let mut inputs: Vec<usize> = own.inputs.iter().filter_map(|input| self.number(*input)).collect();
        inputs.sort_unstable();
        let gate = Gate { k: own.k, inputs };
        let next = self.gates.nodes();
        // An equal gate that exists is used instead of a new one.
        let place = *self.equal.entry(gate.clone()).or_insert(next);
        if place == next {
            self.gates.gates.push(gate);
        }
        self.numbers.insert(number, place);
    }
}
