//! Delimited text into records and cells, by RFC 4180 and the ways people depart from it.
//!
//! A quote opens a quoted cell only at the cell's start; elsewhere it is an ordinary character. A quoted cell may hold
//! delimiters, line ends and doubled quotes.

use memchr::{memchr, memchr2, memrchr};

/// How a table is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dialect {
    /// The byte between cells: `,`, `;`, tab or `|`.
    pub delimiter: u8,
}

impl Dialect {
    /// The dialect of a header line: the delimiter that occurs most often outside quotes.
    pub fn of_header(line: &[u8]) -> Self {
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
        let delimiter = candidates
            .into_iter()
            .max_by_key(|delimiter| count(*delimiter))
            .unwrap_or(b',');
        Self { delimiter }
    }

    /// The delimiter in words.
    pub fn name(self) -> &'static str {
        match self.delimiter {
            b';' => "`;`-separated",
            b'\t' => "tab-separated",
            b'|' => "`|`-separated",
            _ => "comma-separated",
        }
    }
}

/// Where the last whole record in `bytes` ends (behind its line feed). `bytes` begins at a record's start. `None` when no record is whole.
pub fn last_record_end(bytes: &[u8], dialect: Dialect) -> Option<usize> {
    if memchr(b'"', bytes).is_none() {
        return memrchr(b'\n', bytes).map(|at| at + 1);
    }
    let mut end = None;
    let mut from = 0;
    while let Some(length) = record_length(&bytes[from..], dialect) {
        from += length;
        end = Some(from);
    }
    end
}

/// The length of the record that `bytes` begins with, with its line feed; `None` when it is not whole.
pub fn record_length(bytes: &[u8], dialect: Dialect) -> Option<usize> {
    let mut at = 0;
    loop {
        if bytes.get(at) == Some(&b'"') {
            at = quoted_end(bytes, at)?;
        }
        let found = at + memchr2(dialect.delimiter, b'\n', bytes.get(at..)?)?;
        at = found + 1;
        if bytes.get(found) == Some(&b'\n') {
            return Some(at);
        }
    }
}

/// Where the last record in `bytes` begins, when one of its quotes is never closed. `bytes` begins at a record's start.
pub fn unclosed_record(bytes: &[u8], dialect: Dialect) -> Option<usize> {
    memchr(b'"', bytes)?;
    let last = last_record_end(bytes, dialect).unwrap_or(0);
    let record = bytes.get(last..)?;
    let mut at = 0;
    loop {
        if record.get(at) == Some(&b'"') {
            let Some(end) = quoted_end(record, at) else {
                return Some(last);
            };
            at = end;
        }
        at += memchr(dialect.delimiter, record.get(at..)?)? + 1;
    }
}

/// Where a quoted cell that opens at `open` is closed: behind its closing quote. `None` when it is not.
fn quoted_end(bytes: &[u8], open: usize) -> Option<usize> {
    let mut at = open + 1;
    loop {
        at += memchr(b'"', bytes.get(at..)?)? + 1;
        if bytes.get(at) != Some(&b'"') {
            return Some(at);
        }
        at += 1;
    }
}

/// Splits records of whole blocks into cells.
pub struct Splitter {
    dialect: Dialect,
    /// Cells of doubled quotes, undoubled.
    unquoted: Vec<u8>,
    damaged: bool,
}

/// One cell of a record: where it stands, in the block or among the undoubled cells.
#[derive(Debug, Clone, Copy, Default)]
pub struct CellRange {
    start: usize,
    end: usize,
    undoubled: bool,
}

impl Splitter {
    /// A splitter.
    pub fn new(dialect: Dialect) -> Self {
        Self {
            dialect,
            unquoted: Vec::new(),
            damaged: false,
        }
    }

    /// Splits the record at the start of `bytes[from..]` into `cells`, at most `wanted` of them.
    ///
    /// Returns where the next record starts and how many line feeds the record holds inside its cells.
    #[inline]
    pub fn record(
        &mut self,
        bytes: &[u8],
        from: usize,
        wanted: usize,
        cells: &mut Vec<CellRange>,
    ) -> (usize, u32) {
        cells.clear();
        self.unquoted.clear();
        self.damaged = false;
        let mut at = from;
        let mut inner_lines = 0;
        loop {
            if bytes.get(at) == Some(&b'"') {
                let end = quoted_end(bytes, at).unwrap_or(bytes.len());
                inner_lines += memchr::memchr_iter(b'\n', &bytes[at..end]).count() as u32;
                let cell = self.quoted(bytes, at, end);
                if cells.len() < wanted {
                    cells.push(cell);
                }
                at = end;
                let stop =
                    memchr2(self.dialect.delimiter, b'\n', &bytes[at..]).map_or(bytes.len(), |i| at + i);
                self.damaged |= !bytes[at..stop].trim_ascii().is_empty();
                at = stop + 1;
                if bytes.get(stop) != Some(&self.dialect.delimiter) {
                    return (at.min(bytes.len()), inner_lines);
                }
                continue;
            }
            let stop = memchr2(self.dialect.delimiter, b'\n', &bytes[at..]).map_or(bytes.len(), |i| at + i);
            let ends_record = bytes.get(stop) != Some(&self.dialect.delimiter);
            let end = if ends_record && stop > at && bytes.get(stop - 1) == Some(&b'\r') {
                stop - 1
            } else {
                stop
            };
            if cells.len() < wanted {
                cells.push(CellRange {
                    start: at,
                    end,
                    undoubled: false,
                });
            }
            at = stop + 1;
            if ends_record {
                return (at.min(bytes.len()), inner_lines);
            }
        }
    }

    /// Whether text follows a closing quote in the record split last: a stray quote, which may have joined several rows.
    #[inline]
    pub fn damaged(&self) -> bool {
        self.damaged
    }

    fn quoted(&mut self, bytes: &[u8], open: usize, end: usize) -> CellRange {
        let closed = end > open + 1 && bytes.get(end - 1) == Some(&b'"');
        let inside = open + 1..if closed { end - 1 } else { end };
        let content = &bytes[inside.clone()];
        if memchr(b'"', content).is_none() {
            return CellRange {
                start: inside.start,
                end: inside.end,
                undoubled: false,
            };
        }
        let start = self.unquoted.len();
        let mut rest = content;
        while let Some(quote) = memchr(b'"', rest) {
            self.unquoted.extend_from_slice(&rest[..=quote]);
            rest = rest.get(quote + 2..).unwrap_or_default();
        }
        self.unquoted.extend_from_slice(rest);
        CellRange {
            start,
            end: self.unquoted.len(),
            undoubled: true,
        }
    }

    /// The bytes of a cell of the record split last.
    #[inline]
    pub fn bytes<'b>(&'b self, block: &'b [u8], cell: CellRange) -> &'b [u8] {
        let source = if cell.undoubled {
            self.unquoted.as_slice()
        } else {
            block
        };
        source.get(cell.start..cell.end).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::{Dialect, Splitter, last_record_end, unclosed_record};
    use proptest::prelude::*;

    fn rows(text: &str) -> Vec<Vec<String>> {
        let bytes = text.as_bytes();
        let mut splitter = Splitter::new(Dialect { delimiter: b',' });
        let (mut at, mut cells, mut rows) = (0, Vec::new(), Vec::new());
        while at < bytes.len() {
            (at, _) = splitter.record(bytes, at, usize::MAX, &mut cells);
            let row = cells
                .iter()
                .map(|cell| String::from_utf8_lossy(splitter.bytes(bytes, *cell)).into_owned());
            rows.push(row.collect());
        }
        rows
    }

    #[test]
    fn quoted_cells_may_hold_anything() {
        assert_eq!(
            rows("a,\"b,\"\"c\"\"\nd\",e\r\nf,g\n"),
            [vec!["a", "b,\"c\"\nd", "e"], vec!["f", "g"]]
        );
    }

    #[test]
    fn a_quote_inside_a_plain_cell_is_an_ordinary_character() {
        assert_eq!(rows("5\" disk,x\ny,z"), [["5\" disk", "x"], ["y", "z"]]);
    }

    #[test]
    fn a_block_is_cut_at_the_end_of_a_whole_record() {
        let dialect = Dialect { delimiter: b',' };
        assert_eq!(last_record_end(b"a,b\nc,\"d\ne\"\nf", dialect), Some(12));
        assert_eq!(last_record_end(b"a,\"b\nc\nd", dialect), None);
        assert_eq!(last_record_end(b"a,b\nc", dialect), Some(4));
    }

    #[test]
    fn a_quote_that_is_never_closed_is_found_in_the_last_record() {
        let dialect = Dialect { delimiter: b',' };
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
        fn what_the_csv_crate_writes_we_read_back(
            table in proptest::collection::vec(proptest::collection::vec("[a-z,\"\n ;é]{0,6}", 3), 1..6)
        ) {
            let mut writer = csv::Writer::from_writer(Vec::new());
            for row in &table { writer.write_record(row).unwrap(); }
            let text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
            prop_assert_eq!(rows(&text), table);
        }

        #[test]
        fn no_bytes_make_it_panic_or_stand_still(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let mut splitter = Splitter::new(Dialect { delimiter: b',' });
            let (mut at, mut cells) = (0, Vec::new());
            while at < bytes.len() {
                let (next, _) = splitter.record(&bytes, at, usize::MAX, &mut cells);
                prop_assert!(next > at);
                at = next;
            }
        }
    }
}
