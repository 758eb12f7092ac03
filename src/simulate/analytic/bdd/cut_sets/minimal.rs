//! Derives the minimal solutions of a failure function.
//!
//! Rauzy (1993): the minimal solutions of "x failed: F₁, else F₀" are those of F₀, and x added to those
//! of F₁ that do not satisfy F₀ by themselves.

use super::SetDiagram;
use crate::simulate::analytic::bdd::builder::{Full, Manager, ONE, ZERO};
use crate::simulate::analytic::bdd::diagram::{Diagram, pack};

enum WorkItem {
    /// Removes the sets that satisfy the function.
    Without(u32, u32),
    /// Joins the last two results under the first variable of the sets, and remembers the outcome.
    Join(u32, u32),
    /// Remembers the last result for this pair as well.
    Same(u32, u32),
}

struct Extractor<'d> {
    diagram: &'d Diagram,
    sets: Manager,
    tasks: Vec<WorkItem>,
    results: Vec<u32>,
}

/// Returns the minimal solutions of a diagram, as a diagram of sets.
pub(super) fn minimal(diagram: &Diagram, nodes_max: usize) -> Result<SetDiagram, Full> {
    let mut extractor =
        Extractor { diagram, sets: Manager::new(nodes_max), tasks: Vec::new(), results: Vec::new() };
    let mut solutions: Vec<u32> = Vec::with_capacity(diagram.nodes.len());
    solutions.extend([ZERO, ONE]);
    for node in diagram.nodes.iter().skip(2) {
        let hi = extractor.without(solutions[node.hi as usize], node.lo)?;
        let lo = solutions[node.lo as usize];
        solutions.push(extractor.sets.make_sets(node.level, lo, hi)?);
    }
    let (nodes, root) = pack(&extractor.sets, solutions[diagram.root as usize]);
    Ok(SetDiagram { variables: diagram.variables.clone(), nodes, root })
}

impl Extractor<'_> {
    /// Returns the sets that do not satisfy the function.
    fn without(&mut self, sets: u32, function: u32) -> Result<u32, Full> {
        self.tasks.push(WorkItem::Without(sets, function));
        while let Some(task) = self.tasks.pop() {
            self.sets.step()?;
            match task {
                WorkItem::Without(sets, function) => self.split(sets, function),
                WorkItem::Join(sets, function) => {
                    let hi = self.results.pop().unwrap_or(ZERO);
                    let lo = self.results.pop().unwrap_or(ZERO);
                    let level = self.sets.level(sets);
                    let result = self.sets.make_sets(level, lo, hi)?;
                    self.sets.remember(sets, function, result);
                    self.results.push(result);
                }
                WorkItem::Same(sets, function) => {
                    let result = self.results.last().copied().unwrap_or(ZERO);
                    self.sets.remember(sets, function, result);
                }
            }
        }
        Ok(self.results.pop().unwrap_or(ZERO))
    }

    fn split(&mut self, sets: u32, function: u32) {
        let known = match (sets, function) {
            (ZERO, _) | (_, ONE) => Some(ZERO),
            // The empty set satisfies no function but the constant one.
            (ONE, _) | (_, ZERO) => Some(sets),
            _ => self.sets.recall(sets, function),
        };
        if let Some(result) = known {
            self.results.push(result);
            return;
        }
        let (node, condition) = (self.sets.node(sets), self.diagram.nodes[function as usize]);
        if condition.level < node.level {
            // The variable is in none of the sets, so it has not failed.
            self.tasks.push(WorkItem::Same(sets, function));
            self.tasks.push(WorkItem::Without(sets, condition.lo));
            return;
        }
        // Sets without the variable meet the function with the variable working, sets with it the
        // function with it failed.
        let (lo, hi) =
            if condition.level == node.level { (condition.lo, condition.hi) } else { (function, function) };
        self.tasks.push(WorkItem::Join(sets, function));
        self.tasks.push(WorkItem::Without(node.hi, hi));
        self.tasks.push(WorkItem::Without(node.lo, lo));
    }
}
