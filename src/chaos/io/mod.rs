//! The only part of `chaos` that touches the world: sockets, files and clocks. It decides nothing; it carries out.
//!
//! | part | what it does |
//! |---|---|
//! | [`clock`] | the time of one run |
//! | [`timer`] | wakes tasks at the right moment, to a tenth of a millisecond |
//! | [`resolve`] | names become addresses, and only those that may be disturbed pass |
//! | [`tls`] | how TLS is spoken to a target |
//! | [`proxy`] | stands in front of servers and carries out the faults |
//! | [`client`] | connections to the target |
//! | [`load`] | sends requests |
//! | `marks` | what load and proxy tell each other in headers |
//! | [`kill_switch`] | what ends the injection from outside |
//! | [`conduct`] | carries an experiment out |
//! | [`demo_target`] | a server to try experiments on |

pub mod client;
pub mod clock;
pub mod conduct;
pub mod demo_target;
pub mod kill_switch;
pub mod load;
mod marks;
pub mod proxy;
mod readiness;
pub mod resolve;
pub mod timer;
pub mod tls;
