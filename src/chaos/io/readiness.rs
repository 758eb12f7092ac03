//! Registers file descriptors with the runtime, so that a task can wait for them.

use std::io;
use std::os::fd::{AsFd, AsRawFd};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// Registers a descriptor so that a task can wait until it is readable.
#[expect(
    deprecated,
    reason = "its successor is unsafe because a type may change or close its descriptor; these do not"
)]
pub(super) fn readable<T: AsFd + AsRawFd>(owner: T) -> io::Result<AsyncFd<T>> {
    AsyncFd::with_interest(owner, Interest::READABLE)
}
