//! Reads event logs line by line.

use super::findings::LINE;
use super::gather::Gathering;
use super::lines::parse_lines;
use super::preset::{LineParser, Preset};
use super::records::{Parsed, take};
use super::{ReadOptions, Sniffed};
use crate::base::problem::Problem;

/// Reads an event log; returns the number of its last row, counted over all inputs.
pub(super) fn read(
    sniffed: Sniffed,
    preset: &'static Preset,
    mut parser: Box<dyn LineParser>,
    options: &ReadOptions,
    gathering: &mut Gathering,
) -> Result<u32, Problem> {
    let origin = sniffed.origin.clone();
    let (refused, last_row) = parse_lines(sniffed, options.keep_ledger, |number, line| {
        let text = String::from_utf8_lossy(line);
        if text.trim().is_empty() { Ok(()) } else { parser.line(number, text.trim_end()) }
    })?;
    let (records, seen) = parser.finish();
    let parsed = Parsed::of_fields(&origin, preset, records, refused, LINE, options)?;
    take(&origin, Parsed { last_row, seen, ..parsed }, options, gathering)
}
