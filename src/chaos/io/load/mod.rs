//! The load generator.
//!
//! In an open loop, the time at which request i is due depends on the schedule alone, and its content on
//! the seed and i alone; a slow target does not slow the load down. The response time counts from when a
//! request was due, so that a stall of the target shows in every request that it held up (no coordinated
//! omission); the timeout counts from then, too. The service time counts from when the request was sent,
//! and includes the time to connect if no connection was free. The lag is the time from due to sent. In
//! a closed loop, a request is due when it is sent.
//!
//! There is at most one thread per core and at most two in all. Each has its share of the requests, its
//! own connections and its own tally.

mod beat;
mod closed;
mod open;
mod thread;
mod under_way;

pub use super::client::Via;

use super::client::{Route, RouteError};
use crate::chaos::experiment::{Load, Pace, Saturation, Target};
use crate::chaos::guard::Allowed;
use crate::chaos::latencies::Latencies;
use crate::chaos::limit::Measured;
use crate::chaos::observation::{Failure, Phase, Window};
use crate::chaos::requests::{Recipe, RecipeError};
use crate::chaos::schedule::Schedule;
use crate::chaos::tally::{ByPhase, Tally};
use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{JoinHandle, available_parallelism};
use std::time::{Duration, Instant};
use tokio::sync::{Semaphore, watch};

/// A running load. Dropping it gives up the requests under way; [`stop`](Self::stop) returns the results.
#[derive(Debug)]
pub struct Generator {
    job: Arc<Job>,
    tallies: Vec<Arc<Mutex<Tally>>>,
    /// Settled windows that the threads have handed over, so that they need not keep them.
    handed: Mutex<Vec<Window>>,
    order: watch::Sender<Order>,
    threads: Vec<JoinHandle<()>>,
}

/// An order to the threads; each goes further than the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Order {
    /// Send requests as they are due.
    Send,
    /// Send no more, and wait for the requests under way.
    Finish,
    /// Send no more, and give up the requests under way.
    GiveUp,
}

/// The results of a load.
#[derive(Debug, Clone, Default)]
pub struct Loaded {
    /// Windows by the time at which requests were due, starting at the epoch.
    pub windows: Vec<Window>,
    /// Service times, from sending a request to its complete response, by phase; successes only.
    pub service: BTreeMap<Phase, Latencies>,
    /// Lags, from when requests were due to when they were sent, by phase.
    pub lag: BTreeMap<Phase, Latencies>,
    /// Status codes of unexpected responses and their counts, by phase.
    pub statuses: BTreeMap<Phase, BTreeMap<u16, u64>>,
    /// For each kind of failure, the error message of the first connection that failed.
    pub reasons: BTreeMap<Failure, String>,
    /// Whether the load stopped itself because more requests were due than may be under way; see
    /// [`Saturation::Abort`].
    pub saturated: bool,
    /// Number of connections that the proxy in front of the target refused.
    pub refused: u64,
}

/// An error that prevents a load from starting.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// A request cannot be built.
    #[error(transparent)]
    Request(#[from] RecipeError),
    /// The target cannot be resolved or is not allowed, or TLS cannot be set up.
    #[error(transparent)]
    Route(#[from] RouteError),
    /// A thread cannot be started.
    #[error("cannot start the load generator")]
    Thread(#[from] io::Error),
}

/// The state that all threads share.
#[derive(Debug)]
struct Job {
    epoch: Instant,
    pace: Paced,
    recipe: Recipe,
    route: Arc<Route>,
    /// Whether each request carries its number in a header.
    numbered: bool,
    timeout: Duration,
    keep_alive: bool,
    on_saturation: Saturation,
    window: Duration,
    /// One permit for each request that may be under way.
    places: Arc<Semaphore>,
    saturated: AtomicBool,
    /// The number of the next request of a closed loop.
    next: AtomicU64,
    threads: u64,
}

#[derive(Debug)]
enum Paced {
    Open(Schedule),
    Closed { workers: usize },
}

/// More threads do not help: the target is what is measured, and it needs cores, too.
const THREADS_MAX: usize = 2;

/// Requests per second for each thread. One thread can send about five times as many.
const THREAD_PER_S: f64 = 20_000.0;

/// Returns the number of sending threads. It is as small as possible: a busier thread sleeps less
/// deeply, and so wakes up sooner.
fn threads(pace: &Pace) -> usize {
    let cores = available_parallelism().map_or(1, usize::from).min(THREADS_MAX);
    match pace {
        Pace::Closed { .. } => cores,
        Pace::Open(stages) => {
            let rates = stages.iter().flat_map(|stage| [stage.from_per_s, stage.to_per_s]);
            let needed = (rates.fold(0.0, f64::max) / THREAD_PER_S).ceil() as usize;
            needed.clamp(1, cores)
        }
    }
}

impl Generator {
    /// Starts sending. All times count from `epoch`, which may lie in the future.
    pub fn start(
        load: &Load,
        target: &Target,
        via: Option<Via>,
        allowed: &Allowed,
        window: Duration,
        epoch: Instant,
        seed: u64,
    ) -> Result<Self, LoadError> {
        let window = window.max(Duration::from_millis(1));
        let threads = threads(&load.pace);
        let numbered = via.as_ref().is_some_and(|via| via.http);
        let job = Arc::new(Job {
            epoch,
            pace: match &load.pace {
                Pace::Open(stages) => Paced::Open(Schedule::new(stages)),
                Pace::Closed { workers } => Paced::Closed { workers: *workers },
            },
            recipe: Recipe::new(load, target, seed)?,
            route: Arc::new(Route::new(target, via, allowed)?),
            numbered,
            timeout: load.timeout,
            keep_alive: load.keep_alive,
            on_saturation: load.on_saturation,
            window,
            places: Arc::new(Semaphore::new(load.in_flight_max.min(Semaphore::MAX_PERMITS))),
            saturated: AtomicBool::new(false),
            next: AtomicU64::new(0),
            threads: threads as u64,
        });
        let tallies: Vec<_> = (0..threads).map(|_| Arc::new(Mutex::new(Tally::new(window)))).collect();
        let order = watch::Sender::new(Order::Send);
        let start =
            |(index, tally)| thread::start(Arc::clone(&job), index, Arc::clone(tally), order.subscribe());
        let threads = tallies.iter().enumerate().map(start).collect::<io::Result<_>>()?;
        Ok(Self { job, tallies, handed: Mutex::default(), order, threads })
    }

    /// Sets the phase to which the requests that begin from now on count.
    pub fn set_phase(&self, phase: Phase) {
        for tally in &self.tallies {
            lock(tally).enter(phase);
        }
    }

    /// Returns the windows by the time at which requests were due, and the time before which all
    /// requests that were due have ended.
    pub fn windows(&self) -> (Vec<Window>, Duration) {
        let until = |tally: &Arc<Mutex<Tally>>| lock(tally).settled_until();
        let settled_until = self.tallies.iter().map(until).min().unwrap_or_default();
        // Only a window that has settled on every thread can be handed over.
        let whole = settled_until.as_nanos() / self.job.window.as_nanos().max(1);
        let whole = usize::try_from(whole).unwrap_or(usize::MAX);
        let mut windows = self.take(whole);
        for tally in &self.tallies {
            merge(&mut windows, whole, lock(tally).open());
        }
        (windows, settled_until)
    }

    /// Returns the measurements of the requests that ended in the last complete window.
    pub fn recent(&self) -> Measured {
        let now = self.job.epoch.elapsed();
        let mut recent = Measured::default();
        for tally in &self.tallies {
            recent.add(&lock(tally).recent(now));
        }
        recent
    }

    /// Returns whether the load has stopped itself; see [`Saturation::Abort`].
    pub fn saturated(&self) -> bool {
        self.job.saturated.load(Ordering::Relaxed)
    }

    /// Stops sending.
    pub fn finish(&self) {
        self.order(Order::Finish);
    }

    /// Returns whether all threads have ended, so that nothing is sent or under way any more.
    pub fn is_over(&self) -> bool {
        self.threads.iter().all(JoinHandle::is_finished)
    }

    /// Stops sending and gives up the requests under way, which are then not counted.
    pub fn give_up(&self) {
        self.order(Order::GiveUp);
    }

    /// Stops sending, waits for the requests under way (at most for the timeout, and not if they were
    /// given up), and returns the results.
    pub fn stop(self) -> Loaded {
        let saturated = self.saturated();
        self.finish();
        for thread in self.threads {
            // The tally of a thread that panicked is still there.
            let _ = thread.join();
        }
        let mut windows = lock(&self.handed).clone();
        let handed = windows.len();
        let mut times = ByPhase::default();
        for tally in &self.tallies {
            let mut tally = lock(tally);
            tally.forget_under_way();
            merge(&mut windows, handed, tally.open());
            times.add(tally.by_phase());
        }
        Loaded {
            windows,
            service: times.service,
            lag: times.lag,
            statuses: times.statuses,
            reasons: self.job.route.reasons(),
            saturated,
            refused: self.job.route.refused(),
        }
    }

    /// Gives an order, unless one that goes further was given before.
    fn order(&self, order: Order) {
        self.order.send_if_modified(|known| {
            let further = order > *known;
            if further {
                *known = order;
            }
            further
        });
    }

    /// Takes the settled windows, those with an index below `whole`, from the threads. Returns all
    /// windows taken so far.
    fn take(&self, whole: usize) -> Vec<Window> {
        let mut handed = lock(&self.handed);
        let known = handed.len();
        for tally in &self.tallies {
            let fresh = lock(tally).hand_over(whole);
            merge(&mut handed, known, fresh.iter());
        }
        handed.clone()
    }
}

impl Job {
    /// Returns the time since the epoch.
    fn now(&self) -> Duration {
        self.epoch.elapsed()
    }
}

/// Adds `others` to `windows`, beginning at the index `start`.
fn merge<'w>(windows: &mut Vec<Window>, start: usize, others: impl Iterator<Item = &'w Window>) {
    for (number, other) in (start..).zip(others) {
        if windows.len() <= number {
            windows.resize_with(number + 1, Window::default);
        }
        if let Some(window) = windows.get_mut(number) {
            window.add(other);
        }
    }
}

/// Locks a tally or a list of windows. A poisoned lock is safe to use: a tally is consistent after every
/// call.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
