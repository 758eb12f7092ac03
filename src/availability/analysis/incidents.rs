//! Single incidents, and what is counted of them.

use crate::availability::evidence::Extra;
use crate::timeline::Span;

/// A row that counts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Incident {
    /// The row's number over all inputs.
    pub row: u32,
    /// Start to end, clipped to the window.
    pub span: Span,
    /// Index of its attributes, or [`NO_EXTRA`](crate::availability::rows::NO_EXTRA).
    pub extra: u32,
    /// Start to end as logged, before clipping to the window; without an end until the end of the log.
    pub whole: Span,
    /// Whether it has no end.
    pub open: bool,
}

/// Counts of a group of incidents and the sums behind MTTD and MTTA.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct RowStats {
    /// Number of incidents.
    pub incidents: u64,
    /// Number of incidents without further rows of the same incident for other services.
    pub distinct: u64,
    /// Sum of the microseconds to detection, and the number of terms. Integers, so that the sum does not
    /// depend on the order.
    pub detect: (i64, u64),
    /// Sum of the microseconds to acknowledgement, and the number of terms.
    pub acknowledge: (i64, u64),
}

impl RowStats {
    /// Adds one incident.
    pub(super) fn add(&mut self, incident: &Incident, extra: Option<&Extra>) {
        self.incidents += 1;
        self.distinct += u64::from(!extra.is_some_and(|extra| extra.repeated));
        let Some(extra) = extra else { return };
        for (sum, at) in [(&mut self.detect, extra.detected), (&mut self.acknowledge, extra.acknowledged)] {
            if let Some(after) = at.map(|at| at.0 - incident.whole.start.0).filter(|after| *after >= 0) {
                *sum = (sum.0.saturating_add(after), sum.1 + 1);
            }
        }
    }

    /// Adds the counts and sums of another group.
    pub(super) fn absorb(&mut self, other: &Self) {
        self.incidents += other.incidents;
        self.distinct += other.distinct;
        self.detect = (self.detect.0 + other.detect.0, self.detect.1 + other.detect.1);
        self.acknowledge =
            (self.acknowledge.0 + other.acknowledge.0, self.acknowledge.1 + other.acknowledge.1);
    }
}
