//! Round values, and the round steps between the ticks of an axis.

use crate::base::quantity::{DAY_S, YEAR_S};
use crate::report::AxisUnit;

/// The approximate number of steps of a vertical axis.
pub(super) const VERTICAL: usize = 5;

/// Round durations, from one second up to half a year: multiples of units in seconds.
const TIMES: &[(f64, &[f64])] = &[
    (1.0, &[1.0, 2.0, 5.0, 10.0, 20.0, 30.0]),
    (60.0, &[1.0, 2.0, 5.0, 10.0, 20.0, 30.0]),
    (3_600.0, &[1.0, 2.0, 3.0, 6.0, 12.0]),
    (DAY_S, &[1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 90.0, 180.0]),
];

/// Returns the round durations in seconds, from one second up to half a year, ascending.
pub(super) fn times() -> impl Iterator<Item = f64> {
    TIMES.iter().flat_map(|(unit_s, counts)| counts.iter().map(move |count| count * unit_s))
}

/// Returns the smallest round step that is not below `least`: 1, 2 or 5 times a power of ten, or a round
/// duration.
pub(super) fn step(unit: &AxisUnit, least: f64) -> f64 {
    if *unit != AxisUnit::Seconds || least <= 1.0 {
        return round_above(least);
    }
    if least > 180.0 * DAY_S {
        return YEAR_S * round_above(least / YEAR_S).max(1.0);
    }
    times().find(|time| *time >= least * (1.0 - 1e-9)).unwrap_or(YEAR_S)
}

/// Returns the smallest 1, 2 or 5 times a power of ten that is not below `value`, which must be above zero.
pub(super) fn round_above(value: f64) -> f64 {
    let power = exponent(value);
    let candidates = [(1, power), (2, power), (5, power), (1, power + 1)];
    let mut rounds = candidates.iter().map(|(digit, power)| decimal(*digit, *power));
    rounds.find(|round| *round >= value * (1.0 - 1e-9)).unwrap_or(value)
}

/// Returns the largest 1, 2 or 5 times a power of ten that is not above `value`, which must be above zero.
pub(super) fn round_below(value: f64) -> f64 {
    let power = exponent(value);
    let rounds = [5, 2, 1].map(|digit| decimal(digit, power));
    rounds.into_iter().find(|round| *round <= value * (1.0 + 1e-9)).unwrap_or(value)
}

/// Returns the float nearest to `digit` · 10^`power`. Parsing is exact; a computed power would miss 1e-5
/// by the last bit.
pub(super) fn decimal(digit: u32, power: i32) -> f64 {
    format!("{digit}e{power}").parse().unwrap_or(f64::NAN)
}

/// Returns the decimal exponent of a value; for zero an exponent below that of any float.
pub(super) fn exponent(value: f64) -> i32 {
    // log10(0) is −∞, which would saturate to i32::MIN and overflow when negated.
    const LEAST: f64 = -330.0;
    // log10 of a power of ten may come out just below the integer.
    (value.abs().log10() + 1e-9).floor().max(LEAST) as i32
}
