//! The end of a message's body (RFC 9112, sections 6 and 7).

use super::head::{Head, Malformed, is_bodiless};
use hyper::header::{CONTENT_LENGTH, TRANSFER_ENCODING};

/// How the end of a body is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    /// It has this many bytes.
    Length(u64),
    /// It comes in chunks, with trailers after the last.
    Chunked,
    /// It ends with the connection.
    UntilClose,
}

/// Finds the parts of a body in the bytes received, one after the other.
#[derive(Debug)]
pub(super) struct Decoder {
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Before this many bytes of a body of known length.
    Known(u64),
    Endless,
    ChunkLength,
    Chunk(u64),
    ChunkEnd,
    Trailers,
    Done,
}

/// A part of a body on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Data,
    /// The length of a chunk, or its end.
    Between,
    /// A line of the trailers; the last one is empty.
    Trailer,
}

/// Longest line with the length of a chunk, and longest trailer, in bytes.
const LINE_BYTES_MAX: usize = 64 << 10;

impl Framing {
    /// Returns how the body of a request ends. Refuses what two readers could read differently.
    pub(super) fn of_request(head: &Head) -> Result<Self, Malformed> {
        Ok(match Self::stated(head)? {
            Some(Self::UntilClose) => return Err(unclear(head)),
            Some(stated) => stated,
            None => Self::Length(0),
        })
    }

    /// Returns how the body of the final response to a request with this method ends.
    pub(super) fn of_response(head: &Head, method: &str) -> Result<Self, Malformed> {
        if is_bodiless(head, method) {
            return Ok(Self::Length(0));
        }
        Ok(Self::stated(head)?.unwrap_or(Self::UntilClose))
    }

    fn stated(head: &Head) -> Result<Option<Self>, Malformed> {
        let codings = head.list(&TRANSFER_ENCODING);
        let lengths = head.list(&CONTENT_LENGTH);
        match (codings.as_slice(), lengths.as_slice()) {
            ([], []) => Ok(None),
            ([_, ..], [_, ..]) => Err(Malformed::TwoLengths),
            // HTTP/1.0 knows no transfer codings.
            ([_, ..], []) if head.old => Err(unclear(head)),
            ([.., last], []) => {
                let chunked = codings.iter().filter(|coding| *coding == "chunked").count();
                match (last == "chunked", chunked) {
                    (true, 1) => Ok(Some(Self::Chunked)),
                    (false, 0) => Ok(Some(Self::UntilClose)),
                    _ => Err(unclear(head)),
                }
            }
            ([], [first, others @ ..]) => {
                let digits = !first.is_empty() && first.bytes().all(|byte| byte.is_ascii_digit());
                let length =
                    first.parse().ok().filter(|_| digits && others.iter().all(|other| other == first));
                length.map(|length| Some(Self::Length(length))).ok_or_else(|| unclear(head))
            }
        }
    }
}

fn unclear(head: &Head) -> Malformed {
    let stated: Vec<String> = [head.list(&TRANSFER_ENCODING), head.list(&CONTENT_LENGTH)].concat();
    Malformed::Length(stated.join(", "))
}

impl Decoder {
    pub(super) fn new(framing: Framing) -> Self {
        let state = match framing {
            Framing::Length(length) => State::known(length),
            Framing::Chunked => State::ChunkLength,
            Framing::UntilClose => State::Endless,
        };
        Self { state }
    }

    /// Returns whether the body has been read to its end.
    pub(super) fn is_done(&self) -> bool {
        self.state == State::Done
    }

    /// Returns whether the body may end with the connection.
    pub(super) fn ends_with_connection(&self) -> bool {
        self.state == State::Endless
    }

    /// Returns the next part at the start of `bytes` and its length; `None` if more bytes are needed, or if
    /// the body is complete.
    pub(super) fn next(&mut self, bytes: &[u8]) -> Result<Option<(Part, usize)>, Malformed> {
        let received = bytes.len() as u64;
        let (part, length, state) = match self.state {
            State::Done => return Ok(None),
            _ if bytes.is_empty() => return Ok(None),
            State::Endless => (Part::Data, received, State::Endless),
            State::Known(left) => {
                (Part::Data, left.min(received), State::known(left.saturating_sub(received)))
            }
            State::Chunk(left) if left > received => (Part::Data, received, State::Chunk(left - received)),
            State::Chunk(left) => (Part::Data, left, State::ChunkEnd),
            State::ChunkEnd => match bytes {
                [b'\r', b'\n', ..] => (Part::Between, 2, State::ChunkLength),
                [b'\r'] => return Ok(None),
                _ => return Err(Malformed::Chunk),
            },
            State::ChunkLength | State::Trailers => match memchr::memchr(b'\n', bytes) {
                None if bytes.len() > LINE_BYTES_MAX => return Err(Malformed::Chunk),
                None => return Ok(None),
                Some(end) => self.line(bytes.get(..=end).unwrap_or_default())?,
            },
        };
        self.state = state;
        // Not above the number of bytes.
        Ok(Some((part, length as usize)))
    }

    /// Returns how many of the bytes belong to the body, and what is wrong in it; all of them then.
    pub(super) fn measure(&mut self, bytes: &[u8]) -> (usize, Option<Malformed>) {
        let mut length = 0;
        loop {
            match self.next(bytes.get(length..).unwrap_or_default()) {
                Ok(None) => return (length, None),
                Ok(Some((_, more))) => length += more,
                Err(wrong) => return (bytes.len(), Some(wrong)),
            }
        }
    }

    /// Reads a whole line: the length of a chunk, or a trailer.
    fn line(&self, line: &[u8]) -> Result<(Part, u64, State), Malformed> {
        let length = line.len() as u64;
        let text = line.strip_suffix(b"\r\n").ok_or(Malformed::Chunk)?;
        if self.state == State::Trailers {
            return Ok((Part::Trailer, length, if text.is_empty() { State::Done } else { State::Trailers }));
        }
        let next = match chunk_length(text).ok_or(Malformed::Chunk)? {
            0 => State::Trailers,
            chunk => State::Chunk(chunk),
        };
        Ok((Part::Between, length, next))
    }
}

impl State {
    fn known(left: u64) -> Self {
        if left == 0 { Self::Done } else { Self::Known(left) }
    }
}

/// Reads the length of a chunk, which extensions may follow.
fn chunk_length(line: &[u8]) -> Option<u64> {
    let number = line.split(|byte| *byte == b';').next()?.trim_ascii_end();
    let digits = !number.is_empty() && number.iter().all(u8::is_ascii_hexdigit);
    let text = std::str::from_utf8(number).ok().filter(|_| digits)?;
    u64::from_str_radix(text, 16).ok()
}
