//! Composition of several Markov chains. Leaves that depend on each other have a chain of their own, of
//! which the rest of the system needs to know only which of its nodes are down.
//!
//! | part | what it does |
//! |---|---|
//! | `cut` | finds the nodes at which the chains meet the rest of the structure |
//! | [`Composition`] | unavailability and failures: a decision diagram over independent leaves and chains |
//! | [`Series`] | the first failure of a system of independent parts in series |
//! | `integral` | integrals over time, evaluated at many moments at once |

mod cut;
mod diagram;
mod integral;
mod series;

pub use diagram::{Composition, Meaning, PartImportance, Settled, Span};
pub use series::Series;
