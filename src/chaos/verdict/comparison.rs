//! Compares the response times after the recovery with those of the baseline: the ratio of the quantiles
//! per window, with its interval, against the margin.
//!
//! A test for any difference would call healthy runs broken, since no two minutes of a service are
//! alike. The question is instead whether the difference is shown to be within the margin
//! (non-inferiority: Schuirmann 1987).

use super::rule::margin_s;
use super::steps::Step;
use crate::base::quantity::significant;
use crate::chaos::experiment::Judge;
use crate::chaos::limit::{Measure, Measured};
use crate::stats::interval::{Method, hodges_lehmann};
use serde::Serialize;
use std::fmt;

/// Confidence level of the interval. Each side of it holds at 95 %, as one-sided questions need.
pub(crate) const CONFIDENCE: f64 = 0.9;

/// Shortest response time that is distinguished from zero, in seconds. It keeps the logarithms finite.
const SHORTEST_S: f64 = 1e-6;

/// Position of the interval relative to the margin, the worst last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Entirely within the margin.
    Within,
    /// On both sides of the margin, or too few windows for an interval.
    Unknown,
    /// Entirely beyond the margin.
    Slower,
}

/// Comparison of a response time quantile after the recovery with that of the baseline.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// Quantile compared.
    pub measure: Measure,
    /// Ratio to the baseline: e to the median of all differences of the logarithms (Hodges–Lehmann).
    pub ratio: f64,
    /// Lower end of its interval.
    pub lower: Option<f64>,
    /// Upper end of its interval.
    pub upper: Option<f64>,
    /// Method of the interval.
    pub method: &'static str,
    /// Largest ratio that counts as normal.
    pub margin: f64,
    /// Position of the interval relative to the margin.
    pub standing: Standing,
}

/// Compares the windows of the recovered stretch with those of the baseline. Windows are compared with
/// windows, since the quantile of a window of few requests differs from that of a long period, but
/// equally so on both sides. `None` if either side has no response times.
pub(crate) fn comparison(
    measure: Measure,
    baseline: &[&Measured],
    held: &[&Measured],
    usual: &Measured,
    judge: &Judge,
) -> Option<Comparison> {
    let usual_s = measure.of(usual)?.max(SHORTEST_S);
    let margin = margin_s(usual_s, judge) / usual_s;
    // On logarithms, a shift is a ratio.
    let [baseline, held] = [baseline, held].map(|periods| logarithms(measure, periods.iter().copied()));
    let shift = hodges_lehmann(&baseline, &held, CONFIDENCE)?;
    let interval = shift.interval;
    let lower = interval.and_then(|interval| interval.lower).map(f64::exp);
    let upper = interval.and_then(|interval| interval.upper).map(f64::exp);
    let standing = match (lower, upper) {
        (Some(lower), _) if lower > margin => Standing::Slower,
        (_, Some(upper)) if upper <= margin => Standing::Within,
        _ => Standing::Unknown,
    };
    let (ratio, method) = (shift.estimate.exp(), Method::HodgesLehmann.name());
    Some(Comparison { measure, ratio, lower, upper, method, margin, standing })
}

/// Returns the logarithms of the quantile in each period.
fn logarithms<'m>(measure: Measure, measured: impl Iterator<Item = &'m Measured>) -> Vec<f64> {
    let quantiles = measured.filter_map(|measured| measure.of(measured));
    quantiles.map(|time_s| time_s.max(SHORTEST_S).ln()).collect()
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = |value: f64| significant(value, 3);
        write!(f, "{} is {} times the baseline's", self.measure.name(), number(self.ratio))?;
        match (self.lower, self.upper) {
            (Some(lower), Some(upper)) => write!(f, " [{}, {}]", number(lower), number(upper))?,
            _ => f.write_str(" (too few windows for an interval)")?,
        }
        write!(f, "; up to {} counts as normal (`judge`)", number(self.margin))
    }
}

/// Finds the longest quantile among the steps after clearing, and its ratio to that of the baseline's
/// median step.
pub(crate) fn overshoot(measure: Measure, baseline: &[Step], recovery: &[Step]) -> Option<Overshoot> {
    let of_steps = |steps: &[Step]| logarithms(measure, steps.iter().map(|step| &step.measured));
    let mut usual = of_steps(baseline);
    usual.sort_by(f64::total_cmp);
    let usual = usual.get(usual.len() / 2)?.exp();
    let peak_s = of_steps(recovery).into_iter().max_by(f64::total_cmp)?.exp();
    Some(Overshoot { measure, peak_s, ratio: peak_s / usual })
}

/// The longest response time quantile after clearing the faults.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Overshoot {
    /// Quantile measured.
    pub measure: Measure,
    /// Its longest value in a step, in seconds.
    pub peak_s: f64,
    /// Ratio to the value in the baseline's median step.
    pub ratio: f64,
}
