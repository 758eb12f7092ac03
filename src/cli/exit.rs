//! Exit codes. They are an interface, documented in docs/exit-codes.md.

use crate::base::outcome::Outcome;
use std::process::ExitCode;

/// How the process ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Success: every objective held, or none was stated.
    Fine,
    /// A stated objective was missed.
    Missed,
    /// Whether a stated objective was met is not known.
    Inconclusive,
    /// Usage error or bad input.
    Usage,
    /// A chaos run ended; the code is that of its verdict.
    Judged(u8),
    /// Stopped by this signal.
    Interrupted(u8),
}

impl Exit {
    /// Returns the exit code.
    pub fn code(self) -> u8 {
        match self {
            Self::Fine => 0,
            Self::Missed => 1,
            Self::Usage => 2,
            Self::Inconclusive => 3,
            Self::Judged(code) => code,
            Self::Interrupted(signal) => 128_u8.saturating_add(signal),
        }
    }
}

impl From<Option<Outcome>> for Exit {
    /// The exit code of a run whose worst outcome this is; `None` if nothing was required.
    fn from(worst: Option<Outcome>) -> Self {
        match worst {
            Some(Outcome::Missed) => Self::Missed,
            Some(Outcome::Inconclusive) => Self::Inconclusive,
            Some(Outcome::Held) | None => Self::Fine,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
