//! Exit codes are an interface: docs/exit-codes.md.

use std::process::ExitCode;

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Everything is fine, or every objective held.
    Fine,
    /// A stated objective was missed.
    Missed,
    /// Usage or bad input.
    Usage,
    /// An experiment came out so: its verdict knows the number.
    Judged(u8),
    /// Stopped by this signal.
    Interrupted(u8),
}

impl Exit {
    /// The number.
    pub fn code(self) -> u8 {
        match self {
            Self::Fine => 0,
            Self::Missed => 1,
            Self::Usage => 2,
            Self::Judged(code) => code,
            Self::Interrupted(signal) => 128_u8.saturating_add(signal),
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
