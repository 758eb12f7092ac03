//! Layer 2: incident logs in; MTBF, MTTR, availability and the standing of objectives out.
//!
//! ```text
//! bytes ──input──▶ Evidence ──analysis──▶ Report ──document──▶ Document
//!                      └──────── Ledger: what was done with every row ────────┘
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
pub mod rows;
