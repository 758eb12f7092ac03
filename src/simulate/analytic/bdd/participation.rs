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
use super::probability::{Tails, tails_of, variables_of};
use super::{Budget, Exact, TooLarge};
use crate::simulate::analytic::bdd::builder::{Expansion, Full, Manager, ONE, Op, ZERO};
use hashbrown::HashMap;

/// Steps allowed per node. This takes many times the work of the diagram itself, and an approximation
/// exists.
const STEPS_PER_NODE: usize = 4;

type Map<K, V> = HashMap<K, V, foldhash::fast::FixedState>;

impl Exact {
    /// Returns the Fussell–Vesely importance of every component (Vesely 1970, Fussell 1975): P(some
    /// minimal cut set that contains the component has failed) / P(top). It is exact, unlike the ratio
    /// that many tools print in its place (see
    /// [`LeafImportance::criticality`](super::LeafImportance::criticality)). All are 0 where the system
    /// cannot be down.
    ///
    /// # Errors
    /// [`TooLarge`] if the functions that it needs exceed the budget.
    pub fn fussell_vesely(&self, leaves: &[Tails], budget: Budget) -> Result<Vec<f64>, TooLarge> {
        let modules = self.module_tails(leaves);
        let top = tails_of(self.top, leaves, &modules).failed;
        let of_leaves = self.passed_down(1.0_f64, 0.0, |diagram, outer| {
            let variables = variables_of(diagram, leaves, &modules);
            let locals = participations(diagram, &variables, budget);
            let scaled = locals.map(|locals| locals.into_iter().map(|local| outer * local).collect());
            scaled
                .map_err(|Full| TooLarge { nodes_max: budget.nodes_max, variables: diagram.variables.len() })
        })?;
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
fn participations(diagram: &Diagram, variables: &[Tails], budget: Budget) -> Result<Vec<f64>, Full> {
    if diagram.single_gate.is_some() {
        // Any k inputs are a minimal cut set, so the rest of one has failed exactly if the gate is down
        // with this input down.
        let locals = locals(diagram, variables);
        return Ok(locals.iter().map(|local| local.if_failed.failed).collect());
    }
    let mut builder = Participations::new(diagram, variables, budget)?;
    (0..variables.len() as u32).map(|level| builder.participation(level)).collect()
}

/// Builds the functions for one diagram, beside its own nodes.
struct Participations<'d> {
    diagram: &'d Diagram,
    variables: &'d [Tails],
    manager: Manager,
    above: Closures,
    /// Probabilities of functions, by node.
    probabilities: Map<u32, f64>,
    /// Deepest level below each node of the diagram, so that nodes that end above a level can be
    /// skipped.
    deepest: Vec<u32>,
    /// Nodes in use beyond which garbage is collected before the next variable.
    room: usize,
}

impl<'d> Participations<'d> {
    /// Starts with the diagram's own nodes, which keep their numbers.
    fn new(diagram: &'d Diagram, variables: &'d [Tails], budget: Budget) -> Result<Self, Full> {
        let mut manager = Manager::with_steps(budget, budget.nodes_max.saturating_mul(STEPS_PER_NODE));
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
            above: Closures(Map::default()),
            probabilities: Map::default(),
            deepest,
            room: budget.nodes_max / 2,
        })
    }

    /// Returns the probability that the rest of some minimal cut set with the variable of `level` has
    /// failed.
    fn participation(&mut self, level: u32) -> Result<f64, Full> {
        if self.manager.used() > self.room {
            let own = 2..self.diagram.nodes.len() as u32;
            self.manager.collect(own);
            self.above.0.clear();
            self.probabilities.clear();
        }
        let mut rest: Vec<u32> = vec![ZERO; self.diagram.nodes.len()];
        for (number, node) in self.diagram.nodes.iter().enumerate().skip(2) {
            self.manager.step()?;
            if node.level == level {
                rest[number] = self.manager.expand(&mut self.above, node.hi, node.lo)?;
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

    /// Returns the probability of a function; those of the nodes below are computed first and
    /// remembered.
    fn probability(&mut self, function: u32) -> f64 {
        let mut stack = vec![(function, false)];
        while let Some((number, is_complete)) = stack.pop() {
            let node = self.manager.node(number);
            let below = self.probability_of(node.lo).zip(self.probability_of(node.hi));
            if let (true, Some((lo, hi))) = (is_complete, below) {
                let variable = self.variables[node.level as usize];
                self.probabilities.insert(number, variable.failed * hi + variable.working * lo);
            } else if self.probability_of(number).is_none() {
                stack.extend([(number, true), (node.hi, false), (node.lo, false)]);
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

/// Finds the least monotone function above `more ∧ ¬less`, where `less` implies `more`; remembers it by the
/// two functions.
struct Closures(Map<(u32, u32), u32>);

impl Expansion for Closures {
    fn known(&self, _: &Manager, more: u32, less: u32) -> Option<u32> {
        if more == less {
            Some(ZERO)
        } else if less == ZERO || more == ONE {
            // If `less` is never true, the closure is `more` itself. If `more` is always true and `less`
            // is not, the empty set of others suffices.
            Some(more)
        } else {
            self.0.get(&(more, less)).copied()
        }
    }

    fn join(&mut self, manager: &mut Manager, functions: (u32, u32), lo: u32, hi: u32) -> Result<u32, Full> {
        let hi = manager.apply(Op::Or, lo, hi)?;
        let result = manager.make(manager.first_level(functions), lo, hi)?;
        self.0.insert(functions, result);
        Ok(result)
    }
}
