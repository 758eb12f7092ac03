//! What can come of looking at a whole column.

use super::format::{DateOrder, EpochUnit, TimeFormat};
use std::fmt;

/// The outcome of looking at a whole column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// The format, and what the reader of the results should know about the way it was found.
    Decided(TimeFormat, Vec<Note>),
    /// Every date makes sense with the day first and with the month first.
    Ambiguous {
        /// A value that means two different days.
        example: String,
        /// Such as `4 March 2024`.
        day_first: String,
        /// Such as `3 April 2024`.
        month_first: String,
    },
    /// No one format fits all values.
    Conflicting {
        /// One value and the only format that it makes sense in.
        one: Claim,
        /// Another one, with another format.
        other: Claim,
    },
    /// No value is a time; an example.
    Unrecognised(String),
    /// There is no value.
    Empty,
}

/// A value and the only format that it makes sense in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The value.
    pub example: String,
    /// The format.
    pub format: TimeFormat,
}

/// How a format was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Note {
    /// By the size of the numbers.
    UnitByMagnitude(EpochUnit),
    /// By a value that makes sense in one order only.
    OrderShown {
        /// The order.
        order: DateOrder,
        /// The value.
        example: String,
    },
    /// By the user's word, or another's who knows.
    OrderStated(DateOrder),
    /// Not at all, since it makes no difference.
    OrderImmaterial(DateOrder),
    /// The column has years of two digits.
    ShortYears,
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnitByMagnitude(unit) => write!(f, "read as {unit} (by magnitude)"),
            Self::OrderShown { order, example } => write!(f, "{order}, as {example} shows"),
            Self::OrderStated(order) => write!(f, "{order}, as stated"),
            Self::OrderImmaterial(order) => {
                write!(f, "{order}; no value means another day the other way round")
            }
            Self::ShortYears => f.write_str("two-digit years read as 1969 to 2068"),
        }
    }
}
