//! Estimates figures with confidence intervals from replications.
//!
//! | item | purpose |
//! |---|---|
//! | [`Scope`] | horizon, windows and mission that a replication is measured by |
//! | [`Tally`] | sums and counts of replications |
//! | [`Figures`] | the estimates computed from a tally, each with its interval |
//! | [`Known`] | what is known of a model before it is simulated |
//! | [`Rule`] | the stopping rule |
//! | [`run`](mod@run) | runs replications on all threads |
//! | [`measure_repairs`] | times from the failure of a unit to its restoration |
//! | [`compare`](mod@compare) | comparison of two systems under common random numbers |

mod compare;
mod contributions;
mod downs;
mod figures;
mod known;
mod repairs;
mod run;
mod scope;
mod stopping;
mod tally;

pub use compare::{Comparison, compare};
pub use figures::{CauseShare, Exceedance, Figure, Figures, Point, Spread};
pub use known::Known;
pub use repairs::{CrewLoad, RepairTimes, Repairs, measure_repairs, replications_heard};
pub use run::{Conduct, run};
pub use scope::{CURVE_POINTS, Scope};
pub use stopping::{FAILING_MIN, Rule, Stop};
pub use tally::Tally;
