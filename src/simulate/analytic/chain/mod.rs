//! The Markov chain solver: generates a continuous-time Markov chain from a model whose random times are
//! all exponential.
//!
//! It covers what the decision diagram cannot: crews, standby, common causes, requirements, restarts,
//! planned work, hidden failures, `suspend`. It implements the behaviour of the model independently of
//! the simulation engine, so that the two can be tested against each other.
//!
//! | part | what it does |
//! |---|---|
//! | `relevant` | finds the parts that the watched nodes depend on |
//! | `compile`, `system`, `gates` | those parts, with their numbers in the chain |
//! | `symmetry` | finds units that are interchangeable, so that only their number matters |
//! | `state` | a state and its canonical form |
//! | `events`, `steps`, `blocks` | the events that can happen next, and their immediate consequences |
//! | `explore` | generates all states, breadth first |
//! | [`ChainSolution`] | the chain, and what follows from it |
//!
//! Fixed times of zero are allowed, and so are Erlang times (and gamma times of integer shape) where
//! nothing ages: repairs, detections, switchovers, planned work. A part with a fixed unavailability is
//! in one of two states forever; the chain then splits into several that never meet, weighted with their
//! probabilities.

mod blocks;
mod compile;
mod events;
mod explore;
mod gates;
mod relevant;
mod solution;
mod state;
mod steps;
mod symmetry;
mod system;
#[cfg(test)]
mod tests;

pub use relevant::Surroundings;
pub use solution::{ChainSolution, Occupation};
