//! The interface of all exact solvers.

use super::bdd::Tails;
use crate::timeline::exposure::Exposure;

/// An exact solver of a system. Times are in seconds from the start. An answer is `None` if the solver
/// cannot compute it.
pub trait Solver {
    /// Returns about how many multiplications an answer over a time from the start takes.
    fn work(&self, _until_s: f64) -> f64 {
        0.0
    }

    /// Returns the measures in the long run, with the failures per second.
    fn long_run(&self) -> Option<Measures> {
        None
    }

    /// Returns the measures from the start to `until_s`, which must be positive: mean probabilities and
    /// the expected number of failures. Being down at the start is not a failure.
    fn over(&self, _until_s: f64) -> Option<Measures> {
        None
    }

    /// Returns the probability of being down at each of some moments, in any order.
    fn unavailability_at_each(&self, _at_s: &[f64]) -> Option<Vec<f64>> {
        None
    }

    /// Returns, for each of some times, the probability of having been down at some moment up to then.
    fn unreliability_at_each(&self, _at_s: &[f64]) -> Option<Vec<f64>> {
        None
    }

    /// Returns the mean time to the first failure; it may be infinite if a failure may never come.
    fn mttf_s(&self) -> Option<f64> {
        None
    }
}

/// The system in the long run, or over some time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measures {
    /// Probabilities of being down and up.
    pub tails: Tails,
    /// Failures, per second or in that time; `None` where they are not known.
    pub failures: Option<f64>,
}

impl Measures {
    /// Returns the exposure that mean times between failures and mean down times follow from.
    pub fn exposure(&self) -> Option<Exposure> {
        let Tails { failed, working } = self.tails;
        Some(Exposure { up_s: working, down_s: failed, failures: self.failures? })
    }
}
