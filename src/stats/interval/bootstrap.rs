//! The bootstrap interval for a mean, which assumes no distribution.

use super::{Interval, Method, alpha};
use crate::stats::quantile::{normal_cdf, normal_quantile, normal_upper_quantile};
use crate::stats::summary::{Summary, percentile_type7};
use rand::Rng;
use rand::seq::IndexedRandom;

/// The fewest resamples accepted: with fewer, the tails of a 95 % interval rest on a handful of values.
const RESAMPLES_MIN: usize = 100;

/// Computes the bias-corrected and accelerated bootstrap interval for the mean of `sample` (Efron 1987,
/// "Better bootstrap confidence intervals").
///
/// The bias is measured by the share of resampled means below the mean (ties count half), the
/// acceleration by the jackknife, which for a mean is skewness/6 over √n. Takes `resamples` times the
/// length of the sample steps; 10,000 resamples give the bounds to about two digits. The result depends
/// on the values that `rng` draws and on nothing else.
///
/// `None` for fewer than two distinct values, a value that is not finite, or fewer than 100 resamples.
pub fn mean_bootstrap_bca(
    sample: &[f64],
    resamples: usize,
    confidence: f64,
    rng: &mut impl Rng,
) -> Option<Interval> {
    let z = normal_upper_quantile(alpha(confidence)? / 2.0)?;
    let summary = Summary::of(sample)?;
    if resamples < RESAMPLES_MIN || summary.min == summary.max {
        return None;
    }
    let acceleration = jackknife_acceleration(sample, summary.mean);
    let means = resampled_means(sample, resamples, rng);
    let bias = normal_quantile(share_below(&means, summary.mean))?;
    let bound = |z: f64| {
        let shifted = bias + z;
        // Φ(z₀ + (z₀ + z)/(1 − â(z₀ + z))) with the bias z₀ and the acceleration â.
        percentile_type7(&means, normal_cdf(bias + shifted / (1.0 - acceleration * shifted)))
    };
    Interval::two_sided(bound(-z)?, bound(z)?, Method::BootstrapBca)
}

/// Returns the acceleration Σd³ / (6 (Σd²)^1.5) over the deviations d from the mean.
fn jackknife_acceleration(sample: &[f64], mean: f64) -> f64 {
    let power_sum = |power: i32| sample.iter().map(|x| (x - mean).powi(power)).sum::<f64>();
    power_sum(3) / (6.0 * power_sum(2).powf(1.5))
}

/// Returns the means of samples drawn with replacement, ascending.
fn resampled_means(sample: &[f64], resamples: usize, rng: &mut impl Rng) -> Vec<f64> {
    let n = sample.len();
    let mut mean = || (0..n).filter_map(|_| sample.choose(rng)).sum::<f64>() / n as f64;
    let mut means: Vec<f64> = (0..resamples).map(|_| mean()).collect();
    means.sort_by(f64::total_cmp);
    means
}

/// Returns the share of the sorted values below `point`; values equal to it count half.
fn share_below(sorted: &[f64], point: f64) -> f64 {
    let below = sorted.partition_point(|&x| x < point);
    let not_above = sorted.partition_point(|&x| x <= point);
    (below + not_above) as f64 / (2.0 * sorted.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand::rngs::ChaCha8Rng;

    const MINUTES: [f64; 10] = [4.0, 9.0, 12.0, 15.0, 22.0, 31.0, 43.0, 58.0, 95.0, 240.0];

    #[test]
    fn the_same_seed_gives_the_same_interval_and_another_seed_another() {
        let interval =
            |seed| mean_bootstrap_bca(&MINUTES, 500, 0.95, &mut ChaCha8Rng::seed_from_u64(seed)).unwrap();
        assert_eq!(interval(7), interval(7));
        assert_ne!(interval(7), interval(8));
    }

    #[test]
    fn the_interval_of_a_right_skewed_sample_reaches_further_above_its_mean_than_below() {
        let interval = mean_bootstrap_bca(&MINUTES, 2000, 0.9, &mut ChaCha8Rng::seed_from_u64(1)).unwrap();
        let (lower, upper) = (interval.lower.unwrap(), interval.upper.unwrap());
        assert!(upper - 52.9 > 52.9 - lower, "{lower} … {upper}");
    }

    #[test]
    fn samples_without_spread_and_too_few_resamples_give_no_interval() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        assert_eq!(mean_bootstrap_bca(&[5.0, 5.0, 5.0], 1000, 0.95, &mut rng), None);
        assert_eq!(mean_bootstrap_bca(&[5.0], 1000, 0.95, &mut rng), None);
        assert_eq!(mean_bootstrap_bca(&[1.0, f64::NAN], 1000, 0.95, &mut rng), None);
        assert_eq!(mean_bootstrap_bca(&MINUTES, 99, 0.95, &mut rng), None);
    }

    /// Deviations of −3, −2, −1 and 6: 180 / (6 · 50^1.5).
    #[test]
    fn bias_and_acceleration_are_those_of_efron() {
        assert!((jackknife_acceleration(&[1.0, 2.0, 3.0, 10.0], 4.0) - 0.084_852_813_742).abs() < 1e-9);
        assert_eq!(share_below(&[1.0, 2.0, 2.0, 3.0], 2.0), 0.5);
        assert_eq!(share_below(&[1.0, 2.0, 2.0, 3.0], 3.0), 0.875);
    }

    /// With z = ±1.645 the percentiles are Φ(z₀ + (z₀ ± z)/(1 − â (z₀ ± z))), here of the means that
    /// were drawn.
    #[test]
    fn the_bounds_are_the_percentiles_of_the_formula() {
        let drawn = |seed| resampled_means(&MINUTES, 4_000, &mut ChaCha8Rng::seed_from_u64(seed));
        let interval = mean_bootstrap_bca(&MINUTES, 4_000, 0.9, &mut ChaCha8Rng::seed_from_u64(3)).unwrap();
        let means = drawn(3);
        let (z, bias) = (1.644_853_626_951_472_2, normal_quantile(share_below(&means, 52.9)).unwrap());
        let acceleration = jackknife_acceleration(&MINUTES, 52.9);
        for (side, bound) in [(-1.0, interval.lower), (1.0, interval.upper)] {
            let raised = bias + side * z;
            let share = normal_cdf(bias + raised / (1.0 - acceleration * raised));
            let bound = bound.unwrap();
            let of =
                |is: &dyn Fn(f64) -> bool| means.iter().filter(|mean| is(**mean)).count() as f64 / 4_000.0;
            // Many means are equal.
            let (below, up_to) = (of(&|mean| mean < bound), of(&|mean| mean <= bound));
            assert!(below - 1e-3 < share && share < up_to + 1e-3, "{below} {share} {up_to}");
        }
    }
}
