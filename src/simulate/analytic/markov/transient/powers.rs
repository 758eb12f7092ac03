//! Powers of a stochastic matrix by squaring, for chains that are too stiff for single steps.
//!
//! P(h) for a very short h is squared until it spans the longest time; for each time, the squares that
//! the binary digits of time / h name are applied one after the other. Entries are sums of products of
//! nonnegative numbers, so small ones keep their relative precision.
//!
//! One thing would go wrong: a row that adds up to 1 + ε squares to one that adds up to 1 + 2ε, and 40
//! squarings make 10⁻⁴ of 10⁻¹⁶. So every row is scaled to 1 after each squaring. The errors that are
//! left add up over the squarings but do not double: the errors of a row that adds up to 1 average out
//! where the chain mixes, and where it does not, near the identity, P(2t) has the relative errors of
//! P(t).

use super::{Course, Moment, dot, uniformisation};
use crate::simulate::analytic::markov::chain::{MarkovError, refuse_late};

/// Largest mean number of uniformisation steps within the first short time.
const FIRST_STEPS: f64 = 1.0 / 64.0;

/// Number of squarings that a 128-bit integer can count.
const SQUARINGS_MAX: f64 = 120.0;

/// Returns the multiplications that `states` states take over a time of `steps` uniformisation steps.
pub(super) fn work(states: usize, steps: f64) -> f64 {
    let squarings = (steps / FIRST_STEPS).log2().max(0.0) + 2.0;
    if squarings > SQUARINGS_MAX {
        return f64::INFINITY;
    }
    (states as f64).powi(3) * squarings
}

/// Solves a transient problem by squaring.
pub(super) fn run(course: &Course<'_>) -> Result<Vec<Moment>, MarkovError> {
    // A power of two, so that the division of the times by it is exact.
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
    // Bit b of a count stands for 2^b short times. All powers commute, so their order does not matter.
    let longest = counts.iter().max().copied().unwrap_or(0);
    for bit in 0..u128::BITS - longest.leading_zeros() {
        refuse_late(course.chain.patience())?;
        if bit > 0 {
            square = square.doubled();
        }
        let named = moments.iter_mut().zip(&counts).filter(|(_, count)| *count >> bit & 1 == 1);
        named.for_each(|(moment, _)| square.advance(moment));
    }
    Ok(moments)
}

/// The chain over some span of time.
struct Square {
    /// By row, the distribution at the end of the span from each state.
    matrix: Vec<f64>,
    /// From each state, the expected reward over the span.
    reward: Vec<f64>,
}

impl Square {
    /// Computes the chain over `time`, by a few steps of uniformisation from each state.
    fn first(course: &Course<'_>, time: f64) -> Result<Self, MarkovError> {
        let n = course.chain.states();
        let mut matrix: Vec<f64> = Vec::with_capacity(n * n);
        let mut rewards = Vec::with_capacity(n);
        for state in 0..n {
            let mut initial = vec![0.0; n];
            initial[state] = 1.0;
            let reward = course.reward.clone();
            let from_state = Course { initial, reward, times: &[time], ..*course };
            for moment in uniformisation::run(&from_state)? {
                matrix.extend(moment.states);
                rewards.push(moment.reward);
            }
        }
        matrix.chunks_exact_mut(n).for_each(scale_to_one);
        Ok(Self { matrix, reward: rewards })
    }

    /// Returns the chain over twice the time.
    fn doubled(&self) -> Self {
        let n = self.reward.len();
        let mut matrix = vec![0.0; n * n];
        for (row, result) in self.matrix.chunks_exact(n).zip(matrix.chunks_exact_mut(n)) {
            self.add_product(row, result);
        }
        // In the second half the reward is that of the state reached in the middle.
        let later = self.matrix.chunks_exact(n).map(|row| dot(row, &self.reward));
        let reward = self.reward.iter().zip(later).map(|(now, later)| now + later).collect();
        matrix.chunks_exact_mut(n).for_each(scale_to_one);
        Self { matrix, reward }
    }

    /// Adds `row` times the matrix to `result`. Four rows of the matrix at a time: `result` is then read
    /// and written four times less often.
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

    /// Advances a moment by the span.
    fn advance(&self, moment: &mut Moment) {
        moment.reward += dot(&moment.states, &self.reward);
        let mut states = vec![0.0; moment.states.len()];
        self.add_product(&moment.states, &mut states);
        scale_to_one(&mut states);
        moment.states = states;
    }
}

fn scale_to_one(row: &mut [f64]) {
    let total: f64 = row.iter().sum();
    for p in row {
        *p /= total;
    }
}
