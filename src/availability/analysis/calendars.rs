//! The periods of a breakdown by calendar.

use crate::base::time::{Timestamp, Zone};
use crate::timeline::Span;
use crate::timeline::calendar::{Cycle, Period, periods};

/// The periods into which a cycle divides the window.
pub(super) struct Calendar {
    /// The periods, in order.
    pub periods: Vec<Period>,
    /// The start of every span of the periods with the index of its period, in order of time.
    starts: Vec<(Timestamp, usize)>,
}

impl Calendar {
    /// Divides the window.
    pub(super) fn new(cycle: Cycle, window: Span, zone: &Zone) -> Result<Self, String> {
        let periods = periods(cycle, window, zone)?;
        let spans = periods.iter().enumerate().flat_map(|(i, p)| p.spans.iter().map(move |s| (s.start, i)));
        let mut starts: Vec<_> = spans.collect();
        starts.sort_unstable();
        Ok(Self { periods, starts })
    }

    /// Returns the index of the period that contains an instant of the window.
    pub(super) fn index_at(&self, instant: Timestamp) -> Option<usize> {
        // The spans of all periods tile the window, so the last one to start by `instant` contains it.
        let after = self.starts.partition_point(|(start, _)| *start <= instant);
        self.starts.get(after.checked_sub(1)?).map(|(_, i)| *i)
    }
}
