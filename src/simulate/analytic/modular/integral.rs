//! Integrals over time from the start of what comes cheaper at many moments at once than one by one.

use crate::simulate::analytic::quadrature::points;

/// How far the sum of the finer rule may lie from that of the coarser one, as a share: its own error is then below 10⁻¹⁰ (the
/// estimate of QUADPACK: Piessens et al. 1983).
const RELATIVE: f64 = 1e-9;

/// Halvings of all pieces at most.
const ROUNDS: usize = 4;

/// Moments at most.
const POINTS_MAX: usize = 20_000;

/// The integrals of several functions from 0 to `until_s`. The range is cut at the `breaks`, and ever finer towards the start, down to
/// `pace_s`, where systems that start new change fastest. `None` where `of` has none, or the pieces do not become fine enough.
pub(super) fn integrals<const N: usize>(
    until_s: f64,
    pace_s: f64,
    mut breaks: Vec<f64>,
    of: impl Fn(&[f64]) -> Option<Vec<[f64; N]>>,
) -> Option<[f64; N]> {
    breaks.extend([0.0, until_s]);
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
