//! Published and independently computed answers.

mod large_trees;
mod published;
