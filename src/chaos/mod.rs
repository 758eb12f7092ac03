//! From a description of an experiment to a verdict: latency and failure injected in front of a real endpoint, under load.
//!
//! | part | what it does |
//! |---|---|
//! | [`fault`] | what can be done to bytes, connections and answers: a family |
//! | [`wire`] | one direction of a connection, without the sockets |
//! | [`file`] | experiment files: what users write becomes an experiment |
//! | [`experiment`] | an experiment as those who carry it out see it |
//! | [`guard`] | what may be disturbed |
//! | [`selection`] | who is hit |
//! | [`limit`] | conditions on what was measured |
//! | [`latencies`] | how long things took |
//! | [`observation`] | what was seen during a run |
//! | [`verdict`] | what that says about the target |
//! | [`shell`] | the only part that touches sockets, files and clocks |
//! | [`report`] | the typed result of a run, and its document |

pub mod experiment;
pub mod fault;
pub mod file;
pub mod guard;
pub mod latencies;
pub mod limit;
pub mod observation;
pub mod report;
pub mod selection;
pub mod verdict;
pub mod shell;
pub mod wire;
