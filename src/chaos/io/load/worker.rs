//! What the tasks of one thread share, and how they send a request.

use super::Job;
use crate::base::workers::lock;
use crate::chaos::expectation::{Answered, hold};
use crate::chaos::io::client::{Answer, Client, Exchanged};
use crate::chaos::io::marks::{self, NUMBER};
use crate::chaos::io::timer::Timer;
use crate::chaos::likeness::{Aspect, Likeness};
use crate::chaos::observation::{Failure, Phase};
use crate::chaos::tally::{Ending, Tally};
use hyper::header::HeaderValue;
use std::cell::Cell;
use std::rc::Rc;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use tokio::sync::{Notify, mpsc};
use tokio::time::timeout_at;

/// A token that each task under way holds. Nothing is ever sent: the receiver waits for all to be dropped.
pub(super) type UnderWay = mpsc::Sender<()>;

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

impl Worker {
    pub(super) fn new(job: Arc<Job>, index: usize, tally: Arc<Mutex<Tally>>, timer: Rc<Timer>) -> Self {
        let client = Client::new(Arc::clone(&job.route));
        Self { job, index, timer, ends: Cell::new(Duration::MAX), ending: Notify::new(), client, tally }
    }

    /// Sends a request that has begun, and records how it ended.
    pub(super) async fn carry_out(&self, number: u64, due: Duration, phase: Phase) {
        let sent = self.job.now();
        let exchanged = timeout_at(self.deadline(due), self.exchange(number, phase)).await;
        let timed_out = Exchanged { answer: Err(Failure::Timeout), repeated: false };
        let Exchanged { answer: answered, repeated } = exchanged.unwrap_or(timed_out);
        let likeness = answered.as_ref().ok().map(|answer| self.likeness(number, answer));
        let unlike = likeness.zip(self.job.known.get()).map(|(likeness, known)| known.unlike(likeness));
        let unlike = unlike.unwrap_or_default();
        let outcome = match &answered {
            Ok(answer) => self.judge(number, answer, &unlike),
            Err(failure) => Err(*failure),
        };
        let at = self.job.now();
        let sent = Some(sent);
        self.tally().end(&Ending { due, sent, at, phase, outcome, repeated, likeness, unlike: &unlike });
        if let Ok(answer) = answered {
            // A connection that is not ready for another request by the deadline is dropped.
            if self.job.keep_alive {
                let _ = timeout_at(self.deadline(due), self.client.give_back(answer)).await;
            }
        }
    }

    async fn exchange(&self, number: u64, phase: Phase) -> Exchanged {
        let recipe = &self.job.recipe;
        let Some(mut request) = recipe.request(number) else {
            return Exchanged { answer: Err(Failure::NotSent), repeated: false };
        };
        if self.job.numbered {
            request.headers_mut().insert(NUMBER, HeaderValue::from(number));
        }
        let keep = recipe.needs_body(number);
        if phase == Phase::Fault {
            // While the faults are on, a connection that breaks is what they do.
            return Exchanged { answer: self.client.exchange(request, keep).await, repeated: false };
        }
        self.client.exchange_or_repeat(request, keep).await
    }

    fn likeness(&self, number: u64, answer: &Answer) -> Likeness {
        let values = [answer.status.into(), answer.size, answer.hash];
        Likeness { kind: self.job.recipe.kind_of(number), values }
    }

    fn judge(&self, number: u64, answer: &Answer, unlike: &[Aspect]) -> Result<(), Failure> {
        let through_proxy = self.job.numbered;
        if let Some(failure) = marks::failure(&answer.headers).filter(|_| through_proxy) {
            return Err(failure);
        }
        let Answer { status, headers, trailers, body, .. } = answer;
        hold(&Answered { status: *status, headers, trailers, unlike, body }, self.job.recipe.expected(number))
    }

    /// Records a request that could not be sent: it begins and ends at once.
    pub(super) fn give_up(&self, due: Duration) {
        let mut tally = self.tally();
        let phase = tally.begin(due);
        let outcome = Err(Failure::NotSent);
        tally.end(&Ending {
            due,
            sent: None,
            at: self.job.now(),
            phase,
            outcome,
            repeated: false,
            likeness: None,
            unlike: &[],
        });
    }

    /// Returns the time at which a request that was due at `due` times out.
    pub(super) fn deadline(&self, due: Duration) -> tokio::time::Instant {
        (self.job.epoch + due + self.job.timeout).into()
    }

    pub(super) async fn sleep_until(&self, time: Duration) {
        self.timer.sleep_until(self.job.epoch + time).await;
    }

    pub(super) fn tally(&self) -> MutexGuard<'_, Tally> {
        lock(&self.tally)
    }
}
