//! State probabilities at given times, reliability, and time spent in a set of states.
//!
//! Two methods, chosen by what they cost: uniformisation, whose steps grow with the largest rate times the longest time,
//! and powers of a stochastic matrix by squaring, whose work grows with the third power of the states but hardly with
//! time. Both add and multiply nonnegative numbers only.

mod poisson;
mod powers;
mod uniformisation;

use super::chain::{Chain, MarkovError};
use crate::stats::summary::CompensatedSum;

/// The probability of having had no failure up to a time, and of having had one; each with digits of its own.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Survival {
    /// Probability of no failure so far.
    pub reliability: f64,
    /// Probability of a failure so far.
    pub unreliability: f64,
}

/// The chain at one time.
#[derive(Debug, Clone)]
struct Moment {
    /// Probability of each state.
    states: Vec<f64>,
    /// ∫ Σ reward · probability from 0 to that time.
    reward: f64,
}

/// A chain on its way from an initial distribution, watched at some times.
struct Course<'c> {
    chain: &'c Chain,
    initial: Vec<f64>,
    /// By state, what a second in it counts.
    reward: Vec<f64>,
    times: &'c [f64],
}

/// Multiplications that the powers of a matrix may take: some eight seconds.
const POWERS_WORK_MAX: f64 = 1.2e10;

/// Multiplications that are not worth avoiding, as the powers are the more accurate.
const POWERS_WORK_SMALL: f64 = 2e8;

/// Steps up to which uniformisation is as accurate as the powers: its rounding errors grow with the steps.
const EASY_STEPS: f64 = 5_000.0;

impl Chain {
    /// The probability of each state at each of `times` (in seconds, in any order), from the distribution `initial`.
    ///
    /// The relative error is below 10⁻¹² (10⁻¹⁴ was measured for up to 256 states), also of probabilities of 10⁻³⁰; below 10⁻²⁵⁰ digits fade.
    ///
    /// # Errors
    ///
    /// Lists that do not fit the chain, a time that is negative or not finite, or a chain that is both too large (more
    /// than some 600 states) and too stiff (more than some 10⁶ steps of its fastest state before it settles); rates times
    /// times beyond the range of floats.
    pub fn transient(&self, initial: &[f64], times: &[f64]) -> Result<Vec<Vec<f64>>, MarkovError> {
        let reward = vec![0.0; self.states()];
        let moments = Course::new(self, initial, reward, times)?.run()?;
        Ok(moments.into_iter().map(|moment| moment.states).collect())
    }

    /// Reliability and unreliability at each of `times`, in seconds: whether the chain has stayed in states where `up` is set.
    ///
    /// Down states are made absorbing, and both probabilities are sums of positive terms.
    ///
    /// # Errors
    ///
    /// As for [`transient`](Self::transient), or an `up` that has not one entry for each state.
    pub fn survival(
        &self,
        up: &[bool],
        initial: &[f64],
        times: &[f64],
    ) -> Result<Vec<Survival>, MarkovError> {
        self.check_length(up)?;
        let initial = self.check_initial(initial)?;
        let (chain, nodes) = self.until_failure(up)?;
        let mut started = vec![0.0; chain.states()];
        nodes.iter().zip(initial).for_each(|(node, p)| started[*node] += p);
        let reached = chain.transient(&started, times)?;
        let survival = reached.into_iter().map(|states| {
            let (failed, working) = states.split_first().unwrap_or((&0.0, &[]));
            Survival {
                reliability: working.iter().copied().collect::<CompensatedSum>().value(),
                unreliability: *failed,
            }
        });
        Ok(survival.collect())
    }

    /// The expected seconds spent in states where `within` is set, from 0 to each of `times`: the expected down time, if
    /// it is set for the down states.
    ///
    /// # Errors
    ///
    /// As for [`transient`](Self::transient), or a `within` that has not one entry for each state.
    pub fn time_in(&self, within: &[bool], initial: &[f64], times: &[f64]) -> Result<Vec<f64>, MarkovError> {
        self.check_length(within)?;
        let reward: Vec<f64> = within.iter().map(|within| f64::from(u8::from(*within))).collect();
        self.gathered(&reward, initial, times)
    }

    /// What is gathered from 0 to each of `times` where every second in a state counts as its entry in `reward`: with the rates
    /// from up to down states, the expected number of failures.
    ///
    /// # Errors
    ///
    /// As for [`transient`](Self::transient), or a `reward` that has not one entry for each state.
    pub fn gathered(&self, reward: &[f64], initial: &[f64], times: &[f64]) -> Result<Vec<f64>, MarkovError> {
        self.check_length(reward)?;
        let moments = Course::new(self, initial, reward.to_vec(), times)?.run()?;
        Ok(moments.into_iter().map(|moment| moment.reward).collect())
    }

    /// Multiplications that it takes at most to follow the chain from 0 to `until`.
    pub fn work(&self, until: f64) -> f64 {
        let steps = until / self.pace_s();
        powers::work(self.states(), steps).min(uniformisation::work(self) * steps)
    }

    /// The chain with all down states as the absorbing state 0, and the new number of each state.
    fn until_failure(&self, up: &[bool]) -> Result<(Self, Vec<usize>), MarkovError> {
        let mut working = 0;
        let nodes: Vec<usize> = up
            .iter()
            .map(|up| {
                working += usize::from(*up);
                if *up { working } else { 0 }
            })
            .collect();
        let rates = self.rows().iter().zip(&nodes).filter(|(_, node)| **node > 0);
        let rates = rates.flat_map(|(row, from)| row.iter().map(|(to, rate)| (*from, nodes[*to], *rate)));
        Ok((Self::new(working + 1, rates)?, nodes))
    }
}

impl<'c> Course<'c> {
    fn new(
        chain: &'c Chain,
        initial: &[f64],
        reward: Vec<f64>,
        times: &'c [f64],
    ) -> Result<Self, MarkovError> {
        let initial = chain.check_initial(initial)?;
        if let Some(bad) = times.iter().find(|time| !(**time >= 0.0 && time.is_finite())) {
            return Err(MarkovError::BadTime(*bad));
        }
        Ok(Self { chain, initial, reward, times })
    }

    /// By the method that fits the chain.
    fn run(&self) -> Result<Vec<Moment>, MarkovError> {
        let pace = self.pace();
        if pace == 0.0 {
            return Ok(self.times.iter().map(|time| self.at_rest(*time)).collect());
        }
        let steps = pace * self.times.iter().copied().fold(0.0, f64::max);
        if !steps.is_finite() {
            return Err(MarkovError::OutOfRange);
        }
        let powers = powers::work(self.chain.states(), steps);
        let single = uniformisation::work(self.chain) * steps;
        let stiff = steps > EASY_STEPS && (powers <= POWERS_WORK_SMALL || powers <= single);
        if stiff && powers <= POWERS_WORK_MAX { powers::run(self) } else { uniformisation::run(self) }
    }

    /// A chain without rates stays where it is.
    fn at_rest(&self, time: f64) -> Moment {
        let reward = self.reward.iter().zip(&self.initial);
        Moment {
            states: self.initial.clone(),
            reward: time * reward.map(|(reward, p)| reward * p).sum::<f64>(),
        }
    }

    /// The rate of uniformisation, per second: more than any state is left at, so that the steps have no period.
    fn pace(&self) -> f64 {
        const SLACK: f64 = 1.1;
        SLACK * self.chain.exits().fold(0.0, f64::max)
    }
}

#[cfg(test)]
mod tests;
