//! The length of an incident, as logs write it.

use super::field::{Cells, Field, Record};
use super::plan::{Plan, duration_of};
use super::timestamp::is_missing;
use super::{ReadOptions, Services, shape};
use crate::availability::evidence::Shape;
use crate::base::quantity::{YEAR_S, format_duration, parse_duration};

/// The greatest length of an incident: a hundred years, in seconds.
const LENGTH_S_MAX: f64 = 100.0 * YEAR_S;

const HOUR_S: f64 = 3_600.0;

const DAY_S: f64 = 24.0 * HOUR_S;

/// Parses the length of an incident: a number of the given unit, or a text with its unit such as `1h 30m`,
/// `1:30:00`, `1 day, 2:00:00` or `P1DT1H30M`. Returns seconds.
///
/// # Errors
///
/// Returns why the text is no length, or no possible one.
pub(super) fn parse_length(cell: &[u8], unit_s: Option<f64>) -> Result<f64, String> {
    let text = String::from_utf8_lossy(cell);
    let length_s = match unit_s {
        Some(unit_s) => parse_number(&text)? * unit_s,
        None => parse_with_unit(&text.to_lowercase())?,
    };
    let is_possible = length_s <= LENGTH_S_MAX;
    is_possible.then_some(length_s).ok_or_else(|| "longer than a hundred years".to_owned())
}

fn parse_number(text: &str) -> Result<f64, String> {
    if has_thousands(text) {
        return Err(
            "a comma and three digits can be thousands or a fraction; write the number without it".into()
        );
    }
    let number = text.replace(',', ".").parse::<f64>().ok();
    number.filter(|number| number.is_finite() && *number >= 0.0).ok_or_else(|| "not a number".to_owned())
}

fn parse_with_unit(text: &str) -> Result<f64, String> {
    if let Some(clock_s) = parse_clock(text).or_else(|| parse_days_and_clock(text)) {
        return Ok(clock_s);
    }
    if text.parse::<f64>().is_ok() {
        return Err("has no unit; name the column with --columns duration_s=…, duration_min=…, \
                    duration_h=… or duration_ms=…"
            .into());
    }
    let plain = match text.strip_prefix('p') {
        // ISO 8601: the letter T stands between days and hours.
        Some(iso) => iso.replacen('t', " ", 1),
        None => text.replace(',', " "),
    };
    parse_duration(&plain)
}

/// Whether a number has a comma that may separate thousands, as `1,234`.
fn has_thousands(text: &str) -> bool {
    let (whole, rest) = text.split_once(',').unwrap_or((text, ""));
    let digits = rest.split([',', '.']).next().unwrap_or_default();
    digits.len() == 3 && whole != "0" && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// Parses `h:mm:ss`. Rejects two numbers, which could be `h:mm` or `mm:ss`.
fn parse_clock(text: &str) -> Option<f64> {
    let parts: Vec<&str> = text.split(':').collect();
    let [hours, minutes, seconds] = parts.as_slice() else { return None };
    let below_60 = |text: &str| text.parse::<f64>().ok().filter(|number| (0.0..60.0).contains(number));
    Some(f64::from(hours.parse::<u32>().ok()?) * HOUR_S + below_60(minutes)? * 60.0 + below_60(seconds)?)
}

/// Parses `1 day, 2:00:00` and `2 days 03:00:00`.
fn parse_days_and_clock(text: &str) -> Option<f64> {
    let (days, rest) = text.split_once(" day")?;
    let clock = rest.strip_prefix('s').unwrap_or(rest).trim_start_matches([',', ' ']);
    Some(f64::from(days.trim().parse::<u32>().ok()?) * DAY_S + parse_clock(clock)?)
}

/// Returns a warning about the first row whose length is not that from its start to its end.
pub(super) fn contradiction<R: AsRef<[Record]>>(
    records: impl FnOnce() -> R,
    plan: &Plan,
    options: &ReadOptions,
    has: impl Fn(Field) -> bool,
) -> Option<String> {
    if plan.shape != Shape::Incidents || options.services != Services::Optional {
        return None;
    }
    let (field, unit_s) = duration_of(&has).filter(|_| has(Field::End))?;
    let records = records();
    records.as_ref().iter().take(shape::ROWS).find_map(|record| {
        let cell = record.cell(field).trim_ascii();
        let stated_s = parse_length(cell, unit_s).ok().filter(|_| !is_missing(cell))?;
        let span_s =
            (plan.instant(Field::End, record)?.0 - plan.instant(Field::Start, record)?.0) as f64 / 1e6;
        let is_rounded = (stated_s - span_s).abs() <= ROUNDING_S.max(ROUNDING * span_s.abs());
        (!is_rounded).then(|| {
            format!(
                "`{}` is not the time from start to end: {} where that is {}; the end counts, and gates are \
                 inconclusive; say which of the two to leave out: --columns {}=- or --columns end=-",
                field.name(),
                format_duration(stated_s),
                format_duration(span_s),
                field.name(),
            )
        })
    })
}

/// The difference in seconds, and as a share, that rounding may make between a length and its start and end.
const ROUNDING_S: f64 = 90.0;
const ROUNDING: f64 = 0.05;

#[cfg(test)]
mod tests {
    use super::parse_length;

    #[test]
    fn lengths_are_read_as_logs_write_them() {
        for (text, expected_s) in [
            ("1h 30m", 5_400.0),
            ("01:30:00", 5_400.0),
            ("PT1H30M", 5_400.0),
            ("P1D", 86_400.0),
            ("P1DT2H", 93_600.0),
            ("1 day, 2:00:00", 93_600.0),
            ("2 days 00:00:01", 172_801.0),
            ("90 minutes", 5_400.0),
        ] {
            assert_eq!(parse_length(text.as_bytes(), None), Ok(expected_s), "{text}");
        }
        assert_eq!(parse_length(b"1,5", Some(3_600.0)), Ok(5_400.0));
        for text in ["90", "1:30", "", "P", "-1h", "200000000h"] {
            assert!(parse_length(text.as_bytes(), None).is_err(), "{text}");
        }
        assert!(parse_length(b"1,500", Some(1.0)).is_err());
    }
}
