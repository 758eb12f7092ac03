//! Descriptors that a task can wait for.

use std::io;
use std::os::fd::{AsFd, AsRawFd};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// Waits for a descriptor to become readable.
#[expect(
    deprecated,
    reason = "its successor is unsafe for the sake of types that change or close their descriptor; those used here own theirs"
)]
pub(super) fn readable<T: AsFd + AsRawFd>(owner: T) -> io::Result<AsyncFd<T>> {
    AsyncFd::with_interest(owner, Interest::READABLE)
}
