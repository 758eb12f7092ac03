//! Round values to write at an axis, and how they are written.

use super::ruler::Ruler;
use crate::base::quantity::{DAY_S, YEAR_S, format_duration};
use crate::base::text::{grouped, printable};
use crate::report::AxisUnit;

/// Steps of a vertical axis, more or less.
pub(super) const VERTICAL: usize = 5;
/// Powers of ten that one label each has room for there: readers count nines.
pub(super) const VERTICAL_POWERS: usize = 9;
/// Whatever asks for more gets no more.
const TICKS_MAX: usize = 60;

/// Lengths of time that people count in, in seconds, from one second up to a year.
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
/// One of [`TIMES`] for each power of ten, more or less.
const TIMES_COARSE: &[f64] = &[1.0, 10.0, 60.0, 600.0, 3_600.0, 36_000.0, DAY_S, 10.0 * DAY_S, 100.0 * DAY_S];

/// A value written at an axis.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tick {
    /// Where, from 0 to 1.
    pub(super) place: f64,
    pub(super) label: String,
}

/// Ticks at round values, about `count` of them.
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

/// The step that makes about `count` ticks.
fn step_on(ruler: &Ruler, unit: &AxisUnit, count: usize) -> f64 {
    let length = (ruler.high - ruler.low) / count.max(1) as f64;
    step(unit, length.max(ruler.step_min))
}

/// The round step nearest above `least`: 1, 2 or 5 times a power of ten, or a length of time that people count in.
pub(super) fn step(unit: &AxisUnit, least: f64) -> f64 {
    if *unit != AxisUnit::Seconds || least <= 1.0 {
        return round_above(least);
    }
    if least > 180.0 * DAY_S {
        return YEAR_S * round_above(least / YEAR_S).max(1.0);
    }
    TIMES.iter().copied().find(|time| *time >= least * (1.0 - 1e-9)).unwrap_or(YEAR_S)
}

/// The least of 1, 2 and 5 times a power of ten that is not below `value`, which must be above zero.
pub(super) fn round_above(value: f64) -> f64 {
    let power = exponent(value);
    let candidates = [(1, power), (2, power), (5, power), (1, power + 1)];
    let mut rounds = candidates.iter().map(|(digit, power)| decimal(*digit, *power));
    rounds.find(|round| *round >= value * (1.0 - 1e-9)).unwrap_or(value)
}

/// The greatest of 1, 2 and 5 times a power of ten that is not above `value`, which must be above zero.
pub(super) fn round_below(value: f64) -> f64 {
    let power = exponent(value);
    let rounds = [5, 2, 1].map(|digit| decimal(digit, power));
    rounds.into_iter().find(|round| *round <= value * (1.0 + 1e-9)).unwrap_or(value)
}

/// `digit` · 10^`power`, the float nearest to it: a power that is computed would miss 1e-5 by its last digit.
fn decimal(digit: u32, power: i32) -> f64 {
    format!("{digit}e{power}").parse().unwrap_or(f64::NAN)
}

/// The power of ten of a value; of zero one that is below all others.
fn exponent(value: f64) -> i32 {
    const LEAST: f64 = -330.0;
    (value.abs().log10() + 1e-9).floor().max(LEAST) as i32
}

/// The multiples of `step` on the ruler.
fn multiples(ruler: &Ruler, step: f64) -> Vec<f64> {
    let first = (ruler.low / step - 1e-9).ceil();
    let last = (ruler.high / step + 1e-9).floor();
    let count = ((last - first).max(-1.0) + 1.0).min(TICKS_MAX as f64) as usize;
    // Of a fraction the quotient is nearer to the decimal than the product: 3 / 10 and not 3 · 0.1.
    let per_one = (1.0 / step).round();
    let exact = step < 1.0 && (per_one * step - 1.0).abs() < 1e-9 && per_one < 1e15;
    let value = |i: usize| {
        if exact { (first + i as f64) / per_one } else { (first + i as f64) * step }
    };
    (0..count).map(value).collect()
}

/// Round values of a logarithmic ruler, each with the step that its last digit stands for.
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
            let every = powers.div_ceil(count.max(1) + 1);
            coarse.into_iter().rev().step_by(every).map(own).collect()
        }
    };
    let mut values: Vec<(f64, f64)> = zero.into_iter().chain(chosen).collect();
    values.sort_by(|a, b| a.0.total_cmp(&b.0));
    values
}

fn powers(ruler: &Ruler, unit: &AxisUnit) -> Vec<f64> {
    let range = exponent(ruler.low)..=exponent(ruler.high) + 1;
    if *unit != AxisUnit::Seconds {
        return range.map(|power| decimal(1, power)).collect();
    }
    let below = (exponent(ruler.low)..0).map(|power| decimal(1, power));
    let years = (0..=exponent((ruler.high / YEAR_S).max(1.0))).map(|power| YEAR_S * decimal(1, power));
    below.chain(TIMES_COARSE.iter().copied()).chain(years).collect()
}

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

/// A value at an axis with the digits that a step of `step` needs, and no more.
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

/// 1 − `complement`. Exactly 100% where nothing is missing, and only there.
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
