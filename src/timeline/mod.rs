//! The timeline: when services were up and down in a window of time, and the measures computed from
//! that.
//!
//! "Down" and "MTBF" mean the same in every subcommand because all of them compute them here.

pub mod calendar;
pub mod combine;
pub mod exposure;
pub mod holidays;
pub mod hours;
pub(crate) mod line;
mod measured;
pub mod samples;
pub mod slo;
pub(crate) mod span;
pub mod tally;
mod weekdays;
pub(crate) mod weighted;
mod worst;

pub use line::{Line, Outage};
pub use span::{Span, Spans};
pub(crate) use weekdays::NAMES as WEEKDAYS;
