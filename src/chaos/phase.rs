//! The phases of a run.

/// A phase of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// The load runs, and nothing is judged.
    WarmUp,
    /// The steady state is measured.
    Baseline,
    /// The run waits for the responses of the baseline, and for the start of the next window. The faults
    /// may hit requests that are due meanwhile, so these are not judged.
    Settling,
    /// The faults are on.
    Fault,
    /// The faults are off again.
    Recovery,
}

impl Phase {
    /// Returns the name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::WarmUp => "warm-up",
            Self::Baseline => "baseline",
            Self::Settling => "settling",
            Self::Fault => "fault",
            Self::Recovery => "recovery",
        }
    }
}
