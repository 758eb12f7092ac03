//! Moves the bytes of one connection in both directions through its lines.

use super::circuit::{Circuit, CircuitState, Way};
use super::end::End;
use super::tools::Tools;
use crate::chaos::io::timer::Sleep;
use crate::chaos::link::{Chunk, Item};
use bytes::{Buf as _, Bytes};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::ReadBuf;

/// Maximum time for which bytes are still read and discarded after a fault has closed a connection.
/// Closing a socket with unread bytes would send a reset, and the client would lose bytes that it has
/// not read yet.
const LINGER: Duration = Duration::from_secs(2);

/// Moves the bytes until the connection ends. Dropping it closes both ends.
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

/// The progress of one direction.
#[derive(Debug)]
struct Flow {
    tools: Rc<Tools>,
    /// A chunk that has left the line and waits for the receiver.
    leaving: Option<Chunk>,
    /// The sender has closed its side.
    drained: bool,
    /// The receiver has been notified.
    ended: bool,
}

/// The state of a direction, and with it of the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Flowing,
    Ended,
    /// The connection was closed by a fault, or by an end that closes both directions at once.
    Closed,
    Torn,
}

impl<C: End, S: End> Pump<C, S> {
    pub(super) fn new(client: C, server: S, circuit: Rc<Circuit>, tools: Rc<Tools>) -> Self {
        let alarm = tools.sleep_until(Duration::MAX);
        let (upstream, downstream) = (Flow::new(&tools), Flow::new(&tools));
        Self { client, server, circuit, tools, upstream, downstream, alarm, closing: false }
    }

    /// Moves everything that can be moved now.
    fn carry(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let circuit = Rc::clone(&self.circuit);
        let mut state = circuit.enter(cx.waker());
        loop {
            let (client, server) = (&mut self.client, &mut self.server);
            let up = self.upstream.carry(cx, client, server, &mut state.upstream);
            let down = self.downstream.carry(cx, server, client, &mut state.downstream);
            match (up, down) {
                (Outcome::Torn, _) | (_, Outcome::Torn) => {
                    self.client.abort();
                    self.server.abort();
                    return Poll::Ready(());
                }
                (Outcome::Closed, _) | (_, Outcome::Closed) => {
                    self.start_closing();
                    return self.close(cx);
                }
                (Outcome::Ended, Outcome::Ended) => return Poll::Ready(()),
                _ => {}
            }
            // Go round again if a line has become due; otherwise the alarm will wake the task.
            if !self.alarm_rings(cx, &state) {
                return Poll::Pending;
            }
        }
    }

    /// Returns whether a line is due by now. If not, the task will be woken when one is.
    fn alarm_rings(&mut self, cx: &mut Context<'_>, state: &CircuitState) -> bool {
        let dues = [state.upstream.line.due(), state.downstream.line.due()];
        let Some(due) = dues.into_iter().flatten().min() else {
            return false;
        };
        self.alarm.reset(self.tools.clock.instant(due));
        Pin::new(&mut self.alarm).poll(cx).is_ready()
    }

    fn start_closing(&mut self) {
        self.closing = true;
        let end = self.tools.clock.now().saturating_add(LINGER);
        self.alarm.reset(self.tools.clock.instant(end));
    }

    /// Closes both ends, and discards the bytes that still arrive.
    fn close(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let scratch = &mut *self.tools.scratch.borrow_mut();
        let client = finish(cx, &mut self.client, &mut self.upstream, scratch);
        let server = finish(cx, &mut self.server, &mut self.downstream, scratch);
        let late = Pin::new(&mut self.alarm).poll(cx).is_ready();
        if late || (client && server) { Poll::Ready(()) } else { Poll::Pending }
    }
}

impl<C: End, S: End> Future for Pump<C, S> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.closing {
            return self.close(cx);
        }
        let carried = self.carry(cx);
        self.circuit.count_hits();
        carried
    }
}

/// Shuts down the direction to an end, and discards the bytes from it. Returns whether no more will come.
fn finish<E: End>(cx: &mut Context<'_>, end: &mut E, from: &mut Flow, scratch: &mut [u8]) -> bool {
    let _ = Pin::new(&mut *end).poll_shutdown(cx);
    while !from.drained {
        let mut buffer = ReadBuf::new(scratch);
        match Pin::new(&mut *end).poll_read(cx, &mut buffer) {
            Poll::Pending => return false,
            Poll::Ready(Ok(())) if !buffer.filled().is_empty() => {}
            Poll::Ready(_) => from.drained = true,
        }
    }
    true
}

impl Flow {
    fn new(tools: &Rc<Tools>) -> Self {
        Self { tools: Rc::clone(tools), leaving: None, drained: false, ended: false }
    }

    /// Moves everything that can be moved now from one end to the other.
    fn carry<F: End, T: End>(
        &mut self,
        cx: &mut Context<'_>,
        from: &mut F,
        to: &mut T,
        way: &mut Way,
    ) -> Outcome {
        loop {
            match self.deliver(cx, to, way) {
                Outcome::Flowing => {}
                // The sender accepts nothing more, so the other direction is over, too.
                Outcome::Ended if F::CLOSES_WHOLE => return Outcome::Closed,
                outcome => return outcome,
            }
            if !self.may_read(way) || !self.read(cx, from, to, way) {
                return Outcome::Flowing;
            }
        }
    }

    /// Writes everything that is due.
    fn deliver(&mut self, cx: &mut Context<'_>, to: &mut impl End, way: &mut Way) -> Outcome {
        if self.ended {
            return Outcome::Ended;
        }
        // The usual case without faults: nothing is held, so nothing can be due.
        if self.leaving.is_none() && way.line.is_clear() {
            return Outcome::Flowing;
        }
        let now = self.tools.clock.now();
        loop {
            // Checked before every write, because a reset overtakes bytes that the receiver has not taken.
            if way.line.is_torn(now) {
                return Outcome::Torn;
            }
            if let Some(chunk) = &mut self.leaving {
                match write(cx, to, &chunk.bytes) {
                    Poll::Pending => return Outcome::Flowing,
                    Poll::Ready(Err(_)) => return Outcome::Torn,
                    Poll::Ready(Ok(written)) => chunk.bytes.advance(written),
                }
                if !chunk.bytes.is_empty() {
                    continue;
                }
                if chunk.asked > Duration::ZERO {
                    way.record(chunk.asked, self.tools.clock.now().saturating_sub(chunk.arrived));
                }
                self.leaving = None;
            }
            match way.line.pop(now) {
                None => return Outcome::Flowing,
                Some(Item::Data(chunk)) => self.leaving = Some(chunk),
                Some(Item::Reset) => return Outcome::Torn,
                Some(Item::End) => {
                    self.ended = true;
                    // Ignore errors: an end that cannot be shut down is already closed.
                    let _ = Pin::new(&mut *to).poll_shutdown(cx);
                    // An end that the sender has not sent comes from a fault, and closes the connection.
                    return if self.drained { Outcome::Ended } else { Outcome::Closed };
                }
            }
        }
    }

    /// Returns whether there is room for more bytes. With a clear line, the receiver must have taken all
    /// bytes so far; otherwise, the line must not be full.
    fn may_read(&self, way: &Way) -> bool {
        let blocked = self.leaving.is_some() && way.line.is_clear();
        !self.drained && !blocked && !way.line.is_full()
    }

    /// Reads once. With a clear line, writes the bytes at once. Returns whether there may be more.
    fn read(&mut self, cx: &mut Context<'_>, from: &mut impl End, to: &mut impl End, way: &mut Way) -> bool {
        let tools = Rc::clone(&self.tools);
        let scratch = &mut *tools.scratch.borrow_mut();
        let mut buffer = ReadBuf::new(scratch);
        match Pin::new(&mut *from).poll_read(cx, &mut buffer) {
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
            Poll::Ready(Ok(())) if way.line.is_clear() => self.pass(cx, to, way, buffer.filled()),
            Poll::Ready(Ok(())) => {
                // The line keeps the bytes, so they must be copied out of the shared buffer.
                let bytes = Bytes::copy_from_slice(buffer.filled());
                way.line.push(tools.clock.now(), bytes);
            }
        }
        true
    }

    /// Writes bytes that no fault holds back, and keeps those that the receiver does not take.
    fn pass(&mut self, cx: &mut Context<'_>, to: &mut impl End, way: &mut Way, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            match write(cx, to, bytes) {
                Poll::Ready(Ok(written)) => bytes = bytes.get(written..).unwrap_or_default(),
                Poll::Pending => {
                    let (bytes, arrived) = (Bytes::copy_from_slice(bytes), self.tools.clock.now());
                    self.leaving = Some(Chunk { bytes, arrived, asked: Duration::ZERO });
                    return;
                }
                Poll::Ready(Err(_)) => return way.line.reset(self.tools.clock.now()),
            }
        }
    }
}

/// Writes some of the bytes. A receiver that closes both directions at once and has done so accepts
/// everything: the end of its own stream tells how the connection ends.
fn write<T: End>(cx: &mut Context<'_>, to: &mut T, bytes: &[u8]) -> Poll<std::io::Result<usize>> {
    match Pin::new(to).poll_write(cx, bytes) {
        Poll::Ready(Err(_)) if T::CLOSES_WHOLE => Poll::Ready(Ok(bytes.len())),
        Poll::Ready(Ok(0)) => Poll::Ready(Err(std::io::ErrorKind::WriteZero.into())),
        written => written,
    }
}
