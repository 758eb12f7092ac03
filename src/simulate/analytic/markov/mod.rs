//! Continuous-time Markov chains for availability models: states, rates between them, and the set of up
//! states.
//!
//! | question | method | how |
//! |---|---|---|
//! | long-run state probabilities | [`Chain::stationary_from`] | elimination of Grassmann, Taksar and Heyman |
//! | mean time to the first failure | [`Chain::mean_time_to`] | the same elimination |
//! | state probabilities at given times | [`Chain::transient`] | uniformisation, or powers of a stochastic matrix |
//! | reliability and unreliability | [`Chain::survival`] | the same, with the down states made absorbing |
//! | expected down time, expected failures up to given times | [`Chain::gathered`] | the same, integrated over time |
//!
//! Units: rates are per second and times in seconds (or in any other unit, if it is used throughout).
//!
//! Probabilities and rates are added, multiplied and divided. They are only subtracted where a small
//! part is taken from a whole, so an unavailability of 10⁻³⁰ has as many digits as one of 0.1.

mod chain;
mod classes;
mod elimination;
mod passage;
mod stationary;
mod transient;

pub use chain::{Chain, MarkovError};
pub use transient::Survival;

#[cfg(test)]
mod tests;
