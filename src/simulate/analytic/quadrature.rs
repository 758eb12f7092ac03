//! Numerical integration of smooth functions to nearly full floating-point accuracy.
//!
//! The functions are evaluated at many points at once, because that costs a Markov chain little more than
//! one point does.

use crate::stats::summary::CompensatedSum;

/// How far an integral is refined.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Effort {
    /// Accepted relative error.
    pub relative: f64,
    /// Maximum number of rounds; each after the first halves the pieces that are too coarse.
    pub rounds: usize,
    /// Maximum number of points in one round.
    pub points_max: usize,
}

impl Effort {
    /// For functions that follow Markov chains from the start in every round.
    pub(crate) const CHAINS: Self = Self { relative: 1e-10, rounds: 6, points_max: 20_000 };
}

/// The integrals of several functions over the same range.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Integrals<const N: usize> {
    range: (f64, f64),
    /// By function, its integral.
    pub values: [f64; N],
    /// By function, the estimated error.
    pub errors: [f64; N],
}

impl<const N: usize> Integrals<N> {
    /// Applies both rules to the values of the functions at the points of a range.
    fn of(range: (f64, f64), values: &[[f64; N]]) -> Self {
        let half = 0.5 * (range.1 - range.0);
        let both: [(f64, f64); N] = std::array::from_fn(|n| {
            let (mut kronrod, mut gauss) = (0.0, 0.0);
            for ((_, weight, coarse), values) in rule().zip(values) {
                kronrod += weight * values[n];
                gauss += coarse * values[n];
            }
            let mean = 0.5 * kronrod;
            let spread = rule().zip(values).map(|((_, weight, _), values)| weight * (values[n] - mean).abs());
            (half * kronrod, half * error_of((kronrod - gauss).abs(), spread.sum()))
        });
        Self { range, values: both.map(|(value, _)| value), errors: both.map(|(_, error)| error) }
    }

    /// Adds up the integrals over the pieces of a range.
    fn sum(range: (f64, f64), pieces: &[Self]) -> Self {
        let sum = |of: &dyn Fn(&Self) -> f64| pieces.iter().map(of).collect::<CompensatedSum>().value();
        Self {
            range,
            values: std::array::from_fn(|n| sum(&|piece| piece.values[n])),
            errors: std::array::from_fn(|n| sum(&|piece| piece.errors[n])),
        }
    }

    /// Returns whether the estimated errors are small, relative to the integrals.
    pub(crate) fn are_within(&self, relative: f64) -> bool {
        self.values.iter().zip(self.errors).all(|(value, error)| error <= relative * value.abs())
    }

    /// Returns whether halving the pieces had an effect: it reduces the error of a smooth function by far
    /// more than half, and that of one with a jump, or with a root at the end, by about half.
    fn improve_on(&self, before: &Self) -> bool {
        (0..N).any(|n| {
            let change = (self.values[n] - before.values[n]).abs();
            self.errors[n] < 0.7 * before.errors[n] || change > ROUNDING * self.values[n].abs()
        })
    }

    fn halves(&self) -> [(f64, f64); 2] {
        let (from, to) = self.range;
        let middle = 0.5 * (from + to);
        [(from, middle), (middle, to)]
    }
}

/// Integrates functions by adaptive Gauss–Kronrod quadrature with 7 and 15 points (Kronrod 1965; Piessens
/// et al. 1983, QUADPACK) over the pieces between the `cuts`, which are in ascending order. `of` returns
/// the values of all functions at each of some points; the result is `None` where it returns `None`, or
/// where the cuts are too many.
///
/// Pieces are halved until the estimated error is accepted, until halving no longer helps because only the
/// rounding of the functions themselves is left, or until a limit is reached. The functions should be
/// smooth between two cuts.
pub(crate) fn integrate<const N: usize>(
    cuts: &[f64],
    effort: Effort,
    mut of: impl FnMut(&[f64]) -> Option<Vec<[f64; N]>>,
) -> Option<Integrals<N>> {
    let whole = (cuts.first().copied()?, cuts.last().copied()?);
    let mut open: Vec<(f64, f64)> = cuts.windows(2).map(|pair| (pair[0], pair[1])).collect();
    let mut pieces: Vec<Integrals<N>> = Vec::new();
    let mut found: Option<Integrals<N>> = None;
    let mut stalled = 0;
    for _ in 0..effort.rounds {
        let points: Vec<f64> = open.iter().flat_map(|range| abscissae(*range)).collect();
        if points.is_empty() || points.len() > effort.points_max {
            break;
        }
        let values = of(&points)?;
        pieces.extend(
            open.iter().zip(values.chunks(POINTS)).map(|(range, values)| Integrals::of(*range, values)),
        );
        let integrals = Integrals::sum(whole, &pieces);
        stalled += usize::from(!found.is_none_or(|before| integrals.improve_on(&before)));
        found = Some(integrals);
        if integrals.are_within(effort.relative) || stalled > STALLED_MAX {
            break;
        }
        let allowed = integrals.values.map(|value| effort.relative * value.abs());
        let share = 1.0 / pieces.len() as f64;
        let is_coarse = |piece: &Integrals<N>| {
            (0..N).any(|n| integrals.errors[n] > allowed[n] && piece.errors[n] > share * allowed[n])
        };
        let (coarse, fine): (Vec<Integrals<N>>, Vec<Integrals<N>>) = pieces.into_iter().partition(is_coarse);
        open = coarse.iter().flat_map(Integrals::halves).collect();
        pieces = fine;
    }
    found
}

/// Returns the ends of pieces from 0 to `until`: the `breaks`, and ever finer ones towards the start, down
/// to `pace`, because systems that start new change fastest there.
pub(crate) fn cuts(until: f64, pace: f64, mut breaks: Vec<f64>) -> Vec<f64> {
    breaks.extend([0.0, until]);
    // The lower limit keeps the number of cuts at 40 or so.
    let mut cut = pace.min(until).max(until * 1e-12);
    while cut < until {
        breaks.push(cut);
        cut *= 2.0;
    }
    breaks.retain(|cut| *cut <= until);
    breaks.sort_by(f64::total_cmp);
    breaks.dedup();
    breaks
}

/// Integrates a reliability from 0 on, up to `until` or a multiple of it at which the reliability is
/// negligible. `None` where it does not become so.
pub(crate) fn mean_life(
    mut until: f64,
    pace: f64,
    effort: Effort,
    mut reliability: impl FnMut(&[f64]) -> Option<Vec<[f64; 1]>>,
) -> Option<f64> {
    for _ in 0..DOUBLINGS {
        if reliability(&[until])?.first()?[0] < RELIABILITY_NEGLIGIBLE {
            let cuts = cuts(until, pace.min(until / 1024.0), Vec::new());
            let integrals = integrate(&cuts, effort, reliability)?;
            return Some(integrals.values[0]).filter(|_| integrals.are_within(effort.relative));
        }
        until *= 2.0;
    }
    None
}

/// Reliability below which a mean life neglects the rest.
const RELIABILITY_NEGLIGIBLE: f64 = 1e-18;
/// Maximum number of times that the range of a mean life is doubled.
const DOUBLINGS: usize = 20;

/// Relative change of an integral below which a round counts as without effect, unless the error falls.
const ROUNDING: f64 = 1e-10;
/// Rounds without effect after which the remaining error counts as rounding of the functions.
const STALLED_MAX: usize = 2;

/// Points of the rule on one piece.
const POINTS: usize = 2 * NODES.len() - 1;

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

/// Returns all abscissae of the rule in ascending order, with their weights.
fn rule() -> impl Iterator<Item = (f64, f64, f64)> {
    let left = NODES.into_iter().map(|(node, weight, coarse)| (-node, weight, coarse));
    left.chain(NODES.into_iter().rev().skip(1))
}

/// Returns the points of the rule on one piece, in ascending order.
fn abscissae((from, to): (f64, f64)) -> impl Iterator<Item = f64> {
    let (middle, half) = (0.5 * (from + to), 0.5 * (to - from));
    rule().map(move |(node, ..)| middle + half * node)
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
    use super::{Effort, cuts, integrate, mean_life};

    const FINE: Effort = Effort { relative: 1e-14, rounds: 100, points_max: 100_000 };

    fn integral(cuts: &[f64], of: impl Fn(f64) -> f64) -> f64 {
        let of = |points: &[f64]| Some(points.iter().map(|x| [of(*x)]).collect());
        integrate(cuts, FINE, of).map_or(0.0, |integrals| integrals.values[0])
    }

    fn close(value: f64, exact: f64) {
        assert!((value / exact - 1.0).abs() < 1e-13, "{value} {exact}");
    }

    #[test]
    fn integrals_match_their_closed_forms_to_13_digits() {
        close(integral(&[0.0, 2.0], |x| x.powi(9)), 102.4);
        close(integral(&[0.0, 50.0], |x| (-x).exp()), -(-50.0_f64).exp_m1());
        // A change within a thousandth of the range needs a piece of its own.
        close(integral(&[0.0, 0.04, 10.0], |x| -(-x * 1e3).exp_m1()), 10.0 - 1e-3);
        close(integral(&[0.0, 1.0], f64::sqrt), 2.0 / 3.0);
        assert_eq!(integral(&[2.0], |_| 1.0), 0.0);
    }

    #[test]
    fn several_functions_are_integrated_at_once_and_limits_are_kept() {
        let both = |points: &[f64]| Some(points.iter().map(|x| [x.exp(), 1.0 / (1e-3 + x)]).collect());
        let integrals = integrate(&[0.0, 1.0, 4.0], FINE, both).unwrap();
        close(integrals.values[0], 4.0_f64.exp_m1());
        close(integrals.values[1], 4_001.0_f64.ln());
        assert!(integrals.are_within(FINE.relative));
        let hasty = integrate(&[0.0, 4.0], Effort { rounds: 1, ..FINE }, both).unwrap();
        assert!(!hasty.are_within(FINE.relative));
        assert_eq!(integrate(&[0.0, 4.0], Effort { points_max: 14, ..FINE }, both), None);
    }

    #[test]
    fn cuts_are_finest_at_the_start_and_a_pace_of_zero_ends() {
        assert_eq!(cuts(10.0, 3.0, vec![7.0, 12.0]), [0.0, 3.0, 6.0, 7.0, 10.0]);
        assert!(cuts(10.0, 0.0, Vec::new()).len() < 50);
    }

    #[test]
    fn a_mean_life_is_known_if_the_reliability_vanishes() {
        let exponential = |at: &[f64]| Some(at.iter().map(|x| [(-x).exp()]).collect());
        close(mean_life(1.0, 1.0, FINE, exponential).unwrap(), 1.0);
        let immortal = |at: &[f64]| Some(at.iter().map(|x| [0.5 + 0.5 * (-x).exp()]).collect());
        assert_eq!(mean_life(1.0, 1.0, FINE, immortal), None);
    }
}
