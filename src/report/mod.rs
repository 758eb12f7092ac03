//! Layer 1: reports. A [`Document`] holds a finished result, and the formats of [`mod@format`] write it.
//!
//! Computation and rendering are separate: a subcommand fills a document, and every format can write any
//! document.

pub(crate) mod document;
pub mod format;
mod later;

pub use crate::base::outcome::Outcome;
pub use document::*;
pub use later::Later;
