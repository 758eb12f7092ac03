//! Distributions that a chain can represent: no time, or exponential stages.

use super::Unsolved;
use super::system::Time;
use crate::stats::distribution::Distribution;

/// Maximum number of stages of a time.
const STAGES_MAX: u32 = 1_000;

/// Converts a time into exponential stages; no time has none.
pub(super) fn time(name: &str, what: &'static str, distribution: &Distribution) -> Result<Time, Unsolved> {
    let mean_s = distribution.mean();
    let stages = match distribution {
        _ if mean_s == 0.0 => return Ok(Time::NONE),
        Distribution::Exponential(_) => 1,
        Distribution::Erlang(erlang) => erlang.stages(),
        Distribution::Gamma(gamma) if gamma.shape() == gamma.shape().round() => gamma.shape().min(1e9) as u32,
        _ => return Err(Unsolved::not_exponential(name, what)),
    };
    if stages > STAGES_MAX {
        return Err(Unsolved::not_exponential(name, what));
    }
    Ok(Time { stages: stages as u16, rate_per_s: f64::from(stages) / mean_s })
}

/// Returns the rate of an exponential time.
pub(super) fn rate(name: &str, what: &'static str, distribution: &Distribution) -> Result<f64, Unsolved> {
    match time(name, what, distribution)? {
        Time { stages: 1, rate_per_s } => Ok(rate_per_s),
        _ => Err(Unsolved::not_exponential(name, what)),
    }
}
