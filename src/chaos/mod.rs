//! From a description of an experiment to a verdict: latency and failure injected in front of a real endpoint, under load.
//!
//! | part | what it does |
//! |---|---|
//! | [`fault`] | what can be done to bytes, connections and answers: a family |
//! | [`link`] | one direction of a connection, without the sockets |
//! | [`experiment_file`] | experiment files: what users write becomes an experiment |
//! | [`experiment`] | an experiment as those who carry it out see it |
//! | [`plan`] | what a run would do |
//! | [`guard`] | what may be disturbed |
//! | [`selection`] | who is hit |
//! | [`schedule`] | when requests are due |
//! | [`requests`] | what each request is |
//! | [`expectation`] | whether an answer is as expected |
//! | [`limit`] | conditions on what was measured |
//! | [`latencies`] | how long things took |
//! | [`tally`] | what became of requests, by window |
//! | [`observation`] | what was seen during a run |
//! | [`verdict`] | what that says about the target |
//! | [`report`] | the typed result of a run, and its document |
//! | [`io`] | the only part that touches sockets, files and clocks |

pub mod expectation;
pub mod experiment;
pub mod experiment_file;
pub mod fault;
pub mod guard;
pub mod io;
pub mod latencies;
pub mod limit;
pub mod link;
pub mod observation;
pub mod plan;
pub mod report;
pub mod requests;
pub mod schedule;
pub mod selection;
pub mod tally;
pub mod verdict;
