//! Selects the rows of a table that are shown.

use std::cmp::Ordering;

/// Returns the `max` items that come first by `order`, in their original order.
pub(super) fn first_by<T>(items: &[T], max: usize, order: impl Fn(&T, &T) -> Ordering) -> Vec<&T> {
    let mut ranked: Vec<(usize, &T)> = items.iter().enumerate().collect();
    ranked.sort_by(|a, b| order(a.1, b.1));
    ranked.truncate(max);
    ranked.sort_by_key(|(i, _)| *i);
    ranked.into_iter().map(|(_, item)| item).collect()
}
