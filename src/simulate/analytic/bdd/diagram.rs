//! The finished diagram of one module, packed bottom-up so that every pass over it is a loop.

use super::part::{Input, ModuleGates, Variable};
use crate::simulate::analytic::bdd::builder::{BOTTOM, Full, Manager, Node, ONE, ZERO};

/// A diagram over its own variables; the level of a node is the index of its variable.
#[derive(Debug, Clone)]
pub(super) struct Diagram {
    pub variables: Vec<Variable>,
    /// The nodes, each after its two children; the first two are the constants.
    pub nodes: Vec<Node>,
    pub root: u32,
    /// If the module is a single gate over distinct variables: how many of them must fail.
    pub single_gate: Option<u32>,
    /// Whether the module is a single gate over equal variables, whose failures need only be counted. It has no nodes.
    pub is_count: bool,
}

impl Diagram {
    /// Takes the nodes below the root out of a manager. `levels` gives the level of each variable of the
    /// module.
    pub(super) fn pack(part: &ModuleGates, levels: &[u32], manager: &Manager, root: u32) -> Self {
        let mut variables = part.variables.clone();
        for (variable, level) in part.variables.iter().zip(levels) {
            variables[*level as usize] = *variable;
        }
        let (nodes, root) = pack(manager, root);
        Self { variables, nodes, root, single_gate: None, is_count: false }
    }

    /// Builds the diagram of a module that is one gate over distinct variables, directly: the node in
    /// row i and column j is "at least j of the inputs from i on have failed". `None` for any other
    /// module.
    pub(super) fn of_single_gate(part: &ModuleGates, nodes_max: usize) -> Option<Result<Self, Full>> {
        let [gate] = &part.gates[..] else { return None };
        let (k, n) = (gate.k as usize, gate.inputs.len());
        if n != part.variables.len() {
            return None;
        }
        let mut order = Vec::with_capacity(n);
        for input in &gate.inputs {
            let Input::Variable(variable) = input else {
                return None;
            };
            order.push(part.variables[*variable as usize]);
        }
        // The diagram has k rows of n − k + 1 nodes.
        if k.saturating_mul(n - k + 1) > nodes_max {
            return Some(Err(Full));
        }
        let mut nodes = constants();
        let mut row = vec![ZERO; k + 1];
        row[0] = ONE;
        for i in (0..n).rev() {
            // With the i inputs above, fewer failures than this cannot become k.
            let fewest = k.saturating_sub(i).max(1);
            for j in (fewest..=k.min(n - i)).rev() {
                nodes.push(Node { level: i as u32, lo: row[j], hi: row[j - 1] });
                row[j] = nodes.len() as u32 - 1;
            }
        }
        let root = row[k];
        Some(Ok(Self { variables: order, nodes, root, single_gate: Some(gate.k), is_count: false }))
    }
}

/// The least number of nodes from which on a gate over equal variables is folded into their number.
const COUNTED_MIN: usize = 200;

impl Diagram {
    /// Returns the same function of variables of which some may be the same.
    pub(super) fn with_variables(&self, variables: Vec<Variable>) -> Self {
        let are_equal = variables.windows(2).all(|pair| matches!(pair, [one, other] if one == other));
        if self.single_gate.is_some() && are_equal && self.nodes.len() >= COUNTED_MIN {
            return Self {
                variables,
                nodes: constants(),
                root: ONE,
                single_gate: self.single_gate,
                is_count: true,
            };
        }
        Self { variables, ..self.clone() }
    }
}

fn constants() -> Vec<Node> {
    let constant = |value| Node { level: BOTTOM, lo: value, hi: value };
    vec![constant(ZERO), constant(ONE)]
}

/// Returns the nodes below a root, bottom-up and renumbered, and the new number of the root.
pub(super) fn pack(manager: &Manager, root: u32) -> (Vec<Node>, u32) {
    let mut nodes = constants();
    let mut renumbered = vec![BOTTOM; manager.numbers()];
    renumbered[ZERO as usize] = ZERO;
    renumbered[ONE as usize] = ONE;
    // Depth first: a node gets its number once both of its children have theirs.
    let mut stack = vec![(root, false)];
    while let Some((number, is_complete)) = stack.pop() {
        let Node { level, lo, hi } = manager.node(number);
        if is_complete {
            renumbered[number as usize] = nodes.len() as u32;
            nodes.push(Node { level, lo: renumbered[lo as usize], hi: renumbered[hi as usize] });
        } else if renumbered[number as usize] == BOTTOM {
            stack.extend([(number, true), (hi, false), (lo, false)]);
        }
    }
    (nodes, renumbered[root as usize])
}
