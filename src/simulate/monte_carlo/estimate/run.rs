//! Runs replications in blocks, on all threads, until a rule is satisfied.
//!
//! A block is a fixed number of consecutive replications that depends on the model alone. Each block is summed by itself, and
//! blocks are merged in their order. The figures are therefore the same, to the last bit, on any number of threads.

use super::Scope;
use super::stopping::{Rule, Stop};
use super::tally::{Observed, Sums, Tally};
use crate::base::workers::{lock, on_threads};
use crate::simulate::monte_carlo::engine::replication::{Bench, Engine, Halt};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

/// Settings of a run. They do not affect the figures, except that `go_on` may end the run early.
pub struct Conduct<'a> {
    /// Number of threads, at least 1.
    pub threads: usize,
    /// Called before each block, on any thread. Returns `Err` with the reason if the run must stop.
    pub go_on: &'a (dyn Fn() -> Result<(), Stop> + Sync),
    /// Called after each merged block with the sums so far.
    pub progress: &'a (dyn Fn(&Tally) + Sync),
}

/// Runs replications 0, 1, 2, … under `seed` until `rule` is satisfied.
pub fn run(
    engine: &Engine<'_>,
    scope: &Scope,
    seed: u64,
    rule: &Rule,
    conduct: &Conduct<'_>,
) -> (Tally, Stop) {
    let replicate = |bench: &mut Bench, index: u64, tally: &mut Tally, go_on: &GoOn<'_>| {
        let index = scope.known.drawn(seed, index);
        replicate(engine, scope, bench, (seed, index), tally, go_on).map(drop)
    };
    gather(
        engine.replications_in_block(),
        rule,
        &replicate,
        &|tally: &Tally| rule.next(tally, scope),
        conduct,
    )
}

/// Draws one replication, and adds it to the tally slice by slice. Returns its downtime in seconds. Fails where it is
/// not finished; the tally is then of no use.
pub(super) fn replicate(
    engine: &Engine<'_>,
    scope: &Scope,
    bench: &mut Bench,
    stream: (u64, u64),
    tally: &mut Tally,
    go_on: &GoOn<'_>,
) -> Result<f64, Stop> {
    let mut observed = Observed::new(scope);
    let events = engine.replicate_in_slices(bench, stream, &mut |outages, events| {
        observed.take(tally, outages);
        go_on(events)
    });
    match events {
        Ok(events) => Ok(observed.finish(tally, events)),
        Err(Halt::Asked(stop)) => Err(stop),
        Err(Halt::TooManyEvents) => Err(Stop::Events),
    }
}

/// Called after each slice with the number of events of the replication so far. Fails with the reason to stop.
pub(super) type GoOn<'a> = dyn Fn(u64) -> Result<(), Stop> + 'a;

/// Runs one replication, given by its index, and adds it to the sums. Fails with the reason if it is not finished.
type Replicate<'a, T> = dyn Fn(&mut Bench, u64, &mut T, &GoOn<'_>) -> Result<(), Stop> + Sync + 'a;

/// Runs replications in blocks of `block`. The sums are first checked after the first replications of the rule,
/// rounded up to whole blocks. `next` returns the number of replications at the next check, or why the run ends.
pub(super) fn gather<T: Sums>(
    block: u64,
    rule: &Rule,
    replicate: &Replicate<'_, T>,
    next: &dyn Fn(&T) -> Result<u64, Stop>,
    conduct: &Conduct<'_>,
) -> (T, Stop) {
    let mut gathered = T::new();
    let (mut from, mut wanted) = (0, rule.first());
    loop {
        let end = wanted.div_ceil(block).saturating_mul(block).min(rule.replications_max);
        let waiting = BTreeMap::new();
        let round = Mutex::new(Round { block, next: from, end, merged_to: from, waiting, gathered });
        let stops = on_threads(conduct.threads, || work(&round, rule.events_max, replicate, conduct));
        gathered = round.into_inner().unwrap_or_else(PoisonError::into_inner).gathered;
        if let Some(stop) = stops.into_iter().flatten().next() {
            return (gathered, stop);
        }
        match next(&gathered) {
            Ok(next) => (from, wanted) = (end, next),
            Err(stop) => return (gathered, stop),
        }
    }
}

/// The blocks between two checks of the stopping rule.
struct Round<T> {
    /// Replications in a block.
    block: u64,
    /// The first replication that no thread has taken yet.
    next: u64,
    /// The first replication after the round.
    end: u64,
    /// All replications below are in `gathered`.
    merged_to: u64,
    /// Finished blocks whose predecessors are not merged yet, by first replication, each with its end.
    waiting: BTreeMap<u64, (u64, T)>,
    gathered: T,
}

impl<T: Sums> Round<T> {
    fn take(&mut self) -> Option<Range<u64>> {
        let from = self.next;
        self.next = from.saturating_add(self.block).min(self.end);
        (from < self.end).then_some(from..self.next)
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

/// Runs one block after another until none is left or the run must stop.
fn work<T: Sums>(
    round: &Mutex<Round<T>>,
    events_max: u64,
    replicate: &Replicate<'_, T>,
    conduct: &Conduct<'_>,
) -> Option<Stop> {
    let mut bench = Bench::default();
    // A single replication must not take more than all may.
    let go_on = |events| if events > events_max { Err(Stop::Events) } else { (conduct.go_on)() };
    loop {
        if let Err(stop) = (conduct.go_on)() {
            return Some(stop);
        }
        let block = lock(round).take()?;
        let mut sums = T::new();
        for index in block.clone() {
            // A block that is not whole is dropped.
            if let Err(stop) = replicate(&mut bench, index, &mut sums, &go_on) {
                return Some(stop);
            }
        }
        let mut round = lock(round);
        round.merge(block, sums);
        (conduct.progress)(round.gathered.tally());
    }
}

#[cfg(test)]
mod tests {
    use super::{Conduct, Rule, Scope, Stop, Sums as _, Tally, run};
    use crate::simulate::model::Model;
    use crate::simulate::monte_carlo::engine::replication::{Bench, Engine};
    use std::sync::atomic::{AtomicU64, Ordering};

    fn model() -> Model {
        let text = "horizon: 2000h\ncomponents: { web: { mtbf: 100h, mttr: 5h } }\nsystem: web\n";
        crate::simulate::topology_file::tests::model(text)
    }

    fn rule(replications_max: u64) -> Rule {
        Rule { precision: None, confidence: 0.95, replications_max, events_max: u64::MAX }
    }

    #[test]
    fn a_run_holds_its_replications_on_any_number_of_threads() {
        let model = model();
        let engine = Engine::new(&model).unwrap();
        let scope = Scope::new(model.horizon_s, None, None, None);
        // Not a whole number of blocks, and several of them.
        let replications = 2 * engine.replications_in_block() + 7;
        let calls = AtomicU64::new(0);
        let seen = AtomicU64::new(0);
        let conduct = |threads| Conduct { threads, go_on: &|| Ok(()), progress: &|_| {} };
        let (three, stop) = run(&engine, &scope, 5, &rule(replications), &conduct(3));
        let counted = Conduct {
            threads: 1,
            go_on: &|| {
                calls.fetch_add(1, Ordering::Relaxed);
                Ok(())
            },
            progress: &|tally| seen.store(tally.replications(), Ordering::Relaxed),
        };
        let (one, _) = run(&engine, &scope, 5, &rule(replications), &counted);
        assert_eq!((stop, one.replications()), (Stop::Replications, replications));
        assert_eq!(one, three);
        assert_eq!(seen.load(Ordering::Relaxed), replications, "the last progress is the whole");
        assert!(calls.load(Ordering::Relaxed) >= 3, "before each block");
        let (mut plain, mut bench) = (Tally::new(), Bench::default());
        for index in 0..replications {
            super::replicate(&engine, &scope, &mut bench, (5, index), &mut plain, &|_| Ok(())).unwrap();
        }
        assert_eq!((plain.events(), plain.failing()), (one.events(), one.failing()));
        assert!((plain.downtime.y().sum() / one.downtime.y().sum() - 1.0).abs() < 1e-12);
    }

    #[test]
    fn a_run_ends_when_it_is_asked_to_and_holds_whole_blocks() {
        let model = model();
        let engine = Engine::new(&model).unwrap();
        let scope = Scope::new(model.horizon_s, None, None, None);
        let block = engine.replications_in_block();
        let left = AtomicU64::new(2 * block);
        // Called before each block, and in each replication.
        let go_on = || {
            let more = left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
            more.map(drop).map_err(|_| Stop::Interrupted)
        };
        let conduct = Conduct { threads: 1, go_on: &go_on, progress: &|_| {} };
        let (tally, stop) = run(&engine, &scope, 5, &rule(100 * block), &conduct);
        assert_eq!(stop, Stop::Interrupted);
        assert_eq!(tally.replications() % block, 0);
        assert!(tally.replications() <= 2 * block);
        let limited = Rule { events_max: 3, ..rule(10) };
        let endless = Conduct { threads: 1, go_on: &|| Ok(()), progress: &|_| {} };
        let (tally, stop) = run(&engine, &scope, 5, &limited, &endless);
        assert_eq!((tally.replications(), stop), (0, Stop::Events), "one alone takes more");
    }
}
