//! Parsing and formatting of durations, rates, amounts of data and percentages.

/// Seconds in a day of 24 hours.
pub const DAY_S: f64 = 86_400.0;
/// Seconds in a Julian year of 365.25 days, the year of "failures per year".
pub const YEAR_S: f64 = 365.25 * DAY_S;

/// The units of time with their length in seconds. The first name of each is the one that is printed.
const UNITS: &[(&[&str], f64)] = &[
    (&["y", "yr", "year", "years"], YEAR_S),
    (&["w", "week", "weeks"], 7.0 * DAY_S),
    (&["d", "day", "days"], DAY_S),
    (&["h", "hr", "hrs", "hour", "hours"], 3_600.0),
    (&["m", "min", "mins", "minute", "minutes"], 60.0),
    (&["s", "sec", "secs", "second", "seconds"], 1.0),
    (&["ms"], 1e-3),
    (&["us", "µs"], 1e-6),
];

/// Reads a duration: `90s`, `1h 30m`, `1h30m`, `2d`, `250ms`, `1.5h`. Returns seconds.
///
/// The error names the part that was not understood. A bare number is rejected because its unit would be
/// a guess.
pub fn parse_duration(text: &str) -> Result<f64, String> {
    let mut rest = text.trim();
    if rest.is_empty() {
        return Err("a duration such as 90s, 1h 30m or 2d is expected".into());
    }
    if rest.starts_with(['-', '−']) {
        return Err(format!("`{text}` is negative; a duration must not be negative"));
    }
    let (mut seconds, mut unit_before) = (0.0, f64::INFINITY);
    while !rest.is_empty() {
        let number_end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (number, tail) = rest.split_at(number_end);
        let value: f64 =
            number.parse().map_err(|_| format!("`{text}` is not a duration such as 90s or 1h 30m"))?;
        let tail = tail.trim_start();
        let unit_end = tail.find(|c: char| !c.is_alphabetic()).unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(unit_end);
        let unit_s = unit_seconds(unit).ok_or_else(|| unknown_unit(text, unit))?;
        // `7d 30d` would be the sum of two durations that are meant separately.
        if unit_s >= unit_before {
            return Err(format!("`{text}` is not one duration: its units must fall, as in 1d 6h"));
        }
        unit_before = unit_s;
        seconds += value * unit_s;
        // No comma: `7d,30d` would be the sum of two durations that are meant separately.
        rest = tail.trim_start();
    }
    Ok(seconds)
}

/// Reads a rate: `50/s`, `3/min`, `10/h`, `2/d`, `1/30s`. Returns events per second, above zero and finite.
pub fn parse_rate(text: &str) -> Result<f64, String> {
    let bad = || format!("`{text}` is not a rate such as 50/s, 3/min, 10/h or 2/d");
    let (count, unit) = text.split_once('/').ok_or_else(bad)?;
    let count: f64 = count.trim().parse().map_err(|_| bad())?;
    let unit = unit.trim();
    let seconds = unit_seconds(unit).or_else(|| parse_duration(unit).ok()).ok_or_else(bad)?;
    above_zero(count / seconds).ok_or_else(|| format!("`{text}` is not a rate above zero"))
}

/// The units of data with their size in bytes. Case is ignored; bits are spelt out as `bit`.
const BYTE_UNITS: &[(&str, f64)] = &[
    ("", 1.0),
    ("B", 1.0),
    ("kB", 1e3),
    ("MB", 1e6),
    ("GB", 1e9),
    ("KiB", 1024.0),
    ("MiB", 1_048_576.0),
    ("GiB", 1_073_741_824.0),
    ("bit", 0.125),
    ("kbit", 125.0),
    ("Mbit", 125e3),
    ("Gbit", 125e6),
];

/// Reads an amount of data: `500`, `500 B`, `64KiB`, `1MB`. Returns bytes, finite and not negative.
pub fn parse_bytes(text: &str) -> Result<f64, String> {
    let trimmed = text.trim();
    let number_end =
        trimmed.find(|c: char| !c.is_ascii_digit() && c != '.' && c != '_').unwrap_or(trimmed.len());
    let (number, unit) = trimmed.split_at(number_end);
    let number: Option<f64> = number.replace('_', "").parse().ok();
    let unit = unit.trim();
    let unit = BYTE_UNITS.iter().find(|(name, _)| name.eq_ignore_ascii_case(unit));
    match (number, unit) {
        (Some(number), Some((_, bytes))) => Ok(number * bytes),
        (Some(_), None) => {
            Err(format!("`{text}` does not end in a unit of data such as B, kB, KiB, MB or MiB"))
        }
        (None, _) => Err(format!("`{text}` is not an amount of data such as 500, 64KiB or 1MB")),
    }
}

/// Reads a data rate: `500kB/s`, `8Mbit/s`. Returns bytes per second, above zero and finite.
pub fn parse_byte_rate(text: &str) -> Result<f64, String> {
    let bad = || format!("`{text}` is not a data rate such as 500kB/s or 8Mbit/s");
    let (amount, unit) = text.rsplit_once('/').ok_or_else(bad)?;
    let seconds = unit_seconds(unit.trim()).ok_or_else(bad)?;
    let rate = parse_bytes(amount).map_err(|_| bad())? / seconds;
    above_zero(rate).ok_or_else(|| format!("`{text}` is not a data rate above zero"))
}

fn above_zero(rate: f64) -> Option<f64> {
    (rate > 0.0 && rate.is_finite()).then_some(rate)
}

/// Returns the length of a unit of time in seconds.
fn unit_seconds(unit: &str) -> Option<f64> {
    UNITS.iter().find(|(names, _)| names.contains(&unit)).map(|(_, seconds)| *seconds)
}

fn unknown_unit(text: &str, unit: &str) -> String {
    if text.trim().parse::<f64>().is_err() && unit.is_empty() {
        format!("`{text}` is not a duration such as 90s or 4h")
    } else if unit.is_empty() {
        format!("`{text}` has no unit: write {text}ms, {text}s, {text}m, {text}h or {text}d")
    } else {
        format!("`{unit}` in `{text}` is not a unit of time: y, w, d, h, m, s, ms or us")
    }
}

/// Says between which values a quantity lies; `None` without an upper limit.
pub fn format_range(least: &str, most: Option<String>) -> String {
    match most {
        Some(most) => format!("between {least} and {most}"),
        None => format!("at least {least}"),
    }
}

/// Formats seconds in at most two units: `2d 3h`, `1h 30m`, `45s`, `12ms`.
pub fn format_duration(seconds: f64) -> String {
    if !seconds.is_finite() {
        return if seconds > 0.0 { "∞".into() } else { "—".into() };
    }
    if seconds < 0.0 {
        return format!("-{}", format_duration(-seconds));
    }
    if seconds == 0.0 {
        return "0s".into();
    }
    if seconds < 10.0 {
        return format_short(seconds);
    }
    let whole = seconds.round();
    if whole >= YEAR_S && whole % YEAR_S == 0.0 {
        return format!("{}y", whole / YEAR_S);
    }
    // Four digits of days are hard to read: use years from here on.
    if whole >= 1000.0 * DAY_S {
        return format_long(whole);
    }
    format_two_units(whole)
}

fn format_short(seconds: f64) -> String {
    // From this fraction on, three digits round up to the next unit: 0.99996 s reads 1s and not 1000ms.
    const CARRIES: f64 = 0.9995;
    match seconds {
        s if s < CARRIES * 1e-3 => format!("{}us", significant(s * 1e6, 3)),
        s if s < CARRIES => format!("{}ms", significant(s * 1e3, 3)),
        s => format!("{}s", significant(s, 3)),
    }
}

fn format_long(seconds: f64) -> String {
    format!("{}y", significant(seconds / YEAR_S, 4))
}

fn format_two_units(seconds: f64) -> String {
    const STEPS: [(&str, f64); 4] = [("d", DAY_S), ("h", 3_600.0), ("m", 60.0), ("s", 1.0)];
    for (i, (unit, size)) in STEPS.iter().enumerate() {
        if seconds < *size {
            continue;
        }
        let Some((minor_unit, minor_size)) = STEPS.get(i + 1) else {
            return format!("{seconds:.0}{unit}");
        };
        // Round to the smaller unit first and split afterwards, so that the parts never contradict each
        // other.
        let minor_count = (seconds / minor_size).round();
        let per_major = size / minor_size;
        let major = (minor_count / per_major).floor();
        let minor = minor_count - major * per_major;
        // Rounding may have carried into the next larger unit: 59m 60s reads 1h.
        if i > 0 && major * size >= STEPS.get(i - 1).map_or(f64::INFINITY, |(_, s)| *s) {
            return format_two_units(major * size);
        }
        return if minor > 0.0 {
            format!("{major:.0}{unit} {minor:.0}{minor_unit}")
        } else {
            format!("{major:.0}{unit}")
        };
    }
    format!("{seconds:.0}s")
}

/// Formats `value` with `digits` significant digits and without trailing zeros after the point.
///
/// Values below a ten-thousandth are written with an exponent.
pub fn significant(value: f64, digits: usize) -> String {
    if value == 0.0 || !value.is_finite() {
        return format!("{value}");
    }
    let magnitude = value.abs().log10().floor() as i32;
    if magnitude < -4 {
        let decimals = digits.saturating_sub(1);
        return format!("{value:.decimals$e}");
    }
    let decimals = usize::try_from(digits as i32 - 1 - magnitude).unwrap_or(0);
    let text = format!("{value:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// Reads a number, or a percentage such as `99.9%` or `99.9 %` as the share that it means. Any size is
/// accepted.
///
/// The point is shifted in the text: 99.9% gives exactly 0.999, and the quotient 99.9 / 100 does not.
pub fn parse_number_or_percent(text: &str) -> Option<f64> {
    let (digits, percent) = split_percent(text);
    if !percent {
        return digits.parse().ok();
    }
    let shifted = format!("{digits}e-2").parse::<f64>();
    // Digits with an exponent of their own cannot be shifted so.
    shifted.or_else(|_| digits.parse::<f64>().map(|hundredths| hundredths / 100.0)).ok()
}

/// Reads a share strictly between 0 and 1: `0.95` or `95%`.
pub fn parse_share(text: &str) -> Result<f64, String> {
    let share = parse_number_or_percent(text).filter(|share| *share > 0.0 && *share < 1.0);
    share.ok_or_else(|| format!("`{text}` is not a share strictly between 0 and 1, such as 0.05 or 5%"))
}

/// Splits off a percent sign, and tells whether there was one.
fn split_percent(text: &str) -> (&str, bool) {
    let text = text.trim();
    text.strip_suffix('%').map_or((text, false), |digits| (digits.trim_end(), true))
}

/// Reads a share from 0 to 1: `99.9%`, `99.9 %` or `0.999`. Returns the complement 1 − share, which keeps the
/// digits of a share near one: `99.999%` gives exactly 1e-5.
///
/// A bare number must lie strictly between 0 and 1: `1` could be 100 % or 1 %, and `99.9` lacks its `%`.
pub fn parse_share_complement(text: &str) -> Result<f64, String> {
    let (digits, percent) = split_percent(text);
    let bad = || format!("`{text}` is not a share such as 99.9% or 0.999");
    let value: f64 = digits.parse().map_err(|_| bad())?;
    if !percent && !(value > 0.0 && value < 1.0) {
        return Err(format!("`{text}` is not a share between 0 and 1; write percentages with %: {text}%"));
    }
    let whole = if percent { 100.0 } else { 1.0 };
    if !(value >= 0.0 && value <= whole) {
        return Err(format!("`{text}` is not between 0% and 100%"));
    }
    Ok(decimal_complement(digits, percent).unwrap_or((whole - value) / whole))
}

/// Returns 1 − `digits`, or 1 − `digits`/100, computed in decimal: 99.9 % gives 0.001 and not
/// 0.0010000000000000009. Returns `None` for exponents and for more digits than a `u64` holds.
fn decimal_complement(digits: &str, percent: bool) -> Option<f64> {
    let (integer, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let places = u32::try_from(fraction.len()).ok()? + if percent { 2 } else { 0 };
    let scale = 10_u64.checked_pow(places)?;
    let number: u64 = format!("{integer}{fraction}").parse().ok()?;
    Some(scale.checked_sub(number)? as f64 / scale as f64)
}

/// Formats 1 − `complement` as a percentage that is never rounded up: `99.9990%`, and `100%` only when
/// `complement` is zero. Writes at least three decimals, and more where the complement needs them for
/// two of its own digits.
pub fn format_share(complement: f64) -> String {
    if !complement.is_finite() {
        return "—".into();
    }
    if complement <= 0.0 {
        return "100%".into();
    }
    if complement >= 1.0 {
        return "0%".into();
    }
    let percent_missing = complement * 100.0;
    // The decimal place of the first nonzero digit of the missing part, 0 when that is 1 % or more.
    let leading = (-percent_missing.log10()).ceil().max(0.0) as usize;
    let decimals = (leading + 1).clamp(3, 17);
    // Round the missing part up, which rounds the share down, so that no outage disappears. The 1e-6
    // absorbs the rounding error of the multiplication: 0.001 must print as 99.900% and not as 99.899%.
    let missing_units = (percent_missing * 10_f64.powi(decimals as i32) - 1e-6).ceil().max(1.0) as u128;
    let whole_units = 100 * 10_u128.pow(decimals as u32);
    format_units(whole_units.saturating_sub(missing_units), decimals)
}

/// Formats `units` of 10^-decimals percent. Integer arithmetic, because above 2^53 units a float would
/// round the share up.
fn format_units(units: u128, decimals: usize) -> String {
    let padded = format!("{units:0>width$}", width = decimals + 1);
    let (integer, fraction) = padded.split_at(padded.len() - decimals);
    format!("{integer}.{fraction}%")
}

#[cfg(test)]
mod tests {
    use super::{
        DAY_S, YEAR_S, format_duration, format_share, parse_duration, parse_number_or_percent, parse_rate,
        parse_share, parse_share_complement,
    };
    use proptest::prelude::*;

    #[test]
    fn durations_are_parsed_in_their_usual_forms() {
        for (text, seconds) in [
            ("90s", 90.0),
            ("1h 30m", 5400.0),
            ("1h30m", 5400.0),
            ("2d", 2.0 * DAY_S),
            ("250ms", 0.25),
            ("1.5h", 5400.0),
        ] {
            assert_eq!(parse_duration(text), Ok(seconds), "{text}");
        }
    }

    #[test]
    fn a_duration_without_a_known_unit_is_rejected() {
        assert!(parse_duration("90").unwrap_err().contains("no unit"));
        assert!(parse_duration("3 fortnights").unwrap_err().contains("fortnights"));
        assert!(parse_duration("").is_err());
    }

    #[test]
    fn rates_are_parsed_in_their_usual_forms() {
        for (text, per_second) in [
            ("50/s", 50.0),
            ("3 / min", 0.05),
            ("36/h", 0.01),
            ("1/30s", 1.0 / 30.0),
            ("0.5/y", 0.5 / YEAR_S),
        ] {
            assert_eq!(parse_rate(text), Ok(per_second), "{text}");
        }
        for text in ["", "50", "/s", "50/", "0/s", "-1/s", "NaN/s", "inf/s", "1/0s", "1/fortnight"] {
            assert!(parse_rate(text).is_err(), "{text}");
        }
    }

    #[test]
    fn durations_print_in_two_units() {
        for (seconds, text) in [
            (0.0, "0s"),
            (0.25, "250ms"),
            (0.000_999_6, "1ms"),
            (0.999_4, "999ms"),
            (0.999_6, "1s"),
            (1.25, "1.25s"),
            (9.999_6, "10s"),
            (59.6, "1m"),
            (3599.7, "1h"),
            (5400.0, "1h 30m"),
            (86_399.0, "1d"),
            (2.0 * DAY_S + 3.0 * 3600.0, "2d 3h"),
            (365.0 * DAY_S, "365d"),
            (365.25 * DAY_S, "1y"),
            (10.0 * 365.25 * DAY_S, "10y"),
        ] {
            assert_eq!(format_duration(seconds), text);
        }
    }

    #[test]
    fn a_percentage_is_the_float_nearest_to_its_share() {
        for (text, share) in
            [("99.9%", 0.999), (" 99.99 % ", 0.9999), ("0.07%", 0.0007), ("1e-3%", 1e-5), ("0.999", 0.999)]
        {
            assert_eq!(parse_share(text), Ok(share), "{text}");
        }
        for text in ["0", "1", "2", "95", "0%", "100%", "-5%", "NaN", "inf%", "1e400", "", "%", "five"] {
            let why = parse_share(text).unwrap_err();
            assert!(why.ends_with("is not a share strictly between 0 and 1, such as 0.05 or 5%"), "{why}");
        }
        assert_eq!(parse_number_or_percent("-250%"), Some(-2.5));
    }

    #[test]
    fn a_share_keeps_its_decimal_digits() {
        assert_eq!(parse_share_complement("99.9%"), Ok(0.001));
        assert_eq!(parse_share_complement("0.9995"), Ok(0.0005));
        assert_eq!(parse_share_complement("99.999%"), Ok(0.00001));
        assert_eq!(parse_share_complement("100%"), Ok(0.0));
        for text in ["101%", "NaN", "99.9", "1", "1.5", "0"] {
            assert!(parse_share_complement(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_outage_is_never_rounded_away() {
        assert_eq!(format_share(0.0), "100%");
        assert_eq!(format_share(1e-9), "99.99999990%");
        assert_eq!(format_share(0.001), "99.900%");
        assert_eq!(format_share(1.0), "0%");
        assert_eq!(format_share(0.053_763_440_86), "94.623%");
    }

    proptest! {
        #[test]
        fn no_nonzero_unavailability_prints_as_one_hundred_percent(exponent in -300.0..0.0_f64) {
            prop_assert!(!format_share(10_f64.powf(exponent)).starts_with("100"));
        }

        #[test]
        fn a_printed_duration_reads_back_within_its_precision(seconds in 0.001..1e9_f64) {
            let back = parse_duration(&format_duration(seconds)).unwrap();
            prop_assert!((back - seconds).abs() <= seconds * 0.03 + 1e-3, "{seconds} -> {back}");
        }
    }
}
