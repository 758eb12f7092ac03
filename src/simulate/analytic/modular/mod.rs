//! What is put together from the answers of several Markov chains: leaves that act on each other have a chain of their own, and
//! the rest of the system need not know more of it than which of its nodes are down.
//!
//! | part | what it does |
//! |---|---|
//! | `cut` | finds the nodes at which chains meet the rest |
//! | [`Composition`] | unavailability and failures: a decision diagram over independent leaves and chains |
//! | [`Series`] | the first failure: the first of those of parts in series that share nothing |
//! | `integral` | integrals over time of what comes cheaper at many moments at once |

mod cut;
mod diagram;
mod integral;
mod series;

pub use diagram::{Composition, Meaning, PartImportance, Settled, Span};
pub use series::Series;
