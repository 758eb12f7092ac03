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
mod worker;

pub use super::client::Via;

use super::client::{Route, RouteError};
use super::thread::{Thread, threads_max};
use super::timer::Timer;
use crate::base::workers::lock;
use crate::chaos::experiment::{Load, Pace, Saturation, Target};
use crate::chaos::guard::Allowed;
use crate::chaos::likeness::{self, Known, Responses};
use crate::chaos::limit::Measured;
use crate::chaos::observation::{Observation, Phase, Window};
use crate::chaos::requests::{Recipe, RecipeError};
use crate::chaos::schedule::Schedule;
use crate::chaos::tally::{ByPhase, Tally};
use std::io;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::task::spawn_local;
use worker::{UnderWay, Worker};

/// A running load. Dropping it gives up the requests under way; [`stop`](Self::stop) returns what was
/// observed.
#[derive(Debug)]
pub struct Generator {
    job: Arc<Job>,
    tallies: Vec<Arc<Mutex<Tally>>>,
    order: watch::Sender<Order>,
    threads: Vec<Thread>,
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
    pace: Pace,
    recipe: Recipe,
    route: Arc<Route>,
    /// What responses were like before the faults; set at the injection.
    known: OnceLock<Known>,
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
    threads: usize,
}

/// Requests per second for each thread. One thread can send about five times as many.
const THREAD_PER_S: f64 = 20_000.0;

/// Returns the number of sending threads. It is as small as possible: a busier thread sleeps less
/// deeply, and so wakes up sooner.
fn threads(pace: &Pace) -> usize {
    match pace {
        Pace::Closed { .. } => threads_max(),
        Pace::Open(stages) => {
            let rates = stages.iter().flat_map(|stage| [stage.from_per_s, stage.to_per_s]);
            let needed = (rates.fold(0.0, f64::max) / THREAD_PER_S).ceil() as usize;
            needed.clamp(1, threads_max())
        }
    }
}

impl Generator {
    /// Starts sending. All times count from the beginning of this call.
    pub fn start(
        load: &Load,
        target: &Target,
        via: Option<Via>,
        allowed: &Allowed,
        window: Duration,
        seed: u64,
    ) -> Result<Self, LoadError> {
        let epoch = Instant::now();
        let window = window.max(Duration::from_millis(1));
        let threads = threads(&load.pace);
        let numbered = via.as_ref().is_some_and(|via| via.http);
        let job = Arc::new(Job {
            epoch,
            pace: load.pace.clone(),
            recipe: Recipe::new(load, target, seed)?,
            route: Arc::new(Route::new(target, via, allowed)?),
            known: OnceLock::new(),
            numbered,
            timeout: load.timeout,
            keep_alive: load.keep_alive,
            on_saturation: load.on_saturation,
            window,
            places: Arc::new(Semaphore::new(load.in_flight_max.min(Semaphore::MAX_PERMITS))),
            saturated: AtomicBool::new(false),
            next: AtomicU64::new(0),
            threads,
        });
        let tallies: Vec<_> = (0..threads).map(|_| Arc::new(Mutex::new(Tally::new(window)))).collect();
        let order = watch::Sender::new(Order::Send);
        let start =
            |(index, tally)| start_thread(index, Arc::clone(&job), Arc::clone(tally), order.subscribe());
        let threads = tallies.iter().enumerate().map(start).collect::<io::Result<_>>()?;
        Ok(Self { job, tallies, order, threads })
    }

    /// Returns the time since the start.
    pub fn elapsed(&self) -> Duration {
        self.job.now()
    }

    /// Sets the phase to which the requests that begin from now on count.
    pub fn set_phase(&self, phase: Phase) {
        for tally in &self.tallies {
            lock(tally).enter(phase);
        }
    }

    /// Returns the time before which all requests that were due have ended.
    pub fn settled_until(&self) -> Duration {
        let until = self.tallies.iter().map(|tally| lock(tally).settled_until());
        until.min().unwrap_or_default()
    }

    /// Returns the windows so far, by the time at which requests were due.
    pub fn windows(&self) -> Vec<Window> {
        let mut windows: Vec<Window> = Vec::new();
        for tally in &self.tallies {
            let tally = lock(tally);
            let others = tally.open();
            windows.resize_with(windows.len().max(others.len()), Window::default);
            windows.iter_mut().zip(others).for_each(|(window, other)| window.add(other));
        }
        windows
    }

    /// Returns the measurements of the requests that ended in the last complete window.
    pub fn recent(&self) -> Measured {
        let now = self.elapsed();
        let mut recent = Measured::default();
        for tally in &self.tallies {
            recent.add(&lock(tally).recent(now));
        }
        recent
    }

    /// Compares the responses from now on with those of the baseline, and returns what the latter were like.
    pub fn compare_from_now(&self) -> Vec<Responses> {
        let responses = self.responses();
        self.job.known.get_or_init(|| Known::of(&responses));
        responses
    }

    /// Returns what the successes so far were like, by kind of request.
    fn responses(&self) -> Vec<Responses> {
        let mut responses = Vec::new();
        for tally in &self.tallies {
            likeness::add(&mut responses, lock(tally).responses());
        }
        responses
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
        self.threads.iter().all(Thread::is_over)
    }

    /// Stops sending and gives up the requests under way, which are then not counted.
    pub fn give_up(&self) {
        self.order(Order::GiveUp);
    }

    /// Stops sending, waits for the requests under way (at most for the timeout, and not if they were
    /// given up), and returns what the load has observed.
    pub fn stop(mut self) -> Observation {
        self.finish();
        // The tally of a thread that broke down is still there.
        let broke_down = self.threads.drain(..).filter_map(|thread| thread.join().err()).count() > 0;
        let mut times = ByPhase::default();
        for tally in &self.tallies {
            let mut tally = lock(tally);
            tally.forget_under_way();
            times.add(tally.by_phase());
        }
        Observation {
            window: self.job.window,
            windows: if broke_down { all_stalled(self.windows()) } else { self.windows() },
            service: times.service,
            lag: times.lag,
            reasons: self.job.route.reasons(),
            responses: self.responses(),
            ..Observation::default()
        }
    }

    /// Gives an order, unless one that goes further was given before.
    fn order(&self, order: Order) {
        self.order.send_modify(|known| *known = order.max(*known));
    }
}

/// Marks all windows as stalled, for a run in which a thread broke down: it may have been missing in any of them.
pub(super) fn all_stalled(mut windows: Vec<Window>) -> Vec<Window> {
    for window in &mut windows {
        window.stalled = true;
    }
    windows
}

/// Starts the thread with this index.
fn start_thread(
    index: usize,
    job: Arc<Job>,
    tally: Arc<Mutex<Tally>>,
    order: watch::Receiver<Order>,
) -> io::Result<Thread> {
    Thread::start(format!("load-{index}"), Timer::new, move |timer| {
        work(Rc::new(Worker::new(job, index, tally, timer)), order)
    })
}

/// Sends requests until ordered to stop, then waits for those under way unless ordered to give them up.
async fn work(worker: Rc<Worker>, mut order: watch::Receiver<Order>) -> io::Result<()> {
    let (under_way, mut ended) = mpsc::channel(1);
    spawn_local(beat::watch(Rc::clone(&worker)));
    spawn_local(send(Rc::clone(&worker), under_way));
    // Both waits also end if the sender of the orders is dropped.
    let _ = order.wait_for(|order| *order != Order::Send).await;
    worker.ends.set(worker.job.now());
    worker.ending.notify_waiters();
    tokio::select! {
        _ = ended.recv() => {}
        _ = order.wait_for(|order| *order == Order::GiveUp) => {}
    }
    Ok(())
}

async fn send(worker: Rc<Worker>, under_way: UnderWay) {
    match &worker.job.pace {
        Pace::Open(stages) => open::send(&worker, &Schedule::new(stages), &under_way).await,
        Pace::Closed { workers } => closed::send(&worker, *workers, &under_way),
    }
}

impl Job {
    /// Returns the time since the start.
    fn now(&self) -> Duration {
        self.epoch.elapsed()
    }
}
