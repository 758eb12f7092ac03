//! Reads a stream line by line, with a limit on the length of a line.

use super::blocks::RECORD_BYTES_MAX;
use super::{Sniffed, file_problem, line_problem, no_text};
use crate::base::problem::Problem;
use std::io::{BufRead, BufReader, Cursor, Read};

/// The lines of one input.
pub struct Lines {
    name: String,
    reader: Box<dyn BufRead + Send>,
    line: Vec<u8>,
    number: u32,
    /// The largest line number allowed: row numbers over all inputs must fit into 32 bits.
    number_max: u32,
}

impl Lines {
    /// Creates a reader of all lines of an input.
    pub fn of(sniffed: Sniffed) -> Self {
        Self {
            name: sniffed.name,
            reader: Box::new(BufReader::new(Cursor::new(sniffed.head).chain(sniffed.rest))),
            line: Vec::new(),
            number: 0,
            number_max: u32::MAX - sniffed.row_base,
        }
    }

    /// Returns the next line with its line feed and its number, from 1, or `None` at the end.
    ///
    /// # Errors
    ///
    /// Fails when the stream cannot be read, and when the line exceeds [`RECORD_BYTES_MAX`] or holds a
    /// NUL byte.
    pub fn next(&mut self) -> Result<Option<(u32, &[u8])>, Problem> {
        self.line.clear();
        let limit = RECORD_BYTES_MAX as u64;
        let read = self.reader.by_ref().take(limit).read_until(b'\n', &mut self.line);
        let read = read.map_err(|error| file_problem(&self.name, format!("cannot be read: {error}")))?;
        if read == 0 {
            return Ok(None);
        }
        if self.number == self.number_max {
            return Err(file_problem(&self.name, "more than 4,294,967,295 lines"));
        }
        self.number += 1;
        if read as u64 == limit {
            let why = format!("this line is longer than {} MiB", RECORD_BYTES_MAX >> 20);
            return Err(line_problem(&self.name, self.number, why));
        }
        if memchr::memchr(0, &self.line).is_some() {
            return Err(no_text(&self.name, self.number));
        }
        Ok(Some((self.number, &self.line)))
    }

    /// Returns the number of the line read last; 0 before the first.
    pub fn number(&self) -> u32 {
        self.number
    }
}
