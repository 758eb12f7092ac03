//! One direction of a connection, without sockets: bytes enter with the time at which they arrived, and
//! leave when they are due.
//!
//! Nothing here reads a clock. The owner of the sockets passes the time, asks when something will be
//! [due](Line::due), and calls again then. Tests can therefore simulate hours in milliseconds, and the
//! same code serves any kind of connection.
//!
//! Times are durations since an arbitrary start that all calls of one line share.

mod line;
#[cfg(test)]
pub(in crate::chaos) mod tests;

pub(crate) use line::{FaultId, Line};

use bytes::Bytes;
use std::time::Duration;

/// Number of bytes held by a stage at which the sender should wait. Enough for ten seconds at 100 Mbit/s.
const HELD_BYTES_MAX: usize = 128 << 20;

/// A chunk of bytes on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chunk {
    /// The bytes; never empty.
    pub bytes: Bytes,
    /// Time at which they were read.
    pub arrived: Duration,
    /// The total time for which faults were to hold them.
    pub asked: Duration,
}

/// An item that travels along a line; items keep their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// Bytes.
    Data(Chunk),
    /// The sender has closed its side: nothing follows (FIN).
    End,
    /// The connection is torn down: nothing follows, in either direction (RST).
    Reset,
}

/// The effect of a fault on one direction of one connection. Items enter by `push` and leave by `pop` in
/// the same order. A stage may hold, split or drop items and end the stream, but never reorder items.
pub trait Stage: std::fmt::Debug + Send {
    /// Takes the next item at the time `now`.
    fn push(&mut self, now: Duration, item: Item);

    /// Returns the next item that may leave at the time `now`, or `None` if there is none.
    fn pop(&mut self, now: Duration) -> Option<Item>;

    /// Returns when `pop` will next return an item if nothing is pushed, or `None` if it will not.
    fn due(&self) -> Option<Duration>;

    /// Returns the number of bytes that the stage holds.
    fn held(&self) -> usize {
        0
    }

    /// Returns whether the stage has had an effect yet, or `None` for a stage that acts on all bytes.
    fn has_acted(&self) -> Option<bool> {
        None
    }

    /// Returns whether the sender should wait before it sends more. A stage that limits the rate reports
    /// this early, like a narrow link; a stage that delays must not, or the delay would limit the rate.
    fn is_full(&self) -> bool {
        self.held() >= HELD_BYTES_MAX
    }

    /// Ends the fault at the time `now`, and returns all items held, which leave at once and in order. A
    /// stage that has lost bytes ends the line, since the bytes that follow would be meaningless.
    fn release(self: Box<Self>, now: Duration) -> Vec<Item>;
}
