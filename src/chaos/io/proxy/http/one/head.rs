//! The head of an HTTP/1.1 message as its sender wrote it: names in their case, fields in their order.

use crate::chaos::selection::Described;
use bytes::{Buf as _, Bytes, BytesMut};
use httparse::{EMPTY_HEADER, ParserConfig};
use hyper::Uri;
use hyper::header::HeaderName;
use hyper::http::uri::PathAndQuery;

/// The head of a request or response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Head {
    /// The first line, with its end.
    first: Bytes,
    fields: Vec<Field>,
    /// Whether the message is of HTTP/1.0.
    pub old: bool,
    /// What the first line says.
    pub subject: Subject,
}

/// What the first line of a message says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Subject {
    /// Method and path without the query.
    Request { method: String, path: String },
    /// Status code.
    Response(u16),
}

/// One field line, or several that were folded into one.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Field {
    /// The whole line, with its end.
    line: Bytes,
    /// Length of the name at the start of the line.
    name: usize,
}

/// What a reader expects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Request,
    Response,
}

/// The reason why a message is not passed on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Malformed {
    #[error("not HTTP/1.1: {0}")]
    Syntax(#[from] httparse::Error),
    #[error("a head of more than {} MiB", HEAD_BYTES_MAX >> 20)]
    TooLong,
    #[error("both `Transfer-Encoding` and `Content-Length` (RFC 9112, section 6.3)")]
    TwoLengths,
    #[error("its length cannot be told: `{0}`")]
    Length(String),
    #[error("a chunk without a valid length")]
    Chunk,
}

/// Longest head that is passed on, in bytes.
const HEAD_BYTES_MAX: usize = 1 << 20;

/// Number of bytes at its start by which a head is checked before it is complete.
const START_BYTES: usize = 4 << 10;

impl Head {
    /// Takes a head off the start of the bytes received so far; `None` if it is not complete.
    pub(super) fn take(bytes: &mut BytesMut, kind: Kind) -> Result<Option<Self>, Malformed> {
        // Empty lines before a message are skipped (RFC 9112, section 2.2).
        let blank = bytes.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        bytes.advance(blank);
        let complete = length_of_head(bytes);
        if complete.unwrap_or(bytes.len()) > HEAD_BYTES_MAX {
            return Err(Malformed::TooLong);
        }
        let Some(length) = complete else {
            // What is no HTTP is told at its first bytes: its sender may wait for an answer after them.
            return if bytes.len() > START_BYTES { Ok(None) } else { parse(bytes, kind).map(|_| None) };
        };
        let head = bytes.split_to(length).freeze();
        let (old, subject) = parse(&head, kind)?;
        let mut lines = lines_of(&head).into_iter();
        let first = lines.next().unwrap_or_default();
        let fields = lines.map(Field::new).collect();
        Ok(Some(Self { first, fields, old, subject }))
    }

    /// Returns the bytes of the head.
    pub(super) fn bytes(&self) -> BytesMut {
        let mut bytes = BytesMut::from(&*self.first);
        for field in &self.fields {
            bytes.extend_from_slice(&field.line);
        }
        bytes.extend_from_slice(b"\r\n");
        bytes
    }

    /// Returns the values of a field.
    pub(super) fn values<'h>(&'h self, name: &'h HeaderName) -> impl Iterator<Item = &'h [u8]> {
        self.fields.iter().filter(|field| field.is(name.as_str())).map(Field::value)
    }

    /// Returns the elements of a field that is a list, in lower case.
    pub(super) fn list(&self, name: &HeaderName) -> Vec<String> {
        let values = self.values(name).map(String::from_utf8_lossy);
        values
            .flat_map(|value| value.split(',').map(|one| one.trim().to_lowercase()).collect::<Vec<_>>())
            .collect()
    }

    /// Removes a field, and returns its first value.
    pub(super) fn remove(&mut self, name: &HeaderName) -> Option<String> {
        let value = self.values(name).next().map(|value| String::from_utf8_lossy(value).into_owned());
        self.fields.retain(|field| !field.is(name.as_str()));
        value
    }

    /// Gives a field another value where it stands. A field that is absent stays so.
    pub(super) fn replace(&mut self, name: &HeaderName, value: &str) {
        for field in self.fields.iter_mut().filter(|field| field.is(name.as_str())) {
            let name = field.line.get(..field.name).unwrap_or_default();
            let line = [name, b": ", value.as_bytes(), b"\r\n"].concat();
            field.line = line.into();
        }
    }
}

impl Described for Head {
    fn method(&self) -> &str {
        if let Subject::Request { method, .. } = &self.subject { method } else { "" }
    }

    fn path(&self) -> &str {
        if let Subject::Request { path, .. } = &self.subject { path } else { "" }
    }

    fn header(&self, name: &str) -> Option<&str> {
        let field = self.fields.iter().find(|field| field.is(name))?;
        std::str::from_utf8(field.value()).ok()
    }
}

impl Field {
    fn new(line: Bytes) -> Self {
        let name = memchr::memchr(b':', &line).unwrap_or(line.len());
        Self { line, name }
    }

    fn is(&self, name: &str) -> bool {
        self.line
            .get(..self.name)
            .is_some_and(|own| own.trim_ascii_end().eq_ignore_ascii_case(name.as_bytes()))
    }

    fn value(&self) -> &[u8] {
        self.line.get(self.name + 1..).unwrap_or_default().trim_ascii()
    }
}

/// Returns whether the final response to a request with this method has no body, whatever its fields say.
pub(super) fn is_bodiless(head: &Head, method: &str) -> bool {
    method == "HEAD" || matches!(head.subject, Subject::Response(204 | 304))
}

/// Returns the length of the head with the empty line that ends it, if that has been received.
fn length_of_head(bytes: &[u8]) -> Option<usize> {
    memchr::memchr_iter(b'\n', bytes).find_map(|end| match bytes.get(end + 1..)? {
        [b'\n', ..] => Some(end + 2),
        [b'\r', b'\n', ..] => Some(end + 3),
        _ => None,
    })
}

/// Checks a head or its start, and returns whether it is of HTTP/1.0, and what its first line says.
fn parse(head: &[u8], kind: Kind) -> Result<(bool, Subject), Malformed> {
    let mut fields = vec![EMPTY_HEADER; memchr::memchr_iter(b'\n', head).count() + 1];
    let mut lenient = ParserConfig::default();
    lenient.allow_obsolete_multiline_headers_in_responses(true);
    Ok(match kind {
        Kind::Request => {
            let mut request = httparse::Request::new(&mut fields);
            lenient.parse_request(&mut request, head)?;
            let method = request.method.unwrap_or_default().to_owned();
            let path = path_of(request.path.unwrap_or_default());
            (request.version == Some(0), Subject::Request { method, path })
        }
        Kind::Response => {
            let mut response = httparse::Response::new(&mut fields);
            lenient.parse_response(&mut response, head)?;
            (response.version == Some(0), Subject::Response(response.code.unwrap_or_default()))
        }
    })
}

/// Returns the path of a request target without its query.
fn path_of(target: &str) -> String {
    let uri: Option<Uri> = target.parse().ok();
    uri.as_ref().and_then(Uri::path_and_query).map_or(target, PathAndQuery::path).to_owned()
}

/// Splits a head into its lines, without the empty one at the end; folded lines are one.
fn lines_of(head: &Bytes) -> Vec<Bytes> {
    let (mut lines, mut start) = (Vec::new(), 0);
    for end in memchr::memchr_iter(b'\n', head) {
        let folded = matches!(head.get(end + 1), Some(b' ' | b'\t'));
        if !folded {
            lines.push(head.slice(start..=end));
            start = end + 1;
        }
    }
    lines.pop();
    lines
}
