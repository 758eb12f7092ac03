//! Uniformisation (Jensen 1953; Gross and Miller 1984): the chain as a Poisson number of steps of a
//! stochastic matrix.

use super::poisson::Poisson;
use super::{Course, Moment, dot};
use crate::simulate::analytic::markov::chain::{Chain, MarkovError, refuse_late};
use crate::stats::summary::CompensatedSum;

/// Multiplications that all steps together may take: some 10 seconds.
const WORK_MAX: f64 = 5e9;

/// Multiplications above which the long run is computed, so that the steps can stop when it is reached.
const LONG_WAY: f64 = 2e8;

/// Steps between two checks whether the long run has been reached.
const LOOK_EVERY: usize = 32;
/// Steps between two corrections of the total probability.
const CORRECT_EVERY: usize = 8;

/// Relative distance from the long run that counts as having reached it.
const SETTLED: f64 = 1e-13;

/// Smaller probabilities count as settled: they lose digits, so they might never get close enough.
const NEGLIGIBLE: f64 = 1e-250;

/// Returns the multiplications of one step.
pub(super) fn work(chain: &Chain) -> f64 {
    (chain.transitions() + 3 * chain.states()) as f64
}

/// Solves a transient problem by single steps.
pub(super) fn run(course: &Course<'_>) -> Result<Vec<Moment>, MarkovError> {
    run_within(course, WORK_MAX)
}

/// As [`run`], with at most `work_max` multiplications.
pub(super) fn run_within(course: &Course<'_>, work_max: f64) -> Result<Vec<Moment>, MarkovError> {
    let pace = course.pace();
    let steps_max = work_max / work(course.chain);
    let steps = pace * course.times.iter().copied().fold(0.0, f64::max);
    let mut walk = Walk::new(course, pace);
    let mut watches: Vec<Watch> = course.times.iter().map(|time| Watch::new(course, pace, *time)).collect();
    let end = watches.iter().map(|watch| watch.poisson.end()).max().unwrap_or(0);
    let long_way = end as f64 * work(course.chain) > LONG_WAY;
    // Where the elimination exceeds its budget there is no long run to compare with, and all steps are
    // taken.
    let long_run = if long_way { course.chain.stationary_from(&course.initial).ok() } else { None };
    for k in 0..end {
        if k as f64 > steps_max {
            return Err(MarkovError::TooStiff { states: course.chain.states(), steps });
        }
        if k % LOOK_EVERY == 0 {
            refuse_late(course.chain.patience())?;
        }
        if k % LOOK_EVERY == 0
            && let Some(long_run) = long_run.as_ref().filter(|long_run| walk.is_near(long_run))
        {
            // From here on every step gives the same distribution: add all remaining weights at once.
            for watch in &mut watches {
                watch.add_limit(k, long_run, course);
            }
            break;
        }
        let reward = dot(&walk.states, &course.reward);
        for watch in &mut watches {
            watch.add_step(k, &walk.states, reward);
        }
        walk.step(k % CORRECT_EVERY == 0);
    }
    let moments =
        watches.into_iter().map(|watch| Moment { states: watch.states, reward: watch.reward.value() / pace });
    Ok(moments.collect())
}

/// The distribution after some number of steps.
struct Walk {
    states: Vec<f64>,
    /// The distribution one step earlier.
    before: Vec<f64>,
    /// By state, the targets of a step with their probabilities; the rest is the probability of staying.
    rows: Vec<Vec<(usize, f64)>>,
    /// By state, the probability that a step leaves it.
    leaves: Vec<f64>,
}

impl Walk {
    fn new(course: &Course<'_>, pace: f64) -> Self {
        let scaled = |row: &Vec<(usize, f64)>| row.iter().map(|(to, rate)| (*to, rate / pace)).collect();
        Self {
            states: course.initial.clone(),
            before: vec![0.0; course.initial.len()],
            rows: course.chain.rows().iter().map(scaled).collect(),
            leaves: course.chain.exits().map(|exit| exit / pace).collect(),
        }
    }

    /// Takes one step. `p − p · leave` and not `p · (1 − leave)`: the rounding of 1 − leave would repeat
    /// in every step.
    fn step(&mut self, correct: bool) {
        std::mem::swap(&mut self.states, &mut self.before);
        let stay = self.before.iter().zip(&self.leaves);
        for (state, (p, leave)) in self.states.iter_mut().zip(stay) {
            *state = p - p * leave;
        }
        for (p, row) in self.before.iter().zip(&self.rows).filter(|(p, _)| **p > 0.0) {
            for (to, share) in row {
                self.states[*to] += p * share;
            }
        }
        if correct {
            self.correct();
        }
    }

    /// Adds what rounding took from the total, or takes what it added, to the largest probability, which
    /// has most of the rounding error. Otherwise a state that is left so slowly that p − p · leave
    /// rounds to p would never be left.
    fn correct(&mut self) {
        let total = self.states.iter().copied().collect::<CompensatedSum>().value();
        let largest = self.states.iter_mut().max_by(|a, b| a.total_cmp(b));
        if let Some(largest) = largest {
            *largest += 1.0 - total;
        }
    }

    /// Returns whether every probability has reached its long-run value.
    fn is_near(&self, long_run: &[f64]) -> bool {
        let mut pairs = self.states.iter().zip(long_run);
        pairs.all(|(p, limit)| (p - limit).abs() <= SETTLED * limit || p.max(*limit) < NEGLIGIBLE)
    }
}

/// The sums for one time.
struct Watch {
    poisson: Poisson,
    tails: Vec<f64>,
    states: Vec<f64>,
    reward: CompensatedSum,
}

impl Watch {
    fn new(course: &Course<'_>, pace: f64, time: f64) -> Self {
        let poisson = Poisson::of(pace * time);
        Self {
            tails: poisson.tails(),
            poisson,
            states: vec![0.0; course.initial.len()],
            reward: CompensatedSum::default(),
        }
    }

    /// Adds the distribution after `k` steps, and its reward. The chain spends a mean time of P(N > k) /
    /// rate after exactly `k` of the N steps; the division by the rate follows at the end.
    fn add_step(&mut self, k: usize, states: &[f64], reward: f64) {
        let Some(at) = k.checked_sub(self.poisson.first) else {
            return self.reward.add(reward);
        };
        if let (Some(weight), Some(tail)) = (self.poisson.weights.get(at), self.tails.get(at)) {
            self.reward.add(tail * reward);
            let sums = self.states.iter_mut().zip(states);
            sums.for_each(|(sum, p)| *sum += weight * p);
        }
    }

    /// Adds the same distribution for `k` and all further steps.
    fn add_limit(&mut self, k: usize, states: &[f64], course: &Course<'_>) {
        let (weight, tail) = match k.checked_sub(self.poisson.first) {
            Some(skipped) => {
                let left = |all: &[f64]| all.iter().skip(skipped).copied().collect::<CompensatedSum>();
                (left(&self.poisson.weights).value(), left(&self.tails).value())
            }
            // All weights are still to come, and Σ P(N > j) from j = k on is the mean less k.
            None => (1.0, self.poisson.mean - k as f64),
        };
        self.reward.add(tail * dot(states, &course.reward));
        let sums = self.states.iter_mut().zip(states);
        sums.for_each(|(sum, p)| *sum += weight * p);
    }
}
