//! Numerical integration of smooth functions to nearly full floating-point accuracy.

/// Integrates `f` from `a` to `b` by adaptive Gauss–Kronrod quadrature with 7 and 15 points (Kronrod
/// 1965; Piessens et al. 1983, QUADPACK). Returns 0 unless `a < b`.
///
/// The piece with the largest error is halved until the estimated error is below `relative` of the
/// whole, until halving no longer helps because only the rounding of `f` itself is left, or until the
/// limit on pieces is reached. `f` should be smooth between `a` and `b`: cut the range at its kinks, and
/// around a small part in which `f` changes.
pub fn integrate(f: &mut dyn FnMut(f64) -> f64, a: f64, b: f64, relative: f64) -> f64 {
    if !(a < b) {
        return 0.0;
    }
    let mut pieces = vec![piece(f, a, b)];
    let mut stalled = 0;
    for _ in 1..PIECES_MAX {
        let total: f64 = pieces.iter().map(|p| p.value).sum();
        let error: f64 = pieces.iter().map(|p| p.error).sum();
        // Negated, so that NaN ends the loop as well.
        if !(error > relative * total.abs()) {
            break;
        }
        let worst = (0..pieces.len()).max_by(|i, j| pieces[*i].error.total_cmp(&pieces[*j].error));
        let Some(worst) = worst.map(|at| pieces.swap_remove(at)) else {
            break;
        };
        let middle = 0.5 * (worst.a + worst.b);
        let halves = [piece(f, worst.a, middle), piece(f, middle, worst.b)];
        let [left, right] = &halves;
        let change = (left.value + right.value - worst.value).abs();
        // Halving a piece of a smooth function reduces its error by far more than half; a piece with a
        // jump, or with a root at its end, only by about half.
        let helps = left.error + right.error < 0.7 * worst.error
            || change > ROUNDING * total.abs().max(worst.value.abs());
        stalled += usize::from(!helps);
        pieces.extend(halves);
        if stalled > STALLED_MAX {
            break;
        }
    }
    // The smallest terms are added first, which keeps the rounding error of the sum small.
    pieces.sort_by(|p, q| p.value.abs().total_cmp(&q.value.abs()));
    pieces.iter().map(|p| p.value).sum()
}

/// A node of the quadrature rule.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// The abscissa.
    pub at: f64,
    /// Its weight in the integral.
    pub weight: f64,
    /// Its weight in a coarser rule; the difference of the two sums estimates the error.
    pub coarse: f64,
}

/// Returns the nodes of the Gauss–Kronrod rule on each piece between the cuts, in ascending order. For
/// integrands that are cheaper to evaluate at many points at once than one by one.
pub fn points(cuts: &[f64]) -> Vec<Point> {
    let pieces = cuts.windows(2).flat_map(|pair| {
        let (middle, half) = (0.5 * (pair[0] + pair[1]), 0.5 * (pair[1] - pair[0]));
        let (left, right) = (NODES.iter(), NODES.iter().rev().skip(1));
        let signed = left.map(|node| (-1.0, node)).chain(right.map(|node| (1.0, node)));
        signed.map(move |(sign, (node, weight, coarse))| Point {
            at: middle + sign * half * node,
            weight: half * weight,
            coarse: half * coarse,
        })
    });
    pieces.collect()
}

/// Maximum number of pieces of one integral.
const PIECES_MAX: usize = 400;

/// Halvings without effect after which the remaining error counts as rounding of the integrand.
const STALLED_MAX: usize = 5;
/// Relative change of the integral below which a halving counts as without effect.
const ROUNDING: f64 = 1e-10;

/// A piece of the range, with its integral and the estimated error.
struct Piece {
    a: f64,
    b: f64,
    value: f64,
    error: f64,
}

/// The nonnegative abscissae of the Kronrod rule, their weights, and the weights of the Gauss rule,
/// which uses every second one.
const NODES: [(f64, f64, f64); 8] = [
    (0.991_455_371_120_812_6, 0.022_935_322_010_529_224, 0.0),
    (0.949_107_912_342_758_5, 0.063_092_092_629_978_56, 0.129_484_966_168_869_7),
    (0.864_864_423_359_769_1, 0.104_790_010_322_250_19, 0.0),
    (0.741_531_185_599_394_4, 0.140_653_259_715_525_92, 0.279_705_391_489_276_64),
    (0.586_087_235_467_691_1, 0.169_004_726_639_267_9, 0.0),
    (0.405_845_151_377_397_2, 0.190_350_578_064_785_4, 0.381_830_050_505_118_9),
    (0.207_784_955_007_898_47, 0.204_432_940_075_298_89, 0.0),
    (0.0, 0.209_482_141_084_727_82, 0.417_959_183_673_469_4),
];

/// Applies both rules to one piece.
fn piece(f: &mut dyn FnMut(f64) -> f64, a: f64, b: f64) -> Piece {
    let (middle, half) = (0.5 * (a + b), 0.5 * (b - a));
    let (mut kronrod, mut gauss) = (0.0, 0.0);
    let mut values = [(0.0, 0.0); NODES.len()];
    for ((node, weight_kronrod, weight_gauss), pair) in NODES.into_iter().zip(&mut values) {
        // The middle point occurs only once, so half of its value stands for each side.
        *pair = if node == 0.0 {
            let value = f(middle);
            (0.5 * value, 0.5 * value)
        } else {
            (f(middle - half * node), f(middle + half * node))
        };
        let value = pair.0 + pair.1;
        kronrod += weight_kronrod * value;
        gauss += weight_gauss * value;
    }
    let mean = 0.5 * kronrod;
    let spread = NODES.iter().zip(values).map(|((node, weight, _), (left, right))| {
        let (left, right) = if *node == 0.0 { (left + right, mean) } else { (left, right) };
        weight * ((left - mean).abs() + (right - mean).abs())
    });
    Piece { a, b, value: half * kronrod, error: half * error_of((kronrod - gauss).abs(), spread.sum()) }
}

/// Estimates the error of the 15-point rule from its difference to the 7-point rule and from `spread`,
/// the mean distance of the values from their mean. The difference is the error of the 7-point rule.
/// Where it is small, it overstates the error of the 15-point rule by far, and QUADPACK's estimate,
/// spread · (200 · difference / spread)^1.5, takes its place.
fn error_of(difference: f64, spread: f64) -> f64 {
    let ratio = 200.0 * difference / spread;
    let estimate = spread * ratio * ratio.sqrt();
    // With a spread of 0 the estimate is NaN, and the difference is returned.
    if estimate < difference { estimate } else { difference }
}

#[cfg(test)]
mod tests {
    use super::{integrate, points};

    #[test]
    fn integrals_match_their_closed_forms_to_13_digits() {
        let close = |value: f64, exact: f64| assert!((value / exact - 1.0).abs() < 1e-13, "{value} {exact}");
        close(integrate(&mut |x| x.powi(9), 0.0, 2.0, 1e-14), 102.4);
        close(integrate(&mut |x| (-x).exp(), 0.0, 50.0, 1e-14), -(-50.0_f64).exp_m1());
        // A change within a thousandth of the range needs a piece of its own.
        let settling = |a, b| integrate(&mut |x| -(-x * 1e3).exp_m1(), a, b, 1e-14);
        close(settling(0.0, 0.04) + settling(0.04, 10.0), 10.0 - 1e-3);
        close(integrate(&mut |x| x.sqrt(), 0.0, 1.0, 1e-14), 2.0 / 3.0);
        assert_eq!(integrate(&mut |_| 1.0, 2.0, 2.0, 1e-10), 0.0);
    }

    #[test]
    fn the_points_of_all_pieces_give_the_integral_and_its_error() {
        let points = points(&[0.0, 1.0, 4.0]);
        assert_eq!(points.len(), 30);
        assert!(points.windows(2).all(|pair| pair[0].at < pair[1].at));
        let exact = -(-4.0_f64).exp_m1();
        let fine: f64 = points.iter().map(|p| p.weight * (-p.at).exp()).sum();
        let coarse: f64 = points.iter().map(|p| p.coarse * (-p.at).exp()).sum();
        assert!((fine / exact - 1.0).abs() < 1e-14, "{fine} {exact}");
        assert!((coarse / exact - 1.0).abs() < 1e-8, "{coarse} {exact}");
    }
}
