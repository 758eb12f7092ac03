//! Reads a stream line by line, with a limit on the length of a line.

use super::Sniffed;
use super::blocks::RECORD_BYTES_MAX;
use super::findings::{Findings, LINE};
use super::origin::Origin;
use crate::base::problem::Problem;
use std::io::{BufRead, BufReader, Cursor, Read};

/// Passes each line of an input with its number, from 1, to `parse`, which fails with the reason if the
/// line cannot be parsed. Returns the findings on those lines, and the number of the last line.
///
/// # Errors
///
/// Fails when the stream cannot be read, and when a line exceeds [`RECORD_BYTES_MAX`] or holds a NUL byte.
pub(super) fn parse_lines(
    sniffed: Sniffed,
    keep_ledger: bool,
    mut parse: impl FnMut(u32, &[u8]) -> Result<(), String>,
) -> Result<(Findings, u32), Problem> {
    let Sniffed { origin, head, rest } = sniffed;
    let mut reader = BufReader::new(Cursor::new(head).chain(rest));
    let mut findings = Findings::new(keep_ledger);
    let (mut line, mut number) = (Vec::new(), 0);
    while next_line(&mut reader, &mut line, &mut number, &origin)? {
        if let Err(why) = parse(number, &line) {
            findings.refuse_whole(origin.row_base + number, LINE, line.trim_ascii(), &why);
        }
    }
    Ok((findings, number))
}

/// Reads the next line with its line feed, and counts it; returns whether there is one.
fn next_line(
    reader: &mut impl BufRead,
    line: &mut Vec<u8>,
    number: &mut u32,
    origin: &Origin,
) -> Result<bool, Problem> {
    line.clear();
    let limit = RECORD_BYTES_MAX as u64;
    let read = reader.take(limit).read_until(b'\n', line).map_err(|error| origin.broken(&error))?;
    if read == 0 {
        return Ok(false);
    }
    // Row numbers over all inputs must fit into 32 bits.
    if *number == u32::MAX - origin.row_base {
        return Err(origin.too_many_lines());
    }
    *number += 1;
    if read as u64 == limit {
        let why = format!("this line is longer than {} MiB", RECORD_BYTES_MAX >> 20);
        return Err(origin.problem_at(*number, why));
    }
    if memchr::memchr(0, line).is_some() {
        return Err(origin.not_text(*number));
    }
    Ok(true)
}
