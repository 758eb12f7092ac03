//! Several lines into the one line of the system that they make up.

use super::{Line, Span, Spans};
use crate::base::time::Timestamp;

/// When the system counts as down, given which of its services are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// As soon as any service is down (a series system: the union of the outages).
    Any,
    /// Only while all services are down (a parallel system: their intersection).
    All,
    /// While at least this many services are down.
    AtLeast(usize),
}

impl Rule {
    /// How many services must be down, of `count`.
    pub fn threshold(self, count: usize) -> usize {
        match self {
            Self::Any => 1,
            Self::All => count.max(1),
            Self::AtLeast(k) => k.max(1),
        }
    }
}

/// Collects lines over one window and combines them.
///
/// At every instant the system is down while enough services are down; else in maintenance while enough are down or in
/// maintenance; else unknown while enough are down, in maintenance or unknown; else up.
#[derive(Debug)]
pub struct Combiner {
    window: Span,
    outages: Threshold,
    down: Threshold,
    down_or_maintained: Threshold,
    not_up: Threshold,
    layered: bool,
    instants: Vec<Timestamp>,
    any_open: bool,
}

impl Combiner {
    /// A combiner for lines over `window`. `layered` says whether any line may have maintenance or unknown time; when none
    /// has, three quarters of the work falls away.
    pub fn new(rule: Rule, window: Span, layered: bool) -> Self {
        let layer = || Threshold::new(rule);
        Self {
            window,
            outages: layer(),
            down: layer(),
            down_or_maintained: layer(),
            not_up: layer(),
            layered,
            instants: Vec::new(),
            any_open: false,
        }
    }

    /// Adds a line over the same window.
    pub fn push(&mut self, line: &Line) {
        self.any_open |= line.open;
        self.instants.extend_from_slice(&line.instants);
        self.outages.push(line.outages.clone());
        if self.layered {
            let down = line.down();
            let down_or_maintained = down.union(&line.maintenance);
            self.not_up.push(down_or_maintained.union(&line.unknown));
            self.down_or_maintained.push(down_or_maintained);
            self.down.push(down);
        }
    }

    /// Adds all that another combiner of the same rule and window has collected.
    pub fn absorb(&mut self, other: Self) {
        self.any_open |= other.any_open;
        self.instants.extend(other.instants);
        self.outages.absorb(other.outages);
        self.down.absorb(other.down);
        self.down_or_maintained.absorb(other.down_or_maintained);
        self.not_up.absorb(other.not_up);
    }

    /// The system's line.
    pub fn finish(self) -> Line {
        let outages = self.outages.finish();
        let (maintenance, unknown) = if self.layered {
            let down = self.down.finish();
            let down_or_maintained = self.down_or_maintained.finish();
            let maintenance = down_or_maintained.subtract(&down);
            (maintenance, self.not_up.finish().subtract(&down_or_maintained))
        } else {
            (Spans::new(), Spans::new())
        };
        Line::new(self.window, &outages, &maintenance, &unknown)
            .with_instants(self.instants)
            .with_open(self.any_open)
    }
}

/// The instants that lie in at least so many of the sets pushed.
#[derive(Debug)]
struct Threshold {
    rule: Rule,
    /// For [`Rule::Any`]: unions, each more than twice as long as the next, so that n sets cost n·log n and overlaps shrink on
    /// the way. For the other rules: the sets.
    held: Vec<(usize, Spans)>,
    count: usize,
}

impl Threshold {
    fn new(rule: Rule) -> Self {
        Self { rule, held: Vec::new(), count: 0 }
    }

    fn push(&mut self, set: Spans) {
        self.push_weighted(1, set);
    }

    fn push_weighted(&mut self, weight: usize, set: Spans) {
        self.count += weight;
        self.held.push((weight, set));
        match self.rule {
            Rule::Any => self.carry(),
            Rule::All => self.merge_last(Spans::intersect),
            Rule::AtLeast(_) => {}
        }
    }

    fn carry(&mut self) {
        while let [.., (_, before), (_, last)] = self.held.as_slice() {
            if last.len() * 2 < before.len() {
                return;
            }
            self.merge_last(Spans::union);
        }
    }

    fn merge_last(&mut self, merge: fn(&Spans, &Spans) -> Spans) {
        if self.held.len() < 2 {
            return;
        }
        if let (Some((a, last)), Some((b, before))) = (self.held.pop(), self.held.pop()) {
            self.held.push((a + b, merge(&before, &last)));
        }
    }

    fn absorb(&mut self, other: Self) {
        for (weight, set) in other.held {
            self.push_weighted(weight, set);
        }
    }

    fn finish(self) -> Spans {
        let sets = self.held.into_iter().map(|(_, set)| set);
        match self.rule {
            Rule::Any => sets.fold(Spans::new(), |all, set| all.union(&set)),
            Rule::All => sets.reduce(|all, set| all.intersect(&set)).unwrap_or_default(),
            Rule::AtLeast(_) => at_least(self.rule.threshold(self.count), sets),
        }
    }
}

/// Where at least `k` of the sets overlap: a sweep over their edges.
fn at_least(k: usize, sets: impl Iterator<Item = Spans>) -> Spans {
    let mut edges: Vec<(Timestamp, i32)> = Vec::new();
    for set in sets {
        edges.extend(set.iter().flat_map(|span| [(span.start, 1), (span.end, -1)]));
    }
    edges.sort_unstable();
    let needed = i64::try_from(k).unwrap_or(i64::MAX);
    let mut covered = Spans::new();
    let (mut depth, mut since) = (0_i64, None);
    for (at, step) in edges {
        depth += i64::from(step);
        match since {
            None if depth >= needed => since = Some(at),
            Some(start) if depth < needed => {
                covered.push(Span::new(start, at));
                since = None;
            }
            _ => {}
        }
    }
    covered
}

#[cfg(test)]
mod tests {
    use super::{Combiner, Rule};
    use crate::base::time::Timestamp;
    use crate::timeline::{Line, Span, Spans};
    use proptest::prelude::*;

    const WINDOW: Span = Span::new(Timestamp(0), Timestamp(40));

    fn any_line() -> impl Strategy<Value = Line> {
        let set = || proptest::collection::vec((0..40_i64, 0..40_i64), 0..4).prop_map(spans);
        (set(), set(), set())
            .prop_map(|(down, planned, unknown)| Line::new(WINDOW, &down, &planned, &unknown))
    }

    fn spans(pairs: Vec<(i64, i64)>) -> Spans {
        pairs.into_iter().map(|(a, b)| Span::new(Timestamp(a), Timestamp(b))).collect()
    }

    /// Every instant's state by counting: the definition that the combiner must agree with.
    fn state(lines: &[Line], k: usize, t: i64) -> char {
        let at = Timestamp(t);
        let count = |inside: &dyn Fn(&Line) -> bool| lines.iter().filter(|l| inside(l)).count();
        let down = |l: &Line| l.down().contains(at);
        if count(&down) >= k {
            'd'
        } else if count(&|l| down(l) || l.maintenance.contains(at)) >= k {
            'm'
        } else if count(&|l| down(l) || l.maintenance.contains(at) || l.unknown.contains(at)) >= k {
            '?'
        } else {
            'u'
        }
    }

    fn state_of(line: &Line, t: i64) -> char {
        let at = Timestamp(t);
        if line.maintenance.contains(at) {
            'm'
        } else if line.outages.contains(at) {
            'd'
        } else if line.unknown.contains(at) {
            '?'
        } else {
            'u'
        }
    }

    proptest! {
        #[test]
        fn the_system_has_the_state_that_counting_gives(
            lines in proptest::collection::vec(any_line(), 1..6), split in 0..6_usize, k in 1..4_usize
        ) {
            for rule in [Rule::Any, Rule::All, Rule::AtLeast(k)] {
                let (mut left, mut right) = (Combiner::new(rule, WINDOW, true), Combiner::new(rule, WINDOW, true));
                for (i, line) in lines.iter().enumerate() {
                    if i < split { left.push(line) } else { right.push(line) }
                }
                left.absorb(right);
                let system = left.finish();
                let needed = rule.threshold(lines.len());
                for t in 0..40 {
                    prop_assert_eq!(state_of(&system, t), state(&lines, needed, t), "{:?} at {}", rule, t);
                }
            }
        }
    }
}
