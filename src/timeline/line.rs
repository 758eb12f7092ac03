//! One line of a timeline: when a service was up, down, in maintenance or unknown in a window.

use super::{Span, Spans};
use crate::base::time::Timestamp;
use std::borrow::Cow;

/// The states of one service, or of a whole system, over a window.
///
/// Every instant of the window is in exactly one state. Where sources disagree, the order of precedence
/// is maintenance, down, unknown, up: planned work is never downtime, and time known to be down is not
/// unknown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
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
    /// The outages, by index and in order, whose time to restore is not their unplanned length in the window.
    restores: Vec<(usize, TimeToRestore)>,
}

/// What is known of a time to restore, in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeToRestore {
    /// The time for which the service was down for certain.
    pub least_micros: i64,
    /// The longest time for which it can have been down; `None` without a limit.
    pub most_micros: Option<i64>,
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
    /// The time to restore. It includes time outside the window.
    pub restore: TimeToRestore,
}

impl Line {
    /// Creates a line from outages in any order, clipped to `window`; maintenance and unknown time may
    /// be empty. An outage next to unknown time may have lasted through it.
    pub fn new(window: Span, outages: &Spans, maintenance: &Spans, unknown: &Spans) -> Self {
        let line = Self::inside(window, outages.clip(window), maintenance.clip(window));
        let unknown = unknown.clip(window);
        line.with_unknown(&unknown)
    }

    /// Adds time in which the state is not known. The times to restore of outages beside it are then known within
    /// bounds.
    #[must_use]
    pub fn with_unknown(mut self, unknown: &Spans) -> Self {
        if !unknown.is_empty() {
            self.bound_restores(&unknown.subtract(&self.outages));
            self.unknown = unknown.subtract(&self.outages).subtract(&self.maintenance);
        }
        self
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
            restores: Vec::new(),
        }
    }

    /// Bounds the times to restore of the outages next to time that may have been down. Such time at an edge of
    /// the window has no limit.
    fn bound_restores(&mut self, unknown: &Spans) {
        let perhaps_down = self.outages.union(unknown);
        let mut around = perhaps_down.iter().peekable();
        let mut restores = Vec::new();
        for (i, outage) in self.outages.iter().enumerate() {
            while around.next_if(|span| span.end < outage.end).is_some() {}
            let Some(whole) = around.peek().filter(|whole| **whole != outage) else { continue };
            let edges = [(whole.start, self.window.start), (whole.end, self.window.end)];
            let has_limit = edges.into_iter().all(|(end, edge)| end != edge || !unknown.touches(edge));
            let most_micros = has_limit.then(|| self.unplanned_micros(**whole));
            restores.push((i, TimeToRestore { least_micros: self.unplanned_micros(*outage), most_micros }));
        }
        self.restores = restores;
    }

    /// Returns the part of this line inside `window`, which lies in the line's own window. The times to restore
    /// stay those of whole outages.
    #[must_use]
    pub fn restrict(&self, window: Span) -> Cow<'_, Self> {
        if window == self.window {
            return Cow::Borrowed(self);
        }
        let outages = self.outages.clip(window);
        let before = self.outages.iter().take_while(|outage| outage.end <= window.start).count();
        let mut restores = Vec::new();
        let wholes = self.each_outage().skip(before).take(outages.len());
        for (i, (whole, part)) in wholes.zip(&outages).enumerate() {
            if whole.span != *part || whole.restore != TimeToRestore::exact(whole.unplanned_micros) {
                restores.push((i, whole.restore));
            }
        }
        let is_last = before + outages.len() == self.outages.len();
        let reaches_end = outages.as_slice().last().is_some_and(|last| last.end == window.end);
        Cow::Owned(Self {
            window,
            maintenance: self.maintenance.clip(window),
            unknown: self.unknown.clip(window),
            absent: self.absent.clip(window),
            instants: self.instants.iter().copied().filter(|at| window.contains(*at)).collect(),
            open: self.open && is_last && reaches_end,
            restores,
            outages,
        })
    }

    /// Excludes the time before the service was put into service.
    #[must_use]
    pub fn in_service_from(mut self, start: Timestamp) -> Self {
        let absent = Spans::from(Span::new(self.window.start, start.min(self.window.end)));
        if start <= self.window.start {
            return self;
        }
        let outages = self.outages.len();
        for state in [&mut self.outages, &mut self.maintenance, &mut self.unknown] {
            *state = state.subtract(&absent);
        }
        let dropped = outages - self.outages.len();
        self.restores.retain(|(i, _)| *i >= dropped);
        self.restores.iter_mut().for_each(|(i, _)| *i -= dropped);
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

    /// Adds unknown time that leaves the times to restore of the outages beside it as they are.
    #[must_use]
    pub fn with_more_unknown(mut self, unknown: &Spans) -> Self {
        self.unknown = self.unknown.union(&unknown.subtract(&self.outages).subtract(&self.maintenance));
        self
    }

    /// Marks the outage that reaches the window's end as not ended.
    #[must_use]
    pub fn with_open(mut self, open: bool) -> Self {
        let reaches_end = self.outages.as_slice().last().is_some_and(|last| last.end == self.window.end);
        self.open = open && reaches_end;
        if self.open {
            self.unbound(self.outages.len() - 1);
        }
        self
    }

    /// Marks the outage at the window's start as one whose start is not known.
    #[must_use]
    pub fn with_unknown_start(mut self, is_unknown: bool) -> Self {
        if is_unknown && self.outages.as_slice().first().is_some_and(|first| first.start == self.window.start)
        {
            self.unbound(0);
        }
        self
    }

    /// Removes the limit of the time to restore of an outage.
    fn unbound(&mut self, index: usize) {
        let place = self.restores.partition_point(|(i, _)| *i < index);
        let Some(outage) = self.each_outage().nth(index) else { return };
        let restore = TimeToRestore { most_micros: None, ..outage.restore };
        match self.restores.get_mut(place).filter(|(i, _)| *i == index) {
            Some(known) => known.1 = restore,
            None => self.restores.insert(place, (index, restore)),
        }
    }

    /// Whether the start of the outage at the window's start is not known.
    pub(super) fn has_unknown_start(&self) -> bool {
        let is_first = |(i, restore): &(usize, TimeToRestore)| *i == 0 && restore.most_micros.is_none();
        let starts = self.outages.as_slice().first().is_some_and(|first| first.start == self.window.start);
        starts && !(self.open && self.outages.len() == 1) && self.restores.first().is_some_and(is_first)
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
        let mut stated = self.restores.as_slice();
        self.outages.iter().enumerate().map(move |(i, span)| {
            let unplanned_micros = self.unplanned_micros(*span);
            let mut restore = TimeToRestore::exact(unplanned_micros);
            if let [(index, known), rest @ ..] = stated
                && *index == i
            {
                (restore, stated) = (*known, rest);
            }
            Outage { span: *span, unplanned_micros, open: self.open && i + 1 == count, restore }
        })
    }

    fn unplanned_micros(&self, span: Span) -> i64 {
        let planned = if self.maintenance.is_empty() { 0 } else { self.maintenance.clip(span).micros() };
        span.micros() - planned
    }
}

impl TimeToRestore {
    /// A time to restore that is known.
    fn exact(micros: i64) -> Self {
        Self { least_micros: micros, most_micros: Some(micros) }
    }

    /// The time to restore, where it is known.
    pub fn known_micros(self) -> Option<i64> {
        self.most_micros.filter(|most| *most == self.least_micros)
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

    fn restores(line: &Line) -> Vec<(i64, Option<i64>)> {
        line.each_outage().map(|outage| (outage.restore.least_micros, outage.restore.most_micros)).collect()
    }

    #[test]
    fn an_outage_beside_unknown_time_may_have_lasted_through_it() {
        let outages = [span(0, 5), span(10, 30), span(50, 60), span(80, 85)].into_iter().collect();
        let unknown = [span(30, 50), span(70, 80), span(95, 100)].into_iter().collect();
        let line = Line::new(span(0, 100), &outages, &Spans::new(), &unknown);
        let expected = [(5, Some(5)), (20, Some(50)), (10, Some(50)), (5, Some(15))];
        assert_eq!(restores(&line), expected);
    }

    #[test]
    fn unknown_time_at_an_edge_of_the_window_has_no_limit() {
        let outages = [span(10, 30), span(80, 90)].into_iter().collect();
        let unknown = [span(0, 10), span(90, 100)].into_iter().collect();
        let line = Line::new(span(0, 100), &outages, &Spans::new(), &unknown);
        assert_eq!(restores(&line), [(20, None), (10, None)]);
    }

    #[test]
    fn a_part_of_a_line_keeps_the_times_to_restore_of_whole_outages() {
        let outages = [span(0, 10), span(20, 40), span(80, 100)].into_iter().collect();
        let line = Line::new(span(0, 100), &outages, &span(20, 25).into(), &Spans::new()).with_open(true);
        assert_eq!(restores(&line), [(10, Some(10)), (15, Some(15)), (20, None)]);
        let part = line.restrict(span(30, 90));
        assert_eq!(restores(&part), [(15, Some(15)), (20, None)]);
        assert_eq!(
            part.each_outage().map(|outage| outage.span).collect::<Vec<_>>(),
            [span(30, 40), span(80, 90)]
        );
        assert!(part.open && !line.restrict(span(0, 50)).open);
        let later = line.in_service_from(Timestamp(15));
        assert_eq!(restores(&later), [(15, Some(15)), (20, None)]);
    }

    #[test]
    fn an_outage_whose_start_is_not_known_has_no_limit() {
        let line = Line::new(span(0, 100), &span(0, 10).into(), &Spans::new(), &Spans::new());
        assert!(!line.has_unknown_start());
        let line = line.with_unknown_start(true);
        assert!(line.has_unknown_start());
        assert_eq!(restores(&line), [(10, None)]);
    }

    #[test]
    fn only_an_outage_at_the_end_of_the_window_is_open() {
        let line = |end: i64| Line::new(span(0, 100), &span(50, end).into(), &Spans::new(), &Spans::new());
        assert!(line(100).with_open(true).open);
        assert!(!line(99).with_open(true).open && !line(100).with_open(false).open);
    }

    #[test]
    fn several_failures_at_one_instant_are_one() {
        let line = Line::new(span(0, 100), &Spans::new(), &Spans::new(), &Spans::new());
        assert_eq!(
            line.with_instants(vec![Timestamp(5), Timestamp(5), Timestamp(5)]).instants,
            [Timestamp(5)]
        );
    }

    #[test]
    fn outages_before_the_service_is_in_service_take_their_times_to_restore_along() {
        let outages = [span(10, 20), span(40, 50), span(70, 80)].into_iter().collect();
        let unknown = [span(20, 25), span(50, 60)].into_iter().collect();
        let line = Line::new(span(0, 100), &outages, &Spans::new(), &unknown).with_instants(vec![
            Timestamp(5),
            Timestamp(35),
            Timestamp(90),
        ]);
        assert_eq!(restores(&line), [(10, Some(15)), (10, Some(20)), (10, Some(10))]);
        let later = line.in_service_from(Timestamp(35));
        assert_eq!(restores(&later), [(10, Some(20)), (10, Some(10))]);
        assert_eq!(later.instants, [Timestamp(35), Timestamp(90)]);
    }

    #[test]
    fn the_start_of_an_outage_at_the_edge_of_the_window_may_not_be_known() {
        let line = |outages: &[Span]| {
            Line::new(span(0, 100), &outages.iter().copied().collect(), &Spans::new(), &Spans::new())
        };
        let first = line(&[span(0, 10), span(40, 50)]);
        assert!(!first.has_unknown_start());
        let unknown = first.clone().with_unknown_start(true);
        assert!(unknown.has_unknown_start());
        assert_eq!(restores(&unknown), [(10, None), (10, Some(10))]);
        assert_eq!(restores(&first.with_unknown_start(false)), [(10, Some(10)), (10, Some(10))]);
        let later = line(&[span(5, 10)]).with_unknown_start(true);
        assert!(!later.has_unknown_start() && restores(&later) == [(5, Some(5))]);
        // Of an outage that fills the window, the end is what is not known.
        assert!(!line(&[span(0, 100)]).with_open(true).has_unknown_start());
        // The outages before and after one that is still open keep theirs.
        let open = line(&[span(0, 10), span(90, 100)]).with_unknown_start(true).with_open(true);
        assert_eq!(restores(&open), [(10, None), (10, None)]);
        assert_eq!(open.each_outage().map(|outage| outage.open).collect::<Vec<_>>(), [false, true]);
    }

    #[test]
    fn more_unknown_time_leaves_the_times_to_restore_alone() {
        let outages = span(10, 20).into();
        let line = Line::new(span(0, 100), &outages, &Spans::new(), &Spans::new());
        let more = line.with_more_unknown(&span(15, 30).into());
        assert_eq!((more.unknown.clone(), restores(&more)), (span(20, 30).into(), vec![(10, Some(10))]));
    }
}
