//! Composition of several Markov chains. Leaves that depend on each other have a chain of their own, of
//! which the rest of the system needs to know only which of its nodes are down.
//!
//! | part | what it does |
//! |---|---|
//! | `cut` | finds the nodes at which the chains meet the rest of the structure |
//! | [`DiagramSolution`] | a decision diagram over independent leaves and chains, if there are any |
//! | [`Series`] | the first failure of a system of independent parts in series |

mod cut;
mod diagram;
mod series;

pub use diagram::{DiagramSolution, PartImportance, PartsImportance};
pub use series::Series;
