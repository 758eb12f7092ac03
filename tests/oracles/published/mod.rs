//! Published or independently computed answers that must come out. The reference answers and the real logs lie beside the
//! repository, in `../shared`; where they are missing every test says aloud that it is skipped.

mod budgets;
mod closed_forms;
mod fault_trees;
mod logs;
mod markov;
mod shared;
mod statistics;
mod timeline;
mod timestamps;
