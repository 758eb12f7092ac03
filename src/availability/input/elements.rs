//! Turns a JSON list into lines: one for each element.

use std::io::{self, BufRead, BufReader, Read};

/// The elements of a list, or of several lists one after the other, each on a line of its own.
///
/// Only what is needed to find the elements is checked: brackets and quotes. Reading fails where the text ends before
/// its list, and where something else follows it.
pub(super) struct Elements<R> {
    source: BufReader<R>,
    /// Lines that are ready, and how much of them was taken.
    ready: Vec<u8>,
    taken: usize,
    /// The number of brackets that are open, that of the list among them.
    depth: usize,
    in_text: bool,
    is_escaped: bool,
    at_end: bool,
}

/// The bytes that are read at once.
const CHUNK: usize = 64 << 10;

impl<R: Read> Elements<R> {
    pub(super) fn new(source: R) -> Self {
        Self {
            source: BufReader::with_capacity(CHUNK, source),
            ready: Vec::with_capacity(CHUNK),
            taken: 0,
            depth: 0,
            in_text: false,
            is_escaped: false,
            at_end: false,
        }
    }

    /// Turns the next bytes into lines.
    fn prepare(&mut self) -> io::Result<()> {
        self.ready.clear();
        self.taken = 0;
        let bytes = self.source.fill_buf()?;
        let length = bytes.len();
        if length == 0 {
            self.at_end = true;
            return if self.depth == 0 { Ok(()) } else { Err(io::Error::other("the list does not end")) };
        }
        let state = (&mut self.depth, &mut self.in_text, &mut self.is_escaped);
        convert(bytes, state, &mut self.ready)?;
        self.source.consume(length);
        Ok(())
    }
}

fn convert(
    bytes: &[u8],
    (depth, in_text, is_escaped): (&mut usize, &mut bool, &mut bool),
    lines: &mut Vec<u8>,
) -> io::Result<()> {
    for byte in bytes {
        match byte {
            _ if *in_text => {
                *in_text = *byte != b'"' || *is_escaped;
                *is_escaped = *byte == b'\\' && !*is_escaped;
                lines.push(*byte);
            }
            b'[' | b'{' => {
                *depth += 1;
                if *depth > 1 {
                    lines.push(*byte);
                } else if *byte == b'{' {
                    return Err(io::Error::other("something else follows the list"));
                }
            }
            b']' | b'}' => {
                *depth = depth.checked_sub(1).ok_or_else(|| io::Error::other("a bracket is closed twice"))?;
                lines.push(if *depth == 0 { b'\n' } else { *byte });
            }
            b',' if *depth == 1 => lines.push(b'\n'),
            b' ' | b'\t' | b'\n' | b'\r' => {
                if *depth > 0 && lines.last() != Some(&b' ') {
                    lines.push(b' ');
                }
            }
            _ if *depth == 0 => return Err(io::Error::other("something else follows the list")),
            _ => {
                *in_text = *byte == b'"';
                lines.push(*byte);
            }
        }
    }
    Ok(())
}

impl<R: Read> Read for Elements<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.taken == self.ready.len() && !self.at_end {
            self.prepare()?;
        }
        let left = self.ready.get(self.taken..).unwrap_or_default();
        let count = left.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..count), left.get(..count)) {
            to.copy_from_slice(from);
        }
        self.taken += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::Elements;
    use std::io::Read as _;

    fn lines(text: &str) -> Result<String, String> {
        let mut lines = String::new();
        // A reader that gives one byte at a time.
        let slow = std::io::BufReader::with_capacity(1, text.as_bytes());
        Elements::new(slow).read_to_string(&mut lines).map(|_| lines).map_err(|error| error.to_string())
    }

    #[test]
    fn each_element_is_a_line() {
        let text = r#" [ {"a": [1, 2], "b": "x, ]\" y\\"},
            {"c": {}} , 7 ]
            [{"d": 1}] "#;
        let expected = ["{\"a\": [1, 2], \"b\": \"x, ]\\\" y\\\\\"}", "{\"c\": {}}", "7", "{\"d\": 1}"];
        let lines_of = lines(text).unwrap();
        assert_eq!(lines_of.lines().map(str::trim).collect::<Vec<_>>(), expected);
        assert_eq!(lines("[]").as_deref(), Ok("\n"));
    }

    #[test]
    fn a_list_that_does_not_end_and_what_follows_one_are_errors() {
        for text in ["[{\"a\": 1}", "[{\"a\": 1}, {", "[1] x", "[1] {\"a\": 1}", "[1]]"] {
            assert!(lines(text).is_err(), "{text}");
        }
    }
}
