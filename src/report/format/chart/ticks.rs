//! Chooses round values to label an axis with, and formats them.

use super::ruler::Ruler;
use super::steps::{decimal, exponent, step, times};
use crate::base::quantity::{DAY_S, YEAR_S, format_duration};
use crate::base::text::{grouped, printable};
use crate::report::AxisUnit;

/// The largest number of ticks of an axis.
const TICKS_MAX: usize = 60;

/// Round durations in seconds, about one for each power of ten.
const TIMES_COARSE: &[f64] = &[1.0, 10.0, 60.0, 600.0, 3_600.0, 36_000.0, DAY_S, 10.0 * DAY_S, 100.0 * DAY_S];

/// A labelled value of an axis.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tick {
    /// The place along the axis, from 0 to 1.
    pub(super) place: f64,
    pub(super) label: String,
}

impl Tick {
    /// Returns the column of the tick when the axis has this many.
    pub(super) fn column(&self, columns: usize) -> usize {
        ((self.place * columns as f64) as usize).min(columns - 1)
    }
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
        multiples(ruler, step).map(|value| (value, step)).collect()
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

/// Returns the multiples of `step` on the ruler.
fn multiples(ruler: &Ruler, step: f64) -> impl Iterator<Item = f64> {
    let first = (ruler.low / step - 1e-9).ceil();
    let last = (ruler.high / step + 1e-9).floor();
    let count = ((last - first).max(-1.0) + 1.0).min(TICKS_MAX as f64) as usize;
    // For a step such as 0.1, the quotient 3 / 10 is the float nearest to 0.3, and the product 3 · 0.1
    // is not.
    let per_one = (1.0 / step).round();
    let exact = step < 1.0 && (per_one * step - 1.0).abs() < 1e-9 && per_one < 1e15;
    (0..count).map(move |i| if exact { (first + i as f64) / per_one } else { (first + i as f64) * step })
}

/// Returns round values on a logarithmic ruler, each with the step that decides its number of digits.
///
/// A short axis gets 1, 2 and 5 times powers of ten, a very short one the multiples of a linear step,
/// and a long one every n-th power of ten.
fn log_values(ruler: &Ruler, unit: &AxisUnit, count: usize) -> Vec<(f64, f64)> {
    let own =
        |value: f64| (value, if *unit == AxisUnit::Seconds { value } else { decimal(1, exponent(value)) });
    let coarse = rounds(ruler, unit, &[1], TIMES_COARSE.iter().copied());
    let fine = rounds(ruler, unit, &[1, 2, 5], times());
    let mut values: Vec<(f64, f64)> = match (coarse.len(), fine.len()) {
        (..3, 2..) if fine.len() <= count.max(3) * 2 => fine.into_iter().map(own).collect(),
        (..2, _) => {
            let step = step_on(ruler, unit, count);
            multiples(ruler, step).filter(|value| *value > 0.0).map(|value| (value, step)).collect()
        }
        (powers, _) => {
            // Count from the largest power, so that it always has a label.
            let every = powers.div_ceil(count.max(1) + 1);
            coarse.into_iter().rev().step_by(every).map(own).collect()
        }
    };
    values.extend(ruler.zero_lane.then_some((0.0, 1.0)));
    values.sort_by(|a, b| a.0.total_cmp(&b.0));
    values
}

/// Returns the round values on the ruler: `digits` times powers of ten, of a second or a year if the unit is
/// seconds, with `times` between the two.
fn rounds(ruler: &Ruler, unit: &AxisUnit, digits: &[u32], times: impl Iterator<Item = f64>) -> Vec<f64> {
    let inside = |value: &f64| (ruler.low * (1.0 - 1e-9)..=ruler.high * (1.0 + 1e-9)).contains(value);
    let of_powers = |powers: std::ops::RangeInclusive<i32>, one: f64| {
        powers.flat_map(move |power| digits.iter().map(move |digit| one * decimal(*digit, power)))
    };
    let (low, high) = (exponent(ruler.low), exponent(ruler.high));
    if *unit != AxisUnit::Seconds {
        return of_powers(low..=high, 1.0).filter(inside).collect();
    }
    let years = of_powers(0..=exponent((ruler.high / YEAR_S).max(1.0)), YEAR_S);
    of_powers(low..=-1, 1.0).chain(times).chain(years).filter(inside).collect()
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
