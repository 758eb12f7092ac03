//! Compares drawn values with computed distribution functions and moments.

use super::all;
use steadfast::base::random::{FastRng, fast_stream, key};
use steadfast::stats::distribution::Distribution;
use steadfast::stats::summary::Summary;

const DRAWS: u32 = 10_000;

/// P(√n D > 3) ≈ 2 e^(−18) = 3·10⁻⁸ (Kolmogorov 1933), less where there are atoms: one of some 200
/// checks fails by chance once in 10⁵ seeds.
const KOLMOGOROV: f64 = 3.0;

fn draws(purpose: &str, place: usize, draw: impl Fn(&mut FastRng) -> f64) -> Vec<f64> {
    let mut rng = fast_stream(20_240_229, key(purpose), place as u64);
    (0..DRAWS).map(|_| draw(&mut rng)).collect()
}

/// Returns √n times the greatest distance between the sample's distribution function and `cdf`, on both
/// sides of each value.
fn kolmogorov(sample: &mut [f64], cdf: impl Fn(f64) -> f64) -> f64 {
    sample.sort_by(f64::total_cmp);
    let n = sample.len() as f64;
    let mut worst = 0.0_f64;
    let mut below = 0;
    for equal in sample.chunk_by(|a, b| a == b) {
        let t = equal[0];
        let to = below + equal.len();
        let before = (below as f64 / n - cdf(t.next_down())).abs();
        let after = (to as f64 / n - cdf(t)).abs();
        worst = worst.max(before).max(after);
        below = to;
    }
    worst * n.sqrt()
}

#[test]
fn draws_follow_the_distribution_function() {
    for (place, one) in all().iter().enumerate() {
        let mut sample = draws("whole", place, |rng| one.sample(rng));
        let distance = kolmogorov(&mut sample, |t| one.cdf(t));
        assert!(distance < KOLMOGOROV, "{one:?}: {distance}");
    }
}

/// Tells whether the moments of a sample can be compared: the mean and the variance of 10,000 draws of a
/// wide distribution are far from normal, because its fourth moment is dominated by rare values.
fn is_tame(one: &Distribution) -> bool {
    one.cv() < 1.5
}

/// Two-sided at z = 5: false alarm 6·10⁻⁷ for each of some 60 checks.
#[test]
fn draws_have_the_mean_and_the_variance_of_the_formulas() {
    for (place, one) in all().iter().enumerate().filter(|(_, one)| is_tame(one)) {
        let sample = draws("moments", place, |rng| one.sample(rng));
        let summary = Summary::of(&sample).unwrap();
        let error = one.sd() / f64::from(DRAWS).sqrt();
        let off = summary.mean - one.mean();
        assert!(off.abs() <= 5.0 * error + 1e-12 * one.mean(), "mean of {one:?}: {off:e}, {error:e}");
        let squares: Vec<f64> = sample.iter().map(|x| (x - one.mean()).powi(2)).collect();
        let squares = Summary::of(&squares).unwrap();
        let error = squares.sd.unwrap() / f64::from(DRAWS).sqrt();
        let off = squares.mean - one.variance();
        assert!(off.abs() <= 5.0 * error, "variance of {one:?}: {off:e}, {error:e}");
    }
}

/// Returns P(T ≤ age + x | T > age), computed in hazard space.
fn residual_cdf(one: &Distribution, age: f64, x: f64) -> f64 {
    if x < 0.0 {
        return 0.0;
    }
    -(one.cumulative_hazard(age) - one.cumulative_hazard(age + x)).exp_m1()
}

#[test]
fn remaining_lives_follow_the_conditional_distribution() {
    for (place, one) in all().iter().enumerate() {
        for (at, q) in [0.99, 0.6, 0.15, 1e-3, 1e-9].into_iter().enumerate() {
            let age = one.quantile_upper(q);
            if one.survival(age) == 0.0 || age <= 0.0 {
                continue;
            }
            let mut sample = draws("residual", 10 * place + at, |rng| one.sample_residual(age, rng));
            if is_coarse(&sample, age) {
                continue;
            }
            let distance = kolmogorov(&mut sample, |x| residual_cdf(one, age, x));
            assert!(distance < KOLMOGOROV, "{one:?} from {age}: {distance}");
        }
    }
}

/// Tells whether age + x has too few digits left of x. The drawn values have them, but not the function
/// with which the test compares them.
fn is_coarse(sample: &[f64], age: f64) -> bool {
    let mean = Summary::of(sample).unwrap().mean;
    mean < 1e-9 * age
}

/// At cumulative hazards at which the survival function has long underflowed, the remaining life divided
/// by its mean 1/h is nearly exponential. The mean of 10,000 draws is compared with 1/h, with z = 6 and
/// an allowance for the curvature of the hazard.
#[test]
fn remaining_lives_are_drawn_where_the_survival_function_underflows() {
    let unbounded = |one: &&Distribution| one.support().1 == f64::INFINITY && one.is_continuous();
    for (place, one) in all().iter().filter(unbounded).enumerate() {
        let age = one.at_cumulative_hazard(1e4);
        let sample = draws("deep", place, |rng| one.sample_residual(age, rng));
        let mean = Summary::of(&sample).unwrap().mean * one.hazard(age);
        let bound = 6.0 / f64::from(DRAWS).sqrt() + 0.01;
        assert!((mean - 1.0).abs() < bound, "{one:?} from {age:e}: {mean}");
    }
}

#[test]
fn the_remaining_life_is_0_where_nothing_survives() {
    for one in all() {
        let mut rng = fast_stream(1, 2, 3);
        let (_, end) = one.support();
        for age in [end, 2.0 * end, f64::INFINITY] {
            let left = one.sample_residual(age, &mut rng);
            assert!(left >= 0.0, "{one:?} from {age}: {left}");
            if end.is_finite() && age > 0.0 {
                assert_eq!(left, 0.0, "{one:?} from {age}");
            }
        }
    }
}

#[test]
fn the_remaining_life_of_a_new_item_is_its_whole_life() {
    for one in all() {
        let whole = one.sample(&mut fast_stream(1, 2, 3));
        for age in [0.0, -1.0] {
            assert_eq!(one.sample_residual(age, &mut fast_stream(1, 2, 3)), whole, "{one:?}");
        }
    }
}

#[test]
fn equilibrium_residual_lives_follow_the_integral_of_the_survival_function() {
    for (place, one) in all().iter().enumerate().filter(|(_, one)| one.mean() > 0.0) {
        let mut sample = draws("equilibrium", place, |rng| one.sample_equilibrium(rng));
        let distance = kolmogorov(&mut sample, |t| 1.0 - one.equilibrium_survival(t));
        assert!(distance < KOLMOGOROV, "{one:?}: {distance}");
    }
}
