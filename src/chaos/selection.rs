//! Who is hit: which of the connections or requests that pass, decided by number and seed alone.

use super::experiment::{Matches, Who};
use crate::base::random::{FastRng, fast_stream, key};
use rand::RngExt as _;

/// A request as `match` sees it.
pub trait Described {
    /// GET, POST, …
    fn method(&self) -> &str;
    /// The path without the query.
    fn path(&self) -> &str;
    /// The value of a header, by its name in small letters.
    fn header(&self, name: &str) -> Option<&str>;
}

/// Decides who is hit by one fault.
#[derive(Debug)]
pub struct Selection {
    who: Who,
    seed: u64,
    key: u64,
    considered: u64,
    hits: u64,
}

impl Selection {
    /// For the fault with this number.
    pub fn new(who: Who, seed: u64, fault: u32) -> Self {
        Self { who, seed, key: key("fault").wrapping_add(u64::from(fault)), considered: 0, hits: 0 }
    }

    /// Whether the request is one of those considered.
    pub fn considers(&self, request: &dyn Described) -> bool {
        self.who.matches.hold(request)
    }

    /// Whether the next one that is considered is hit; its own chance comes with a hit. `number` tells it apart from all
    /// others: that of the request where it is known, so that the same seed hits the same requests in whatever order they
    /// arrive; else [`considered`](Self::considered).
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

    /// So many were considered elsewhere.
    pub fn count_unseen(&mut self, considered: u64) {
        self.considered = self.considered.saturating_add(considered);
    }

    /// How many were considered so far.
    pub fn considered(&self) -> u64 {
        self.considered
    }

    /// How many were hit so far.
    pub fn hits(&self) -> u64 {
        self.hits
    }
}

impl Matches {
    /// Whether a request is like this.
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

/// Whether a path is as a pattern says: `*` stands for anything within a segment, `**` for anything, `?` for one character.
pub fn glob(pattern: &str, path: &str) -> bool {
    glob_text(pattern.as_bytes(), path.as_bytes(), true)
}

/// The same of any text; a single `*` stops at `/` if `segments`. Time grows with the product of the lengths at worst.
fn glob_text(pattern: &[u8], text: &[u8], segments: bool) -> bool {
    // Row by row: which beginnings of the text are as the pattern's beginning says.
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
                    let went_on = before.and_then(|before| next.get(before).copied()).unwrap_or(false);
                    here || (went_on && (anything || byte != Some(b'/')))
                }
                sign => {
                    let came = before.and_then(|before| reached.get(before).copied()).unwrap_or(false);
                    let one = if *sign == b'?' {
                        byte.is_some_and(|byte| !segments || byte != b'/')
                    } else {
                        byte == Some(*sign)
                    };
                    came && one
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
