//! Partial outages: downtime weighted by the share of the service that each incident took away.

use super::Span;
use crate::base::time::{Timestamp, seconds};
use serde::Serialize;
use std::collections::BTreeMap;

/// Weights are kept as integers, in billionths, so that adding and removing them leaves no rounding
/// error.
const UNIT: f64 = 1e9;

/// An incident that took away a share of the service.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Impact {
    /// The time of the incident.
    pub span: Span,
    /// The lost share, 0 to 1; values outside are clamped.
    pub weight: f64,
}

/// Weighted downtime in seconds, under three assumptions that differ only where incidents overlap.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct WeightedDowntime {
    /// Overlapping incidents hit the same users: the largest weight counts.
    pub best_s: f64,
    /// Overlapping incidents hit users independently: 1 − Π(1 − wᵢ).
    pub independent_s: f64,
    /// Overlapping incidents hit different users: the sum of the weights, at most 1.
    pub worst_s: f64,
}

impl WeightedDowntime {
    /// Adds two downtimes.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            best_s: self.best_s + other.best_s,
            independent_s: self.independent_s + other.independent_s,
            worst_s: self.worst_s + other.worst_s,
        }
    }
}

/// Integrates the weights of `impacts` over `window`.
pub(crate) fn weighted_downtime(impacts: &[Impact], window: Span) -> WeightedDowntime {
    let mut edges = edges(impacts, window);
    edges.sort_unstable();
    let mut total = WeightedDowntime::default();
    let mut active = Active::default();
    let mut from = window.start;
    // The active weights are constant between consecutive edges.
    for (at, opens, weight) in edges {
        active.accumulate(&mut total, seconds(at.0 - from.0));
        from = at;
        active.change(weight, opens);
    }
    total
}

/// Returns start and end of every impact inside the window: the instant, whether the impact starts, its
/// weight in billionths.
fn edges(impacts: &[Impact], window: Span) -> Vec<(Timestamp, bool, i64)> {
    let clipped = impacts.iter().map(|impact| (impact.span.intersect(&window), impact.weight));
    let counted = clipped.filter(|(span, weight)| !span.is_empty() && *weight > 0.0);
    let both = |(span, weight): (Span, f64)| {
        let units = (weight.min(1.0) * UNIT).round() as i64;
        [(span.start, true, units), (span.end, false, units)]
    };
    counted.flat_map(both).collect()
}

/// The active weights at one instant, as a multiset.
#[derive(Default)]
struct Active {
    counts: BTreeMap<i64, u32>,
    sum: i64,
}

impl Active {
    fn change(&mut self, weight: i64, opens: bool) {
        let count = self.counts.entry(weight).or_default();
        if opens {
            *count += 1;
            self.sum += weight;
        } else {
            *count = count.saturating_sub(1);
            self.sum -= weight;
            if *count == 0 {
                self.counts.remove(&weight);
            }
        }
    }

    fn accumulate(&self, total: &mut WeightedDowntime, seconds: f64) {
        let Some((&largest, _)) = self.counts.last_key_value() else {
            return;
        };
        let untouched: f64 = self
            .counts
            .iter()
            .map(|(&w, &n)| (1.0 - w as f64 / UNIT).powi(n.try_into().unwrap_or(i32::MAX)))
            .product();
        let (best, worst) = (largest as f64 / UNIT, (self.sum as f64 / UNIT).min(1.0));
        total.best_s += best * seconds;
        // Between the bounds by definition; rounding could move it outside.
        total.independent_s += (1.0 - untouched).clamp(best, worst) * seconds;
        total.worst_s += worst * seconds;
    }
}

#[cfg(test)]
mod tests {
    use super::{Impact, weighted_downtime};
    use crate::base::time::Timestamp;
    use crate::timeline::Span;

    fn impact(start: i64, end: i64, weight: f64) -> Impact {
        Impact { span: Span::new(Timestamp::from_seconds(start), Timestamp::from_seconds(end)), weight }
    }

    const WINDOW: Span = Span::new(Timestamp(0), Timestamp::from_seconds(100));

    #[test]
    fn overlapping_partial_outages_are_bounded_from_both_sides() {
        let total = weighted_downtime(&[impact(0, 10, 0.5), impact(0, 10, 0.5)], WINDOW);
        assert_eq!((total.best_s, total.independent_s, total.worst_s), (5.0, 7.5, 10.0));
    }

    #[test]
    fn downtimes_of_several_lines_add_up() {
        let one = weighted_downtime(&[impact(0, 10, 0.5), impact(0, 10, 0.5)], WINDOW);
        let sum = one.plus(one).plus(weighted_downtime(&[impact(0, 1, 1.0)], WINDOW));
        assert_eq!((sum.best_s, sum.independent_s, sum.worst_s), (11.0, 16.0, 21.0));
    }

    #[test]
    fn without_overlap_the_three_assumptions_agree() {
        let total = weighted_downtime(&[impact(-5, 10, 0.25), impact(20, 30, 1.0)], WINDOW);
        assert_eq!((total.best_s, total.independent_s, total.worst_s), (12.5, 12.5, 12.5));
        // What lies outside the window adds nothing, and what is over does not either.
        let total =
            weighted_downtime(&[impact(200, 210, 0.5), impact(0, 10, 0.5), impact(90, 120, 0.5)], WINDOW);
        assert_eq!((total.best_s, total.independent_s, total.worst_s), (10.0, 10.0, 10.0));
    }
}
