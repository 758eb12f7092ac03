//! The state of repair crews of limited size: repairs in progress and the queue of waiting units.

use crate::simulate::model::{Crew, Discipline};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// The state of a crew.
#[derive(Debug, Default)]
pub(super) struct CrewState {
    /// Number of repairs in progress.
    busy: u32,
    /// The units in repair, with their places in the queue's order; only kept for preemptive crews.
    at_work: Vec<(Turn, u32)>,
    waiting: BinaryHeap<Reverse<(Turn, u32)>>,
    arrivals: u64,
}

/// A place in the queue's order: the rank (0 for all with `Fifo`), then the order of arrival.
pub(super) type Turn = (u32, u64);

/// The result of a request for a repair.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// The repair starts.
    Starts,
    /// The repair starts, and that of another unit is interrupted.
    Interrupts(u32),
    /// The unit waits.
    Waits,
}

impl CrewState {
    pub(super) fn reset(&mut self) {
        self.busy = 0;
        self.at_work.clear();
        self.waiting.clear();
        self.arrivals = 0;
    }

    /// Requests a repair of `unit`.
    pub(super) fn ask(&mut self, crew: &Crew, unit: u32, rank: u32) -> Answer {
        let rank = if crew.discipline == Discipline::Fifo { 0 } else { rank };
        let turn = (rank, self.arrivals);
        self.arrivals += 1;
        let preemptive = crew.discipline == Discipline::PreemptivePriority;
        if self.busy < crew.size {
            self.busy += 1;
            if preemptive {
                self.at_work.push((turn, unit));
            }
            return Answer::Starts;
        }
        // Compare with the least urgent repair in progress: the highest rank, among equals the latest
        // arrival.
        if preemptive
            && let Some(last) = (0..self.at_work.len()).max_by_key(|i| self.at_work[*i])
            && self.at_work[last].0.0 > rank
        {
            // The interrupted unit keeps its place in the order of arrival.
            let (turn_of_other, other) = std::mem::replace(&mut self.at_work[last], (turn, unit));
            self.waiting.push(Reverse((turn_of_other, other)));
            return Answer::Interrupts(other);
        }
        self.waiting.push(Reverse((turn, unit)));
        Answer::Waits
    }

    /// Ends the repair of `unit`. Returns the unit whose repair starts next, if one is waiting.
    pub(super) fn finish(&mut self, crew: &Crew, unit: u32) -> Option<u32> {
        if let Some(place) = self.at_work.iter().position(|(_, other)| *other == unit) {
            self.at_work.swap_remove(place);
        }
        // The repair place passes to the next unit, so `busy` only changes if the queue is empty.
        let Some(Reverse((turn, next))) = self.waiting.pop() else {
            self.busy -= 1;
            return None;
        };
        if crew.discipline == Discipline::PreemptivePriority {
            self.at_work.push((turn, next));
        }
        Some(next)
    }
}

#[cfg(test)]
mod tests {
    use super::{Answer, CrewState};
    use crate::simulate::model::{Crew, Discipline};

    fn crew(size: u32, discipline: Discipline) -> Crew {
        Crew { name: "oncall".into(), size, discipline }
    }

    #[test]
    fn fifo_serves_in_order_of_arrival_and_ignores_ranks() {
        let crew = crew(1, Discipline::Fifo);
        let mut state = CrewState::default();
        assert_eq!(state.ask(&crew, 7, 3), Answer::Starts);
        assert_eq!(state.ask(&crew, 8, 2), Answer::Waits);
        assert_eq!(state.ask(&crew, 9, 1), Answer::Waits);
        assert_eq!(state.finish(&crew, 7), Some(8));
        assert_eq!(state.finish(&crew, 8), Some(9));
        assert_eq!(state.finish(&crew, 9), None);
    }

    #[test]
    fn priority_serves_by_rank_without_interrupting_a_repair() {
        let crew = crew(1, Discipline::Priority);
        let mut state = CrewState::default();
        assert_eq!(state.ask(&crew, 7, 3), Answer::Starts);
        assert_eq!(state.ask(&crew, 8, 2), Answer::Waits);
        assert_eq!(state.ask(&crew, 9, 1), Answer::Waits);
        assert_eq!(state.finish(&crew, 7), Some(9));
    }

    #[test]
    fn preemptive_priority_interrupts_the_least_urgent_repair() {
        let crew = crew(2, Discipline::PreemptivePriority);
        let mut state = CrewState::default();
        assert_eq!(state.ask(&crew, 7, 2), Answer::Starts);
        assert_eq!(state.ask(&crew, 8, 3), Answer::Starts);
        assert_eq!(state.ask(&crew, 9, 1), Answer::Interrupts(8));
        assert_eq!(state.ask(&crew, 6, 2), Answer::Waits);
        assert_eq!(state.finish(&crew, 9), Some(6), "rank 2 before the interrupted rank 3");
        assert_eq!(state.finish(&crew, 7), Some(8));
    }
}
