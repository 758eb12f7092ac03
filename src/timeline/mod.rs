//! Layer 1: who was up and who was down over a window of time, and what follows from it.
//!
//! "Down" and "MTBF" mean the same thing in every subcommand because all of them compute them here.

pub mod calendar;
pub mod combine;
pub mod exposure;
pub mod hours;
pub mod line;
mod measured;
pub mod samples;
pub mod slo;
pub mod span;
pub mod tally;
mod weekdays;
pub mod weighted;
mod worst;

pub use line::{Line, Outage};
pub use span::{Span, Spans};
