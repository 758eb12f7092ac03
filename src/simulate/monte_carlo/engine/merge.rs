//! Combines the outages of independent parts into those of the gate above them.

use super::outage::{Outage, Track};

/// Replaces the outages of `parts` lists, stored one after the other in `outages` from `first` on, by
/// those of a gate that is down while at least `k` parts are.
///
/// Each list must be sorted, with outages that do not touch. The result begins at `first`. `scratch` is
/// working memory.
pub(super) fn merge(outages: &mut Vec<Outage>, first: usize, parts: usize, k: u32, scratch: &mut Scratch) {
    if outages.len() == first || (k == 1 && parts == 1) {
        return;
    }
    if k == 1 {
        union(outages, first);
    } else {
        vote(outages, first, k, scratch);
    }
}

/// Working memory of [`merge`].
#[derive(Debug, Default)]
pub(super) struct Scratch {
    starts: Vec<Outage>,
    ends_s: Vec<f64>,
}

/// Orders outages by their start; those that begin together, as at a stationary start, by their cause.
fn in_order(a: &Outage, b: &Outage) -> std::cmp::Ordering {
    a.start_s.total_cmp(&b.start_s).then_with(|| a.cause.cmp(&b.cause))
}

/// Computes the union of all outages (k = 1) in place.
fn union(outages: &mut Vec<Outage>, first: usize) {
    let Some(own) = outages.get_mut(first..) else {
        return;
    };
    own.sort_unstable_by(in_order);
    let mut last = 0;
    for next in 1..own.len() {
        if own[next].start_s <= own[last].end_s {
            own[last].end_s = own[last].end_s.max(own[next].end_s);
        } else {
            last += 1;
            own[last] = own[next];
        }
    }
    outages.truncate(first + last + 1);
}

/// Computes when at least `k` parts are down, by a sweep over all starts and ends in order of time.
fn vote(outages: &mut Vec<Outage>, first: usize, k: u32, scratch: &mut Scratch) {
    let Scratch { starts, ends_s } = scratch;
    starts.clear();
    starts.extend(outages.drain(first..));
    starts.sort_unstable_by(in_order);
    ends_s.clear();
    ends_s.extend(starts.iter().map(|outage| outage.end_s));
    ends_s.sort_unstable_by(f64::total_cmp);
    let mut track = Track::default();
    let (mut down, mut ended) = (0_u32, 0);
    for outage in starts.iter() {
        // Strictly earlier: at equal times a start comes before an end, so that touching outages are
        // joined.
        while ended < ends_s.len() && ends_s[ended] < outage.start_s {
            // The gate comes up when one of exactly k failed parts does.
            if down == k {
                track.up(ends_s[ended], outages, first);
            }
            down -= 1;
            ended += 1;
        }
        down += 1;
        if down == k {
            track.down(outage.start_s, outage.cause);
        }
    }
    for end_s in &ends_s[ended..] {
        if down == k {
            track.up(*end_s, outages, first);
        }
        down -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::{Scratch, merge};
    use crate::simulate::monte_carlo::engine::outage::{Cause, CauseKind, Outage};
    use proptest::prelude::*;

    fn list(part: u32, spans: &[(u32, u32)]) -> Vec<Outage> {
        let cause = Cause { leaf: part, kind: CauseKind::Failure };
        spans
            .iter()
            .map(|(start, end)| Outage { start_s: f64::from(*start), end_s: f64::from(*end), cause })
            .collect()
    }

    /// Evaluates second by second whether at least `k` parts are down in `[t, t + 1)`.
    fn reference(parts: &[Vec<(u32, u32)>], k: usize, length: u32) -> Vec<bool> {
        (0..length)
            .map(|t| {
                let down = |spans: &&Vec<(u32, u32)>| spans.iter().any(|(s, e)| (*s..*e).contains(&t));
                parts.iter().filter(down).count() >= k
            })
            .collect()
    }

    fn spans() -> impl Strategy<Value = Vec<(u32, u32)>> {
        prop::collection::vec((1_u32..6, 1_u32..6), 0..6).prop_map(|steps| {
            let mut at = 0;
            let mut spans = Vec::new();
            for (gap, length) in steps {
                spans.push((at + gap, at + gap + length));
                at += gap + length;
            }
            spans
        })
    }

    proptest! {
        #[test]
        fn the_gate_is_down_exactly_while_enough_parts_are(
            parts in prop::collection::vec(spans(), 1..5),
            k in 1_usize..5,
        ) {
            let k = k.min(parts.len());
            let earlier = list(9, &[(0, 1)]);
            let mut outages = earlier.clone();
            for (part, spans) in parts.iter().enumerate() {
                outages.extend(list(part as u32, spans));
            }
            merge(&mut outages, 1, parts.len(), k as u32, &mut Scratch::default());
            prop_assert_eq!(&outages[..1], &earlier[..]);
            let own: Vec<_> = outages[1..].iter().map(|o| (o.start_s as u32, o.end_s as u32)).collect();
            prop_assert_eq!(reference(std::slice::from_ref(&own), 1, 80), reference(&parts, k, 80));
            for pair in own.windows(2) {
                prop_assert!(pair[0].1 < pair[1].0, "touching: {pair:?}");
            }
            for outage in &outages[1..] {
                let starts = |spans: &Vec<(u32, u32)>| spans.iter().any(|(s, _)| f64::from(*s) == outage.start_s);
                prop_assert!(parts.get(outage.cause.leaf as usize).is_some_and(starts), "the cause starts there");
            }
        }
    }
}
