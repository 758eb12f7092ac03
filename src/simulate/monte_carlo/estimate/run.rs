//! Runs replications in blocks, on all threads, until a rule is satisfied.
//!
//! A block is a fixed number of consecutive replications that depends on the model alone. Each block is summed by itself, and
//! blocks are merged in their order. The figures are therefore the same, to the last bit, on any number of threads.

use super::Scope;
use super::stopping::{Rule, Stop};
use super::tally::Tally;
use crate::base::workers::{lock, on_threads};
use crate::simulate::monte_carlo::engine::replication::{Bench, Engine};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Mutex;

/// Settings of a run. They do not affect the figures, except that `go_on` may end the run early.
pub struct Conduct<'a> {
    /// Number of threads, at least 1.
    pub threads: usize,
    /// Asked before every block, on any thread: whether there is time left. `Err` says why not.
    pub go_on: &'a (dyn Fn() -> Result<(), Stop> + Sync),
    /// Called after every merged block with the tally so far, and how many replications are planned up to the next look.
    pub progress: &'a (dyn Fn(&Tally, u64) + Sync),
}

/// Runs replications 0, 1, 2, … under `seed` until `rule` is satisfied.
pub fn run(
    engine: &Engine<'_>,
    scope: &Scope,
    seed: u64,
    rule: &Rule,
    conduct: &Conduct<'_>,
) -> (Tally, Stop) {
    let request = RunRequest {
        block: engine.replications_in_block(),
        replications_max: rule.replications_max,
        empty: &Tally::new,
        replicate: &|bench: &mut Bench, index, tally: &mut Tally| {
            let (outages, events) = engine.replicate(bench, seed, index);
            tally.observe(scope, outages, events);
        },
        report: &|tally: &Tally, target| (conduct.progress)(tally, target),
    };
    gather(&request, rule.first(), &|tally: &Tally| rule.next(tally), conduct)
}

/// The sums over some replications.
pub(super) trait Gathering: Send {
    /// Takes in the replications that `other` has seen.
    fn merge(&mut self, other: &Self);
}

impl Gathering for Tally {
    fn merge(&mut self, other: &Self) {
        self.merge(other);
    }
}

/// The replications to run, and for how long.
pub(super) struct RunRequest<'a, T> {
    /// Replications in a block.
    pub(super) block: u64,
    /// Replications at most.
    pub(super) replications_max: u64,
    pub(super) empty: &'a (dyn Fn() -> T + Sync),
    /// Runs one replication and adds it to the sums.
    pub(super) replicate: &'a (dyn Fn(&mut Bench, u64, &mut T) + Sync),
    pub(super) report: &'a (dyn Fn(&T, u64) + Sync),
}

/// Runs a request. The first look at the sums comes after `first` replications, rounded up to whole blocks; `next` then says
/// how many there must be at the next look, or why the run ends.
pub(super) fn gather<T: Gathering>(
    request: &RunRequest<'_, T>,
    first: u64,
    next: &dyn Fn(&T) -> Result<u64, Stop>,
    conduct: &Conduct<'_>,
) -> (T, Stop) {
    let mut gathered = (request.empty)();
    let (mut from, mut wanted) = (0, first);
    loop {
        let to = wanted.div_ceil(request.block).saturating_mul(request.block).min(request.replications_max);
        let round = Mutex::new(Round { next: from, merged_to: from, waiting: BTreeMap::new(), gathered });
        let stops = on_threads(conduct.threads, || work(request, &round, to, conduct));
        gathered = round.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner).gathered;
        if let Some(stop) = stops.into_iter().flatten().next() {
            return (gathered, stop);
        }
        match next(&gathered) {
            Ok(next) => (from, wanted) = (to, next),
            Err(stop) => return (gathered, stop),
        }
    }
}

/// The blocks between two looks at the rule.
struct Round<T> {
    /// The first replication that no thread has taken yet.
    next: u64,
    /// All replications below are in `gathered`.
    merged_to: u64,
    /// Finished blocks whose predecessors are not merged yet, by first replication, each with its end.
    waiting: BTreeMap<u64, (u64, T)>,
    gathered: T,
}

impl<T: Gathering> Round<T> {
    fn take(&mut self, block: u64, end: u64) -> Option<Range<u64>> {
        let from = self.next;
        self.next = from.saturating_add(block).min(end);
        (from < end).then_some(from..self.next)
    }

    /// Merges a finished block, and those that waited for it, in their order.
    fn merge(&mut self, block: Range<u64>, sums: T) {
        self.waiting.insert(block.start, (block.end, sums));
        while let Some((end, sums)) = self.waiting.remove(&self.merged_to) {
            self.gathered.merge(&sums);
            self.merged_to = end;
        }
    }
}

/// Takes block after block up to replication `end` until none is left or there is no time.
fn work<T: Gathering>(
    request: &RunRequest<'_, T>,
    round: &Mutex<Round<T>>,
    end: u64,
    conduct: &Conduct<'_>,
) -> Option<Stop> {
    let mut bench = Bench::default();
    loop {
        if let Err(stop) = (conduct.go_on)() {
            return Some(stop);
        }
        let block = lock(round).take(request.block, end)?;
        let mut sums = (request.empty)();
        for index in block.clone() {
            (request.replicate)(&mut bench, index, &mut sums);
        }
        let mut round = lock(round);
        round.merge(block, sums);
        (request.report)(&round.gathered, end);
    }
}
