//! The general parser of calendar dates with times of day.
//!
//! ```text
//! cell = [weekday] date [separator time-of-day [zone]]
//! date = year-month-day | number/number/year | day-Month-year | Month day, year
//! time-of-day = hours:minutes[:seconds[.fraction]] [AM|PM]
//! zone = Z | UTC | GMT | +HH[[:]MM]
//! ```
//!
//! It parses the notation and leaves the order of day and month in `number/number/year` open.

use super::clock::{self, TimeOfDay};
use super::fault::Fault;
use super::format::{DateOrder, Moment, Reading, TimeFormat};
use super::names::{MONTHS, month_name};
use super::reader::{Number, Reader};
use crate::base::time::{DAY_MICROS, MICROS, Timestamp, WallClock, days_from_civil};
use crate::timeline::WEEKDAYS;

/// A date as written; the day may not exist.
#[derive(Debug, Clone, Copy)]
pub(super) enum WrittenDate {
    YearFirst(Date),
    Numeric { first: u32, second: u32, year: Number },
    Named(Date),
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Date {
    year: Number,
    month: u32,
    day: u32,
}

impl Date {
    /// Returns the days since 1970-01-01. Fails if there is no such day.
    pub(super) fn days(self) -> Result<i64, Fault> {
        let (year, month, day) = (self.year.value, self.month, self.day);
        if year == 0 {
            return Err(Fault::BeforeYear1);
        }
        if !(1..=12).contains(&month) {
            return Err(Fault::Month(month));
        }
        days_from_civil(year as i32, month, day).ok_or(Fault::NoSuchDay { year, month, day })
    }

    /// Formats the date as `4 March 2024`.
    pub(super) fn spelled_out(self) -> String {
        format!("{} {} {}", self.day, month_name(self.month), self.year.value)
    }
}

impl WrittenDate {
    /// Interprets the date in a column of this format; `None` when it is not in the format.
    pub(super) fn in_format(self, format: TimeFormat) -> Option<Date> {
        match (self, format) {
            (Self::YearFirst(date), _) | (Self::Named(date), TimeFormat::NamedMonth) => Some(date),
            (Self::Numeric { first, second, year }, TimeFormat::Numeric(order)) => Some(match order {
                DateOrder::DayFirst => Date { year, month: second, day: first },
                DateOrder::MonthFirst => Date { year, month: first, day: second },
            }),
            _ => None,
        }
    }

    pub(super) fn has_short_year(self) -> bool {
        self.written_year().digits == 2
    }

    /// Returns the year, with its century.
    pub(super) fn year(self) -> u32 {
        self.written_year().value
    }

    fn written_year(self) -> Number {
        match self {
            Self::YearFirst(Date { year, .. })
            | Self::Named(Date { year, .. })
            | Self::Numeric { year, .. } => year,
        }
    }
}

/// A parsed cell, not yet interpreted in a format.
#[derive(Debug, Clone, Copy)]
pub(super) struct Written {
    pub(super) date: WrittenDate,
    /// `None` for midnight where the cell has no time of day.
    time: Option<TimeOfDay>,
}

impl Written {
    /// Whether the cell has a date only.
    pub(super) fn is_day(self) -> bool {
        self.time.is_none()
    }

    /// Interprets the cell in a column of this format.
    pub(super) fn moment(self, format: TimeFormat) -> Result<Moment, Fault> {
        let time = self.time.unwrap_or(TimeOfDay::MIDNIGHT);
        let date = self.date.in_format(format).ok_or(Fault::OtherFormat(format))?;
        let local = date.days()? * DAY_MICROS + time.since_midnight_micros;
        let micros = local - time.offset_seconds.unwrap_or(0) * MICROS;
        if micros < Timestamp::MIN.0 {
            return Err(Fault::BeforeYear1);
        }
        if micros >= Timestamp::MAX.0 {
            return Err(Fault::TooLate);
        }
        let reading = match time.offset_seconds {
            Some(_) => Reading::Instant(Timestamp(micros)),
            None => Reading::Local(WallClock(micros)),
        };
        Ok(Moment { reading, repaired: time.repaired })
    }
}

/// Parses a cell that holds a date, with or without a time of day.
pub(super) fn read(cell: &[u8]) -> Result<Written, Fault> {
    let mut reader = Reader::new(cell);
    reader.spaces();
    skip_weekday(&mut reader);
    let date = date(&mut reader)?;
    let time = separated_time_of_day(&mut reader, date)?;
    reader.spaces();
    if reader.is_done() { Ok(Written { date, time }) } else { Err(Fault::Trailing) }
}

fn skip_weekday(reader: &mut Reader<'_>) {
    let start = reader.position();
    match index_of_abbreviated(reader.word(), &WEEKDAYS) {
        Some(_) => skip_between_names(reader),
        None => reader.go_back_to(start),
    }
}

/// Returns the index of the name that a word of three letters or more abbreviates.
fn index_of_abbreviated(word: &[u8], names: &[&str]) -> Option<usize> {
    let abbreviates =
        |name: &&str| name.as_bytes().get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
    if word.len() < 3 { None } else { names.iter().position(abbreviates) }
}

fn skip_between_names(reader: &mut Reader<'_>) {
    reader.spaces();
    reader.one_of(b"-/.,");
    reader.spaces();
}

fn date(reader: &mut Reader<'_>) -> Result<WrittenDate, Fault> {
    let start = reader.position();
    let date = match reader.number() {
        Some(first) if first.digits > 2 => numbers(reader, first),
        Some(first) => {
            let after_first = reader.position();
            named_month_second(reader, first.value).or_else(|| {
                reader.go_back_to(after_first);
                numbers(reader, first)
            })
        }
        None => {
            reader.go_back_to(start);
            named_month_first(reader)
        }
    };
    with_full_year(date.ok_or(Fault::NotATime)?)
}

/// Parses three numbers with the same separator: `2026-01-05`, `29/02/2016`.
fn numbers(reader: &mut Reader<'_>, first: Number) -> Option<WrittenDate> {
    let separator = reader.one_of(b"-/.")?;
    let second = reader.number_of_digits(1..3)?.value;
    reader.one_of(&[separator])?;
    let third = reader.number()?;
    if first.digits <= 2 {
        return Some(WrittenDate::Numeric { first: first.value, second, year: third });
    }
    let date = Date { year: first, month: second, day: third.value };
    (third.digits <= 2).then_some(WrittenDate::YearFirst(date))
}

/// Parses the rest of `12-Mar-2024` or `12 March 2024` after the day.
fn named_month_second(reader: &mut Reader<'_>, day: u32) -> Option<WrittenDate> {
    skip_between_names(reader);
    let month = month(reader)?;
    skip_between_names(reader);
    let year = reader.number()?;
    Some(WrittenDate::Named(Date { year, month, day }))
}

/// Parses `Mar 12, 2024`.
fn named_month_first(reader: &mut Reader<'_>) -> Option<WrittenDate> {
    let month = month(reader)?;
    skip_between_names(reader);
    let day = reader.number_of_digits(1..3)?.value;
    skip_between_names(reader);
    let year = reader.number()?;
    Some(WrittenDate::Named(Date { year, month, day }))
}

fn month(reader: &mut Reader<'_>) -> Option<u32> {
    Some(index_of_abbreviated(reader.word(), &MONTHS)? as u32 + 1)
}

/// Expands a year of two digits as POSIX `strptime` does: 69 to 99 are in the 1900s, 00 to 68 in the
/// 2000s. Only a date that ends with its year can have a short one: a leading number of two digits is
/// not taken for a year.
fn with_full_year(mut date: WrittenDate) -> Result<WrittenDate, Fault> {
    let (WrittenDate::YearFirst(Date { year, .. })
    | WrittenDate::Named(Date { year, .. })
    | WrittenDate::Numeric { year, .. }) = &mut date;
    year.value = match (year.digits, year.value) {
        (2, value @ 69..) => 1900 + value,
        (2, value) => 2000 + value,
        (4, value) => value,
        (10.., _) => return Err(Fault::NumberTooLarge),
        (_, value) => return Err(Fault::Year(value)),
    };
    Ok(date)
}

/// Parses the time of day after a date; a date alone means midnight.
fn separated_time_of_day(reader: &mut Reader<'_>, date: WrittenDate) -> Result<Option<TimeOfDay>, Fault> {
    reader.spaces();
    if reader.is_done() {
        return Ok(None);
    }
    // A colon follows the date in web server logs (`12/Mar/2024:09:41:07`). It is allowed only after a
    // year of four digits: in `12 Mar 09:41:07` the `09` is not a year.
    reader.one_of(if date.has_short_year() { b"Tt," } else { b"Tt,:" });
    reader.spaces();
    clock::read(reader).map(Some)
}
