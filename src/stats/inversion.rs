//! Computes quantiles by Newton's method within a bracket.

use super::special::Tails;

/// A tail probability and the side on which it lies.
#[derive(Debug, Clone, Copy)]
pub(super) enum Tail {
    /// P(X ≤ x).
    Lower(f64),
    /// P(X > x).
    Upper(f64),
}

impl Tail {
    /// Returns the probability, without its side.
    pub(super) fn probability(self) -> f64 {
        match self {
            Self::Lower(p) | Self::Upper(p) => p,
        }
    }

    /// Describes the same point by the tail that holds at most one half, which can be given to full
    /// relative precision.
    ///
    /// The subtraction is exact for probabilities from one half on. `None` unless the probability lies
    /// in (0, 1).
    pub(super) fn smaller(self) -> Option<Self> {
        let p = self.probability();
        match self {
            _ if !(p > 0.0 && p < 1.0) => None,
            Self::Lower(p) if p > 0.5 => Some(Self::Upper(1.0 - p)),
            Self::Upper(q) if q > 0.5 => Some(Self::Lower(1.0 - q)),
            small => Some(small),
        }
    }

    /// Returns −1 for the lower tail and +1 for the upper one: the direction from the median to the
    /// point.
    pub(super) fn sign(self) -> f64 {
        match self {
            Self::Lower(_) => -1.0,
            Self::Upper(_) => 1.0,
        }
    }

    fn of(self, tails: Tails) -> f64 {
        match self {
            Self::Lower(_) => tails.lower,
            Self::Upper(_) => tails.upper,
        }
    }
}

/// Returns the positive point whose tail is `target`, or the nearest end of the range of floats.
///
/// `evaluate(u)` returns both tails at u and the density with respect to ln u; `start` is a guess.
/// Newton's method is applied to the logarithm of the tail as a function of ln u: for gamma and beta
/// that function is concave, so that the steps converge from every start. A bracket, halved whenever a
/// step leaves it, guards against rounding and against a density that underflows. At most 200
/// evaluations; 6 to 9 are usual, and only a point below the range of floats takes them all.
pub(super) fn invert(
    target: Tail,
    start: f64,
    evaluate: impl Fn(f64) -> Option<(Tails, f64)>,
) -> Option<f64> {
    const EVALUATIONS_MAX: u32 = 200;
    let wanted = target.probability();
    let (mut low, mut high) = (f64::MIN_POSITIVE, f64::MAX);
    let mut u = if start > low && start < high { start } else { 1.0 };
    let mut step_before = f64::INFINITY;
    for _ in 0..EVALUATIONS_MAX {
        let (tails, density) = evaluate(u)?;
        let have = target.of(tails);
        let too_high = (have > wanted) == matches!(target, Tail::Lower(_));
        if too_high {
            high = u;
        } else {
            low = u;
        }
        let step = target.sign() * (have / wanted).ln() * have / density;
        let next = u * step.exp();
        // Converging Newton steps shrink fast: a small step that is not half of the one before is
        // rounding noise.
        let settled = step.abs() < 1e-8 && step.abs() >= 0.5 * step_before.abs();
        if have == wanted || settled || step.abs() < 0.5 * f64::EPSILON {
            return Some(u);
        }
        step_before = step;
        // Bisection in ln u. The product of the ends can overflow, the product of their roots cannot.
        u = if next > low && next < high { next } else { low.sqrt() * high.sqrt() };
    }
    Some(u)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exponential(u: f64) -> (Tails, f64) {
        (Tails { lower: -(-u).exp_m1(), upper: (-u).exp() }, u * (-u).exp())
    }

    #[test]
    fn the_quantile_of_the_exponential_is_found_from_any_start() {
        for start in [1e-300, 1e-3, 1.0, 300.0, 1e300, f64::NAN] {
            let upper = invert(Tail::Upper(1e-3), start, |u| Some(exponential(u))).unwrap();
            assert!((upper / 1e3_f64.ln() - 1.0).abs() < 1e-14, "upper from {start}: {upper}");
            let lower = invert(Tail::Lower(1e-3), start, |u| Some(exponential(u))).unwrap();
            assert!((lower / -(-1e-3_f64).ln_1p() - 1.0).abs() < 1e-14, "lower from {start}: {lower}");
        }
    }

    #[test]
    fn a_probability_outside_the_open_unit_interval_has_no_point() {
        for p in [0.0, 1.0, -0.1, 1.1, f64::NAN] {
            assert!(Tail::Lower(p).smaller().is_none() && Tail::Upper(p).smaller().is_none(), "{p}");
        }
    }
}
