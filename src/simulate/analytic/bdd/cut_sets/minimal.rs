//! From a failure function to its minimal solutions.
//!
//! Rauzy (1993): the minimal solutions of "x failed: F₁, else F₀" are those of F₀, and x added to those of F₁ that do not
//! satisfy F₀ by themselves.

use super::SetDiagram;
use crate::simulate::analytic::bdd::builder::{Full, Manager, ONE, ZERO};
use crate::simulate::analytic::bdd::diagram::{Diagram, pack};

enum WorkItem {
    /// The sets without those that satisfy the function.
    Without(u32, u32),
    Join(u32, u32),
    /// Notes the last result for a longer way to it.
    Same(u32, u32),
}

struct Workshop<'d> {
    diagram: &'d Diagram,
    sets: Manager,
    tasks: Vec<WorkItem>,
    results: Vec<u32>,
}

/// The minimal solutions of a diagram, as a diagram of sets.
pub(super) fn minimal(diagram: &Diagram, nodes_max: usize) -> Result<SetDiagram, Full> {
    let mut workshop =
        Workshop { diagram, sets: Manager::new(nodes_max), tasks: Vec::new(), results: Vec::new() };
    let mut solutions: Vec<u32> = Vec::with_capacity(diagram.nodes.len());
    solutions.extend([ZERO, ONE]);
    for node in diagram.nodes.iter().skip(2) {
        let hi = workshop.without(solutions[node.hi as usize], node.lo)?;
        let lo = solutions[node.lo as usize];
        solutions.push(workshop.sets.make_sets(node.level, lo, hi)?);
    }
    let (nodes, root) = pack(&workshop.sets, solutions[diagram.root as usize]);
    Ok(SetDiagram { variables: diagram.variables.clone(), nodes, root })
}

impl Workshop<'_> {
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
            // The empty set satisfies no function but the constant.
            (ONE, _) | (_, ZERO) => Some(sets),
            _ => self.sets.recall(sets, function),
        };
        if let Some(result) = known {
            self.results.push(result);
            return;
        }
        let (node, condition) = (self.sets.node(sets), self.diagram.nodes[function as usize]);
        if condition.level < node.level {
            // A variable that stands in none of the sets has not failed.
            self.tasks.push(WorkItem::Same(sets, function));
            self.tasks.push(WorkItem::Without(sets, condition.lo));
            return;
        }
        let (lo, hi) =
            if condition.level == node.level { (condition.lo, condition.hi) } else { (function, function) };
        self.tasks.push(WorkItem::Join(sets, function));
        self.tasks.push(WorkItem::Without(node.hi, hi));
        self.tasks.push(WorkItem::Without(node.lo, lo));
    }
}
