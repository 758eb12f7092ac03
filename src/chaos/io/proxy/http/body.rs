//! The body of a response on its way to the client, with its faults.

use super::super::armed::Armed;
use super::super::end::Fate;
use super::super::pump::Tools;
use super::exchange::About;
use super::plan::Plan;
use crate::base::random::{FastRng, fast_stream, key};
use crate::chaos::fault::{BodyFault, ResetAt};
use crate::chaos::io::timer::Sleep;
use bytes::{Bytes, BytesMut};
use hyper::body::{Body, Frame, Incoming, SizeHint};
use rand::RngExt as _;
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

/// A reason for a body to break off.
#[derive(Debug, thiserror::Error)]
pub(super) enum Broken {
    #[error(transparent)]
    Upstream(#[from] hyper::Error),
    #[error(transparent)]
    Fault(#[from] Torn),
}

enum Source {
    Upstream(Incoming),
    Fixed(Bytes),
}

/// The faults of a body, and how far it has come.
struct Faults {
    tools: Rc<Tools>,
    fate: Fate,
    about: About,
    /// The delay before the first byte.
    hold: Option<Pin<Box<dyn Future<Output = ()>>>>,
    corrupt: Vec<Corrupter>,
    slow: Option<Pace>,
    /// Bytes that came from the source and have not been sent yet.
    rest: Bytes,
    /// Number of bytes sent so far.
    passed: u64,
    /// The number of bytes after which the body ends early, and how it ends.
    limit: Option<(u64, Limit)>,
    /// The fault that the limit comes from, until the limit has been reached.
    limited_by: Option<Arc<Armed>>,
    /// The announced length is longer than the body.
    short: bool,
    /// Set while an HTTP/2 body is breaking off, so that the bytes before can still be sent.
    breaking: Option<Sleep>,
}

/// The way in which a body ends at its limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Limit {
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
#[derive(Debug)]
struct Pace {
    bytes_per_s: f64,
    /// The fault; once it is off, the rest follows at once.
    by: Arc<Armed>,
    /// Time at which the next piece may be sent.
    free_at: Duration,
    sleep: Option<Sleep>,
}

/// Time that one piece of a slow body takes, in seconds.
const PIECE_S: f64 = 0.01;

/// Time for an HTTP/2 stream to send pending bytes before its reset, which would overtake them.
const FLUSH_DELAY: Duration = Duration::from_millis(5);

impl AnswerBody {
    pub fn from_upstream(body: Incoming) -> Self {
        Self { source: Source::Upstream(body), faults: None }
    }

    pub fn fixed(bytes: Bytes) -> Self {
        Self { source: Source::Fixed(bytes), faults: None }
    }

    /// Adds the faults of a plan. `length` is the true length, if it is known.
    pub fn with(self, plan: Plan, length: Option<u64>, about: About, tools: Rc<Tools>, fate: Fate) -> Self {
        let faults = Faults::new(plan, length, about, tools, fate);
        Self { source: self.source, faults: Some(Box::new(faults)) }
    }
}

impl Default for AnswerBody {
    fn default() -> Self {
        Self::fixed(Bytes::new())
    }
}

impl Source {
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        match self {
            Self::Upstream(body) => Pin::new(body).poll_frame(context).map_err(Broken::from),
            Self::Fixed(bytes) if bytes.is_empty() => Poll::Ready(None),
            Self::Fixed(bytes) => Poll::Ready(Some(Ok(Frame::data(std::mem::take(bytes))))),
        }
    }
}

impl Faults {
    fn new(plan: Plan, length: Option<u64>, about: About, tools: Rc<Tools>, fate: Fate) -> Self {
        let exchange = &plan.exchange;
        let change = exchange.length_change;
        let cut = length
            .filter(|_| change < 0)
            .map(|length| (length.saturating_add_signed(change), Limit::Cut, None));
        let closes = exchange.body.iter().zip(&plan.of_body);
        let closes = closes.filter_map(|(fault, by)| match fault {
            BodyFault::Truncate { after } => Some((*after, Limit::Close, Some(by))),
            _ => None,
        });
        let reset = exchange.reset.map(|at| match at {
            ResetAt::Headers => (0, Limit::Reset, None),
            ResetAt::Body(after) => (after, Limit::Reset, plan.of_reset.as_ref()),
        });
        // Of several limits, the first to be reached ends the body; of several rates, the slowest applies.
        let limits = cut.into_iter().chain(closes).chain(reset);
        let limit = limits.min_by_key(|(after, ..)| *after);
        let rates = exchange.body.iter().zip(&plan.of_body);
        let rates = rates.filter_map(|(fault, by)| match fault {
            BodyFault::Slow { bytes_per_s } => Some((*bytes_per_s, by)),
            _ => None,
        });
        let slowest = rates.min_by(|one, other| one.0.total_cmp(&other.0));
        let corrupt = exchange.body.iter().filter_map(|fault| match fault {
            BodyFault::Corrupt { share, key } => Some(Corrupter::new(*share, *key)),
            _ => None,
        });
        Self {
            limit: limit.map(|(after, what, _)| (after, what)),
            limited_by: limit.and_then(|(.., by)| by.cloned()),
            slow: slowest.map(|(bytes_per_s, by)| Pace {
                bytes_per_s,
                by: Arc::clone(by),
                free_at: Duration::ZERO,
                sleep: None,
            }),
            corrupt: corrupt.collect(),
            short: change > 0 && length.is_some(),
            hold: (!plan.before_body.is_empty()).then(|| {
                let hold: Pin<Box<dyn Future<Output = ()>>> =
                    Box::pin(plan.before_body.hold(Rc::clone(&tools)));
                hold
            }),
            rest: Bytes::new(),
            passed: 0,
            breaking: None,
            tools,
            fate,
            about,
        }
    }

    fn poll(
        &mut self,
        source: &mut Source,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        if self.breaking.is_some() {
            return self.break_off(context);
        }
        ready!(self.poll_hold(context));
        // A reset comes at its limit even if the body ends there; a close needs more bytes to cut off.
        if self.limit == Some((self.passed, Limit::Reset)) {
            return self.break_off(context);
        }
        if self.rest.is_empty() {
            match ready!(source.poll(context)) {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(bytes) => self.rest = self.corrupt(bytes),
                    Err(trailers) => return Poll::Ready(Some(Ok(trailers))),
                },
                // In HTTP/1.1 only a close tells the client that the rest will not come.
                None if self.short && !self.about.multiplexed => return self.break_off(context),
                end => return Poll::Ready(end),
            }
        }
        match self.limit {
            Some((after, Limit::Cut)) if after == self.passed => return Poll::Ready(None),
            Some((after, Limit::Close)) if after == self.passed && !self.rest.is_empty() => {
                return self.break_off(context);
            }
            _ => {}
        }
        self.poll_piece(context)
    }

    fn poll_hold(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if let Some(hold) = &mut self.hold {
            ready!(hold.as_mut().poll(context));
            self.hold = None;
        }
        Poll::Ready(())
    }

    /// Returns the next piece of the rest, as large as the limit and the rate allow.
    fn poll_piece(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        let left = self.limit.map_or(u64::MAX, |(after, _)| after - self.passed);
        let mut size = self.rest.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        if let Some(pace) = self.slow.as_mut().filter(|pace| pace.by.is_on()) {
            size = ready!(pace.poll_size(&self.tools, context, size));
        }
        let piece = self.rest.split_to(size);
        self.passed += size as u64;
        if self.limit == Some((self.passed, Limit::Reset)) && !self.about.multiplexed {
            // Now, because this may be the last piece, after which the body is not polled again.
            self.count_limit();
            self.fate.reset();
        }
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    /// Breaks the body off. In HTTP/2, this is an error after [`FLUSH_DELAY`]. In HTTP/1.1, it sets the
    /// fate of the connection, which takes effect when the bytes before have been flushed; the body
    /// stays pending until then.
    fn break_off(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        self.count_limit();
        if !self.about.multiplexed {
            match self.limit {
                Some((after, Limit::Reset)) if after == self.passed => self.fate.reset(),
                _ => self.fate.close(),
            }
            return Poll::Pending;
        }
        let tools = &self.tools;
        let due = tools.clock.now().saturating_add(FLUSH_DELAY);
        let breaking = self.breaking.get_or_insert_with(|| sleep(tools, due));
        ready!(Pin::new(breaking).poll(context));
        Poll::Ready(Some(Err(Torn.into())))
    }

    /// Counts a hit of the fault that the limit comes from, if the limit has been reached.
    fn count_limit(&mut self) {
        let reached = self.limit.is_some_and(|(after, _)| after == self.passed);
        if reached && let Some(fault) = self.limited_by.take() {
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
    fn poll_size(&mut self, tools: &Tools, context: &mut Context<'_>, size: usize) -> Poll<usize> {
        if let Some(sleep) = &mut self.sleep {
            ready!(Pin::new(sleep).poll(context));
        }
        let size = ((self.bytes_per_s * PIECE_S) as usize).clamp(1, size.max(1)).min(size);
        let takes = Duration::try_from_secs_f64(size as f64 / self.bytes_per_s).unwrap_or(Duration::MAX);
        // A late piece is not made up for: the time of this one counts from now.
        self.free_at = self.free_at.max(tools.clock.now()).saturating_add(takes);
        self.sleep = Some(sleep(tools, self.free_at));
        Poll::Ready(size)
    }
}

fn sleep(tools: &Tools, due: Duration) -> Sleep {
    tools.timer.sleep_until(tools.clock.instant(due))
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        let Self { source, faults } = &mut *self;
        match faults {
            None => source.poll(context),
            Some(faults) => faults.poll(source, context),
        }
    }

    fn is_end_stream(&self) -> bool {
        match (&self.faults, &self.source) {
            (Some(_), _) => false,
            (None, Source::Upstream(body)) => body.is_end_stream(),
            (None, Source::Fixed(bytes)) => bytes.is_empty(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match (&self.faults, &self.source) {
            (Some(_), _) => SizeHint::default(),
            (None, Source::Upstream(body)) => body.size_hint(),
            (None, Source::Fixed(bytes)) => SizeHint::with_exact(bytes.len() as u64),
        }
    }
}
