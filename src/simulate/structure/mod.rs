//! The structure function: which failures of components bring the system down.
//!
//! A coherent system is an acyclic graph. Its leaves are components, its gates fail when at least `k` of
//! their inputs have failed: `k = 1` is a series block, `k = n` a parallel one. Nodes may be shared.
//!
//! | part | what it does |
//! |---|---|
//! | [`Structure::new`] | validates the graph once: a structure is always sound |
//! | [`Structure::modules`] | the gates whose descendants no other gate uses |
//! | [`Structure::simplify`] | an equivalent, smaller graph over the same leaves |

mod modules;
mod order;
mod simplify;
#[cfg(test)]
pub(crate) mod tests;

use std::collections::HashSet;
use thiserror::Error;

/// A node: a leaf (component) by its number, or a gate by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Node {
    /// A component, from 0 to one less than the number of leaves.
    Leaf(u32),
    /// A gate, by its index among the gates.
    Gate(u32),
}

impl Node {
    /// Returns the number of a gate; `None` for a component.
    pub fn gate(self) -> Option<u32> {
        match self {
            Self::Leaf(_) => None,
            Self::Gate(gate) => Some(gate),
        }
    }
}

/// A gate that *fails* when at least `k` of its inputs have failed.
///
/// `k = 1` is a series block (OR of a fault tree), `k = inputs.len()` a parallel one (AND). An input that is
/// listed twice counts twice. A block that works as long as m of its n inputs work has `k = n − m + 1`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Gate {
    /// How many failed inputs bring the gate down, from 1 to the number of inputs.
    pub k: u32,
    /// The nodes whose failures count.
    pub inputs: Vec<Node>,
}

impl Gate {
    /// Returns the same gate over other inputs.
    #[must_use]
    pub fn over(&self, rename: impl Fn(&Node) -> Node) -> Self {
        Self { k: self.k, inputs: self.inputs.iter().map(rename).collect() }
    }
}

/// Why a list of gates is not a structure.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum StructureError {
    /// A gate without inputs.
    #[error("gate {gate} has no inputs")]
    Empty {
        /// Number of the gate.
        gate: u32,
    },
    /// A threshold that is 0 or greater than the number of inputs.
    #[error("gate {gate} has the threshold {k}, which is not from 1 to its number of inputs ({inputs})")]
    Threshold {
        /// Number of the gate.
        gate: u32,
        /// Its threshold.
        k: u32,
        /// Number of its inputs.
        inputs: usize,
    },
    /// A node that does not exist; `gate` is `None` where it is the top.
    #[error("{node:?} does not exist")]
    Unknown {
        /// Number of the gate that refers to it.
        gate: Option<u32>,
        /// What it refers to.
        node: Node,
    },
    /// Gates in a cycle: each has the next one as an input, and the last one has the first.
    #[error("the gates form a cycle: {gates:?}")]
    Circle {
        /// Numbers of the gates along the cycle.
        gates: Vec<u32>,
    },
    /// More gates than a 32-bit number can count.
    #[error("more than {} gates", u32::MAX)]
    TooMany,
}

/// A validated graph of gates over components.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Structure {
    leaf_count: u32,
    gates: Vec<Gate>,
    top: Node,
    bottom_up: Vec<u32>,
}

impl Structure {
    /// Validates the gates and takes them over, with their numbers. Time is linear in the number of
    /// inputs.
    ///
    /// Gates may be listed in any order, and gates that the top does not reach are allowed (they are
    /// validated too).
    ///
    /// # Errors
    /// The first [`StructureError`] found.
    pub fn new(leaf_count: u32, gates: Vec<Gate>, top: Node) -> Result<Self, StructureError> {
        if u32::try_from(gates.len()).is_err() {
            return Err(StructureError::TooMany);
        }
        let exists = |node: Node| match node {
            Node::Leaf(leaf) => leaf < leaf_count,
            Node::Gate(gate) => (gate as usize) < gates.len(),
        };
        for (number, gate) in gates.iter().enumerate() {
            check_gate(number as u32, gate, exists)?;
        }
        if !exists(top) {
            return Err(StructureError::Unknown { gate: None, node: top });
        }
        let bottom_up = order::bottom_up(&gates, top).map_err(|gates| StructureError::Circle { gates })?;
        Ok(Self { leaf_count, gates, top, bottom_up })
    }

    /// Returns the number of components, used or not.
    pub fn leaf_count(&self) -> u32 {
        self.leaf_count
    }

    /// Returns all gates by their numbers, including those that the top does not reach.
    pub fn gates(&self) -> &[Gate] {
        &self.gates
    }

    /// Returns the node whose failure is the system's.
    pub fn top(&self) -> Node {
        self.top
    }

    /// Returns the gates that the top reaches, each after all its inputs; the top comes last.
    pub fn bottom_up(&self) -> &[u32] {
        &self.bottom_up
    }

    /// Returns the components that determine a node's state, each once.
    pub fn leaves_below(&self, node: Node) -> Vec<u32> {
        let mut leaves = Vec::new();
        let mut seen: HashSet<Node> = HashSet::from([node]);
        let mut open = vec![node];
        while let Some(node) = open.pop() {
            match node {
                Node::Leaf(leaf) => leaves.push(leaf),
                Node::Gate(gate) => {
                    let inputs = &self.gates[gate as usize].inputs;
                    open.extend(inputs.iter().filter(|input| seen.insert(**input)));
                }
            }
        }
        leaves
    }

    /// Returns whether the system is down when exactly the components with `failed[leaf]` set have
    /// failed. A component beyond the end of `failed` works.
    ///
    /// This is the definition that every solver is tested against. Time is linear in the number of
    /// inputs.
    pub(crate) fn evaluate(&self, failed: &[bool]) -> bool {
        let mut down = vec![false; self.gates.len()];
        let is_down = |node: Node, down: &[bool]| match node {
            Node::Leaf(leaf) => failed.get(leaf as usize) == Some(&true),
            Node::Gate(gate) => down[gate as usize],
        };
        for &number in &self.bottom_up {
            let gate = &self.gates[number as usize];
            let count = gate.inputs.iter().filter(|input| is_down(**input, &down)).count();
            down[number as usize] = count >= gate.k as usize;
        }
        is_down(self.top, &down)
    }

    /// Returns the modules, bottom-up: the gates none of whose descendants is used outside of them. The
    /// top, where it is a gate, is the last.
    ///
    /// A module acts on the rest of the system through its own state alone, so it can be solved by
    /// itself and replaced by a single component with its probability. Time is linear: Dutuit and Rauzy,
    /// "A linear-time algorithm to find modules of fault trees", IEEE Transactions on Reliability 45
    /// (1996).
    pub fn modules(&self) -> Vec<u32> {
        modules::modules(self)
    }

    /// Returns an equivalent structure over the same leaves that is not larger: nested gates of one kind
    /// are merged, equal gates shared, common inputs factored out, absorbed ones removed. The gates are
    /// new, with numbers of their own, in which every gate comes after its inputs. Time is nearly
    /// linear.
    #[must_use]
    pub fn simplify(&self) -> Self {
        simplify::simplify(self)
    }
}

fn check_gate(number: u32, gate: &Gate, exists: impl Fn(Node) -> bool) -> Result<(), StructureError> {
    let inputs = gate.inputs.len();
    if inputs == 0 {
        return Err(StructureError::Empty { gate: number });
    }
    if gate.k == 0 || gate.k as usize > inputs {
        return Err(StructureError::Threshold { gate: number, k: gate.k, inputs });
    }
    match gate.inputs.iter().find(|input| !exists(**input)) {
        Some(&node) => Err(StructureError::Unknown { gate: Some(number), node }),
        None => Ok(()),
    }
}
