//! Predicts the availability of a system from a description of its components and redundancy.
//!
//! | module | contents |
//! |---|---|
//! | [`topology_file`] | reads topology files and validates them into a model |
//! | [`block`] | series, parallel, k-out-of-n and standby blocks |
//! | [`detection`] | distribution of the time from a failure to its detection |
//! | [`model`] | the validated model that all solvers work on |
//! | [`structure`] | the structure function: which failures bring the system down, as a graph of gates |
//! | [`analytic`] | exact solvers: decision diagrams and Markov chains; importance and minimal cut sets |
//! | [`monte_carlo`] | the simulation: outages drawn per replication, and estimates with their intervals |
//! | [`report`] | the typed result, and the document made from it |
//! | [`trace`] | one replication as an incident log |

pub mod analytic;
pub mod block;
pub(crate) mod detection;
pub mod model;
pub mod monte_carlo;
pub mod report;
pub mod structure;
pub mod topology_file;
pub(crate) mod trace;
