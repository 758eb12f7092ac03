//! Turns a JSON list into lines: one for each element.

use crate::base::workers::lock;
use memchr::memchr2;
use std::io::{self, BufRead, BufReader, Read};
use std::sync::{Arc, Mutex};

/// The elements of a list, or of several lists one after the other, each on a line of its own.
///
/// Only what is needed to find the elements is checked: brackets and quotes. Reading fails where the text ends before
/// its list, and where something else follows it, unless that is kept.
pub(super) struct Elements<R> {
    source: BufReader<R>,
    /// Lines that are ready, and how much of them was taken.
    ready: Vec<u8>,
    taken: usize,
    splitter: Splitter,
    at_end: bool,
    /// Where the bytes after the list go, and whether it has ended.
    after: Option<After>,
    has_ended: bool,
}

/// What follows a list: all bytes up to one more than [`AFTER_BYTES_MAX`].
pub(super) type After = Arc<Mutex<Vec<u8>>>;

/// Size limit of what follows a list in its document.
pub(super) const AFTER_BYTES_MAX: usize = 1 << 20;

/// The bytes that are read at once.
const CHUNK: usize = 64 << 10;

impl<R: Read> Elements<R> {
    pub(super) fn new(source: R) -> Self {
        Self {
            source: BufReader::with_capacity(CHUNK, source),
            ready: Vec::with_capacity(CHUNK),
            taken: 0,
            splitter: Splitter::default(),
            at_end: false,
            after: None,
            has_ended: false,
        }
    }

    /// As [`Elements::new`], of a single list; the bytes that follow it are put into `after`.
    pub(super) fn of_one(source: R, after: After) -> Self {
        Self { after: Some(after), ..Self::new(source) }
    }

    /// Turns the next bytes into lines.
    fn prepare(&mut self) -> io::Result<()> {
        self.ready.clear();
        self.taken = 0;
        let bytes = self.source.fill_buf()?;
        let length = bytes.len();
        if length == 0 {
            self.at_end = true;
            let is_whole = self.splitter.depth == 0;
            return if is_whole { Ok(()) } else { Err(io::Error::other("the list does not end")) };
        }
        let mut left = bytes;
        while !left.is_empty() {
            if let Some(after) = self.after.as_ref().filter(|_| self.has_ended) {
                let mut after = lock(after);
                let room = (AFTER_BYTES_MAX + 1).saturating_sub(after.len());
                after.extend(left.iter().take(room));
                break;
            }
            let end = self.splitter.split(left, &mut self.ready)?;
            self.has_ended |= end.is_some();
            left = end.and_then(|end| left.get(end..)).unwrap_or_default();
        }
        self.source.consume(length);
        Ok(())
    }
}

/// Splits the text of a list into lines; keeps its position in the text between two calls.
#[derive(Default)]
struct Splitter {
    /// The number of brackets that are open, that of the list among them.
    depth: usize,
    in_text: bool,
    is_escaped: bool,
}

impl Splitter {
    /// Turns bytes into lines. Returns the position after the end of the list; `None` if it does not end in them.
    fn split(&mut self, bytes: &[u8], lines: &mut Vec<u8>) -> io::Result<Option<usize>> {
        let mut at = 0;
        while let Some(byte) = bytes.get(at) {
            if self.in_text {
                at += self.copy_text(&bytes[at..], lines);
                continue;
            }
            at += 1;
            match byte {
                b'[' | b'{' => {
                    self.depth += 1;
                    if self.depth > 1 {
                        lines.push(*byte);
                    } else if *byte == b'{' {
                        return Err(io::Error::other("something else follows the list"));
                    }
                }
                b']' | b'}' => {
                    let depth = self.depth.checked_sub(1);
                    self.depth = depth.ok_or_else(|| io::Error::other("a bracket is closed twice"))?;
                    lines.push(if self.depth == 0 { b'\n' } else { *byte });
                    if self.depth == 0 {
                        return Ok(Some(at));
                    }
                }
                b',' if self.depth == 1 => lines.push(b'\n'),
                b' ' | b'\t' | b'\n' | b'\r' => {
                    if self.depth > 0 && lines.last() != Some(&b' ') {
                        lines.push(b' ');
                    }
                }
                _ if self.depth == 0 => return Err(io::Error::other("something else follows the list")),
                _ => {
                    self.in_text = *byte == b'"';
                    lines.push(*byte);
                }
            }
        }
        Ok(None)
    }

    /// Copies a text to its closing quote, or as far as it is there. Returns the number of bytes.
    fn copy_text(&mut self, bytes: &[u8], lines: &mut Vec<u8>) -> usize {
        let mut at = usize::from(std::mem::take(&mut self.is_escaped));
        while let Some(found) = memchr2(b'"', b'\\', bytes.get(at..).unwrap_or_default()) {
            at += found + 1;
            if bytes[at - 1] == b'"' {
                self.in_text = false;
                lines.extend_from_slice(&bytes[..at]);
                return at;
            }
            self.is_escaped = at == bytes.len();
            at = (at + 1).min(bytes.len());
        }
        lines.extend_from_slice(bytes);
        bytes.len()
    }
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
    use super::{Arc, Elements, lock};
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

    #[test]
    fn what_follows_a_single_list_is_kept() {
        let after = Arc::default();
        let mut lines = String::new();
        let text = "[{\"a\": 1}], \"b\": [2]}";
        Elements::of_one(text.as_bytes(), Arc::clone(&after)).read_to_string(&mut lines).unwrap();
        assert_eq!((lines.as_str(), lock(&after).as_slice()), ("{\"a\": 1}\n", b", \"b\": [2]}".as_slice()));
    }
}
