//! Finds the ends of cells and the last end of a record, 64 bytes at a time.

/// The number of bytes compared together.
const WIDTH: usize = u64::BITS as usize;

/// Finds delimiters and line feeds in order.
///
/// Cells are short, so a search per cell, such as with `memchr2`, spends most of its time on setup.
/// Comparing 64 bytes at once and iterating over the bits of the result splits rows of times in a
/// quarter of the time.
pub(super) struct CellEnds<'b> {
    bytes: &'b [u8],
    delimiter: u8,
    /// The position of the bytes that `found` describes.
    base: usize,
    /// A bit for each of these bytes that ends a cell and has not been returned yet.
    found: u64,
}

impl<'b> CellEnds<'b> {
    /// Creates an iterator over all ends in `bytes`.
    pub(super) fn new(bytes: &'b [u8], delimiter: u8) -> Self {
        let mut ends = Self { bytes, delimiter, base: 0, found: 0 };
        ends.found = ends.scan();
        ends
    }

    /// Returns the next end; after the last one, the length of the bytes.
    #[inline]
    pub(super) fn next(&mut self) -> usize {
        while self.found == 0 {
            self.base += WIDTH;
            if self.base >= self.bytes.len() {
                return self.bytes.len();
            }
            self.found = self.scan();
        }
        let end = self.base + self.found.trailing_zeros() as usize;
        // Clears the lowest set bit.
        self.found &= self.found - 1;
        end
    }

    /// Continues at `at`, which may be before ends that were returned: the next end is not before it.
    pub(super) fn skip_to(&mut self, at: usize) {
        self.base = at - at % WIDTH;
        self.found = self.scan() & u64::MAX << (at % WIDTH);
    }

    #[inline]
    fn scan(&self) -> u64 {
        let rest = self.bytes.get(self.base..).unwrap_or_default();
        let is_end = |byte| byte == self.delimiter || byte == b'\n';
        match rest.first_chunk() {
            Some(chunk) => matches(chunk, is_end),
            None => matches(&padded(rest), is_end),
        }
    }
}

/// Returns the last, incomplete chunk, padded with zero bytes, which are no delimiters, line feeds or quotes.
#[cold]
fn padded(rest: &[u8]) -> [u8; WIDTH] {
    let mut chunk = [0; WIDTH];
    for (slot, byte) in chunk.iter_mut().zip(rest) {
        *slot = *byte;
    }
    chunk
}

/// Returns a bit for each byte of which `is` holds. The compiler vectorises the comparison and unrolls the fold.
#[inline]
fn matches(chunk: &[u8; WIDTH], is: impl Fn(u8) -> bool) -> u64 {
    // Multiplying eight bytes of 0 or 1 by this constant gathers them as the bits of the highest
    // byte: byte i has weight 2^(8i) and is shifted to bit 56 + i. The partial products do not
    // overlap, so none carries.
    const GATHER: u64 = 0x0102_0408_1020_4080;
    let found = chunk.map(|byte| u8::from(is(byte)));
    let (eights, _) = found.as_chunks::<8>();
    eights
        .iter()
        .rev()
        .fold(0, |bits, eight| bits << 8 | u64::from_le_bytes(*eight).wrapping_mul(GATHER) >> 56)
}

/// Where records end in text of which every quote opens or closes a cell, or is one of two that stand for one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RecordEnds {
    /// The end of the last whole record, after its line feed.
    pub(super) last: Option<usize>,
    /// Whether the text ends inside a quoted cell.
    pub(super) is_open: bool,
}

impl RecordEnds {
    /// Finds them by counting quotes: a byte is inside a quoted cell after an odd number of quotes. Returns `None` if a
    /// quote stands inside a plain cell, where it is an ordinary character. `bytes` must begin at the start of a
    /// record.
    pub(super) fn find(bytes: &[u8], delimiter: u8) -> Option<Self> {
        let mut ends = Self { last: None, is_open: false };
        // Whether a quote may open a cell as the first byte of the chunk.
        let mut may_open = 1;
        let (chunks, rest) = bytes.as_chunks::<WIDTH>();
        let tail = padded(rest);
        for (number, chunk) in chunks.iter().chain([&tail]).enumerate() {
            let quotes = matches(chunk, |byte| byte == b'"');
            let line_feeds = matches(chunk, |byte| byte == b'\n');
            let delimiters = matches(chunk, |byte| byte == delimiter);
            let inside = parities(quotes) ^ if ends.is_open { u64::MAX } else { 0 };
            // After the end of a cell, and after a quote that seemed to close one.
            let openings = (line_feeds | delimiters | quotes) << 1 | may_open;
            if quotes & inside & !openings != 0 {
                return None;
            }
            let last_bit = WIDTH - 1;
            may_open = (line_feeds | delimiters | quotes) >> last_bit;
            ends.is_open = inside >> last_bit == 1;
            let outside = line_feeds & !inside;
            if outside != 0 {
                ends.last = Some((number + 1) * WIDTH - outside.leading_zeros() as usize);
            }
        }
        Some(ends)
    }
}

/// Returns for each bit whether the number of set bits up to and including it is odd.
fn parities(bits: u64) -> u64 {
    [1, 2, 4, 8, 16, 32].iter().fold(bits, |bits, distance| bits ^ bits << distance)
}

#[cfg(test)]
mod tests {
    use super::CellEnds;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_delimiter_and_line_feed_is_found_once_and_in_order(
            bytes in proptest::collection::vec(prop_oneof![Just(b','), Just(b'\n'), any::<u8>()], 0..300),
            from in 0..300_usize,
        ) {
            let from = from.min(bytes.len());
            let mut ends = CellEnds::new(&bytes, b',');
            ends.skip_to(from);
            for at in (from..bytes.len()).filter(|at| matches!(bytes[*at], b',' | b'\n')) {
                prop_assert_eq!(ends.next(), at);
            }
            prop_assert_eq!(ends.next(), bytes.len());
            prop_assert_eq!(ends.next(), bytes.len());
        }
    }
}
