//! The proxies of `chaos`, with real sockets on loopback.

mod bytes;
mod common;
mod requests;
mod slow;
mod streams;
mod transparent;
