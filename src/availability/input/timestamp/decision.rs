//! The outcome of scanning a column for its time format.

use super::format::{DateOrder, EpochUnit, TimeFormat};
use std::fmt;

/// The outcome of scanning a whole column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// The format is decided. The notes tell how, for the report.
    Decided(TimeFormat, Vec<Note>),
    /// Every date is valid with the day first and with the month first.
    Ambiguous {
        /// A value that gives two different days.
        example: String,
        /// The value with the day first, such as `4 March 2024`.
        day_first: String,
        /// The value with the month first, such as `3 April 2024`.
        month_first: String,
    },
    /// No single format fits all values.
    Conflicting {
        /// A value and the only format it is valid in.
        one: Claim,
        /// Another value, valid in another format only.
        other: Claim,
    },
    /// No value is a time. Holds an example.
    Unrecognised(String),
    /// The column has no values.
    Empty,
}

/// A value and the only format it is valid in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The value.
    pub example: String,
    /// The format.
    pub format: TimeFormat,
}

/// The basis of a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Note {
    /// The unit follows from the magnitude of the numbers.
    UnitByMagnitude(EpochUnit),
    /// That numbers are not counted from 1970 follows from their magnitude.
    FormatByMagnitude(TimeFormat),
    /// The order follows from a value that is valid in one order only.
    OrderShown {
        /// The order.
        order: DateOrder,
        /// The value.
        example: String,
    },
    /// The caller gave the order (`--date-order`).
    OrderStated(DateOrder),
    /// The order makes no difference for the values.
    OrderImmaterial(DateOrder),
    /// The column has years of two digits.
    ShortYears,
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnitByMagnitude(unit) => write!(f, "read as {unit} (by magnitude)"),
            Self::FormatByMagnitude(format) => write!(f, "read as {format} (by magnitude)"),
            Self::OrderShown { order, example } => write!(f, "{order}, as {example} shows"),
            Self::OrderStated(order) => write!(f, "{order}, as set by --date-order"),
            Self::OrderImmaterial(order) => {
                write!(f, "{order}; the other order gives the same days")
            }
            Self::ShortYears => f.write_str("two-digit years read as 1969 to 2068"),
        }
    }
}
