//! Computes measures and their confidence intervals from a tally. The unit of each field is in its name;
//! docs/definitions.md has the formulas.

use super::incidents::RowStats;
use super::settings::Settings;
use crate::base::random;
use crate::base::time::{Timestamp, seconds, total_seconds};
use crate::stats::censored::{Bounds, Censored};
use crate::stats::interval::{self, Cycles, Interval, MedianRanks};
use crate::stats::summary::{CompensatedSum, MeanVariance, percentile_type7, place_ranks};
use crate::timeline::exposure::Exposure;
use crate::timeline::tally::Tally;
use crate::timeline::weighted::WeightedDowntime;
use serde::Serialize;

/// The least number of failures for which the headline interval of availability is the renewal interval.
/// With fewer failures it is the F interval: the variances that the renewal interval needs cannot be
/// estimated from so few observations (measured in docs/calibration.md).
pub(crate) const RENEWAL_FAILURES_MIN: u64 = 5;

/// A point estimate with a confidence interval. A side without a bound is open.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Estimate {
    /// The estimate; `null` when only a bound is known.
    pub value: Option<f64>,
    /// The lower bound.
    pub lower: Option<f64>,
    /// The upper bound.
    pub upper: Option<f64>,
    /// The method of the interval; `null` when there is no interval.
    pub method: Option<&'static str>,
    /// The number of observations behind the estimate.
    pub n: u64,
}

/// A confidence interval with the name of its method.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NamedInterval {
    /// The method.
    pub method: &'static str,
    /// The lower bound.
    pub lower: Option<f64>,
    /// The upper bound.
    pub upper: Option<f64>,
}

/// Percentiles of the time to restore, in seconds: type 7 (linear between order statistics) where all times
/// are known, of the estimated distribution of [`Censored`] where some are known only within bounds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct RestorePercentiles {
    /// Median; `null` where only its bounds are known.
    pub p50_s: Option<f64>,
    /// 90th percentile.
    pub p90_s: Option<f64>,
    /// 95th percentile.
    pub p95_s: Option<f64>,
    /// The longest time to restore.
    pub max_s: Option<f64>,
}

/// Bounds of the mean and the percentiles of the times to restore, where some of these are known only within
/// bounds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct RestoreBounds {
    /// Number of failures whose time to restore is not known.
    pub unknown: u64,
    /// The mean of the estimated distribution of all times; `null` where that has only bounds.
    pub mean_s: Option<f64>,
    /// The mean if all of them ended as early as possible.
    pub mean_least_s: f64,
    /// The mean if all of them lasted as long as possible; `null` without a limit.
    pub mean_most_s: Option<f64>,
    /// The least values of the percentiles.
    pub least: RestorePercentiles,
    /// Their greatest values; `null` without a limit.
    pub most: RestorePercentiles,
}

/// The mean of a duration that is recorded for some of the incidents.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PartialMean {
    /// The mean in seconds.
    pub mean_s: f64,
    /// The number of incidents that have the duration.
    pub n: u64,
}

/// Availability within service hours.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct HoursMeasure {
    /// Service hours observed, in seconds.
    pub observed_s: f64,
    /// Downtime within service hours, in seconds.
    pub downtime_s: f64,
    /// Downtime divided by observed time; `null` when nothing was observed.
    pub unavailability: Option<f64>,
}

/// Availability with partial outages weighted.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct WeightedMeasure {
    /// Downtime in seconds of full outage.
    pub downtime: WeightedDowntime,
    /// Unavailability if overlapping incidents affect users independently.
    pub unavailability: f64,
    /// Lower bound: overlapping incidents affect the same users as far as possible.
    pub unavailability_best: f64,
    /// Upper bound: overlapping incidents affect different users as far as possible.
    pub unavailability_worst: f64,
}

/// Measures that only probe samples have.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SampleMeasure {
    /// Samples that were up.
    pub good: u64,
    /// Samples that were up or down.
    pub known: u64,
    /// Share of the known samples that were up.
    pub success_ratio: Option<f64>,
    /// Wilson score interval of the success ratio.
    pub wilson: Option<[f64; 2]>,
    /// Clopper–Pearson interval of the success ratio.
    pub clopper_pearson: Option<[f64; 2]>,
    /// Downtime in seconds if every outage lasted only from its first failed sample to its last.
    pub downtime_shortest_s: f64,
    /// Downtime in seconds if every outage lasted from the last good sample before it to the first one
    /// after.
    pub downtime_longest_s: f64,
}

/// All measures of one timeline: of a service, a group or the total.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Measures {
    /// Number of services.
    pub services: u64,
    /// Incidents: rows that count.
    pub incidents: u64,
    /// Outages: incidents after merging those that overlap or touch.
    pub outages: u64,
    /// Failures: outages not entirely within planned maintenance. MTBF and MTTR count these.
    pub failures: u64,
    /// Failures of zero length; part of `failures` only with `--zero-length count`.
    pub zero_length: u64,
    /// Outages still open at the end of the window.
    pub open: u64,
    /// Length of the window; for a fleet summed over its services.
    pub window_s: f64,
    /// Time in planned maintenance.
    pub maintenance_s: f64,
    /// Time for which the log does not tell the state.
    pub unknown_s: f64,
    /// Window minus maintenance minus unknown time.
    pub observed_s: f64,
    /// Observed time up.
    pub uptime_s: f64,
    /// Observed time down.
    pub downtime_s: f64,
    /// Uptime divided by observed time; `null` when nothing was observed.
    pub availability: Option<f64>,
    /// Unavailability with the headline interval. Kept apart from `availability` because 1 − U loses
    /// digits when U is small.
    pub unavailability: Estimate,
    /// Intervals of the unavailability by every method.
    pub unavailability_intervals: Vec<NamedInterval>,
    /// Unavailability with maintenance counted as downtime, over all known calendar time.
    pub calendar_unavailability: Option<f64>,
    /// Mean operating time between failures in seconds.
    pub mtbf_s: Estimate,
    /// Mean time from failure to failure in seconds: observed time divided by failures.
    pub mtbf_calendar_s: Option<f64>,
    /// Mean of the known times to restore in seconds. Where some times are not known, the bounds are those of the
    /// mean of all of them.
    pub mttr_s: Estimate,
    /// Intervals of MTTR by every method, from the known times.
    pub mttr_intervals: Vec<NamedInterval>,
    /// Percentiles of the time to restore.
    pub ttr: Option<RestorePercentiles>,
    /// Bounds of the times to restore; `null` when all of them are known.
    pub ttr_bounds: Option<RestoreBounds>,
    /// Interval of the median time to restore by order statistics.
    pub ttr_median_interval: Option<NamedInterval>,
    /// Mean time to detect.
    pub mttd: Option<PartialMean>,
    /// Mean time to acknowledge.
    pub mtta: Option<PartialMean>,
    /// Length of the longest outage in seconds.
    pub longest_s: Option<f64>,
    /// Start of the longest outage.
    pub longest_at: Option<Timestamp>,
    /// Failures per year of operation (8,766 h).
    pub failure_rate_per_year: Option<f64>,
    /// Failures per year of the calendar (8,766 h).
    pub failure_frequency_per_year: Option<f64>,
    /// Inside service hours.
    pub hours: Option<HoursMeasure>,
    /// Availability with partial outages weighted.
    pub weighted: Option<WeightedMeasure>,
    /// Measures of probe samples.
    pub samples: Option<SampleMeasure>,
}

impl Measures {
    /// Computes the measures of a tally. `rows` supplies MTTD and MTTA.
    pub(super) fn of(tally: Tally, rows: &RowStats, incidents: u64, settings: &Settings) -> Self {
        let mut tally = if settings.count_zero_length { tally.counting_zero_length() } else { tally };
        let repairs = Repairs::of(&mut tally, settings);
        let uptime_s = total_seconds(tally.up_micros());
        let downtime_s = total_seconds(tally.down_micros);
        let exposure = Exposure { up_s: uptime_s, down_s: downtime_s, failures: tally.failures as f64 };
        let longest = tally.longest;
        let mtbf_bounds = interval::mtbf_time_truncated(uptime_s, tally.failures, settings.confidence);
        let (unavailability, unavailability_intervals) =
            unavailability(&tally, &repairs, settings.confidence);
        let observed_s = total_seconds(tally.observed_micros());
        Self {
            services: tally.observation.lines,
            incidents,
            outages: tally.outages,
            failures: tally.failures,
            zero_length: tally.zero_length,
            open: tally.open,
            window_s: total_seconds(tally.observation.window_micros),
            maintenance_s: total_seconds(tally.observation.maintenance_micros),
            unknown_s: total_seconds(tally.observation.unknown_micros),
            observed_s,
            uptime_s,
            downtime_s,
            availability: (observed_s > 0.0).then(|| uptime_s / observed_s),
            unavailability,
            unavailability_intervals,
            calendar_unavailability: tally.calendar_unavailability(),
            mtbf_s: Estimate::new(exposure.mtbf_s(), mtbf_bounds, tally.failures),
            mtbf_calendar_s: exposure.mean_cycle_s(),
            mttr_s: repairs.mttr,
            mttr_intervals: repairs.intervals,
            ttr: repairs.percentiles,
            ttr_bounds: repairs.bounds,
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

    /// Whether the state was unknown for more than half of the time: such figures decide nothing.
    pub fn is_mostly_unknown(&self) -> bool {
        self.unknown_s > self.observed_s
    }

    /// Sets an upper bound of the unavailability of a timeline without failures, given the time that a
    /// repair would take. Does nothing if there were failures.
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

/// The method of the bounds of the mean of all times to restore, some of which are not known.
const BOUNDS: &str = "bounds of the mean of all";

/// Statistics of the times to restore.
struct Repairs {
    moments: Option<MeanVariance>,
    mttr: Estimate,
    intervals: Vec<NamedInterval>,
    percentiles: Option<RestorePercentiles>,
    bounds: Option<RestoreBounds>,
    median_interval: Option<NamedInterval>,
}

impl Repairs {
    fn of(tally: &mut Tally, settings: &Settings) -> Self {
        let known = Self::of_known(&mut tally.repairs_s, settings);
        if tally.bounded_repairs_s.is_empty() { known } else { known.with_bounds(tally, settings) }
    }

    fn of_known(repairs_s: &mut [f64], settings: &Settings) -> Self {
        let confidence = settings.confidence;
        let count = repairs_s.len() as u64;
        let median_ranks = interval::median_ranks(count, confidence);
        // Percentiles need a few order statistics only: partial selection is linear, a full sort is not.
        place_ranks(repairs_s, &ranks_needed(repairs_s.len(), median_ranks));
        let sum_s = repairs_s.iter().copied().collect::<CompensatedSum>().value();
        let moments = MeanVariance::of_sum(repairs_s, sum_s);
        let logs = MeanVariance::of_logs(repairs_s);
        let student = moments.and_then(|moments| interval::mean_student_t(&moments, confidence));
        let modified_cox = logs.and_then(|logs| interval::lognormal_mean_modified_cox(&logs, confidence));
        let cox = logs.and_then(|logs| interval::lognormal_mean_cox(&logs, confidence));
        let exponential = interval::mean_exponential(count, sum_s, confidence);
        let bootstrap = bootstrap(repairs_s, settings);
        let mean = (count > 0).then(|| sum_s / count as f64);
        let headline =
            mean.and_then(|mean| headline_of_mttr(mean, count, student, modified_cox, exponential));
        let all = [student, cox, modified_cox, exponential, bootstrap];
        Self {
            moments,
            mttr: Estimate::new(mean, headline, count),
            intervals: all.into_iter().flatten().map(NamedInterval::from).collect(),
            percentiles: percentiles(repairs_s),
            bounds: None,
            median_interval: median_ranks.map(|ranks| median_interval(repairs_s, ranks)),
        }
    }

    /// Takes into account the times to restore that are known only within bounds. The percentiles are then those
    /// of the distribution that [`Censored`] estimates, and the bounds of the mean take the place of its interval.
    fn with_bounds(mut self, tally: &mut Tally, settings: &Settings) -> Self {
        let bounded = &tally.bounded_repairs_s;
        tally.repairs_s.sort_unstable_by(f64::total_cmp);
        let Some(estimate) = Censored::of(&tally.repairs_s, bounded) else { return self };
        let completed = |pick: fn(&Bounds) -> f64| {
            let mut all: Vec<f64> = tally.repairs_s.iter().copied().chain(bounded.iter().map(pick)).collect();
            all.iter().all(|time| time.is_finite()).then(|| Self::of_known(&mut all, settings))
        };
        let (shortest, longest) = (completed(|bounds| bounds.least), completed(|bounds| bounds.most));
        let mean_of = |completed: &Option<Self>| completed.as_ref().and_then(|all| all.mttr.value);
        self.mttr.lower = mean_of(&shortest);
        self.mttr.upper = mean_of(&longest);
        self.mttr.method = Some(BOUNDS);
        let percentiles = |pick: fn(&Bounds) -> Option<f64>| {
            let [p50_s, p90_s, p95_s] = SHOWN.map(|p| pick(&estimate.quantile(p)));
            RestorePercentiles { p50_s, p90_s, p95_s, max_s: pick(&estimate.greatest()) }
        };
        self.percentiles = Some(percentiles(Bounds::value));
        self.bounds = Some(RestoreBounds {
            unknown: bounded.len() as u64,
            mean_s: estimate.mean().value(),
            mean_least_s: mean_of(&shortest).unwrap_or(0.0),
            mean_most_s: mean_of(&longest),
            least: percentiles(|bounds| Some(bounds.least)),
            most: percentiles(Bounds::upper),
        });
        let interval_of = |completed: &Option<Self>| completed.as_ref()?.median_interval.clone();
        self.median_interval = interval_of(&shortest)
            .map(|least| NamedInterval { upper: interval_of(&longest).and_then(|most| most.upper), ..least });
        self
    }
}

/// The least number of repairs for which the headline interval of MTTR is the lognormal interval. With
/// fewer it is the exponential interval: the lognormal one holds its level but is too wide to be useful.
const LOGNORMAL_REPAIRS_MIN: u64 = 5;

/// The least number of repairs for which the headline interval of MTTR is Student's t.
///
/// Both limits were measured (docs/calibration.md): for few, skewed repair times the t interval is too
/// short; for many repair times the lognormal interval is wrong unless they are lognormal.
const STUDENT_REPAIRS_MIN: u64 = 40;

/// Selects the headline interval of MTTR.
///
/// An interval that does not contain the estimate contradicts the data, and the next method in order is
/// used instead; this happens to the lognormal interval when repair times are far from lognormal. A
/// negative lower bound, which Student's t can give, is raised to zero.
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

fn bootstrap(repairs_s: &[f64], settings: &Settings) -> Option<Interval> {
    if settings.bootstrap == 0 {
        return None;
    }
    let mut rng = random::stream(settings.seed, "bootstrap", repairs_s.len() as u64);
    interval::mean_bootstrap_bca(repairs_s, settings.bootstrap as usize, settings.confidence, &mut rng)
}

/// The probabilities of the percentiles shown.
const SHOWN: [f64; 3] = [0.5, 0.9, 0.95];

/// Returns the ranks (from 0) that the percentiles and the interval of the median read, in ascending
/// order.
fn ranks_needed(len: usize, median: Option<MedianRanks>) -> Vec<usize> {
    // A type 7 percentile interpolates between the ranks floor(h) and floor(h) + 1 with h = (n − 1)·p.
    let below = SHOWN.map(|p| (len.saturating_sub(1) as f64 * p) as usize);
    let mut ranks: Vec<usize> = below.into_iter().flat_map(|rank| [rank, rank + 1]).collect();
    ranks.extend(median.into_iter().flat_map(|ranks| [ranks.lower as usize - 1, ranks.upper as usize - 1]));
    ranks.push(len.saturating_sub(1));
    ranks.sort_unstable();
    ranks
}

/// Computes the percentiles. `placed` must have the values of the [`ranks_needed`] in their sorted
/// places.
fn percentiles(placed: &[f64]) -> Option<RestorePercentiles> {
    let [p50, p90, p95] = SHOWN.map(|p| percentile_type7(placed, p));
    Some(RestorePercentiles { p50_s: Some(p50?), p90_s: p90, p95_s: p95, max_s: placed.last().copied() })
}

fn median_interval(placed: &[f64], ranks: MedianRanks) -> NamedInterval {
    let at = |rank: u64| placed.get((rank as usize).checked_sub(1)?).copied();
    NamedInterval {
        method: interval::Method::OrderStatistics.name(),
        lower: at(ranks.lower),
        upper: at(ranks.upper),
    }
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
