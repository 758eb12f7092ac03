//! Why an exact solver does not apply to a model.

use super::bdd::TooLarge;
use super::markov::MarkovError;
use thiserror::Error;

/// Why a model, or a part of it, has no exact solution of some kind.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum Unsolved {
    /// Exact solutions were not requested.
    #[error("not requested (--method monte-carlo)")]
    NotRequested,
    /// The computation was ended.
    #[error("the time limit ended it")]
    OutOfTime,
    /// A time that is neither exponential nor zero.
    #[error("the {what} of `{name}` is not exponential")]
    NotExponential {
        /// The component, unit, block or common cause.
        name: String,
        /// Which of its times.
        what: &'static str,
    },
    /// Behaviour that the solver cannot represent.
    #[error("`{name}` {why}")]
    Unsupported {
        /// The unit, block or common cause.
        name: String,
        /// What it does.
        why: &'static str,
    },
    /// A unit that depends on those that its crew serves besides.
    #[error("`{name}` may have to wait for crew `{crew}`")]
    Waits {
        /// The unit.
        name: String,
        /// Its crew.
        crew: String,
    },
    /// All components depend on the state of the system.
    #[error("`suspend` stops ageing while the system is down: no component is independent")]
    Suspended,
    /// A chain with more states than its budget allows.
    #[error("the system has more than {0} states")]
    TooManyStates(usize),
    /// More parts than a chain may have.
    #[error("the system depends on more than {0} parts, which is too many for a chain")]
    TooManyParts(usize),
    /// More parts with chains than a diagram may have.
    #[error("more than {0} parts need a Markov chain of their own")]
    TooManyChains(usize),
    /// Chains that a diagram sees through several nodes, in too many combinations of states.
    #[error("the interdependent parts have {0} combinations of interface states, above {1}")]
    TooManyCases(usize, usize),
    /// More gates than a structure can count.
    #[error("the system has too many gates")]
    TooManyGates,
    /// No diagram within the budget.
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
    /// The states of a chain are known, but not its solution.
    #[error(transparent)]
    Markov(#[from] MarkovError),
}

impl Unsolved {
    pub(super) fn unsupported(name: &str, why: &'static str) -> Self {
        Self::Unsupported { name: name.to_owned(), why }
    }
}
