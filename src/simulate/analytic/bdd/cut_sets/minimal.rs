//! Derives the minimal solutions of a failure function.
//!
//! Rauzy (1993): the minimal solutions of "x failed: F₁, else F₀" are those of F₀, and x added to those
//! of F₁ that do not satisfy F₀ by themselves.

use crate::simulate::analytic::bdd::Budget;
use crate::simulate::analytic::bdd::builder::{Expansion, Full, Manager, Node, ONE, ZERO};
use crate::simulate::analytic::bdd::diagram::{Diagram, pack};

/// Finds the sets that do not satisfy a function of the diagram.
struct Without<'d>(&'d Diagram);

/// Returns the minimal solutions of a diagram, as a diagram of sets.
pub(super) fn minimal(diagram: &Diagram, budget: Budget) -> Result<Diagram, Full> {
    let mut sets = Manager::new(budget);
    let mut solutions: Vec<u32> = Vec::with_capacity(diagram.nodes.len());
    solutions.extend([ZERO, ONE]);
    for node in diagram.nodes.iter().skip(2) {
        let hi = sets.expand(&mut Without(diagram), solutions[node.hi as usize], node.lo)?;
        let lo = solutions[node.lo as usize];
        solutions.push(sets.make_sets(node.level, lo, hi)?);
    }
    let (nodes, root) = pack(&sets, solutions[diagram.root as usize]);
    Ok(Diagram { variables: diagram.variables.clone(), nodes, root, single_gate: None, is_count: false })
}

impl Without<'_> {
    /// Returns the nodes of some sets and of a function, and the level of their first variable.
    fn nodes(&self, manager: &Manager, sets: u32, function: u32) -> (Node, Node, u32) {
        let (node, condition) = (manager.node(sets), self.0.nodes[function as usize]);
        (node, condition, node.level.min(condition.level))
    }
}

impl Expansion for Without<'_> {
    fn known(&self, manager: &Manager, sets: u32, function: u32) -> Option<u32> {
        match (sets, function) {
            (ZERO, _) | (_, ONE) => Some(ZERO),
            // The empty set satisfies no function but the constant one.
            (ONE, _) | (_, ZERO) => Some(sets),
            _ => manager.recall(sets, function),
        }
    }

    /// Sets without the variable meet the function with the variable working, sets with it the function
    /// with it failed.
    fn split(&self, manager: &Manager, sets: u32, function: u32) -> [(u32, u32); 2] {
        let (node, condition, level) = self.nodes(manager, sets, function);
        let (without, with) = if node.level == level { (node.lo, node.hi) } else { (sets, ZERO) };
        let (working, failed) =
            if condition.level == level { (condition.lo, condition.hi) } else { (function, function) };
        [(without, working), (with, failed)]
    }

    fn join(
        &mut self,
        manager: &mut Manager,
        (sets, function): (u32, u32),
        lo: u32,
        hi: u32,
    ) -> Result<u32, Full> {
        let (.., level) = self.nodes(manager, sets, function);
        let result = manager.make_sets(level, lo, hi)?;
        manager.remember(sets, function, result);
        Ok(result)
    }
}
