//! A stream cut into blocks of whole records.

use super::split::{Dialect, last_record_end, unclosed_record};
use std::io::{self, Read};

/// Bytes of a block, more or less. A quarter of it splits incidents as fast, but samples a tenth slower: each block joins its runs.
pub const BLOCK_BYTES: usize = 1 << 20;

/// The longest record that is accepted. A longer one is an unclosed quote, or no table at all.
pub const RECORD_BYTES_MAX: usize = 8 << 20;

/// A block of whole records.
#[derive(Debug, Default)]
pub struct Block {
    /// The records, each with its line feed; the last of a file may lack it.
    pub bytes: Vec<u8>,
    /// The line number of the first, over all inputs.
    pub first_row: u32,
    /// The block's place in its input.
    pub sequence: u64,
}

/// Why no further block came.
#[derive(Debug)]
pub enum BlockError {
    /// The stream broke.
    Io(io::Error),
    /// The input ends inside a quoted cell; the line its record starts on.
    UnclosedQuote(u32),
    /// A NUL byte: no text; the line it stands on.
    Nul(u32),
    /// A record is longer than [`RECORD_BYTES_MAX`]; the line it starts on.
    RecordTooLong(u32),
    /// More than 2^32 lines.
    TooManyLines,
}

/// Cuts a stream into blocks.
pub struct BlockReader<R> {
    source: R,
    dialect: Dialect,
    rest: Vec<u8>,
    next_row: u32,
    sequence: u64,
    at_end: bool,
}

impl<R: Read> BlockReader<R> {
    /// A reader of records that begin with `rest` (read already) and go on with `source`; the first is row `first_row`.
    pub fn new(source: R, rest: Vec<u8>, dialect: Dialect, first_row: u32) -> Self {
        Self { source, dialect, rest, next_row: first_row, sequence: 0, at_end: false }
    }

    /// The number that the next row would have.
    pub fn next_row(&self) -> u32 {
        self.next_row
    }

    /// The next block, in the buffer given; `Ok(None)` at the end.
    pub fn next_block(&mut self, mut buffer: Vec<u8>) -> Result<Option<Block>, BlockError> {
        let begun = self.rest.len();
        grow(&mut buffer, begun);
        if let Some(start) = buffer.get_mut(..begun) {
            start.copy_from_slice(&self.rest);
        }
        self.rest.clear();
        let end = self.fill(&mut buffer, begun)?;
        self.rest.extend_from_slice(&buffer[end..]);
        buffer.truncate(end);
        if buffer.is_empty() {
            return Ok(None);
        }
        if let Some(at) = memchr::memchr(0, &buffer) {
            return Err(BlockError::Nul(self.row_of(&buffer, at)));
        }
        // A last line without a line feed is a line too, or the next input's first would bear its number.
        let unended = usize::from(buffer.last() != Some(&b'\n'));
        let lines = memchr::memchr_iter(b'\n', &buffer).count() + unended;
        let lines = u32::try_from(lines).unwrap_or(u32::MAX);
        let block = Block { bytes: buffer, first_row: self.next_row, sequence: self.sequence };
        self.next_row = self.next_row.checked_add(lines).ok_or(BlockError::TooManyLines)?;
        self.sequence += 1;
        Ok(Some(block))
    }

    /// Reads until the buffer holds a whole record and a block's worth, or the stream ends; returns where its last whole record ends.
    /// The buffer's first `filled` bytes are the block's already; behind them it may hold an earlier block.
    fn fill(&mut self, buffer: &mut Vec<u8>, filled: usize) -> Result<usize, BlockError> {
        let (mut filled, mut goal) = (filled, BLOCK_BYTES);
        loop {
            filled = self.read_up_to(buffer, filled, goal)?;
            buffer.truncate(filled);
            if self.at_end {
                return self.whole_to_the_end(buffer);
            }
            if let Some(end) = last_record_end(buffer, self.dialect) {
                return Ok(end);
            }
            if buffer.len() >= RECORD_BYTES_MAX {
                return Err(BlockError::RecordTooLong(self.next_row));
            }
            goal = buffer.len() * 2;
        }
    }

    /// All of the last buffer, unless a quote in it is never closed: the rows behind it would be gone.
    fn whole_to_the_end(&self, buffer: &[u8]) -> Result<usize, BlockError> {
        let Some(at) = unclosed_record(buffer, self.dialect) else {
            return Ok(buffer.len());
        };
        Err(BlockError::UnclosedQuote(self.row_of(buffer, at)))
    }

    /// The line that the byte `at` of the next block stands on.
    fn row_of(&self, buffer: &[u8], at: usize) -> u32 {
        let before = memchr::memchr_iter(b'\n', buffer.get(..at).unwrap_or_default()).count();
        let lines = u32::try_from(before).unwrap_or(u32::MAX);
        self.next_row.saturating_add(lines)
    }

    /// Reads behind the first `filled` bytes until there are `goal`, or the stream ends; returns how many there are.
    fn read_up_to(&mut self, buffer: &mut Vec<u8>, filled: usize, goal: usize) -> Result<usize, BlockError> {
        grow(buffer, goal);
        let mut filled = filled;
        while let Some(room) = buffer.get_mut(filled..).filter(|room| !room.is_empty()) {
            match self.source.read(room) {
                Ok(0) => {
                    self.at_end = true;
                    break;
                }
                Ok(read) => filled += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(BlockError::Io(error)),
            }
        }
        Ok(filled)
    }
}

/// Makes the buffer at least so long. What stood in it stays: a buffer used before is not cleared to be filled again.
fn grow(buffer: &mut Vec<u8>, length: usize) {
    if buffer.len() < length {
        buffer.resize(length, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::{BLOCK_BYTES, BlockError, BlockReader, RECORD_BYTES_MAX};
    use crate::availability::input::split::Dialect;

    fn blocks(text: &[u8]) -> Result<Vec<(Vec<u8>, u32)>, BlockError> {
        let mut reader = BlockReader::new(text, Vec::new(), Dialect { delimiter: b',' }, 1);
        let mut blocks = Vec::new();
        while let Some(block) = reader.next_block(Vec::new())? {
            blocks.push((block.bytes, block.first_row));
        }
        Ok(blocks)
    }

    #[test]
    fn blocks_hold_whole_records_and_know_their_lines() {
        let text = "some,cells,\"and a\nline\"\n".repeat(100_000).into_bytes();
        let blocks = blocks(&text).unwrap();
        assert!(blocks.len() > 1);
        let mut row = 1;
        for (bytes, first_row) in &blocks {
            assert_eq!(*first_row, row);
            assert!(bytes.starts_with(b"some") && bytes.ends_with(b"line\"\n"));
            row += memchr::memchr_iter(b'\n', bytes).count() as u32;
        }
        assert_eq!(blocks.iter().map(|(bytes, _)| bytes.len()).sum::<usize>(), text.len());
    }

    #[test]
    fn a_quote_that_is_never_closed_stops_the_reading() {
        let text = [b"\"".to_vec(), vec![b'x'; RECORD_BYTES_MAX + BLOCK_BYTES]].concat();
        assert!(matches!(blocks(&text), Err(BlockError::RecordTooLong(1))));
    }
}
