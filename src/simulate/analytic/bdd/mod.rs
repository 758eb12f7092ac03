//! The exact answer: failure probability, importance of every component and minimal cut sets, from a decision diagram.
//!
//! A [`Structure`] falls into modules. Each module's failure function becomes a small diagram of its own (a reduced ordered
//! binary decision diagram: Bryant 1986; for fault trees: Rauzy, "New algorithms for fault trees analysis", Reliability
//! Engineering and System Safety 40, 1993), in which the modules below it stand as single variables.
//!
//! | part | what it does |
//! |---|---|
//! | [`Exact::new`] | makes the diagrams, within a budget of nodes |
//! | [`Exact::top`] | probability that the system is down, and that it is up |
//! | [`Exact::importance`] | Birnbaum's measure and those that follow from it, of every component |
//! | [`Exact::fussell_vesely`] | share of the failure probability in which a component's cut sets take part |
//! | [`Exact::frequency`] | how often the system fails |
//! | [`Exact::cut_sets`] | minimal cut sets: how many, of which order, and the most probable ones |

mod build;
mod builder;
pub mod cut_sets;
mod diagram;
mod importance;
mod ordering;
mod part;
mod participation;
mod probability;
mod search;
#[cfg(test)]
mod tests;

pub use cut_sets::CutSets;
pub(in crate::simulate) use importance::difference;
pub use importance::{Importance, LeafImportance};
pub use probability::Tails;

use crate::simulate::structure::{Node, Structure};
use diagram::Diagram;
use part::Variable;
use thiserror::Error;

/// How much memory a solution may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Most nodes of one diagram while it is made. A node takes some 40 bytes with its tables.
    pub nodes_max: usize,
}

impl Default for Budget {
    /// Four million nodes: a few hundred megabytes, a few seconds.
    fn default() -> Self {
        Self { nodes_max: 1 << 22 }
    }
}

/// No diagram was found within the budget: simulate instead, or allow more nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "the exact solution needs more than {nodes_max} nodes for a part of the system with {variables} components"
)]
pub struct TooLarge {
    /// The budget.
    pub nodes_max: usize,
    /// Variables of the part that was too large: its components, and modules in it counted as one each.
    pub variables: usize,
}

/// The diagrams of a structure.
#[derive(Debug, Clone)]
pub struct Exact {
    leaf_count: u32,
    top: Variable,
    /// One for each module, those below before those above.
    diagrams: Vec<Diagram>,
}

impl Exact {
    /// Makes the diagrams of a structure, which is [simplified](Structure::simplify) first.
    ///
    /// # Errors
    /// [`TooLarge`] if none of several orders of the variables of a module keeps its diagram within the budget.
    pub fn new(structure: &Structure, budget: Budget) -> Result<Self, TooLarge> {
        let structure = structure.simplify();
        let mut diagrams = Vec::new();
        for part in part::parts(&structure) {
            let diagram = search::solve(&part, budget.nodes_max)
                .map_err(|_| TooLarge { nodes_max: budget.nodes_max, variables: part.variables.len() })?;
            diagrams.push(diagram);
        }
        let top = match structure.top() {
            Node::Leaf(leaf) => Variable::Leaf(leaf),
            Node::Gate(_) => Variable::Module(diagrams.len().saturating_sub(1) as u32),
        };
        Ok(Self { leaf_count: structure.leaf_count(), top, diagrams })
    }

    /// Nodes of all diagrams together: the time of one evaluation is proportional to it.
    pub fn nodes(&self) -> usize {
        self.diagrams.iter().map(|diagram| diagram.nodes.len() - 2).sum()
    }

    /// Variables of the widest diagram: so many roundings may add up in one evaluation.
    pub fn levels(&self) -> usize {
        let levels = self.diagrams.iter().map(|diagram| diagram.variables.len());
        levels.max().unwrap_or(0)
    }

    /// Number of modules, each of which has a diagram of its own.
    pub fn modules(&self) -> usize {
        self.diagrams.len()
    }
}
