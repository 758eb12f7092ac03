use super::*;
use crate::stats::summary::Summary;
use proptest::prelude::*;

/// x differs from 10⁹ by a few times 2⁻²⁰: Welford's update has few digits of its variance left.
fn pairs() -> Vec<(f64, f64)> {
    let x = [3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0, 6.0].map(|k: f64| 1e9 + k * 2_f64.powi(-20));
    let y = [2.0, 7.0, 1.0, 8.0, 2.0, 8.0, 1.0, 8.0].map(|k: f64| k / 8.0);
    x.into_iter().zip(y).collect()
}

#[track_caller]
fn assert_close(got: f64, expected: f64) {
    assert!((got / expected - 1.0).abs() < 1e-15, "got {got:e}, expected {expected:e}");
}

/// Expected values: fractions.Fraction of the very floats, roots by mpmath with 40 digits.
#[test]
fn moments_keep_their_digits_where_everything_cancels() {
    let moments: PairMoments = pairs().into_iter().collect();
    assert_close(moments.x().variance().unwrap(), 6.869_933_193_749_083e-12);
    assert_close(moments.y().variance().unwrap(), 0.178_292_410_714_285_7);
    assert_close(moments.covariance().unwrap(), 2.320_323_671_613_420_8e-7);
    assert_close(moments.correlation().unwrap(), 0.209_655_319_073_012_16);
    let ratio = moments.ratio().unwrap();
    assert_close(ratio.value, 5.781_249_999_999_979e-10);
    assert_close(ratio.standard_error, 1.492_868_089_929_097_4e-10);
    let difference = moments.difference().unwrap();
    assert_close(difference.mean, -999_999_999.421_878_7);
    assert_close(difference.variance, 0.178_291_946_656_421_3);
    let controlled = moments.controlled_mean(1e9 + 2_f64.powi(-18)).unwrap();
    assert_close(controlled.value, 0.582_151_300_236_406_6);
    assert_close(controlled.standard_error, 0.157_850_754_337_479_48);
}

#[test]
fn moments_agree_with_the_summary_of_the_sample() {
    let (xs, _): (Vec<_>, Vec<_>) = pairs().into_iter().unzip();
    let summary = xs.iter().copied().collect::<ExactMoments>().summary().unwrap();
    let known = Summary::of(&xs).unwrap();
    assert_eq!((summary.min, summary.max), (known.min, known.max));
    assert_eq!((summary.n, summary.mean, summary.sum), (8, known.mean, known.sum));
}

#[test]
fn huge_and_tiny_values_have_a_variance_where_their_squares_have_none() {
    let huge: ExactMoments = [1e153, 3e153, -2e153].into_iter().collect();
    assert_close(huge.variance().unwrap(), 19.0 / 3.0 * 1e153 * 1e153);
    let tiny: PairMoments = [(1e-200, 3e-200), (2e-200, 6e-200)].into_iter().collect();
    assert_eq!(tiny.x().variance(), Some(0.0), "5e-401 is below the range of floats");
    assert_close(tiny.correlation().unwrap(), 1.0);
    assert_close(tiny.ratio().unwrap().value, 3.0);
}

#[test]
fn a_constant_control_an_empty_denominator_and_a_lone_pair_give_nothing() {
    let lone: PairMoments = [(1.0, 2.0)].into_iter().collect();
    assert_eq!((lone.covariance(), lone.ratio()), (None, None));
    let constant: PairMoments = [(1.0, 2.0), (1.0, 3.0), (1.0, 5.0)].into_iter().collect();
    assert_eq!((constant.correlation(), constant.controlled_mean(1.0)), (None, None));
    let empty: PairMoments = [(0.0, 2.0), (0.0, 3.0)].into_iter().collect();
    assert_eq!(empty.ratio(), None);
    let infinite: PairMoments = [(1.0, f64::INFINITY), (0.0, 3.0), (2.0, 3.0)].into_iter().collect();
    assert_eq!((infinite.ratio(), infinite.y().mean()), (None, None));
    assert_eq!(infinite.x().mean(), Some(1.0));
}

#[test]
fn a_control_that_explains_everything_leaves_no_error() {
    let line: PairMoments = (0..10).map(|i| (f64::from(i), 3.0 + 2.0 * f64::from(i))).collect();
    let estimate = line.controlled_mean(100.0).unwrap();
    assert_eq!((estimate.value, estimate.standard_error), (203.0, 0.0));
    let ratio = (1..10).map(|i| (f64::from(i), 7.0 * f64::from(i))).collect::<PairMoments>();
    let ratio = ratio.ratio().unwrap();
    assert_eq!((ratio.value, ratio.standard_error), (7.0, 0.0));
}

#[test]
fn a_state_that_no_pairs_can_have_is_refused() {
    let good = serde_json::to_value(pairs().into_iter().collect::<PairMoments>()).unwrap();
    assert!(serde_json::from_value::<PairMoments>(good.clone()).is_ok());
    let spoil = |path: &str, value: serde_json::Value| {
        let mut bad = good.clone();
        *bad.pointer_mut(path).unwrap() = value;
        assert!(serde_json::from_value::<PairMoments>(bad).is_err(), "{path}");
    };
    spoil("/x/n", 9.into());
    spoil("/x/n", 0.into());
    spoil("/x/extremes", serde_json::Value::Null);
    spoil("/x/sum/sum/limbs", serde_json::json!([1, 2, 3, 4]));
    spoil("/products/sum/limbs", serde_json::json!([1, 2, 3, 4, 5]));
}

proptest! {
    #[test]
    fn pairs_split_anywhere_and_sent_as_json_give_the_same_bits(
        values in proptest::collection::vec((-1e9_f64..1e9, prop_oneof![Just(0.0), Just(-0.0), -1e-3..1e3_f64]), 2..80),
        at in any::<prop::sample::Index>(),
    ) {
        let whole: PairMoments = values.iter().copied().collect();
        let (left, right) = values.split_at(at.index(values.len()));
        let mut merged: PairMoments = right.iter().rev().copied().collect();
        let sent = serde_json::to_string(&left.iter().copied().collect::<PairMoments>()).unwrap();
        merged.merge(&serde_json::from_str(&sent).unwrap());
        prop_assert_eq!(&merged, &whole);
        prop_assert_eq!(merged.ratio(), whole.ratio());
        let naive = values.iter().map(|(x, _)| x).sum::<f64>();
        prop_assert!((whole.x().sum() - naive).abs() <= 1e-13 * 80.0 * 1e9);
        prop_assert!(whole.correlation().is_none_or(|r| (-1.0..=1.0).contains(&r)));
    }
}
