//! Chooses round values to label an axis with, and formats them.

use super::ruler::Ruler;
use crate::base::quantity::{DAY_S, YEAR_S, format_duration};
use crate::base::text::{grouped, printable};
use crate::report::AxisUnit;

/// The approximate number of steps of a vertical axis.
pub(super) const VERTICAL: usize = 5;
/// The number of powers of ten on a vertical axis up to which each gets a label, so that readers can
/// count nines.
pub(super) const VERTICAL_POWERS: usize = 9;
/// The largest number of ticks of an axis.
const TICKS_MAX: usize = 60;

/// Round durations in seconds, from one second up to half a year.
const TIMES: &[f64] = &[
    1.0,
    2.0,
    5.0,
    10.0,
    20.0,
    30.0,
    60.0,
    120.0,
    300.0,
    600.0,
    1_200.0,
    1_800.0,
    3_600.0,
    7_200.0,
    10_800.0,
    21_600.0,
    43_200.0,
    DAY_S,
    2.0 * DAY_S,
    5.0 * DAY_S,
    10.0 * DAY_S,
    20.0 * DAY_S,
    30.0 * DAY_S,
    60.0 * DAY_S,
    90.0 * DAY_S,
    180.0 * DAY_S,
];
/// Round durations in seconds, about one for each power of ten.
const TIMES_COARSE: &[f64] = &[1.0, 10.0, 60.0, 600.0, 3_600.0, 36_000.0, DAY_S, 10.0 * DAY_S, 100.0 * DAY_S];

/// A labelled value of an axis.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tick {
    /// The place along the axis, from 0 to 1.
    pub(super) place: f64,
    pub(super) label: String,
}

/// Returns about `count` ticks at round values.
pub(super) fn ticks(ruler: &Ruler, unit: &AxisUnit, count: usize) -> Vec<Tick> {
    if let AxisUnit::Categories(names) = unit {
        return of_names(ruler, names);
    }
    let labelled = if ruler.log {
        log_values(ruler, unit, count)
    } else {
        let step = step_on(ruler, unit, count);
        multiples(ruler, step).into_iter().map(|value| (value, step)).collect()
    };
    let tick = |(value, step): (f64, f64)| {
        Some(Tick { place: ruler.place(value)?, label: label(unit, value, step) })
    };
    labelled.into_iter().filter_map(tick).collect()
}

fn of_names(ruler: &Ruler, names: &[String]) -> Vec<Tick> {
    let tick =
        |(i, name): (usize, &String)| Some(Tick { place: ruler.place(i as f64)?, label: printable(name) });
    names.iter().enumerate().filter_map(tick).collect()
}

/// Returns the step that gives about `count` ticks.
fn step_on(ruler: &Ruler, unit: &AxisUnit, count: usize) -> f64 {
    let length = (ruler.high - ruler.low) / count.max(1) as f64;
    step(unit, length.max(ruler.step_min))
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
    TIMES.iter().copied().find(|time| *time >= least * (1.0 - 1e-9)).unwrap_or(YEAR_S)
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
fn decimal(digit: u32, power: i32) -> f64 {
    format!("{digit}e{power}").parse().unwrap_or(f64::NAN)
}

/// Returns the decimal exponent of a value; for zero an exponent below that of any float.
fn exponent(value: f64) -> i32 {
    // log10(0) is −∞, which would saturate to i32::MIN and overflow when negated.
    const LEAST: f64 = -330.0;
    // log10 of a power of ten may come out just below the integer.
    (value.abs().log10() + 1e-9).floor().max(LEAST) as i32
}

/// Returns the multiples of `step` on the ruler.
fn multiples(ruler: &Ruler, step: f64) -> Vec<f64> {
    let first = (ruler.low / step - 1e-9).ceil();
    let last = (ruler.high / step + 1e-9).floor();
    let count = ((last - first).max(-1.0) + 1.0).min(TICKS_MAX as f64) as usize;
    // For a step such as 0.1, the quotient 3 / 10 is the float nearest to 0.3, and the product 3 · 0.1
    // is not.
    let per_one = (1.0 / step).round();
    let exact = step < 1.0 && (per_one * step - 1.0).abs() < 1e-9 && per_one < 1e15;
    let value = |i: usize| {
        if exact { (first + i as f64) / per_one } else { (first + i as f64) * step }
    };
    (0..count).map(value).collect()
}

/// Returns round values on a logarithmic ruler, each with the step that decides its number of digits.
///
/// A short axis gets 1, 2 and 5 times powers of ten, a very short one the multiples of a linear step,
/// and a long one every n-th power of ten.
fn log_values(ruler: &Ruler, unit: &AxisUnit, count: usize) -> Vec<(f64, f64)> {
    let inside = |value: &f64| (ruler.low * (1.0 - 1e-9)..=ruler.high * (1.0 + 1e-9)).contains(value);
    let own =
        |value: f64| (value, if *unit == AxisUnit::Seconds { value } else { decimal(1, exponent(value)) });
    let coarse: Vec<f64> = powers(ruler, unit).into_iter().filter(inside).collect();
    let fine: Vec<f64> = finer(ruler, unit).into_iter().filter(inside).collect();
    let zero = ruler.zero_lane.then_some((0.0, 1.0));
    let chosen: Vec<(f64, f64)> = match (coarse.len(), fine.len()) {
        (..3, 2..) if fine.len() <= count.max(3) * 2 => fine.into_iter().map(own).collect(),
        (..2, _) => {
            let step = step_on(ruler, unit, count);
            multiples(ruler, step)
                .into_iter()
                .filter(|value| *value > 0.0)
                .map(|value| (value, step))
                .collect()
        }
        (powers, _) => {
            // Count from the largest power, so that it always has a label.
            let every = powers.div_ceil(count.max(1) + 1);
            coarse.into_iter().rev().step_by(every).map(own).collect()
        }
    };
    let mut values: Vec<(f64, f64)> = zero.into_iter().chain(chosen).collect();
    values.sort_by(|a, b| a.0.total_cmp(&b.0));
    values
}

/// Returns the powers of ten, or the coarse round durations, that may lie on the ruler.
fn powers(ruler: &Ruler, unit: &AxisUnit) -> Vec<f64> {
    let range = exponent(ruler.low)..=exponent(ruler.high) + 1;
    if *unit != AxisUnit::Seconds {
        return range.map(|power| decimal(1, power)).collect();
    }
    let below = (exponent(ruler.low)..0).map(|power| decimal(1, power));
    let years = (0..=exponent((ruler.high / YEAR_S).max(1.0))).map(|power| YEAR_S * decimal(1, power));
    below.chain(TIMES_COARSE.iter().copied()).chain(years).collect()
}

/// Returns 1, 2 and 5 times powers of ten, or all round durations, that may lie on the ruler.
fn finer(ruler: &Ruler, unit: &AxisUnit) -> Vec<f64> {
    let digits = |range: std::ops::RangeInclusive<i32>, one: f64| {
        range.flat_map(move |power| [1, 2, 5].map(|digit| one * decimal(digit, power))).collect::<Vec<_>>()
    };
    if *unit != AxisUnit::Seconds {
        return digits(exponent(ruler.low)..=exponent(ruler.high), 1.0);
    }
    let below = digits(exponent(ruler.low)..=-1, 1.0);
    let years = digits(0..=exponent((ruler.high / YEAR_S).max(1.0)), YEAR_S);
    below.into_iter().chain(TIMES.iter().copied()).chain(years).collect()
}

/// Formats a value of an axis with just the digits that `step` needs.
pub(super) fn label(unit: &AxisUnit, value: f64, step: f64) -> String {
    match unit {
        AxisUnit::Seconds => duration(value, step),
        AxisUnit::Share => percent(value * 100.0, step * 100.0),
        AxisUnit::ShareByComplement => share(value, step),
        AxisUnit::Number | AxisUnit::Categories(_) => number(value, step),
    }
}

fn duration(seconds: f64, step: f64) -> String {
    let counted =
        |unit_s: f64, unit: &str| format!("{}{unit}", number(seconds / unit_s, (step / unit_s).min(1.0)));
    match step {
        _ if seconds == 0.0 => "0s".into(),
        s if s >= YEAR_S => counted(YEAR_S, "y"),
        s if s >= DAY_S => counted(DAY_S, "d"),
        _ => format_duration(seconds),
    }
}

/// Formats the share 1 − `complement`. Only a complement of zero is written as 100%.
fn share(complement: f64, step: f64) -> String {
    const DECIMALS_MAX: i32 = 9;
    if complement > 0.0 && -exponent(step) - 2 > DECIMALS_MAX {
        return format!("1 − {}", number(complement, step));
    }
    percent((1.0 - complement) * 100.0, step * 100.0)
}

fn percent(hundredths: f64, step: f64) -> String {
    if hundredths == 100.0 || hundredths == 0.0 {
        return format!("{hundredths}%");
    }
    number(hundredths, step) + "%"
}

fn number(value: f64, step: f64) -> String {
    const LARGEST: f64 = 1e6;
    const DECIMALS_MAX: usize = 5;
    let decimals = usize::try_from(-exponent(step)).unwrap_or(0);
    match value {
        0.0 => "0".into(),
        v if v.abs() >= LARGEST || v.abs() < 1.0 && decimals > DECIMALS_MAX => {
            let digits = usize::try_from(exponent(v) - exponent(step)).unwrap_or(0).min(15);
            format!("{v:.digits$e}")
        }
        v if decimals == 0 && v >= 1_000.0 => grouped(v.round() as u64),
        v => format!("{v:.decimals$}"),
    }
}
