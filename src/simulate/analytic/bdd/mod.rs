//! Exact analysis by decision diagrams: failure probability, importance of every component and minimal
//! cut sets.
//!
//! A [`Structure`] is split into modules. Each module's failure function becomes a small diagram of its
//! own (a reduced ordered binary decision diagram: Bryant 1986; for fault trees: Rauzy, "New algorithms
//! for fault trees analysis", Reliability Engineering and System Safety 40, 1993), in which the modules
//! below it are single variables.
//!
//! | part | what it does |
//! |---|---|
//! | [`Exact::new`] | builds the diagrams, within a budget of nodes |
//! | [`Exact::top`] | probabilities that the system is down, and that it is up |
//! | [`Exact::failing`] | these and how often the system fails |
//! | [`Exact::folded`] | the same, with equal modules evaluated once |
//! | [`Exact::importance`] | Birnbaum importance of every component, and the measures that follow from it |
//! | [`Exact::fussell_vesely`] | share of the failure probability in which a component's cut sets have failed |
//! | [`Exact::cut_sets`] | minimal cut sets: their number, by order, and the most probable ones |

mod build;
mod builder;
pub mod cut_sets;
mod diagram;
mod fold;
mod importance;
mod ordering;
mod part;
mod participation;
mod probability;
mod search;
#[cfg(test)]
mod tests;

pub use importance::{Importance, LeafImportance};
pub use probability::Tails;
pub(in crate::simulate) use probability::difference;

use crate::base::patience::Patience;
use crate::simulate::structure::{Node, Structure};
use diagram::Diagram;
use part::Variable;
use thiserror::Error;

/// Limits on the memory and time of a solution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Maximum number of nodes of one diagram while it is built. A node takes some 40 bytes with its
    /// tables.
    pub nodes_max: usize,
    /// How long it may take.
    pub patience: Patience,
}

impl Budget {
    /// Limits the nodes only.
    pub const fn of_nodes(nodes_max: usize) -> Self {
        Self { nodes_max, patience: Patience::ENDLESS }
    }
}

impl Default for Budget {
    /// Returns four million nodes: a few hundred megabytes, a few seconds.
    fn default() -> Self {
        Self::of_nodes(1 << 22)
    }
}

/// No diagram was found within the budget: simulate instead, or allow more nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the decision diagram of a module with {variables} components needs more than {nodes_max} nodes")]
pub struct TooLarge {
    /// The budget.
    pub nodes_max: usize,
    /// Variables of the module that was too large: its components, with each module inside it counted as
    /// one.
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
    /// Builds the diagrams of a structure, which is [simplified](Structure::simplify) first.
    ///
    /// # Errors
    /// [`TooLarge`] if none of several variable orders keeps the diagram of a module within the budget.
    pub fn new(structure: &Structure, budget: Budget) -> Result<Self, TooLarge> {
        let structure = structure.simplify();
        let mut diagrams = Vec::new();
        for part in part::parts(&structure) {
            let diagram = search::solve(&part, budget)
                .map_err(|_| TooLarge { nodes_max: budget.nodes_max, variables: part.variables.len() })?;
            diagrams.push(diagram);
        }
        let top = match structure.top() {
            Node::Leaf(leaf) => Variable::Leaf(leaf),
            Node::Gate(_) => Variable::Module(diagrams.len().saturating_sub(1) as u32),
        };
        Ok(Self { leaf_count: structure.leaf_count(), top, diagrams })
    }

    /// Returns the number of nodes of all diagrams; the time of one evaluation is proportional to it.
    pub fn nodes(&self) -> usize {
        self.diagrams.iter().map(|diagram| diagram.nodes.len() - 2).sum()
    }

    /// Returns the number of variables of the widest diagram: as many rounding errors may add up in one
    /// evaluation.
    pub fn levels(&self) -> usize {
        let levels = self.diagrams.iter().map(|diagram| diagram.variables.len());
        levels.max().unwrap_or(0)
    }
}
