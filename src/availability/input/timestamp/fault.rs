//! Errors of parsing a time.

use super::format::TimeFormat;
use super::names::month_name;

/// The reason why a time could not be parsed. Displays as a short phrase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Fault {
    /// The text does not resemble a time.
    #[error("not a time")]
    NotATime,
    /// A complete date is followed by something other than a time of day.
    #[error("no time of day after the date")]
    NoTimeOfDay,
    /// A complete time is followed by other text.
    #[error("unexpected text after the time")]
    Trailing,
    /// The time is not in the format of its column. Holds that format.
    #[error("not {0} like the other times of the column")]
    OtherFormat(TimeFormat),
    /// The year does not have four digits, or two where these are allowed.
    #[error("invalid year {0}")]
    Year(u32),
    /// Earlier than 0001-01-01.
    #[error("before year 1")]
    BeforeYear1,
    /// Later than the last accepted instant.
    #[error("after 9999-12-30")]
    TooLate,
    /// The month is not 1 to 12.
    #[error("invalid month {0}")]
    Month(u32),
    /// The month does not have this day.
    #[error("no such day: {day} {} {year}", month_name(*month))]
    NoSuchDay {
        /// The year, 1 to 9999.
        year: u32,
        /// The month, 1 to 12.
        month: u32,
        /// The day.
        day: u32,
    },
    /// The hour is neither 0 to 23 nor 24:00, or with AM or PM not 1 to 12.
    #[error("invalid hour {0}")]
    Hour(u32),
    /// The minute is not 0 to 59.
    #[error("invalid minute {0}")]
    Minute(u32),
    /// The second is not 0 to 60.
    #[error("invalid second {0}")]
    Second(u32),
    /// The offset is not `+HH`, `+HHMM` or `+HH:MM`.
    #[error("invalid offset from UTC")]
    Offset,
    /// A zone abbreviation other than UTC, UT, GMT and Z. Most abbreviations stand for several zones.
    #[error("unknown zone")]
    UnknownZone,
    /// The number is too large for any time.
    #[error("number too large")]
    NumberTooLarge,
}
