//! Powers of a stochastic matrix by squaring, for chains that are too stiff for single steps.
//!
//! P(h) for a very short h is squared until it spans the longest time; each time picks the squares that its binary digits name.
//! Entries are sums of products of nonnegative numbers, so small ones keep their relative precision. One thing would go
//! wrong: a row that adds up to 1 + ε squares to one that adds up to 1 + 2ε, and 40 squarings make 10⁻⁴ of 10⁻¹⁶. So every
//! row is scaled to 1 after each squaring. What is left of the errors adds up over the squarings and does not double,
//! because the errors of a row that adds up to 1 average out where the chain mixes, and where it does not, near the
//! identity, P(2t) has the relative errors of P(t).

use super::{Course, Moment, uniformisation};
use crate::simulate::analytic::markov::chain::MarkovError;

/// Mean number of steps of uniformisation in the first short time, at most.
const FIRST_STEPS: f64 = 1.0 / 64.0;

/// Squarings that an integer of 128 bits can count.
const SQUARINGS_MAX: f64 = 120.0;

/// Multiplications that `states` states take over a time of `steps` steps of uniformisation.
pub(super) fn work(states: usize, steps: f64) -> f64 {
    let squarings = (steps / FIRST_STEPS).log2().max(0.0) + 2.0;
    if squarings > SQUARINGS_MAX {
        return f64::INFINITY;
    }
    (states as f64).powi(3) * squarings
}

/// The answers at the times of a course, by squarings.
pub(super) fn run(course: &Course<'_>) -> Result<Vec<Moment>, MarkovError> {
    // A power of two, so that times are divided into it exactly.
    let short = (FIRST_STEPS / course.pace()).log2().floor().exp2();
    let counts: Vec<u128> = course.times.iter().map(|time| (time / short) as u128).collect();
    let rests: Vec<f64> = course.times.iter().map(|time| time % short).collect();
    let mut moments = uniformisation::run(&Course {
        initial: course.initial.clone(),
        reward: course.reward.clone(),
        times: &rests,
        ..*course
    })?;
    let mut square = Square::first(course, short)?;
    let longest = counts.iter().max().copied().unwrap_or(0);
    for bit in 0..u128::BITS - longest.leading_zeros() {
        if bit > 0 {
            square = square.doubled();
        }
        let named = moments.iter_mut().zip(&counts).filter(|(_, count)| *count >> bit & 1 == 1);
        named.for_each(|(moment, _)| square.advance(moment));
    }
    Ok(moments)
}

/// The chain over one span of time.
struct Square {
    /// By row, the distribution at the end from each state.
    matrix: Vec<f64>,
    /// From each state, the reward gathered on the way.
    reward: Vec<f64>,
}

impl Square {
    /// Over `time`, by a few steps of uniformisation from each state.
    fn first(course: &Course<'_>, time: f64) -> Result<Self, MarkovError> {
        let n = course.chain.states();
        let mut square = Self { matrix: Vec::with_capacity(n * n), reward: Vec::with_capacity(n) };
        for state in 0..n {
            let mut initial = vec![0.0; n];
            initial[state] = 1.0;
            let reward = course.reward.clone();
            let from_state = Course { initial, reward, times: &[time], ..*course };
            for moment in uniformisation::run(&from_state)? {
                square.matrix.extend(moment.states);
                square.reward.push(moment.reward);
            }
        }
        square.make_good();
        Ok(square)
    }

    /// Over twice the time.
    fn doubled(&self) -> Self {
        let n = self.reward.len();
        let mut matrix = vec![0.0; n * n];
        for (row, result) in self.matrix.chunks_exact(n).zip(matrix.chunks_exact_mut(n)) {
            self.add_product(row, result);
        }
        let later = self.matrix.chunks_exact(n).map(|row| dot(row, &self.reward));
        let reward = self.reward.iter().zip(later).map(|(now, later)| now + later).collect();
        let mut doubled = Self { matrix, reward };
        doubled.make_good();
        doubled
    }

    /// Adds `row` times the matrix to `result`, four rows of it at once.
    fn add_product(&self, row: &[f64], result: &mut [f64]) {
        const TOGETHER: usize = 4;
        let n = self.reward.len();
        let factors = row.chunks(TOGETHER).zip(self.matrix.chunks(TOGETHER * n));
        for (factors, rows) in factors.filter(|(factors, _)| factors.iter().any(|factor| *factor > 0.0)) {
            if let &[a, b, c, d] = factors {
                let (first, last) = rows.split_at(2 * n);
                let ((first, second), (third, fourth)) = (first.split_at(n), last.split_at(n));
                let rows = first.iter().zip(second).zip(third.iter().zip(fourth));
                for (sum, ((p, q), (r, s))) in result.iter_mut().zip(rows) {
                    *sum += (a * p + b * q) + (c * r + d * s);
                }
                continue;
            }
            for (factor, row) in factors.iter().zip(rows.chunks_exact(n)) {
                result.iter_mut().zip(row).for_each(|(sum, p)| *sum += factor * p);
            }
        }
    }

    /// Makes every row add up to 1.
    fn make_good(&mut self) {
        let n = self.reward.len();
        self.matrix.chunks_exact_mut(n).for_each(scale_to_one);
    }

    /// Moves a distribution on over the span.
    fn advance(&self, moment: &mut Moment) {
        moment.reward += dot(&moment.states, &self.reward);
        let mut states = vec![0.0; moment.states.len()];
        self.add_product(&moment.states, &mut states);
        scale_to_one(&mut states);
        moment.states = states;
    }
}

fn dot(left: &[f64], right: &[f64]) -> f64 {
    left.iter().zip(right).map(|(a, b)| a * b).sum()
}

fn scale_to_one(row: &mut [f64]) {
    let total: f64 = row.iter().sum();
    for p in row {
        *p /= total;
    }
}
