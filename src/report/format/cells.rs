//! How a [`Cell`] is written: for people, rounded and with its unit; for machines, in full.

use crate::base::quantity::{YEAR_S, format_duration, format_share, significant};
use crate::base::text::{grouped, printable};
use crate::report::{Cell, Outcome, Table};

/// What people read where nothing is known.
pub const MISSING: &str = "—";

/// A cell for people: `1h 30m`, `99.975%`, `12.3/y`. An estimate reads `value [lower, upper]`, and `≥ lower` when
/// only a lower bound is known. Text is made printable; it still needs the format's own escapes.
pub fn human(cell: &Cell) -> String {
    let (value, interval) = human_parts(cell);
    if interval.is_empty() { value } else { format!("{value} {interval}") }
}

/// A cell for people in two parts, the value and its interval, so that a table can align both.
pub fn human_parts(cell: &Cell) -> (String, String) {
    let Cell::Estimate { value, lower, upper } = cell else {
        return (human_value(cell), String::new());
    };
    let bounds = match (lower.as_deref().map(human_value), upper.as_deref().map(human_value)) {
        (Some(lower), Some(upper)) => format!("{lower}, {upper}"),
        (Some(lower), None) => format!("≥ {lower}"),
        (None, Some(upper)) => format!("≤ {upper}"),
        (None, None) => return (human_value(value), String::new()),
    };
    let two_sided = lower.is_some() && upper.is_some();
    match (**value == Cell::Missing, two_sided) {
        (true, false) => (bounds, String::new()),
        (missing, _) => (if missing { MISSING.into() } else { human_value(value) }, format!("[{bounds}]")),
    }
}

/// Beyond this a number is written with its exponent, and a time in years.
const LARGEST: f64 = 1e15;

fn human_value(cell: &Cell) -> String {
    match cell {
        Cell::Missing => MISSING.into(),
        Cell::Text(text) | Cell::Instant(text) => printable(text),
        Cell::Count(count) => grouped(*count),
        Cell::Number(number) => measured(*number, "", |v| significant(v, 4)),
        Cell::Seconds(seconds) if seconds.is_finite() && seconds.abs() >= LARGEST => {
            format!("{:.3e}y", seconds / YEAR_S)
        }
        Cell::Seconds(seconds) => measured(*seconds, "s", format_duration),
        Cell::ShareByComplement(complement) => format_share(*complement),
        Cell::Percent(share) => measured(*share * 100.0, "%", percent),
        Cell::PerYear(rate) => measured(*rate, "/y", |v| format!("{}/y", significant(v, 3))),
        Cell::Estimate { value, .. } => human_value(value),
        Cell::Outcome(outcome) => verdict(*outcome).into(),
    }
}

/// `write` for the magnitudes that people meet; beyond them the exponent, since 300 digits help nobody.
fn measured(value: f64, unit: &str, write: impl Fn(f64) -> String) -> String {
    const SMALLEST: f64 = 1e-9;
    match value {
        v if v.is_nan() => MISSING.into(),
        v if v.is_infinite() => if v > 0.0 { "∞" } else { "-∞" }.into(),
        v if v != 0.0 && !(SMALLEST..LARGEST).contains(&v.abs()) => format!("{v:.3e}{unit}"),
        // -0 reads as 0.
        v => write(v + 0.0),
    }
}

/// One digit after the point, and two digits of what is less.
fn percent(hundredths: f64) -> String {
    if hundredths.abs() >= 0.1 || hundredths == 0.0 {
        format!("{hundredths:.1}%")
    } else {
        format!("{}%", significant(hundredths, 2))
    }
}

/// The word for an outcome that people and build servers look for.
pub fn verdict(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Held => "PASS",
        Outcome::Missed => "FAIL",
        Outcome::Inconclusive => "INCONCLUSIVE",
    }
}

/// A cell for machines: the shortest decimal that reads back as the same number, seconds and shares without a unit,
/// nothing where the value is missing or not a number. Of an estimate the value alone: see [`machine_fields`].
///
/// A share is written as the exact decimal 1 − complement, so that `0.99999999999999999999` keeps all its nines for
/// readers of decimals even where a 64-bit float would give 1.
pub fn machine(cell: &Cell) -> String {
    match cell {
        Cell::Missing => String::new(),
        Cell::Text(text) | Cell::Instant(text) => printable(text),
        Cell::Count(count) => count.to_string(),
        Cell::Number(number) | Cell::Seconds(number) | Cell::Percent(number) | Cell::PerYear(number) => {
            machine_number(*number)
        }
        Cell::ShareByComplement(complement) => machine_share(*complement),
        Cell::Estimate { value, .. } => machine(value),
        Cell::Outcome(outcome) => outcome.name().into(),
    }
}

/// A cell for machines as value, lower and upper bound. The bounds are empty unless it is an estimate that has them.
pub fn machine_fields(cell: &Cell) -> [String; 3] {
    let (lower, upper) = match cell {
        Cell::Estimate { lower, upper, .. } => (lower.as_deref(), upper.as_deref()),
        _ => (None, None),
    };
    [machine(cell), lower.map(machine).unwrap_or_default(), upper.map(machine).unwrap_or_default()]
}

fn machine_number(value: f64) -> String {
    if value.is_nan() {
        return String::new();
    }
    // Debug and not Display: the shortest digits too, but with an exponent where the zeros would go on and on.
    let text = format!("{value:?}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

fn machine_share(complement: f64) -> String {
    let digits = format!("{complement}");
    match digits.strip_prefix("0.") {
        Some(fraction) => format!("0.{}", decimal_complement(fraction)),
        None => machine_number(1.0 - complement),
    }
}

/// The digits after the point of 1 − 0.`fraction`, rounded down after forty: an availability must not become 1.
fn decimal_complement(fraction: &str) -> String {
    const DIGITS_MAX: usize = 40;
    let nines =
        |digits: &str| digits.bytes().map(|digit| char::from(b'0' + (b'9' - digit))).collect::<String>();
    match fraction.split_at_checked(fraction.len() - 1) {
        _ if fraction.len() > DIGITS_MAX => nines(fraction.get(..DIGITS_MAX).unwrap_or_default()),
        // The shortest decimal never ends in 0, so the last digit borrows from nobody: 10 − d is a digit.
        Some((head, last)) => nines(head) + &(10 - last.parse::<u8>().unwrap_or(1)).to_string(),
        None => String::new(),
    }
}

/// Whether a column of `table` holds figures, which are aligned to the right.
pub(super) fn is_numeric(table: &Table, column: usize) -> bool {
    let mut cells =
        table.rows.iter().filter_map(|row| row.cells.get(column)).filter(|cell| **cell != Cell::Missing);
    let first = cells.next();
    first.is_some() && first.into_iter().chain(cells).all(is_figure)
}

fn is_figure(cell: &Cell) -> bool {
    !matches!(cell, Cell::Text(_) | Cell::Instant(_) | Cell::Outcome(_))
}

#[cfg(test)]
mod tests {
    use super::{human, machine, machine_fields};
    use crate::report::Cell;
    use proptest::prelude::*;

    fn estimate(value: Cell, lower: Option<Cell>, upper: Option<Cell>) -> Cell {
        Cell::Estimate { value: Box::new(value), lower: lower.map(Box::new), upper: upper.map(Box::new) }
    }

    #[test]
    fn people_read_rounded_values_with_their_units() {
        for (cell, text) in [
            (Cell::Missing, "—"),
            (Cell::Count(23_739), "23,739"),
            (Cell::Seconds(5400.0), "1h 30m"),
            (Cell::Percent(-0.325), "-32.5%"),
            (Cell::Percent(-0.0), "0.0%"),
            (Cell::Percent(0.000_346), "0.035%"),
            (Cell::Percent(-1e-6), "-0.0001%"),
            (Cell::PerYear(12.34), "12.3/y"),
            (Cell::Number(f64::NAN), "—"),
            (Cell::Seconds(f64::INFINITY), "∞"),
            (Cell::Seconds(1e300), "3.169e292y"),
            (Cell::text("a\u{1b}[2J"), "a\\u{1b}[2J"),
        ] {
            assert_eq!(human(&cell), text);
        }
    }

    #[test]
    fn an_estimate_shows_the_bounds_it_has() {
        let (low, mid, high) = (Cell::Seconds(60.0), Cell::Seconds(90.0), Cell::Seconds(120.0));
        let both = estimate(mid.clone(), Some(low.clone()), Some(high.clone()));
        assert_eq!(human(&both), "1m 30s [1m, 2m]");
        assert_eq!(human(&estimate(mid.clone(), Some(low.clone()), None)), "1m 30s [≥ 1m]");
        assert_eq!(human(&estimate(Cell::Missing, Some(low.clone()), None)), "≥ 1m");
        assert_eq!(human(&estimate(Cell::Missing, Some(low), Some(high))), "— [1m, 2m]");
        assert_eq!(human(&estimate(mid, None, None)), "1m 30s");
    }

    #[test]
    fn machines_read_an_estimate_as_three_fields() {
        let cell = estimate(Cell::Number(0.1), Some(Cell::Number(0.0)), None);
        assert_eq!(machine_fields(&cell), ["0.1", "0", ""]);
    }

    #[test]
    fn a_share_for_machines_keeps_every_nine() {
        for (complement, text) in [
            (0.0, "1"),
            (1.0, "0"),
            (0.001, "0.999"),
            (0.25, "0.75"),
            (1e-20, "0.99999999999999999999"),
            (1e-300, "0.9999999999999999999999999999999999999999"),
            (f64::NAN, ""),
        ] {
            assert_eq!(machine(&Cell::ShareByComplement(complement)), text);
        }
    }

    proptest! {
        #[test]
        fn a_number_for_machines_reads_back_exactly(value in any::<f64>().prop_filter("a number", |v| !v.is_nan())) {
            prop_assert_eq!(machine(&Cell::Number(value)).parse::<f64>().unwrap(), value);
        }

        #[test]
        fn no_complement_above_zero_is_written_as_one(exponent in -300.0..0.0_f64) {
            let cell = Cell::ShareByComplement(10_f64.powf(exponent));
            prop_assert!(machine(&cell).starts_with("0."));
            prop_assert!(!human(&cell).starts_with("100"));
        }
    }
}
