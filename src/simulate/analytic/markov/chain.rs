//! A validated chain: states and the rates between them.

use crate::base::patience::Patience;
use crate::stats::summary::CompensatedSum;

/// Why a chain, or an answer from it, is not available.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum MarkovError {
    /// A rate is not positive and finite, or not between two different states of the chain.
    #[error(
        "the rate {rate} from state {from} to state {to} must be positive, finite and between two states"
    )]
    BadRate {
        /// State that it leads from.
        from: usize,
        /// State that it leads to.
        to: usize,
        /// The rate, per second.
        rate: f64,
    },
    /// A list does not have one entry for each state.
    #[error("a list has {given} entries for {states} states")]
    WrongLength {
        /// Entries in the list.
        given: usize,
        /// Number of states.
        states: usize,
    },
    /// An initial distribution has a negative entry, or does not add up to 1.
    #[error("the initial probabilities are negative, not finite, or do not add up to 1")]
    BadInitial,
    /// A time is negative or not finite.
    #[error("the time {0} is negative or not finite")]
    BadTime(f64),
    /// The elimination would take more memory or time than allowed.
    #[error("eliminating {states} states takes more than {entries_max} matrix entries")]
    TooLarge {
        /// Number of states.
        states: usize,
        /// Matrix entries allowed.
        entries_max: usize,
    },
    /// Too many states for powers of a matrix, and too many steps for uniformisation.
    #[error("{states} states are too many for a chain this stiff: uniformisation would take {steps:e} steps")]
    TooStiff {
        /// Number of states.
        states: usize,
        /// Largest rate times longest time.
        steps: f64,
    },
    /// The computation was ended.
    #[error("the time limit ended its solution")]
    OutOfTime,
    /// An intermediate result is beyond the range of floating-point numbers.
    #[error("the rates lie too far apart for floating-point numbers")]
    OutOfRange,
}

/// Fails when the time is over.
pub(super) fn refuse_late(patience: Patience) -> Result<(), MarkovError> {
    if patience.is_over() { Err(MarkovError::OutOfTime) } else { Ok(()) }
}

/// A continuous-time Markov chain with states 0 to n − 1 and sparse rates.
#[derive(Debug, Clone, PartialEq)]
pub struct Chain {
    /// By state, its targets in ascending order, with the rates to them.
    rows: Vec<Vec<(usize, f64)>>,
    /// How long each answer may take.
    patience: Patience,
}

impl Chain {
    /// Builds a chain of `states` states with the transitions (from, to, rate per second). Rates between
    /// the same two states are added. A state without rates is absorbing.
    ///
    /// # Errors
    ///
    /// A state that does not exist, or a rate that is not positive and finite or leads back to its own
    /// state.
    pub fn new(
        states: usize,
        rates: impl IntoIterator<Item = (usize, usize, f64)>,
    ) -> Result<Self, MarkovError> {
        let mut rows = vec![Vec::new(); states];
        for (from, to, rate) in rates {
            if !(rate > 0.0 && rate.is_finite()) || from == to || from.max(to) >= states {
                return Err(MarkovError::BadRate { from, to, rate });
            }
            rows[from].push((to, rate));
        }
        for (from, row) in rows.iter_mut().enumerate() {
            add_up(row);
            let total: f64 = row.iter().map(|(_, rate)| rate).sum();
            if let Some((to, rate)) = row.last().copied().filter(|_| !total.is_finite()) {
                return Err(MarkovError::BadRate { from, to, rate });
            }
        }
        Ok(Self { rows, patience: Patience::ENDLESS })
    }

    /// Limits the time of each answer.
    #[must_use]
    pub fn with_patience(self, patience: Patience) -> Self {
        Self { patience, ..self }
    }

    /// Returns how long an answer may take.
    pub(super) fn patience(&self) -> Patience {
        self.patience
    }

    /// Returns the number of states.
    pub fn states(&self) -> usize {
        self.rows.len()
    }

    /// Returns the number of pairs of states with a rate.
    pub fn transitions(&self) -> usize {
        self.rows.iter().map(Vec::len).sum()
    }

    /// Returns the shortest mean sojourn time of a state, in seconds; infinite where no state is ever
    /// left.
    pub fn pace_s(&self) -> f64 {
        1.0 / self.exits().fold(0.0, f64::max)
    }

    /// Returns, by state, its targets in ascending order, with the rates to them.
    pub(super) fn rows(&self) -> &[Vec<(usize, f64)>] {
        &self.rows
    }

    /// Returns the exit rate of each state.
    pub(super) fn exits(&self) -> impl Iterator<Item = f64> {
        self.rows.iter().map(|row| row.iter().map(|(_, rate)| rate).sum())
    }

    /// Fails unless there is one entry for each state.
    pub(super) fn check_length<T>(&self, list: &[T]) -> Result<(), MarkovError> {
        if list.len() == self.states() {
            return Ok(());
        }
        Err(MarkovError::WrongLength { given: list.len(), states: self.states() })
    }

    /// Returns the initial distribution, scaled so that it adds up to 1 to the last digit.
    pub(super) fn check_initial(&self, initial: &[f64]) -> Result<Vec<f64>, MarkovError> {
        // Allows for the caller's rounding of a few thousand probabilities.
        const SUM_TOLERANCE: f64 = 1e-9;
        self.check_length(initial)?;
        let total = initial.iter().copied().collect::<CompensatedSum>().value();
        let positive = initial.iter().all(|p| *p >= 0.0);
        // Negated, so that NaN is rejected as well.
        if !positive || !((total - 1.0).abs() <= SUM_TOLERANCE) {
            return Err(MarkovError::BadInitial);
        }
        Ok(initial.iter().map(|p| p / total).collect())
    }
}

/// Sorts a row by target, and adds the rates to the same target.
pub(super) fn add_up(row: &mut Vec<(usize, f64)>) {
    row.sort_by_key(|(to, _)| *to);
    row.dedup_by(|(to, rate), (kept_to, kept_rate)| {
        let same = to == kept_to;
        if same {
            *kept_rate += *rate;
        }
        same
    });
}
