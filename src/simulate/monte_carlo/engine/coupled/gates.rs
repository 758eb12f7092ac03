//! The structure of a cell, updated incrementally at each change of a leaf instead of being evaluated
//! anew.

use crate::simulate::structure::{Node, Structure};
use std::collections::HashMap;

/// The part of the structure that a cell needs, with the cell's numbering of nodes: leaves first, then
/// gates.
#[derive(Debug)]
pub(super) struct Gates {
    leaves: u32,
    /// Number of failed inputs that bring each gate down.
    k: Vec<u32>,
    /// For node i, `parents[parents_from[i]..parents_from[i + 1]]` are the indices of the gates that it
    /// is an input of.
    parents_from: Vec<u32>,
    parents: Vec<u32>,
}

/// Number of failed inputs of each gate, and the state of each node.
#[derive(Debug, Default)]
pub(super) struct Counts {
    failed_inputs: Vec<u32>,
    down: Vec<bool>,
    queue: Vec<(u32, bool)>,
}

impl Gates {
    /// Adds all gates below `roots`. Returns the gates and the numbers of the roots. `leaf_numbers` has the
    /// numbers of all leaves below a root, by their numbers in the structure.
    pub(super) fn below(
        structure: &Structure,
        roots: &[Root],
        leaf_numbers: &HashMap<u32, u32>,
    ) -> (Self, Vec<u32>) {
        let gate_numbers = HashMap::new();
        let mut builder =
            Numbering { structure, leaf_numbers, gate_numbers, k: Vec::new(), edges: Vec::new() };
        let numbers = roots.iter().map(|root| builder.root(root)).collect();
        (builder.finish(), numbers)
    }

    fn parents_of(&self, node: u32) -> &[u32] {
        let range = self.parents_from[node as usize] as usize..self.parents_from[node as usize + 1] as usize;
        &self.parents[range]
    }

    fn nodes(&self) -> usize {
        self.leaves as usize + self.k.len()
    }
}

/// A node to be observed: a node of the structure, or an additional gate over some.
#[derive(Debug, Clone)]
pub(in crate::simulate::monte_carlo::engine) enum Root {
    /// A node of the structure.
    Node(Node),
    /// An additional gate.
    Gate {
        /// Number of failed inputs that bring it down.
        k: u32,
        /// Its inputs.
        inputs: Vec<Node>,
    },
}

/// Assigns numbers to the nodes of a structure in the order in which they are found.
struct Numbering<'a> {
    structure: &'a Structure,
    leaf_numbers: &'a HashMap<u32, u32>,
    gate_numbers: HashMap<u32, u32>,
    k: Vec<u32>,
    /// Number of the input and index of the gate.
    edges: Vec<(u32, u32)>,
}

impl Numbering<'_> {
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

    /// Returns the number of a node after adding everything below it, without recursion.
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

    fn finish(mut self) -> Gates {
        let leaves = self.leaf_numbers.len() as u32;
        self.edges.sort_unstable();
        let nodes = leaves as usize + self.k.len();
        let mut parents_from = vec![0; nodes + 1];
        for (input, _) in &self.edges {
            parents_from[*input as usize + 1] += 1;
        }
        // Prefix sums turn the counts into offsets (compressed sparse rows); `edges` is sorted by input.
        for i in 0..nodes {
            parents_from[i + 1] += parents_from[i];
        }
        Gates { leaves, k: self.k, parents_from, parents: self.edges.iter().map(|(_, gate)| *gate).collect() }
    }
}

impl Counts {
    /// Sets all nodes up.
    pub(super) fn reset(&mut self, gates: &Gates) {
        self.failed_inputs.clear();
        self.failed_inputs.resize(gates.k.len(), 0);
        self.down.clear();
        self.down.resize(gates.nodes(), false);
        self.queue.clear();
    }

    /// Returns whether a node is down.
    pub(super) fn is_down(&self, node: u32) -> bool {
        self.down[node as usize]
    }

    /// Sets a leaf and propagates the change upwards. `changed` is called for every node that changes,
    /// possibly twice for the same node.
    ///
    /// A gate that changes twice is propagated in the order of its changes (first in, first out), so
    /// that counts above it never become negative and end with the right values.
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
            // It had exactly k failed inputs before this one recovered.
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
        fn incremental_updates_agree_with_full_evaluation(
            structure in structures(),
            flips in prop::collection::vec(0_u32..6, 0..60),
        ) {
            let leaf_numbers = (0..6).zip(0..6).collect();
            let roots = [Root::Node(structure.top())];
            let (gates, numbers) = Gates::below(&structure, &roots, &leaf_numbers);
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
