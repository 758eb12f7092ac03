//! The outcome of everything that is held against a bound: gates, objectives, expectations.

use serde::Serialize;

/// Whether a stated condition held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The condition held.
    Held,
    /// The condition was missed.
    Missed,
    /// The data do not decide it: nothing was measured, or the interval does not lie wholly on one side.
    Inconclusive,
}

impl Outcome {
    /// The worst of several: missed, else inconclusive, else held; `None` of none.
    pub fn worst(outcomes: impl Iterator<Item = Self>) -> Option<Self> {
        let badness = |outcome: &Self| match outcome {
            Self::Held => 0,
            Self::Inconclusive => 1,
            Self::Missed => 2,
        };
        outcomes.max_by_key(badness)
    }

    /// The name for machines, as in JSON and CSV.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Missed => "missed",
            Self::Inconclusive => "inconclusive",
        }
    }
}
