//! Computes figures with confidence intervals from a tally.

use super::scope::{CURVE_POINTS, Scope};
use super::stopping::FAILING_MIN;
use super::tally::Tally;
use crate::base::quantity::YEAR_S;
use crate::simulate::monte_carlo::engine::outage::{Cause, CauseKind};
use crate::stats::histogram::Histogram;
use crate::stats::interval::{self, Interval, Method};
use crate::stats::summary::{Estimate, MeanVariance, Moments};
use serde::ser::SerializeStruct as _;
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;

/// An estimate with its confidence interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Figure {
    /// The estimate.
    pub value: f64,
    /// The confidence interval; `None` where the replications cannot bound the value.
    pub interval: Option<Interval>,
}

impl Figure {
    /// Applies an increasing function to the estimate and its bounds.
    fn map(self, function: impl Fn(f64) -> f64) -> Self {
        let interval = self.interval.map(|interval| Interval {
            lower: interval.lower.map(&function),
            upper: interval.upper.map(&function),
            ..interval
        });
        Self { value: function(self.value), interval }
    }

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
    /// Whether the second half of the horizon shows the long run.
    pub late_is_long_run: bool,
    /// Whether the interval of the unavailability is wider than the replications show, for failures that are known to
    /// be possible and were hardly drawn.
    pub is_widened: bool,
    /// The failures that an interval for the mean time to the first one needs; `None` if there were enough.
    pub failures_missing: Option<u64>,
    /// Whether replications without a failure count in that number too.
    pub counts_survivors: bool,
    /// Mean unavailability due to outages caused by planned work.
    pub planned_unavailability: Figure,
    /// Failures of the system for each year of the calendar.
    pub failure_frequency_per_year: Figure,
    /// Mean operating time between failures.
    pub mtbf_s: Option<Figure>,
    /// Mean down time.
    pub mdt_s: Option<Figure>,
    /// Mean time to the first failure; `None` if not all replications failed.
    pub mttf_s: Option<Figure>,
    /// Mean time to the first failure, counted to the horizon at most; `None` if all replications failed.
    pub restricted_mttf_s: Option<Figure>,
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
        let known = Mixture { down: scope.known.down };
        let mean = |moments: &Moments, scale, bounds| mean_figure(moments, scale, bounds, confidence);
        let (horizon_s, replications) = (scope.horizon_s, self.replications());
        // Where fixed events keep the system down, it is so from the start to the horizon: that is downtime without
        // a failure.
        let mdt_s = self.downtime.ratio_with(known.odds() * horizon_s);
        let outages_each = self.outages.n() as f64 / replications as f64;
        let of_outages = known.of_parts(outages_each);
        let budget_s = scope.budget_s();
        let met_while_down = f64::from(u8::from(budget_s >= Some(scope.window_s)));
        let downtime = self.downtime_moments(scope)?;
        let unavailability = self.or_unseen(bounded(&downtime, horizon_s, SHARE, confidence), confidence);
        let late = mean(&self.late_downtime, 0.5 * horizon_s, SHARE)?;
        Some(Figures {
            replications,
            failing_replications: self.failing,
            failures: self.downtime.x().sum(),
            events: self.events,
            unavailability: known.with(unavailability, 1.0),
            late_unavailability: known.with(self.or_unseen(late, confidence), 1.0),
            late_is_long_run: scope.known.settles,
            is_widened: self.is_widened(&downtime),
            failures_missing: self.failures_missing(scope),
            counts_survivors: scope.known.is_single,
            planned_unavailability: known.with(mean(&self.planned, horizon_s, SHARE)?, 0.0),
            failure_frequency_per_year: known.with(self.failures_per_year(horizon_s, confidence)?, 0.0),
            mtbf_s: ratio_figure(self.uptime.ratio(), confidence),
            mdt_s: ratio_figure(mdt_s, confidence),
            mttf_s: self.mttf(scope, confidence).map(|figure| known.with(figure, 0.0)),
            restricted_mttf_s: self.restricted_mttf(scope, confidence).map(|figure| known.with(figure, 0.0)),
            unreliability: known.with(self.share(replications - self.mission_survived, confidence), 1.0),
            window_downtime_s: Spread {
                allowed_s: budget_s,
                ..known.spread(
                    &self.windows,
                    mean(&self.window_downtime, 1.0, POSITIVE),
                    scope.window_s,
                    confidence,
                )
            },
            windows_met: mean(&self.windows_met, 1.0, SHARE)
                .filter(|_| scope.unavailability_target.is_some())
                .map(|figure| known.with(figure, met_while_down)),
            outage_s: of_outages.spread(
                &self.outages,
                ratio_figure(self.downtime.ratio(), confidence),
                horizon_s,
                confidence,
            ),
            longest_s: known.spread(
                &self.longest,
                mean(&self.longest_mean, 1.0, POSITIVE),
                horizon_s,
                confidence,
            ),
            curve: self.points(scope, known, confidence),
            downtime_by_cause: self.cause_shares(scope),
        })
    }

    /// Returns the failures per year. Where no replication had two, their number is a share of the replications, whose
    /// interval holds near 0 and 1 too.
    fn failures_per_year(&self, horizon_s: f64, confidence: f64) -> Option<Figure> {
        let counts = self.downtime.x();
        let MeanVariance { n, mean, variance } = counts.mean_variance()?;
        let of_share = mean * (1.0 - mean) * n as f64 / (n - 1) as f64;
        if (variance - of_share).abs() > 1e-9 * of_share {
            return mean_figure(counts, horizon_s / YEAR_S, POSITIVE, confidence);
        }
        let share = self.share(counts.sum() as u64, confidence);
        Some(share.map(|share| share * YEAR_S / horizon_s))
    }

    /// Whether what is known of rare failures makes the variance of the downtime notably greater than what was seen.
    fn is_widened(&self, downtime: &MeanVariance) -> bool {
        self.downtime.y().mean_variance().is_some_and(|seen| downtime.variance > 1.5 * seen.variance)
    }

    /// Returns count, mean and variance of the downtime of a replication, in seconds. What is known of rare failures
    /// counts in the variance, whether or not they were drawn.
    fn downtime_moments(&self, scope: &Scope) -> Option<MeanVariance> {
        let seen = self.downtime.y().mean_variance()?;
        Some(MeanVariance { variance: scope.known.variance(seen.variance, seen.n), ..seen })
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
    pub fn precision(&self, scope: &Scope, confidence: f64) -> Option<(f64, f64)> {
        let moments = self.downtime_moments(scope)?;
        let interval = interval::mean_student_t(&moments, confidence);
        let half_width = Figure { value: moments.mean, interval }.half_width()?;
        let known = Mixture { down: scope.known.down };
        let mean_s = known.value(moments.mean, scope.horizon_s);
        Some((mean_s, (1.0 - known.down) * half_width / mean_s))
    }

    /// Whether the share of replications that may fail is so small that they do not matter beside what is known to be
    /// down, even if each were down for the whole time.
    pub(super) fn leaves_no_doubt(&self, scope: &Scope, confidence: f64, precision: f64) -> bool {
        let down = scope.known.down;
        let failing = interval::wilson(self.failing, self.replications(), confidence);
        let most = failing.and_then(|failing| failing.upper).map(|upper| (1.0 - down) * upper);
        down > 0.0 && most.is_some_and(|most| most <= precision * down)
    }

    /// Returns the number of replications with an outage, which determines the quality of a rare-event
    /// estimate.
    pub fn failing(&self) -> u64 {
        self.failing
    }

    /// Estimates the mean time to the first failure where every replication had one: elsewhere the horizon cuts off
    /// times of which nothing is known.
    fn mttf(&self, scope: &Scope, confidence: f64) -> Option<Figure> {
        let all_failed = self.failing == self.replications();
        self.restricted(scope, confidence).filter(|_| all_failed)
    }

    /// Estimates the mean of the time to the first failure, counted to the horizon at most (restricted mean survival
    /// time; Irwin 1949), where some replications had none.
    fn restricted_mttf(&self, scope: &Scope, confidence: f64) -> Option<Figure> {
        let some_survived = self.failing < self.replications();
        self.restricted(scope, confidence).filter(|_| some_survived)
    }

    /// The mean with Student's interval, which is not shown for fewer failures than are needed for it to be
    /// nearly normal.
    fn restricted(&self, scope: &Scope, confidence: f64) -> Option<Figure> {
        let figure = mean_figure(&self.time_to_first_s, 1.0, POSITIVE, confidence)?;
        let interval = figure.interval.filter(|_| self.failures_missing(scope).is_none());
        Some(Figure { interval, ..figure })
    }

    fn failures_missing(&self, scope: &Scope) -> Option<u64> {
        scope.known.failures_missing(self.failing, self.replications(), FAILING_MIN)
    }

    fn share(&self, count: u64, confidence: f64) -> Figure {
        let all = self.replications();
        Figure { value: count as f64 / all as f64, interval: interval::wilson(count, all, confidence) }
    }

    fn points(&self, scope: &Scope, known: Mixture, confidence: f64) -> Vec<Point> {
        let counts = self.curve().enumerate();
        counts
            .map(|(point, (down, failed))| Point {
                at_s: scope.point_s(point.min(CURVE_POINTS)),
                unavailability: known.with(self.share(down, confidence), 1.0),
                unreliability: known.with(self.share(failed, confidence), 1.0),
            })
            .collect()
    }

    fn cause_shares(&self, scope: &Scope) -> Vec<CauseShare> {
        let (known, replications) = (&scope.known, self.replications() as f64);
        let drawn = (1.0 - known.down) / replications;
        let all_s = known.down * scope.horizon_s + self.downtime.y().sum() * drawn;
        let mut sums: BTreeMap<Cause, (f64, f64)> = BTreeMap::new();
        for (cause, of_cause) in &self.by_cause {
            sums.insert(*cause, (of_cause.outages as f64 * drawn, of_cause.downtime_s.value() * drawn));
        }
        for (leaf, probability) in known.down_by.iter().filter(|(_, probability)| *probability > 0.0) {
            let own = sums.entry(Cause { leaf: *leaf, kind: CauseKind::Failure }).or_default();
            own.0 += probability;
            own.1 += probability * scope.horizon_s;
        }
        let share = |(cause, (outages, downtime_s)): (Cause, (f64, f64))| CauseShare {
            cause,
            outages,
            downtime_s,
            share: downtime_s / all_s,
        };
        let mut shares: Vec<CauseShare> = sums.into_iter().map(share).collect();
        shares.sort_by(|a, b| b.downtime_s.total_cmp(&a.downtime_s));
        shares
    }
}

/// Puts together what the replications show and the share of replications that are known to be down all the time.
#[derive(Debug, Clone, Copy)]
struct Mixture {
    /// The probability of being down all the time.
    down: f64,
}

impl Mixture {
    /// Returns the mixture of the outages, of which the drawn replications have this number each.
    fn of_parts(self, each: f64) -> Self {
        Self { down: self.down / (self.down + (1.0 - self.down) * each) }
    }

    /// Returns the odds of being down all the time.
    fn odds(self) -> f64 {
        self.down / (1.0 - self.down)
    }

    /// Mixes a value with the one of a replication that is down all the time.
    fn value(self, drawn: f64, while_down: f64) -> f64 {
        if self.down > 0.0 { self.down * while_down + (1.0 - self.down) * drawn } else { drawn }
    }

    /// As [`value`](Self::value), with the bounds.
    fn with(self, drawn: Figure, while_down: f64) -> Figure {
        drawn.map(|value| self.value(value, while_down))
    }

    /// Mixes a distribution with the value of a replication that is down all the time, which is the greatest.
    fn spread(self, histogram: &Histogram, mean: Option<Figure>, while_down: f64, confidence: f64) -> Spread {
        let drawn = spread(histogram, |p| p / (1.0 - self.down), confidence);
        let certain = Figure { value: while_down, interval: None };
        let or_certain = |figure: Option<Figure>| figure.or((self.down > 0.0).then_some(certain));
        let mut exceedance: Vec<Exceedance> = drawn.exceedance;
        for point in &mut exceedance {
            point.share = self.value(point.share, f64::from(u8::from(point.longer_than_s < while_down)));
        }
        if self.down > 0.0 {
            exceedance.push(Exceedance { longer_than_s: while_down, share: 0.0 });
        }
        Spread {
            mean: mean.map(|mean| self.with(mean, while_down)),
            p50: or_certain(drawn.p50),
            p95: or_certain(drawn.p95),
            p99: or_certain(drawn.p99),
            exceedance,
            ..drawn
        }
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
    Some(bounded(&moments, scale, bounds, confidence))
}

pub(super) fn bounded(moments: &MeanVariance, scale: f64, bounds: [f64; 2], confidence: f64) -> Figure {
    let within = |bound: f64| (bound / scale).clamp(bounds[0], bounds[1]);
    let interval = interval::mean_student_t(moments, confidence).map(|interval| Interval {
        lower: interval.lower.map(within),
        upper: interval.upper.map(within),
        ..interval
    });
    Figure {
        value: within(moments.mean),
        // With zero variance (no outage at all) the interval would claim certainty.
        interval: interval.filter(|_| moments.variance > 0.0),
    }
}

pub(super) fn ratio_figure(ratio: Option<Estimate>, confidence: f64) -> Option<Figure> {
    let ratio = ratio?;
    Some(Figure { value: ratio.value, interval: interval::ratio_delta(&ratio, confidence) })
}

/// Describes a distribution but for its mean. `rank` gives the quantile of the histogram that is the one asked for; above 1
/// it is not in the histogram.
fn spread(histogram: &Histogram, rank: impl Fn(f64) -> f64, confidence: f64) -> Spread {
    let quantile = |p: f64| {
        let p = rank(p);
        let value = histogram.quantile(p)?.middle();
        let bounds = histogram.quantile_interval(p, confidence);
        let interval = bounds.map(|(lower, upper)| Interval { lower, upper, method: Method::QuantileRanks });
        Some(Figure { value, interval })
    };
    Spread {
        mean: None,
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

#[cfg(test)]
mod tests;
