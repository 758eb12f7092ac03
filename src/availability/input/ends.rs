//! Finds the ends of cells, 64 bytes at a time.

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
        ends.skip_to(0);
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

    /// Continues at `at`: the next end is not before it.
    pub(super) fn skip_to(&mut self, at: usize) {
        self.base = at - at % WIDTH;
        self.found = self.scan() & u64::MAX << (at % WIDTH);
    }

    #[inline]
    fn scan(&self) -> u64 {
        let rest = self.bytes.get(self.base..).unwrap_or_default();
        match rest.first_chunk() {
            Some(chunk) => self.matches(chunk),
            None => self.scan_tail(rest),
        }
    }

    /// Compares the last, incomplete chunk, padded with zero bytes, which do not end a cell.
    #[cold]
    fn scan_tail(&self, rest: &[u8]) -> u64 {
        let mut chunk = [0; WIDTH];
        for (slot, byte) in chunk.iter_mut().zip(rest) {
            *slot = *byte;
        }
        self.matches(&chunk)
    }

    /// Returns a bit for each byte that ends a cell. The compiler vectorises the comparison and unrolls
    /// the fold.
    #[inline]
    fn matches(&self, chunk: &[u8; WIDTH]) -> u64 {
        // Multiplying eight bytes of 0 or 1 by this constant gathers them as the bits of the highest
        // byte: byte i has weight 2^(8i) and is shifted to bit 56 + i. The partial products do not
        // overlap, so none carries.
        const GATHER: u64 = 0x0102_0408_1020_4080;
        let ends = chunk.map(|byte| u8::from(byte == self.delimiter || byte == b'\n'));
        let (eights, _) = ends.as_chunks::<8>();
        eights
            .iter()
            .rev()
            .fold(0, |bits, eight| bits << 8 | u64::from_le_bytes(*eight).wrapping_mul(GATHER) >> 56)
    }
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
