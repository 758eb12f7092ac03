//! What faults do to the body of a response on its way to the client.

use super::super::armed::Armed;
use super::super::end::Ending;
use super::super::tools::Tools;
use super::plan::{Plan, hold};
use crate::base::random::{FastRng, fast_stream, key};
use crate::chaos::fault::{BodyFault, ResetAt};
use bytes::{Bytes, BytesMut};
use hyper::body::{Body, Frame};
use rand::RngExt as _;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

/// The next part of a body, or the reason why it breaks off; `None` at its end.
pub(super) type Part<E> = Option<Result<Frame<Bytes>, Broken<E>>>;

/// The reason why a body breaks off.
#[derive(Debug, thiserror::Error)]
pub(super) enum Broken<E> {
    /// A fault broke it off, and the connection or stream ends in this way.
    #[error("broken off by a fault")]
    Fault(Ending),
    /// Its source broke.
    #[error(transparent)]
    Source(E),
}

/// A wait that polls can share.
type Wait = Pin<Box<dyn Future<Output = ()>>>;

/// The faults of a body, and how far it has come.
pub(super) struct Faults {
    tools: Rc<Tools>,
    /// The delay before the first byte.
    hold: Option<Wait>,
    corrupt: Vec<Corrupter>,
    slow: Option<Pace>,
    /// Bytes that came from the source and have not been sent yet.
    rest: Bytes,
    /// Number of bytes sent so far.
    passed: u64,
    limit: Option<Limit>,
}

/// The number of bytes after which a body ends early.
struct Limit {
    after: u64,
    end: Stop,
    /// The fault that it comes from, until it has been reached.
    by: Option<Arc<Armed>>,
}

/// The way in which a body ends at its limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stop {
    /// The rest is left out; the announced length was reduced to match.
    Cut,
    /// The response breaks off, if there is more.
    Close,
    /// The connection is reset.
    Reset,
}

#[derive(Debug)]
struct Corrupter {
    share: f64,
    chance: FastRng,
    started: bool,
}

/// Sends pieces at a fixed rate.
struct Pace {
    bytes_per_s: f64,
    /// The fault; once it is off, the rest follows at once.
    by: Arc<Armed>,
    /// Time at which the next piece may be sent.
    free_at: Duration,
    /// The wait until then.
    wait: Option<Wait>,
}

/// Time that one piece of a slow body takes, in seconds.
const PIECE_S: f64 = 0.01;

impl Faults {
    /// Prepares the faults of a plan for a body. `length` is its true length, if it is known.
    pub(super) fn new(plan: Plan, length: Option<u64>, tools: &Rc<Tools>) -> Self {
        let change = plan.exchange.length_change;
        let (mut limits, mut slow, mut corrupt) = (Vec::new(), None::<Pace>, Vec::new());
        if let Some(length) = length.filter(|_| change < 0) {
            limits.push(Limit { after: length.saturating_add_signed(change), end: Stop::Cut, by: None });
        }
        for (fault, by) in plan.exchange.body.into_iter().zip(plan.of_body) {
            match fault {
                BodyFault::Truncate { after } => {
                    limits.push(Limit { after, end: Stop::Close, by: Some(by) });
                }
                // Of several rates, the slowest applies.
                BodyFault::Slow { bytes_per_s } => {
                    if slow.as_ref().is_none_or(|slowest| bytes_per_s < slowest.bytes_per_s) {
                        slow = Some(Pace { bytes_per_s, by, free_at: Duration::ZERO, wait: None });
                    }
                }
                BodyFault::Corrupt { share, key } => corrupt.push(Corrupter::new(share, key)),
            }
        }
        if let Some(ResetAt::Body(after)) = plan.exchange.reset {
            limits.push(Limit { after, end: Stop::Reset, by: plan.of_reset });
        }
        let delays = plan.before_body;
        Self {
            // Of several limits, the first to be reached ends the body.
            limit: limits.into_iter().min_by_key(|limit| limit.after),
            slow,
            corrupt,
            hold: (!delays.is_empty()).then(|| Box::pin(hold(delays, Rc::clone(tools))) as Wait),
            rest: Bytes::new(),
            passed: 0,
            tools: Rc::clone(tools),
        }
    }

    /// Returns the next part of the body with this source, as the faults leave it.
    pub(super) fn poll<B>(&mut self, source: &mut B, cx: &mut Context<'_>) -> Poll<Part<B::Error>>
    where
        B: Body<Data = Bytes> + Unpin,
    {
        ready!(self.poll_hold(cx));
        // A reset comes at its limit even if the body ends there; a close needs more bytes to cut off.
        if self.reached() == Some(Stop::Reset) {
            return Poll::Ready(Some(Err(self.break_off(Ending::Reset))));
        }
        if self.rest.is_empty() {
            match ready!(Pin::new(source).poll_frame(cx)) {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(bytes) => self.rest = self.corrupt(bytes),
                    Err(trailers) => return Poll::Ready(Some(Ok(trailers))),
                },
                Some(Err(error)) => return Poll::Ready(Some(Err(Broken::Source(error)))),
                None => return Poll::Ready(None),
            }
        }
        match self.reached() {
            Some(Stop::Cut) => Poll::Ready(None),
            Some(Stop::Close) if !self.rest.is_empty() => {
                Poll::Ready(Some(Err(self.break_off(Ending::Close))))
            }
            _ => self.poll_piece(cx).map(|piece| Some(Ok(Frame::data(piece)))),
        }
    }

    fn poll_hold(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if let Some(hold) = &mut self.hold {
            ready!(hold.as_mut().poll(cx));
            self.hold = None;
        }
        Poll::Ready(())
    }

    /// Returns how the body ends, if its limit has been reached.
    fn reached(&self) -> Option<Stop> {
        self.limit.as_ref().filter(|limit| limit.after == self.passed).map(|limit| limit.end)
    }

    /// Returns the next piece of the rest, as large as the limit and the rate allow.
    fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Bytes> {
        let left = self.limit.as_ref().map_or(u64::MAX, |limit| limit.after - self.passed);
        let mut size = self.rest.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        if let Some(pace) = self.slow.as_mut().filter(|pace| pace.by.is_on()) {
            size = ready!(pace.poll_size(&self.tools, cx, size));
        }
        self.passed += size as u64;
        Poll::Ready(self.rest.split_to(size))
    }

    /// Counts a hit of the fault that the limit comes from.
    fn break_off<E>(&mut self, ending: Ending) -> Broken<E> {
        if let Some(fault) = self.limit.as_mut().and_then(|limit| limit.by.take()) {
            fault.count_hit();
        }
        Broken::Fault(ending)
    }

    fn corrupt(&mut self, bytes: Bytes) -> Bytes {
        self.corrupt.iter_mut().fold(bytes, |bytes, corrupter| corrupter.corrupt(bytes))
    }
}

impl Corrupter {
    fn new(share: f64, seed: u64) -> Self {
        Self { share, chance: fast_stream(seed, key("corrupt"), 0), started: false }
    }

    fn corrupt(&mut self, bytes: Bytes) -> Bytes {
        let mut bytes = BytesMut::from(bytes);
        for byte in &mut *bytes {
            let first = !std::mem::replace(&mut self.started, true);
            // XOR with any byte but zero always changes the value.
            if first || self.chance.random::<f64>() < self.share {
                *byte ^= self.chance.random_range(1..=u8::MAX);
            }
        }
        bytes.freeze()
    }
}

impl Pace {
    /// Waits until the time of the previous piece is over, then returns the size of the next one.
    fn poll_size(&mut self, tools: &Tools, cx: &mut Context<'_>, size: usize) -> Poll<usize> {
        if let Some(wait) = &mut self.wait {
            ready!(wait.as_mut().poll(cx));
        }
        let size = ((self.bytes_per_s * PIECE_S) as usize).clamp(1, size.max(1)).min(size);
        let takes = Duration::try_from_secs_f64(size as f64 / self.bytes_per_s).unwrap_or(Duration::MAX);
        // A late piece is not made up for: the time of this one counts from now.
        self.free_at = self.free_at.max(tools.clock.now()).saturating_add(takes);
        let (by, sleep) = (Arc::clone(&self.by), tools.sleep_until(self.free_at));
        self.wait = Some(Box::pin(async move { by.hold(sleep).await }));
        Poll::Ready(size)
    }
}
