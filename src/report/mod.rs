//! Layer 1: a finished result as a document, and the formats that write it.
//!
//! Computing and rendering never meet: whoever computes fills a [`Document`], and each format of [`mod@format`] writes any document.

pub mod document;
pub mod format;

pub use crate::base::outcome::Outcome;
pub use document::*;
