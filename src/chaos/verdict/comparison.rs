//! Whether the target is as fast as before: the ratio of the response times per window, with its interval, against the margin.
//!
//! A test for any difference calls healthy runs broken, as no two minutes of a service are alike. What is asked instead is whether it is
//! shown that the difference is within the margin (non-inferiority: Schuirmann 1987).

use super::rule::margin_s;
use super::steps::Step;
use crate::base::quantity::{format_duration, significant};
use crate::chaos::experiment::Judge;
use crate::chaos::limit::{Measure, Measured};
use crate::stats::interval::{Method, hodges_lehmann};
use serde::Serialize;
use std::fmt;

/// The level of the interval: each side of it holds at 95 %, which is what one-sided questions need.
pub const CONFIDENCE: f64 = 0.9;

/// The shortest response time that is told from zero, in seconds.
const SHORTEST_S: f64 = 1e-6;

/// Where the interval of the ratio lies, the worst last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Wholly within the margin.
    Within,
    /// On both sides of it, or there are too few windows for an interval.
    Unknown,
    /// Wholly beyond it.
    Slower,
}

/// A quantile of the response time after recovery, compared with the baseline's.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// Which quantile.
    pub measure: Measure,
    /// How many times as long it is: e to the median of all differences of the logarithms.
    pub ratio: f64,
    /// Lower end of its interval.
    pub lower: Option<f64>,
    /// Upper end.
    pub upper: Option<f64>,
    /// The method of the interval.
    pub method: &'static str,
    /// Up to which ratio it is normal.
    pub margin: f64,
    /// Where the interval lies.
    pub standing: Standing,
}

/// Compares the windows that held with those of the baseline, window by window: a window of few requests has another quantile than a
/// long one, but the same one in both. `None` where neither has response times.
pub fn comparison(
    measure: Measure,
    baseline: &[&Measured],
    held: &[&Measured],
    usual: &Measured,
    judge: &Judge,
) -> Option<Comparison> {
    let usual_s = measure.of(usual)?.max(SHORTEST_S);
    let margin = margin_s(usual_s, judge) / usual_s;
    let shift = hodges_lehmann(&logarithms(measure, baseline), &logarithms(measure, held), CONFIDENCE)?;
    let interval = shift.interval;
    let lower = interval.and_then(|interval| interval.lower).map(f64::exp);
    let upper = interval.and_then(|interval| interval.upper).map(f64::exp);
    let standing = match (lower, upper) {
        (Some(lower), _) if lower > margin => Standing::Slower,
        (_, Some(upper)) if upper <= margin => Standing::Within,
        _ => Standing::Unknown,
    };
    Some(Comparison {
        measure,
        ratio: shift.estimate.exp(),
        lower,
        upper,
        method: Method::HodgesLehmann.name(),
        margin,
        standing,
    })
}

/// The logarithm of the quantile of each.
fn logarithms(measure: Measure, measured: &[&Measured]) -> Vec<f64> {
    let quantiles = measured.iter().filter_map(|measured| measure.of(measured));
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

/// The longest of the quantile over some steps, and how many times the baseline's median step that is.
pub fn overshoot(measure: Measure, baseline: &[Step], recovery: &[Step]) -> Option<Overshoot> {
    let of_steps = |steps: &[Step]| {
        let measured: Vec<&Measured> = steps.iter().map(|step| &step.measured).collect();
        logarithms(measure, &measured)
    };
    let mut usual = of_steps(baseline);
    usual.sort_by(f64::total_cmp);
    let usual = usual.get(usual.len() / 2)?.exp();
    let peak_s = of_steps(recovery).into_iter().max_by(f64::total_cmp)?.exp();
    Some(Overshoot { measure, peak_s, ratio: peak_s / usual })
}

/// The longest response time after clearing.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Overshoot {
    /// Which quantile.
    pub measure: Measure,
    /// Its longest value in a step.
    pub peak_s: f64,
    /// How many times that of the baseline's median step it is.
    pub ratio: f64,
}

impl fmt::Display for Overshoot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} peaked at {}, {} times the baseline's",
            self.measure.name(),
            format_duration(self.peak_s),
            significant(self.ratio, 3)
        )
    }
}
