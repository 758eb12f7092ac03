//! From a description of a system to its predicted downtime.
//!
//! | part | what it does |
//! |---|---|
//! | [`mod@file`] | topology files: what users write becomes a model |
//! | [`block`] | how parts make up a whole: a family |
//! | [`detection`] | how long a failure goes unnoticed |
//! | [`model`] | a system as the solvers see it: nothing in it can be wrong |
//! | [`structure`] | which failures of components bring the system down: gates over components, as a graph |
//! | [`exact`] | probabilities, importance and minimal cut sets without chance, from a decision diagram |
//! | [`solve`] | the answers that need no chance |
//! | [`engine`] | the system's outages, drawn replication by replication |
//! | [`estimate`] | from replications to figures with their intervals |
//! | [`report`] | the typed result, and the document made from it |
//! | [`trace`] | one replication as an incident log |

pub mod analytic;
pub mod block;
pub mod detection;
pub mod model;
pub mod monte_carlo;
pub mod report;
pub mod structure;
pub mod topology_file;
pub mod trace;
