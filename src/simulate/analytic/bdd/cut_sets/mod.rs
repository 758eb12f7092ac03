//! Minimal cut sets: the smallest sets of components whose joint failure brings the system down.
//!
//! They are kept as diagrams too, one for each module, and are never listed: a module stands in its user's sets as one
//! element, for which any of its own sets may be put. Counting and searching work on that form.

mod best;
mod count;
mod minimal;

pub use best::CutSet;
pub use count::{Count, Orders};

use super::part::Variable;
use super::{Budget, Exact, TooLarge};
use crate::simulate::analytic::bdd::builder::Node;

/// The sets of one module, over its variables. A node's sets are those of `lo`, and those of `hi` with its variable added.
#[derive(Debug, Clone)]
struct SetDiagram {
    variables: Vec<Variable>,
    /// Each after the two that it leads to; the first is the family without sets, the second the one of the empty set.
    nodes: Vec<Node>,
    root: u32,
}

/// All minimal cut sets of a system.
#[derive(Debug, Clone)]
pub struct CutSets {
    top: Variable,
    diagrams: Vec<SetDiagram>,
}

impl Exact {
    /// The minimal cut sets, by the algorithm of Rauzy (1993).
    ///
    /// # Errors
    /// [`TooLarge`] if their diagrams do not fit into the budget. Their number does not matter.
    pub fn cut_sets(&self, budget: Budget) -> Result<CutSets, TooLarge> {
        let too_large = |variables| TooLarge { nodes_max: budget.nodes_max, variables };
        let sets = self.diagrams.iter().map(|diagram| {
            minimal::minimal(diagram, budget.nodes_max).map_err(|_| too_large(diagram.variables.len()))
        });
        Ok(CutSets { top: self.top, diagrams: sets.collect::<Result<_, _>>()? })
    }
}

impl CutSets {
    /// Nodes of all diagrams together.
    pub fn nodes(&self) -> usize {
        self.diagrams.iter().map(|diagram| diagram.nodes.len() - 2).sum()
    }
}
