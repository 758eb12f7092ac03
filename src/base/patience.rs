//! How long a computation may go on.
//!
//! The only clock inside the layers: it ends a computation, and no figure depends on it.

use std::time::Instant;

/// How long a computation may go on. Long loops look at it now and then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Patience {
    until: Option<Instant>,
}

impl Patience {
    /// Without an end.
    pub const ENDLESS: Self = Self { until: None };

    /// Until a moment, if one is given.
    pub const fn until(until: Option<Instant>) -> Self {
        Self { until }
    }

    /// Whether the computation must end now.
    pub fn is_over(self) -> bool {
        self.until.is_some_and(|until| Instant::now() >= until)
    }
}
