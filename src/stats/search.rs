//! Finds by bisection where a condition begins to hold, without a first guess.

/// Returns the least number in \[low, high\] at which `holds`, for a condition that holds from some point
/// on; `high` where it holds nowhere below. `None` if `holds` has no answer.
pub(crate) fn least(low: u64, high: u64, holds: impl Fn(u64) -> Option<bool>) -> Option<u64> {
    let (mut below, mut above) = (low, high);
    // Invariant: the result lies in [below, above].
    while below < above {
        let middle = below.midpoint(above);
        if holds(middle)? {
            above = middle;
        } else {
            below = middle + 1;
        }
    }
    Some(above)
}

/// Returns the least float in \[low, high\] at which `holds`, for a condition that holds from some point
/// on; `high` where it holds nowhere below.
///
/// Bisects the order of all floats, so that 64 steps find the exact float, at a jump or a crossing, over
/// any number of orders of magnitude.
pub(crate) fn least_float(low: f64, high: f64, holds: impl Fn(f64) -> bool) -> f64 {
    // Adding +0 turns −0 into 0.
    let found = least(place(low + 0.0), place(high), |place| Some(holds(float(place))));
    found.map_or(high, float)
}

const SIGN: u64 = 1 << 63;

/// Returns the place of a float in the order of all floats. Floats store sign and magnitude, so that the
/// order of the negative ones is the reverse of that of their bits.
fn place(value: f64) -> u64 {
    let bits = value.to_bits();
    if bits < SIGN { bits | SIGN } else { !bits }
}

/// Returns the float at a place: the inverse of [`place`].
fn float(place: u64) -> f64 {
    f64::from_bits(if place < SIGN { !place } else { place & !SIGN })
}

#[cfg(test)]
mod tests {
    use super::least_float;

    #[test]
    fn a_jump_is_found_exactly() {
        for jump in [0.0, 5e-324, 1e-300, 1.0, 3.5, f64::MAX] {
            assert_eq!(least_float(0.0, f64::INFINITY, |x| x >= jump), jump);
            assert_eq!(least_float(f64::NEG_INFINITY, f64::INFINITY, |x| x >= -jump), -jump);
        }
    }

    #[test]
    fn where_nothing_holds_the_upper_end_is_the_answer() {
        assert_eq!(least_float(1.0, 2.0, |_| false), 2.0);
    }
}
