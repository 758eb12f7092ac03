//! Inverts monotone functions by bisection over floats, without a first guess.

/// Returns the least float in \[low, high\] at which `holds`, for a condition that holds from some point
/// on; `high` where it holds nowhere below. Needs 0 ≤ low ≤ high.
///
/// Bisects the bit patterns: non-negative floats are ordered as their bits are, so that 64 steps find
/// the exact float, at a jump or a crossing, over any number of orders of magnitude.
pub(super) fn least_float(low: f64, high: f64, holds: impl Fn(f64) -> bool) -> f64 {
    let (mut below, mut above) = (low.max(0.0).to_bits(), high.max(0.0).to_bits());
    // Invariant: the result lies in [below, above].
    while below < above {
        let middle = below + (above - below) / 2;
        if holds(f64::from_bits(middle)) {
            above = middle;
        } else {
            below = middle + 1;
        }
    }
    f64::from_bits(above)
}

#[cfg(test)]
mod tests {
    use super::least_float;

    #[test]
    fn a_jump_is_found_exactly() {
        for jump in [0.0, 5e-324, 1e-300, 1.0, 3.5, f64::MAX] {
            assert_eq!(least_float(0.0, f64::INFINITY, |x| x >= jump), jump);
        }
    }

    #[test]
    fn where_nothing_holds_the_upper_end_is_the_answer() {
        assert_eq!(least_float(1.0, 2.0, |_| false), 2.0);
    }
}
