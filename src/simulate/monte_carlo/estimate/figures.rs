//! Computes figures with confidence intervals from a tally.

use super::Scope;
use super::tally::{CURVE_POINTS, Tally};
use crate::base::quantity::YEAR_S;
use crate::simulate::monte_carlo::engine::outage::Cause;
use crate::stats::histogram::Histogram;
use crate::stats::interval::{self, Interval, Method};
use crate::stats::summary::{Estimate, Moments};

/// An estimate with its confidence interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Figure {
    /// The estimate.
    pub value: f64,
    /// The confidence interval; `None` where the replications cannot bound the value.
    pub interval: Option<Interval>,
}

/// A distribution by its mean, percentiles and exceedance curve.
#[derive(Debug, Clone, PartialEq)]
pub struct Spread {
    /// The mean.
    pub mean: Option<Figure>,
    /// The median.
    pub p50: Option<Figure>,
    /// The 95th percentile.
    pub p95: Option<Figure>,
    /// The 99th percentile.
    pub p99: Option<Figure>,
    /// Exceedance curve: durations in seconds from 0 upwards, each with the share that is longer.
    pub exceedance: Vec<(f64, f64)>,
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
pub struct BlameShare {
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
    pub blame: Vec<BlameShare>,
}

impl Tally {
    /// Computes the figures at this confidence level. Returns `None` for fewer than two replications.
    pub fn figures(&self, scope: &Scope, confidence: f64) -> Option<Figures> {
        let mean = |moments: &Moments, scale: f64, most: f64| mean_figure(moments, scale, most, confidence);
        let horizon_s = scope.horizon_s;
        Some(Figures {
            replications: self.replications,
            failing_replications: self.failing,
            failures: self.downtime.x().sum(),
            events: self.events,
            unavailability: self.or_unseen(mean(self.downtime.y(), horizon_s, 1.0)?, confidence),
            late_unavailability: self.or_unseen(mean(&self.late_downtime, 0.5 * horizon_s, 1.0)?, confidence),
            planned_unavailability: mean(&self.planned, horizon_s, 1.0)?,
            failure_frequency_per_year: mean(self.downtime.x(), horizon_s / YEAR_S, f64::INFINITY)?,
            mtbf_s: ratio_figure(self.uptime.ratio(), confidence),
            mdt_s: ratio_figure(self.downtime.ratio(), confidence),
            mttf_s: self.mttf(scope, confidence),
            unreliability: self.share(self.replications - self.mission_survived, confidence),
            window_downtime_s: spread(&self.windows, &self.window_downtime, confidence),
            windows_met: mean(&self.windows_met, 1.0, 1.0).filter(|_| scope.unavailability_target.is_some()),
            outage_s: Spread {
                mean: ratio_figure(self.downtime.ratio(), confidence),
                ..spread(&self.outages, &Moments::default(), confidence)
            },
            longest_s: spread(&self.longest, &self.longest_mean, confidence),
            curve: self.points(scope, confidence),
            blame: self.blame_shares(),
        })
    }

    /// Replaces the interval of an unavailability if no replication had an outage. The upper bound is
    /// then the share of replications that may fail (Wilson), each counted as down for the whole time.
    fn or_unseen(&self, seen: Figure, confidence: f64) -> Figure {
        if self.failing > 0 {
            return seen;
        }
        let failing = interval::wilson(0, self.replications, confidence);
        Figure { interval: failing.map(|failing| Interval { lower: None, ..failing }), ..seen }
    }

    /// Returns the mean downtime in seconds and the relative half-width of its interval, which the
    /// stopping rule checks.
    pub fn precision(&self, confidence: f64) -> Option<(f64, f64)> {
        let moments = self.downtime.y().mean_variance()?;
        let interval = interval::mean_student_t(&moments, confidence)?;
        let half_width = 0.5 * (interval.upper? - interval.lower?);
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
        let failures = self.first_failures;
        let value = watched_s / failures as f64;
        let known = failures == self.replications || self.first_rate_is_constant(scope);
        (known && value.is_finite()).then(|| Figure {
            value,
            interval: interval::mtbf_time_truncated(watched_s, failures, confidence),
        })
    }

    /// Returns whether the rates of first failures in both halves of the horizon are within three
    /// standard errors of each other.
    fn first_rate_is_constant(&self, scope: &Scope) -> bool {
        let failed: Vec<f64> = self.curve().map(|(_, failed)| failed as f64).collect();
        let alive = |failed: f64| self.replications as f64 - failed;
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
        Figure {
            value: count as f64 / self.replications as f64,
            interval: interval::wilson(count, self.replications, confidence),
        }
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

    fn blame_shares(&self) -> Vec<BlameShare> {
        let replications = self.replications as f64;
        let all_s = self.downtime.y().sum();
        let mut shares: Vec<BlameShare> = self
            .blame
            .iter()
            .map(|(code, blame)| {
                let downtime_s = blame.downtime_s.value();
                BlameShare {
                    cause: Cause::from_code(*code),
                    outages: blame.outages as f64 / replications,
                    downtime_s: downtime_s / replications,
                    share: downtime_s / all_s,
                }
            })
            .collect();
        shares.sort_by(|a, b| b.downtime_s.total_cmp(&a.downtime_s));
        shares
    }
}

/// The mean of `moments` divided by `scale`, with Student's interval, held within 0 and `most`.
pub(super) fn mean_figure(moments: &Moments, scale: f64, most: f64, confidence: f64) -> Option<Figure> {
    let moments = moments.mean_variance()?;
    let within = |bound: f64| (bound / scale).clamp(0.0, most);
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

fn spread(histogram: &Histogram, moments: &Moments, confidence: f64) -> Spread {
    let quantile = |p: f64| {
        let value = histogram.quantile(p)?.middle();
        let bounds = histogram.quantile_interval(p, confidence);
        let interval = bounds.map(|(lower, upper)| Interval { lower, upper, method: Method::QuantileRanks });
        Some(Figure { value, interval })
    };
    Spread {
        mean: mean_figure(moments, 1.0, f64::INFINITY, confidence),
        p50: quantile(0.5),
        p95: quantile(0.95),
        p99: quantile(0.99),
        exceedance: exceedance(histogram),
    }
}

/// A further point is added when the share has fallen by this much, or by this fraction of itself: some
/// hundreds of points at most.
const FALL: f64 = 0.02;
const FALL_RELATIVE: f64 = 0.1;

/// Computes the exceedance curve. The shares are exact, since the durations are upper edges of the
/// histogram's bins.
fn exceedance(histogram: &Histogram) -> Vec<(f64, f64)> {
    let n = histogram.n();
    let Some((_, longest_s)) = histogram.extremes() else {
        return Vec::new();
    };
    let beyond = |count: u64| count as f64 / n as f64;
    let mut left = n - histogram.zeros();
    let mut points = vec![(0.0, beyond(left))];
    for (_, upper_s, count) in histogram.bins().filter(|(_, upper_s, _)| *upper_s > 0.0) {
        left -= count;
        let share = beyond(left);
        let last = points.last().map_or(1.0, |(_, share)| *share);
        if left == 0 || last - share >= FALL || share <= (1.0 - FALL_RELATIVE) * last {
            points.push((upper_s.min(longest_s), share));
        }
    }
    points
}
