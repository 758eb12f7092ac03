//! The only part of `chaos` with side effects: sockets, files and clocks. It carries out decisions that
//! are made elsewhere.
//!
//! | part | purpose |
//! |---|---|
//! | [`clock`] | measures the time of one run |
//! | [`capacity`] | the descriptors and ports that a run needs |
//! | [`timer`] | wakes tasks on time, to a tenth of a millisecond |
//! | [`resolve`] | resolves host names, and accepts only hosts that may be disturbed |
//! | [`tls`] | configures TLS to a target |
//! | `http_sender` | the client side of one HTTP connection |
//! | `thread`, `tasks` | threads, and the tasks that run on them |
//! | [`proxy`] | forwards connections and requests, and applies the faults |
//! | [`client`] | connects to the target |
//! | [`load`] | generates the load |
//! | `marks` | information that load generator and proxy exchange, mostly in headers |
//! | `reasons` | error messages of connections |
//! | [`kill_switch`] | ends the injection on a signal from outside |
//! | [`conduct`] | runs an experiment |
//! | [`demo_target`] | a server to try experiments on |

pub(crate) mod capacity;
pub mod client;
pub(crate) mod clock;
pub(crate) mod conduct;
pub mod demo_target;
mod http_sender;
pub(crate) mod kill_switch;
pub mod load;
mod marks;
pub mod proxy;
mod readiness;
mod reasons;
pub(crate) mod resolve;
mod tasks;
mod thread;
pub mod timer;
pub(crate) mod tls;
