//! `steadfast chaos` as people run it, and the experiments in `scenarios/chaos`.

mod chaos_cli;
mod chaos_scenarios;
