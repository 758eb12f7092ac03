//! The windows of a given length with the most downtime.

use super::measured::Measured;
use super::span::{Span, Spans};
use crate::base::time::Timestamp;
use std::cmp::Reverse;

/// Returns up to `count` windows of `length_micros` inside `within` that do not overlap, worst first.
///
/// The first has the most of `down` of all such windows, the next the most of those that do not overlap
/// the first, and so on. Of equal windows the earliest among those that start or end with an outage is
/// chosen. Windows without any of `down` are left out. Takes O(n log n) time for n spans of `down`.
pub(super) fn worst_windows(down: &Measured, within: Span, length_micros: i64, count: usize) -> Vec<Span> {
    let mut free = Spans::from(within);
    let mut worst = Vec::new();
    while worst.len() < count {
        let in_each_room = free.iter().filter_map(|room| worst_window(down, *room, length_micros));
        let Some(window) = worst_of(down, in_each_room) else {
            break;
        };
        free = free.subtract(&Spans::from(window));
        worst.push(window);
    }
    worst
}

/// Returns the window with the most downtime inside `room`.
///
/// As a window moves later, its downtime grows while its end moves through an outage and shrinks while
/// its start does. A maximum is therefore reached where growing ends or shrinking begins: with the end
/// of the window at the end of an outage, or with its start at the start of one.
fn worst_window(down: &Measured, room: Span, length_micros: i64) -> Option<Span> {
    let last_start = Timestamp(room.end.0 - length_micros);
    if last_start < room.start {
        return None;
    }
    let outages = down.spans().clip(room);
    let starts = outages.iter().flat_map(|outage| [outage.start, Timestamp(outage.end.0 - length_micros)]);
    let windows = starts.map(|start| {
        let start = start.clamp(room.start, last_start);
        Span::new(start, Timestamp(start.0 + length_micros))
    });
    worst_of(down, windows)
}

fn worst_of(down: &Measured, windows: impl Iterator<Item = Span>) -> Option<Span> {
    windows.max_by_key(|window| (down.micros_in(*window), Reverse(window.start)))
}

#[cfg(test)]
mod tests {
    use super::{Measured, Span, Spans, Timestamp, worst_windows};
    use proptest::prelude::*;

    const WITHIN: Span = Span::new(Timestamp(0), Timestamp(60));

    fn span(start: i64, end: i64) -> Span {
        Span::new(Timestamp(start), Timestamp(end))
    }

    fn worst(outages: &[(i64, i64)], length: i64) -> Vec<(i64, i64)> {
        let down = Measured::new(outages.iter().map(|&(a, b)| span(a, b)).collect());
        let windows = worst_windows(&down, WITHIN, length, 3);
        windows.iter().map(|window| (window.start.0, down.micros_in(*window))).collect()
    }

    #[test]
    fn the_worst_window_may_hold_parts_of_two_outages() {
        assert_eq!(worst(&[(5, 10), (13, 20)], 10)[0], (5, 7));
        assert_eq!(worst(&[(5, 10), (12, 20)], 10)[0], (5, 8));
        assert_eq!(worst(&[(8, 12), (14, 18)], 10)[0], (8, 8));
    }

    #[test]
    fn the_next_worst_windows_do_not_overlap_the_worst() {
        assert_eq!(worst(&[(10, 20), (40, 45)], 10), [(10, 10), (35, 5)]);
        assert_eq!(worst(&[(0, 4), (10, 13), (20, 22), (30, 31)], 4).len(), 3, "no more than are asked for");
    }

    #[test]
    fn windows_without_downtime_are_left_out() {
        assert_eq!(worst(&[], 10), []);
        assert_eq!(worst(&[(3, 4)], 61), []);
    }

    /// Returns the most downtime of any window that overlaps none of `taken`, by trying the windows at
    /// every instant.
    fn most_by_trying(down: &Spans, length: i64, taken: &[Span]) -> i64 {
        let windows = (WITHIN.start.0..=WITHIN.end.0 - length).map(|start| span(start, start + length));
        let free = windows.filter(|window| taken.iter().all(|other| window.intersect(other).is_empty()));
        free.map(|window| down.clip(window).micros()).max().unwrap_or(0)
    }

    proptest! {
        #[test]
        fn no_window_is_worse_than_the_worst(
            pairs in proptest::collection::vec((0..60_i64, 0..60_i64), 0..9),
            length in 1..70_i64,
            short in any::<bool>(),
        ) {
            let end = |a: i64, b: i64| if short { (a + b % 5).min(60) } else { b };
            let down: Spans = pairs.iter().map(|&(a, b)| span(a, end(a, b))).collect();
            let measured = Measured::new(down.clone());
            let found = worst_windows(&measured, WITHIN, length, 4);
            for (i, window) in found.iter().enumerate() {
                prop_assert_eq!(window.micros(), length);
                prop_assert_eq!(window.intersect(&WITHIN), *window);
                prop_assert_eq!(measured.micros_in(*window), most_by_trying(&down, length, &found[..i]));
            }
            if found.len() < 4 {
                prop_assert_eq!(most_by_trying(&down, length, &found), 0);
            }
        }
    }
}
