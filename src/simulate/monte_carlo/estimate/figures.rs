//! Computes figures with confidence intervals from a tally.

use super::scope::{CURVE_POINTS, Scope};
use super::tally::Tally;
use crate::base::quantity::YEAR_S;
use crate::simulate::monte_carlo::engine::outage::Cause;
use crate::stats::histogram::Histogram;
use crate::stats::interval::{self, Interval, Method};
use crate::stats::summary::{Estimate, Moments};
use serde::ser::SerializeStruct as _;
use serde::{Serialize, Serializer};

/// An estimate with its confidence interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Figure {
    /// The estimate.
    pub value: f64,
    /// The confidence interval; `None` where the replications cannot bound the value.
    pub interval: Option<Interval>,
}

impl Figure {
    /// Returns half the width of the interval; `None` if a side is not bounded.
    pub fn half_width(&self) -> Option<f64> {
        let interval = self.interval?;
        Some(0.5 * (interval.upper? - interval.lower?))
    }
}

impl Serialize for Figure {
    /// Writes the estimate, with the bounds and the method of its interval.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Figure", 4)?;
        fields.serialize_field("value", &self.value)?;
        fields.serialize_field("lower", &self.interval.and_then(|interval| interval.lower))?;
        fields.serialize_field("upper", &self.interval.and_then(|interval| interval.upper))?;
        fields.serialize_field("method", &self.interval.map(|interval| interval.method.name()))?;
        fields.end()
    }
}

/// A distribution by its mean, percentiles and exceedance curve.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Spread {
    /// The mean.
    pub mean: Option<Figure>,
    /// The median.
    pub p50: Option<Figure>,
    /// The 95th percentile.
    pub p95: Option<Figure>,
    /// The 99th percentile.
    pub p99: Option<Figure>,
    /// The downtime that the objective allows in a window; only for the downtime of a window, if there
    /// is an objective.
    pub allowed_s: Option<f64>,
    /// Exceedance curve: durations from 0 upwards, each with the share that is longer.
    pub exceedance: Vec<Exceedance>,
}

/// A point of an exceedance curve.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Exceedance {
    /// The duration in seconds.
    pub longer_than_s: f64,
    /// Share of windows, outages or replications with a longer duration.
    pub share: f64,
}

/// A point of the curves.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// Seconds from the start.
    pub at_s: f64,
    /// Probability of being down at that time.
    pub unavailability: Figure,
    /// Probability of having failed by then.
    pub unreliability: Figure,
}

/// The outages due to one cause.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CauseShare {
    /// The cause.
    pub cause: Cause,
    /// Outages that it caused, per replication.
    pub outages: f64,
    /// Their downtime in seconds, per replication.
    pub downtime_s: f64,
    /// Their share of the total downtime.
    pub share: f64,
}

/// All estimates from a set of replications. Times are in seconds.
#[derive(Debug, Clone, PartialEq)]
pub struct Figures {
    /// Number of replications.
    pub replications: u64,
    /// Number of replications with at least one outage.
    pub failing_replications: u64,
    /// Number of failures of the system in all replications.
    pub failures: f64,
    /// Number of component events in all replications.
    pub events: u64,
    /// Mean unavailability over the horizon.
    pub unavailability: Figure,
    /// Mean unavailability over the second half of the horizon.
    pub late_unavailability: Figure,
    /// Mean unavailability due to outages caused by planned work.
    pub planned_unavailability: Figure,
    /// Failures of the system for each year of the calendar.
    pub failure_frequency_per_year: Figure,
    /// Mean operating time between failures.
    pub mtbf_s: Option<Figure>,
    /// Mean down time.
    pub mdt_s: Option<Figure>,
    /// Mean time to the first failure. If not all replications failed, it is estimated for a constant
    /// rate, and `None` if the rate is not constant.
    pub mttf_s: Option<Figure>,
    /// Probability of a failure during the mission.
    pub unreliability: Figure,
    /// Downtime per window.
    pub window_downtime_s: Spread,
    /// Probability that a window meets the objective.
    pub windows_met: Option<Figure>,
    /// Duration of an outage.
    pub outage_s: Spread,
    /// Duration of the longest outage in a replication.
    pub longest_s: Spread,
    /// Availability and reliability over time.
    pub curve: Vec<Point>,
    /// Downtime by cause, in descending order.
    pub downtime_by_cause: Vec<CauseShare>,
}

impl Tally {
    /// Computes the figures at this confidence level. Returns `None` for fewer than two replications.
    pub fn figures(&self, scope: &Scope, confidence: f64) -> Option<Figures> {
        let mean = |moments: &Moments, scale, bounds| mean_figure(moments, scale, bounds, confidence);
        // The quotients of `timeline::exposure::Exposure`, here with standard errors over the replications.
        let (mtbf_s, mdt_s) = (self.uptime.ratio(), self.downtime.ratio());
        let horizon_s = scope.horizon_s;
        let replications = self.replications();
        Some(Figures {
            replications,
            failing_replications: self.failing,
            failures: self.downtime.x().sum(),
            events: self.events,
            unavailability: self.or_unseen(mean(self.downtime.y(), horizon_s, SHARE)?, confidence),
            late_unavailability: self
                .or_unseen(mean(&self.late_downtime, 0.5 * horizon_s, SHARE)?, confidence),
            planned_unavailability: mean(&self.planned, horizon_s, SHARE)?,
            failure_frequency_per_year: mean(self.downtime.x(), horizon_s / YEAR_S, POSITIVE)?,
            mtbf_s: ratio_figure(mtbf_s, confidence),
            mdt_s: ratio_figure(mdt_s, confidence),
            mttf_s: self.mttf(scope, confidence),
            unreliability: self.share(replications - self.mission_survived, confidence),
            window_downtime_s: Spread {
                allowed_s: scope.budget_s(),
                ..spread(&self.windows, mean(&self.window_downtime, 1.0, POSITIVE), confidence)
            },
            windows_met: mean(&self.windows_met, 1.0, SHARE)
                .filter(|_| scope.unavailability_target.is_some()),
            outage_s: spread(&self.outages, ratio_figure(mdt_s, confidence), confidence),
            longest_s: spread(&self.longest, mean(&self.longest_mean, 1.0, POSITIVE), confidence),
            curve: self.points(scope, confidence),
            downtime_by_cause: self.cause_shares(),
        })
    }

    /// Replaces the interval of an unavailability if no replication had an outage. The upper bound is
    /// then the share of replications that may fail (Wilson), each counted as down for the whole time.
    fn or_unseen(&self, seen: Figure, confidence: f64) -> Figure {
        if self.failing > 0 {
            return seen;
        }
        let failing = interval::wilson(0, self.replications(), confidence);
        Figure { interval: failing.map(|failing| Interval { lower: None, ..failing }), ..seen }
    }

    /// Returns the mean downtime in seconds and the relative half-width of its interval, which the
    /// stopping rule checks.
    pub fn precision(&self, confidence: f64) -> Option<(f64, f64)> {
        let moments = self.downtime.y().mean_variance()?;
        let interval = interval::mean_student_t(&moments, confidence);
        let half_width = Figure { value: moments.mean, interval }.half_width()?;
        Some((moments.mean, half_width / moments.mean))
    }

    /// Returns the number of replications with an outage, which determines the quality of a rare-event
    /// estimate.
    pub fn failing(&self) -> u64 {
        self.failing
    }

    /// Estimates the mean time to the first failure as observed time divided by first failures: the
    /// maximum-likelihood estimate for a constant rate, and simply the mean if all replications failed.
    /// Returns `None` if the rate is clearly not constant and some replications did not fail.
    fn mttf(&self, scope: &Scope, confidence: f64) -> Option<Figure> {
        let watched_s = self.time_to_first_s.value();
        let value = watched_s / self.failing as f64;
        let known = self.failing == self.replications() || self.first_rate_is_constant(scope);
        let interval = interval::mtbf_time_truncated(watched_s, self.failing, confidence);
        (known && value.is_finite()).then_some(Figure { value, interval })
    }

    /// Returns whether the rates of first failures in both halves of the horizon are within three
    /// standard errors of each other.
    fn first_rate_is_constant(&self, scope: &Scope) -> bool {
        let failed: Vec<f64> = self.curve().map(|(_, failed)| failed as f64).collect();
        let alive = |failed: f64| self.replications() as f64 - failed;
        let step_s = scope.horizon_s / CURVE_POINTS as f64;
        let half = |points: &[f64]| {
            // Total time at risk, by the trapezoidal rule over the number of replications still without
            // a failure.
            let watched_s: f64 =
                points.windows(2).map(|pair| 0.5 * (alive(pair[0]) + alive(pair[1])) * step_s).sum();
            let failures = points.last().zip(points.first()).map_or(0.0, |(last, first)| last - first);
            (failures, watched_s)
        };
        let middle = CURVE_POINTS / 2;
        let ((n1, t1), (n2, t2)) = (half(&failed[..=middle]), half(&failed[middle..]));
        let difference = n1 / t1 - n2 / t2;
        // A Poisson count n over the time t has the rate n/t with the variance n/t².
        let error = (n1.max(1.0) / (t1 * t1) + n2.max(1.0) / (t2 * t2)).sqrt();
        !(difference.abs() > 3.0 * error)
    }

    fn share(&self, count: u64, confidence: f64) -> Figure {
        let all = self.replications();
        Figure { value: count as f64 / all as f64, interval: interval::wilson(count, all, confidence) }
    }

    fn points(&self, scope: &Scope, confidence: f64) -> Vec<Point> {
        let counts = self.curve().enumerate();
        counts
            .map(|(point, (down, failed))| Point {
                at_s: scope.point_s(point.min(CURVE_POINTS)),
                unavailability: self.share(down, confidence),
                unreliability: self.share(failed, confidence),
            })
            .collect()
    }

    fn cause_shares(&self) -> Vec<CauseShare> {
        let replications = self.replications() as f64;
        let all_s = self.downtime.y().sum();
        let shares = self.by_cause.iter().map(|(cause, sums)| {
            let downtime_s = sums.downtime_s.value();
            CauseShare {
                cause: *cause,
                outages: sums.outages as f64 / replications,
                downtime_s: downtime_s / replications,
                share: downtime_s / all_s,
            }
        });
        let mut shares: Vec<CauseShare> = shares.collect();
        shares.sort_by(|a, b| b.downtime_s.total_cmp(&a.downtime_s));
        shares
    }
}

/// The bounds of a share, and those of a time or a frequency.
pub(super) const SHARE: [f64; 2] = [0.0, 1.0];
const POSITIVE: [f64; 2] = [0.0, f64::INFINITY];

/// Returns the mean of `moments` divided by `scale`, with Student's interval, all clamped to the bounds.
pub(super) fn mean_figure(
    moments: &Moments,
    scale: f64,
    bounds: [f64; 2],
    confidence: f64,
) -> Option<Figure> {
    let moments = moments.mean_variance()?;
    let within = |bound: f64| (bound / scale).clamp(bounds[0], bounds[1]);
    let interval = interval::mean_student_t(&moments, confidence).map(|interval| Interval {
        lower: interval.lower.map(within),
        upper: interval.upper.map(within),
        ..interval
    });
    Some(Figure {
        value: within(moments.mean),
        // With zero variance (no outage at all) the interval would claim certainty.
        interval: interval.filter(|_| moments.variance > 0.0),
    })
}

pub(super) fn ratio_figure(ratio: Option<Estimate>, confidence: f64) -> Option<Figure> {
    let ratio = ratio?;
    Some(Figure { value: ratio.value, interval: interval::ratio_delta(&ratio, confidence) })
}

fn spread(histogram: &Histogram, mean: Option<Figure>, confidence: f64) -> Spread {
    let quantile = |p: f64| {
        let value = histogram.quantile(p)?.middle();
        let bounds = histogram.quantile_interval(p, confidence);
        let interval = bounds.map(|(lower, upper)| Interval { lower, upper, method: Method::QuantileRanks });
        Some(Figure { value, interval })
    };
    Spread {
        mean,
        p50: quantile(0.5),
        p95: quantile(0.95),
        p99: quantile(0.99),
        allowed_s: None,
        exceedance: exceedance(histogram),
    }
}

/// A further point is added when the share has fallen by this much, or by this fraction of itself: some
/// hundreds of points at most.
const FALL: f64 = 0.02;
const FALL_RELATIVE: f64 = 0.1;

/// Computes the exceedance curve. The shares are exact, since the durations are upper edges of the
/// histogram's bins.
fn exceedance(histogram: &Histogram) -> Vec<Exceedance> {
    let n = histogram.n();
    let Some((_, longest_s)) = histogram.extremes() else {
        return Vec::new();
    };
    let beyond = |count: u64| count as f64 / n as f64;
    let mut left = n - histogram.zeros();
    let mut points = vec![Exceedance { longer_than_s: 0.0, share: beyond(left) }];
    for (_, upper_s, count) in histogram.bins().filter(|(_, upper_s, _)| *upper_s > 0.0) {
        left -= count;
        let share = beyond(left);
        let last = points.last().map_or(1.0, |point| point.share);
        if left == 0 || last - share >= FALL || share <= (1.0 - FALL_RELATIVE) * last {
            points.push(Exceedance { longer_than_s: upper_s.min(longest_s), share });
        }
    }
    points
}
