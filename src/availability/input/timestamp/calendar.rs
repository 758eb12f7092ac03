//! The general reader of written dates and times of day.
//!
//! ```text
//! cell = [weekday] date [separator time-of-day [zone]]
//! date = year-month-day | number/number/year | day-Month-year | Month day, year
//! time-of-day = hours:minutes[:seconds[.fraction]] [AM|PM]
//! zone = Z | UTC | GMT | +HH[[:]MM]
//! ```
//!
//! It reads what is written and leaves the order of day and month in `number/number/year` open.

use super::fault::{BadTime, Fault};
use super::reader::{Number, Reader};
use super::{DateOrder, Moment, Reading, Repair, TimeFormat};
use crate::base::time::{DAY_MICROS, MICROS, Timestamp, WallClock, days_from_civil};

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const WEEKDAYS: [&str; 7] = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
];

/// The English name of a month from 1 to 12.
pub(super) fn month_name(month: u32) -> &'static str {
    (month as usize)
        .checked_sub(1)
        .and_then(|index| MONTHS.get(index))
        .unwrap_or(&"month")
}

/// A date as it is written. Nothing says yet that there is such a day.
#[derive(Debug, Clone, Copy)]
pub(super) enum WrittenDate {
    YearFirst(Date),
    Numeric {
        first: Number,
        second: Number,
        year: Number,
    },
    Named(Date),
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Date {
    year: Number,
    month: Number,
    day: Number,
}

impl Date {
    /// Days since 1970-01-01.
    pub(super) fn days(self) -> Result<i64, BadTime> {
        let (year, month, day) = (self.year.value, self.month.value, self.day.value);
        if year == 0 {
            return Err(self.year.is(Fault::BeforeYear1));
        }
        if !(1..=12).contains(&month) {
            return Err(self.month.is(Fault::Month(month)));
        }
        days_from_civil(year as i32, month, day)
            .ok_or_else(|| self.day.is(Fault::NoSuchDay { year, month, day }))
    }

    /// Such as `4 March 2024`.
    pub(super) fn spelled_out(self) -> String {
        format!(
            "{} {} {}",
            self.day.value,
            month_name(self.month.value),
            self.year.value
        )
    }
}

impl WrittenDate {
    /// What the date means in a column of this format, `None` when it is not in it.
    pub(super) fn in_format(self, format: TimeFormat) -> Option<Date> {
        match (self, format) {
            (Self::YearFirst(date), _) | (Self::Named(date), TimeFormat::NamedMonth) => Some(date),
            (Self::Numeric { first, second, year }, TimeFormat::Numeric(order)) => Some(match order {
                DateOrder::DayFirst => Date {
                    year,
                    month: second,
                    day: first,
                },
                DateOrder::MonthFirst => Date {
                    year,
                    month: first,
                    day: second,
                },
            }),
            _ => None,
        }
    }

    pub(super) fn has_short_year(self) -> bool {
        match self {
            Self::YearFirst(Date { year, .. })
            | Self::Named(Date { year, .. })
            | Self::Numeric { year, .. } => year.digits() == 2,
        }
    }
}

/// A cell as it is written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Written {
    pub(super) date: WrittenDate,
    /// Since midnight; a day or more for 24:00 and after a leap second.
    time_of_day_micros: i64,
    offset_seconds: Option<i64>,
    repaired: Option<Repair>,
}

impl Written {
    /// What it means in a column of this format.
    pub(super) fn moment(self, format: TimeFormat, cell: &[u8]) -> Result<Moment, BadTime> {
        let other_format = || BadTime::of_cell(Fault::OtherFormat(format), cell);
        let date = self.date.in_format(format).ok_or_else(other_format)?;
        let local = date.days()? * DAY_MICROS + self.time_of_day_micros;
        let micros = local - self.offset_seconds.unwrap_or(0) * MICROS;
        if micros < Timestamp::MIN.0 {
            return Err(BadTime::of_cell(Fault::BeforeYear1, cell));
        }
        if micros >= Timestamp::MAX.0 {
            return Err(BadTime::of_cell(Fault::TooLate, cell));
        }
        let reading = match self.offset_seconds {
            Some(_) => Reading::Instant(Timestamp(micros)),
            None => Reading::Local(WallClock(micros)),
        };
        Ok(Moment {
            reading,
            repaired: self.repaired,
        })
    }
}

/// Reads a cell that holds a written date, with or without a time of day.
pub(super) fn read(cell: &[u8]) -> Result<Written, BadTime> {
    let mut reader = Reader::new(cell);
    reader.spaces();
    skip_weekday(&mut reader);
    let date = date(&mut reader)?;
    let mut written = Written {
        date,
        time_of_day_micros: 0,
        offset_seconds: None,
        repaired: None,
    };
    if let Some(clock) = separated_clock(&mut reader, date)? {
        written.time_of_day_micros = clock.micros(meridiem(&mut reader))?;
        written.repaired = clock.repaired;
        written.offset_seconds = zone(&mut reader)?;
    }
    reader.spaces();
    if !reader.is_done() {
        return Err(reader.from(reader.position(), Fault::Trailing));
    }
    Ok(written)
}

fn skip_weekday(reader: &mut Reader<'_>) {
    let start = reader.position();
    match which(reader.word(), &WEEKDAYS) {
        Some(_) => skip_between_names(reader),
        None => reader.go_back_to(start),
    }
}

/// Which of `names` a word of three letters or more abbreviates, counted from 0.
fn which(word: &[u8], names: &[&str]) -> Option<usize> {
    let abbreviates = |name: &&str| {
        name.as_bytes()
            .get(..word.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(word))
    };
    if word.len() < 3 {
        None
    } else {
        names.iter().position(abbreviates)
    }
}

fn skip_between_names(reader: &mut Reader<'_>) {
    reader.spaces();
    reader.one_of(b"-/.,");
    reader.spaces();
}

fn date(reader: &mut Reader<'_>) -> Result<WrittenDate, BadTime> {
    let start = reader.position();
    let date = match reader.number() {
        Some(first) if first.digits() > 2 => numbers(reader, first),
        Some(first) => {
            let after_first = reader.position();
            named_month_second(reader, first).or_else(|| {
                reader.go_back_to(after_first);
                numbers(reader, first)
            })
        }
        None => {
            reader.go_back_to(start);
            named_month_first(reader)
        }
    };
    with_full_year(date.ok_or_else(|| reader.not_a_time())?)
}

/// `2026-01-05`, `29/02/2016`: three numbers between which the same mark stands.
fn numbers(reader: &mut Reader<'_>, first: Number) -> Option<WrittenDate> {
    let separator = reader.one_of(b"-/.")?;
    let second = reader.number_of_digits(1..3)?;
    reader.one_of(&[separator])?;
    let third = reader.number()?;
    if first.digits() > 2 {
        let day = Some(third).filter(|day| day.digits() <= 2)?;
        return Some(WrittenDate::YearFirst(Date {
            year: first,
            month: second,
            day,
        }));
    }
    Some(WrittenDate::Numeric {
        first,
        second,
        year: third,
    })
}

/// `12-Mar-2024`, `12 March 2024`.
fn named_month_second(reader: &mut Reader<'_>, day: Number) -> Option<WrittenDate> {
    skip_between_names(reader);
    let month = month(reader)?;
    skip_between_names(reader);
    let year = reader.number()?;
    Some(WrittenDate::Named(Date { year, month, day }))
}

/// `Mar 12, 2024`.
fn named_month_first(reader: &mut Reader<'_>) -> Option<WrittenDate> {
    let month = month(reader)?;
    skip_between_names(reader);
    let day = reader.number_of_digits(1..3)?;
    skip_between_names(reader);
    let year = reader.number()?;
    Some(WrittenDate::Named(Date { year, month, day }))
}

fn month(reader: &mut Reader<'_>) -> Option<Number> {
    let index = which(reader.word(), &MONTHS)?;
    Some(Number::ZERO.meaning(index as u32 + 1))
}

/// Two digits mean a year as POSIX `strptime` has it: 69 to 99 in the 1900s, 00 to 68 in the 2000s. A date that begins with
/// its year writes it in full, or it would not be known to begin with it.
fn with_full_year(mut date: WrittenDate) -> Result<WrittenDate, BadTime> {
    let (WrittenDate::YearFirst(Date { year, .. })
    | WrittenDate::Named(Date { year, .. })
    | WrittenDate::Numeric { year, .. }) = &mut date;
    *year = match (year.digits(), year.value) {
        (2, value @ 69..) => year.meaning(1900 + value),
        (2, value) => year.meaning(2000 + value),
        (4, _) => *year,
        (10.., _) => return Err(year.is(Fault::NumberTooLarge)),
        (_, value) => return Err(year.is(Fault::Year(value))),
    };
    Ok(date)
}

/// A time of day as it is written.
#[derive(Clone, Copy)]
struct Clock {
    hour: Number,
    /// Left out as in `9 AM`.
    minute: Option<Number>,
    second: Number,
    fraction_micros: i64,
    repaired: Option<Repair>,
}

impl Clock {
    /// Since midnight. 24:00 is the midnight at the end of the day, and a leap second the second after it.
    fn micros(self, meridiem: Option<Meridiem>) -> Result<i64, BadTime> {
        let hour = self
            .hour_of_day(meridiem)
            .ok_or_else(|| self.hour.is(Fault::Hour(self.hour.value)))?;
        let minute = self.minute.unwrap_or(Number::ZERO);
        if minute.value > 59 {
            return Err(minute.is(Fault::Minute(minute.value)));
        }
        if self.second.value > 60 {
            return Err(self.second.is(Fault::Second(self.second.value)));
        }
        let seconds = (i64::from(hour) * 60 + i64::from(minute.value)) * 60 + i64::from(self.second.value);
        let micros = seconds * MICROS + self.fraction_micros;
        if hour == 24 && micros > DAY_MICROS {
            return Err(self.hour.is(Fault::Hour(hour)));
        }
        Ok(micros)
    }

    fn hour_of_day(self, meridiem: Option<Meridiem>) -> Option<u32> {
        match (meridiem, self.hour.value) {
            (None, hour @ 0..=24) => Some(hour),
            (Some(Meridiem::Am), hour @ 1..=12) => Some(hour % 12),
            (Some(Meridiem::Pm), hour @ 1..=12) => Some(hour % 12 + 12),
            _ => None,
        }
    }
}

/// The time of day after a date; `None` at the end of the cell.
fn separated_clock(reader: &mut Reader<'_>, date: WrittenDate) -> Result<Option<Clock>, BadTime> {
    reader.spaces();
    if reader.is_done() {
        return Ok(None);
    }
    // A colon, as web servers have it in `12/Mar/2024:09:41:07`, only after a full year: the `09` of `12 Mar 09:41:07` is none.
    reader.one_of(if date.has_short_year() { b"Tt," } else { b"Tt,:" });
    reader.spaces();
    let start = reader.position();
    clock(reader)
        .map(Some)
        .ok_or_else(|| reader.from(start, Fault::NoTimeOfDay))
}

fn clock(reader: &mut Reader<'_>) -> Option<Clock> {
    let hour = reader.number()?;
    let bare = Clock {
        hour,
        minute: None,
        second: Number::ZERO,
        fraction_micros: 0,
        repaired: None,
    };
    match (hour.digits(), reader.one_of(b":.")) {
        (1..=2, Some(separator)) => minutes_and_seconds(reader, separator, bare),
        (1..=2, None) => is_meridiem_next(reader).then_some(bare),
        (4, None) => Some(Clock {
            hour: hour.meaning(hour.value / 100),
            minute: Some(hour.meaning(hour.value % 100)),
            repaired: Some(Repair::NoColon),
            ..bare
        }),
        _ => None,
    }
}

fn minutes_and_seconds(reader: &mut Reader<'_>, separator: u8, hours: Clock) -> Option<Clock> {
    let minute = Some(reader.number_of_digits(2..3)?);
    let repaired = (separator == b'.').then_some(Repair::DotForColon);
    if reader.one_of(&[separator]).is_none() {
        return Some(Clock {
            minute,
            repaired,
            ..hours
        });
    }
    let second = reader.number_of_digits(2..3)?;
    let fraction_micros = match reader.one_of(b".,") {
        Some(_) => micros_of_fraction(reader.number_of_digits(1..10)?),
        None => 0,
    };
    Some(Clock {
        minute,
        second,
        fraction_micros,
        repaired,
        ..hours
    })
}

fn micros_of_fraction(fraction: Number) -> i64 {
    const NANOS_OF_LAST_DIGIT: [i64; 10] = [
        0,
        100_000_000,
        10_000_000,
        1_000_000,
        100_000,
        10_000,
        1_000,
        100,
        10,
        1,
    ];
    let scale = NANOS_OF_LAST_DIGIT.get(fraction.digits()).copied().unwrap_or(0);
    i64::from(fraction.value) * scale / 1_000
}

#[derive(Clone, Copy)]
enum Meridiem {
    Am,
    Pm,
}

/// Steps over `AM`, `pm`, `a.m.` if they come next.
fn meridiem(reader: &mut Reader<'_>) -> Option<Meridiem> {
    let start = reader.position();
    reader.spaces();
    let half = match reader.one_of(b"AaPp") {
        Some(b'A' | b'a') => Meridiem::Am,
        _ => Meridiem::Pm,
    };
    reader.one_of(b".");
    if reader.one_of(b"Mm").is_none() {
        reader.go_back_to(start);
        return None;
    }
    reader.one_of(b".");
    Some(half)
}

fn is_meridiem_next(reader: &mut Reader<'_>) -> bool {
    let start = reader.position();
    let found = meridiem(reader).is_some();
    reader.go_back_to(start);
    found
}

/// Seconds east of UTC, where the cell says; no zone is no mistake.
fn zone(reader: &mut Reader<'_>) -> Result<Option<i64>, BadTime> {
    reader.spaces();
    let start = reader.position();
    let sign = match reader.one_of(b"+-") {
        Some(b'-') => -1,
        Some(_) => 1,
        None => return named_zone(reader),
    };
    let seconds = offset(reader).ok_or_else(|| reader.since(start, Fault::Offset))?;
    Ok(Some(sign * seconds))
}

fn named_zone(reader: &mut Reader<'_>) -> Result<Option<i64>, BadTime> {
    let start = reader.position();
    let word = reader.word();
    if word.is_empty() {
        return Ok(None);
    }
    let is_utc = ["Z", "UTC", "GMT", "UT"]
        .iter()
        .any(|name| name.as_bytes().eq_ignore_ascii_case(word));
    if is_utc {
        Ok(Some(0))
    } else {
        Err(reader.since(start, Fault::UnknownZone))
    }
}

fn offset(reader: &mut Reader<'_>) -> Option<i64> {
    let number = reader.number()?;
    let (hours, minutes) = match number.digits() {
        2 if reader.one_of(b":").is_some() => (number.value, reader.number_of_digits(2..3)?.value),
        2 => (number.value, 0),
        4 => (number.value / 100, number.value % 100),
        _ => return None,
    };
    (hours < 24 && minutes < 60).then_some(i64::from(hours) * 3600 + i64::from(minutes) * 60)
}
