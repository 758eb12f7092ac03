//! Statistics for failure and repair data: what a sample says, and how far to trust it.
//!
//! The layers, lowest first:
//!
//! | module | answers |
//! |---|---|
//! | [`special`] | incomplete gamma and beta functions, both tails, parameters from 0.05 to 10¹⁰ |
//! | [`quantile`] | distribution functions and quantiles of the normal, χ², t, F and beta distributions |
//! | [`distribution`] | lifetimes and repair times: a family, drawn from and computed with |
//! | [`summary`] | count, mean, standard deviation, percentiles; mergeable moments in constant memory |
//! | [`pairs`] | moments of two quantities that were observed together: correlation, ratio of totals |
//! | [`histogram`] | counts of durations in fixed bins: quantiles with their intervals |
//! | [`interval`] | confidence intervals for MTBF, MTTR, availability, proportions and shifts, each with its source |
//!
//! Three conventions hold throughout:
//!
//! - An argument outside a function's domain gives `None`; nothing here panics, hangs or returns NaN for valid
//!   arguments. Checks are written `!(x > 0.0)` so that NaN fails them too.
//! - Both tails are kept. One minus a probability is never taken where the other tail can be computed.
//! - Chance comes in as an argument: the only random method, the bootstrap, takes its generator.

mod inversion;

pub mod distribution;
pub mod histogram;
pub mod interval;
pub mod pairs;
pub mod quantile;
pub mod special;
pub mod summary;
