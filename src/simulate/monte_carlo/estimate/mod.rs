//! From replications to figures with their intervals.
//!
//! | part | what it does |
//! |---|---|
//! | [`Scope`] | horizon, windows, mission: what a replication is measured by |
//! | [`Tally`] | exact sums and counts of replications, the same in any order and split |
//! | [`Figures`] | what the tally says, each figure with its interval |
//! | [`Rule`] | when enough replications have been run |
//! | [`run`] | runs them, on all threads |
//! | [`measure_repairs`] | what units go through between a failure and its end |
//! | [`compare`] | two systems under common random numbers |

mod compare;
mod figures;
mod repairs;
mod run;
mod scope;
mod stopping;
mod tally;

pub use compare::{Comparison, compare};
pub use figures::{BlameShare, Figure, Figures, Point, Spread};
pub use repairs::{CrewLoad, RepairTimes, Repairs, measure_repairs, replications_heard};
pub use run::{Conduct, run};
pub use scope::Scope;
pub use stopping::{FAILING_MIN, Rule, Stop};
pub use tally::{CURVE_POINTS, Tally};
