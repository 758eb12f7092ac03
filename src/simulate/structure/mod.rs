//! The structure function: which failures of components bring the system down.
//!
//! A coherent system is a graph without circles. Its leaves are components, its gates fail when at least `k` of their
//! inputs have failed: `k = 1` is a series block, `k = n` a parallel one. Parts may be shared.
//!
//! | part | what it does |
//! |---|---|
//! | [`Structure::new`] | checks once that the graph is sound; after that nothing can be wrong with it |
//! | [`Structure::evaluate`] | the reference: is the system down when these components are? |
//! | [`Structure::modules`] | the gates whose parts nobody else uses |
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
    /// A component, from 0 to the number of leaves.
    Leaf(u32),
    /// A gate, by its place among the gates.
    Gate(u32),
}

/// A gate that *fails* when at least `k` of its inputs have failed.
///
/// `k = 1` is a series block (OR of a fault tree), `k = inputs.len()` a parallel one (AND). An input that is listed
/// twice counts twice. A block that works as long as m of its n inputs work has `k = n − m + 1`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Gate {
    /// How many failed inputs bring the gate down, from 1 to the number of inputs.
    pub k: u32,
    /// What the gate looks at.
    pub inputs: Vec<Node>,
}

/// Why gates do not make a structure.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum StructureError {
    /// A gate without inputs.
    #[error("gate {gate} has no inputs")]
    Empty {
        /// Number of the gate.
        gate: u32,
    },
    /// A threshold that no number of inputs can mean.
    #[error("gate {gate} fails at {k} failed inputs, but has {inputs}")]
    Threshold {
        /// Number of the gate.
        gate: u32,
        /// Its threshold.
        k: u32,
        /// Number of its inputs.
        inputs: usize,
    },
    /// A node that does not exist; `gate` is `None` where it is the top.
    #[error("there is no {node:?}")]
    Unknown {
        /// Number of the gate that refers to it.
        gate: Option<u32>,
        /// What it refers to.
        node: Node,
    },
    /// Gates of which each is an input of the next, and the last one of the first.
    #[error("gates depend on themselves: {gates:?}")]
    Circle {
        /// Numbers of the gates along the circle.
        gates: Vec<u32>,
    },
    /// More gates than a number of 32 bits can tell apart.
    #[error("more than {} gates", u32::MAX)]
    TooMany,
}

/// A sound graph of gates over components.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Structure {
    leaf_count: u32,
    gates: Vec<Gate>,
    top: Node,
    bottom_up: Vec<u32>,
}

impl Structure {
    /// Checks the gates and takes them over, with their numbers. Time is linear in the number of inputs.
    ///
    /// Gates may stand in any order, and gates that the top does not reach are allowed (they are checked too).
    ///
    /// # Errors
    /// The first of the [`StructureError`]s.
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

    /// Number of components, used or not.
    pub fn leaf_count(&self) -> u32 {
        self.leaf_count
    }

    /// All gates by their numbers, those too that the top does not reach.
    pub fn gates(&self) -> &[Gate] {
        &self.gates
    }

    /// The node whose failure is the system's.
    pub fn top(&self) -> Node {
        self.top
    }

    /// The gates that the top reaches, each after all its inputs; the top comes last.
    pub fn bottom_up(&self) -> &[u32] {
        &self.bottom_up
    }

    /// The components that decide a node's state, each once.
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

    /// Whether the system is down when exactly the components with `failed[leaf]` are. A component beyond the end of
    /// `failed` works.
    ///
    /// This is the definition that every other road is held to; time is linear in the number of inputs.
    pub fn evaluate(&self, failed: &[bool]) -> bool {
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

    /// The gates none of whose descendants is used outside of them, bottom up; the top, where it is a gate, is the last.
    ///
    /// A module meets the rest of the system through its own state alone, so it can be solved by itself and stand as a
    /// single component with its probability. Time is linear: Dutuit and Rauzy, "A linear-time algorithm to find modules of
    /// fault trees", IEEE Transactions on Reliability 45 (1996).
    pub fn modules(&self) -> Vec<u32> {
        modules::modules(self)
    }

    /// An equivalent structure over the same leaves, smaller or of the same size: nested gates of one kind merged, equal
    /// gates shared, common inputs taken out, absorbed ones removed. The gates are new, with numbers of their own, in
    /// which every gate comes after its inputs. Time is nearly linear.
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
