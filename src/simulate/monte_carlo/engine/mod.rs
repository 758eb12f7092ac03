//! The Monte Carlo engine: outages of a system, drawn replication by replication.
//!
//! | part | what it does |
//! |---|---|
//! | `islands`, `plan` | cut the system into parts that share neither components nor dynamics |
//! | `renewal` | a few units that live each for itself: the tight loop |
//! | `coupled` | units that act on each other: crews, common causes, standby, planned work |
//! | `merge` | joins the parts' outages into the system's |
//! | [`replication`] | one replication from start to end |
//!
//! Every unit draws from a stream that is named by the seed, its own name and the replication. A replication therefore comes out the
//! same on any number of threads, however the system was cut, and as far as possible also in a changed system (common
//! random numbers).

pub mod coupled;
pub(in crate::simulate) mod islands;
mod merge;
pub mod outage;
mod plan;
mod renewal;
pub mod replication;
#[cfg(test)]
mod tests;
