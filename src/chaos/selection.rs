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

/// The selection of one fault, with its counts.
#[derive(Debug)]
pub struct Selection {
    who: Who,
    seed: u64,
    key: u64,
    considered: u64,
    hits: u64,
}

impl Selection {
    /// Creates the selection of the fault with this number.
    pub fn new(who: Who, seed: u64, fault: u32) -> Self {
        Self { who, seed, key: key("fault").wrapping_add(u64::from(fault)), considered: 0, hits: 0 }
    }

    /// Returns whether the request meets the conditions of `match`.
    pub fn considers(&self, request: &dyn Described) -> bool {
        self.who.matches.hold(request)
    }

    /// Decides whether the next connection or request considered is hit. Returns its random stream if
    /// so.
    ///
    /// `number` selects the random stream: the number of the request where it is known, so that the same
    /// seed hits the same requests in whatever order they arrive; else [`considered`](Self::considered).
    pub fn hit(&mut self, number: u64) -> Option<FastRng> {
        let turn = self.considered.is_multiple_of(self.who.every.max(1));
        self.considered += 1;
        let mut chance = fast_stream(self.seed, self.key, number);
        let drawn = chance.random::<f64>() < self.who.probability;
        let left = self.who.first.is_none_or(|first| self.hits < first);
        if turn && drawn && left {
            self.hits += 1;
            Some(chance)
        } else {
            None
        }
    }

    /// Returns how many were considered so far.
    pub fn considered(&self) -> u64 {
        self.considered
    }

    /// Returns how many were hit so far.
    pub fn hits(&self) -> u64 {
        self.hits
    }
}

impl Matches {
    /// Returns whether a request meets all conditions.
    pub fn hold(&self, request: &dyn Described) -> bool {
        let method = self.method.as_ref();
        let path = self.path.as_ref();
        method.is_none_or(|method| method.eq_ignore_ascii_case(request.method()))
            && path.is_none_or(|pattern| glob(pattern, request.path()))
            && self.headers.iter().all(|(name, pattern)| {
                let value = request.header(name);
                value.is_some_and(|value| glob_text(pattern.as_bytes(), value.as_bytes(), false))
            })
    }
}

/// Returns whether a path matches a pattern: `*` matches anything within a segment, `**` anything, `?`
/// one byte other than `/`.
pub fn glob(pattern: &str, path: &str) -> bool {
    glob_text(pattern.as_bytes(), path.as_bytes(), true)
}

/// Matches any text; with `segments`, a single `*` stops at `/`. The time is proportional to the product
/// of the lengths, without backtracking.
fn glob_text(pattern: &[u8], text: &[u8], segments: bool) -> bool {
    // Dynamic programming over the characters of the pattern: `reached[i]` tells whether the pattern so
    // far matches the first i bytes of the text.
    let mut reached: Vec<bool> = vec![false; text.len() + 1];
    if let Some(first) = reached.first_mut() {
        *first = true;
    }
    let mut rest = pattern;
    while let Some((sign, after)) = rest.split_first() {
        let anything = *sign == b'*' && (!segments || after.first() == Some(&b'*'));
        rest =
            if anything && after.first() == Some(&b'*') { after.get(1..).unwrap_or_default() } else { after };
        let mut next = vec![false; reached.len()];
        for at in 0..reached.len() {
            let here = reached.get(at).copied().unwrap_or(false);
            let before = at.checked_sub(1);
            let byte = before.and_then(|before| text.get(before).copied());
            let matched = match sign {
                b'*' => {
                    // `*` matches nothing (`here`), or one byte more than it matched before (`extended`).
                    let extended = before.and_then(|before| next.get(before).copied()).unwrap_or(false);
                    here || (extended && (anything || byte != Some(b'/')))
                }
                sign => {
                    let prefix_matched =
                        before.and_then(|before| reached.get(before).copied()).unwrap_or(false);
                    let one = if *sign == b'?' {
                        byte.is_some_and(|byte| !segments || byte != b'/')
                    } else {
                        byte == Some(*sign)
                    };
                    prefix_matched && one
                }
            };
            if let Some(place) = next.get_mut(at) {
                *place = matched;
            }
        }
        reached = next;
    }
    reached.last().copied().unwrap_or(false)
}
