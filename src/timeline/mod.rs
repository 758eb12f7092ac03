//! Layer 1: who was up and who was down over a window of time, and what follows from it.
//!
//! "Down" and "MTBF" mean the same thing in every subcommand because all of them compute them here.

pub mod combine;
pub mod line;
pub mod samples;
pub mod span;
pub mod weighted;

pub use line::{Line, Outage};
pub use span::{Span, Spans};
