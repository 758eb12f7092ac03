//! Half-open intervals of time, and sets of them.

use crate::base::time::{Timestamp, seconds};

/// A half-open interval `[start, end)`: it contains its start and not its end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The first instant inside.
    pub start: Timestamp,
    /// The first instant after it.
    pub end: Timestamp,
}

impl Span {
    /// Creates `[start, end)`.
    pub const fn new(start: Timestamp, end: Timestamp) -> Self {
        Self { start, end }
    }

    /// Tells whether the span contains no instant.
    pub fn is_empty(&self) -> bool {
        self.end <= self.start
    }

    /// Returns the length in microseconds; 0 when empty.
    pub fn micros(&self) -> i64 {
        (self.end.0 - self.start.0).max(0)
    }

    /// Returns the length in seconds.
    pub fn seconds(&self) -> f64 {
        seconds(self.micros())
    }

    /// Tells whether `instant` lies in the span.
    pub fn contains(&self, instant: Timestamp) -> bool {
        self.start <= instant && instant < self.end
    }

    /// Returns the intersection; empty when the spans do not overlap.
    #[must_use]
    pub fn intersect(&self, other: &Self) -> Self {
        Self { start: self.start.max(other.start), end: self.end.min(other.end) }
    }

    /// Returns the shortest span that contains both.
    #[must_use]
    pub fn hull(&self, other: &Self) -> Self {
        Self { start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// Extends what was seen so far by another span.
    pub fn extend(seen: &mut Option<Self>, by: Self) {
        *seen = Some(seen.map_or(by, |seen| seen.hull(&by)));
    }
}

/// A set of instants: sorted, non-empty spans that neither overlap nor touch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Spans(Vec<Span>);

impl Spans {
    /// Creates the empty set.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Creates the union of spans in any order; empty ones vanish, overlapping and touching ones merge.
    pub fn from_unsorted(mut spans: Vec<Span>) -> Self {
        spans.retain(|span| !span.is_empty());
        spans.sort_unstable();
        spans.dedup_by(|next, kept| {
            let joins = next.start <= kept.end;
            if joins {
                kept.end = kept.end.max(next.end);
            }
            joins
        });
        Self(spans)
    }

    /// Creates a set from spans that are already sorted, non-empty and apart.
    pub fn from_sorted(spans: Vec<Span>) -> Self {
        debug_assert!(spans.iter().all(|span| !span.is_empty()));
        debug_assert!(spans.is_sorted_by(|a, b| a.end < b.start));
        Self(spans)
    }

    /// Adds a span that does not start before the last one.
    pub fn push(&mut self, span: Span) {
        if span.is_empty() {
            return;
        }
        match self.0.last_mut() {
            Some(last) if span.start <= last.end => last.end = last.end.max(span.end),
            _ => self.0.push(span),
        }
    }

    /// Iterates over the spans in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Span> {
        self.0.iter()
    }

    /// Returns the spans in order.
    pub fn as_slice(&self) -> &[Span] {
        &self.0
    }

    /// Returns the number of spans.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Tells whether no instant is in the set.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the total length in microseconds.
    pub fn micros(&self) -> i64 {
        self.0.iter().map(Span::micros).sum()
    }

    /// Returns the total length in seconds.
    pub fn seconds(&self) -> f64 {
        seconds(self.micros())
    }

    /// Tells whether `instant` is in the set.
    pub fn contains(&self, instant: Timestamp) -> bool {
        let after = self.0.partition_point(|span| span.start <= instant);
        after.checked_sub(1).and_then(|i| self.0.get(i)).is_some_and(|span| span.contains(instant))
    }

    /// Tells whether a span of the set begins or ends at `instant`, or contains it.
    pub(super) fn touches(&self, instant: Timestamp) -> bool {
        let after = self.0.partition_point(|span| span.end < instant);
        self.0.get(after).is_some_and(|span| span.start <= instant)
    }

    /// Returns the union. Where a span of one set covers many spans of the other, these are skipped by a
    /// search and not visited one by one.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        let mut merged = Self(Vec::with_capacity(self.len().max(other.len())));
        let (mut ours, mut theirs) = (self.as_slice(), other.as_slice());
        while let (Some(a), Some(b)) = (ours.first(), theirs.first()) {
            if a.start <= b.start {
                merged.push(*a);
                ours = ours.get(1..).unwrap_or_default();
                theirs = skip_covered(theirs, a.end);
            } else {
                merged.push(*b);
                theirs = theirs.get(1..).unwrap_or_default();
                ours = skip_covered(ours, b.end);
            }
        }
        for span in ours.iter().chain(theirs) {
            merged.push(*span);
        }
        merged
    }

    /// Returns the intersection.
    #[must_use]
    pub fn intersect(&self, other: &Self) -> Self {
        let mut common = Vec::new();
        let (mut ours, mut theirs) = (self.iter().peekable(), other.iter().peekable());
        while let (Some(a), Some(b)) = (ours.peek(), theirs.peek()) {
            let both = a.intersect(b);
            if !both.is_empty() {
                common.push(both);
            }
            // The span that ends first cannot meet later spans of the other set.
            if a.end <= b.end {
                ours.next();
            } else {
                theirs.next();
            }
        }
        Self(common)
    }

    /// Returns the difference: this set without `other`.
    #[must_use]
    pub fn subtract(&self, other: &Self) -> Self {
        let Some(hull) = self.hull() else {
            return Self::new();
        };
        self.intersect(&other.complement(hull))
    }

    /// Returns the instants of `within` that are not in this set.
    #[must_use]
    pub fn complement(&self, within: Span) -> Self {
        let mut gaps = Vec::with_capacity(self.len() + 1);
        let mut from = within.start;
        for span in &self.0 {
            gaps.push(Span::new(from, span.start.min(within.end)));
            from = from.max(span.end);
        }
        gaps.push(Span::new(from, within.end));
        gaps.retain(|gap| !gap.is_empty());
        Self(gaps)
    }

    /// Returns the part of this set inside `window`.
    #[must_use]
    pub fn clip(&self, window: Span) -> Self {
        let first = self.0.partition_point(|span| span.end <= window.start);
        let inside = self.0.iter().skip(first).take_while(|span| span.start < window.end);
        Self(inside.map(|span| span.intersect(&window)).filter(|span| !span.is_empty()).collect())
    }

    /// Returns the span from the first instant to the last; `None` for the empty set.
    pub fn hull(&self) -> Option<Span> {
        Some(Span::new(self.0.first()?.start, self.0.last()?.end))
    }
}

/// Returns the spans without the leading ones that end at or before `end`. The search doubles its steps,
/// so that it takes O(log n) for n skipped spans.
fn skip_covered(spans: &[Span], end: Timestamp) -> &[Span] {
    let covered = |at: usize| spans.get(at).is_some_and(|span| span.end <= end);
    if !covered(0) {
        return spans;
    }
    let mut bound = 1;
    while covered(bound) {
        bound *= 2;
    }
    let window = spans.get(..bound.min(spans.len())).unwrap_or_default();
    let count = window.partition_point(|span| span.end <= end);
    spans.get(count..).unwrap_or_default()
}

impl From<Span> for Spans {
    fn from(span: Span) -> Self {
        Self::from_unsorted(vec![span])
    }
}

impl<'a> IntoIterator for &'a Spans {
    type Item = &'a Span;
    type IntoIter = std::slice::Iter<'a, Span>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl FromIterator<Span> for Spans {
    fn from_iter<I: IntoIterator<Item = Span>>(spans: I) -> Self {
        Self::from_unsorted(spans.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::{Span, Spans};
    use crate::base::time::Timestamp;
    use proptest::prelude::*;

    const WINDOW: Span = Span::new(Timestamp(0), Timestamp(64));

    fn spans(pairs: &[(i64, i64)]) -> Spans {
        pairs.iter().map(|&(a, b)| Span::new(Timestamp(a), Timestamp(b))).collect()
    }

    /// The set as one flag for each instant of the window: the definition that the fast algorithms must
    /// agree with.
    fn flags(set: &Spans) -> Vec<bool> {
        (0..64).map(|t| set.contains(Timestamp(t))).collect()
    }

    fn any_set() -> impl Strategy<Value = Spans> {
        proptest::collection::vec((0..64_i64, 0..64_i64), 0..8).prop_map(|pairs| spans(&pairs))
    }

    #[test]
    fn touching_spans_are_one_outage() {
        assert_eq!(spans(&[(10, 20), (20, 30)]), spans(&[(10, 30)]));
    }

    #[test]
    fn a_hull_is_extended_to_both_sides() {
        let span = |start, end| Span::new(Timestamp(start), Timestamp(end));
        let mut seen = None;
        for part in [span(20, 30), span(10, 15), span(25, 40)] {
            Span::extend(&mut seen, part);
        }
        assert_eq!(seen, Some(span(10, 40)));
        assert_eq!(spans(&[(1, 2), (7, 9)]).hull(), Some(span(1, 9)));
        assert_eq!(Spans::from_sorted(vec![span(1, 2), span(4, 5)]), spans(&[(1, 2), (4, 5)]));
        let set = spans(&[(10, 20), (30, 40)]);
        let touched = [9, 10, 15, 20, 21, 29, 30, 40, 41].map(|at| set.touches(Timestamp(at)));
        assert_eq!(touched, [false, true, true, true, false, false, true, true, false]);
    }

    /// Where one set has many spans that a span of the other covers, they are skipped.
    #[test]
    fn many_covered_spans_are_skipped() {
        let many: Vec<(i64, i64)> = (0..100).map(|i| (10 * i, 10 * i + 5)).collect();
        let wide = spans(&[(100, 500), (702, 703)]);
        let expected = (0..1000).filter(|t| t % 10 < 5 || (100..500).contains(t) || *t == 702).count();
        for union in [spans(&many).union(&wide), wide.union(&spans(&many))] {
            assert_eq!(union.micros(), expected as i64);
        }
        let both = spans(&many).intersect(&wide);
        assert_eq!(both.micros(), 40 * 5 + 1);
    }

    #[test]
    fn an_empty_span_vanishes() {
        assert!(spans(&[(10, 10), (9, 3)]).is_empty());
    }

    proptest! {
        #[test]
        fn set_operations_agree_with_instant_by_instant_logic(a in any_set(), b in any_set()) {
            let both = |op: fn(bool, bool) -> bool| -> Vec<bool> {
                flags(&a).into_iter().zip(flags(&b)).map(|(x, y)| op(x, y)).collect()
            };
            prop_assert_eq!(flags(&a.union(&b)), both(|x, y| x || y));
            prop_assert_eq!(flags(&a.intersect(&b)), both(|x, y| x && y));
            prop_assert_eq!(flags(&a.subtract(&b)), both(|x, y| x && !y));
            let inverted: Vec<bool> = flags(&a).into_iter().map(|x| !x).collect();
            prop_assert_eq!(flags(&a.complement(WINDOW)), inverted);
        }

        #[test]
        fn clipping_is_intersection_with_one_span(a in any_set(), from in 0..64_i64, to in 0..64_i64) {
            let window = Span::new(Timestamp(from), Timestamp(to));
            prop_assert_eq!(a.clip(window), a.intersect(&Spans::from(window)));
        }
    }
}
