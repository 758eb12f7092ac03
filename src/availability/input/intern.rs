//! Interns names: maps each distinct name to a small number.

use crate::base::text::decoded;
use hashbrown::{HashMap, HashTable};
use std::hash::BuildHasher;

type HashState = foldhash::fast::FixedState;

/// Assigns numbers to distinct names, in order of first appearance.
///
/// Names of up to 16 bytes, which most are, are looked up as integers: without following a pointer and
/// without comparing bytes one by one.
#[derive(Debug, Default)]
pub(super) struct Interner {
    short: HashTable<Known>,
    long: HashMap<Box<[u8]>, u32, HashState>,
    names: Vec<Box<[u8]>>,
}

impl Interner {
    /// Returns the number of a name; adds the name if it is new.
    #[inline]
    pub(super) fn number(&mut self, name: &[u8]) -> u32 {
        let known = match packed(name) {
            Some(key) => self.short.find(key.hash(), |known| known.is_same(&key)).map(|known| &known.number),
            None => self.long.get(name),
        };
        match known {
            Some(number) => *number,
            None => self.add(name),
        }
    }

    #[cold]
    fn add(&mut self, name: &[u8]) -> u32 {
        let number = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        self.names.push(name.into());
        match packed(name) {
            Some(key) => {
                self.short.insert_unique(key.hash(), Known { number, ..key }, Known::hash);
            }
            None => drop(self.long.insert(name.into(), number)),
        }
        number
    }

    /// Returns the name of a number.
    pub(super) fn bytes(&self, number: u32) -> &[u8] {
        self.names.get(number as usize).map(|name| &**name).unwrap_or_default()
    }

    /// Returns all names, indexed by number. Invalid UTF-8 is replaced.
    pub(super) fn into_names(self) -> Vec<String> {
        self.names.iter().map(|name| decoded(name).into_owned()).collect()
    }
}

/// A short name as two integers and its length, with its number, in 24 bytes. The two integers may cover
/// overlapping bytes of the name; together with the length they identify it.
#[derive(Debug, Clone, Copy)]
struct Known {
    first: u64,
    last: u64,
    length: u32,
    number: u32,
}

impl Known {
    #[inline]
    fn hash(&self) -> u64 {
        HashState::default().hash_one(u128::from(self.first) | u128::from(self.last) << 64)
    }

    /// Whether two names are the same, whatever their numbers.
    #[inline]
    fn is_same(&self, other: &Self) -> bool {
        (self.first, self.last, self.length) == (other.first, other.last, other.length)
    }
}

/// Packs a name of up to 16 bytes, without a loop over its bytes unless it has fewer than four. Its number
/// is not known yet.
#[inline]
fn packed(name: &[u8]) -> Option<Known> {
    let (first, last) = match name.len() {
        0..4 => (name.iter().fold(0, |bytes, byte| bytes << 8 | u64::from(*byte)), 0),
        4..8 => {
            (u32::from_le_bytes(*name.first_chunk()?).into(), u32::from_le_bytes(*name.last_chunk()?).into())
        }
        8..=16 => (u64::from_le_bytes(*name.first_chunk()?), u64::from_le_bytes(*name.last_chunk()?)),
        _ => return None,
    };
    Some(Known { first, last, length: name.len() as u32, number: 0 })
}

#[cfg(test)]
mod tests {
    use super::Interner;

    #[test]
    fn a_name_keeps_its_number_whatever_its_length() {
        let names = [
            "api",
            "web",
            "api",
            "",
            "exactly fifteen",
            "exactly sixteen!",
            "a name longer than sixteen bytes",
            "web",
            "",
        ];
        let mut interner = Interner::default();
        let numbers: Vec<u32> = names.iter().map(|name| interner.number(name.as_bytes())).collect();
        assert_eq!(numbers, [0, 1, 0, 2, 3, 4, 5, 1, 2]);
        assert_eq!(
            interner.into_names()[3..],
            ["exactly fifteen", "exactly sixteen!", "a name longer than sixteen bytes"]
        );
    }

    #[test]
    fn names_packed_into_the_same_integers_differ_by_length() {
        let mut interner = Interner::default();
        let names = ["abcdefgh", "abcdefghabcdefgh", "aaaa", "aaaaa", "aaaaaa", "aa", "aaa", "abcdabcd"];
        let numbers: Vec<u32> = names.iter().map(|name| interner.number(name.as_bytes())).collect();
        assert_eq!(numbers, [0, 1, 2, 3, 4, 5, 6, 7]);
    }

    #[test]
    fn names_that_differ_in_trailing_nul_bytes_differ() {
        let mut interner = Interner::default();
        assert_ne!(interner.number(b"a"), interner.number(b"a\0"));
    }
}
