//! `steadfast`: a command-line tool for site reliability engineers.
//!
//! ```text
//! incident log ──▶ availability ──▶ MTBF · MTTR · availability · SLO
//! topology     ──▶ simulate     ──▶ predicted MTBF · MTTR · availability
//! experiment   ──▶ chaos        ──▶ verdict on steady state and recovery
//! ```
//!
//! The modules form layers. Imports point downwards only; `tests/library/layers.rs` enforces this.
//!
//! | layer | module | contents |
//! |---|---|---|
//! | L0 | [`base`] | error reports with a location and advice, quantities, time, random number streams |
//! | L1 | [`config`] | configuration files: values with locations, typed keys, reference, JSON Schema |
//! | L1 | [`stats`] | special functions, lifetime distributions, summaries, confidence intervals |
//! | L1 | [`timeline`] | up and down states of services over a window, and measures of them |
//! | L1 | [`report`] | a document (facts, tables, charts, verdict) and the output formats |
//! | L2 | [`availability`] | computes reliability measures from incident logs |
//! | L2 | [`simulate`] | predicts the downtime of a system from its topology |
//! | L2 | [`chaos`] | injects faults in front of an endpoint under load and judges its recovery |
//! | L3 | [`cli`] | parses arguments, runs a subcommand and returns the exit code |

// Neither library nor binary may panic on any input or print to stdout or stderr directly. Tests may.
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
