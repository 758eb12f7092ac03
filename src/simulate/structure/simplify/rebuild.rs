//! Rebuilds a structure bottom-up so that no two gates are the same.

use crate::simulate::structure::{Gate, Node, Structure};
use hashbrown::HashMap;

type HashState = foldhash::fast::FixedState;

/// The gates built so far, each once.
pub(super) struct Rebuild {
    gates: Vec<Gate>,
    known: HashMap<Gate, u32, HashState>,
}

impl Rebuild {
    pub fn new() -> Self {
        Self { gates: Vec::new(), known: HashMap::with_hasher(HashState::with_seed(0)) }
    }

    /// Returns the node that fails when `k` of the inputs have failed: for one input the input itself,
    /// otherwise a gate with sorted inputs, without repetition where it is a series or a parallel gate.
    pub fn node(&mut self, k: u32, mut inputs: Vec<Node>) -> Node {
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
    pub fn gate(&self, number: u32) -> &Gate {
        &self.gates[number as usize]
    }

    /// Returns the structure below `top`, which must consist of nodes built here. Gates that are not
    /// needed are dropped.
    pub fn finish(self, leaf_count: u32, top: Node) -> Structure {
        let mut needed = vec![false; self.gates.len()];
        if let Node::Gate(top) = top {
            needed[top as usize] = true;
        }
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

/// Maps the gates of the structure that is rewritten to nodes of the new one.
pub(super) struct Renamed(Vec<Option<Node>>);

impl Renamed {
    pub fn new(structure: &Structure) -> Self {
        Self(vec![None; structure.gates.len()])
    }

    pub fn set(&mut self, gate: u32, node: Node) {
        self.0[gate as usize] = Some(node);
    }

    /// Returns the node in the new structure; gates are rewritten after their inputs, so it is known.
    pub fn of(&self, node: Node) -> Node {
        match node {
            Node::Leaf(_) => node,
            Node::Gate(gate) => self.0[gate as usize].unwrap_or(node),
        }
    }
}

/// Returns the gates among some nodes.
pub(super) fn gates_of(nodes: &[Node]) -> impl Iterator<Item = u32> + '_ {
    nodes.iter().filter_map(|node| match node {
        Node::Leaf(_) => None,
        Node::Gate(gate) => Some(*gate),
    })
}

/// Returns how often each gate is an input of a gate that the top reaches; the top counts once more.
pub(super) fn uses_of_gates(structure: &Structure) -> Vec<u32> {
    let mut uses = vec![0; structure.gates.len()];
    for &number in &structure.bottom_up {
        gates_of(&structure.gates[number as usize].inputs).for_each(|input| uses[input as usize] += 1);
    }
    if let Node::Gate(top) = structure.top {
        uses[top as usize] += 1;
    }
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
    pub fn of(gate: &Gate) -> Self {
        match gate.k {
            1 => Self::Any,
            k if k as usize == gate.inputs.len() => Self::All,
            _ => Self::Some,
        }
    }

    /// Returns whether one is series and the other parallel.
    pub fn is_dual_of(self, other: Self) -> bool {
        matches!((self, other), (Self::Any, Self::All) | (Self::All, Self::Any))
    }

    /// Returns the threshold of a series or parallel gate over `n` inputs.
    pub fn threshold(self, n: usize) -> u32 {
        if self == Self::Any { 1 } else { n as u32 }
    }
}
