//! Timestamps as incident logs write them, read a column at a time.
//!
//! `03/04/2024` alone does not say which number is the month, and `1767607200` does not say that it counts seconds. A column
//! does: one value beyond the twelfth, or the size of the numbers, speaks for all. So reading takes two passes. A
//! [`ColumnScan`] looks at every cell and [decides](ColumnScan::decide) the [`TimeFormat`] of the column or says why it
//! cannot; [`TimeFormat::parse`] then reads each cell in that format and never guesses.
//!
//! A reading without a zone stays a wall-clock reading: which instant it was is the business of whoever knows the zone.

mod calendar;
mod column;
mod epoch;
mod fault;
mod iso_fast;
mod reader;

pub use column::{Claim, ColumnScan, Decision, Note, decide_together};
pub use epoch::EpochUnit;
pub use fault::{BadTime, Fault};
pub use iso_fast::parse_iso_fast;

use crate::base::time::{Timestamp, WallClock};
use epoch::Decimal;
use std::fmt;

/// Which of two numbers in a date comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DateOrder {
    /// `31/12/2024`.
    DayFirst,
    /// `12/31/2024`.
    MonthFirst,
}

impl fmt::Display for DateOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::DayFirst => "day before month",
            Self::MonthFirst => "month before day",
        })
    }
}

/// How the cells of one column write a time. Whatever it is, a cell in the ISO family is understood too: year, month and day
/// in that order have one meaning only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TimeFormat {
    /// The ISO 8601 family: `2026-01-05T10:00:00Z`, `2026-01-05 10:00`, `2026/1/5 9:05:00,250 +0200`, `2026-01-05`.
    Iso,
    /// A number counted from 1970-01-01T00:00:00Z, or from whatever a log of relative times calls zero.
    Epoch(EpochUnit),
    /// Day, month and year as numbers, the year last: `29-02-2016 01:16`, `6/21/2005 10:54 AM`, `1.3.24`.
    Numeric(DateOrder),
    /// A date with the English name of its month: `05/Jan/26 10:00 AM`, `Tue, 12 Mar 2024 09:41:00 +0000`, `March 12, 2024`.
    NamedMonth,
}

impl TimeFormat {
    /// Reads one cell. Which cells are to be left out, [`is_missing`] says beforehand.
    #[inline]
    pub fn parse(self, cell: &[u8]) -> Result<Moment, BadTime> {
        match parse_iso_fast(cell) {
            Some((micros, true)) => Ok(Moment::new(Reading::Instant(Timestamp(micros)))),
            Some((micros, false)) => Ok(Moment::new(Reading::Local(WallClock(micros)))),
            None => self.parse_general(cell),
        }
    }

    fn parse_general(self, cell: &[u8]) -> Result<Moment, BadTime> {
        match (self, Decimal::read(cell)) {
            (Self::Epoch(unit), Some(number)) => epoch::moment(number, unit, cell),
            (_, Some(_)) => Err(BadTime::of_cell(Fault::OtherFormat(self), cell)),
            (_, None) => calendar::read(cell)?.moment(self, cell),
        }
    }
}

impl fmt::Display for TimeFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Iso => f.write_str("ISO 8601"),
            Self::Epoch(unit) => unit.fmt(f),
            Self::Numeric(DateOrder::DayFirst) => f.write_str("day/month/year"),
            Self::Numeric(DateOrder::MonthFirst) => f.write_str("month/day/year"),
            Self::NamedMonth => f.write_str("a date with the month's name"),
        }
    }
}

/// What a cell says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// The time.
    pub reading: Reading,
    /// The slip that was put right to read it.
    pub repaired: Option<Repair>,
}

impl Moment {
    const fn new(reading: Reading) -> Self {
        Self {
            reading,
            repaired: None,
        }
    }
}

/// A time with a zone or without one. Both lie between [`Timestamp::MIN`] and [`Timestamp::MAX`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// The cell gives the zone or counts from 1970 in UTC.
    Instant(Timestamp),
    /// The cell gives what a clock on the wall showed.
    Local(WallClock),
}

/// A slip of the pen in a time of day that follows a complete date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Repair {
    /// `11.50` for `11:50`.
    DotForColon,
    /// `1600` for `16:00`.
    NoColon,
}

impl fmt::Display for Repair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::DotForColon => "a dot read as the colon of a time of day",
            Self::NoColon => "four digits read as hours and minutes",
        })
    }
}

/// The dates that `MySQL` and Go write for none.
const ZERO_DATES: [&[u8]; 2] = [b"0000-00-00", b"0001-01-01"];

const WORDS_FOR_MISSING: [&str; 15] = [
    "?",
    "-",
    "--",
    "na",
    "n/a",
    "#n/a",
    "nan",
    "nat",
    "nil",
    "none",
    "null",
    "(null)",
    "\\n",
    "undefined",
    "unknown",
];

/// Whether a cell says that there is no time: it is blank, a word for "missing", or midnight of a zero date, which `MySQL`
/// (`0000-00-00 00:00:00`) and Go (`0001-01-01T00:00:00Z`) write for one. A zero on its own is a time: the first of a log that
/// counts from its own start.
#[inline]
pub fn is_missing(cell: &[u8]) -> bool {
    // Nearly every time begins with one of these digits.
    !matches!(cell.first(), Some(b'1'..=b'9')) && is_word_for_missing(cell.trim_ascii())
}

fn is_word_for_missing(cell: &[u8]) -> bool {
    cell.is_empty()
        || WORDS_FOR_MISSING
            .iter()
            .any(|word| word.as_bytes().eq_ignore_ascii_case(cell))
        || ZERO_DATES
            .iter()
            .filter_map(|date| cell.strip_prefix(*date))
            .any(is_midnight)
}

fn is_midnight(time_of_day: &[u8]) -> bool {
    time_of_day.iter().all(|byte| b" Tt0:.Zz".contains(byte))
}

#[cfg(test)]
mod tests;
