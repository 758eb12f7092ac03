//! Selects the connections or requests that a fault hits, from their number and the seed alone.

use super::experiment::{Matches, Who};
use crate::base::random::{FastRng, fast_stream, key};
use rand::RngExt as _;

/// A request as `match` sees it.
pub trait Described {
    /// Returns the method: GET, POST, …
    fn method(&self) -> &str;
    /// Returns the path without the query.
    fn path(&self) -> &str;
    /// Returns the value of a header by its name in lower case.
    fn header(&self, name: &str) -> Option<&str>;
}

/// The selection of one fault, with the numbers considered and hit so far.
#[derive(Debug)]
pub(crate) struct Selection {
    who: Who,
    seed: u64,
    key: u64,
    considered: u64,
    hits: u64,
}

impl Selection {
    /// Creates the selection of the fault with this number.
    pub(crate) fn new(who: Who, seed: u64, fault: u32) -> Self {
        Self { who, seed, key: key("fault").wrapping_add(u64::from(fault)), considered: 0, hits: 0 }
    }

    /// Decides whether the next connection or request considered is hit. Returns its random stream if
    /// so.
    ///
    /// `number` selects the random stream: the number of the request where it is known, so that the same
    /// seed hits the same requests in whatever order they arrive; else [`considered`](Self::considered).
    pub(crate) fn hit(&mut self, number: u64) -> Option<FastRng> {
        let turn = self.considered.is_multiple_of(self.who.every.max(1));
        self.considered += 1;
        let mut chance = fast_stream(self.seed, self.key, number);
        let drawn = chance.random::<f64>() < self.who.probability;
        let left = self.who.first.is_none_or(|first| self.hits < first);
        let hit = turn && drawn && left;
        self.hits += u64::from(hit);
        hit.then_some(chance)
    }

    /// Returns how many were considered so far.
    pub(crate) fn considered(&self) -> u64 {
        self.considered
    }
}

impl Matches {
    /// Returns whether a request meets all conditions.
    pub fn hold(&self, request: &dyn Described) -> bool {
        let method = self.method.as_ref();
        let path = self.path.as_ref();
        method.is_none_or(|method| method.eq_ignore_ascii_case(request.method()))
            && path.is_none_or(|pattern| glob(pattern, request.path(), true))
            && self
                .headers
                .iter()
                .all(|(name, pattern)| request.header(name).is_some_and(|value| glob(pattern, value, false)))
    }
}

/// Returns whether a text matches a pattern: `*` matches anything, `?` one byte. With `segments`, both stop
/// at `/`, and `**` matches anything. The time is proportional to the product of the lengths, without
/// backtracking.
fn glob(pattern: &str, text: &str, segments: bool) -> bool {
    // Dynamic programming over the bytes of the pattern: `reached` tells for each position in the text, given
    // by the byte before it, whether the pattern so far matches up to there.
    let positions = || std::iter::once(None).chain(text.bytes().map(Some));
    let mut reached: Vec<bool> = positions().map(|byte| byte.is_none()).collect();
    let mut rest = pattern.as_bytes();
    while let Some((&sign, after)) = rest.split_first() {
        let second_star = after.strip_prefix(b"*").filter(|_| sign == b'*');
        rest = second_star.unwrap_or(after);
        let anything = !segments || second_star.is_some();
        let fits = |byte: u8| match sign {
            b'*' | b'?' => anything || byte != b'/',
            sign => byte == sign,
        };
        let mut before = false;
        for (here, byte) in reached.iter_mut().zip(positions()) {
            let extended = before && byte.is_some_and(fits);
            if sign == b'*' {
                // Matches nothing, or one byte more than it matched before.
                *here |= extended;
                before = *here;
            } else {
                before = std::mem::replace(here, extended);
            }
        }
    }
    reached.last().copied().unwrap_or(false)
}
