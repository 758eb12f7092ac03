//! The body of a response on its way to the client, with its faults.

use super::super::armed::Armed;
use super::super::end::{Ending, Fate};
use super::super::tools::Tools;
use super::plan::{Plan, hold};
use super::session::Session;
use crate::base::random::{FastRng, fast_stream, key};
use crate::chaos::fault::{BodyFault, ResetAt};
use crate::chaos::io::timer::Sleep;
use bytes::{Bytes, BytesMut};
use http_body_util::{Either, Full};
use hyper::body::{Body, Frame, Incoming, SizeHint};
use rand::RngExt as _;
use std::error::Error;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

/// The body of a response.
pub(super) struct AnswerBody {
    source: Source,
    faults: Option<Box<Faults>>,
}

/// A fault broke the response off.
#[derive(Debug, thiserror::Error)]
#[error("broken off by a fault")]
pub(super) struct Torn;

type Source = Either<Incoming, Full<Bytes>>;

/// The next part of a body, or the reason why it breaks off; `None` at its end.
type Part = Option<Result<Frame<Bytes>, Box<dyn Error + Send + Sync>>>;

/// A wait that polls can share.
type Wait = Pin<Box<dyn Future<Output = ()>>>;

/// The faults of a body, and how far it has come.
pub(super) struct Faults {
    tools: Rc<Tools>,
    fate: Fate,
    /// The connection also carries other requests (HTTP/2), which a fault must not affect.
    multiplexed: bool,
    /// The delay before the first byte.
    hold: Option<Wait>,
    corrupt: Vec<Corrupter>,
    slow: Option<Pace>,
    /// Bytes that came from the source and have not been sent yet.
    rest: Bytes,
    /// Number of bytes sent so far.
    passed: u64,
    limit: Option<Limit>,
    /// The announced length is longer than the body.
    short: bool,
    /// Set while an HTTP/2 body is breaking off, so that the bytes before can still be sent.
    breaking: Option<Sleep>,
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

/// Time for an HTTP/2 stream to send pending bytes before its reset, which would overtake them.
const FLUSH_DELAY: Duration = Duration::from_millis(5);

impl AnswerBody {
    pub(super) fn from_upstream(body: Incoming) -> Self {
        Self { source: Either::Left(body), faults: None }
    }

    pub(super) fn fixed(bytes: Bytes) -> Self {
        Self { source: Either::Right(Full::new(bytes)), faults: None }
    }

    /// Adds faults.
    pub(super) fn with(self, faults: Faults) -> Self {
        Self { source: self.source, faults: Some(Box::new(faults)) }
    }
}

impl Faults {
    /// Prepares the faults of a plan for a body. `length` is its true length, if it is known.
    pub(super) fn new(plan: Plan, length: Option<u64>, multiplexed: bool, session: &Session) -> Self {
        let tools = Rc::clone(&session.tools);
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
            short: change > 0 && length.is_some(),
            hold: (!delays.is_empty()).then(|| Box::pin(hold(delays, Rc::clone(&tools))) as Wait),
            rest: Bytes::new(),
            passed: 0,
            breaking: None,
            tools,
            fate: session.fate.clone(),
            multiplexed,
        }
    }

    fn poll(&mut self, source: &mut Source, cx: &mut Context<'_>) -> Poll<Part> {
        if self.breaking.is_some() {
            return self.break_off(cx);
        }
        ready!(self.poll_hold(cx));
        // A reset comes at its limit even if the body ends there; a close needs more bytes to cut off.
        if self.reached() == Some(Stop::Reset) {
            return self.break_off(cx);
        }
        if self.rest.is_empty() {
            match ready!(Pin::new(source).poll_frame(cx)) {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(bytes) => self.rest = self.corrupt(bytes),
                    Err(trailers) => return Poll::Ready(Some(Ok(trailers))),
                },
                // In HTTP/1.1 only a close tells the client that the rest will not come.
                None if self.short && !self.multiplexed => return self.break_off(cx),
                end => return Poll::Ready(end),
            }
        }
        match self.reached() {
            Some(Stop::Cut) => Poll::Ready(None),
            Some(Stop::Close) if !self.rest.is_empty() => self.break_off(cx),
            _ => self.poll_piece(cx),
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
    fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Part> {
        let left = self.limit.as_ref().map_or(u64::MAX, |limit| limit.after - self.passed);
        let mut size = self.rest.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        if let Some(pace) = self.slow.as_mut().filter(|pace| pace.by.is_on()) {
            size = ready!(pace.poll_size(&self.tools, cx, size));
        }
        let piece = self.rest.split_to(size);
        self.passed += size as u64;
        if self.reached() == Some(Stop::Reset) && !self.multiplexed {
            // Now, because this may be the last piece, after which the body is not polled again.
            self.count_limit();
            self.fate.seal(Ending::Reset);
        }
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    /// Breaks the body off. In HTTP/2, this is an error after [`FLUSH_DELAY`]. In HTTP/1.1, it sets the
    /// fate of the connection, which takes effect when the bytes before have been flushed; the body
    /// stays pending until then.
    fn break_off(&mut self, cx: &mut Context<'_>) -> Poll<Part> {
        self.count_limit();
        if !self.multiplexed {
            let resets = self.reached() == Some(Stop::Reset);
            self.fate.seal(if resets { Ending::Reset } else { Ending::Close });
            return Poll::Pending;
        }
        let tools = &self.tools;
        let flushed = || tools.sleep_until(tools.clock.now().saturating_add(FLUSH_DELAY));
        let breaking = self.breaking.get_or_insert_with(flushed);
        ready!(Pin::new(breaking).poll(cx));
        Poll::Ready(Some(Err(Torn.into())))
    }

    /// Counts a hit of the fault that the limit comes from, if the limit has been reached.
    fn count_limit(&mut self) {
        let reached = self.limit.as_mut().filter(|limit| limit.after == self.passed);
        if let Some(fault) = reached.and_then(|limit| limit.by.take()) {
            fault.count_hit();
        }
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

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = Box<dyn Error + Send + Sync>;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Part> {
        let Self { source, faults } = &mut *self;
        match faults {
            None => Pin::new(source).poll_frame(cx),
            Some(faults) => faults.poll(source, cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.faults.is_none() && self.source.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        if self.faults.is_some() { SizeHint::default() } else { self.source.size_hint() }
    }
}
