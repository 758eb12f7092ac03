//! Parses times of day and zones, which follow a date.

use super::fault::Fault;
use super::format::Repair;
use super::reader::{Number, Reader};
use crate::base::time::{DAY_MICROS, MICROS};

/// A time of day with its zone.
#[derive(Debug, Clone, Copy)]
pub(super) struct TimeOfDay {
    /// Microseconds since midnight; a day or more for 24:00 and for a leap second at the end of the day.
    pub(super) since_midnight_micros: i64,
    /// Seconds east of UTC; `None` if the cell has no zone.
    pub(super) offset_seconds: Option<i64>,
    pub(super) repaired: Option<Repair>,
}

impl TimeOfDay {
    pub(super) const MIDNIGHT: Self = Self { since_midnight_micros: 0, offset_seconds: None, repaired: None };
}

/// Parses a time of day and its zone.
pub(super) fn read(reader: &mut Reader<'_>) -> Result<TimeOfDay, Fault> {
    let clock = clock(reader).ok_or(Fault::NoTimeOfDay)?;
    let since_midnight_micros = clock.micros(meridiem(reader))?;
    let offset_seconds = zone(reader)?;
    Ok(TimeOfDay { since_midnight_micros, offset_seconds, repaired: clock.repaired })
}

/// Hours, minutes and seconds as written.
#[derive(Clone, Copy)]
struct Clock {
    hour: u32,
    minute: u32,
    second: u32,
    fraction_micros: i64,
    repaired: Option<Repair>,
}

impl Clock {
    /// Returns the microseconds since midnight. 24:00 is the midnight at the end of the day; a leap
    /// second (:60) equals the first second of the next minute.
    fn micros(self, meridiem: Option<u32>) -> Result<i64, Fault> {
        let hour = self.hour_of_day(meridiem).ok_or(Fault::Hour(self.hour))?;
        if self.minute > 59 {
            return Err(Fault::Minute(self.minute));
        }
        if self.second > 60 {
            return Err(Fault::Second(self.second));
        }
        let seconds = (i64::from(hour) * 60 + i64::from(self.minute)) * 60 + i64::from(self.second);
        let micros = seconds * MICROS + self.fraction_micros;
        if hour == 24 && micros > DAY_MICROS { Err(Fault::Hour(hour)) } else { Ok(micros) }
    }

    fn hour_of_day(self, meridiem: Option<u32>) -> Option<u32> {
        match (meridiem, self.hour) {
            (None, hour @ 0..=24) => Some(hour),
            (Some(hours_before), hour @ 1..=12) => Some(hours_before + hour % 12),
            _ => None,
        }
    }
}

fn clock(reader: &mut Reader<'_>) -> Option<Clock> {
    let hour = reader.number()?;
    let bare = Clock { hour: hour.value, minute: 0, second: 0, fraction_micros: 0, repaired: None };
    match (hour.digits, reader.one_of(b":.")) {
        (1..=2, Some(separator)) => minutes_and_seconds(reader, separator, bare),
        (1..=2, None) => is_meridiem_next(reader).then_some(bare),
        (4, None) => Some(Clock {
            hour: hour.value / 100,
            minute: hour.value % 100,
            repaired: Some(Repair::NoColon),
            ..bare
        }),
        _ => None,
    }
}

fn minutes_and_seconds(reader: &mut Reader<'_>, separator: u8, hours: Clock) -> Option<Clock> {
    let minute = reader.number_of_digits(2..3)?.value;
    let repaired = (separator == b'.').then_some(Repair::DotForColon);
    if reader.one_of(&[separator]).is_none() {
        return Some(Clock { minute, repaired, ..hours });
    }
    let second = reader.number_of_digits(2..3)?.value;
    let fraction_micros = match reader.one_of(b".,") {
        Some(_) => micros_of_fraction(reader.number_of_digits(1..10)?),
        None => 0,
    };
    Some(Clock { minute, second, fraction_micros, repaired, ..hours })
}

fn micros_of_fraction(fraction: Number) -> i64 {
    // The caller limits the fraction to nine digits.
    let nanos_of_last_digit = 10_i64.pow(9_u32.saturating_sub(fraction.digits as u32));
    i64::from(fraction.value) * nanos_of_last_digit / 1_000
}

/// Parses `AM`, `pm` or `a.m.` if it comes next; returns the hours before its half of the day.
fn meridiem(reader: &mut Reader<'_>) -> Option<u32> {
    let start = reader.position();
    let found = spelled_meridiem(reader);
    if found.is_none() {
        reader.go_back_to(start);
    }
    found
}

fn spelled_meridiem(reader: &mut Reader<'_>) -> Option<u32> {
    reader.spaces();
    let is_morning = matches!(reader.one_of(b"AaPp")?, b'A' | b'a');
    reader.one_of(b".");
    reader.one_of(b"Mm")?;
    reader.one_of(b".");
    Some(if is_morning { 0 } else { 12 })
}

fn is_meridiem_next(reader: &mut Reader<'_>) -> bool {
    let start = reader.position();
    let found = meridiem(reader).is_some();
    reader.go_back_to(start);
    found
}

/// Parses a zone into seconds east of UTC; returns `None` if there is no zone.
fn zone(reader: &mut Reader<'_>) -> Result<Option<i64>, Fault> {
    reader.spaces();
    let sign = match reader.one_of(b"+-") {
        Some(b'-') => -1,
        Some(_) => 1,
        None => return named_zone(reader),
    };
    let seconds = offset(reader).ok_or(Fault::Offset)?;
    Ok(Some(sign * seconds))
}

fn named_zone(reader: &mut Reader<'_>) -> Result<Option<i64>, Fault> {
    let word = reader.word();
    if word.is_empty() {
        return Ok(None);
    }
    let is_utc = ["Z", "UTC", "GMT", "UT"].iter().any(|name| name.as_bytes().eq_ignore_ascii_case(word));
    if is_utc { Ok(Some(0)) } else { Err(Fault::UnknownZone) }
}

fn offset(reader: &mut Reader<'_>) -> Option<i64> {
    let number = reader.number()?;
    let (hours, minutes) = match number.digits {
        2 if reader.one_of(b":").is_some() => (number.value, reader.number_of_digits(2..3)?.value),
        2 => (number.value, 0),
        4 => (number.value / 100, number.value % 100),
        _ => return None,
    };
    (hours < 24 && minutes < 60).then_some(i64::from(hours) * 3600 + i64::from(minutes) * 60)
}
