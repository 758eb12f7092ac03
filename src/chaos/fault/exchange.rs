//! The plan of one HTTP exchange: the combined effect of the faults that hit it, for a proxy to carry out.

use bytes::Bytes;
use std::time::Duration;

/// The effect of faults on one request and its response. If several faults hit it, delays and length
/// changes add up, and the first answer and the first reset apply.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Exchange {
    /// The response to give instead of forwarding the request.
    pub answer: Option<Answer>,
    /// Delay of the response headers, counted from when they are available.
    pub before_headers: Duration,
    /// Delay of the body after the headers.
    pub before_body: Duration,
    /// The faults of the body, in order.
    pub body: Vec<BodyFault>,
    /// Number of bytes to add to the announced length.
    pub length_change: i64,
    /// The point at which the connection is reset, if it is.
    pub reset: Option<ResetAt>,
}

/// A response that the proxy gives itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The status code, 100 to 599.
    pub status: u16,
    /// Valid header names and values.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Bytes,
}

/// A fault of the body of a response.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum BodyFault {
    /// The body breaks off early, although more bytes were announced.
    Truncate {
        /// Number of bytes that still pass.
        after: u64,
    },
    /// The body arrives at a limited rate.
    Slow {
        /// Bytes per second, above zero.
        bytes_per_s: f64,
    },
    /// A share of the bytes is changed.
    Corrupt {
        /// Probability that a byte is changed, 0 to 1.
        share: f64,
        /// Key of the random stream that decides which bytes.
        key: u64,
    },
}

/// The point at which a connection is reset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResetAt {
    /// Before any byte of the response; the request is not forwarded.
    Headers,
    /// After this many bytes of the body.
    Body(u64),
}

impl Exchange {}
