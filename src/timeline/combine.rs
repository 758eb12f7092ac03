//! Combines the lines of several services into the line of the system.

use super::{Line, Span, Spans};
use crate::base::time::Timestamp;

/// The condition under which the system counts as down, given the number of services that are down.
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
    /// Returns how many of `count` services must be down for the system to be down.
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
/// At every instant the system is down while enough services are down; otherwise in maintenance while
/// enough are down or in maintenance; otherwise unknown while enough are down, in maintenance or
/// unknown; otherwise up.
#[derive(Debug)]
pub struct Combiner {
    window: Span,
    /// The only line so far: it is the line of the system as it stands.
    only: Option<Line>,
    /// The outages, and of layered lines also the time down, down or in maintenance, and not up.
    layers: [Threshold; 4],
    layered: bool,
    instants: Vec<Timestamp>,
    any_open: bool,
    any_unknown_start: bool,
}

impl Combiner {
    /// Creates a combiner for lines over `window`. `layered` tells whether any line may have maintenance
    /// or unknown time; if none has, one of four thresholds suffices.
    pub fn new(rule: Rule, window: Span, layered: bool) -> Self {
        let layers = std::array::from_fn(|_| Threshold::new(rule));
        Self {
            window,
            only: None,
            layers,
            layered,
            instants: Vec::new(),
            any_open: false,
            any_unknown_start: false,
        }
    }

    /// Adds a line over the same window.
    pub fn push(&mut self, line: &Line) {
        if self.is_empty() {
            self.only = Some(line.clone());
        } else {
            self.add_only();
            self.add(line);
        }
    }

    fn is_empty(&self) -> bool {
        self.only.is_none() && self.layers.iter().all(|layer| layer.count == 0)
    }

    fn add_only(&mut self) {
        if let Some(only) = self.only.take() {
            self.add(&only);
        }
    }

    fn add(&mut self, line: &Line) {
        self.any_open |= line.open;
        self.any_unknown_start |= line.has_unknown_start();
        self.instants.extend_from_slice(&line.instants);
        let mut sets = vec![line.outages.clone()];
        if self.layered {
            let down = line.down();
            let down_or_maintained = down.union(&line.maintenance);
            let not_up = down_or_maintained.union(&line.unknown);
            sets.extend([down, down_or_maintained, not_up]);
        }
        for (layer, set) in self.layers.iter_mut().zip(sets) {
            layer.push(1, set);
        }
    }

    /// Adds the lines that another combiner of the same rule and window has collected.
    pub fn absorb(&mut self, mut other: Self) {
        if self.is_empty() {
            *self = other;
            return;
        }
        if other.is_empty() {
            return;
        }
        self.add_only();
        other.add_only();
        self.any_open |= other.any_open;
        self.any_unknown_start |= other.any_unknown_start;
        self.instants.extend(other.instants);
        for (ours, theirs) in self.layers.iter_mut().zip(other.layers) {
            ours.absorb(theirs);
        }
    }

    /// Returns the line of the system.
    ///
    /// A single line is the line of the system under any rule, for which one service down suffices.
    pub fn finish(mut self) -> Line {
        if let Some(only) =
            self.only.take_if(|_| self.layers.iter().all(|layer| layer.rule.threshold(1) == 1))
        {
            return only;
        }
        self.add_only();
        let [outages, down, down_or_maintained, not_up] = self.layers.map(Threshold::finish);
        let maintenance = down_or_maintained.subtract(&down);
        let unknown = not_up.subtract(&down_or_maintained);
        Line::new(self.window, &outages, &maintenance, &unknown)
            .with_instants(self.instants)
            .with_open(self.any_open)
            .with_unknown_start(self.any_unknown_start)
    }
}

/// Collects sets of instants and computes the instants that lie in at least as many of them as the rule
/// demands.
#[derive(Debug)]
struct Threshold {
    rule: Rule,
    /// Sets with the number of pushed sets that each stands for. For [`Rule::Any`] unions, each more
    /// than twice as long as the next, so that n sets cost O(n log n) and overlaps shrink on the way.
    /// For [`Rule::All`] one intersection, for [`Rule::AtLeast`] the sets themselves.
    held: Vec<(usize, Spans)>,
    count: usize,
}

impl Threshold {
    fn new(rule: Rule) -> Self {
        Self { rule, held: Vec::new(), count: 0 }
    }

    /// Adds a set that stands for `weight` pushed sets.
    fn push(&mut self, weight: usize, set: Spans) {
        self.count += weight;
        self.held.push((weight, set));
        match self.rule {
            Rule::Any => self.carry(),
            Rule::All => self.merge_last(Spans::intersect),
            Rule::AtLeast(_) => {}
        }
    }

    /// Merges from the end until each union is again more than twice as long as the next, as a binary
    /// counter carries.
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
            self.push(weight, set);
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

/// Returns the instants at which at least `k` of the sets overlap, by a sweep over their edges.
fn at_least(k: usize, sets: impl Iterator<Item = Spans>) -> Spans {
    let mut edges: Vec<(Timestamp, i32)> = Vec::new();
    for set in sets {
        edges.extend(set.iter().flat_map(|span| [(span.start, 1), (span.end, -1)]));
    }
    // At one instant ends sort before starts; `push` joins the two spans if coverage continues.
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

    /// The state at every instant by counting: the definition that the combiner must agree with.
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
        fn the_state_of_the_system_agrees_with_counting(
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

    fn system(rule: Rule, lines: &[Line]) -> [Line; 2] {
        let mut whole = Combiner::new(rule, WINDOW, true);
        for line in lines {
            whole.push(line);
        }
        let mut absorbed = Combiner::new(rule, WINDOW, true);
        for line in lines {
            let mut one = Combiner::new(rule, WINDOW, true);
            one.push(line);
            absorbed.absorb(one);
        }
        [whole.finish(), absorbed.finish()]
    }

    #[test]
    fn an_open_outage_and_failures_of_zero_length_reach_the_system() {
        let quiet = Line::new(WINDOW, &spans(vec![(0, 3)]), &Spans::new(), &Spans::new());
        let open = Line::new(WINDOW, &spans(vec![(30, 40)]), &Spans::new(), &Spans::new())
            .with_open(true)
            .with_instants(vec![Timestamp(7), Timestamp(20)]);
        for lines in [[open.clone(), quiet.clone()], [quiet.clone(), open]] {
            for system in system(Rule::Any, &lines) {
                assert!(system.open);
                assert_eq!(system.instants, [Timestamp(7), Timestamp(20)]);
            }
        }
        assert!(system(Rule::Any, &[quiet.clone(), quiet]).iter().all(|system| !system.open));
    }

    #[test]
    fn an_outage_whose_start_is_not_known_stays_so_in_the_system() {
        let line = |down| Line::new(WINDOW, &spans(down), &Spans::new(), &Spans::new());
        let down = line(vec![(0, 5)]).with_unknown_start(true);
        for lines in [[down.clone(), line(vec![])], [line(vec![]), down]] {
            for system in system(Rule::Any, &lines) {
                assert_eq!(system.each_outage().next().unwrap().restore.most_micros, None);
            }
        }
    }

    /// Unknown time that leaves open nothing about the outage beside it.
    #[test]
    fn a_single_service_is_the_system_as_it_stands() {
        let line = Line::new(WINDOW, &spans(vec![(10, 15)]), &Spans::new(), &Spans::new());
        let line = line.with_more_unknown(&spans(vec![(0, 10)]));
        for found in system(Rule::Any, std::slice::from_ref(&line)) {
            assert_eq!(found, line);
        }
        assert!(system(Rule::AtLeast(2), &[line]).iter().all(|system| system.outages.is_empty()));
    }
}
