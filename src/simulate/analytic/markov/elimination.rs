//! Elimination of states without subtraction (Grassmann, Taksar and Heyman 1985).
//!
//! A state is eliminated by giving its flow to where it would have gone: a path i → k → j becomes a rate
//! `a[i][k] · a[k][j] / Σ a[k][·]` from i to j. The exit rate of a state is always the sum of its rates,
//! never a difference, so every result has a relative error of a few n roundings (O'Cinneide 1993),
//! however small it is.
//!
//! States with few neighbours go first (Markowitz 1957), as sparse rows; when the rest has filled up,
//! the elimination continues with a dense matrix.

use super::chain::{MarkovError, refuse_late};
use crate::base::patience::Patience;
use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

type Row = Vec<(usize, f64)>;

/// Matrix entries that an elimination may store: 320 MB of rows and columns.
const ENTRIES_MAX: usize = 20_000_000;

/// States that may be left for the dense matrix: 128 MB, some 20 seconds.
const DENSE_MAX: usize = 4_000;

/// A chain from which all states but the first few have been eliminated.
pub(super) struct Elimination {
    /// The states eliminated as sparse rows, in that order.
    sparse: Vec<Removed>,
    /// The others.
    dense: Dense,
    states: usize,
}

/// An eliminated state.
#[derive(Clone)]
struct Removed {
    state: usize,
    /// Its exit rate, towards the states that remained.
    exit: f64,
    /// Its targets, with the rates to them.
    row: Row,
    /// The states that led to it, each with its rate divided by `exit`.
    column: Row,
}

/// States as a full matrix, the kept ones first; eliminated from the last backwards.
struct Dense {
    states: Vec<usize>,
    kept: usize,
    /// Row i starts at i · n. Below the diagonal are rates, above it rates divided by the exit rate of
    /// the column's state.
    matrix: Vec<f64>,
    /// By place in the matrix, the exit rate towards the states before it.
    exits: Vec<f64>,
}

impl Elimination {
    /// Eliminates all states but 0 to `kept` − 1. Every other state must lead to a kept one.
    pub(super) fn of(rows: Vec<Row>, kept: usize, patience: Patience) -> Result<Self, MarkovError> {
        let states = rows.len();
        let mut working = Working::new(rows, kept);
        let mut sparse = Vec::new();
        while !working.is_full()
            && let Some(state) = working.next()
        {
            sparse.push(working.remove(state)?);
            refuse_late(patience)?;
        }
        let dense = working.into_dense(kept, patience)?;
        Ok(Self { sparse, dense, states })
    }

    /// Returns the long-run weights of the states of an irreducible chain of which one state was kept.
    /// That state has an arbitrary weight, so only ratios have a meaning.
    pub(super) fn weights(&self) -> Vec<f64> {
        let mut weights = vec![0.0; self.states];
        weights[0] = 1.0;
        // In reverse order of elimination: the weight of a state is the flow into it over its exit rate,
        // and the flow comes from states whose weights are known. The column holds rates that are
        // divided by the exit rate already.
        for removed in self.removed().rev() {
            let weight: f64 = removed.column.iter().map(|(from, factor)| weights[*from] * factor).sum();
            weights[removed.state] = weight;
            rescale(&mut weights, removed.state);
        }
        weights
    }

    /// Returns, by state, the expected sum of the time spent in each state times its entry in `reward`,
    /// until a kept state is reached.
    pub(super) fn expected(&self, mut reward: Vec<f64>) -> Vec<f64> {
        // Forwards: each second in a state that leads to an eliminated one is followed by `factor` seconds
        // in the latter, so it takes over that much of its reward.
        for removed in self.removed() {
            let own = reward[removed.state];
            removed.column.iter().for_each(|(from, factor)| reward[*from] += factor * own);
        }
        // Backwards: a visit to a state lasts 1 / exit, and leads on to states whose results are known.
        let mut expected = vec![0.0; self.states];
        for removed in self.removed().rev() {
            let onward: f64 = removed.row.iter().map(|(to, rate)| rate * expected[*to]).sum();
            expected[removed.state] = (reward[removed.state] + onward) / removed.exit;
        }
        expected
    }

    /// Returns the probabilities of reaching each kept state first, from an initial distribution.
    pub(super) fn absorbed(&self, mut mass: Vec<f64>) -> Vec<f64> {
        // An eliminated state hands its probability on to its targets, in proportion to the rates.
        for removed in self.removed() {
            let share = mass[removed.state] / removed.exit;
            removed.row.iter().for_each(|(to, rate)| mass[*to] += share * rate);
        }
        mass.truncate(self.dense.kept);
        mass
    }

    /// Returns the eliminated states in the order of their elimination.
    fn removed(&self) -> impl DoubleEndedIterator<Item = Cow<'_, Removed>> {
        let dense = (self.dense.kept..self.dense.states.len()).rev();
        self.sparse.iter().map(Cow::Borrowed).chain(dense.map(move |at| Cow::Owned(self.dense.removed(at))))
    }
}

/// Scales all weights down when the newest one threatens to overflow.
fn rescale(weights: &mut [f64], newest: usize) {
    const LARGE: f64 = 1e150;
    if weights[newest] > LARGE {
        for weight in weights {
            *weight /= LARGE;
        }
    }
}

/// A chain while states are being eliminated.
struct Working {
    /// By state, its targets among the states left, in ascending order.
    rows: Vec<Row>,
    /// By state, the states that lead to it, possibly with some that have been eliminated.
    sources: Vec<Vec<usize>>,
    /// By state, the number of states left that lead to it.
    sources_left: Vec<usize>,
    gone: Vec<bool>,
    kept: usize,
    left: usize,
    /// Rates among the states left.
    entries: usize,
    /// Rates stored with eliminated states.
    stored: usize,
    /// Cheapest states first. An entry with an outdated cost is skipped, as its state is in the queue
    /// again.
    queue: BinaryHeap<Reverse<(usize, usize)>>,
}

impl Working {
    fn new(rows: Vec<Row>, kept: usize) -> Self {
        let mut sources = vec![Vec::new(); rows.len()];
        for (from, row) in rows.iter().enumerate() {
            for (to, _) in row {
                sources[*to].push(from);
            }
        }
        let mut working = Self {
            sources_left: sources.iter().map(Vec::len).collect(),
            gone: vec![false; rows.len()],
            kept,
            left: rows.len(),
            entries: rows.iter().map(Vec::len).sum(),
            stored: 0,
            queue: BinaryHeap::new(),
            rows,
            sources,
        };
        (kept..working.rows.len()).for_each(|state| working.enqueue(state));
        working
    }

    /// Returns the largest number of rates that eliminating this state can add.
    fn cost(&self, state: usize) -> usize {
        self.rows[state].len() * self.sources_left[state]
    }

    fn enqueue(&mut self, state: usize) {
        if state >= self.kept {
            self.queue.push(Reverse((self.cost(state), state)));
        }
    }

    /// Returns the cheapest state; the first of them in case of a tie.
    fn next(&mut self) -> Option<usize> {
        while let Some(Reverse((cost, state))) = self.queue.pop() {
            if !self.gone[state] && cost == self.cost(state) {
                return Some(state);
            }
        }
        None
    }

    /// Returns whether the rest is full enough for a dense matrix.
    fn is_full(&self) -> bool {
        const SMALL: usize = 16;
        // A matrix is worth its memory once a quarter of it is filled.
        self.left <= SMALL.max(self.kept) || self.entries > self.left * self.left / 4
    }

    /// Eliminates a state.
    fn remove(&mut self, state: usize) -> Result<Removed, MarkovError> {
        let row = std::mem::take(&mut self.rows[state]);
        let exit: f64 = row.iter().map(|(_, rate)| rate).sum();
        if !(exit > 0.0 && exit.is_finite()) {
            return Err(MarkovError::OutOfRange);
        }
        self.gone[state] = true;
        self.left -= 1;
        self.entries -= row.len();
        for (to, _) in &row {
            self.sources_left[*to] -= 1;
        }
        let mut column = std::mem::take(&mut self.sources[state]);
        column.retain(|source| !self.gone[*source]);
        let column: Row =
            column.into_iter().map(|source| (source, self.bypass(source, state, &row, exit))).collect();
        let touched = row.iter().chain(&column);
        touched.for_each(|(neighbour, _)| self.enqueue(*neighbour));
        self.stored += row.len() + column.len();
        if self.stored + self.entries > ENTRIES_MAX {
            return Err(self.too_large());
        }
        Ok(Removed { state, exit, row, column })
    }

    /// Redirects what `source` sends through `via`; returns the rate from `source` to `via` divided by
    /// the exit rate of `via`.
    fn bypass(&mut self, source: usize, via: usize, row: &Row, exit: f64) -> f64 {
        let old = std::mem::take(&mut self.rows[source]);
        let place = old.binary_search_by_key(&via, |(to, _)| *to);
        let factor = place.map_or(0.0, |place| old[place].1 / exit);
        // Merges two ascending rows: the rates of `source` and, multiplied by `factor`, those of `via`.
        let mut merged = Vec::with_capacity(old.len() + row.len());
        // A detour that leads back to `source` is no transition.
        let mut added = row.iter().filter(|(to, _)| *to != source).peekable();
        for (to, rate) in old.iter().copied().filter(|(to, _)| *to != via) {
            while let Some((new, extra)) = added.next_if(|(new, _)| *new < to) {
                self.link(source, *new);
                merged.push((*new, factor * extra));
            }
            let extra = added.next_if(|(new, _)| *new == to).map_or(0.0, |(_, extra)| *extra);
            merged.push((to, rate + factor * extra));
        }
        for (new, extra) in added {
            self.link(source, *new);
            merged.push((*new, factor * extra));
        }
        self.entries += merged.len();
        self.entries -= old.len();
        self.rows[source] = merged;
        factor
    }

    /// Records that `source` now leads to `to`.
    fn link(&mut self, source: usize, to: usize) {
        self.sources[to].push(source);
        self.sources_left[to] += 1;
    }

    fn too_large(&self) -> MarkovError {
        MarkovError::TooLarge { states: self.rows.len(), entries_max: ENTRIES_MAX }
    }

    /// Continues with the remaining states as a full matrix.
    fn into_dense(self, kept: usize, patience: Patience) -> Result<Dense, MarkovError> {
        let states: Vec<usize> = (0..self.rows.len()).filter(|state| !self.gone[*state]).collect();
        let n = states.len();
        if n > DENSE_MAX.max(kept) || n.saturating_mul(n) > ENTRIES_MAX {
            return Err(self.too_large());
        }
        let mut matrix = vec![0.0; n * n];
        for (at, state) in states.iter().enumerate() {
            for (to, rate) in &self.rows[*state] {
                if let Ok(to) = states.binary_search(to) {
                    matrix[at * n + to] = *rate;
                }
            }
        }
        let exits = vec![0.0; n];
        let mut dense = Dense { states, kept, matrix, exits };
        for at in (kept..n).rev() {
            dense.remove(at)?;
            refuse_late(patience)?;
        }
        Ok(dense)
    }
}

impl Dense {
    /// Returns a state as it was eliminated.
    fn removed(&self, at: usize) -> Removed {
        let n = self.states.len();
        let earlier = self.states.iter().copied().take(at);
        let column = self.matrix.iter().copied().skip(at).step_by(n);
        Removed {
            state: self.states[at],
            exit: self.exits[at],
            row: earlier.clone().zip(self.matrix[at * n..].iter().copied()).collect(),
            column: earlier.zip(column).collect(),
        }
    }

    /// Eliminates state `at`, the last one left. The diagonal fills up with values that are never read.
    fn remove(&mut self, at: usize) -> Result<(), MarkovError> {
        let n = self.states.len();
        let (others, own) = self.matrix.split_at_mut(at * n);
        let row = &own[..at];
        let exit: f64 = row.iter().sum();
        if !(exit > 0.0 && exit.is_finite()) {
            return Err(MarkovError::OutOfRange);
        }
        self.exits[at] = exit;
        // Every state that leads to this one takes over its rates, multiplied by the factor.
        for other in others.chunks_exact_mut(n).filter(|other| other[at] > 0.0) {
            let factor = other[at] / exit;
            other[at] = factor;
            other.iter_mut().zip(row).for_each(|(rate, extra)| *rate += factor * extra);
        }
        Ok(())
    }
}
