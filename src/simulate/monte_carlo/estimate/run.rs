//! Runs replications on all threads until a rule is satisfied.

use super::Scope;
use super::stopping::{Rule, Stop};
use super::tally::Tally;
use crate::simulate::monte_carlo::engine::replication::{Bench, Engine};
use std::sync::atomic::{AtomicU64, Ordering};

/// How a run is done; none of it changes the figures, except that `go_on` may end it early.
pub struct Conduct<'a> {
    /// Threads to use, at least 1.
    pub threads: usize,
    /// Asked before every piece of work, on any thread: whether there is time left. `Err` says why not.
    pub go_on: &'a (dyn Fn() -> Result<(), Stop> + Sync),
    /// Told now and then how far the run is: the tally so far, and how many replications are planned up to the next look.
    pub progress: &'a (dyn Fn(&Tally, u64) + Sync),
}

/// Runs replications 0, 1, 2, … under `seed` until `rule` is satisfied. Figures are the same for any number of threads, unless
/// time cut the run short.
pub fn run(
    engine: &Engine<'_>,
    scope: &Scope,
    seed: u64,
    rule: &Rule,
    conduct: &Conduct<'_>,
) -> (Tally, Stop) {
    let task = RunRequest {
        empty: &|| Tally::new(scope),
        replicate: &|bench: &mut Bench, index, tally: &mut Tally| {
            let (outages, events) = engine.replicate(bench, seed, index);
            tally.observe(scope, outages, events);
        },
        next: &|tally: &Tally| rule.next(tally),
        report: &|tally: &Tally, target| (conduct.progress)(tally, target),
    };
    gather(&task, rule.first(), conduct)
}

/// What replications are gathered in: it merges exactly, so that it does not matter who ran which.
pub(super) trait Gathering: Send {
    fn merge(&mut self, other: &Self);
    fn replications(&self) -> u64;
    fn events(&self) -> u64;
}

impl Gathering for Tally {
    fn merge(&mut self, other: &Self) {
        self.merge(other);
    }

    fn replications(&self) -> u64 {
        self.replications()
    }

    fn events(&self) -> u64 {
        self.events()
    }
}

/// What is to be run, and for how long.
pub(super) struct RunRequest<'a, T> {
    pub(super) empty: &'a (dyn Fn() -> T + Sync),
    /// Runs one replication and takes it in.
    pub(super) replicate: &'a (dyn Fn(&mut Bench, u64, &mut T) + Sync),
    /// How many replications there must be at the next look, or why the run ends.
    pub(super) next: &'a dyn Fn(&T) -> Result<u64, Stop>,
    pub(super) report: &'a dyn Fn(&T, u64),
}

/// Runs a task, with the first look after `first` replications.
pub(super) fn gather<T: Gathering>(task: &RunRequest<'_, T>, first: u64, conduct: &Conduct<'_>) -> (T, Stop) {
    let mut gathered = (task.empty)();
    let (mut from, mut target) = (0, first);
    loop {
        while from < target {
            let to = target.min(from + replications_between_reports(&gathered, conduct.threads));
            let (round, cut) = gather_round(task, from..to, conduct);
            gathered.merge(&round);
            (task.report)(&gathered, target);
            if let Some(stop) = cut {
                return (gathered, stop);
            }
            from = to;
        }
        match (task.next)(&gathered) {
            Ok(next) => target = next,
            Err(stop) => return (gathered, stop),
        }
    }
}

/// Component events that a piece of work should have: long enough that fetching it costs nothing, short enough that time limits and
/// interrupts are noticed within some tens of milliseconds.
const EVENTS_IN_PIECE: u64 = 200_000;

/// So many that progress is told several times a second; the figures do not depend on it.
fn replications_between_reports<T: Gathering>(gathered: &T, threads: usize) -> u64 {
    let events_each = gathered.events() / gathered.replications().max(1);
    let pieces = 20 * threads as u64;
    (pieces * EVENTS_IN_PIECE / events_each.max(20)).max(threads as u64)
}

fn gather_round<T: Gathering>(
    task: &RunRequest<'_, T>,
    replications: std::ops::Range<u64>,
    conduct: &Conduct<'_>,
) -> (T, Option<Stop>) {
    let next = AtomicU64::new(replications.start);
    let worker = Worker {
        empty: task.empty,
        replicate: task.replicate,
        go_on: conduct.go_on,
        end: replications.end,
        next: &next,
    };
    let count = replications.end - replications.start;
    let threads = conduct.threads.clamp(1, count.max(1) as usize);
    let results: Vec<(T, Option<Stop>)> = std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(|| worker.work())).collect();
        let own = worker.work();
        let joined = others.into_iter().map(|handle| match handle.join() {
            Ok(result) => result,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        std::iter::once(own).chain(joined).collect()
    });
    let mut gathered = (task.empty)();
    let mut cut = None;
    for (part, stop) in results {
        gathered.merge(&part);
        cut = cut.or(stop);
    }
    (gathered, cut)
}

/// What one thread needs to know.
struct Worker<'a, T> {
    empty: &'a (dyn Fn() -> T + Sync),
    replicate: &'a (dyn Fn(&mut Bench, u64, &mut T) + Sync),
    go_on: &'a (dyn Fn() -> Result<(), Stop> + Sync),
    end: u64,
    next: &'a AtomicU64,
}

impl<T: Gathering> Worker<'_, T> {
    /// Takes the next few replications until none are left or there is no time.
    fn work(&self) -> (T, Option<Stop>) {
        let mut gathered = (self.empty)();
        let mut bench = Bench::default();
        let mut piece = 1;
        loop {
            let from = self.next.fetch_add(piece, Ordering::Relaxed);
            if from >= self.end {
                return (gathered, None);
            }
            if let Err(stop) = (self.go_on)() {
                return (gathered, Some(stop));
            }
            for index in from..(from + piece).min(self.end) {
                (self.replicate)(&mut bench, index, &mut gathered);
            }
            let events_each = gathered.events() / gathered.replications().max(1);
            piece = (EVENTS_IN_PIECE / events_each.max(20)).clamp(1, 4_096);
        }
    }
}
