//! The exact Fussell–Vesely importance: in which share of the system's failures has a minimal cut set
//! with the component failed?
//!
//! A minimal cut set that contains component i has failed exactly if i has failed, and for some set T of
//! other failed components the system is down with T and i, but not with T alone. With `f₁` and `f₀` for
//! the function with i failed and working, the event is therefore i together with the monotone closure
//! of `f₁ ∧ ¬f₀` (the least monotone function above it), which is built beside the diagram. Across
//! modules the events multiply: a set with i in module M and a set with M outside of it have no
//! component in common.

use super::diagram::Diagram;
use super::importance::locals;
use super::part::Variable;
use super::probability::Tails;
use super::{Budget, Exact, TooLarge};
use crate::simulate::analytic::bdd::builder::{Full, Manager, ONE, Op, ZERO};
use hashbrown::HashMap;

/// Steps allowed per node. This takes many times the work of the diagram itself, and an approximation
/// exists.
const STEPS_PER_NODE: usize = 4;

type Map<K, V> = HashMap<K, V, foldhash::fast::FixedState>;

impl Exact {
    /// Returns the Fussell–Vesely importance of every component (Vesely 1970, Fussell 1975): P(some
    /// minimal cut set that contains the component has failed) / P(top). It is exact, unlike the ratio
    /// that many tools print in its place (which is
    /// [`LeafImportance::fussell_vesely_ratio`](super::LeafImportance::fussell_vesely_ratio)). All are 0
    /// where the system cannot be down.
    ///
    /// # Errors
    /// [`TooLarge`] if the functions that it needs exceed the budget.
    pub fn fussell_vesely(&self, leaves: &[Tails], budget: Budget) -> Result<Vec<f64>, TooLarge> {
        let modules = self.module_tails(leaves);
        let top = self.tails_of(self.top, leaves, &modules).failed;
        let mut of_leaves = vec![0.0; self.leaf_count as usize];
        let mut of_modules = vec![0.0; self.diagrams.len()];
        let mut set = |variable: Variable, others: f64, of_modules: &mut [f64]| match variable {
            Variable::Leaf(leaf) => of_leaves[leaf as usize] = others,
            Variable::Module(module) => of_modules[module as usize] = others,
        };
        set(self.top, 1.0, &mut of_modules);
        for (number, diagram) in self.diagrams.iter().enumerate().rev() {
            let outer = of_modules[number];
            let variables = self.variables_of(diagram, leaves, &modules);
            let locals = participations(diagram, &variables, budget.nodes_max).map_err(|Full| TooLarge {
                nodes_max: budget.nodes_max,
                variables: diagram.variables.len(),
            })?;
            for (variable, local) in diagram.variables.iter().zip(locals) {
                set(*variable, outer * local, &mut of_modules);
            }
        }
        let failed = |leaf: usize| leaves.get(leaf).map_or(0.0, |leaf| leaf.failed);
        let share = |(leaf, others): (usize, f64)| {
            let joint = failed(leaf) * others;
            if joint > 0.0 { joint / top } else { 0.0 }
        };
        Ok(of_leaves.into_iter().enumerate().map(share).collect())
    }
}

/// Returns, by level, the probability that the rest of some minimal cut set with this variable has
/// failed.
fn participations(diagram: &Diagram, variables: &[Tails], nodes_max: usize) -> Result<Vec<f64>, Full> {
    if diagram.single_gate {
        // Any k inputs are a minimal cut set, so the rest of one has failed exactly if the gate is down
        // with this input down.
        let locals = locals(diagram, variables);
        return Ok(locals.iter().map(|local| local.if_failed.failed).collect());
    }
    let mut builder = Participations::new(diagram, variables, nodes_max)?;
    (0..variables.len() as u32).map(|level| builder.participation(level)).collect()
}

/// Builds the functions for one diagram, beside its own nodes.
struct Participations<'d> {
    diagram: &'d Diagram,
    variables: &'d [Tails],
    manager: Manager,
    /// Monotone closures of `f₁ ∧ ¬f₀`, by the two functions.
    above: Map<(u32, u32), u32>,
    /// Probabilities of functions, by node.
    probabilities: Map<u32, f64>,
    /// Deepest level below each node of the diagram, so that nodes that end above a level can be
    /// skipped.
    deepest: Vec<u32>,
    /// Nodes in use beyond which garbage is collected before the next variable.
    room: usize,
}

enum WorkItem {
    /// Computes the closure for two functions.
    Open(u32, u32),
    /// Joins the closures of their children.
    Close(u32, u32),
}

impl<'d> Participations<'d> {
    /// Starts with the diagram's own nodes, which keep their numbers.
    fn new(diagram: &'d Diagram, variables: &'d [Tails], nodes_max: usize) -> Result<Self, Full> {
        let mut manager = Manager::with_steps(nodes_max, nodes_max.saturating_mul(STEPS_PER_NODE));
        let mut deepest = vec![0; diagram.nodes.len()];
        for (number, node) in diagram.nodes.iter().enumerate().skip(2) {
            manager.make(node.level, node.lo, node.hi)?;
            let below = deepest[node.lo as usize].max(deepest[node.hi as usize]);
            deepest[number] = below.max(node.level);
        }
        Ok(Self {
            diagram,
            variables,
            manager,
            above: Map::default(),
            probabilities: Map::default(),
            deepest,
            room: nodes_max / 2,
        })
    }

    /// Returns the probability that the rest of some minimal cut set with the variable of `level` has
    /// failed.
    fn participation(&mut self, level: u32) -> Result<f64, Full> {
        if self.manager.used() > self.room {
            let own = 2..self.diagram.nodes.len() as u32;
            self.manager.collect(own);
            self.above.clear();
            self.probabilities.clear();
        }
        let mut rest: Vec<u32> = vec![ZERO; self.diagram.nodes.len()];
        for (number, node) in self.diagram.nodes.iter().enumerate().skip(2) {
            self.manager.step()?;
            if node.level == level {
                rest[number] = self.above(node.hi, node.lo)?;
            } else if node.level < level && self.deepest[number] >= level {
                let (lo, hi) = (rest[node.lo as usize], rest[node.hi as usize]);
                // A monotone event: with this variable failed it holds wherever it holds with the
                // variable working.
                let hi = self.manager.apply(Op::Or, lo, hi)?;
                rest[number] = self.manager.make(node.level, lo, hi)?;
            }
        }
        Ok(self.probability(rest[self.diagram.root as usize]))
    }

    /// Returns the least monotone function above `more ∧ ¬less`, where `less` implies `more`.
    fn above(&mut self, more: u32, less: u32) -> Result<u32, Full> {
        let mut tasks = vec![WorkItem::Open(more, less)];
        let mut results = Vec::new();
        while let Some(task) = tasks.pop() {
            self.manager.step()?;
            match task {
                WorkItem::Open(more, less) => {
                    if let Some(result) = self.known(more, less) {
                        results.push(result);
                    } else {
                        let (_, hi, lo) = self.split(more, less);
                        tasks.push(WorkItem::Close(more, less));
                        tasks.extend([WorkItem::Open(hi.0, hi.1), WorkItem::Open(lo.0, lo.1)]);
                    }
                }
                WorkItem::Close(more, less) => {
                    let hi = results.pop().unwrap_or(ZERO);
                    let lo = results.pop().unwrap_or(ZERO);
                    let (level, ..) = self.split(more, less);
                    let hi = self.manager.apply(Op::Or, lo, hi)?;
                    let result = self.manager.make(level, lo, hi)?;
                    self.above.insert((more, less), result);
                    results.push(result);
                }
            }
        }
        Ok(results.pop().unwrap_or(ZERO))
    }

    fn known(&self, more: u32, less: u32) -> Option<u32> {
        if more == less {
            Some(ZERO)
        } else if less == ZERO || more == ONE {
            // If `less` is never true, the closure is `more` itself. If `more` is always true and `less`
            // is not, the empty set of others suffices.
            Some(more)
        } else {
            self.above.get(&(more, less)).copied()
        }
    }

    /// Returns the first level of two functions, and both with its variable failed and with it working.
    fn split(&self, more: u32, less: u32) -> (u32, (u32, u32), (u32, u32)) {
        let (a, b) = (self.manager.node(more), self.manager.node(less));
        let level = a.level.min(b.level);
        let (more_hi, more_lo) = if a.level == level { (a.hi, a.lo) } else { (more, more) };
        let (less_hi, less_lo) = if b.level == level { (b.hi, b.lo) } else { (less, less) };
        (level, (more_hi, less_hi), (more_lo, less_lo))
    }

    /// Returns the probability of a function; those of the nodes below are computed first and
    /// remembered.
    fn probability(&mut self, function: u32) -> f64 {
        let mut stack = vec![function];
        while let Some(&number) = stack.last() {
            let node = self.manager.node(number);
            match (self.probability_of(number), self.probability_of(node.lo), self.probability_of(node.hi)) {
                (Some(_), ..) => {
                    stack.pop();
                }
                (None, None, _) => stack.push(node.lo),
                (None, _, None) => stack.push(node.hi),
                (None, Some(lo), Some(hi)) => {
                    let variable = self.variables[node.level as usize];
                    let probability = variable.failed * hi + variable.working * lo;
                    self.probabilities.insert(number, probability);
                    stack.pop();
                }
            }
        }
        self.probability_of(function).unwrap_or(0.0)
    }

    fn probability_of(&self, function: u32) -> Option<f64> {
        match function {
            ZERO => Some(0.0),
            ONE => Some(1.0),
            _ => self.probabilities.get(&function).copied(),
        }
    }
}
