//! Crews of limited size: who is in repair, and who comes next.

use crate::simulate::model::{Crew, Discipline};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// A crew at work.
#[derive(Debug, Default)]
pub(super) struct CrewState {
    /// How many repairs go on.
    busy: u32,
    /// The units in repair, with their places in line; kept only where they can be interrupted.
    at_work: Vec<(Turn, u32)>,
    waiting: BinaryHeap<Reverse<(Turn, u32)>>,
    arrivals: u64,
}

/// A place in line: the rank (0 for all where it does not count), then the order of arrival.
pub(super) type Turn = (u32, u64);

/// What happens to a unit that asks for a repair.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// Its repair starts.
    Starts,
    /// Its repair starts, and that of another unit is interrupted.
    Interrupts(u32),
    /// It waits.
    Waits,
}

impl CrewState {
    pub(super) fn reset(&mut self) {
        self.busy = 0;
        self.at_work.clear();
        self.waiting.clear();
        self.arrivals = 0;
    }

    /// Unit `unit` of this rank asks for a repair.
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
        if preemptive
            && let Some(last) = (0..self.at_work.len()).max_by_key(|i| self.at_work[*i])
            && self.at_work[last].0.0 > rank
        {
            let (turn_of_other, other) = std::mem::replace(&mut self.at_work[last], (turn, unit));
            self.waiting.push(Reverse((turn_of_other, other)));
            return Answer::Interrupts(other);
        }
        self.waiting.push(Reverse((turn, unit)));
        Answer::Waits
    }

    /// The repair of `unit` is over; the unit whose repair starts now, if one waits.
    pub(super) fn finish(&mut self, crew: &Crew, unit: u32) -> Option<u32> {
        if let Some(place) = self.at_work.iter().position(|(_, other)| *other == unit) {
            self.at_work.swap_remove(place);
        }
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
    fn fifo_serves_in_the_order_of_arrival_whatever_the_rank() {
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
    fn priority_serves_by_rank_and_lets_a_repair_go_on() {
        let crew = crew(1, Discipline::Priority);
        let mut state = CrewState::default();
        assert_eq!(state.ask(&crew, 7, 3), Answer::Starts);
        assert_eq!(state.ask(&crew, 8, 2), Answer::Waits);
        assert_eq!(state.ask(&crew, 9, 1), Answer::Waits);
        assert_eq!(state.finish(&crew, 7), Some(9));
    }

    #[test]
    fn a_higher_rank_interrupts_the_lowest_where_that_is_the_rule() {
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
