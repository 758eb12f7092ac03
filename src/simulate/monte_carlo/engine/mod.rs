//! The Monte Carlo engine, which draws the outages of a system replication by replication.
//!
//! | module | contents |
//! |---|---|
//! | `islands`, `plan` | partition of the system into parts that share neither components nor dynamics |
//! | `renewal` | a few independent units: the fast loop |
//! | [`coupled`] | dependent units: crews, common causes, standby, planned work |
//! | `merge` | combination of the parts' outages into the system's |
//! | [`outage`] | outages and their causes |
//! | [`replication`] | one replication from start to end, in slices of time |
//!
//! Every unit draws from its own random stream, which is determined by the seed, the unit's name and the
//! replication. A replication therefore has the same outages with any number of threads and any
//! partition of the system, and, as far as possible, in a modified system too (common random numbers).

pub(crate) mod coupled;
pub(in crate::simulate) mod islands;
mod merge;
pub mod outage;
mod plan;
mod renewal;
pub mod replication;
mod slice;
#[cfg(test)]
mod tests;
