//! Whether values that were observed one after the other rise or fall.

use super::quantile::normal_survival;

/// The trend of values that were observed at equal distances.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trend {
    /// By how much the value changes from one observation to the next: the median of the slopes of all pairs (Theil
    /// 1950; Sen 1968).
    pub slope: f64,
    /// The probability that values without a trend differ from it as far, on either side: the test of Mann (1945) and
    /// Kendall (1975), with the correction for ties, by the normal approximation.
    pub p: f64,
}

/// The fewest values for which the normal approximation serves (Kendall 1975, 4.9).
const VALUES_MIN: usize = 8;

/// The most values: the slopes of all pairs are held in memory.
const VALUES_MAX: usize = 2_000;

/// Measures the trend of the values. `None` for fewer than eight, for more than two thousand, for a value that is not
/// finite, or where all are equal.
pub fn trend(values: &[f64]) -> Option<Trend> {
    if !(VALUES_MIN..=VALUES_MAX).contains(&values.len()) || !values.iter().all(|value| value.is_finite()) {
        return None;
    }
    let mut slopes = Vec::with_capacity(values.len() * (values.len() - 1) / 2);
    let mut rising = 0.0;
    for (i, earlier) in values.iter().enumerate() {
        for (distance, later) in (1..).zip(values.iter().skip(i + 1)) {
            slopes.push((later - earlier) / f64::from(distance));
            rising += f64::from(i8::from(later > earlier) - i8::from(later < earlier));
        }
    }
    slopes.sort_by(f64::total_cmp);
    let middle = slopes.len() / 2;
    let upper = *slopes.get(middle)?;
    let slope = if slopes.len() % 2 == 1 {
        upper
    } else {
        f64::midpoint(*slopes.get(middle.checked_sub(1)?)?, upper)
    };
    let variance = variance(values);
    // The continuity correction: the sum changes in steps of two.
    let z = (rising.abs() - 1.0).max(0.0) / variance.sqrt();
    (variance > 0.0).then(|| Trend { slope, p: 2.0 * normal_survival(z).min(0.5) })
}

/// Returns the variance of the number of rising pairs less that of falling ones, where there is no trend.
fn variance(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let of = |count: usize| {
        let n = count as f64;
        n * (n - 1.0) * (2.0 * n + 5.0) / 18.0
    };
    let ties: f64 = sorted.chunk_by(|a, b| a == b).map(|equal| of(equal.len())).sum();
    of(values.len()) - ties
}

#[cfg(test)]
mod tests {
    use super::trend;

    /// Expected values: S = 33 of 45 pairs, variance 10 · 9 · 25 / 18 = 125, z = 32 / √125; the slopes in Python.
    #[test]
    fn slope_and_probability_are_those_of_the_definitions() {
        let values = [1.0, 3.0, 2.0, 5.0, 4.0, 8.0, 6.0, 9.0, 12.0, 7.0];
        let found = trend(&values).unwrap();
        assert!((found.p - 0.004_207_6).abs() < 1e-6, "{found:?}");
        assert!((found.slope - 1.0).abs() < 1e-12, "{found:?}");
        let falling: Vec<f64> = values.iter().map(|value| -value).collect();
        let falling = trend(&falling).unwrap();
        assert_eq!((falling.slope, falling.p), (-found.slope, found.p));
    }

    /// Python: S = 20, ties of 4, 2 and 2 equal values, variance (8 · 7 · 21 − 4 · 3 · 13 − 2 · (2 · 1 · 9)) / 18.
    #[test]
    fn equal_values_lower_the_variance() {
        let found = trend(&[1.0, 1.0, 1.0, 1.0, 2.0, 2.0, 3.0, 3.0]).unwrap();
        let variance: f64 = (8.0 * 7.0 * 21.0 - 4.0 * 3.0 * 13.0 - 2.0 * (2.0 * 9.0)) / 18.0;
        let z = (20.0 - 1.0) / variance.sqrt();
        assert!((found.p - 2.0 * crate::stats::quantile::normal_survival(z)).abs() < 1e-12, "{found:?}");
    }

    #[test]
    fn what_does_not_vary_or_is_too_little_has_no_trend() {
        assert_eq!(trend(&[1.0; 20]), None);
        assert_eq!(trend(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]), None);
        assert_eq!(trend(&[1.0, 2.0, 3.0, 4.0, f64::NAN, 6.0, 7.0, 8.0]), None);
        let alternating: Vec<f64> = (0..20).map(|i| f64::from(i % 2)).collect();
        assert!(trend(&alternating).unwrap().p > 0.3);
    }
}
