//! Measures with their intervals, from a tally. Every field's unit is in its name; docs/definitions.md has the formulas.

use super::outages::RowStats;
use crate::base::random;
use crate::base::time::{Timestamp, seconds, total_seconds};
use crate::stats::interval::{self, Cycles, Interval, MedianRanks};
use crate::stats::summary::{CompensatedSum, MeanVariance, percentile_type7, place_ranks};
use crate::timeline::exposure::Exposure;
use crate::timeline::tally::Tally;
use serde::Serialize;

/// Fewer failures than this and the headline interval of availability is the F interval: the spread that the renewal
/// interval needs cannot be estimated from so few (measured in docs/calibration.md).
pub const RENEWAL_FAILURES_MIN: u64 = 5;

/// An estimate with its interval. Without a bound the side is open.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Estimate {
    /// The estimate; `null` when only a bound is known.
    pub value: Option<f64>,
    /// The lower bound.
    pub lower: Option<f64>,
    /// The upper bound.
    pub upper: Option<f64>,
    /// The interval's method; `null` when there is no interval.
    pub method: Option<&'static str>,
    /// How many observations it rests on.
    pub n: u64,
}

/// A bound by another method than the headline's.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NamedInterval {
    /// The method.
    pub method: &'static str,
    /// The lower bound.
    pub lower: Option<f64>,
    /// The upper bound.
    pub upper: Option<f64>,
}

/// Percentiles of the time to restore, in seconds (type 7: linear between order statistics).
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct RestorePercentiles {
    /// Median.
    pub p50_s: f64,
    /// 90 of 100 were restored within this.
    pub p90_s: f64,
    /// 95 of 100 were restored within this.
    pub p95_s: f64,
    /// The longest that was restored.
    pub max_s: f64,
}

/// A mean of a duration that not every incident knows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PartialMean {
    /// The mean in seconds.
    pub mean_s: f64,
    /// Of how many incidents.
    pub n: u64,
}

/// Availability inside service hours.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct HoursMeasure {
    /// Service hours observed, in seconds.
    pub observed_s: f64,
    /// Downtime inside them, in seconds.
    pub downtime_s: f64,
    /// Downtime over observed time.
    pub unavailability: Option<f64>,
}

/// Availability with partial outages weighted.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct WeightedMeasure {
    /// Downtime in seconds of full outage.
    pub downtime: crate::timeline::weighted::WeightedDowntime,
    /// Unavailability if overlapping incidents hit users independently.
    pub unavailability: f64,
    /// The lowest it can be.
    pub unavailability_best: f64,
    /// The highest it can be.
    pub unavailability_worst: f64,
}

/// What probe samples say beyond the timeline.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SampleMeasure {
    /// Samples that were up.
    pub good: u64,
    /// Samples that were up or down.
    pub known: u64,
    /// Share of samples that were up.
    pub success_ratio: Option<f64>,
    /// Its Wilson interval.
    pub wilson: Option<[f64; 2]>,
    /// Its Clopper–Pearson interval.
    pub clopper_pearson: Option<[f64; 2]>,
    /// Downtime if every outage lasted only from its first bad sample to its last, in seconds.
    pub downtime_shortest_s: f64,
    /// Downtime if every outage lasted from the last good sample to the next, in seconds.
    pub downtime_longest_s: f64,
}

/// Everything measured of one line.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Measures {
    /// Services in it.
    pub services: u64,
    /// Incidents (rows that count).
    pub incidents: u64,
    /// Outages: incidents after merging.
    pub outages: u64,
    /// Outages that were not wholly planned: what MTBF and MTTR count.
    pub failures: u64,
    /// Failures of zero length, not among `failures` unless asked for.
    pub zero_length: u64,
    /// Outages still going on at the end of the window.
    pub open: u64,
    /// Length of the window, of all services for a fleet.
    pub window_s: f64,
    /// Planned maintenance.
    pub maintenance_s: f64,
    /// Unknown time.
    pub unknown_s: f64,
    /// Window less maintenance less unknown time.
    pub observed_s: f64,
    /// Observed time up.
    pub uptime_s: f64,
    /// Observed time down.
    pub downtime_s: f64,
    /// Uptime over observed time.
    pub availability: Option<f64>,
    /// Its complement, with all its digits, and the headline interval.
    pub unavailability: Estimate,
    /// Further intervals of the unavailability.
    pub unavailability_intervals: Vec<NamedInterval>,
    /// Unavailability with maintenance counted as downtime, over the whole known calendar.
    pub calendar_unavailability: Option<f64>,
    /// Mean operating time between failures, seconds.
    pub mtbf_s: Estimate,
    /// Mean time from failure to failure (window over failures), seconds.
    pub mtbf_calendar_s: Option<f64>,
    /// Mean time to restore, of the failures that were restored, seconds.
    pub mttr_s: Estimate,
    /// Further intervals of MTTR.
    pub mttr_intervals: Vec<NamedInterval>,
    /// Mean time to restore with open outages counted at their length so far: a lower bound while any is open, seconds.
    pub mttr_restricted_s: Option<f64>,
    /// Percentiles of the time to restore.
    pub ttr: Option<RestorePercentiles>,
    /// Interval of the median time to restore, by order statistics.
    pub ttr_median_interval: Option<NamedInterval>,
    /// Mean time to detect.
    pub mttd: Option<PartialMean>,
    /// Mean time to acknowledge.
    pub mtta: Option<PartialMean>,
    /// The longest outage, seconds.
    pub longest_s: Option<f64>,
    /// When it began.
    pub longest_at: Option<Timestamp>,
    /// Failures per year of operation (8,766 h).
    pub failure_rate_per_year: Option<f64>,
    /// Failures per year of the calendar (8,766 h).
    pub failure_frequency_per_year: Option<f64>,
    /// Inside service hours.
    pub hours: Option<HoursMeasure>,
    /// With weights.
    pub weighted: Option<WeightedMeasure>,
    /// From samples.
    pub samples: Option<SampleMeasure>,
}

/// How measures are computed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Method {
    /// The level of all intervals.
    pub confidence: f64,
    /// Bootstrap resamples; 0 for none.
    pub bootstrap: u32,
    /// The seed of the bootstrap.
    pub seed: u64,
}

impl Measures {
    /// The measures of a tally and what its rows say besides.
    pub(super) fn of(mut tally: Tally, rows: &RowStats, incidents: u64, method: Method) -> Self {
        let repairs = Repairs::of(&mut tally.repairs_s, method);
        let uptime_s = total_seconds(tally.up_micros());
        let downtime_s = total_seconds(tally.down_micros);
        let exposure = Exposure { up_s: uptime_s, down_s: downtime_s, failures: tally.failures as f64 };
        let longest = tally.longest;
        let mtbf = mtbf(exposure, tally.failures, method.confidence);
        let (unavailability, unavailability_intervals) = unavailability(&tally, &repairs, method.confidence);
        let observed_s = total_seconds(tally.observed_micros());
        Self {
            services: tally.lines,
            incidents,
            outages: tally.outages,
            failures: tally.failures,
            zero_length: tally.zero_length,
            open: tally.open,
            window_s: total_seconds(tally.window_micros),
            maintenance_s: total_seconds(tally.maintenance_micros),
            unknown_s: total_seconds(tally.unknown_micros),
            observed_s,
            uptime_s,
            downtime_s,
            availability: (observed_s > 0.0).then(|| uptime_s / observed_s),
            unavailability,
            unavailability_intervals,
            calendar_unavailability: tally.calendar_unavailability(),
            mtbf_s: mtbf,
            mtbf_calendar_s: exposure.mean_cycle_s(),
            mttr_restricted_s: restricted_mean(&repairs, &tally.open_repairs_s),
            mttr_s: repairs.mttr,
            mttr_intervals: repairs.intervals,
            ttr: repairs.percentiles,
            ttr_median_interval: repairs.median_interval,
            mttd: partial_mean(rows.detect),
            mtta: partial_mean(rows.acknowledge),
            longest_s: longest.map(|longest| longest.seconds),
            longest_at: longest.map(|longest| longest.start),
            failure_rate_per_year: exposure.failure_rate_per_year(),
            failure_frequency_per_year: exposure.failure_frequency_per_year(),
            hours: None,
            weighted: None,
            samples: None,
        }
    }
}

impl Measures {
    /// Of a line without failures the availability has a bound all the same, given how long a repair would take.
    pub(super) fn bound_without_failures(&mut self, assumed_mttr_s: f64, confidence: f64) {
        if self.failures == 0
            && let Some(bound) =
                interval::availability_zero_failures(self.uptime_s, assumed_mttr_s, confidence)
        {
            self.unavailability.upper = bound.upper;
            self.unavailability.method = Some(bound.method.name());
        }
    }
}

fn partial_mean((sum_micros, n): (i64, u64)) -> Option<PartialMean> {
    (n > 0).then(|| PartialMean { mean_s: seconds(sum_micros) / n as f64, n })
}

fn mtbf(exposure: Exposure, failures: u64, confidence: f64) -> Estimate {
    let bounds = interval::mtbf_time_truncated(exposure.up_s, failures, confidence);
    Estimate::new(exposure.mtbf_s(), bounds, failures)
}

/// What the times to restore say.
struct Repairs {
    count: u64,
    sum_s: f64,
    moments: Option<MeanVariance>,
    mttr: Estimate,
    intervals: Vec<NamedInterval>,
    percentiles: Option<RestorePercentiles>,
    median_interval: Option<NamedInterval>,
}

impl Repairs {
    fn of(repairs_s: &mut [f64], method: Method) -> Self {
        let confidence = method.confidence;
        let count = repairs_s.len() as u64;
        let median_ranks = interval::median_ranks(count, confidence);
        place_ranks(repairs_s, &ranks_needed(repairs_s.len(), median_ranks));
        let sum_s = repairs_s.iter().copied().collect::<CompensatedSum>().value();
        let moments = MeanVariance::of_sum(repairs_s, sum_s);
        let logs = MeanVariance::of_logs(repairs_s);
        let student = moments.and_then(|moments| interval::mean_student_t(&moments, confidence));
        let modified_cox = logs.and_then(|logs| interval::lognormal_mean_modified_cox(&logs, confidence));
        let cox = logs.and_then(|logs| interval::lognormal_mean_cox(&logs, confidence));
        let exponential = interval::mean_exponential(count, sum_s, confidence);
        let bootstrap = bootstrap(repairs_s, method);
        let mean = (count > 0).then(|| sum_s / count as f64);
        let headline =
            mean.and_then(|mean| headline_of_mttr(mean, count, student, modified_cox, exponential));
        let all = [student, cox, modified_cox, exponential, bootstrap];
        Self {
            count,
            sum_s,
            moments,
            mttr: Estimate::new(mean, headline, count),
            intervals: all.into_iter().flatten().map(NamedInterval::from).collect(),
            percentiles: percentiles(repairs_s),
            median_interval: median_ranks.map(|ranks| median_interval(repairs_s, ranks)),
        }
    }
}

/// Fewer repairs than this and the exponential interval is the headline: the lognormal one is honest but wider than of any use.
const LOGNORMAL_REPAIRS_MIN: u64 = 5;

/// Fewer repairs than this and the lognormal interval is the headline; from here on Student's t. Both bounds were measured
/// (docs/calibration.md): of skewed repair times t is too short for few of them, while the lognormal interval is wrong for
/// many of them unless they are lognormal.
const STUDENT_REPAIRS_MIN: u64 = 40;

/// The headline. An interval that does not hold the estimate itself contradicts the data, and the next one takes its place:
/// the lognormal one does where repair times are far from lognormal. No repair takes less than no time.
fn headline_of_mttr(
    mean_s: f64,
    count: u64,
    student: Option<Interval>,
    modified_cox: Option<Interval>,
    exponential: Option<Interval>,
) -> Option<Interval> {
    let order = match count {
        0 => return None,
        1..LOGNORMAL_REPAIRS_MIN => [exponential, student, None],
        LOGNORMAL_REPAIRS_MIN..STUDENT_REPAIRS_MIN => [modified_cox, student, exponential],
        _ => [student, modified_cox, exponential],
    };
    let holds = |interval: &Interval| {
        interval.lower.is_none_or(|lower| lower <= mean_s)
            && interval.upper.is_none_or(|upper| mean_s <= upper)
    };
    let headline = order.into_iter().flatten().find(holds)?;
    Some(Interval { lower: headline.lower.map(|lower| lower.max(0.0)), ..headline })
}

fn bootstrap(repairs_s: &[f64], method: Method) -> Option<Interval> {
    let mut rng = random::stream(method.seed, "bootstrap", repairs_s.len() as u64);
    let wanted = method.bootstrap > 0;
    wanted.then(|| {
        interval::mean_bootstrap_bca(repairs_s, method.bootstrap as usize, method.confidence, &mut rng)
    })?
}

/// The percentiles shown.
const SHOWN: [f64; 3] = [0.5, 0.9, 0.95];

/// The ranks that percentiles and the median's interval read, ascending.
fn ranks_needed(len: usize, median: Option<MedianRanks>) -> Vec<usize> {
    let below = SHOWN.map(|p| (len.saturating_sub(1) as f64 * p) as usize);
    let mut ranks: Vec<usize> = below.into_iter().flat_map(|rank| [rank, rank + 1]).collect();
    ranks.extend(median.into_iter().flat_map(|ranks| [ranks.lower as usize - 1, ranks.upper as usize - 1]));
    ranks.push(len.saturating_sub(1));
    ranks.sort_unstable();
    ranks
}

/// `placed` has the values of [`ranks_needed`] in their places.
fn percentiles(placed: &[f64]) -> Option<RestorePercentiles> {
    let [p50, p90, p95] = SHOWN.map(|p| percentile_type7(placed, p));
    Some(RestorePercentiles { p50_s: p50?, p90_s: p90?, p95_s: p95?, max_s: *placed.last()? })
}

fn median_interval(placed: &[f64], ranks: MedianRanks) -> NamedInterval {
    let at = |rank: u64| placed.get((rank as usize).checked_sub(1)?).copied();
    NamedInterval {
        method: interval::Method::OrderStatistics.name(),
        lower: at(ranks.lower),
        upper: at(ranks.upper),
    }
}

fn restricted_mean(repairs: &Repairs, open_repairs_s: &[f64]) -> Option<f64> {
    let count = repairs.count + open_repairs_s.len() as u64;
    (count > 0).then(|| (repairs.sum_s + open_repairs_s.iter().sum::<f64>()) / count as f64)
}

fn unavailability(tally: &Tally, repairs: &Repairs, confidence: f64) -> (Estimate, Vec<NamedInterval>) {
    let (up_s, down_s) = (total_seconds(tally.up_micros()), total_seconds(tally.down_micros));
    let n = tally.failures;
    let exponential = interval::availability_f(up_s, down_s, n, confidence);
    let cycles = cycles(tally, repairs, up_s, down_s);
    let renewal = cycles.as_ref().and_then(|cycles| interval::availability_logit_renewal(cycles, confidence));
    let renewal_t =
        cycles.as_ref().and_then(|cycles| interval::availability_logit_renewal_t(cycles, confidence));
    let headline = if n >= RENEWAL_FAILURES_MIN { renewal_t.or(exponential) } else { exponential };
    let all = [exponential, renewal, renewal_t].into_iter().flatten().map(NamedInterval::from).collect();
    (Estimate::new(tally.unavailability(), headline, n), all)
}

fn cycles(tally: &Tally, repairs: &Repairs, uptime: f64, downtime: f64) -> Option<Cycles> {
    Some(Cycles {
        uptime,
        downtime,
        n: tally.failures,
        up_squared_cv: tally.ups_s.mean_variance()?.squared_cv()?,
        down_squared_cv: repairs.moments?.squared_cv()?,
    })
}

impl Estimate {
    fn new(value: Option<f64>, bounds: Option<Interval>, n: u64) -> Self {
        Self {
            value,
            lower: bounds.and_then(|bounds| bounds.lower),
            upper: bounds.and_then(|bounds| bounds.upper),
            method: bounds.map(|bounds| bounds.method.name()),
            n,
        }
    }
}

impl From<Interval> for NamedInterval {
    fn from(interval: Interval) -> Self {
        Self { method: interval.method.name(), lower: interval.lower, upper: interval.upper }
    }
}
