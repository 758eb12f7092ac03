//! The program as people run it: commands, documents, hostile input, interrupts, gates, scenarios.

#[path = "../shared/cpu_time.rs"]
mod cpu_time;
#[path = "../shared/strace.rs"]
mod strace;

mod cli;
mod docs;
mod doubts;
mod evidence;
mod hostile;
mod interrupt;
mod judgement;
mod ledger;
mod presets;
mod promises;
mod restores;
mod scenarios;
