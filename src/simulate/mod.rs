//! From a description of a system to its predicted downtime.
//!
//! | part | what it does |
//! |---|---|
//! | [`structure`] | which failures of components bring the system down: gates over components, as a graph |

pub mod engine;
pub mod estimate;
pub mod model;
pub mod structure;
pub mod trace;
