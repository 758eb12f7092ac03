//! Layer 2: computes MTBF, MTTR, availability and the state of error budgets from incident logs.
//!
//! ```text
//! bytes ──input──▶ Evidence ──analysis──▶ Report ──document──▶ Document
//!                      └──── Ledger: every row excluded or adjusted ────┘
//! ```

pub mod analysis;
pub mod document;
pub mod evidence;
mod explain;
pub mod gates;
pub mod input;
pub mod ledger;
pub mod measure;
pub mod objectives;
pub mod quorum;
pub(crate) mod rows;
