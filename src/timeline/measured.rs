//! A set of instants with running totals, to look up quickly how much of it lies in a span.

use super::span::{Span, Spans};
use crate::base::time::Timestamp;

/// A set of instants with its running totals: the length of any part of it is found in O(log n).
#[derive(Debug, Clone)]
pub(super) struct Measured {
    spans: Spans,
    /// For each span, the length of the set before it, in microseconds.
    micros_before: Vec<i64>,
}

impl Measured {
    /// Computes the running totals of `spans`.
    pub(super) fn new(spans: Spans) -> Self {
        let running = spans.iter().scan(0, |total, span| {
            let before = *total;
            *total += span.micros();
            Some(before)
        });
        let micros_before = running.collect();
        Self { spans, micros_before }
    }

    /// Returns the set.
    pub(super) fn spans(&self) -> &Spans {
        &self.spans
    }

    /// Returns the microseconds of the set inside `span`; 0 when it is empty.
    pub(super) fn micros_in(&self, span: Span) -> i64 {
        (self.micros_until(span.end) - self.micros_until(span.start)).max(0)
    }

    fn micros_until(&self, instant: Timestamp) -> i64 {
        let started = self.spans.as_slice().partition_point(|span| span.start < instant);
        let last =
            started.checked_sub(1).and_then(|i| self.spans.as_slice().get(i).zip(self.micros_before.get(i)));
        last.map_or(0, |(span, before)| before + Span::new(span.start, span.end.min(instant)).micros())
    }
}

/// Returns the first instant up to which the set contains `micros` microseconds, which may be the end of
/// a span; for 0 the set's first instant. `None` when the set is shorter.
pub(super) fn instant_after(spans: &Spans, micros: i64) -> Option<Timestamp> {
    let mut left = micros;
    for span in spans {
        if left <= span.micros() {
            return Some(Timestamp(span.start.0 + left));
        }
        left -= span.micros();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{Measured, Span, Spans, Timestamp, instant_after};
    use proptest::prelude::*;

    fn spans(pairs: &[(i64, i64)]) -> Spans {
        pairs.iter().map(|&(a, b)| Span::new(Timestamp(a), Timestamp(b))).collect()
    }

    #[test]
    fn only_time_inside_the_set_is_counted() {
        let set = spans(&[(10, 20), (30, 40)]);
        let after = |micros| instant_after(&set, micros).map(|instant| instant.0);
        assert_eq!([0, 1, 10, 11, 20].map(after), [Some(10), Some(11), Some(20), Some(31), Some(40)]);
        assert_eq!(after(21), None);
        assert_eq!(instant_after(&Spans::new(), 0), None);
    }

    proptest! {
        #[test]
        fn the_length_inside_a_span_is_that_of_the_clipped_set(
            pairs in proptest::collection::vec((0..64_i64, 0..64_i64), 0..8),
            from in -5..70_i64,
            to in -5..70_i64,
        ) {
            let (set, span) = (spans(&pairs), Span::new(Timestamp(from), Timestamp(to)));
            prop_assert_eq!(Measured::new(set.clone()).micros_in(span), set.clip(span).micros());
        }
    }
}
