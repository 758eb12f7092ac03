//! Formats a [`Cell`]: for people, rounded and with its unit; for programs, at full precision.

use crate::base::quantity::{YEAR_S, format_duration, format_share, significant};
use crate::base::text::{grouped, printable};
use crate::report::{Cell, Outcome, Table};

/// The text for a missing value, for people.
const MISSING: &str = "—";

/// Formats a cell for people: `1h 30m`, `99.975%`, `12.3/y`. An estimate is written as
/// `value [lower, upper]`, and as `≥ lower` when only a lower bound is known. Text is made printable but
/// still needs the escapes of the format.
pub(crate) fn human(cell: &Cell) -> String {
    let (value, interval) = human_parts(cell);
    if interval.is_empty() { value } else { format!("{value} {interval}") }
}

/// Formats a cell for people in two parts, the value and its interval, so that a table can align both.
pub(crate) fn human_parts(cell: &Cell) -> (String, String) {
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

/// From this magnitude on, a number is written with an exponent, and a time in years.
const LARGEST: f64 = 1e15;

fn human_value(cell: &Cell) -> String {
    match cell {
        Cell::Missing => MISSING.into(),
        Cell::Text(text) => printable(text),
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
    }
}

/// Formats a number with `write` at usual magnitudes and with an exponent at extreme ones.
fn measured(value: f64, unit: &str, write: impl Fn(f64) -> String) -> String {
    const SMALLEST: f64 = 1e-9;
    match value {
        v if v.is_nan() => MISSING.into(),
        v if v.is_infinite() => if v > 0.0 { "∞" } else { "-∞" }.into(),
        v if v != 0.0 && !(SMALLEST..LARGEST).contains(&v.abs()) => format!("{v:.3e}{unit}"),
        // Adding +0 turns -0 into 0.
        v => write(v + 0.0),
    }
}

/// Formats a percentage with one decimal, or with two significant digits when it is below 0.1.
fn percent(hundredths: f64) -> String {
    if hundredths.abs() >= 0.1 || hundredths == 0.0 {
        format!("{hundredths:.1}%")
    } else {
        format!("{}%", significant(hundredths, 2))
    }
}

/// Returns the word for an outcome, for people and build servers.
pub(crate) fn verdict(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Held => "PASS",
        Outcome::Missed => "FAIL",
        Outcome::Inconclusive => "INCONCLUSIVE",
    }
}

/// Formats a cell for programs: the shortest decimal that reads back as the same number. Seconds and
/// shares have no unit. Missing values and NaN are empty. Of an estimate only the value is written; see
/// [`machine_fields`].
///
/// A share is written as the exact decimal 1 − complement. `0.99999999999999999999` keeps all its nines
/// for readers of decimals, even where a 64-bit float would give 1.
pub(crate) fn machine(cell: &Cell) -> String {
    match cell {
        Cell::Missing => String::new(),
        Cell::Text(text) => printable(text),
        Cell::Count(count) => count.to_string(),
        Cell::Number(number) | Cell::Seconds(number) | Cell::Percent(number) | Cell::PerYear(number) => {
            machine_number(*number)
        }
        Cell::ShareByComplement(complement) => machine_share(*complement),
        Cell::Estimate { value, .. } => machine(value),
    }
}

/// Formats a cell for programs as value, lower bound and upper bound. A bound is empty unless the cell
/// is an estimate that has it.
pub(crate) fn machine_fields(cell: &Cell) -> [String; 3] {
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
    // Debug, like Display, writes the shortest digits, but uses an exponent instead of long runs of zeros.
    let text = format!("{value:?}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

/// Formats 1 − `complement` as an exact decimal.
fn machine_share(complement: f64) -> String {
    // Display never uses an exponent, so the digits can be complemented as text.
    let digits = format!("{complement}");
    match digits.strip_prefix("0.") {
        Some(fraction) => format!("0.{}", decimal_complement(fraction)),
        None => machine_number(1.0 - complement),
    }
}

/// Returns the decimals of 1 − 0.`fraction`. They are truncated after forty, because a share below 1
/// must not be written as 1.
fn decimal_complement(fraction: &str) -> String {
    const DIGITS_MAX: usize = 40;
    let nines =
        |digits: &str| digits.bytes().map(|digit| char::from(b'0' + (b'9' - digit))).collect::<String>();
    match fraction.split_at_checked(fraction.len() - 1) {
        _ if fraction.len() > DIGITS_MAX => nines(fraction.get(..DIGITS_MAX).unwrap_or_default()),
        // Subtract the last digit from ten and the others from nine. The shortest decimal never ends in
        // 0, so 10 − d is a single digit.
        Some((head, last)) => nines(head) + &(10 - last.parse::<u8>().unwrap_or(1)).to_string(),
        None => String::new(),
    }
}

/// Returns whether a column of `table` holds figures, which are aligned to the right.
pub(super) fn is_numeric(table: &Table, column: usize) -> bool {
    let cells = table.rows.iter().filter_map(|row| row.cells.get(column));
    let mut cells = cells.filter(|cell| **cell != Cell::Missing).peekable();
    cells.peek().is_some() && cells.all(|cell| !matches!(cell, Cell::Text(_)))
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
    fn values_for_people_are_rounded_and_have_units() {
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
    fn an_estimate_shows_only_the_bounds_that_exist() {
        let (low, mid, high) = (Cell::Seconds(60.0), Cell::Seconds(90.0), Cell::Seconds(120.0));
        let both = estimate(mid.clone(), Some(low.clone()), Some(high.clone()));
        assert_eq!(human(&both), "1m 30s [1m, 2m]");
        assert_eq!(human(&estimate(mid.clone(), Some(low.clone()), None)), "1m 30s [≥ 1m]");
        assert_eq!(human(&estimate(Cell::Missing, Some(low.clone()), None)), "≥ 1m");
        assert_eq!(human(&estimate(Cell::Missing, Some(low), Some(high))), "— [1m, 2m]");
        assert_eq!(human(&estimate(mid, None, None)), "1m 30s");
    }

    #[test]
    fn an_estimate_for_programs_has_three_fields() {
        let cell = estimate(Cell::Number(0.1), Some(Cell::Number(0.0)), None);
        assert_eq!(machine_fields(&cell), ["0.1", "0", ""]);
    }

    #[test]
    fn a_share_for_programs_keeps_every_nine() {
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
        fn a_number_for_programs_reads_back_exactly(value in any::<f64>().prop_filter("a number", |v| !v.is_nan())) {
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
