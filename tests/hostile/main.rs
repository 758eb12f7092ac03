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
mod mutation;
mod names;
mod outputs;
mod packed;
mod run;
mod silence;
mod tables;
mod times;
mod topology;
mod topology_any;

use std::fmt::Write as _;
use steadfast::base::problem::Problem;

/// A problem as `line:column message | label | notes and helps`.
pub fn line(problem: &Problem) -> String {
    let mut line = match &problem.place {
        Some(place) => format!("{}:{}", place.line, place.span.start + 1),
        None => "-".to_owned(),
    };
    write!(line, " {}", problem.message).unwrap();
    let label = Some(&problem.label).filter(|label| !label.is_empty());
    for more in label.into_iter().chain(&problem.notes).chain(&problem.help) {
        write!(line, " | {more}").unwrap();
    }
    line
}
