//! The formats of time columns, and the value of one time.

use crate::base::time::{Timestamp, WallClock};
use std::fmt;

/// The time format of one column. A cell in the ISO family is accepted in every format, since year,
/// month and day in that order are unambiguous.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TimeFormat {
    /// The ISO 8601 family: `2026-01-05T10:00:00Z`, `2026-01-05 10:00`, `2026/1/5 9:05:00,250 +0200`,
    /// `2026-01-05`.
    Iso,
    /// A number counted from 1970-01-01T00:00:00Z, or from the origin of a log of relative times.
    Epoch(EpochUnit),
    /// Days since 1899-12-30, as spreadsheets store local times: `46027.4167`.
    Serial,
    /// Digits only: `20260105`, `202601051000`, `20260105100000`.
    Compact,
    /// Day, month and year as numbers with the year last: `29-02-2016 01:16`, `6/21/2005 10:54 AM`,
    /// `1.3.24`.
    Numeric(DateOrder),
    /// A date with the English name of its month: `05/Jan/26 10:00 AM`, `Tue, 12 Mar 2024 09:41:00
    /// +0000`, `March 12, 2024`.
    NamedMonth,
}

impl fmt::Display for TimeFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Iso => f.write_str("ISO 8601"),
            Self::Epoch(unit) => unit.fmt(f),
            Self::Serial => f.write_str("day numbers of a spreadsheet"),
            Self::Compact => f.write_str("YYYYMMDDhhmmss without separators"),
            Self::Numeric(DateOrder::DayFirst) => f.write_str("day/month/year"),
            Self::Numeric(DateOrder::MonthFirst) => f.write_str("month/day/year"),
            Self::NamedMonth => f.write_str("a date with the month's name"),
        }
    }
}

/// The unit of a number since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EpochUnit {
    /// Seconds; 10 digits today.
    Seconds,
    /// Milliseconds; 13 digits today.
    Millis,
    /// Microseconds; 16 digits today.
    Micros,
    /// Nanoseconds; 19 digits today.
    Nanos,
}

impl fmt::Display for EpochUnit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Seconds => "epoch seconds",
            Self::Millis => "epoch milliseconds",
            Self::Micros => "epoch microseconds",
            Self::Nanos => "epoch nanoseconds",
        })
    }
}

/// The order of day and month in a numeric date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, clap::ValueEnum)]
pub enum DateOrder {
    /// Day before month: `31/12/2024`.
    #[value(name = "dmy")]
    DayFirst,
    /// Month before day: `12/31/2024`.
    #[value(name = "mdy")]
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

/// The parsed value of a time cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// The time.
    pub reading: Reading,
    /// The irregularity that was corrected to parse it, if any.
    pub repaired: Option<Repair>,
}

impl Moment {
    pub(super) const fn new(reading: Reading) -> Self {
        Self { reading, repaired: None }
    }
}

/// A time with a zone or without one. Both lie between [`Timestamp::MIN`] and [`Timestamp::MAX`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// An instant: the cell gives the zone or counts from 1970 in UTC.
    Instant(Timestamp),
    /// A local time: the cell has no zone.
    Local(WallClock),
}

/// An irregular but unambiguous notation of a time of day after a complete date.
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
