//! Splits delimited text into records and cells, by RFC 4180 and its common variations.
//!
//! A quote opens a quoted cell only at the start of the cell; elsewhere it is an ordinary character. A
//! quoted cell may hold delimiters, line ends and doubled quotes.

use super::ends::{CellEnds, RecordEnds};
use memchr::{memchr, memchr2, memrchr};

/// The format of a delimited table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Dialect {
    /// The byte between cells: `,`, `;`, tab or `|`.
    pub delimiter: u8,
    /// Whether a cell in quotes may hold line feeds.
    pub has_quotes: bool,
}

impl Dialect {
    /// Lines that are one record each, whatever they hold.
    pub(super) const LINES: Self = Self { delimiter: b'\n', has_quotes: false };

    /// Tables with this byte between cells.
    pub(super) const fn delimited(delimiter: u8) -> Self {
        Self { delimiter, has_quotes: true }
    }

    /// Determines the dialect from a header line: the delimiter that occurs most often outside quotes.
    pub(super) fn of_header(line: &[u8]) -> Self {
        let count = |delimiter: u8| {
            let mut quoted = false;
            let mut count = 0_usize;
            for byte in line {
                quoted ^= *byte == b'"';
                count += usize::from(!quoted && *byte == delimiter);
            }
            count
        };
        let candidates = [b'|', b';', b'\t', b','];
        let delimiter = candidates.into_iter().max_by_key(|delimiter| count(*delimiter)).unwrap_or(b',');
        Self::delimited(delimiter)
    }

    /// Describes the delimiter.
    pub(super) fn name(self) -> &'static str {
        match self.delimiter {
            b';' => "`;`-separated",
            b'\t' => "tab-separated",
            b'|' => "`|`-separated",
            _ => "comma-separated",
        }
    }
}

/// Returns the end of the last whole record in `bytes`, after its line feed, or `None` when no record is
/// whole. `bytes` must begin at the start of a record.
pub(super) fn last_record_end(bytes: &[u8], dialect: Dialect) -> Option<usize> {
    // Without quotes every line feed ends a record.
    if !dialect.has_quotes || memchr(b'"', bytes).is_none() {
        return memrchr(b'\n', bytes).map(|at| at + 1);
    }
    if let Some(ends) = RecordEnds::find(bytes, dialect.delimiter) {
        return ends.last;
    }
    last_record_end_by_record(bytes, dialect)
}

fn last_record_end_by_record(bytes: &[u8], dialect: Dialect) -> Option<usize> {
    let mut end = None;
    let mut from = 0;
    while let Ok(length) = record_length(&bytes[from..], dialect) {
        from += length;
        end = Some(from);
    }
    end
}

/// The reason why a record is not whole.
enum Unended {
    Quote,
    Line,
}

/// Returns the length of the first record in `bytes`, including its line feed.
fn record_length(bytes: &[u8], dialect: Dialect) -> Result<usize, Unended> {
    let mut at = 0;
    loop {
        if bytes.get(at) == Some(&b'"') {
            at = quoted_end(bytes, at).ok_or(Unended::Quote)?;
        }
        let rest = bytes.get(at..).unwrap_or_default();
        let found = at + memchr2(dialect.delimiter, b'\n', rest).ok_or(Unended::Line)?;
        at = found + 1;
        if bytes.get(found) == Some(&b'\n') {
            return Ok(at);
        }
    }
}

/// Returns the start of the last record in `bytes` if one of its quotes is never closed. `bytes` must
/// begin at the start of a record.
pub(super) fn unclosed_record(bytes: &[u8], dialect: Dialect) -> Option<usize> {
    memchr(b'"', bytes).filter(|_| dialect.has_quotes)?;
    if let Some(ends) = RecordEnds::find(bytes, dialect.delimiter) {
        return ends.is_open.then(|| ends.last.unwrap_or(0));
    }
    let last = last_record_end_by_record(bytes, dialect).unwrap_or(0);
    matches!(record_length(bytes.get(last..)?, dialect), Err(Unended::Quote)).then_some(last)
}

/// Returns the position after the closing quote of the cell that opens at `open`, or `None` if it is not
/// closed.
fn quoted_end(bytes: &[u8], open: usize) -> Option<usize> {
    let mut at = open + 1;
    loop {
        at += memchr(b'"', bytes.get(at..)?)? + 1;
        // Two quotes in a row stand for one quote inside the cell.
        if bytes.get(at) != Some(&b'"') {
            return Some(at);
        }
        at += 1;
    }
}

/// Splits whole records into cells, one record after another.
pub(super) struct Splitter<'b> {
    bytes: &'b [u8],
    delimiter: u8,
    ends: CellEnds<'b>,
    /// The start of the next record.
    at: usize,
    /// The first cells of the current record; cells that it does not have are empty.
    cells: Vec<CellRange>,
    /// The content of cells with doubled quotes, after undoubling them.
    unquoted: Vec<u8>,
    /// Number of cells of the current record.
    pub count: usize,
    /// Number of line feeds within the cells of the current record.
    pub inner_lines: u32,
    /// Whether text follows a closing quote in the current record: a sign of a stray quote, which may
    /// have joined several rows.
    pub damaged: bool,
}

/// The position of one cell in the block. Positions beyond the block's end refer to `unquoted`.
///
/// The struct has exactly two machine words, each written once. With an additional flag, a copy reads a
/// word that was written in parts; the processor stalled on this at every cell, for a quarter of the
/// time of reading a log.
#[derive(Debug, Clone, Copy, Default)]
struct CellRange {
    start: usize,
    end: usize,
}

impl<'b> Splitter<'b> {
    /// Creates a splitter of `bytes` that keeps the first `wanted` cells of each record.
    pub(super) fn new(dialect: Dialect, bytes: &'b [u8], wanted: usize) -> Self {
        Self {
            bytes,
            delimiter: dialect.delimiter,
            ends: CellEnds::new(bytes, dialect.delimiter),
            at: 0,
            cells: vec![CellRange::default(); wanted],
            unquoted: Vec::new(),
            count: 0,
            inner_lines: 0,
            damaged: false,
        }
    }

    /// Splits the next record; returns its bytes including the line feed, or `None` at the end.
    #[inline]
    pub(super) fn next_record(&mut self) -> Option<&'b [u8]> {
        let rest = self.bytes.get(self.at..).filter(|rest| !rest.is_empty())?;
        let from = self.at;
        (self.count, self.inner_lines, self.damaged) = (0, 0, false);
        self.unquoted.clear();
        loop {
            let stop =
                if self.bytes.get(self.at) == Some(&b'"') { self.quoted_cell() } else { self.plain_cell() };
            self.at = stop + 1;
            if self.ends_record(stop) {
                break;
            }
        }
        if let Some(missing) = self.cells.get_mut(self.count..) {
            missing.fill(CellRange::default());
        }
        rest.get(..self.at - from).or(Some(rest))
    }

    /// Returns the bytes of a cell of the current record.
    #[inline]
    pub(super) fn cell(&self, column: usize) -> &[u8] {
        let CellRange { start, end } = self.cells.get(column).copied().unwrap_or_default();
        let (plain, behind) = (self.bytes, self.bytes.len());
        let cell = plain.get(start..end);
        cell.unwrap_or_else(|| self.unquoted.get(start - behind..end - behind).unwrap_or_default())
    }

    /// Whether a cell that ends at `stop` is the last of its record.
    #[inline]
    fn ends_record(&self, stop: usize) -> bool {
        self.bytes.get(stop) != Some(&self.delimiter)
    }

    #[inline]
    fn keep(&mut self, start: usize, end: usize) {
        if let Some(slot) = self.cells.get_mut(self.count) {
            *slot = CellRange { start, end };
        }
        self.count += 1;
    }

    /// Records the plain cell that begins here; returns its end.
    #[inline]
    fn plain_cell(&mut self) -> usize {
        let (start, stop) = (self.at, self.ends.next());
        let before_stop = self.bytes.get(start..stop).and_then(<[u8]>::last);
        let has_return = before_stop == Some(&b'\r') && self.ends_record(stop);
        self.keep(start, stop - usize::from(has_return));
        stop
    }

    /// Records the quoted cell that begins here; returns its end, including any text after the closing
    /// quote.
    #[inline]
    fn quoted_cell(&mut self) -> usize {
        let (open, stop) = (self.at, self.ends.next());
        let rest = self.bytes.get(open + 1..stop).unwrap_or_default();
        // Most cells hold neither quotes nor ends.
        match memchr(b'"', rest) {
            Some(length) if matches!(rest.get(length + 1..), Some([] | [b'\r'])) => {
                self.keep(open + 1, open + 1 + length);
                stop
            }
            _ => self.any_quoted_cell(open),
        }
    }

    #[inline(never)]
    fn any_quoted_cell(&mut self, open: usize) -> usize {
        let end = quoted_end(self.bytes, open).unwrap_or(self.bytes.len());
        self.inner_lines += memchr::memchr_iter(b'\n', &self.bytes[open..end]).count() as u32;
        self.keep_unquoted(open, end);
        self.ends.skip_to(end);
        let stop = self.ends.next();
        self.damaged |= !self.bytes[end..stop].trim_ascii().is_empty();
        stop
    }

    fn keep_unquoted(&mut self, open: usize, end: usize) {
        let closed = end > open + 1 && self.bytes.get(end - 1) == Some(&b'"');
        let inside = open + 1..if closed { end - 1 } else { end };
        let content = &self.bytes[inside.clone()];
        if memchr(b'"', content).is_none() {
            return self.keep(inside.start, inside.end);
        }
        let start = self.bytes.len() + self.unquoted.len();
        let mut rest = content;
        while let Some(quote) = memchr(b'"', rest) {
            self.unquoted.extend_from_slice(&rest[..=quote]);
            rest = rest.get(quote + 2..).unwrap_or_default();
        }
        self.unquoted.extend_from_slice(rest);
        self.keep(start, self.bytes.len() + self.unquoted.len());
    }
}

#[cfg(test)]
mod tests {
    use super::{
        Dialect, RecordEnds, Splitter, Unended, last_record_end, last_record_end_by_record, record_length,
        unclosed_record,
    };
    use proptest::prelude::*;

    fn rows(text: &str) -> Vec<Vec<String>> {
        let bytes = text.as_bytes();
        let mut splitter = Splitter::new(Dialect::delimited(b','), bytes, bytes.len());
        let mut rows = Vec::new();
        while splitter.next_record().is_some() {
            let row =
                (0..splitter.count).map(|cell| String::from_utf8_lossy(splitter.cell(cell)).into_owned());
            rows.push(row.collect());
        }
        rows
    }

    #[test]
    fn quoted_cells_may_hold_delimiters_quotes_and_line_feeds() {
        assert_eq!(rows("a,\"b,\"\"c\"\"\nd\",e\r\nf,g\n"), [vec!["a", "b,\"c\"\nd", "e"], vec!["f", "g"]]);
    }

    #[test]
    fn a_quote_inside_a_plain_cell_is_an_ordinary_character() {
        assert_eq!(rows("5\" disk,x\ny,z"), [["5\" disk", "x"], ["y", "z"]]);
    }

    #[test]
    fn a_block_ends_after_the_last_whole_record() {
        let dialect = Dialect::delimited(b',');
        assert_eq!(last_record_end(b"a,b\nc,\"d\ne\"\nf", dialect), Some(12));
        assert_eq!(last_record_end(b"a,\"b\nc\nd", dialect), None);
        assert_eq!(last_record_end(b"a,b\nc", dialect), Some(4));
    }

    #[test]
    fn an_unclosed_quote_is_found_in_the_last_record() {
        let dialect = Dialect::delimited(b',');
        for (text, found) in [
            ("a,b\nc,\"d\ne,f\n", Some(4)),
            ("\"a", Some(0)),
            ("a,\"b\"\"", Some(0)),
            ("a,\"b\"", None),
            ("a,b\n\"c\",d\"", None),
            ("a,b\"\nc", None),
            ("", None),
        ] {
            assert_eq!(unclosed_record(text.as_bytes(), dialect), found, "{text:?}");
        }
    }

    #[test]
    fn the_delimiter_is_the_one_the_header_uses_most() {
        assert_eq!(Dialect::of_header(b"a;b;c,d").delimiter, b';');
        assert_eq!(Dialect::of_header(b"a\tb").delimiter, b'\t');
        assert_eq!(Dialect::of_header(b"alone").delimiter, b',');
    }

    proptest! {
        #[test]
        fn output_of_the_csv_crate_is_read_back(
            table in proptest::collection::vec(proptest::collection::vec("[a-z,\"\n ;é]{0,6}", 3), 1..6)
        ) {
            let mut writer = csv::Writer::from_writer(Vec::new());
            for row in &table { writer.write_record(row).unwrap(); }
            let text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
            prop_assert_eq!(rows(&text), table);
        }

        #[test]
        fn counting_quotes_finds_the_same_ends_as_splitting(
            text in "([a\",\n]|\"\"|,\"|\",|\"\n|b{20}){0,60}",
        ) {
            let dialect = Dialect::delimited(b',');
            if let Some(ends) = RecordEnds::find(text.as_bytes(), dialect.delimiter) {
                let last = last_record_end_by_record(text.as_bytes(), dialect);
                let rest = &text.as_bytes()[last.unwrap_or(0)..];
                let is_open = matches!(record_length(rest, dialect), Err(Unended::Quote));
                prop_assert_eq!(ends, RecordEnds { last, is_open });
            }
        }

        #[test]
        fn any_bytes_are_split_completely_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let mut splitter = Splitter::new(Dialect::delimited(b','), &bytes, 3);
            let mut split = Vec::new();
            while let Some(record) = splitter.next_record() {
                prop_assert!(!record.is_empty());
                split.extend_from_slice(record);
            }
            prop_assert_eq!(split, bytes);
        }
    }
}
