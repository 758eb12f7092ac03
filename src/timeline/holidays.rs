//! Lists of holidays: dates, a file with a date per line, or an iCalendar file.

use crate::base::time::days_from_civil;
use std::collections::BTreeSet;

/// Reads dates such as `2026-04-06`, separated by commas or one per line, into days since 1970-01-01.
///
/// A line may go on with a name after the date. Empty lines, lines that begin with `#`, and a first line of
/// headings are skipped. Of an iCalendar file the days of its events count.
///
/// # Errors
///
/// Fails with the line that has no date.
pub fn parse(text: &str) -> Result<BTreeSet<i64>, String> {
    if text.trim_start().starts_with("BEGIN:VCALENDAR") {
        return calendar_days(text);
    }
    let has_more = text.trim().contains('\n');
    let is_heading =
        |(i, line): &(usize, &str)| *i == 0 && has_more && !line.contains(|c: char| c.is_ascii_digit());
    let is_said = |line: &&str| !line.is_empty() && !line.starts_with('#');
    let lines = text.lines().map(str::trim).enumerate().filter(|line| !is_heading(line));
    let lines = lines.map(|(_, line)| line).filter(is_said);
    lines.flat_map(days).collect()
}

/// The days of the events of an iCalendar file: an event that ends on a later day ends before it. Recurring events
/// are rejected.
fn calendar_days(text: &str) -> Result<BTreeSet<i64>, String> {
    let mut days = BTreeSet::new();
    for event in text.split("BEGIN:VEVENT").skip(1) {
        let value = |name: &str| {
            let line = event.lines().find(|line| line.starts_with(name))?;
            line.rsplit(':').next()
        };
        if let Some(rule) = value("RRULE") {
            return Err(format!("an event recurs (`RRULE:{rule}`); list its dates"));
        }
        let Some(start) = value("DTSTART") else { continue };
        let first = day(start)?;
        let end = value("DTEND").map(day).transpose()?.unwrap_or(first + 1);
        if end - first > DAYS_MAX {
            return Err(format!("an event of more than {DAYS_MAX} days"));
        }
        days.extend(first..end.max(first + 1));
    }
    Ok(days)
}

/// The most days of an event.
const DAYS_MAX: i64 = 366;

/// The dates of one line: a list of dates, or one date with a name.
fn days(line: &str) -> Vec<Result<i64, String>> {
    let parts: Vec<&str> = line.split([',', ';', '\t']).map(|part| part.trim().trim_matches('"')).collect();
    match parts.as_slice() {
        [first, second, ..] if !second.starts_with(|c: char| c.is_ascii_digit()) => vec![day(first)],
        _ => parts.into_iter().map(day).collect(),
    }
}

/// Reads `2026-04-06`, `20260406`, `06.04.2026` or a time on such a day.
fn day(text: &str) -> Result<i64, String> {
    let parts: Vec<&str> = text.trim().split('.').collect();
    if let [day, month, year] = parts[..]
        && let (Ok(day), Ok(month), Ok(year)) = (day.parse(), month.parse(), year.parse())
        && let Some(days) = days_from_civil(year, month, day)
        && year > 999
    {
        return Ok(days);
    }
    let digits: String =
        text.chars().take_while(|c| c.is_ascii_digit() || *c == '-').filter(|c| *c != '-').collect();
    let number = |from: usize, to: usize| digits.get(from..to)?.parse::<i64>().ok();
    let parts = (number(0, 4), number(4, 6), number(6, 8));
    let days = match parts {
        (Some(year), Some(month), Some(day)) if digits.len() == 8 => {
            days_from_civil(year as i32, month as u32, day as u32)
        }
        _ => None,
    };
    days.ok_or_else(|| format!("`{text}` is not a date such as 2026-04-06"))
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn dates_are_read_from_a_list_a_file_and_a_calendar() {
        let easter = [20_546, 20_549];
        for text in [
            "2026-04-03,2026-04-06",
            "date,name\n2026-04-03,Good Friday\n\n# and\n2026-04-06;Easter Monday\n",
            "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20260403\r\nDTEND;VALUE=DATE:20260404\r\nEND:VEVENT\r\n\
             BEGIN:VEVENT\r\nDTSTART:20260406T000000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
        ] {
            assert_eq!(parse(text).unwrap().into_iter().collect::<Vec<_>>(), easter, "{text}");
        }
        let range = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20260105\nDTEND:20260110\nEND:VEVENT\n";
        assert_eq!(parse(range).unwrap().len(), 5);
        assert!(parse(&range.replace("END:VEVENT", "RRULE:FREQ=YEARLY\nEND:VEVENT")).is_err());
        for wrong in ["2026-02-30", "soon 3", "2026-04", "2026-04-06, 2026-04-31"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
