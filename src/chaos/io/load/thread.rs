//! One thread of the load generator.

use super::under_way::{self, UnderWay};
use super::{Job, Order, Paced, beat, closed, lock, open};
use crate::chaos::expectation::{Answered, hold};
use crate::chaos::io::client::{Answer, Client};
use crate::chaos::io::marks;
use crate::chaos::io::marks::NUMBER;
use crate::chaos::io::timer::Timer;
use crate::chaos::observation::{Failure, Phase};
use crate::chaos::tally::{Ending, Tally};
use hyper::header::HeaderValue;
use std::cell::Cell;
use std::io;
use std::rc::Rc;
use std::sync::{Arc, Mutex, MutexGuard, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::{Notify, watch};
use tokio::task::LocalSet;
use tokio::time::timeout_at;

/// The state that the tasks of one thread share.
pub(super) struct Worker {
    pub job: Arc<Job>,
    /// The index of this thread, from 0.
    pub index: usize,
    pub timer: Rc<Timer>,
    /// Requests that are due at this time or later are not sent.
    pub ends: Cell<Duration>,
    /// Wakes sleeping tasks after `ends` was set.
    pub ending: Notify,
    client: Client,
    tally: Arc<Mutex<Tally>>,
}

/// Starts a thread and waits until it runs.
pub(super) fn start(
    job: Arc<Job>,
    index: usize,
    tally: Arc<Mutex<Tally>>,
    order: watch::Receiver<Order>,
) -> io::Result<JoinHandle<()>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (report, started) = mpsc::channel();
    let run = move || {
        LocalSet::new().block_on(&runtime, async {
            match Timer::new() {
                Ok(timer) => {
                    let _ = report.send(Ok(()));
                    Rc::new(Worker::new(job, index, tally, timer)).work(order).await;
                }
                Err(error) => {
                    let _ = report.send(Err(error));
                }
            }
        });
        // Do not wait for a name lookup that hangs.
        runtime.shutdown_background();
    };
    let thread = std::thread::Builder::new().name(format!("load-{index}")).spawn(run)?;
    started.recv().map_err(io::Error::other)??;
    Ok(thread)
}

impl Worker {
    fn new(job: Arc<Job>, index: usize, tally: Arc<Mutex<Tally>>, timer: Rc<Timer>) -> Self {
        let client = Client::new(Arc::clone(&job.route));
        Self { job, index, timer, ends: Cell::new(Duration::MAX), ending: Notify::new(), client, tally }
    }

    /// Sends requests until ordered to stop, then waits for those under way unless ordered to give them up.
    async fn work(self: Rc<Self>, mut order: watch::Receiver<Order>) {
        let (under_way, ended) = under_way::watch();
        tokio::task::spawn_local(beat::watch(Rc::clone(&self)));
        tokio::task::spawn_local(Rc::clone(&self).send(under_way));
        // Both waits also end if the sender of the orders is dropped.
        let _ = order.wait_for(|order| *order != Order::Send).await;
        self.ends.set(self.job.now());
        self.ending.notify_waiters();
        tokio::select! {
            () = ended.wait() => {}
            _ = order.wait_for(|order| *order == Order::GiveUp) => {}
        }
    }

    async fn send(self: Rc<Self>, under_way: UnderWay) {
        match &self.job.pace {
            Paced::Open(schedule) => open::send(&self, schedule, &under_way).await,
            Paced::Closed { workers } => closed::send(&self, *workers, &under_way),
        }
    }

    /// Sends a request that has begun, and records how it ended.
    pub async fn carry_out(&self, number: u64, due: Duration, phase: Phase) {
        let sent = self.job.now();
        let answered = timeout_at(self.deadline(due), self.answer(number)).await;
        let answered = answered.unwrap_or(Err(Failure::Timeout));
        let outcome = match &answered {
            Ok(answer) => self.judge(number, answer),
            Err(failure) => Err(*failure),
        };
        let status = answered.as_ref().ok().map(|answer| answer.status);
        self.tally().end(&Ending { due, sent: Some(sent), at: self.job.now(), phase, outcome, status });
        if let Ok(answer) = answered {
            // A connection that is not ready for another request by the deadline is dropped.
            if self.job.keep_alive {
                let _ = timeout_at(self.deadline(due), self.client.give_back(answer)).await;
            }
        }
    }

    async fn answer(&self, number: u64) -> Result<Answer, Failure> {
        let recipe = &self.job.recipe;
        let mut request = recipe.request(number).ok_or(Failure::NotSent)?;
        if self.job.numbered {
            request.headers_mut().insert(NUMBER, HeaderValue::from(number));
        }
        self.client.exchange(request, recipe.needs_body(number)).await
    }

    fn judge(&self, number: u64, answer: &Answer) -> Result<(), Failure> {
        let through_proxy = self.job.numbered;
        if let Some(failure) = marks::failure(&answer.headers).filter(|_| through_proxy) {
            return Err(failure);
        }
        let answered = Answered { status: answer.status, headers: &answer.headers, body: &answer.body };
        hold(&answered, self.job.recipe.expected(number))
    }

    /// Records a request that could not be sent: it begins and ends at once.
    pub fn give_up(&self, due: Duration) {
        let mut tally = self.tally();
        let phase = tally.begin(due);
        tally.end(&Ending {
            due,
            sent: None,
            at: self.job.now(),
            phase,
            outcome: Err(Failure::NotSent),
            status: None,
        });
    }

    /// Returns the time at which a request that was due at `due` times out.
    pub fn deadline(&self, due: Duration) -> tokio::time::Instant {
        (self.job.epoch + due + self.job.timeout).into()
    }

    pub async fn sleep_until(&self, time: Duration) {
        self.timer.sleep_until(self.job.epoch + time).await;
    }

    pub fn tally(&self) -> MutexGuard<'_, Tally> {
        lock(&self.tally)
    }
}
