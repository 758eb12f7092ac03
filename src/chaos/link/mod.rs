//! One direction of a connection, without the sockets: bytes go in with the time they came, and come out when they are due.
//!
//! Nothing here reads a clock. Whoever owns the sockets says what time it is, asks when something will be [due](Line::due),
//! and comes back then; so tests run hours in milliseconds, and the same code serves any kind of connection.
//!
//! Times are durations since an arbitrary start that all calls of one line share.

mod line;
#[cfg(test)]
pub(in crate::chaos) mod tests;

pub use line::{FaultId, Line};

use bytes::Bytes;
use std::time::Duration;

/// Bytes that a stage holds at most before the sender should wait. Enough for ten seconds at 100 Mbit/s.
const HELD_BYTES_MAX: usize = 128 << 20;

/// Some bytes on their way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chunk {
    /// The bytes; never empty.
    pub bytes: Bytes,
    /// When they were read.
    pub arrived: Duration,
    /// How long they were meant to be held, in all.
    pub asked: Duration,
}

/// What travels along a line, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// Bytes.
    Data(Chunk),
    /// The sender has closed its side: nothing follows (FIN).
    End,
    /// The connection is torn down: nothing follows, in either direction (RST).
    Reset,
}

/// What a fault does to one direction of one connection. Items come in by `push` and leave by `pop`, in the same order; a stage
/// may hold, split, drop or end, never reorder.
pub trait Stage: std::fmt::Debug + Send {
    /// Takes the next item at the time `now`.
    fn push(&mut self, now: Duration, item: Item);

    /// The next item that may leave at the time `now`; `None` while nothing may.
    fn pop(&mut self, now: Duration) -> Option<Item>;

    /// When `pop` will next give something if nothing is pushed; `None` if it will not.
    fn due(&self) -> Option<Duration>;

    /// Bytes that it holds.
    fn held(&self) -> usize;

    /// Whether it has done anything yet; `None` for one that acts on all bytes that come.
    fn has_acted(&self) -> Option<bool> {
        None
    }

    /// Whether the sender should wait before it sends more. A stage that limits the rate says so early, as a narrow link would;
    /// one that delays must not, or the delay would become a limit to the rate.
    fn is_full(&self) -> bool {
        self.held() >= HELD_BYTES_MAX
    }

    /// The fault is taken away at the time `now`: everything that was held leaves at once, in order. A stage that has lost data
    /// ends the line, since the rest would make no sense.
    fn release(self: Box<Self>, now: Duration) -> Vec<Item>;
}
