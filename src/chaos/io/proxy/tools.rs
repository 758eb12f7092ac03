//! The resources that the connections of one thread share.

use crate::chaos::io::clock::Clock;
use crate::chaos::io::timer::{Sleep, Timer};
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

/// The resources that the connections of one thread share.
#[derive(Debug)]
pub(super) struct Tools {
    pub clock: Clock,
    timer: Rc<Timer>,
    /// The buffer for bytes between reading and writing or storing them; no connection has a buffer of
    /// its own.
    pub scratch: RefCell<Box<[u8]>>,
}

/// Number of bytes to read at once. More would fall out of the cache between reading and writing.
const SCRATCH_BYTES: usize = 128 << 10;

impl Tools {
    pub(super) fn new(clock: Clock, timer: Rc<Timer>) -> Self {
        Self { clock, timer, scratch: RefCell::new(vec![0; SCRATCH_BYTES].into_boxed_slice()) }
    }

    /// Returns a future that completes at a time of the clock.
    pub(super) fn sleep_until(&self, due: Duration) -> Sleep {
        self.timer.sleep_until(self.clock.instant(due))
    }
}
