//! Minimal cut sets: the smallest sets of components whose joint failure brings the system down.
//!
//! They are kept as diagrams too, one for each module, and never listed. In the sets of the module that
//! uses it, a module is a single element, for which any of its own sets can be substituted. Counting and
//! searching work on that form.

mod best;
mod count;
mod minimal;

pub use best::CutSet;
pub use count::{Count, Orders};

use super::part::Variable;
use super::{Budget, Exact, TooLarge};
use crate::simulate::analytic::bdd::builder::Node;

/// The sets of one module, over its variables. The sets of a node are those of `lo`, and those of `hi`
/// with its variable added.
#[derive(Debug, Clone)]
struct SetDiagram {
    variables: Vec<Variable>,
    /// The nodes, each after its two children. The first is the family without sets, the second the
    /// family of the empty set.
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
    /// Derives the minimal cut sets by the algorithm of Rauzy (1993).
    ///
    /// # Errors
    /// [`TooLarge`] if their diagrams exceed the budget. The number of sets does not matter.
    pub fn cut_sets(&self, budget: Budget) -> Result<CutSets, TooLarge> {
        let too_large = |variables| TooLarge { nodes_max: budget.nodes_max, variables };
        let sets = self.diagrams.iter().map(|diagram| {
            minimal::minimal(diagram, budget.nodes_max).map_err(|_| too_large(diagram.variables.len()))
        });
        Ok(CutSets { top: self.top, diagrams: sets.collect::<Result<_, _>>()? })
    }
}

impl CutSets {
    /// Returns the number of nodes of all diagrams.
    pub fn nodes(&self) -> usize {
        self.diagrams.iter().map(|diagram| diagram.nodes.len() - 2).sum()
    }
}
