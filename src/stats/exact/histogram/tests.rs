use super::*;
use proptest::prelude::*;

fn sample() -> Vec<f64> {
    (1..=1000).map(|i| f64::from(i * 7919 % 1000 + 1) * 0.37).collect()
}

fn histogram(values: &[f64], thresholds: &[f64]) -> Histogram {
    let mut histogram = Histogram::with_thresholds(thresholds.iter().copied());
    histogram.extend(values.iter().copied());
    histogram
}

#[test]
fn quantiles_lie_within_a_bin_of_the_order_statistics() {
    let histogram = histogram(&sample(), &[]);
    let mut sorted = sample();
    sorted.sort_by(f64::total_cmp);
    for (rank, value) in (1..).zip(&sorted) {
        let bin = histogram.at_rank(rank).unwrap();
        assert!(bin.lower <= *value && *value <= bin.upper, "{bin:?} {value}");
        assert!((bin.middle() / value - 1.0).abs() <= 1.0 / 512.0, "{bin:?}");
    }
    assert_eq!(histogram.quantile(0.0).unwrap().lower, 0.37);
    assert_eq!(histogram.quantile(1.0).unwrap().upper, 370.0);
    assert_eq!(histogram.quantile(0.5).unwrap().rank, 500);
    assert_eq!(histogram.quantile(f64::NAN), None);
    assert_eq!((histogram.at_rank(0), histogram.at_rank(1001)), (None, None));
}

#[test]
fn thresholds_count_exactly_also_inside_a_bin() {
    let values = [0.0, 60.0, 60.000_001, 59.999_999, 1e-310, f64::INFINITY];
    let histogram = histogram(&values, &[60.0, 0.0, 60.0, 3600.0]);
    let counts: Vec<_> = histogram.thresholds().collect();
    assert_eq!(counts, [(0.0, 1), (60.0, 4), (3600.0, 5)]);
    assert_eq!(histogram.share_at_most(60.0), Some(4.0 / 6.0));
    assert_eq!(histogram.share_at_most(61.0), None);
    assert_eq!(histogram.count_at_most(60.0), 4..=4);
    assert_eq!(histogram.count_at_most(60.000_000_5), 3..=5);
    assert_eq!(histogram.count_at_most(f64::INFINITY), 6..=6);
    assert_eq!(histogram.count_at_most(-1.0), 0..=0);
    assert_eq!(histogram.extremes(), Some((0.0, f64::INFINITY)));
}

#[test]
fn what_is_no_duration_is_refused_and_counted() {
    let histogram = histogram(&[-1.0, f64::NAN, -0.0, 0.0, f64::NEG_INFINITY], &[]);
    assert_eq!((histogram.n(), histogram.refused(), histogram.zeros()), (2, 3, 2));
    assert_eq!(histogram.quantile(1.0).unwrap().upper, 0.0);
    assert_eq!(Histogram::new().quantile(0.5), None);
    assert_eq!(Histogram::new().quantile_interval(0.5, 0.95), None);
}

/// Ranks by exact rational sums of binomial probabilities in Python; those for n = 10 and 100 are in any table.
#[test]
fn intervals_for_quantiles_stand_at_the_ranks_of_the_binomial() {
    for (n, p, lower, upper) in [
        (100, 0.5, Some(40.0), Some(61.0)),
        (1000, 0.95, Some(936.0), Some(964.0)),
        (50, 0.99, Some(48.0), None),
        (10, 0.5, Some(2.0), Some(9.0)),
        (5, 0.5, None, None),
    ] {
        let ranks: Vec<f64> = (1..=n).map(f64::from).collect();
        let histogram = histogram(&ranks, &[]);
        let interval = histogram.quantile_interval(p, 0.95).unwrap();
        let holds = |bound: f64, rank: f64| (bound / rank - 1.0).abs() <= 1.0 / 256.0;
        assert_eq!(interval.lower.is_some(), lower.is_some(), "{n} {p}");
        assert_eq!(interval.upper.is_some(), upper.is_some(), "{n} {p}");
        if let (Some(bound), Some(rank)) = (interval.lower, lower) {
            assert!(holds(bound, rank) && bound <= rank, "{n} {p}: {bound}");
        }
        if let (Some(bound), Some(rank)) = (interval.upper, upper) {
            assert!(holds(bound, rank) && bound >= rank, "{n} {p}: {bound}");
        }
    }
}

#[test]
fn different_thresholds_do_not_merge() {
    let mut left = histogram(&[1.0], &[2.0]);
    let before = left.clone();
    assert_eq!(left.merge(&histogram(&[1.0], &[3.0])), Err(ThresholdsDiffer));
    assert_eq!(left, before);
}

#[test]
fn a_state_that_contradicts_itself_is_refused() {
    let good = serde_json::to_value(histogram(&sample(), &[100.0])).unwrap();
    assert!(serde_json::from_value::<Histogram>(good.clone()).is_ok());
    let spoil = |path: &str, value: serde_json::Value| {
        let mut bad = good.clone();
        *bad.pointer_mut(path).unwrap() = value;
        assert!(serde_json::from_value::<Histogram>(bad).is_err(), "{path}");
    };
    spoil("/bins/0", serde_json::json!([u32::MAX, 1]));
    spoil("/bins/0/1", u64::MAX.into());
    spoil("/extremes", serde_json::Value::Null);
    spoil("/thresholds/0/count", 1001.into());
    spoil("/thresholds/0/bits", f64::NAN.to_bits().into());
    spoil("/bins", serde_json::json!([]));
}

proptest! {
    #[test]
    fn a_histogram_merged_and_sent_as_json_is_that_of_all_values(
        values in proptest::collection::vec(prop_oneof![Just(0.0), Just(f64::INFINITY), 0.0..1e6_f64, any::<f64>()], 0..100),
        at in any::<prop::sample::Index>(),
    ) {
        let thresholds = [0.0, 1.0, 5e5];
        let whole = histogram(&values, &thresholds);
        let (left, right) = values.split_at(at.index(values.len() + 1).min(values.len()));
        let mut merged = histogram(right, &thresholds);
        let sent = serde_json::to_string(&histogram(left, &thresholds)).unwrap();
        merged.merge(&serde_json::from_str(&sent).unwrap()).unwrap();
        prop_assert_eq!(&merged, &whole);
        prop_assert_eq!(whole.bins().map(|(_, _, count)| count).sum::<u64>(), whole.n());
        for (at, count) in whole.thresholds() {
            prop_assert_eq!(count, values.iter().filter(|v| **v >= 0.0 && **v <= at).count() as u64);
        }
    }
}
