//! Chaos experiments: injects latency and failures in front of a real endpoint, under load, and judges
//! the recovery.
//!
//! | part | what it does |
//! |---|---|
//! | [`fault`] | the family of faults: what can be done to bytes, connections and responses |
//! | [`link`] | one direction of a proxied connection, without the sockets |
//! | [`experiment_file`] | reads and validates experiment files |
//! | [`experiment`] | the validated experiment |
//! | [`plan`] | the plan that `--dry-run` prints |
//! | [`guard`] | the hosts that may be disturbed |
//! | [`selection`] | the connections or requests that a fault hits |
//! | [`schedule`] | the due times of an open loop |
//! | [`requests`] | the content of each request |
//! | [`expectation`] | checks of responses |
//! | [`limit`] | conditions on measurements, such as `p99 <= 400ms` |
//! | [`latencies`] | latency histograms |
//! | [`phase`] | the phases of a run |
//! | [`likeness`] | whether responses are like those before the faults |
//! | [`tally`] | outcomes of requests, counted by window |
//! | [`observation`] | the raw data of a run |
//! | [`verdict`] | judges the observation of a run |
//! | [`report`] | the typed result of a run, and its document |
//! | [`io`] | the only part that touches sockets, files and clocks |

pub(crate) mod expectation;
pub mod experiment;
pub mod experiment_file;
pub mod fault;
pub mod guard;
pub mod io;
pub mod latencies;
pub mod likeness;
pub mod limit;
pub(crate) mod link;
pub mod observation;
pub mod phase;
pub mod plan;
pub mod report;
pub(crate) mod requests;
pub(crate) mod schedule;
pub(crate) mod selection;
pub(crate) mod tally;
pub mod verdict;
