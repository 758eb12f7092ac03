//! Importance of components: one pass down every diagram, joined across modules by the chain rule.

use super::Exact;
use super::diagram::Diagram;
use super::part::Variable;
use super::probability::{Tails, difference, node_tails, tails_of, variables_of};
use crate::simulate::analytic::bdd::builder::BOTTOM;
use std::convert::Infallible;

/// The importance of one component.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct LeafImportance {
    /// Birnbaum importance (1969): ∂P(top)/∂q = P(top | failed) − P(top | working), the probability that
    /// the system is in a state in which this component is critical.
    pub birnbaum: f64,
    /// P(top | the component has failed).
    pub top_if_failed: f64,
    /// P(top | the component works).
    pub top_if_working: f64,
    /// The component's own failure probability q.
    pub failed: f64,
    /// The probability that the component has failed and is critical.
    pub failed_and_critical: f64,
    /// P(top).
    pub top: f64,
}

impl LeafImportance {
    /// Returns the criticality, Birnbaum · q / P(top): the probability that the component has failed and
    /// is critical, given that the system is down. 0 where the system cannot be down. For coherent systems
    /// it equals 1 − P(top | working) / P(top), which many tools call Fussell–Vesely and which approximates
    /// the [exact measure](Exact::fussell_vesely).
    pub fn criticality(&self) -> f64 {
        ratio(self.failed_and_critical, self.top, 0.0)
    }

    /// Returns the risk achievement worth, P(top | failed) / P(top). 1 where both are 0.
    pub fn risk_achievement_worth(&self) -> f64 {
        ratio(self.top_if_failed, self.top, 1.0)
    }

    /// Returns the risk reduction worth, P(top) / P(top | working); infinite where the system cannot
    /// fail without the component. 1 where both are 0.
    pub fn risk_reduction_worth(&self) -> f64 {
        ratio(self.top, self.top_if_working, 1.0)
    }

    /// Returns the importance of a variable inside a module that has this importance itself.
    fn through(self, local: Local) -> Self {
        // A variable acts on the system through its module alone: condition on the state of the module.
        let top = |module: Tails| self.top_if_failed * module.failed + self.top_if_working * module.working;
        Self {
            birnbaum: self.birnbaum * local.birnbaum,
            top_if_failed: top(local.if_failed),
            top_if_working: top(local.if_working),
            ..self
        }
    }

    /// Adds the importance in another case, multiplied by the probability of that case.
    pub(in crate::simulate::analytic) fn add(&mut self, weight: f64, case: &Self) {
        self.birnbaum += weight * case.birnbaum;
        self.top_if_failed += weight * case.top_if_failed;
        self.top_if_working += weight * case.top_if_working;
        self.failed += weight * case.failed;
        self.failed_and_critical += weight * case.failed_and_critical;
        self.top += weight * case.top;
    }
}

/// Returns `a / b`, or `empty` for 0 / 0.
fn ratio(a: f64, b: f64, empty: f64) -> f64 {
    if a == 0.0 && b == 0.0 { empty } else { a / b }
}

/// The importance of all components.
#[derive(Debug, Clone, PartialEq)]
pub struct Importance {
    /// The system's own probabilities.
    pub top: Tails,
    /// By leaf number.
    pub leaves: Vec<LeafImportance>,
}

impl Exact {
    /// Returns the importance of every component, in time proportional to the nodes times the logarithm
    /// of the levels.
    pub fn importance(&self, leaves: &[Tails]) -> Importance {
        let modules = self.module_tails(leaves);
        let top = tails_of(self.top, leaves, &modules);
        let none = LeafImportance {
            top_if_failed: top.failed,
            top_if_working: top.failed,
            top: top.failed,
            ..LeafImportance::default()
        };
        let whole = LeafImportance { birnbaum: 1.0, top_if_failed: 1.0, top_if_working: 0.0, ..none };
        let effects = self.passed_down(whole, none, |diagram, outer| {
            let locals = locals(diagram, &variables_of(diagram, leaves, &modules));
            Ok::<_, Infallible>(locals.into_iter().map(|local| outer.through(local)).collect())
        });
        let Ok(mut of_leaves) = effects;
        for (own, leaf) in of_leaves.iter_mut().zip(leaves) {
            own.failed = leaf.failed;
            own.failed_and_critical = own.birnbaum * leaf.failed;
        }
        Importance { top, leaves: of_leaves }
    }

    /// Passes something down from the top to the leaves. `of` returns it for each variable of a diagram,
    /// given that of the diagram's module. Leaves that do not matter get `none`.
    pub(super) fn passed_down<T: Copy, E>(
        &self,
        top: T,
        none: T,
        of: impl Fn(&Diagram, T) -> Result<Vec<T>, E>,
    ) -> Result<Vec<T>, E> {
        let mut of_leaves = vec![none; self.leaf_count as usize];
        let mut of_modules = vec![none; self.diagrams.len()];
        let mut set = |variable: Variable, value: T, of_modules: &mut [T]| match variable {
            Variable::Leaf(leaf) => of_leaves[leaf as usize] = value,
            Variable::Module(module) => of_modules[module as usize] = value,
        };
        set(self.top, top, &mut of_modules);
        // A module comes before those that use it, so in reverse its own value is known when its diagram
        // is reached.
        for (number, diagram) in self.diagrams.iter().enumerate().rev() {
            for (variable, value) in diagram.variables.iter().zip(of(diagram, of_modules[number])?) {
                set(*variable, value, &mut of_modules);
            }
        }
        Ok(of_leaves)
    }
}

/// The importance of a variable for its own diagram.
#[derive(Clone, Copy, Default)]
pub(super) struct Local {
    pub birnbaum: f64,
    pub if_failed: Tails,
    pub if_working: Tails,
}

/// Returns the importance of every variable for its diagram, by level.
///
/// The state of a variable matters on the paths through its nodes; paths that skip its level count for
/// both states. All results are sums of positive numbers, so that a small P(top | working) keeps its
/// digits.
pub(super) fn locals(diagram: &Diagram, variables: &[Tails]) -> Vec<Local> {
    let mut tails = Vec::new();
    node_tails(diagram, variables, &mut tails);
    let mut passing = Ranges::new(variables.len());
    let mut locals = vec![Local::default(); variables.len()];
    // The probability that the path from the root passes through each node.
    let mut reach = vec![0.0; diagram.nodes.len()];
    reach[diagram.root as usize] = 1.0;
    let level = |node: u32| diagram.nodes[node as usize].level as usize;
    // Every path skips the levels above the root.
    passing.add(0, level(diagram.root), 1.0, tails[diagram.root as usize]);
    for (number, node) in diagram.nodes.iter().enumerate().rev() {
        if node.level == BOTTOM {
            continue;
        }
        let (variable, here) = (variables[node.level as usize], reach[number]);
        let (if_failed, if_working) = (tails[node.hi as usize], tails[node.lo as usize]);
        let local = &mut locals[node.level as usize];
        local.birnbaum += here * difference(if_failed, if_working);
        local.if_failed.add(here, if_failed);
        local.if_working.add(here, if_working);
        for (next, probability) in [(node.hi, variable.failed), (node.lo, variable.working)] {
            let mass = here * probability;
            reach[next as usize] += mass;
            // On this path the variables of the levels in between do not matter.
            passing.add(node.level as usize + 1, level(next), mass, tails[next as usize]);
        }
    }
    for (level, local) in locals.iter_mut().enumerate() {
        let passing = passing.at(level);
        local.if_failed.add(1.0, passing);
        local.if_working.add(1.0, passing);
    }
    locals
}

/// Sums over levels, to which a value is added for a whole range at once. A segment tree, because the
/// difference of running sums would lose the digits of small numbers beside large ones.
struct Ranges {
    levels: usize,
    sums: Vec<Tails>,
}

impl Ranges {
    fn new(levels: usize) -> Self {
        Self { levels, sums: vec![Tails::default(); 2 * levels] }
    }

    /// Adds to the levels from `start` up to but not including `end`.
    fn add(&mut self, start: usize, end: usize, weight: f64, tails: Tails) {
        // Upwards from both ends of the range: adds to the largest blocks that lie inside of it.
        let (mut start, mut end) = (start + self.levels, end.min(self.levels) + self.levels);
        while start < end {
            if start % 2 == 1 {
                self.sums[start].add(weight, tails);
                start += 1;
            }
            if end % 2 == 1 {
                end -= 1;
                self.sums[end].add(weight, tails);
            }
            start /= 2;
            end /= 2;
        }
    }

    /// Returns the sum at one level.
    fn at(&self, level: usize) -> Tails {
        // Adds up all blocks that contain the level.
        let mut place = level + self.levels;
        let mut sum = self.sums[place];
        while place > 1 {
            place /= 2;
            sum.add(1.0, self.sums[place]);
        }
        sum
    }
}
