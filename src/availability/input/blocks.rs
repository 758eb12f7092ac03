//! Cuts a stream into blocks of whole records, so that workers can split blocks independently.

use super::origin::Origin;
use super::split::{Dialect, last_record_end, unclosed_record};
use crate::base::problem::Problem;
use std::io::{self, Read};

/// Approximate size of a block in bytes. A quarter of this size is as fast for incidents, but a tenth
/// slower for samples, since runs are joined once per block.
pub(super) const BLOCK_BYTES: usize = 1 << 20;

/// Size limit of a record in bytes. A longer one has an unclosed quote, or the input is not a table.
pub(super) const RECORD_BYTES_MAX: usize = 8 << 20;

/// A block of whole records.
#[derive(Debug, Default)]
pub(super) struct Block {
    /// The records, each with its line feed; the last one of a file may lack it.
    pub bytes: Vec<u8>,
    /// The line number of the first record, over all inputs.
    pub first_row: u32,
    /// The block's position in its input, from 0.
    pub sequence: u64,
}

impl Block {
    /// Copies its first lines.
    pub(super) fn first_lines(&self, count: usize) -> Self {
        let lines = self.bytes.split_inclusive(|byte| *byte == b'\n').take(count);
        let length: usize = lines.map(<[u8]>::len).sum();
        Self { bytes: self.bytes.get(..length).unwrap_or_default().to_vec(), ..Self::default() }
    }
}

/// Cuts a stream into blocks.
pub(super) struct BlockReader<R> {
    origin: Origin,
    source: R,
    dialect: Dialect,
    rest: Vec<u8>,
    next_row: u32,
    sequence: u64,
    at_end: bool,
}

impl<R: Read> BlockReader<R> {
    /// Creates a reader of the bytes `rest` followed by those of `source`. The first record is on line
    /// `first_line` of the input.
    pub(super) fn new(origin: Origin, source: R, rest: Vec<u8>, dialect: Dialect, first_line: u32) -> Self {
        let next_row = origin.row_base + first_line;
        Self { origin, source, dialect, rest, next_row, sequence: 0, at_end: false }
    }

    /// Whether all blocks have been read.
    pub(super) fn is_done(&self) -> bool {
        self.at_end && self.rest.is_empty()
    }

    /// Returns the number of the next row.
    pub(super) fn next_row(&self) -> u32 {
        self.next_row
    }

    /// Returns the next block, which reuses the memory of `buffer`, or `None` at the end.
    ///
    /// # Errors
    ///
    /// Fails when the stream cannot be read or holds a NUL byte, when a quote is never closed, when a
    /// record exceeds [`RECORD_BYTES_MAX`], and when line numbers exceed 32 bits.
    pub(super) fn next_block(&mut self, mut buffer: Vec<u8>) -> Result<Option<Block>, Problem> {
        buffer.clear();
        buffer.append(&mut self.rest);
        let end = self.fill(&mut buffer)?;
        self.rest.extend_from_slice(&buffer[end..]);
        buffer.truncate(end);
        if buffer.is_empty() {
            return Ok(None);
        }
        if let Some(at) = memchr::memchr(0, &buffer) {
            return Err(self.origin.not_text(self.line_of(&buffer, at)));
        }
        // A last line without a line feed counts as well, or the next input would start with its number.
        let unended = usize::from(buffer.last() != Some(&b'\n'));
        let lines = memchr::memchr_iter(b'\n', &buffer).count() + unended;
        let lines = u32::try_from(lines).unwrap_or(u32::MAX);
        let block = Block { bytes: buffer, first_row: self.next_row, sequence: self.sequence };
        let next_row = self.next_row.checked_add(lines);
        self.next_row = next_row.ok_or_else(|| self.origin.too_many_lines())?;
        self.sequence += 1;
        Ok(Some(block))
    }

    /// Reads until the buffer holds a block's worth of bytes and at least one whole record, or the
    /// stream ends. Returns the end of the last whole record.
    fn fill(&mut self, buffer: &mut Vec<u8>) -> Result<usize, Problem> {
        let mut goal = BLOCK_BYTES;
        loop {
            self.read_up_to(buffer, goal)
                .map_err(|error| self.origin.problem(format!("cannot be read to the end: {error}")))?;
            if self.at_end {
                return self.whole_to_the_end(buffer);
            }
            if let Some(end) = last_record_end(buffer, self.dialect) {
                return Ok(end);
            }
            if buffer.len() >= RECORD_BYTES_MAX {
                let why = format!(
                    "this row is longer than {} MiB: it has an unclosed quote, or the file is not a table",
                    RECORD_BYTES_MAX >> 20
                );
                return Err(self.origin.problem_at(self.line_of(buffer, 0), why));
            }
            // Doubling keeps the repeated search for a record's end linear in total.
            goal = buffer.len() * 2;
        }
    }

    /// Accepts the whole last buffer, unless one of its quotes is never closed: the rows after the quote
    /// would be lost.
    fn whole_to_the_end(&self, buffer: &[u8]) -> Result<usize, Problem> {
        let Some(at) = unclosed_record(buffer, self.dialect) else {
            return Ok(buffer.len());
        };
        let why = "a quote in this row is never closed, so the rest of the file would be one cell";
        Err(self.origin.problem_at(self.line_of(buffer, at), why))
    }

    /// Returns the line in the input of the byte `at` of the next block.
    fn line_of(&self, buffer: &[u8], at: usize) -> u32 {
        let before = memchr::memchr_iter(b'\n', buffer.get(..at).unwrap_or_default()).count();
        let lines = u32::try_from(before).unwrap_or(u32::MAX);
        self.next_row.saturating_add(lines) - self.origin.row_base
    }

    /// Reads until there are `goal` bytes or the stream ends.
    fn read_up_to(&mut self, buffer: &mut Vec<u8>, goal: usize) -> io::Result<()> {
        if !self.at_end && buffer.len() < goal {
            let wanted = goal - buffer.len();
            let read = self.source.by_ref().take(wanted as u64).read_to_end(buffer)?;
            self.at_end = read < wanted;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{BLOCK_BYTES, BlockReader, RECORD_BYTES_MAX};
    use crate::availability::input::origin::Origin;
    use crate::availability::input::split::Dialect;
    use crate::base::problem::Problem;

    fn blocks(text: &[u8]) -> Result<Vec<(Vec<u8>, u32)>, Problem> {
        let origin = Origin { name: "log.csv".into(), row_base: 0 };
        let mut reader = BlockReader::new(origin, text, Vec::new(), Dialect::delimited(b','), 1);
        let mut blocks = Vec::new();
        while let Some(block) = reader.next_block(Vec::new())? {
            blocks.push((block.bytes, block.first_row));
        }
        Ok(blocks)
    }

    #[test]
    fn blocks_hold_whole_records_and_the_line_of_the_first() {
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
    fn an_unclosed_quote_stops_reading() {
        let text = [b"\"".to_vec(), vec![b'x'; RECORD_BYTES_MAX + BLOCK_BYTES]].concat();
        let said = blocks(&text).unwrap_err().in_a_line();
        assert!(said.starts_with("log.csv:1: this row is longer than 8 MiB"), "{said}");
    }
}
