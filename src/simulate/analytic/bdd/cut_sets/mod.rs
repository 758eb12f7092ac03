//! Minimal cut sets: the smallest sets of components whose joint failure brings the system down.
//!
//! They are kept as diagrams too, one for each module, and never listed. In the sets of the module that
//! uses it, a module is a single element, for which any of its own sets can be substituted. Counting and
//! searching work on that form.

mod best;
mod count;
mod minimal;

pub use count::Count;

use super::diagram::Diagram;
use super::part::Variable;
use super::{Budget, Exact, TooLarge};

/// All minimal cut sets of a system.
#[derive(Debug, Clone)]
pub struct CutSets {
    top: Variable,
    /// The sets of each module, over its variables. The sets of a node are those of `lo`, and those of
    /// `hi` with its variable added; the first node is the family without sets, the second that of the
    /// empty set.
    diagrams: Vec<Diagram>,
}

impl Exact {
    /// Derives the minimal cut sets by the algorithm of Rauzy (1993).
    ///
    /// # Errors
    /// [`TooLarge`] if their diagrams exceed the budget. The number of sets does not matter.
    pub fn cut_sets(&self, budget: Budget) -> Result<CutSets, TooLarge> {
        let too_large = |variables| TooLarge { nodes_max: budget.nodes_max, variables };
        let sets = self
            .diagrams
            .iter()
            .map(|diagram| minimal::minimal(diagram, budget).map_err(|_| too_large(diagram.variables.len())));
        Ok(CutSets { top: self.top, diagrams: sets.collect::<Result<_, _>>()? })
    }
}
