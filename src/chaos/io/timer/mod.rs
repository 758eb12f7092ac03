//! Wakes the tasks of one thread on time.
//!
//! The timers of asynchronous runtimes count whole milliseconds; a delay of 50 ms would become 51. This
//! timer keeps its sleepers sorted and sets one alarm of the operating system for the first: a timerfd
//! on Linux, a thread elsewhere. A [precise] timer sets the alarm slightly early and spins for the rest.
//!
//! [precise]: Timer::precise

mod lead;

#[cfg(target_os = "linux")]
mod timerfd;
#[cfg(target_os = "linux")]
use timerfd::Alarm;

#[cfg(any(test, not(target_os = "linux")))]
mod thread;
#[cfg(not(target_os = "linux"))]
use thread::Alarm;

#[cfg(test)]
mod tests;

use lead::Lead;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Instant;
use tokio::task::AbortHandle;

/// The timer of one thread.
#[derive(Debug)]
pub struct Timer {
    inner: Rc<Inner>,
    ringing: AbortHandle,
}

/// A wait until a deadline. Dropping it removes it from the timer.
#[derive(Debug)]
#[must_use = "a sleep does nothing unless it is awaited"]
pub struct Sleep {
    inner: Rc<Inner>,
    at: Instant,
    place: Option<WakeKey>,
}

/// Sleepers are ordered by their deadline, then by their number.
type WakeKey = (Instant, u64);

#[derive(Debug)]
struct Inner {
    alarm: Alarm,
    /// Present in a precise timer only.
    lead: Option<Lead>,
    sleepers: RefCell<Sleepers>,
}

#[derive(Debug, Default)]
struct Sleepers {
    waiting: BTreeMap<WakeKey, Waker>,
    numbered: u64,
    /// The deadline for which the alarm is set. Earlier than that of the first sleeper if another one
    /// has left.
    armed: Option<Instant>,
}

impl Timer {
    /// Builds a timer for the tasks of this thread. Must be called inside a
    /// [`LocalSet`](tokio::task::LocalSet) of a runtime with I/O enabled.
    pub fn new() -> io::Result<Rc<Self>> {
        Self::with(None)
    }

    /// Builds a timer that is accurate to a tenth of a millisecond even on an idle machine. Each wait
    /// costs about that much CPU time, since it spins at the end.
    pub fn precise() -> io::Result<Rc<Self>> {
        Self::with(Some(Lead::new()))
    }

    fn with(lead: Option<Lead>) -> io::Result<Rc<Self>> {
        let inner = Rc::new(Inner { alarm: Alarm::new()?, lead, sleepers: RefCell::default() });
        let ringing = tokio::task::spawn_local(Rc::clone(&inner).ring()).abort_handle();
        Ok(Rc::new(Self { inner, ringing }))
    }

    /// Returns a future that completes at `at`, or at once if that has passed.
    pub fn sleep_until(&self, at: Instant) -> Sleep {
        Sleep { inner: Rc::clone(&self.inner), at, place: None }
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        self.ringing.abort();
    }
}

impl Inner {
    /// Wakes the sleepers that are due whenever the alarm fires. Ends if the alarm fails, since no sleeper
    /// can be woken then.
    async fn ring(self: Rc<Self>) {
        while self.alarm.rings().await.is_ok() {
            let armed = self.sleepers.borrow().armed;
            if let (Some(lead), Some(due)) = (&self.lead, armed) {
                lead.reach(due);
            }
            let due = self.sleepers.borrow_mut().take_due(Instant::now());
            due.into_iter().for_each(Waker::wake);
            self.arm();
        }
    }

    /// Sets the alarm for the first sleeper, unless it is set for an earlier time.
    fn arm(&self) {
        let mut sleepers = self.sleepers.borrow_mut();
        let Some(((first, _), _)) = sleepers.waiting.first_key_value() else {
            return;
        };
        let first = *first;
        let rings = self.lead.as_ref().map_or(first, |lead| lead.before(first));
        if sleepers.armed.is_none_or(|armed| first < armed) && self.alarm.set(rings).is_ok() {
            sleepers.armed = Some(first);
        }
    }

    fn enter(&self, at: Instant, waker: &Waker) -> WakeKey {
        let place = {
            let mut sleepers = self.sleepers.borrow_mut();
            sleepers.numbered += 1;
            let place = (at, sleepers.numbered);
            sleepers.waiting.insert(place, waker.clone());
            place
        };
        self.arm();
        place
    }
}

impl Sleepers {
    fn take_due(&mut self, now: Instant) -> Vec<Waker> {
        // The alarm has fired, so it is not set for any deadline.
        self.armed = None;
        let mut due = Vec::new();
        while let Some(first) = self.waiting.first_entry().filter(|first| first.key().0 <= now) {
            due.push(first.remove());
        }
        due
    }
}

impl Sleep {
    /// Changes the deadline.
    pub fn reset(&mut self, at: Instant) {
        if at != self.at {
            self.leave();
            self.at = at;
        }
    }

    fn leave(&mut self) {
        if let Some(place) = self.place.take() {
            self.inner.sleepers.borrow_mut().waiting.remove(&place);
        }
    }
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if Instant::now() >= self.at {
            self.leave();
            return Poll::Ready(());
        }
        // A task that polls again may have a new waker.
        let entered = self.place.is_some_and(|place| {
            let mut sleepers = self.inner.sleepers.borrow_mut();
            let waker = sleepers.waiting.get_mut(&place);
            waker.map(|waker| waker.clone_from(cx.waker())).is_some()
        });
        if !entered {
            self.place = Some(self.inner.enter(self.at, cx.waker()));
        }
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        self.leave();
    }
}
