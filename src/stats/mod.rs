//! Statistics for failure and repair data: distributions, estimators and confidence intervals.
//!
//! The modules, lowest layer first:
//!
//! | module | contents |
//! |---|---|
//! | [`special`] | incomplete gamma and beta functions, both tails, parameters from 0.05 to 10¹⁰ |
//! | [`quantile`] | distribution functions and quantiles of the normal, χ², t, F and beta distributions |
//! | [`distribution`] | distributions of lifetimes and repair times: sampling, tails, hazards, integrals |
//! | [`summary`] | count, mean, standard deviation, percentiles; mergeable moments in constant memory |
//! | [`pairs`] | moments of two quantities that were observed together: correlation, ratio of totals |
//! | [`censored`] | the distribution of durations of which some are known only within bounds |
//! | [`histogram`] | counts of durations in fixed bins: quantiles with their intervals |
//! | [`trend`] | whether values that follow one another rise or fall |
//! | [`interval`] | confidence intervals for MTBF, MTTR, availability and proportions, each with its source |
//!
//! Three conventions hold throughout:
//!
//! - An argument outside a function's domain gives `None`. No function panics, loops forever or returns
//!   NaN for valid arguments. Checks are written `!(x > 0.0)` so that NaN fails them too.
//! - Both tails are computed. One minus a probability is never taken where the other tail can be
//!   computed directly: the difference loses the digits of a small tail.
//! - Random numbers come from a generator that the caller passes.

mod inversion;
mod memo;

pub mod censored;
pub mod distribution;
pub(crate) mod histogram;
pub mod interval;
pub(crate) mod pairs;
pub(crate) mod quantile;
pub(crate) mod search;
pub(crate) mod special;
pub mod summary;
pub mod times;
pub mod trend;
