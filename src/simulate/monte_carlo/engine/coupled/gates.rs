//! The structure of a cell, kept up to date leaf by leaf instead of being evaluated anew.

use crate::simulate::structure::{Node, Structure};
use std::collections::HashMap;

/// The part of a structure that a cell needs, with its leaves numbered by the cell. Node numbers: leaves, then gates.
#[derive(Debug)]
pub(super) struct Gates {
    leaves: u32,
    /// How many failed inputs bring each gate down.
    k: Vec<u32>,
    /// For node i, `parents[parents_from[i]..parents_from[i + 1]]` are the gates it is an input of, by their index.
    parents_from: Vec<u32>,
    parents: Vec<u32>,
}

/// How many inputs of each gate have failed, and which nodes are down.
#[derive(Debug, Default)]
pub(super) struct Counts {
    failed_inputs: Vec<u32>,
    down: Vec<bool>,
    queue: Vec<(u32, bool)>,
}

impl Gates {
    /// Numbers the leaves as `leaves` lists them and takes over all that lies below `roots`. Besides the gates it returns the
    /// roots' numbers. A root that is a leaf of another cell does not occur.
    pub(super) fn below(structure: &Structure, roots: &[Root], leaves: &[u32]) -> (Self, Vec<u32>) {
        let mut builder = Numbering::new(structure, leaves);
        let numbers: Vec<u32> = roots.iter().map(|root| builder.root(root)).collect();
        (builder.finish(leaves.len() as u32), numbers)
    }

    fn parents_of(&self, node: u32) -> &[u32] {
        let range = self.parents_from[node as usize] as usize..self.parents_from[node as usize + 1] as usize;
        &self.parents[range]
    }

    fn nodes(&self) -> usize {
        self.leaves as usize + self.k.len()
    }
}

/// A node to follow: one of the structure, or a gate of its own over some.
#[derive(Debug, Clone)]
pub(in crate::simulate::monte_carlo::engine) enum Root {
    /// A node of the structure.
    Node(Node),
    /// A gate that fails at `k` of these.
    Gate {
        /// How many failed inputs bring it down.
        k: u32,
        /// Its inputs.
        inputs: Vec<Node>,
    },
}

/// Gives the nodes of a structure their numbers in a cell, as they are met.
struct Numbering<'a> {
    structure: &'a Structure,
    leaf_numbers: HashMap<u32, u32>,
    gate_numbers: HashMap<u32, u32>,
    k: Vec<u32>,
    /// Input's number and the gate's index.
    edges: Vec<(u32, u32)>,
}

impl<'a> Numbering<'a> {
    fn new(structure: &'a Structure, leaves: &[u32]) -> Self {
        Self {
            structure,
            leaf_numbers: leaves.iter().enumerate().map(|(i, leaf)| (*leaf, i as u32)).collect(),
            gate_numbers: HashMap::new(),
            k: Vec::new(),
            edges: Vec::new(),
        }
    }

    fn root(&mut self, root: &Root) -> u32 {
        match root {
            Root::Node(node) => self.node(*node),
            Root::Gate { k, inputs } => {
                let gate = self.new_gate(*k);
                for input in inputs {
                    let number = self.node(*input);
                    self.edges.push((number, gate));
                }
                gate + self.leaf_numbers.len() as u32
            }
        }
    }

    fn new_gate(&mut self, k: u32) -> u32 {
        self.k.push(k);
        self.k.len() as u32 - 1
    }

    /// The node's number; whatever lies below it is taken in, without recursion.
    fn node(&mut self, node: Node) -> u32 {
        let mut open = Vec::new();
        let number = self.meet(node, &mut open);
        while let Some(gate) = open.pop() {
            let own = self.gate_numbers[&gate];
            for input in &self.structure.gates()[gate as usize].inputs {
                let number = self.meet(*input, &mut open);
                self.edges.push((number, own));
            }
        }
        number
    }

    fn meet(&mut self, node: Node, open: &mut Vec<u32>) -> u32 {
        match node {
            Node::Leaf(leaf) => self.leaf_numbers[&leaf],
            Node::Gate(gate) => {
                let leaves = self.leaf_numbers.len() as u32;
                if let Some(number) = self.gate_numbers.get(&gate) {
                    return leaves + number;
                }
                let number = self.new_gate(self.structure.gates()[gate as usize].k);
                self.gate_numbers.insert(gate, number);
                open.push(gate);
                leaves + number
            }
        }
    }

    fn finish(mut self, leaves: u32) -> Gates {
        self.edges.sort_unstable();
        let nodes = leaves as usize + self.k.len();
        let mut parents_from = vec![0; nodes + 1];
        for (input, _) in &self.edges {
            parents_from[*input as usize + 1] += 1;
        }
        for i in 0..nodes {
            parents_from[i + 1] += parents_from[i];
        }
        Gates { leaves, k: self.k, parents_from, parents: self.edges.iter().map(|(_, gate)| *gate).collect() }
    }
}

impl Counts {
    /// Everything up.
    pub(super) fn reset(&mut self, gates: &Gates) {
        self.failed_inputs.clear();
        self.failed_inputs.resize(gates.k.len(), 0);
        self.down.clear();
        self.down.resize(gates.nodes(), false);
        self.queue.clear();
    }

    /// Whether a node is down.
    pub(super) fn is_down(&self, node: u32) -> bool {
        self.down[node as usize]
    }

    /// Sets a leaf and carries the change upwards; `changed` hears of every node that flips, some perhaps twice.
    ///
    /// A gate that flips twice on the way is handed on in the order of its flips (first in, first out), so that the counts above
    /// it never run below zero and end right.
    #[inline]
    pub(super) fn set(&mut self, gates: &Gates, leaf: u32, down: bool, mut changed: impl FnMut(u32)) {
        if self.down[leaf as usize] == down {
            return;
        }
        self.down[leaf as usize] = down;
        self.queue.push((leaf, down));
        let mut at = 0;
        while let Some((node, down)) = self.queue.get(at).copied() {
            at += 1;
            changed(node);
            for &gate in gates.parents_of(node) {
                self.count(gates, gate, down);
            }
        }
        self.queue.clear();
    }

    fn count(&mut self, gates: &Gates, gate: u32, down: bool) {
        let (count, k) = (&mut self.failed_inputs[gate as usize], gates.k[gate as usize]);
        let flips = if down {
            *count += 1;
            *count == k
        } else {
            *count -= 1;
            *count + 1 == k
        };
        if flips {
            let node = gates.leaves + gate;
            self.down[node as usize] = down;
            self.queue.push((node, down));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Counts, Gates, Root};
    use crate::simulate::structure::{Gate, Node, Structure};
    use proptest::prelude::*;

    fn structures() -> impl Strategy<Value = Structure> {
        let gate = (any::<u32>(), prop::collection::vec(any::<u32>(), 1..5));
        prop::collection::vec(gate, 1..9).prop_map(|specs| {
            let gates: Vec<Gate> = specs
                .iter()
                .enumerate()
                .map(|(number, (k, inputs))| Gate {
                    k: 1 + k % inputs.len() as u32,
                    inputs: inputs
                        .iter()
                        .map(|pick| {
                            let pick = pick % (6 + number as u32);
                            if pick < 6 { Node::Leaf(pick) } else { Node::Gate(pick - 6) }
                        })
                        .collect(),
                })
                .collect();
            let top = Node::Gate(gates.len() as u32 - 1);
            Structure::new(6, gates, top).unwrap()
        })
    }

    proptest! {
        #[test]
        fn counting_agrees_with_evaluating_anew(
            structure in structures(),
            flips in prop::collection::vec(0_u32..6, 0..60),
        ) {
            let leaves: Vec<u32> = (0..6).collect();
            let roots = [Root::Node(structure.top())];
            let (gates, numbers) = Gates::below(&structure, &roots, &leaves);
            let mut counts = Counts::default();
            counts.reset(&gates);
            let mut failed = [false; 6];
            for leaf in flips {
                failed[leaf as usize] ^= true;
                counts.set(&gates, leaf, failed[leaf as usize], |_| {});
                prop_assert_eq!(counts.is_down(numbers[0]), structure.evaluate(&failed));
            }
        }
    }
}
