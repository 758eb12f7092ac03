//! Parses timestamps as incident logs write them, one column at a time.
//!
//! `03/04/2024` alone does not tell which number is the month, and `1767607200` does not tell that it
//! counts seconds. The column does: a single day number above 12, or the magnitude of the numbers,
//! settles it for all cells. Parsing therefore takes two passes. A [`ColumnScan`] inspects every cell;
//! [`decide_together`] decides the [`TimeFormat`] of each column, or tells why it cannot; and
//! [`TimeFormat::parse`] then parses each cell in that format and never guesses.
//!
//! A time without a zone stays a wall-clock time; the caller, who knows the zone, converts it to an
//! instant.

mod calendar;
mod clock;
mod column;
mod decision;
mod epoch;
mod fault;
mod format;
mod iso_fast;
mod missing;
mod names;
mod reader;

pub use column::{ColumnScan, decide_together};
pub use decision::{Claim, Decision, Note};
pub use fault::Fault;
pub use format::{DateOrder, EpochUnit, Moment, Reading, Repair, TimeFormat};
pub use iso_fast::{IsoColumn, parse_iso_fast};
pub use missing::is_missing;

use crate::base::time::{Timestamp, WallClock};
use epoch::Decimal;

impl TimeFormat {
    /// Parses one cell. The caller must check for missing times with [`is_missing`] first.
    #[inline]
    pub fn parse(self, cell: &[u8]) -> Result<Moment, Fault> {
        match parse_iso_fast(cell) {
            Some((micros, true)) => Ok(Moment::new(Reading::Instant(Timestamp(micros)))),
            Some((micros, false)) => Ok(Moment::new(Reading::Local(WallClock(micros)))),
            None => self.parse_general(cell),
        }
    }

    // Not inlined, to keep the fast path small at its call sites.
    #[inline(never)]
    fn parse_general(self, cell: &[u8]) -> Result<Moment, Fault> {
        match (self, Decimal::read(cell)) {
            (Self::Epoch(unit), Some(number)) => epoch::moment(number, unit),
            (Self::Serial, Some(number)) => number.serial().ok_or(Fault::OtherFormat(self)),
            (Self::Compact, Some(number)) => number.compact().ok_or(Fault::OtherFormat(self)),
            (_, Some(_)) => Err(Fault::OtherFormat(self)),
            (_, None) => calendar::read(cell)?.moment(self),
        }
    }
}

#[cfg(test)]
mod tests;
