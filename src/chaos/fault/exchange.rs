//! The plan of one HTTP exchange: what the faults that hit it do to it, for a proxy to carry out.

use super::Amend;
use crate::base::random::FastRng;
use bytes::Bytes;
use std::time::Duration;

/// What is done to one request and its answer. Several faults may hit one: delays add up, the first answer and the first reset hold.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Exchange {
    /// Given instead of asking the target.
    pub answer: Option<Answer>,
    /// How long the answer's headers are held back, counted from when they are there.
    pub before_headers: Duration,
    /// How long its body is held back after the headers.
    pub before_body: Duration,
    /// What happens to its body, in order.
    pub body: Vec<BodyFault>,
    /// Added to the length that the answer claims to have, in bytes.
    pub length_change: i64,
    /// Where the connection is torn down.
    pub reset: Option<ResetAt>,
}

/// An answer that the proxy gives itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// 100 to 599.
    pub status: u16,
    /// Names and values, valid as such.
    pub headers: Vec<(String, String)>,
    /// What follows them.
    pub body: Bytes,
}

/// What happens to the body of an answer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum BodyFault {
    /// It breaks off after so many bytes, though more were announced.
    Truncate {
        /// Bytes that still pass.
        after: u64,
    },
    /// It comes at so many bytes in a second.
    Slow {
        /// Above zero.
        bytes_per_s: f64,
    },
    /// So large a share of its bytes is changed.
    Corrupt {
        /// 0 to 1.
        share: f64,
        /// The stream that says which bytes.
        key: u64,
    },
}

/// Where a connection is torn down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResetAt {
    /// Before anything of the answer has been sent; the target is not asked.
    Headers,
    /// After so many bytes of the body.
    Body(u64),
}

impl Exchange {
    /// Whether nothing is done to it.
    pub fn is_clear(&self) -> bool {
        *self == Self::default()
    }

    /// Adds what another fault does.
    pub fn hit(&mut self, fault: &dyn Amend, chance: &mut FastRng) {
        fault.amend(self, chance);
    }
}
