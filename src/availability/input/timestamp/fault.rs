//! What can be wrong with a time.

use super::format::TimeFormat;
use super::names::month_name;
use std::ops::Range;

/// A cell, or a part of it, that is not a time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{fault}")]
pub struct BadTime {
    /// What is wrong.
    pub fault: Fault,
    /// Which bytes of the cell are.
    pub place: Range<usize>,
}

impl BadTime {
    pub(super) fn of_cell(fault: Fault, cell: &[u8]) -> Self {
        Self { fault, place: 0..cell.len() }
    }
}

/// What is wrong with a time, as a short phrase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Fault {
    /// Nothing in it looks like a time.
    #[error("not a time")]
    NotATime,
    /// A complete date, and then something else than a time of day.
    #[error("no time of day after the date")]
    NoTimeOfDay,
    /// A complete time, and then something else.
    #[error("something follows the time")]
    Trailing,
    /// A time, but not in the format of its column, which this is.
    #[error("not {0}, as the column's other times are")]
    OtherFormat(TimeFormat),
    /// A year that has not four digits, or two where two are usual.
    #[error("year {0}")]
    Year(u32),
    /// Earlier than 0001-01-01.
    #[error("before year 1")]
    BeforeYear1,
    /// Later than any instant that is accepted.
    #[error("after 9999-12-30")]
    TooLate,
    /// Not 1 to 12.
    #[error("month {0}")]
    Month(u32),
    /// A day that its month does not have.
    #[error("no such day: {day} {} {year}", month_name(*month))]
    NoSuchDay {
        /// The year, 1 to 9999.
        year: u32,
        /// The month, 1 to 12.
        month: u32,
        /// The day.
        day: u32,
    },
    /// Not 0 to 23 nor 24:00, or not 1 to 12 before AM or PM.
    #[error("hour {0}")]
    Hour(u32),
    /// Not 0 to 59.
    #[error("minute {0}")]
    Minute(u32),
    /// Not 0 to 60.
    #[error("second {0}")]
    Second(u32),
    /// Not `+HH`, `+HHMM` or `+HH:MM`.
    #[error("no such offset from UTC")]
    Offset,
    /// A zone's abbreviation other than UTC and GMT: most of them stand for several zones.
    #[error("unknown zone")]
    UnknownZone,
    /// Beyond what any time needs.
    #[error("number too large")]
    NumberTooLarge,
}
