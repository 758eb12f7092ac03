//! Moves the bytes of one connection, in both directions, through its lines.

use super::circuit::{Circuit, CircuitState, Way};
use super::end::End;
use crate::chaos::io::clock::Clock;
use crate::chaos::io::timer::{Sleep, Timer};
use crate::chaos::link::{Chunk, Item};
use bytes::{Buf as _, Bytes};
use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::ReadBuf;

/// What the connections of one thread share.
#[derive(Debug)]
pub(super) struct Tools {
    pub clock: Clock,
    pub timer: Rc<Timer>,
    /// What is read lies here until it is written or kept: no connection holds a buffer of its own.
    scratch: RefCell<Box<[u8]>>,
}

/// Read in one go. Larger ones fall out of the cache between reading and writing.
const SCRATCH_BYTES: usize = 128 << 10;

/// After a fault has closed a connection, what still comes is read and thrown away for so long at most: to close a socket with
/// unread bytes would be a reset, and take away from the client what it has not yet read.
const LINGER: Duration = Duration::from_secs(2);

impl Tools {
    pub fn new(clock: Clock, timer: Rc<Timer>) -> Self {
        Self { clock, timer, scratch: RefCell::new(vec![0; SCRATCH_BYTES].into_boxed_slice()) }
    }
}

/// Moves the bytes until the connection is over. Dropped, it closes both ends.
pub(super) struct Pump<C, S> {
    client: C,
    server: S,
    circuit: Rc<Circuit>,
    tools: Rc<Tools>,
    upstream: Flow,
    downstream: Flow,
    alarm: Sleep,
    closing: bool,
}

/// How far one direction has come.
#[derive(Debug, Default)]
struct Flow {
    /// Has left the line, and waits for the receiver.
    leaving: Option<Chunk>,
    /// The sender has closed its side.
    drained: bool,
    /// The receiver has been told.
    ended: bool,
}

/// What has become of a direction, and with it of the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Goes,
    Ended,
    /// A fault has closed the connection, or an end that closes both directions at once.
    Closed,
    Torn,
}

impl<C: End, S: End> Pump<C, S> {
    pub fn new(client: C, server: S, circuit: Rc<Circuit>, tools: Rc<Tools>) -> Self {
        let alarm = tools.timer.sleep_until(tools.clock.instant(Duration::MAX));
        Self {
            client,
            server,
            circuit,
            tools,
            upstream: Flow::default(),
            downstream: Flow::default(),
            alarm,
            closing: false,
        }
    }

    /// Moves what can be moved now.
    fn carry(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let circuit = Rc::clone(&self.circuit);
        let mut state = circuit.enter(context.waker());
        loop {
            let (client, server) = (&mut self.client, &mut self.server);
            let up = self.upstream.carry(context, client, server, &mut state.upstream, &self.tools);
            let down = self.downstream.carry(context, server, client, &mut state.downstream, &self.tools);
            match (up, down) {
                (Outcome::Torn, _) | (_, Outcome::Torn) => {
                    self.client.abort();
                    self.server.abort();
                    return Poll::Ready(());
                }
                (Outcome::Closed, _) | (_, Outcome::Closed) => {
                    self.start_closing();
                    return self.close(context);
                }
                (Outcome::Ended, Outcome::Ended) => return Poll::Ready(()),
                _ => {}
            }
            if !self.alarm_rings(context, &state) {
                return Poll::Pending;
            }
        }
    }

    /// Whether a line is due by now; otherwise the task is woken when one is.
    fn alarm_rings(&mut self, context: &mut Context<'_>, state: &CircuitState) -> bool {
        let dues = [state.upstream.line.due(), state.downstream.line.due()];
        let Some(due) = dues.into_iter().flatten().min() else {
            return false;
        };
        self.alarm.reset(self.tools.clock.instant(due));
        Pin::new(&mut self.alarm).poll(context).is_ready()
    }

    fn start_closing(&mut self) {
        self.closing = true;
        let end = self.tools.clock.now().saturating_add(LINGER);
        self.alarm.reset(self.tools.clock.instant(end));
    }

    /// Closes both ends, and reads what still comes.
    fn close(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let scratch = &mut *self.tools.scratch.borrow_mut();
        let client = finish(context, &mut self.client, &mut self.upstream, scratch);
        let server = finish(context, &mut self.server, &mut self.downstream, scratch);
        let late = Pin::new(&mut self.alarm).poll(context).is_ready();
        if late || (client && server) { Poll::Ready(()) } else { Poll::Pending }
    }
}

impl<C: End, S: End> Future for Pump<C, S> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.closing {
            return self.close(context);
        }
        let carried = self.carry(context);
        self.circuit.count_hits();
        carried
    }
}

/// Closes the way to an end, and throws away what comes from it. Whether nothing more will come.
fn finish<E: End>(context: &mut Context<'_>, end: &mut E, from: &mut Flow, scratch: &mut [u8]) -> bool {
    let _ = Pin::new(&mut *end).poll_shutdown(context);
    while !from.drained {
        let mut buffer = ReadBuf::new(scratch);
        match Pin::new(&mut *end).poll_read(context, &mut buffer) {
            Poll::Pending => return false,
            Poll::Ready(Ok(())) if !buffer.filled().is_empty() => {}
            Poll::Ready(_) => from.drained = true,
        }
    }
    true
}

impl Flow {
    /// Moves what can be moved now from the one end to the other.
    fn carry<F: End, T: End>(
        &mut self,
        context: &mut Context<'_>,
        from: &mut F,
        to: &mut T,
        way: &mut Way,
        tools: &Tools,
    ) -> Outcome {
        loop {
            match self.deliver(context, to, way, tools) {
                Outcome::Goes => {}
                Outcome::Ended if F::CLOSES_WHOLE => return Outcome::Closed,
                outcome => return outcome,
            }
            if !self.may_read(way) || !self.read(context, from, to, way, tools) {
                return Outcome::Goes;
            }
        }
    }

    /// Writes what is due.
    fn deliver<T: End>(
        &mut self,
        context: &mut Context<'_>,
        to: &mut T,
        way: &mut Way,
        tools: &Tools,
    ) -> Outcome {
        if self.ended {
            return Outcome::Ended;
        }
        if self.leaving.is_none() && way.line.is_clear() {
            return Outcome::Goes;
        }
        let now = tools.clock.now();
        loop {
            if way.line.is_torn(now) {
                return Outcome::Torn;
            }
            if let Some(chunk) = &mut self.leaving {
                match write(context, to, &chunk.bytes) {
                    Poll::Pending => return Outcome::Goes,
                    Poll::Ready(Err(_)) => return Outcome::Torn,
                    Poll::Ready(Ok(written)) => chunk.bytes.advance(written),
                }
                if !chunk.bytes.is_empty() {
                    continue;
                }
                if chunk.asked > Duration::ZERO {
                    way.record(chunk.asked, tools.clock.now().saturating_sub(chunk.arrived));
                }
                self.leaving = None;
            }
            match way.line.pop(now) {
                None => return Outcome::Goes,
                Some(Item::Data(chunk)) => self.leaving = Some(chunk),
                Some(Item::Reset) => return Outcome::Torn,
                Some(Item::End) => {
                    self.ended = true;
                    // What cannot be shut down is gone already.
                    let _ = Pin::new(&mut *to).poll_shutdown(context);
                    return if self.drained { Outcome::Ended } else { Outcome::Closed };
                }
            }
        }
    }

    /// Whether there is room for more: behind a clear line no more than the receiver takes, else as much as the line holds.
    fn may_read(&self, way: &Way) -> bool {
        let blocked = self.leaving.is_some() && way.line.is_clear();
        !self.drained && !blocked && !way.line.is_full()
    }

    /// Reads once; through a clear line what is read is written at once. Whether there may be more.
    fn read<F: End, T: End>(
        &mut self,
        context: &mut Context<'_>,
        from: &mut F,
        to: &mut T,
        way: &mut Way,
        tools: &Tools,
    ) -> bool {
        let scratch = &mut *tools.scratch.borrow_mut();
        let mut buffer = ReadBuf::new(scratch);
        match Pin::new(&mut *from).poll_read(context, &mut buffer) {
            Poll::Pending => return false,
            Poll::Ready(Err(_)) => {
                self.drained = true;
                way.line.reset(tools.clock.now());
            }
            Poll::Ready(Ok(())) if buffer.filled().is_empty() => {
                self.drained = true;
                if from.wants_reset() {
                    way.line.reset(tools.clock.now());
                } else {
                    way.line.end(tools.clock.now());
                }
            }
            Poll::Ready(Ok(())) if way.line.is_clear() => self.pass(context, to, way, tools, buffer.filled()),
            Poll::Ready(Ok(())) => {
                let bytes = Bytes::copy_from_slice(buffer.filled());
                way.line.push(tools.clock.now(), bytes);
            }
        }
        true
    }

    /// Writes bytes that nothing holds back, and keeps what the receiver does not take.
    fn pass<T: End>(
        &mut self,
        context: &mut Context<'_>,
        to: &mut T,
        way: &mut Way,
        tools: &Tools,
        mut bytes: &[u8],
    ) {
        while !bytes.is_empty() {
            match write(context, to, bytes) {
                Poll::Ready(Ok(written)) => bytes = bytes.get(written..).unwrap_or_default(),
                Poll::Pending => {
                    let now = tools.clock.now();
                    self.leaving = Some(Chunk {
                        bytes: Bytes::copy_from_slice(bytes),
                        arrived: now,
                        asked: Duration::ZERO,
                    });
                    return;
                }
                Poll::Ready(Err(_)) => return way.line.reset(tools.clock.now()),
            }
        }
    }
}

/// Writes some of the bytes. A receiver that closes both directions at once, and has, takes everything: its own end says why.
fn write<T: End>(context: &mut Context<'_>, to: &mut T, bytes: &[u8]) -> Poll<std::io::Result<usize>> {
    match Pin::new(to).poll_write(context, bytes) {
        Poll::Ready(Err(_)) if T::CLOSES_WHOLE => Poll::Ready(Ok(bytes.len())),
        Poll::Ready(Ok(0)) => Poll::Ready(Err(std::io::ErrorKind::WriteZero.into())),
        written => written,
    }
}
