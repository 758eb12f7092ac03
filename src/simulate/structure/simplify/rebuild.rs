//! Rebuilds a structure bottom-up so that no two gates are the same.

use super::Map;
use crate::simulate::structure::{Gate, Node, Structure};

/// The gates of the new structure built so far, each once.
pub(super) struct Rebuild {
    gates: Vec<Gate>,
    known: Map<Gate, u32>,
    /// By gate of the structure that is rewritten, its node in the new one.
    renamed: Vec<Option<Node>>,
}

impl Rebuild {
    /// Rewrites a structure: `build` returns the new node for each gate, after those of its inputs, or
    /// `None` for a gate that no other refers to any more.
    pub(super) fn of(
        structure: &Structure,
        mut build: impl FnMut(&mut Self, u32, &Gate) -> Option<Node>,
    ) -> Structure {
        let renamed = vec![None; structure.gates.len()];
        let mut rebuild = Self { gates: Vec::new(), known: Map::default(), renamed };
        for &number in &structure.bottom_up {
            let node = build(&mut rebuild, number, &structure.gates[number as usize]);
            rebuild.renamed[number as usize] = node;
        }
        let top = rebuild.renamed(structure.top);
        rebuild.finish(structure.leaf_count, top)
    }

    /// Returns the new node for one of the structure that is rewritten.
    pub(super) fn renamed(&self, node: Node) -> Node {
        let renamed = node.gate().and_then(|gate| self.renamed[gate as usize]);
        renamed.unwrap_or(node)
    }

    /// Returns the node that fails when `k` of the inputs have failed: for one input the input itself,
    /// otherwise a gate with sorted inputs, without repetition where it is a series or a parallel gate.
    pub(super) fn node(&mut self, k: u32, mut inputs: Vec<Node>) -> Node {
        inputs.sort_unstable();
        let mut k = k;
        // A repeated input changes nothing in a series or parallel gate; in any other gate it counts as
        // often as listed.
        if k == 1 {
            inputs.dedup();
        } else if k as usize == inputs.len() {
            inputs.dedup();
            k = inputs.len() as u32;
        }
        if let [only] = inputs[..] {
            return only;
        }
        let gate = Gate { k, inputs };
        if let Some(&number) = self.known.get(&gate) {
            return Node::Gate(number);
        }
        let number = self.gates.len() as u32;
        self.gates.push(gate.clone());
        self.known.insert(gate, number);
        Node::Gate(number)
    }

    /// Returns a gate that was built before.
    pub(super) fn gate(&self, number: u32) -> &Gate {
        &self.gates[number as usize]
    }

    /// Returns the structure below `top`, which must consist of nodes built here. Gates that are not
    /// needed are dropped.
    fn finish(self, leaf_count: u32, top: Node) -> Structure {
        let mut needed = vec![false; self.gates.len()];
        gates_of(&[top]).for_each(|top| needed[top as usize] = true);
        for (number, gate) in self.gates.iter().enumerate().rev() {
            if needed[number] {
                gates_of(&gate.inputs).for_each(|input| needed[input as usize] = true);
            }
        }
        let mut renumbered = vec![0; self.gates.len()];
        let mut gates = Vec::new();
        let rename = |node: Node, renumbered: &[u32]| match node {
            Node::Leaf(leaf) => Node::Leaf(leaf),
            Node::Gate(gate) => Node::Gate(renumbered[gate as usize]),
        };
        for (number, mut gate) in self.gates.into_iter().enumerate() {
            if needed[number] {
                gate.inputs.iter_mut().for_each(|input| *input = rename(*input, &renumbered));
                renumbered[number] = gates.len() as u32;
                gates.push(gate);
            }
        }
        let top = rename(top, &renumbered);
        // Gates are built after their inputs, so their own order is bottom-up.
        let bottom_up = (0..gates.len() as u32).collect();
        Structure { leaf_count, gates, top, bottom_up }
    }
}

/// Returns the gates among some nodes.
fn gates_of(nodes: &[Node]) -> impl Iterator<Item = u32> {
    nodes.iter().filter_map(|node| node.gate())
}

/// Returns how often each gate is an input of a gate that the top reaches; the top counts once more.
pub(super) fn uses_of_gates(structure: &Structure) -> Vec<u32> {
    let mut uses = vec![0; structure.gates.len()];
    for &number in &structure.bottom_up {
        gates_of(&structure.gates[number as usize].inputs).for_each(|input| uses[input as usize] += 1);
    }
    gates_of(&[structure.top]).for_each(|top| uses[top as usize] += 1);
    uses
}

/// The kind of a gate; a gate with one input is a series gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    /// Series: fails when any input has failed.
    Any,
    /// Parallel: fails when all inputs have failed.
    All,
    /// Fails at a threshold in between.
    Some,
}

impl Kind {
    pub(super) fn of(gate: &Gate) -> Self {
        match gate.k {
            1 => Self::Any,
            k if k as usize == gate.inputs.len() => Self::All,
            _ => Self::Some,
        }
    }

    /// Returns whether one is series and the other parallel.
    pub(super) fn is_dual_of(self, other: Self) -> bool {
        matches!((self, other), (Self::Any, Self::All) | (Self::All, Self::Any))
    }

    /// Returns the threshold of a series or parallel gate over `n` inputs.
    pub(super) fn threshold(self, n: usize) -> u32 {
        if self == Self::Any { 1 } else { n as u32 }
    }
}
