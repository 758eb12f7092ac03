//! The only part of `chaos` that touches the world: sockets, files and clocks. It decides nothing; it carries out.
//!
//! | part | what it does |
//! |---|---|
//! | [`clock`] | the time of one run |
//! | [`timer`] | wakes tasks at the right moment, to a tenth of a millisecond |
//! | [`tls`] | how TLS is spoken to a target |
//! | [`proxy`] | stands in front of servers and carries out the faults |

pub mod clock;
pub mod proxy;
mod readiness;
pub mod timer;
pub mod tls;
