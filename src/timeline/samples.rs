//! Probe samples and state changes: derives downtime and unknown time from states at single instants.

use super::{Span, Spans};
use crate::base::time::Timestamp;

/// The state reported by a sample or a state change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// Down. First in order, so that of two samples at one instant the bad one comes first.
    Down,
    /// Neither up nor down: the probe itself failed, or the value was not a number.
    Unknown,
    /// Up.
    Up,
}

/// Consecutive samples of one state, none further from the next than the largest gap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    /// The first sample.
    pub first: Timestamp,
    /// The second sample; the first one where there is no other.
    pub second: Timestamp,
    /// The last sample.
    pub last: Timestamp,
    /// The state of all of them.
    pub state: State,
}

impl Run {
    /// Creates the run of a single sample.
    pub const fn of_one(at: Timestamp, state: State) -> Self {
        Self { first: at, second: at, last: at, state }
    }
}

/// Adds a run to those of one service: extends the last run where the state is the same and the gap is at
/// most `max_gap_micros`. A log with the newest sample first extends it backwards. Of several samples at one
/// instant, the worst counts.
#[inline]
pub fn push_run(runs: &mut Vec<Run>, run: Run, max_gap_micros: i64) {
    let near = 0..=max_gap_micros;
    match runs.last_mut() {
        Some(last) if last.state == run.state && near.contains(&(run.first.0 - last.last.0)) => {
            last.append(&run);
        }
        Some(last) if last.state == run.state && near.contains(&(last.first.0 - run.last.0)) => {
            let mut whole = run;
            whole.append(last);
            *last = whole;
        }
        Some(last) if run.is_single() && (run.first == last.first || run.first == last.last) => {
            add_at_one_instant(runs, run, max_gap_micros);
        }
        _ => runs.push(run),
    }
}

/// Adds a sample at the first or last instant of the last run, which has another state.
#[cold]
fn add_at_one_instant(runs: &mut Vec<Run>, run: Run, max_gap_micros: i64) {
    match runs.pop() {
        // The better of two states does not count.
        Some(last) if last.state < run.state => runs.push(last),
        Some(last) if last.is_single() => push_run(runs, run, max_gap_micros),
        Some(last) => {
            runs.push(if last.first == run.first { last.without_first() } else { last });
            runs.push(run);
        }
        None => runs.push(run),
    }
}

impl Run {
    fn is_single(&self) -> bool {
        self.first == self.last
    }

    /// Extends the run by a later one of the same state.
    fn append(&mut self, later: &Self) {
        if self.is_single() {
            self.second = if later.first > self.first { later.first } else { later.second };
        }
        self.last = self.last.max(later.last);
    }

    /// The run without its first sample; it must have several.
    fn without_first(self) -> Self {
        Self { first: self.second, ..self }
    }
}

/// Joins runs of one service, given in any order, where the state is the same and the gap is at most
/// `max_gap_micros`. Of several samples at one instant, the worst counts.
///
/// Runs of different states that overlap in time (two files that disagree) keep their order of start.
pub fn join_runs(runs: &mut Vec<Run>, max_gap_micros: i64) {
    let by_time = |run: &Run| (run.first, run.state, run.last);
    runs.sort_unstable_by_key(by_time);
    if drop_better_samples(runs) {
        runs.sort_unstable_by_key(by_time);
    }
    runs.dedup_by(|next, kept| {
        let joins = next.state == kept.state && next.first.0 - kept.last.0 <= max_gap_micros;
        if joins {
            kept.append(next);
        }
        joins
    });
}

/// Drops the first sample of each run at the instant of which a run before it has a worse one. The runs must
/// be in order. Returns whether a run has lost its first of several samples, so that the order may have
/// changed.
fn drop_better_samples(runs: &mut Vec<Run>) -> bool {
    let mut changed = false;
    let mut worst: Option<Run> = None;
    runs.retain_mut(|run| {
        let is_better = worst.is_some_and(|worst| {
            worst.state < run.state && (worst.first == run.first || worst.last == run.first)
        });
        if is_better && run.is_single() {
            return false;
        }
        if is_better {
            *run = run.without_first();
            changed = true;
        } else {
            worst = Some(*run);
        }
        true
    });
    changed
}

/// Returns down and unknown time when each sample holds until the next one, and for at most
/// `max_gap_micros`.
///
/// `runs` must be joined and in order. The state is unknown before the first sample and after the last
/// one no longer holds.
pub fn hold_forward(runs: &[Run], max_gap_micros: i64, window: Span) -> (Spans, Spans) {
    let (mut down, mut known) = (Vec::new(), Vec::new());
    for (i, run) in runs.iter().enumerate() {
        let next = runs.get(i + 1).map_or(Timestamp::MAX, |next| next.first);
        let held_to = Timestamp(run.last.0.saturating_add(max_gap_micros)).min(next).max(run.last);
        let span = Span::new(run.first, held_to);
        match run.state {
            State::Down => down.push(span),
            State::Up => {}
            State::Unknown => continue,
        }
        known.push(span);
    }
    let down = Spans::from_unsorted(down).clip(window);
    let unknown = Spans::from_unsorted(known).complement(window);
    (down, unknown)
}

/// Bounds of an outage that was observed through samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutageBounds {
    /// From the first bad sample to the last one: the outage lasted at least this long.
    pub shortest: Span,
    /// From the last good sample before to the first good one after: the outage lasted at most this
    /// long.
    pub longest: Span,
}

/// Returns the bounds of each outage. Next to unknown time a bound extends by the largest gap at most:
/// beyond it no sample holds.
pub fn outage_bounds(runs: &[Run], max_gap_micros: i64) -> Vec<OutageBounds> {
    let bad = runs.iter().enumerate().filter(|(_, run)| run.state == State::Down);
    bad.map(|(i, run)| {
        let before = i.checked_sub(1).and_then(|i| runs.get(i)).map_or(run.first, |r| r.last);
        let after = runs.get(i + 1).map_or(run.last, |r| r.first);
        let start = before.max(Timestamp(run.first.0.saturating_sub(max_gap_micros))).min(run.first);
        let end = after.min(Timestamp(run.last.0.saturating_add(max_gap_micros))).max(run.last);
        OutageBounds { shortest: Span::new(run.first, run.last), longest: Span::new(start, end) }
    })
    .collect()
}

/// Returns down and unknown time over `window` from state changes `(when, state)` in order.
///
/// The state at the window's start is that of the last change before or at it, otherwise `initial`. A
/// change to the current state has no effect.
pub fn hold_states(changes: &[(Timestamp, State)], initial: State, window: Span) -> (Spans, Spans) {
    let mut state = initial;
    let mut from = window.start;
    let (mut down, mut unknown) = (Spans::new(), Spans::new());
    let mut close = |state: State, span: Span| match state {
        State::Down => down.push(span),
        State::Unknown => unknown.push(span),
        State::Up => {}
    };
    for &(at, next) in changes {
        let at = at.clamp(window.start, window.end);
        close(state, Span::new(from, at));
        (state, from) = if at < window.end { (next, at) } else { (state, at) };
    }
    close(state, Span::new(from, window.end));
    (down, unknown)
}

#[cfg(test)]
mod tests {
    use super::{Run, State, hold_forward, hold_states, join_runs, outage_bounds, push_run};
    use crate::base::time::Timestamp;
    use crate::timeline::{Span, Spans};
    use proptest::prelude::*;

    fn span(start: i64, end: i64) -> Span {
        Span::new(Timestamp(start), Timestamp(end))
    }

    fn runs(samples: &[(i64, State)], max_gap: i64) -> Vec<Run> {
        let single = |&(t, state): &(i64, State)| Run::of_one(Timestamp(t), state);
        let mut runs: Vec<Run> = samples.iter().map(single).collect();
        join_runs(&mut runs, max_gap);
        runs
    }

    #[test]
    fn a_gap_longer_than_allowed_is_unknown_and_not_up() {
        let runs = runs(&[(0, State::Up), (60, State::Up), (240, State::Down), (300, State::Up)], 60);
        let (down, unknown) = hold_forward(&runs, 60, span(0, 300));
        assert_eq!(down, span(240, 300).into());
        assert_eq!(unknown, span(120, 240).into());
    }

    #[test]
    fn the_order_of_samples_in_the_file_does_not_matter() {
        let forward = [(0, State::Up), (60, State::Down), (120, State::Down), (180, State::Up)];
        let mut backward = forward;
        backward.reverse();
        assert_eq!(runs(&forward, 60), runs(&backward, 60));
    }

    #[test]
    fn an_outage_seen_by_one_sample_is_bounded_by_its_neighbours() {
        let runs = runs(&[(0, State::Up), (60, State::Down), (120, State::Up)], 60);
        let bounds = outage_bounds(&runs, 60);
        assert_eq!(bounds.iter().map(|b| b.longest).collect::<Vec<_>>(), [span(0, 120)]);
        assert_eq!(bounds.iter().map(|b| b.shortest).collect::<Vec<_>>(), [span(60, 60)]);
    }

    #[test]
    fn the_state_before_the_window_reaches_into_it() {
        let changes =
            [(Timestamp(-100), State::Down), (Timestamp(600), State::Up), (Timestamp(3600), State::Down)];
        let (down, unknown) = hold_states(&changes, State::Up, span(0, 3600));
        assert_eq!((down, unknown), (span(0, 600).into(), Spans::new()));
    }

    #[test]
    fn samples_that_are_just_near_enough_form_one_run() {
        let at = |gap: i64| runs(&[(0, State::Up), (gap, State::Up)], 60).len();
        assert_eq!([at(59), at(60), at(61)], [1, 1, 2]);
        let pushed = |gap: i64| {
            let mut runs = Vec::new();
            for (t, state) in [(0, State::Up), (gap, State::Up)] {
                push_run(&mut runs, Run::of_one(Timestamp(t), state), 60);
            }
            runs.len()
        };
        assert_eq!([pushed(60), pushed(61)], [1, 2]);
    }

    #[test]
    fn runs_that_overlap_reach_to_the_later_end() {
        let run = |first, last| Run {
            first: Timestamp(first),
            second: Timestamp(first + 1),
            last: Timestamp(last),
            state: State::Down,
        };
        let mut both = vec![run(0, 100), run(10, 40)];
        join_runs(&mut both, 60);
        assert_eq!(both.iter().map(|run| run.last.0).collect::<Vec<_>>(), [100]);
    }

    #[test]
    fn of_two_samples_at_one_instant_the_worse_counts_in_any_order() {
        for states in [[State::Down, State::Up], [State::Up, State::Down]] {
            let samples = [(0, State::Up), (60, states[0]), (60, states[1]), (120, State::Up)];
            let (down, _) = hold_forward(&runs(&samples, 60), 60, span(0, 120));
            assert_eq!(down, span(60, 120).into(), "{states:?}");
        }
    }

    #[test]
    fn the_bounds_of_an_outage_beside_unknown_time_reach_as_far_as_a_sample_holds() {
        let runs = runs(&[(0, State::Up), (500, State::Down), (560, State::Down), (1_000, State::Up)], 60);
        let bounds = outage_bounds(&runs, 60);
        assert_eq!(bounds.iter().map(|b| b.longest).collect::<Vec<_>>(), [span(440, 620)]);
    }

    #[test]
    fn time_of_unknown_samples_is_unknown() {
        let runs = runs(&[(0, State::Up), (60, State::Unknown), (120, State::Up)], 60);
        let (down, unknown) = hold_forward(&runs, 60, span(0, 180));
        assert_eq!((down, unknown), (Spans::new(), span(60, 120).into()));
    }

    #[test]
    fn a_state_at_the_end_of_the_window_does_not_count_in_it() {
        let changes =
            [(Timestamp(100), State::Down), (Timestamp(100), State::Up), (Timestamp(200), State::Down)];
        let (down, unknown) = hold_states(&changes, State::Up, span(0, 200));
        assert_eq!((down, unknown), (Spans::new(), Spans::new()));
    }

    proptest! {
        /// Samples of a log in order of time, oldest or newest first, with several at one instant.
        #[test]
        fn runs_are_those_of_the_worst_sample_of_each_instant(
            samples in prop::collection::vec((0_i64..40, 0_u8..3), 1..30),
            max_gap in 1_i64..6,
            newest_first in any::<bool>(),
        ) {
            let states = [State::Down, State::Unknown, State::Up];
            let mut sorted: Vec<(i64, State)> = samples.iter().map(|(at, state)| (*at, states[*state as usize])).collect();
            // Those of one instant stay in the order in which they were drawn.
            sorted.sort_by_key(|(at, _)| *at);
            let mut worst: Vec<(i64, State)> = sorted.clone();
            worst.sort();
            worst.dedup_by_key(|(at, _)| *at);
            let single = |(at, state): &(i64, State)| Run::of_one(Timestamp(*at), *state);
            let expected: Vec<Run> = worst.iter().map(single).collect();
            let spans = |runs: &[Run]| hold_forward(runs, max_gap, span(0, 50));
            if newest_first {
                sorted.reverse();
            }
            let mut pushed = Vec::new();
            for (at, state) in &sorted {
                push_run(&mut pushed, Run::of_one(Timestamp(*at), *state), max_gap);
            }
            for mut runs in [pushed, sorted.iter().map(single).collect()] {
                join_runs(&mut runs, max_gap);
                prop_assert_eq!(spans(&runs), spans(&expected));
            }
        }
    }
}
