//! One line of a timeline: when a service was up, down, in maintenance or unknown in a window.

use super::{Span, Spans};
use crate::base::time::Timestamp;

/// The states of one service, or of a whole system, over a window.
///
/// Every instant of the window is in exactly one state. Where sources disagree, the order of precedence
/// is maintenance, down, unknown, up: planned work is never downtime, and time known to be down is not
/// unknown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The observed window.
    pub window: Span,
    /// The outages, merged and clipped to the window, before maintenance is taken out.
    pub outages: Spans,
    /// Planned maintenance inside the window.
    pub maintenance: Spans,
    /// Time of unknown state; disjoint from the outages and from maintenance.
    pub unknown: Spans,
    /// Time before the service was put into service, which counts in no figure; disjoint from all other states.
    pub absent: Spans,
    /// Failures of zero length outside all outages, in order.
    pub instants: Vec<Timestamp>,
    /// Whether the last outage had not ended at the window's end (right-censored).
    pub open: bool,
}

/// One outage of a [`Line`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outage {
    /// From the failure to the restoration, clipped to the window.
    pub span: Span,
    /// The part of it outside maintenance, in microseconds.
    pub unplanned_micros: i64,
    /// Whether it had not ended at the window's end.
    pub open: bool,
}

impl Line {
    /// Creates a line from outages in any order, clipped to `window`; maintenance and unknown time may
    /// be empty.
    pub fn new(window: Span, outages: &Spans, maintenance: &Spans, unknown: &Spans) -> Self {
        let mut line = Self::inside(window, outages.clip(window), maintenance.clip(window));
        if !unknown.is_empty() {
            line.unknown = unknown.clip(window).subtract(&line.outages).subtract(&line.maintenance);
        }
        line
    }

    /// Creates a line from outages and maintenance that already lie inside the window; nothing is
    /// unknown.
    pub fn inside(window: Span, outages: Spans, maintenance: Spans) -> Self {
        Self {
            window,
            outages,
            maintenance,
            unknown: Spans::new(),
            absent: Spans::new(),
            instants: Vec::new(),
            open: false,
        }
    }

    /// Excludes the time before the service was put into service.
    #[must_use]
    pub fn in_service_from(mut self, start: Timestamp) -> Self {
        let absent = Spans::from(Span::new(self.window.start, start.min(self.window.end)));
        if start <= self.window.start {
            return self;
        }
        for state in [&mut self.outages, &mut self.maintenance, &mut self.unknown] {
            *state = state.subtract(&absent);
        }
        self.instants.retain(|at| *at >= start);
        self.absent = absent;
        self
    }

    /// Adds failures of zero length; those outside the window or inside an outage are dropped.
    #[must_use]
    pub fn with_instants(mut self, mut instants: Vec<Timestamp>) -> Self {
        instants.retain(|at| self.window.contains(*at) && !self.outages.contains(*at));
        instants.sort_unstable();
        instants.dedup();
        self.instants = instants;
        self
    }

    /// Marks the outage that reaches the window's end as not ended.
    #[must_use]
    pub fn with_open(mut self, open: bool) -> Self {
        let reaches_end = self.outages.as_slice().last().is_some_and(|last| last.end == self.window.end);
        self.open = open && reaches_end;
        self
    }

    /// Returns the downtime: the outages without maintenance.
    pub fn down(&self) -> Spans {
        if self.maintenance.is_empty() {
            self.outages.clone()
        } else {
            self.outages.subtract(&self.maintenance)
        }
    }

    /// Returns maintenance, unknown time and time before the service was put into service, which are neither
    /// up nor down.
    pub fn not_counted(&self) -> Spans {
        self.maintenance.union(&self.unknown).union(&self.absent)
    }

    /// Iterates over the outages in order, each with its unplanned part.
    pub fn each_outage(&self) -> impl Iterator<Item = Outage> + '_ {
        let count = self.outages.len();
        self.outages.iter().enumerate().map(move |(i, span)| Outage {
            span: *span,
            unplanned_micros: span.micros() - self.maintained_micros(*span),
            open: self.open && i + 1 == count,
        })
    }

    fn maintained_micros(&self, span: Span) -> i64 {
        if self.maintenance.is_empty() { 0 } else { self.maintenance.clip(span).micros() }
    }
}

#[cfg(test)]
mod tests {
    use super::Line;
    use crate::base::time::Timestamp;
    use crate::timeline::{Span, Spans};

    fn span(start: i64, end: i64) -> Span {
        Span::new(Timestamp(start), Timestamp(end))
    }

    #[test]
    fn maintenance_is_neither_downtime_nor_observed_time() {
        let line = Line::new(span(0, 1000), &span(100, 200).into(), &span(150, 300).into(), &Spans::new());
        assert_eq!(line.down(), span(100, 150).into());
        assert_eq!(line.not_counted(), span(150, 300).into());
        assert_eq!(line.each_outage().map(|o| o.unplanned_micros).collect::<Vec<_>>(), [50]);
    }

    #[test]
    fn time_known_to_be_down_is_not_unknown() {
        let line = Line::new(span(0, 100), &span(10, 30).into(), &Spans::new(), &span(20, 50).into());
        assert_eq!(line.unknown, span(30, 50).into());
    }

    #[test]
    fn a_failure_of_zero_length_inside_an_outage_is_part_of_it() {
        let line = Line::new(span(0, 100), &span(10, 30).into(), &Spans::new(), &Spans::new())
            .with_instants(vec![Timestamp(20), Timestamp(30), Timestamp(200)]);
        assert_eq!(line.instants, [Timestamp(30)]);
    }
}
