//! The finished diagram of one part: packed, and bottom up, so that every pass over it is a loop.

use super::part::{Input, ModuleGates, Variable};
use crate::simulate::analytic::bdd::builder::{BOTTOM, Full, Manager, Node, ONE, ZERO};

/// A diagram over its own variables; a node's level is the place of its variable.
#[derive(Debug, Clone)]
pub(super) struct Diagram {
    pub variables: Vec<Variable>,
    /// Each after the two that it leads to; the first two are the constants.
    pub nodes: Vec<Node>,
    pub root: u32,
    /// Whether this is a single gate over different variables.
    pub single_gate: bool,
}

impl Diagram {
    /// Takes out of a workshop what the root needs. `levels` gives the level of each variable of the part.
    pub fn pack(part: &ModuleGates, levels: &[u32], manager: &Manager, root: u32) -> Self {
        let mut variables = part.variables.clone();
        for (variable, level) in part.variables.iter().zip(levels) {
            variables[*level as usize] = *variable;
        }
        let (nodes, root) = pack(manager, root);
        Self { variables, nodes, root, single_gate: false }
    }

    /// The diagram of a part that is one gate over different variables, which needs no workshop: at row i and column j
    /// stands "at least j of the inputs from i on". `None` for any other part.
    pub fn of_single_gate(part: &ModuleGates, nodes_max: usize) -> Option<Result<Self, Full>> {
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
        if k.saturating_mul(n - k + 1) > nodes_max {
            return Some(Err(Full));
        }
        let mut nodes = constants();
        let mut row = vec![ZERO; k + 1];
        row[0] = ONE;
        for i in (0..n).rev() {
            let fewest = k.saturating_sub(i).max(1);
            for j in (fewest..=k.min(n - i)).rev() {
                nodes.push(Node { level: i as u32, lo: row[j], hi: row[j - 1] });
                row[j] = nodes.len() as u32 - 1;
            }
        }
        let root = row[k];
        Some(Ok(Self { variables: order, nodes, root, single_gate: true }))
    }
}

fn constants() -> Vec<Node> {
    let constant = |value| Node { level: BOTTOM, lo: value, hi: value };
    vec![constant(ZERO), constant(ONE)]
}

/// The nodes that a root leads to, bottom up, with new numbers, and the root's.
pub(super) fn pack(manager: &Manager, root: u32) -> (Vec<Node>, u32) {
    let mut nodes = constants();
    let mut renumbered = vec![BOTTOM; manager.numbers()];
    renumbered[ZERO as usize] = ZERO;
    renumbered[ONE as usize] = ONE;
    let mut stack = vec![root];
    while let Some(&number) = stack.last() {
        let node = manager.node(number);
        let (lo, hi) = (renumbered[node.lo as usize], renumbered[node.hi as usize]);
        if renumbered[number as usize] != BOTTOM {
            stack.pop();
        } else if lo == BOTTOM {
            stack.push(node.lo);
        } else if hi == BOTTOM {
            stack.push(node.hi);
        } else {
            renumbered[number as usize] = nodes.len() as u32;
            nodes.push(Node { level: node.level, lo, hi });
            stack.pop();
        }
    }
    (nodes, renumbered[root as usize])
}
