//! Integrals over time of functions that are cheaper to evaluate at many moments at once than one by
//! one.

use crate::simulate::analytic::quadrature::points;

/// Accepted relative difference between the finer and the coarser rule. The error of the finer rule is
/// then below 10⁻¹⁰ (the estimate of QUADPACK: Piessens et al. 1983).
const RELATIVE: f64 = 1e-9;

/// Maximum number of rounds; each round after the first halves all pieces.
const ROUNDS: usize = 4;

/// Maximum number of moments in one round.
const POINTS_MAX: usize = 20_000;

/// Integrates several functions from 0 to `until_s`. The range is cut at the `breaks`, and ever more
/// finely towards the start, down to `pace_s`, because systems that start new change fastest there.
/// Returns `None` where `of` returns `None`, or where the pieces do not become fine enough within the
/// limits.
pub(super) fn integrals<const N: usize>(
    until_s: f64,
    pace_s: f64,
    mut breaks: Vec<f64>,
    of: impl Fn(&[f64]) -> Option<Vec<[f64; N]>>,
) -> Option<[f64; N]> {
    breaks.extend([0.0, until_s]);
    // The lower limit keeps the number of cuts at 40 or so.
    let mut cut_s = pace_s.min(until_s).max(until_s * 1e-12);
    while cut_s < until_s {
        breaks.push(cut_s);
        cut_s *= 2.0;
    }
    breaks.retain(|cut_s| *cut_s <= until_s);
    breaks.sort_by(f64::total_cmp);
    breaks.dedup();
    for _ in 0..ROUNDS {
        let points = points(&breaks);
        if points.len() > POINTS_MAX {
            return None;
        }
        let at_s: Vec<f64> = points.iter().map(|point| point.at).collect();
        let values = of(&at_s)?;
        let sum = |weight: &dyn Fn(usize) -> f64, function: usize| -> f64 {
            let terms = values.iter().enumerate();
            terms.map(|(place, values)| weight(place) * values[function]).sum()
        };
        let fine: [f64; N] = std::array::from_fn(|function| sum(&|place| points[place].weight, function));
        let close = |function: usize| {
            let coarse = sum(&|place| points[place].coarse, function);
            (fine[function] - coarse).abs() <= RELATIVE * fine[function].abs()
        };
        if (0..N).all(close) {
            return Some(fine);
        }
        let middles: Vec<f64> = breaks.windows(2).map(|pair| 0.5 * (pair[0] + pair[1])).collect();
        breaks.extend(middles);
        breaks.sort_by(f64::total_cmp);
    }
    None
}
