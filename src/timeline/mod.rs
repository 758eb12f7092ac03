//! Layer 1: who was up and who was down over a window of time, and what follows from it.
//!
//! "Down" and "MTBF" mean the same thing in every subcommand because all of them compute them here.


pub mod span;

pub use span::{Span, Spans};
