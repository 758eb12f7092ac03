//! Published and independently computed answers.

#[path = "../shared/cpu_time.rs"]
mod cpu_time;

mod large_trees;
mod published;
