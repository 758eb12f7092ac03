//! The Markov chain solver: generates a continuous-time Markov chain from a model whose random times are
//! all exponential.
//!
//! It covers what the decision diagram cannot: crews, standby, common causes, requirements, restarts,
//! planned work, hidden failures, `suspend`. It implements the behaviour of the model independently of
//! the simulation engine, so that the two can be tested against each other.
//!
//! | part | what it does |
//! |---|---|
//! | `relevant` | finds the parts that the top depends on |
//! | `compile`, `times`, `system`, `gates` | those parts, with rates in place of distributions |
//! | `symmetry` | finds units that are interchangeable, so that only their number matters |
//! | `state` | a state and its canonical form |
//! | `events`, `steps`, `blocks` | the events that can happen next, and their immediate consequences |
//! | `explore` | generates all states, breadth first |
//! | [`JointSolution`] | the chain of several nodes, for compositions of chains |
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
mod joint;
mod relevant;
mod state;
mod steps;
mod symmetry;
mod system;
#[cfg(test)]
mod tests;
mod times;

pub use joint::{Change, JointSolution, Occupation};

use crate::simulate::analytic::markov::{Chain, MarkovError, SteadyMeasures, Survival};
use crate::simulate::model::{Model, Start};
use crate::simulate::structure::Node;
use crate::stats::summary::CompensatedSum;
use thiserror::Error;

/// Why a model is not solved by a chain.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum Unsolved {
    /// A time that is neither exponential nor zero.
    #[error("the {what} of `{name}` is not exponential")]
    NotExponential {
        /// The component, unit, block or common cause.
        name: String,
        /// Which of its times.
        what: &'static str,
    },
    /// Behaviour that needs a memory, such as fixed times.
    #[error("`{name}` {why}")]
    Unsupported {
        /// The unit.
        name: String,
        /// What it does that a chain cannot represent.
        why: &'static str,
    },
    /// More states than the budget allows.
    #[error("the system has more than {states_max} states")]
    TooManyStates {
        /// The budget.
        states_max: usize,
    },
    /// More parts than a chain may have.
    #[error("the system depends on more than {parts_max} parts, which is too many for a chain")]
    TooManyParts {
        /// The limit.
        parts_max: usize,
    },
    /// The chain exists, but not the answer.
    #[error(transparent)]
    Markov(#[from] MarkovError),
}

impl Unsolved {
    fn not_exponential(name: &str, what: &'static str) -> Self {
        let name = name.to_owned();
        Self::NotExponential { name, what }
    }

    fn unsupported(name: &str, why: &'static str) -> Self {
        let name = name.to_owned();
        Self::Unsupported { name, why }
    }
}

/// Limit on the size of a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChainBudget {
    /// Maximum number of states.
    pub states_max: usize,
}

impl Default for ChainBudget {
    /// Returns twenty thousand states, which take about a second to generate. Not every chain of that
    /// size can be solved: the elimination has a limit of its own.
    fn default() -> Self {
        Self { states_max: 20_000 }
    }
}

/// A model as a chain, and the measures that follow from it. Times in seconds from the start, rates per
/// second.
#[derive(Debug)]
pub struct ChainSolution {
    chain: Chain,
    up: Vec<bool>,
    /// Distribution over the states at time 0.
    initial: Vec<f64>,
    /// By state, the number of system failures per second spent in it.
    failing: Vec<f64>,
}

impl ChainSolution {
    /// Generates the chain of a model's top.
    ///
    /// # Errors
    /// A time that is not exponential, behaviour that needs a memory, or too many states.
    pub fn new(model: &Model, budget: ChainBudget) -> Result<Self, Unsolved> {
        Self::of_node(model, model.structure.top(), budget)
    }

    /// As [`new`](Self::new), for the part of the model that determines the state of `node`.
    ///
    /// # Errors
    /// As for [`new`](Self::new).
    pub fn of_node(model: &Model, node: Node, budget: ChainBudget) -> Result<Self, Unsolved> {
        let space = space(model, &[node], budget)?;
        let up: Vec<bool> = space.down.iter().map(|down| !down[0]).collect();
        let mut failing = vec![0.0; up.len()];
        for (from, to, rate) in &space.rates {
            if up[*from] && !up[*to] {
                failing[*from] += rate;
            }
        }
        let (chain, initial) = chain(model.start, space)?;
        Ok(Self { chain, up, initial, failing })
    }

    /// Returns the number of states.
    pub fn states(&self) -> usize {
        self.chain.states()
    }

    /// Returns the shortest mean sojourn time of a state, in seconds.
    pub fn pace_s(&self) -> f64 {
        self.chain.pace_s()
    }

    /// Returns about how many multiplications an answer over a time from the start takes.
    pub fn work(&self, until_s: f64) -> f64 {
        self.chain.work(until_s)
    }

    /// Returns the long-run measures. Without failures the mean times are `None`.
    ///
    /// # Errors
    /// An elimination beyond its budget.
    pub fn long_run(&self) -> Result<SteadyMeasures, MarkovError> {
        let long_run = self.chain.stationary_from(&self.initial)?;
        let (availability, unavailability) = (self.share(&long_run, true), self.share(&long_run, false));
        let frequency_per_s = sum(long_run.iter().zip(&self.failing).map(|(p, rate)| p * rate));
        let per_failure = |share: f64| (frequency_per_s > 0.0).then(|| share / frequency_per_s);
        Ok(SteadyMeasures {
            availability,
            unavailability,
            frequency_per_s,
            mean_up_s: per_failure(availability),
            mean_down_s: per_failure(unavailability),
        })
    }

    /// Returns the probability of being down at a moment.
    ///
    /// # Errors
    /// A negative time, or a chain that is too large and too stiff.
    pub fn unavailability_at(&self, at_s: f64) -> Result<f64, MarkovError> {
        self.unavailability_at_each(&[at_s]).and_then(only)
    }

    /// Returns the probability of being down at each of some moments, in any order. A curve costs little
    /// more than its last point.
    ///
    /// # Errors
    /// As for [`unavailability_at`](Self::unavailability_at).
    pub fn unavailability_at_each(&self, at_s: &[f64]) -> Result<Vec<f64>, MarkovError> {
        let states = self.chain.transient(&self.initial, at_s)?;
        Ok(states.iter().map(|states| self.share(states, false)).collect())
    }

    /// Returns the mean unavailability from the start to `until_s`, which must be positive.
    ///
    /// # Errors
    /// As for [`unavailability_at`](Self::unavailability_at).
    pub fn mean_unavailability(&self, until_s: f64) -> Result<f64, MarkovError> {
        let down: Vec<f64> = self.up.iter().map(|up| if *up { 0.0 } else { 1.0 }).collect();
        Ok(self.gathered(&down, until_s)? / until_s)
    }

    /// Returns the expected number of system failures from the start to `until_s`. Being down at the
    /// start is not one.
    ///
    /// # Errors
    /// As for [`unavailability_at`](Self::unavailability_at).
    pub fn failures(&self, until_s: f64) -> Result<f64, MarkovError> {
        self.gathered(&self.failing, until_s)
    }

    /// Returns the probability of having been down at some moment up to `at_s`.
    ///
    /// # Errors
    /// As for [`unavailability_at`](Self::unavailability_at).
    pub fn unreliability(&self, at_s: f64) -> Result<f64, MarkovError> {
        self.survival(at_s).map(|survival| survival.unreliability)
    }

    /// Returns the probabilities of having been up all the time up to `at_s`, and of not having been;
    /// each has digits of its own.
    ///
    /// # Errors
    /// As for [`unavailability_at`](Self::unavailability_at).
    pub fn survival(&self, at_s: f64) -> Result<Survival, MarkovError> {
        self.survival_at_each(&[at_s]).and_then(only)
    }

    /// As [`survival`](Self::survival), at each of some moments, in any order. A curve costs little more
    /// than its last point.
    ///
    /// # Errors
    /// As for [`unavailability_at`](Self::unavailability_at).
    pub fn survival_at_each(&self, at_s: &[f64]) -> Result<Vec<Survival>, MarkovError> {
        self.chain.survival(&self.up, &self.initial, at_s)
    }

    /// Returns the mean time to the first failure, in seconds; infinite if it may never come.
    ///
    /// # Errors
    /// An elimination beyond its budget.
    pub fn mttf_s(&self) -> Result<f64, MarkovError> {
        let down: Vec<bool> = self.up.iter().map(|up| !up).collect();
        self.chain.mean_time_to(&down, &self.initial)
    }

    fn share(&self, states: &[f64], up: bool) -> f64 {
        let wanted = states.iter().zip(&self.up).filter(|(_, own)| **own == up);
        sum(wanted.map(|(p, _)| *p))
    }

    fn gathered(&self, reward_per_s: &[f64], until_s: f64) -> Result<f64, MarkovError> {
        self.chain.gathered(reward_per_s, &self.initial, &[until_s]).and_then(only)
    }
}

/// Generates all states of the parts that the watched nodes depend on.
fn space(model: &Model, watched: &[Node], budget: ChainBudget) -> Result<explore::Space, Unsolved> {
    let system = compile::compile(model, watched)?;
    explore::explore(&system, budget.states_max)
}

/// Builds the chain of all states, and its distribution at time 0.
fn chain(start: Start, space: explore::Space) -> Result<(Chain, Vec<f64>), Unsolved> {
    let chain = Chain::new(space.down.len(), space.rates)?;
    let initial = match start {
        Start::New => space.initial,
        Start::Stationary => chain.stationary_from(&space.initial)?,
    };
    Ok((chain, initial))
}

fn sum(values: impl Iterator<Item = f64>) -> f64 {
    values.collect::<CompensatedSum>().value()
}

/// Returns the answer for the only moment. There is one answer for each moment, so the error never
/// occurs.
fn only<T>(answers: Vec<T>) -> Result<T, MarkovError> {
    answers.into_iter().next().ok_or(MarkovError::NoStates)
}
