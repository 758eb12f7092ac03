//! The program as people run it: commands, documents, hostile input, interrupts, gates, scenarios.

mod cli;
mod docs;
mod hostile;
mod interrupt;
mod judgement;
mod ledger;
mod presets;
mod promises;
mod scenarios;
