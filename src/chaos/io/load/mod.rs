//! The generator of load.
//!
//! Request i is due at a time that the schedule alone says, and is drawn from the seed and i alone; a slow target slows nothing
//! down. Response time counts from when a request was due, so that a stall of the target shows in all requests that it held up
//! (no coordinated omission), and so does the timeout. Service time counts from when the request was taken up, with the time to
//! connect where no connection was free; the lag is what lies between the two. In a closed loop a request is due when it is sent.
//!
//! Each thread, one for each core and at most two, has its share of the requests, connections of its own and a tally of its own.

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

/// Load under way. Dropped, it gives up; [`stop`](Self::stop) says what came of it.
#[derive(Debug)]
pub struct Generator {
    job: Arc<Job>,
    tallies: Vec<Arc<Mutex<Tally>>>,
    /// What the threads have handed over, so that they need not keep it.
    handed: Mutex<Vec<Window>>,
    order: watch::Sender<Order>,
    threads: Vec<JoinHandle<()>>,
}

/// What the threads are told to do; each goes further than the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Order {
    /// Send what is due.
    Send,
    /// Send no more, and wait for what is under way.
    Finish,
    /// Wait for nothing.
    GiveUp,
}

/// What came of a load.
#[derive(Debug, Clone, Default)]
pub struct Loaded {
    /// The windows by the time at which requests were due, from the epoch on.
    pub windows: Vec<Window>,
    /// From when a request was taken up to its whole answer, by phase; successes only.
    pub service: BTreeMap<Phase, Latencies>,
    /// How much later than due requests were taken up, by phase.
    pub lag: BTreeMap<Phase, Latencies>,
    /// The statuses of answers that were not as expected, by phase.
    pub statuses: BTreeMap<Phase, BTreeMap<u16, u64>>,
    /// Why requests could not be sent, in the words of the first that could not.
    pub reasons: BTreeMap<Failure, String>,
    /// Whether it ended itself, since more requests were due than may be under way and the load asks for that.
    pub saturated: bool,
    /// Connections that the proxy before the target refused.
    pub refused: u64,
}

/// Why a load cannot start.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// A request that cannot be sent.
    #[error(transparent)]
    Request(#[from] RecipeError),
    /// A target to which there is no way.
    #[error(transparent)]
    Route(#[from] RouteError),
    /// A thread that cannot run.
    #[error("the load cannot start")]
    Thread(#[from] io::Error),
}

/// What all threads know.
#[derive(Debug)]
struct Job {
    epoch: Instant,
    pace: Paced,
    recipe: Recipe,
    route: Arc<Route>,
    /// Whether requests are told their number in a header.
    numbered: bool,
    timeout: Duration,
    keep_alive: bool,
    on_saturation: Saturation,
    window: Duration,
    /// One for each request that may be under way.
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

/// More threads than this do not help: the target is what is measured, and it needs cores too.
const THREADS_MAX: usize = 2;

/// Requests a second that one thread sends with ease: it can send five times as many.
const THREAD_PER_S: f64 = 20_000.0;

/// How many threads send. As few as can be: one that has something to do more often sleeps less deeply between.
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
    /// Starts sending. All times count from `epoch`, which may lie ahead.
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

    /// Times of service and lag count to this phase from now on.
    pub fn set_phase(&self, phase: Phase) {
        for tally in &self.tallies {
            lock(tally).enter(phase);
        }
    }

    /// The windows by the time at which requests were due, and until when all that were due have ended.
    pub fn windows(&self) -> (Vec<Window>, Duration) {
        let until = |tally: &Arc<Mutex<Tally>>| lock(tally).settled_until();
        let settled_until = self.tallies.iter().map(until).min().unwrap_or_default();
        let whole = settled_until.as_nanos() / self.job.window.as_nanos().max(1);
        let whole = usize::try_from(whole).unwrap_or(usize::MAX);
        let mut windows = self.take(whole);
        for tally in &self.tallies {
            merge(&mut windows, whole, lock(tally).open());
        }
        (windows, settled_until)
    }

    /// The requests that ended in the last window that is over.
    pub fn recent(&self) -> Measured {
        let now = self.job.epoch.elapsed();
        let mut recent = Measured::default();
        for tally in &self.tallies {
            recent.add(&lock(tally).recent(now));
        }
        recent
    }

    /// Whether the load has ended itself; see [`Saturation::Abort`].
    pub fn saturated(&self) -> bool {
        self.job.saturated.load(Ordering::Relaxed)
    }

    /// Sends no more.
    pub fn finish(&self) {
        self.order(Order::Finish);
    }

    /// Whether nothing is sent any more and nothing is under way.
    pub fn is_over(&self) -> bool {
        self.threads.iter().all(JoinHandle::is_finished)
    }

    /// Sends no more, and lets go of what is under way: it counts for nothing.
    pub fn give_up(&self) {
        self.order(Order::GiveUp);
    }

    /// Sends no more, and waits until what is under way has ended; no longer than the timeout, and not if it was given up.
    pub fn stop(self) -> Loaded {
        let saturated = self.saturated();
        self.finish();
        for thread in self.threads {
            // A thread that panicked has left its tally behind all the same.
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

    /// An order never takes back one that goes further.
    fn order(&self, order: Order) {
        self.order.send_if_modified(|known| {
            let further = order > *known;
            if further {
                *known = order;
            }
            further
        });
    }

    /// Takes what has settled from the threads. Gives all that was taken so far.
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
    /// The time since the epoch.
    fn now(&self) -> Duration {
        self.epoch.elapsed()
    }
}

/// Adds windows to those that stand from `start` on.
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

/// A tally is whole after every call, so that a thread that panicked spoils nothing.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
