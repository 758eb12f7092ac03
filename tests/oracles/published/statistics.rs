//! Compares statistics with answers computed independently with other software (`NumPy`, `SciPy`), from
//! real logs and small samples.
//!
//! The reference answers lie beside the repository, in `../shared`; without them every test prints that
//! it is skipped.

use super::shared::{number, oracle, text as shared};
use crate::cpu_time::cpu_time_of;
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use serde_json::Value;
use std::time::Duration;
use steadfast::stats::interval::{
    Cycles, Interval, availability_f, availability_logit_renewal, availability_zero_failures,
    clopper_pearson, lognormal_mean_cox, lognormal_mean_modified_cox, mean_bootstrap_bca, mean_exponential,
    mean_student_t, median_order_statistics, median_ranks, mtbf_lower_one_sided, mtbf_time_truncated, wilson,
};
use steadfast::stats::summary::{MeanVariance, Moments, Summary, percentile_type7};

/// The required relative agreement. The references themselves are good to about 10⁻¹³.
const TOLERANCE: f64 = 1e-10;

#[track_caller]
fn assert_close(got: f64, expected: &Value) {
    let expected = number(expected);
    let scale = if expected == 0.0 { 1.0 } else { expected.abs() };
    assert!((got - expected).abs() <= TOLERANCE * scale, "got {got}, expected {expected}");
}

#[track_caller]
fn assert_interval(got: Option<Interval>, expected: &Value) {
    let got = got.expect("an interval");
    assert_close(got.lower.expect("a lower bound"), &expected[0]);
    assert_close(got.upper.expect("an upper bound"), &expected[1]);
}

#[test]
fn mtbf_intervals_agree_for_every_count_and_confidence() {
    let Some(oracle) = oracle("r01_mtbf_chi2") else {
        return;
    };
    for case in oracle["cases"].as_array().unwrap() {
        let (uptime, failures, confidence) =
            (number(&case["T"]), case["r"].as_u64().unwrap(), number(&case["conf"]));
        let by_time = &case["time_truncated"];
        let one_sided = mtbf_lower_one_sided(uptime, failures, confidence).unwrap();
        assert_close(one_sided.lower.unwrap(), &by_time["lower_one_sided"]);
        let interval = mtbf_time_truncated(uptime, failures, confidence);
        if failures == 0 {
            assert_eq!(interval, Some(one_sided));
            continue;
        }
        let bounds =
            |expected: &Value| Value::from(vec![expected["lower"].clone(), expected["upper"].clone()]);
        assert_interval(interval, &bounds(by_time));
    }
}

/// Compares all statistics of a sample of repair times with the reference.
fn assert_repair_times(sample: &[f64], expected: &Value) {
    let summary = Summary::of(sample).unwrap();
    let mut running = Moments::default();
    for value in sample {
        running.add(*value);
    }
    for summary in [summary, running.summary().unwrap()] {
        assert_eq!(summary.n, expected["n"].as_u64().unwrap());
        assert_close(summary.mean, &expected["mean"]);
        assert_close(summary.sd.unwrap(), &expected["sd"]);
        assert_close(summary.min, &expected["min"]);
        assert_close(summary.max, &expected["max"]);
        assert_close(summary.sum, &expected["sum"]);
    }
    assert_percentiles(sample, &expected["percentiles"]);
    assert_interval(mean_student_t(&summary.mean_variance().unwrap(), 0.95), &expected["ci_mean_t"]);
    assert_interval(mean_exponential(summary.n, summary.sum, 0.95), &expected["ci_mean_exponential_chi2"]);
    assert_median(sample, &expected["ci_median_order_stat"]);
    assert_lognormal(sample, &expected["lognormal"]);
}

fn sorted(sample: &[f64]) -> Vec<f64> {
    let mut sorted = sample.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted
}

fn assert_percentiles(sample: &[f64], expected: &Value) {
    let sorted = sorted(sample);
    for (p, value) in expected["type7(numpy/Excel default)"].as_object().unwrap() {
        assert_close(percentile_type7(&sorted, p.parse().unwrap()).unwrap(), value);
    }
}

fn assert_median(sample: &[f64], expected: &Value) {
    let ranks = median_ranks(sample.len() as u64, 0.95).unwrap();
    assert_eq!(Some(ranks.lower), expected["ranks_1based"][0].as_u64());
    assert_eq!(Some(ranks.upper), expected["ranks_1based"][1].as_u64());
    let median = median_order_statistics(&sorted(sample), 0.95).unwrap();
    assert_close(median.lower.unwrap(), &expected["lower"]);
    assert_close(median.upper.unwrap(), &expected["upper"]);
}

fn assert_lognormal(sample: &[f64], expected: &Value) {
    let logs = MeanVariance::of_logs(sample).unwrap();
    assert_close(logs.mean, &expected["mu"]);
    assert_close(logs.variance.sqrt(), &expected["sigma_unbiased"]);
    assert_interval(lognormal_mean_cox(&logs, 0.95), &expected["ci_mean_cox"]);
    assert_interval(lognormal_mean_modified_cox(&logs, 0.95), &expected["ci_mean_modified_cox_t"]);
}

/// A bootstrap with another generator agrees within its noise only. With 20,000 resamples the standard
/// error of a bound is about √(p (1 − p) / 20,000) / density: below 2 % of the interval's width for
/// these samples, and the same for the reference. The tolerance is six standard errors of the
/// difference, for both bounds of three samples: a false alarm in some 10⁸ seeds.
fn assert_bootstrap(sample: &[f64], expected: &Value) {
    let interval = mean_bootstrap_bca(sample, 20_000, 0.95, &mut ChaCha8Rng::seed_from_u64(5)).unwrap();
    let width = number(&expected[1]) - number(&expected[0]);
    for (got, expected) in [(interval.lower, &expected[0]), (interval.upper, &expected[1])] {
        let error = (got.unwrap() - number(expected)).abs();
        assert!(error < 0.04 * width, "{got:?} against {expected}, width {width}");
    }
}

const BCA: &str = "ci_mean_bootstrap_bca_20000(seeded; approx target only)";

#[test]
fn repair_times_of_small_samples_agree() {
    let Some(oracle) = oracle("r06_mttr_and_availability_ci") else {
        return;
    };
    for case in oracle["cases"].as_object().unwrap().values() {
        let sample: Vec<f64> = case["x"].as_array().unwrap().iter().map(number).collect();
        assert_repair_times(&sample, &case["result"]);
        assert_bootstrap(&sample, &case["result"][BCA]);
    }
}

#[test]
fn availability_by_f_agrees_after_conversion() {
    let Some(oracle) = oracle("r06_mttr_and_availability_ci") else {
        return;
    };
    for case in oracle["availability_F"].as_array().unwrap() {
        let (uptime, downtime) = (number(&case["uptime"]), number(&case["downtime"]));
        let unavailability = availability_f(uptime, downtime, case["n"].as_u64().unwrap(), 0.95).unwrap();
        assert_interval(complement(unavailability), &case["ci_F_exponential(2n,2n)"]);
    }
}

/// Converts an interval of the unavailability to one of the availability.
fn complement(interval: Interval) -> Option<Interval> {
    Some(Interval { lower: Some(1.0 - interval.upper?), upper: Some(1.0 - interval.lower?), ..interval })
}

#[test]
fn repair_times_of_a_los_alamos_cluster_agree() {
    let Some(oracle) = oracle("r08_lanl_end_to_end") else {
        return;
    };
    let Some(log) = shared("data/lanl/LA-UR-05-7318-failure-data-1996-2005.csv") else {
        return;
    };
    let rows = log.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let rows = rows.filter(|row| row[0] == "20");
    let durations = rows.map(|row| minutes(row[17]) - minutes(row[16]));
    let sample: Vec<f64> = durations.filter(|&duration| duration > 0.0).collect();
    let expected = &oracle["system20_level"]["ttr_minutes"];
    assert_repair_times(&sample, expected);
}

/// Returns the days from 1970-01-01, counted over years that start in March, so that the leap day comes
/// last.
fn days([year, month, day]: [i64; 3]) -> i64 {
    let (year, month) = if month < 3 { (year - 1, month + 9) } else { (year, month - 3) };
    365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 719_469
}

/// Returns the minutes from 1970-01-01 of a time such as `6/21/2005 9:05`.
fn minutes(time: &str) -> f64 {
    let fields: Vec<i64> = time.split(['/', ' ', ':']).map(|field| field.parse().unwrap()).collect();
    (1440 * days([fields[2], fields[0], fields[1]]) + 60 * fields[3] + fields[4]) as f64
}

/// Returns the seconds from 1970-01-01 of a time such as `2022-03-26T01:43:00Z`.
fn seconds(time: &str) -> f64 {
    let field = |range: std::ops::Range<usize>| time[range].parse::<i64>().unwrap();
    let day = days([field(0..4), field(5..7), field(8..10)]);
    (86_400 * day + 3600 * field(11..13) + 60 * field(14..16) + field(17..19)) as f64
}

/// Returns the outages of the kinds in `impacts`, clipped to the window, merged, in order.
fn outages(log: &str, impacts: &[&str], [from, to]: [f64; 2]) -> Vec<[f64; 2]> {
    let mut outages: Vec<[f64; 2]> = log
        .lines()
        .skip(1)
        .filter(|line| line.rsplit(',').next().is_some_and(|impact| impacts.contains(&impact)))
        .map(|line| line.split(',').collect::<Vec<_>>())
        .map(|row| [seconds(row[1]).max(from), seconds(row[2]).min(to)])
        .filter(|[start, end]| end > start)
        .collect();
    outages.sort_by(|a, b| a[0].total_cmp(&b[0]));
    let mut merged: Vec<[f64; 2]> = Vec::new();
    for outage in outages {
        match merged.last_mut() {
            Some(last) if outage[0] <= last[1] => last[1] = last[1].max(outage[1]),
            _ => merged.push(outage),
        }
    }
    merged
}

#[test]
fn repair_times_and_availability_of_github_agree() {
    let Some(oracle) = oracle("r09_github_end_to_end") else {
        return;
    };
    let Some(log) = shared("data/github-status/mrshu_downtime_windows.csv") else {
        return;
    };
    let window = [seconds("2022-04-01T00:00:00Z"), seconds("2026-08-01T00:00:00Z")];
    let filters: [(&str, &[&str]); 3] = [
        ("all_but_maintenance", &["none", "minor", "major", "critical"]),
        ("minor+major+critical", &["minor", "major", "critical"]),
        ("major+critical", &["major", "critical"]),
    ];
    for (name, impacts) in filters {
        let expected = &oracle["filters"][name];
        let outages = outages(&log, impacts, window);
        let downs: Vec<f64> = outages.iter().map(|[start, end]| end - start).collect();
        assert_repair_times(&downs, &expected["mttr_ci"]);
        // The work grows with the sample: the small samples are enough.
        if downs.len() < 200 {
            assert_bootstrap(&downs, &expected["mttr_ci"][BCA]);
        }
        assert_availability(&outages, &downs, window, &expected["availability_ci"]);
    }
}

fn assert_availability(outages: &[[f64; 2]], downs: &[f64], [from, to]: [f64; 2], expected: &Value) {
    let ends = std::iter::once(from).chain(outages.iter().map(|outage| outage[1]));
    let ups: Vec<f64> = outages.iter().zip(ends).map(|(outage, up_since)| outage[0] - up_since).collect();
    let downtime: f64 = downs.iter().sum();
    let squared_cv = |sample| MeanVariance::of(sample).unwrap().squared_cv().unwrap();
    let cycles = Cycles {
        uptime: to - from - downtime,
        downtime,
        n: downs.len() as u64,
        up_squared_cv: squared_cv(&ups),
        down_squared_cv: squared_cv(downs),
    };
    assert_close(cycles.uptime, &expected["uptime"]);
    let logit = availability_logit_renewal(&cycles, 0.95).unwrap();
    assert_interval(complement(logit), &expected["ci_logit_delta_renewal"]);
    let f = availability_f(cycles.uptime, cycles.downtime, cycles.n, 0.95).unwrap();
    assert_interval(complement(f), &expected["ci_F_exponential(2n,2n)"]);
}

#[test]
fn binomial_intervals_agree() {
    let Some(oracle) = oracle("r12_state_logs_and_samples") else {
        return;
    };
    for case in oracle["binomial_ci95"].as_array().unwrap() {
        let (good, total) = (case["good"].as_u64().unwrap(), case["total"].as_u64().unwrap());
        assert_interval(wilson(good, total, 0.95), &case["wilson"]);
        assert_interval(clopper_pearson(good, total, 0.95), &case["clopper_pearson"]);
    }
}

#[test]
fn intervals_for_large_counts_are_fast() {
    let ((), took) = cpu_time_of(|| {
        for n in [10_000_000, 1_000_000_000] {
            assert!(median_ranks(n, 0.95).is_some());
            assert!(clopper_pearson(n / 3, n, 0.95).is_some());
            assert!(clopper_pearson(3, n, 0.95).is_some());
            assert!(mtbf_time_truncated(1e9, n, 0.95).is_some());
            assert!(availability_f(1e9, 1e3, n, 0.95).is_some());
        }
        assert!(availability_zero_failures(1e9, 1.0, 0.95).is_some());
    });
    // Measured at under 1 ms unoptimised.
    assert!(took < Duration::from_secs(1), "{took:?}");
}
