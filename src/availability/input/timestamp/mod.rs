//! Timestamps as incident logs write them, read a column at a time.
//!
//! `03/04/2024` alone does not say which number is the month, and `1767607200` does not say that it counts seconds. A column
//! does: one value beyond the twelfth, or the size of the numbers, speaks for all. So reading takes two passes. A
//! [`ColumnScan`] looks at every cell and [decides](ColumnScan::decide) the [`TimeFormat`] of the column or says why it
//! cannot; [`TimeFormat::parse`] then reads each cell in that format and never guesses.
//!
//! A reading without a zone stays a wall-clock reading: which instant it was is the business of whoever knows the zone.

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
pub use fault::{BadTime, Fault};
pub use format::{DateOrder, EpochUnit, Moment, Reading, Repair, TimeFormat};
pub use iso_fast::{IsoColumn, parse_iso_fast};
pub use missing::is_missing;

use crate::base::time::{Timestamp, WallClock};
use epoch::Decimal;

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

    // Out of line: it is large, and the fast reader is to be small where it is called.
    #[inline(never)]
    fn parse_general(self, cell: &[u8]) -> Result<Moment, BadTime> {
        match (self, Decimal::read(cell)) {
            (Self::Epoch(unit), Some(number)) => epoch::moment(number, unit, cell),
            (_, Some(_)) => Err(BadTime::of_cell(Fault::OtherFormat(self), cell)),
            (_, None) => calendar::read(cell)?.moment(self, cell),
        }
    }
}

#[cfg(test)]
mod tests;
