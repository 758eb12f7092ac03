//! The most probable minimal cut sets, best first, without listing the others.
//!
//! A set is found by decisions along a diagram: take the variable of a node, or skip it. Every node
//! knows how probable the best set below it is, so an unfinished set has an exact bound, and expanding
//! the one with the best bound first finds the sets in order. Where a module is taken, the search enters
//! its diagram, and the rest of the outer diagram waits.

use super::CutSets;
use crate::simulate::analytic::bdd::builder::{ONE, ZERO};
use crate::simulate::analytic::bdd::diagram::Diagram;
use crate::simulate::analytic::bdd::part::Variable;
use crate::simulate::analytic::bdd::probability::Tails;
use std::collections::BTreeMap;

/// A minimal cut set.
#[derive(Debug, Clone, PartialEq)]
pub struct CutSet {
    /// Probability that all its components have failed.
    pub probability: f64,
    /// Numbers of the components, ascending.
    pub leaves: Vec<u32>,
}

/// Marks the end of a linked list.
const END: u32 = u32::MAX;

/// Differences of logarithms below this are rounding. Sets that are equally probable must not look different
/// because of the order in which their factors were combined, or the search would go back and forth between
/// them.
const RESOLUTION: f64 = 1e-11;

/// An unfinished set.
#[derive(Clone, Copy)]
struct PartialSet {
    diagram: u32,
    node: u32,
    /// Logarithm of the probability of the leaves taken so far.
    taken: f64,
    /// Last leaf taken, as an index into the list of leaves taken.
    last: u32,
    /// The rest of the outer diagrams, as an index into the list of those that wait.
    waiting: u32,
}

/// The rest of an outer diagram, which is searched after the inner one.
#[derive(Clone, Copy)]
struct Waiting {
    diagram: u32,
    node: u32,
    /// Logarithm of the probability of the best sets of this diagram and of all that wait behind it.
    best: f64,
    next: u32,
}

struct Search<'s> {
    sets: &'s CutSets,
    leaves: &'s [Tails],
    /// By diagram and node, the logarithm of the probability of the best set.
    best: Vec<Vec<f64>>,
    /// The unfinished sets, by the logarithm of the probability of the best set that can result (in
    /// multiples of the resolution), then by a serial number: of equally good sets the newest is expanded
    /// first, so that sets get finished.
    states: BTreeMap<(i128, u64), PartialSet>,
    made: u64,
    /// Leaves taken, each with the index of the one taken before: linked lists that share what they have
    /// in common.
    taken: Vec<(u32, u32)>,
    waiting: Vec<Waiting>,
}

impl CutSets {
    /// Returns up to `count` most probable minimal cut sets, the most probable first, equally probable
    /// ones in the order of their components. Which ones of several equally probable sets (to some 10
    /// digits) come last is arbitrary, but always the same. Memory and time grow with `count` and with
    /// the orders of the sets.
    pub fn most_probable(&self, count: usize, leaves: &[Tails]) -> Vec<CutSet> {
        let module = match self.top {
            Variable::Module(module) => module,
            Variable::Leaf(leaf) => return vec![cut_set(vec![leaf], leaves); count.min(1)],
        };
        let mut search = Search {
            sets: self,
            leaves,
            best: self.best_of_nodes(leaves),
            states: BTreeMap::new(),
            made: 0,
            taken: Vec::new(),
            waiting: Vec::new(),
        };
        search.push(module, self.diagrams[module as usize].root, 0.0, END, END);
        let mut found = Vec::new();
        while found.len() < count
            && let Some((_, state)) = search.states.pop_last()
        {
            found.extend(search.step(state));
        }
        found.sort_by(|a, b| b.probability.total_cmp(&a.probability).then_with(|| a.leaves.cmp(&b.leaves)));
        found
    }

    /// Returns, by diagram and node, the logarithm of the probability of the best set below.
    fn best_of_nodes(&self, leaves: &[Tails]) -> Vec<Vec<f64>> {
        let mut best: Vec<Vec<f64>> = Vec::with_capacity(self.diagrams.len());
        for diagram in &self.diagrams {
            let weight = |variable: Variable| match variable {
                Variable::Leaf(leaf) => log_probability(leaf, leaves),
                Variable::Module(module) => {
                    best[module as usize][self.diagrams[module as usize].root as usize]
                }
            };
            let mut of_nodes = vec![f64::NEG_INFINITY; diagram.nodes.len()];
            of_nodes[ONE as usize] = 0.0;
            for (number, node) in diagram.nodes.iter().enumerate().skip(2) {
                let taken = weight(diagram.variables[node.level as usize]) + of_nodes[node.hi as usize];
                of_nodes[number] = taken.max(of_nodes[node.lo as usize]);
            }
            best.push(of_nodes);
        }
        best
    }
}

fn log_probability(leaf: u32, leaves: &[Tails]) -> f64 {
    leaves.get(leaf as usize).map_or(f64::NEG_INFINITY, |leaf| leaf.failed.ln())
}

fn cut_set(mut set: Vec<u32>, leaves: &[Tails]) -> CutSet {
    set.sort_unstable();
    let failed = |leaf: &u32| leaves.get(*leaf as usize).map_or(0.0, |leaf| leaf.failed);
    CutSet { probability: set.iter().map(failed).product(), leaves: set }
}

impl Search<'_> {
    fn diagram(&self, diagram: u32) -> &Diagram {
        &self.sets.diagrams[diagram as usize]
    }

    /// Makes one more decision; returns a set if it was the last one.
    fn step(&mut self, state: PartialSet) -> Option<CutSet> {
        if state.node == ONE {
            return self.leave(state);
        }
        let diagram = self.diagram(state.diagram);
        let node = diagram.nodes[state.node as usize];
        let variable = diagram.variables[node.level as usize];
        // Skip the variable, if any set does without it.
        if node.lo != ZERO {
            self.push(state.diagram, node.lo, state.taken, state.last, state.waiting);
        }
        match variable {
            Variable::Leaf(leaf) => {
                self.taken.push((leaf, state.last));
                let last = self.taken.len() as u32 - 1;
                let taken = state.taken + log_probability(leaf, self.leaves);
                self.push(state.diagram, node.hi, taken, last, state.waiting);
            }
            Variable::Module(module) => {
                let best = self.best[state.diagram as usize][node.hi as usize];
                self.waiting.push(Waiting {
                    diagram: state.diagram,
                    node: node.hi,
                    best: best + self.best_waiting(state.waiting),
                    next: state.waiting,
                });
                let waiting = self.waiting.len() as u32 - 1;
                let root = self.diagram(module).root;
                self.push(module, root, state.taken, state.last, waiting);
            }
        }
        None
    }

    /// Leaves a diagram at its end: goes on with the rest that waits, or returns the complete set.
    fn leave(&mut self, state: PartialSet) -> Option<CutSet> {
        if let Some(&outer) = self.waiting.get(state.waiting as usize) {
            self.push(outer.diagram, outer.node, state.taken, state.last, outer.next);
            return None;
        }
        let mut set = Vec::new();
        let mut at = state.last;
        while let Some(&(leaf, before)) = self.taken.get(at as usize) {
            set.push(leaf);
            at = before;
        }
        Some(cut_set(set, self.leaves))
    }

    fn best_waiting(&self, waiting: u32) -> f64 {
        self.waiting.get(waiting as usize).map_or(0.0, |waiting| waiting.best)
    }

    fn push(&mut self, diagram: u32, node: u32, taken: f64, last: u32, waiting: u32) {
        self.made += 1;
        // Exact, not just an upper bound: the best completion of this diagram and of all that wait.
        let bound = taken + self.best[diagram as usize][node as usize] + self.best_waiting(waiting);
        let state = PartialSet { diagram, node, taken, last, waiting };
        self.states.insert(((bound / RESOLUTION).round() as i128, self.made), state);
    }
}
