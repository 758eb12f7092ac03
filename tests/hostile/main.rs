//! What hostile, damaged and enormous input must not do: end in a panic or a signal, hang, fill the memory, act on the
//! terminal, or lose a row in silence. Every run here is the built program on a file made for it.
//!
//! [`run`] holds the laws that all runs keep; a test adds what its own input must come to.

#![cfg(unix)]
#![allow(
    clippy::format_collect,
    clippy::format_push_string,
    clippy::large_stack_arrays,
    clippy::duration_suboptimal_units,
    reason = "input is made here, not served"
)]

mod edges;
mod experiment;
mod json;
mod names;
mod outputs;
mod packed;
mod run;
mod silence;
mod tables;
mod times;
mod topology;
mod topology_any;
