//! `steadfast`: one binary for the people who keep services up.
//!
//! ```text
//! incident log ──▶ availability ──▶ MTBF · MTTR · availability · SLO
//! topology     ──▶ simulate     ──▶ the same, predicted
//! experiment   ──▶ chaos        ──▶ whether it held, and how fast it recovered
//! ```
//!
//! The modules stand in layers; imports go downwards only, and `tests/layers.rs` holds them to it.
//!
//! | layer | module | what it knows |
//! |---|---|---|
//! | L0 | [`base`] | problems with a place and a hint, quantities, time, random streams |
//! | L1 | [`config`] | files that users write: values with their places, typed keys, reference and JSON Schema |
//! | L1 | [`stats`] | special functions, distributions of lifetimes, summaries, confidence intervals |
//! | L1 | [`timeline`] | who was up and who was down over a window, and the measures of it |
//! | L1 | [`report`] | a document (facts, tables, charts, verdict) and the formats that write it |
//! | L2 | [`availability`] | incident logs in, measures out |
//! | L2 | [`simulate`] | from the structure of a system to its predicted downtime |
//! | L2 | [`chaos`] | faults in front of a real endpoint under load, and how it recovered |
//! | L3 | [`cli`] | arguments in, exit code out |

// Library and binary may not panic on any input, and print only where they are told to; tests may.
#![cfg_attr(
    not(test),
    warn(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::print_stdout,
        clippy::print_stderr
    )
)]

pub mod base;

pub mod config;
pub mod report;
pub mod stats;
pub mod timeline;

pub mod availability;
pub mod chaos;
pub mod simulate;

pub mod cli;
