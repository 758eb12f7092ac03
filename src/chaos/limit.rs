//! Conditions on measurements: `success >= 99.5%`, `p99 <= 400ms`, `p99 <= 2x baseline`.

use super::latencies::Latencies;
use crate::base::quantity::{
    format_duration, format_share, parse_duration, parse_share_complement, significant,
};
use serde::{Serialize, Serializer};

/// A quantity measured over the requests of a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Measure {
    /// Share of requests that succeeded.
    Success,
    /// Median response time of the successes.
    P50,
    /// Their 90th percentile.
    P90,
    /// Their 95th percentile.
    P95,
    /// Their 99th percentile.
    P99,
    /// Their 99.9th percentile.
    P999,
    /// The longest response time.
    Max,
    /// Successes per second, as a share of the requests offered per second.
    Goodput,
}

/// All measures with their names in files, the quantiles of the response times that they stand for (`None`
/// for a share of the requests), and their meanings. It is a constant, so that the keys of files can be made
/// from it.
#[rustfmt::skip]
pub const MEASURES: &[(Measure, &str, Option<f64>, &str)] = &[
    (Measure::Success, "success", None, "share of requests that succeed"),
    (Measure::P50, "p50", Some(0.5), "median response time of the successes"),
    (Measure::P90, "p90", Some(0.9), "its 90th percentile"),
    (Measure::P95, "p95", Some(0.95), "its 95th percentile"),
    (Measure::P99, "p99", Some(0.99), "its 99th percentile"),
    (Measure::P999, "p999", Some(0.999), "its 99.9th percentile"),
    (Measure::Max, "max", Some(1.0), "the longest response time"),
    (Measure::Goodput, "goodput", None,
        "successes per second, as a share of the requests offered per second"),
];

/// A condition that must hold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limit {
    /// Measure to compare.
    pub measure: Measure,
    /// Side of the bound on which the measure must lie.
    pub relation: Relation,
    /// The bound.
    pub bound: Bound,
}

/// Comparison of a measure with its bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// `>=`
    AtLeast,
    /// `<=`
    AtMost,
    /// `>`
    Above,
    /// `<`
    Below,
}

/// The bound of a limit. Shares are stored as their complements, so that 99.95 % keeps its digits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Bound {
    /// A fixed value: seconds, or one minus a share.
    Value(f64),
    /// `times` the baseline's value, plus `plus`.
    Baseline {
        /// Factor, applied to seconds or to the share itself.
        times: f64,
        /// Summand: seconds, or a share.
        plus: f64,
    },
}

/// Counts and response times of the requests of a period.
#[derive(Debug, Clone, Default)]
pub struct Measured {
    /// Requests that were due.
    pub offered: u64,
    /// Requests that succeeded.
    pub good: u64,
    /// Response times of the successes.
    pub response: Latencies,
}

impl Measure {
    /// Returns the measure with this name in files.
    pub fn named(name: &str) -> Option<Self> {
        MEASURES.iter().find(|(_, known, ..)| *known == name).map(|(measure, ..)| *measure)
    }

    /// Returns the name in files.
    pub fn name(self) -> &'static str {
        MEASURES.iter().find(|(measure, ..)| *measure == self).map_or("", |(_, name, ..)| name)
    }

    /// Returns whether it is a share rather than a time.
    pub fn is_share(self) -> bool {
        self.quantile().is_none()
    }

    /// Returns the quantile that it stands for; `None` for a share.
    pub fn quantile(self) -> Option<f64> {
        MEASURES.iter().find(|(measure, ..)| *measure == self).and_then(|(_, _, quantile, _)| *quantile)
    }

    /// Returns its value: seconds, or one minus the share. `None` if there is nothing to measure.
    pub fn of(self, measured: &Measured) -> Option<f64> {
        match self.quantile() {
            Some(quantile) => measured.response.quantile_s(quantile),
            None if measured.offered == 0 => None,
            None => Some(measured.failed() as f64 / measured.offered as f64),
        }
    }

    /// Formats a value of this measure for people.
    pub fn format(self, value: f64) -> String {
        if self.is_share() { format_share(value) } else { format_duration(value) }
    }

    /// Parses a value: seconds, or a share as one minus its value.
    fn parse(self, text: &str) -> Result<f64, String> {
        if self.is_share() { parse_share_complement(text) } else { parse_duration(text) }
    }
}

impl Relation {
    /// Returns whether the bound is an upper one.
    pub fn is_upper(self) -> bool {
        matches!(self, Self::AtMost | Self::Below)
    }
}

impl Serialize for Measure {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl Limit {
    /// Parses the text that follows a measure: `>= 99.5%`, `<= 2x baseline`, `<= baseline + 50ms`.
    pub fn parse(measure: Measure, text: &str) -> Result<Self, String> {
        let trimmed = text.trim();
        let (relation, rest) = RELATIONS
            .iter()
            .find_map(|(sign, relation)| Some((*relation, trimmed.strip_prefix(sign)?)))
            .ok_or_else(|| format!("`{text}` does not start with `>=`, `<=`, `>` or `<`"))?;
        let bound = bound(measure, rest.trim())?;
        Ok(Self { measure, relation, bound })
    }

    /// Returns whether the limit holds; `None` if no request was due, or if there is no baseline to
    /// compare with. If requests were due and none succeeded, response times count as infinite.
    pub fn holds(&self, measured: &Measured, baseline: Option<&Measured>) -> Option<bool> {
        let unbounded = (measured.offered > 0).then_some(f64::INFINITY);
        let value = self.measure.of(measured).or(unbounded)?;
        let bound = self.bound_value(baseline)?;
        // Shares are stored as complements, for which the comparison is reversed.
        let (value, bound) = if self.measure.is_share() { (-value, -bound) } else { (value, bound) };
        Some(match self.relation {
            Relation::AtLeast => value >= bound,
            Relation::AtMost => value <= bound,
            Relation::Above => value > bound,
            Relation::Below => value < bound,
        })
    }

    /// Returns the bound as a value of the measure: seconds, or one minus a share. `None` if it refers
    /// to a baseline in which nothing was measured.
    pub fn bound_value(&self, baseline: Option<&Measured>) -> Option<f64> {
        match self.bound {
            Bound::Value(value) => Some(value),
            Bound::Baseline { times, plus } => {
                let value = self.measure.of(baseline?)?;
                Some(if self.measure.is_share() {
                    // 1 − ((1 − value) · times + plus), rearranged to keep the digits of a small value.
                    (1.0 - times) + value * times - plus
                } else {
                    value * times + plus
                })
            }
        }
    }
}

impl Measured {
    /// Adds the counts and times of `other`.
    pub fn add(&mut self, other: &Self) {
        self.offered = self.offered.saturating_add(other.offered);
        self.good = self.good.saturating_add(other.good);
        self.response.add(&other.response);
    }

    /// Returns the number of requests that did not succeed.
    pub fn failed(&self) -> u64 {
        self.offered.saturating_sub(self.good)
    }
}

impl std::fmt::Display for Limit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let sign = RELATIONS.iter().find(|(_, relation)| *relation == self.relation);
        let sign = sign.map_or("", |(sign, _)| sign);
        write!(f, "{} {sign} ", self.measure.name())?;
        let percent = |share: f64, digits| format!("{}%", significant(share * 100.0, digits));
        match self.bound {
            Bound::Value(value) if self.measure.is_share() => f.write_str(&percent(1.0 - value, 9)),
            Bound::Value(value) => f.write_str(&format_duration(value)),
            Bound::Baseline { times, plus } => {
                if times != 1.0 {
                    write!(f, "{}x ", significant(times, 4))?;
                }
                f.write_str("baseline")?;
                if plus == 0.0 {
                    return Ok(());
                }
                let sign = if plus > 0.0 { "+" } else { "-" };
                let size = plus.abs();
                let size = if self.measure.is_share() { percent(size, 4) } else { format_duration(size) };
                write!(f, " {sign} {size}")
            }
        }
    }
}

/// Writes several limits, with a separator between them.
pub(super) fn joined(limits: &[Limit], separator: &str) -> String {
    limits.iter().map(ToString::to_string).collect::<Vec<_>>().join(separator)
}

/// Signs of the relations; `>=` before `>`, since the first prefix that fits is taken.
const RELATIONS: &[(&str, Relation)] =
    &[(">=", Relation::AtLeast), ("<=", Relation::AtMost), (">", Relation::Above), ("<", Relation::Below)];

fn bound(measure: Measure, text: &str) -> Result<Bound, String> {
    let Some((before, after)) = text.split_once("baseline") else {
        return measure.parse(text).map(Bound::Value);
    };
    let bad = || format!("`{text}` is not a bound such as `2x baseline` or `baseline + 50ms`");
    let times = match before.trim() {
        "" => 1.0,
        factor => {
            let digits = factor.trim_end_matches(['x', '*', '×']).trim();
            digits.parse::<f64>().map_err(|_| bad())?
        }
    };
    let after = after.trim();
    let plus = match after.chars().next() {
        None => 0.0,
        Some(sign @ ('+' | '-')) => {
            let parsed = measure.parse(after.trim_start_matches(sign).trim())?;
            let size = if measure.is_share() { 1.0 - parsed } else { parsed };
            if sign == '-' { -size } else { size }
        }
        Some(_) => return Err(bad()),
    };
    if times.is_finite() && times >= 0.0 { Ok(Bound::Baseline { times, plus }) } else { Err(bad()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_written_as_it_was_read() {
        for (measure, text) in [
            (Measure::Success, ">= 99.95%"),
            (Measure::Success, "< 20%"),
            (Measure::Success, ">= baseline - 1%"),
            (Measure::P99, "<= 400ms"),
            (Measure::P99, "> 2x baseline + 50ms"),
            (Measure::P50, "<= 1.5x baseline"),
        ] {
            let limit = Limit::parse(measure, text).unwrap();
            assert_eq!(limit.to_string(), format!("{} {text}", measure.name()));
        }
    }

    #[test]
    fn a_malformed_limit_is_an_error() {
        for text in ["99%", ">= 100ms", ">= 2y baseline", ">= baseline 5%", ">= -1x baseline", ">= nan"] {
            assert!(Limit::parse(Measure::Success, text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_share_relative_to_the_baseline_keeps_its_digits() {
        let baseline = Measured { offered: 1_000_000_000, good: 999_999_999, ..Measured::default() };
        let limit = Limit::parse(Measure::Success, ">= baseline").unwrap();
        assert_eq!(limit.bound_value(Some(&baseline)), Some(1e-9));
        assert_eq!(limit.holds(&baseline, Some(&baseline)), Some(true));
        assert_eq!(limit.holds(&baseline, None), None);
    }

    #[test]
    fn without_a_success_response_times_exceed_any_bound() {
        let dead = Measured { offered: 3, ..Measured::default() };
        let holds = |text| Limit::parse(Measure::P99, text).unwrap().holds(&dead, None);
        assert_eq!((holds("<= 1h"), holds("> 1h")), (Some(false), Some(true)));
        let none = Measured::default();
        assert_eq!(Limit::parse(Measure::P99, "<= 1h").unwrap().holds(&none, None), None);
    }
}
