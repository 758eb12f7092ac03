//! Relations between the functions of one distribution.

use super::{all, continuous, times};
use steadfast::stats::distribution::Distribution;

#[track_caller]
fn near(got: f64, expected: f64, tolerance: f64, what: &str, one: &Distribution) {
    let equal = got == expected;
    assert!(
        equal || (got - expected).abs() <= tolerance,
        "{what} of {one:?}: {got:e}, expected {expected:e}, error {:e}, tolerance {tolerance:e}",
        (got - expected).abs()
    );
}

/// Returns the error of a probability through rounding of a time: t f(t) for each relative error, of
/// which the formulas make up to 64, plus the 10⁻¹² of the special functions.
fn rounding(one: &Distribution, t: f64, probability: f64) -> f64 {
    const MANY: f64 = 64.0 * f64::EPSILON;
    // At the end of a bounded support the density itself changes within a rounding.
    let around = [t * (1.0 - MANY), t, t * (1.0 + MANY)];
    let density = around.iter().map(|t| one.density(*t)).fold(0.0, f64::max);
    1e-12 * probability + MANY * t * density
}

const PROBABILITIES: [f64; 9] = [1e-300, 1e-100, 1e-16, 1e-9, 1e-3, 0.1, 0.37, 0.5, 0.8];

#[test]
fn a_quantile_has_its_probability_in_both_tails() {
    for one in continuous() {
        for p in PROBABILITIES {
            let t = one.quantile(p);
            if t > 1e-290 {
                near(one.cdf(t), p, rounding(&one, t, p), "P(T <= quantile)", &one);
            }
            let t = one.quantile_upper(p);
            if t > 1e-290 {
                near(one.survival(t), p, rounding(&one, t, p), "P(T > quantile)", &one);
            }
        }
        let last = one.quantile(1.0 - f64::EPSILON / 2.0);
        near(last, one.quantile_upper(f64::EPSILON / 2.0), 1e-9 * last, "last quantile", &one);
    }
}

#[test]
fn quantiles_rise_with_the_probability_down_to_the_smallest_float() {
    let small = [5e-324, 1e-310, 1e-300, 1e-290, 1e-200, 1e-17];
    for one in all() {
        let lower = small.map(|p| one.quantile(p));
        let upper = small.map(|q| one.quantile_upper(q));
        assert!(lower.is_sorted() && upper.iter().rev().is_sorted(), "{one:?}: {lower:?} {upper:?}");
        let (least, greatest) = one.support();
        assert!(lower[0] >= least && upper[0] <= greatest, "{one:?}: {lower:?} {upper:?}");
        let hazard = small.map(|h| one.at_cumulative_hazard(h));
        assert!(hazard.is_sorted() && hazard[0] >= least, "{one:?}: {hazard:?}");
    }
}

#[test]
fn a_quantile_is_the_least_time_with_its_probability_even_at_atoms() {
    for one in all().iter().filter(|one| !one.is_continuous()) {
        for p in [0.01, 0.2, 0.4, 0.5, 0.8, 0.85, 0.95] {
            let t = one.quantile(p);
            assert!(one.cdf(t) >= p - 1e-15, "{p} of {one:?}: {t}");
            assert!(one.cdf(t.next_down()) < p + 1e-15, "{p} of {one:?}: {t}");
            let t = one.quantile_upper(p);
            assert!(one.survival(t) <= p + 1e-15, "{p} of {one:?}: {t}");
            assert!(one.survival(t.next_down()) > p - 1e-15, "{p} of {one:?}: {t}");
        }
    }
}

#[test]
fn at_cumulative_hazard_inverts_the_cumulative_hazard() {
    for one in continuous().filter(|one| one.support().1 == f64::INFINITY) {
        for h in [1e-20, 1e-6, 0.3, 0.7, 5.0, 500.0, 700.0, 1e4] {
            let t = one.at_cumulative_hazard(h);
            if t > 1e-290 && t < 1e290 {
                let tolerance = 1e-12 * h + 64.0 * f64::EPSILON * t * one.hazard(t);
                near(one.cumulative_hazard(t), h, tolerance, "cumulative hazard", &one);
            }
        }
    }
}

#[test]
fn the_cumulative_hazard_is_minus_the_logarithm_of_the_survival() {
    for one in all() {
        for t in times(&one) {
            let (survival, hazard) = (one.survival(t), one.cumulative_hazard(t));
            let expected = if one.cdf(t) < 0.3 { -(-one.cdf(t)).ln_1p() } else { -survival.ln() };
            // A relative error of the survival is an absolute one of its logarithm.
            let tolerance = 1e-12 * expected + rounding_of_tail(&one, t);
            near(hazard, expected, tolerance, "cumulative hazard", &one);
            assert_eq!(one.ln_survival(t), -hazard);
        }
    }
}

fn rounding_of_tail(one: &Distribution, t: f64) -> f64 {
    let relative = rounding(one, t, one.survival(t)) / one.survival(t);
    if relative.is_finite() { relative.min(one.cumulative_hazard(t)) } else { 0.0 }
}

#[test]
fn both_tails_add_up_to_one() {
    for one in all() {
        for t in times(&one) {
            near(one.cdf(t) + one.survival(t), 1.0, 1e-13, "sum of tails", &one);
        }
    }
}

#[test]
fn the_density_is_hazard_times_survival_and_the_slope_of_the_distribution_function() {
    for one in continuous() {
        let (least, greatest) = one.support();
        for t in times(&one).into_iter().filter(|t| *t > least && *t < greatest) {
            let density = one.density(t);
            let product = one.hazard(t) * one.survival(t);
            near(product, density, 1e-9 * density + f64::MIN_POSITIVE, "hazard · survival", &one);
            // Central difference over h: the error is h² f″ / 6 and the rounding of two probabilities
            // over 2h.
            let sd = one.sd().min(t).min(density.recip());
            let h = 1e-5 * sd;
            let (from, to) = (t - h, t + h);
            let smooth = one.density(from) / density - 1.0;
            if from > least && to < greatest && smooth.abs() < 1e-3 && h > 1e6 * f64::EPSILON * t {
                let lower = one.cdf(t) < 0.5;
                let rise =
                    if lower { one.cdf(to) - one.cdf(from) } else { one.survival(from) - one.survival(to) };
                near(rise / (to - from), density, 1e-4 * density, "slope", &one);
            }
        }
    }
}

#[test]
fn every_function_is_monotone_and_in_its_range_at_every_time() {
    let places =
        [f64::NEG_INFINITY, -1.0, 0.0, 5e-324, 1e-300, 1e-9, 1.0, 1e9, 1e300, f64::MAX, f64::INFINITY];
    for one in all() {
        let mut times = times(&one);
        times.extend(places);
        times.sort_by(f64::total_cmp);
        let mut before = (1.0, 0.0, 0.0, 0.0, 1.0);
        for t in times {
            let now = (
                one.survival(t),
                one.cdf(t),
                one.cumulative_hazard(t),
                one.integrated_survival(t),
                one.equilibrium_survival(t),
            );
            let slack = 1e-13;
            assert!(now.0 <= before.0 + slack && now.0 >= 0.0, "survival at {t} of {one:?}: {now:?}");
            assert!(now.1 >= before.1 - slack && now.1 <= 1.0 + slack, "cdf at {t} of {one:?}: {now:?}");
            assert!(now.2 >= before.2 * (1.0 - slack), "hazard at {t} of {one:?}: {now:?}");
            assert!(now.3 >= before.3 * (1.0 - slack), "integral at {t} of {one:?}: {now:?}, {before:?}");
            assert!(now.4 <= before.4 + slack && now.4 >= 0.0, "rest at {t} of {one:?}: {now:?}, {before:?}");
            assert!(one.density(t) >= 0.0 && one.hazard(t) >= 0.0, "at {t} of {one:?}");
            assert!(one.mean_residual(t) >= 0.0, "at {t} of {one:?}");
            before = now;
        }
    }
}

#[test]
fn probabilities_outside_the_domain_have_no_quantile() {
    for one in all() {
        for bad in [-0.1, 1.1, f64::NAN] {
            assert!(one.quantile(bad).is_nan() && one.quantile_upper(bad).is_nan(), "{one:?}");
        }
        let (least, greatest) = one.support();
        assert_eq!((one.quantile(0.0), one.quantile(1.0)), (least, greatest), "{one:?}");
        assert_eq!((one.quantile_upper(1.0), one.quantile_upper(0.0)), (least, greatest), "{one:?}");
        assert!(one.at_cumulative_hazard(-1.0).is_nan() && one.at_cumulative_hazard(f64::NAN).is_nan());
        assert_eq!(
            (one.at_cumulative_hazard(0.0), one.at_cumulative_hazard(f64::INFINITY)),
            (least, greatest),
            "{one:?}"
        );
    }
}

#[test]
fn the_integral_of_the_survival_function_is_the_mean() {
    for one in all() {
        let mean = one.mean();
        near(one.integrated_survival(f64::INFINITY), mean, 1e-12 * mean, "whole integral", &one);
        near(one.integrated_survival_from(0.0), mean, 1e-12 * mean, "whole integral", &one);
        for t in times(&one) {
            let (to, from) = (one.integrated_survival(t), one.integrated_survival_from(t));
            near(to + from, mean, 2e-12 * mean, "sum of integrals", &one);
        }
    }
}

/// Integrates by Simpson's rule with `2 · PAIRS` steps.
fn simpson(from: f64, to: f64, function: impl Fn(f64) -> f64) -> f64 {
    const PAIRS: u32 = 8000;
    let step = (to - from) / f64::from(2 * PAIRS);
    let at = |k: u32| function(from + step * f64::from(k));
    let inner: f64 = (0..PAIRS).map(|k| at(2 * k) + 4.0 * at(2 * k + 1) + at(2 * k + 2)).sum();
    inner * step / 3.0
}

/// Compares the integral beyond t with quadrature of S(u)/S(t), from the median into the deep tail. S is
/// smooth there except for the corners of some members, which cause an error of 10⁻⁶ in Simpson's rule.
#[test]
fn the_integral_beyond_a_time_agrees_with_quadrature_deep_into_the_tail() {
    for one in continuous().filter(|one| one.cv() < 4.0) {
        for q in [0.5, 1e-3, 1e-12, 1e-100] {
            let t = one.quantile_upper(q);
            let end = one.at_cumulative_hazard(one.cumulative_hazard(t) + 50.0);
            if !(t > 1e-280) || end - t < 1e-9 * t || one.survival(t) == 0.0 {
                continue;
            }
            // In ln(u − t), so that the points lie where heavy tails have their mass.
            let log_end = ((end - t) / one.mean_residual(t)).ln_1p();
            let scale = one.mean_residual(t);
            let integral = simpson(0.0, log_end, |x| {
                let u = t + scale * x.exp_m1();
                (one.cumulative_hazard(t) - one.cumulative_hazard(u)).exp() * scale * x.exp()
            });
            let expected = one.mean_residual(t);
            near(integral, expected, 1e-5 * expected, &format!("mean remaining life at {q:e}"), &one);
        }
    }
}

#[test]
fn the_variance_agrees_with_the_integral_formula() {
    for one in continuous().filter(|one| one.cv() > 1e-2 && one.cv() < 10.0) {
        let end = one.at_cumulative_hazard(80.0);
        // E T² = 2 ∫ t S(t) dt; for a wide distribution in ln t, from where the integrand is negligible.
        let second = if one.cv() < 1.0 {
            simpson(0.0, end, |t| 2.0 * t * one.survival(t))
        } else {
            let low = (1e-9 * one.mean()).ln();
            simpson(low, end.ln(), |x| 2.0 * one.survival(x.exp()) * (2.0 * x).exp())
        };
        let expected = second - one.mean() * one.mean();
        near(one.variance(), expected, 1e-5 * second, "variance", &one);
    }
}
