//! A stream line by line, none longer than a row may be.

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
    /// The greatest number that a line may have: beyond it, those over all inputs would run out.
    number_max: u32,
}

impl Lines {
    /// The lines of an input, from its first on.
    pub fn of(sniffed: Sniffed) -> Self {
        Self {
            name: sniffed.name,
            reader: Box::new(BufReader::new(Cursor::new(sniffed.head).chain(sniffed.rest))),
            line: Vec::new(),
            number: 0,
            number_max: u32::MAX - sniffed.row_base,
        }
    }

    /// The next line with its line feed, and its number from 1; `None` at the end.
    ///
    /// Errs when the stream breaks, or the line is longer than a row may be or is no text.
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

    /// The number of the line read last; 0 before the first.
    pub fn number(&self) -> u32 {
        self.number
    }
}
