//! `steadfast chaos` as people run it, and the experiments in `scenarios/chaos`.

#[cfg(target_os = "linux")]
#[path = "../shared/strace.rs"]
mod strace;

mod chaos_cli;
mod chaos_scenarios;
