//! Simulation: replications drawn by the engine, and the figures estimated from them.

pub mod engine;
pub mod estimate;
