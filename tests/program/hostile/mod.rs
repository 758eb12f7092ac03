//! Tests with hostile, damaged and huge input. It must not cause a panic, a signal, a hang, excessive
//! memory use, control of the terminal or a silently lost row. Most tests run the built program on
//! generated files.
//!
//! [`run`] checks the invariants of every run; each test adds the expectations for its own input.

#![cfg(unix)]
#![allow(
    clippy::format_collect,
    clippy::format_push_string,
    clippy::large_stack_arrays,
    clippy::duration_suboptimal_units,
    reason = "tests generate their input"
)]

mod edges;
mod estimates;
mod experiment;
mod json;
mod mutation;
mod names;
mod outputs;
mod packed;
mod run;
mod silence;
mod syscalls;
mod tables;
mod times;
mod topology;
mod topology_any;

use std::fmt::Write as _;
use steadfast::base::problem::Problem;

/// Formats a problem as `line:column message | label | notes and helps`.
pub(crate) fn line(problem: &Problem) -> String {
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
