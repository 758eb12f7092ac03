//! Runs replications on all threads until the rule is satisfied.

use super::Scope;
use super::stopping::{Rule, Stop};
use super::tally::Tally;
use crate::simulate::engine::replication::{Bench, Engine};
use std::sync::atomic::{AtomicU64, Ordering};

/// How a run is done; none of it changes the figures, except that `go_on` may end it early.
pub struct Conduct<'a> {
    /// Threads to use, at least 1.
    pub threads: usize,
    /// Asked after every piece of work, on any thread: whether there is time left. `Err` says why not.
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
    let mut tally = Tally::new(scope);
    let mut target = rule.first();
    let mut from = 0;
    loop {
        while from < target {
            let to = target.min(from + replications_between_reports(&tally, conduct.threads));
            let (round, cut) = run_round(engine, scope, seed, from..to, conduct);
            tally.merge(&round);
            (conduct.progress)(&tally, target);
            if let Some(stop) = cut {
                return (tally, stop);
            }
            from = to;
        }
        match rule.next(&tally) {
            Ok(next) => target = next,
            Err(stop) => return (tally, stop),
        }
    }
}

/// So many that progress is told several times a second; the figures do not depend on it.
fn replications_between_reports(tally: &Tally, threads: usize) -> u64 {
    let events_each = tally.events() / tally.replications().max(1);
    let pieces = 20 * threads as u64;
    (pieces * EVENTS_IN_PIECE / events_each.max(20)).max(threads as u64)
}

/// Component events that a piece of work should have: long enough that fetching it costs nothing, short enough that time limits and
/// interrupts are noticed within some tens of milliseconds.
const EVENTS_IN_PIECE: u64 = 200_000;

fn run_round(
    engine: &Engine<'_>,
    scope: &Scope,
    seed: u64,
    replications: std::ops::Range<u64>,
    conduct: &Conduct<'_>,
) -> (Tally, Option<Stop>) {
    let next = AtomicU64::new(replications.start);
    let worker = || work(engine, scope, seed, replications.end, &next, conduct);
    let threads = conduct
        .threads
        .clamp(1, (replications.end - replications.start).max(1) as usize);
    let results: Vec<(Tally, Option<Stop>)> = std::thread::scope(|threads_scope| {
        let others: Vec<_> = (1..threads).map(|_| threads_scope.spawn(worker)).collect();
        let own = worker();
        let joined = others.into_iter().map(|handle| match handle.join() {
            Ok(result) => result,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        std::iter::once(own).chain(joined).collect()
    });
    let mut tally = Tally::new(scope);
    let mut cut = None;
    for (part, stop) in results {
        tally.merge(&part);
        cut = cut.or(stop);
    }
    (tally, cut)
}

/// One thread: takes the next few replications until none are left or there is no time.
fn work(
    engine: &Engine<'_>,
    scope: &Scope,
    seed: u64,
    end: u64,
    next: &AtomicU64,
    conduct: &Conduct<'_>,
) -> (Tally, Option<Stop>) {
    let mut tally = Tally::new(scope);
    let mut bench = Bench::default();
    let mut piece = 1;
    loop {
        let from = next.fetch_add(piece, Ordering::Relaxed);
        if from >= end {
            return (tally, None);
        }
        if let Err(stop) = (conduct.go_on)() {
            return (tally, Some(stop));
        }
        for index in from..(from + piece).min(end) {
            let (outages, events) = engine.replicate(&mut bench, seed, index);
            tally.observe(scope, outages, events);
        }
        let events_each = tally.events() / tally.replications().max(1);
        piece = (EVENTS_IN_PIECE / events_each.max(20)).clamp(1, 4_096);
    }
}
