//! Stores the rows of one service compactly: a log may have ten million.

use crate::base::time::{MICROS, Timestamp};
use crate::timeline::Span;
use crate::timeline::samples::State;
use std::hash::BuildHasher;

/// The end of an open incident.
pub(crate) const OPEN: Timestamp = Timestamp::MAX;

/// One incident or one state change.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Row {
    /// Start of the incident, or time of the state change.
    pub start: Timestamp,
    /// End of the incident or period, or [`OPEN`]. Unused for state changes.
    pub end: Timestamp,
    /// The row's number over all inputs.
    pub row: u32,
    /// Incidents: the index of the attributes, or [`NO_EXTRA`]. State changes and periods: the code of the
    /// state.
    pub extra: u32,
}

impl Row {
    /// Creates a state change.
    #[inline]
    pub fn state_change(at: Timestamp, state: State, row: u32) -> Self {
        Self { start: at, end: at, row, extra: state as u32 }
    }

    /// Creates a period of one state.
    pub fn period(span: Span, state: State, row: u32) -> Self {
        Self { start: span.start, end: span.end, row, extra: state as u32 }
    }

    /// Returns the state of a state change or a period.
    pub fn state(&self) -> State {
        let certain = [State::Down, State::Up];
        certain.into_iter().find(|state| *state as u32 == self.extra).unwrap_or(State::Unknown)
    }
}

/// The index that stands for "no attributes".
pub(crate) const NO_EXTRA: u32 = u32::MAX;

/// A collection of rows, unordered until [`into_sorted`](Self::into_sorted).
///
/// Nearly every log writes whole seconds. Such a row, without attributes, takes 12 bytes; any other row
/// takes 24 bytes. Measured on ten million incidents: 150 MiB instead of 260 MiB, and a quarter less
/// time in the kernel.
#[derive(Debug, Clone, Default)]
pub struct Rows {
    short: Chunks<Short>,
    full: Chunks<Row>,
}

impl Rows {
    /// Adds a row.
    #[inline]
    pub fn push(&mut self, row: Row) {
        match Short::of(&row) {
            Some(short) => self.short.push(short),
            None => self.full.push(row),
        }
    }

    /// Adds all rows of another collection. The indexes of their attributes are shifted by `extra_base`.
    pub fn absorb(&mut self, mut other: Self, extra_base: u32) {
        for row in other.full.iter_mut().filter(|row| row.extra != NO_EXTRA) {
            row.extra += extra_base;
        }
        self.short.absorb(other.short);
        self.full.absorb(other.full);
    }

    /// Returns the number of rows.
    pub fn len(&self) -> usize {
        self.short.len() + self.full.len()
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Iterates over all rows in no particular order.
    pub fn iter(&self) -> impl Iterator<Item = Row> {
        self.short.iter().copied().map(Short::row).chain(self.full.iter().copied())
    }

    /// Iterates over all rows, sorted by start, end and number.
    pub fn into_sorted(self) -> SortedRows {
        // Logs are mostly in order of time, so each worker's rows form an ascending run. The stable sort
        // detects such runs and merges them in nearly linear time.
        let (mut short, mut full) = (self.short.joined(), self.full.joined());
        short.sort_by_key(|short| short.order());
        full.sort();
        SortedRows { short: short.into_iter(), full: full.into_iter() }
    }
}

/// The rows of a collection in order.
#[derive(Debug)]
pub struct SortedRows {
    short: std::vec::IntoIter<Short>,
    full: std::vec::IntoIter<Row>,
}

impl SortedRows {
    /// Returns the next row and leaves it in place. It is converted twice: keeping it, as `Peekable` does, takes
    /// more time.
    #[inline]
    pub fn peek(&self) -> Option<Row> {
        self.next_of_both().map(|(row, _)| row)
    }

    /// Returns the next row, and whether it is a short one.
    #[inline]
    fn next_of_both(&self) -> Option<(Row, bool)> {
        match (self.short.as_slice().first(), self.full.as_slice().first()) {
            (Some(short), None) => Some((short.row(), true)),
            (Some(short), Some(full)) => Some((short.row().min(*full), short.row() <= *full)),
            (None, full) => full.map(|full| (*full, false)),
        }
    }
}

impl Iterator for SortedRows {
    type Item = Row;

    #[inline]
    fn next(&mut self) -> Option<Row> {
        let (row, is_short) = self.next_of_both()?;
        if is_short {
            self.short.next();
        } else {
            self.full.next();
        }
        Some(row)
    }
}

/// A row with times in whole seconds and without attributes.
#[derive(Debug, Clone, Copy, Default)]
struct Short {
    /// Seconds from 1970-01-01 to the start.
    start_s: u32,
    length_s: u32,
    number: u32,
}

impl Short {
    /// Converts a row; returns `None` if it does not fit.
    #[inline]
    fn of(row: &Row) -> Option<Self> {
        let length = row.end.0.wrapping_sub(row.start.0);
        let short = Self {
            start_s: (row.start.0 / MICROS) as u32,
            length_s: (length / MICROS) as u32,
            number: row.row,
        };
        // The casts may truncate: a row fits exactly if it survives the round trip.
        (short.row() == *row).then_some(short)
    }

    /// Returns a sort key equivalent to start, end and number, in two integers.
    #[inline]
    fn order(self) -> (u64, u32) {
        (u64::from(self.start_s) << 32 | u64::from(self.length_s), self.number)
    }

    #[inline]
    fn row(self) -> Row {
        let start = i64::from(self.start_s) * MICROS;
        Row {
            start: Timestamp(start),
            end: Timestamp(start + i64::from(self.length_s) * MICROS),
            row: self.number,
            extra: NO_EXTRA,
        }
    }
}

/// The identifiers that the log gives to rows, as hashes.
///
/// Two rows of one service that begin at the same instant are the same incident if these are equal; that
/// others are equal by chance does not matter.
#[derive(Debug, Clone, Default)]
pub(crate) struct RowIds(Chunks<(u32, u32)>);

impl RowIds {
    /// Adds the identifier of a row.
    #[inline]
    pub(crate) fn push(&mut self, row: u32, id: &[u8]) {
        let hash = foldhash::fast::FixedState::default().hash_one(id);
        self.0.push((row, hash as u32));
    }

    /// Adds the identifiers of other rows.
    pub(crate) fn absorb(&mut self, other: Self) {
        self.0.absorb(other.0);
    }

    /// Returns the hashes with the numbers of their rows, in order of the rows.
    pub(crate) fn into_sorted(self) -> Vec<(u32, u32)> {
        let mut ids = self.0.joined();
        ids.sort_unstable();
        ids
    }
}

/// A list in chunks of growing capacity. Pushing never copies earlier items, and little capacity stays
/// unused.
#[derive(Debug, Clone, Default)]
struct Chunks<T> {
    /// The chunk being filled.
    tail: Vec<T>,
    /// Finished chunks.
    full: Vec<Vec<T>>,
    /// Number of items in `full`.
    len: usize,
}

const CHUNK_MIN: usize = 16;
const CHUNK_MAX: usize = 1024;

impl<T: Copy> Chunks<T> {
    #[inline]
    fn push(&mut self, item: T) {
        if self.tail.len() == self.tail.capacity() {
            self.next_chunk();
        }
        self.tail.push(item);
    }

    #[cold]
    fn next_chunk(&mut self) {
        self.len += self.tail.len();
        let capacity = self.len.next_power_of_two().clamp(CHUNK_MIN, CHUNK_MAX);
        let full = std::mem::replace(&mut self.tail, Vec::with_capacity(capacity));
        if !full.is_empty() {
            self.full.push(full);
        }
    }

    /// Adds the items of another list: its long chunks as they are, those of short ones one by one, so that many
    /// small lists do not become as many chunks.
    fn absorb(&mut self, other: Self) {
        for chunk in other.full.into_iter().chain([other.tail]) {
            if chunk.len() < CHUNK_MAX / 2 {
                for item in chunk {
                    self.push(item);
                }
            } else {
                self.len += chunk.len();
                self.full.push(chunk);
            }
        }
    }

    fn len(&self) -> usize {
        self.len + self.tail.len()
    }

    fn joined(&self) -> Vec<T> {
        let mut all = Vec::with_capacity(self.len());
        for chunk in &self.full {
            all.extend_from_slice(chunk);
        }
        all.extend_from_slice(&self.tail);
        all
    }

    fn iter(&self) -> impl Iterator<Item = &T> {
        self.full.iter().flatten().chain(&self.tail)
    }

    fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.full.iter_mut().flatten().chain(&mut self.tail)
    }
}

#[cfg(test)]
mod tests {
    use super::{NO_EXTRA, OPEN, Row, Rows};
    use crate::base::time::{MICROS, Timestamp};
    use crate::timeline::samples::State;
    use proptest::prelude::*;

    fn any_row() -> impl Strategy<Value = Row> {
        let moment = || {
            prop_oneof![
                (-5..5_i64).prop_map(|s| s * MICROS),
                (0..6_000_000_000_i64).prop_map(|s| s * MICROS),
                Timestamp::MIN.0..Timestamp::MAX.0,
                Just(OPEN.0),
            ]
        };
        let extra = prop_oneof![Just(NO_EXTRA), 0..100_u32];
        (moment(), moment(), any::<u32>(), extra).prop_map(|(start, end, row, extra)| Row {
            start: Timestamp(start),
            end: Timestamp(end),
            row,
            extra,
        })
    }

    proptest! {
        #[test]
        fn rows_are_returned_unchanged_and_sorted(
            ours in proptest::collection::vec(any_row(), 0..200),
            theirs in proptest::collection::vec(any_row(), 0..200),
        ) {
            let (mut rows, mut more) = (Rows::default(), Rows::default());
            for row in &ours {
                rows.push(*row);
            }
            for row in &theirs {
                more.push(*row);
            }
            rows.absorb(more, 7);
            let moved = theirs.iter().map(|row| Row {
                extra: if row.extra == NO_EXTRA { NO_EXTRA } else { row.extra + 7 },
                ..*row
            });
            let mut expected: Vec<Row> = ours.iter().copied().chain(moved).collect();
            expected.sort();
            prop_assert_eq!(rows.len(), expected.len());
            prop_assert_eq!(rows.into_sorted().collect::<Vec<_>>(), expected);
        }
    }

    #[test]
    fn a_state_change_keeps_its_state() {
        for state in [State::Down, State::Unknown, State::Up] {
            assert_eq!(Row::state_change(OPEN, state, 1).state(), state);
        }
    }

    #[test]
    fn rows_are_returned_from_any_number_of_chunks() {
        let row = |start: u32| Row {
            start: Timestamp::from_seconds(i64::from(start)),
            end: Timestamp::from_seconds(i64::from(start) + 1),
            row: start,
            extra: NO_EXTRA,
        };
        let mut rows = Rows::default();
        (0..5_000).rev().for_each(|start| rows.push(row(start)));
        assert_eq!(rows.len(), 5_000);
        assert!(rows.into_sorted().eq((0..5_000).map(row)));
    }
}
