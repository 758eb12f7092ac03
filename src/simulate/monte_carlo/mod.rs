//! Monte Carlo simulation: the engine draws replications, from which figures are estimated.

pub mod engine;
pub mod estimate;
