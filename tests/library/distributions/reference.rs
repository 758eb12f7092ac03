//! Compares with values computed in multiple precision: see `reference.py`.

use std::collections::BTreeMap;
use steadfast::stats::distribution::{Distribution, Parameters, build};

struct Row<'t> {
    text: &'t str,
    distribution: Distribution,
    side: &'t str,
    tail: f64,
    quantile: f64,
    t: f64,
    /// P(T ≤ t), P(T > t), density, integrals to and from t, cumulative hazard.
    expected: [f64; 6],
}

fn rows() -> impl Iterator<Item = Row<'static>> {
    let lines = include_str!("reference.txt").lines();
    lines.filter(|line| !line.starts_with('#')).map(row)
}

fn row(text: &str) -> Row<'_> {
    let words: Vec<&str> = text.split(' ').collect();
    let number = |place: usize| words[place].parse::<f64>().unwrap();
    let names = if words[0] == "lognormal" { ["median", "sigma"] } else { ["shape", "scale"] };
    let parameters = Parameters::new().with(names[0], number(1)).with(names[1], number(2));
    Row {
        text,
        distribution: build(words[0], &parameters).unwrap(),
        side: words[3],
        tail: number(4),
        quantile: number(5),
        t: number(6),
        expected: std::array::from_fn(|k| number(7 + k)),
    }
}

/// Checks one value. The tolerance is 10⁻¹² plus the error that one rounding of t (in t/scale, or in ln
/// t) causes in the function, given by the relative slope.
fn check(got: f64, expected: f64, relative_slope: f64, row: &Row<'_>, what: &str) -> f64 {
    if expected.abs() < 1e-300 {
        assert!(got.abs() < 1.1e-300, "{what}: {got:e} for {}", row.text);
        return 0.0;
    }
    let error = (got / expected - 1.0).abs();
    let tolerance = 1e-12 + f64::EPSILON * relative_slope;
    assert!(
        error < tolerance,
        "{what}: {got:e}, expected {expected:e}, error {error:e}, tolerance {tolerance:e} for {}",
        row.text
    );
    error
}

#[test]
fn both_tails_density_and_integrals_agree_with_multiple_precision() {
    let mut all_worst: BTreeMap<String, [f64; 6]> = BTreeMap::new();
    for row in rows() {
        let law: Vec<&str> = row.text.split(' ').take(3).collect();
        let worst = all_worst.entry(law.join(" ")).or_default();
        let (one, t) = (&row.distribution, row.t);
        let [lower, upper, density, lived, beyond, hazard] = row.expected;
        let slope = t * density;
        let steepness = t * one.hazard(t) + slope / lower + 1.0;
        let results = [
            (one.cdf(t), lower, slope / lower, "cdf"),
            (one.survival(t), upper, slope / upper, "survival"),
            (one.density(t), density, steepness, "density"),
            (one.integrated_survival(t), lived, 1.0, "integral"),
            (one.integrated_survival_from(t), beyond, t * one.hazard(t), "integral from"),
            (one.cumulative_hazard(t), hazard, t * one.hazard(t) / hazard, "hazard"),
        ];
        for ((got, expected, slope, what), worst) in results.into_iter().zip(worst) {
            *worst = worst.max(check(got, expected, slope, &row, what));
        }
    }
    for (law, worst) in all_worst {
        println!("{law}: largest relative errors {}", worst.map(|error| format!("{error:.1e}")).join(" "));
    }
}

#[test]
fn quantiles_agree_with_multiple_precision() {
    let mut worst = 0.0_f64;
    for row in rows() {
        let got = match row.side {
            "lower" => row.distribution.quantile(row.tail),
            "upper" => row.distribution.quantile_upper(row.tail),
            _ => row.distribution.at_cumulative_hazard(row.tail),
        };
        worst = worst.max(check(got, row.quantile, 1.0, &row, "quantile"));
    }
    println!("largest relative error {worst:.1e}");
}
