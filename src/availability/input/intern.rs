//! Names as small numbers.

use hashbrown::{HashMap, HashTable};
use std::hash::BuildHasher;

type HashState = foldhash::fast::FixedState;

/// Gives each distinct name a number, in order of first sight.
///
/// Names of up to 16 bytes, as most are, are looked up as one integer: no pointer is followed and no bytes are compared one by one.
#[derive(Debug, Default)]
pub struct Interner {
    short: HashTable<Known>,
    long: HashMap<Box<[u8]>, u32, HashState>,
    names: Vec<Box<[u8]>>,
}

impl Interner {
    /// The number of a name.
    #[inline]
    pub fn number(&mut self, name: &[u8]) -> u32 {
        let known = match packed(name) {
            Some(key) => self.short.find(key.hash(), |known| known.key() == key).map(|known| &known.number),
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
                let rehash = |known: &Known| known.key().hash();
                self.short.insert_unique(key.hash(), Known::new(key, number), rehash);
            }
            None => drop(self.long.insert(name.into(), number)),
        }
        number
    }

    /// How many names there are.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// The bytes of a number's name.
    pub fn bytes(&self, number: u32) -> &[u8] {
        self.names.get(number as usize).map(|name| &**name).unwrap_or_default()
    }

    /// The names by number. Bytes that are not UTF-8 are replaced.
    pub fn into_names(self) -> Vec<String> {
        self.names.iter().map(|name| String::from_utf8_lossy(name).into_owned()).collect()
    }
}

/// A short name as two integers and its length. The integers may overlap in the name: with the length they tell it whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Packed {
    first: u64,
    last: u64,
    length: u32,
}

impl Packed {
    #[inline]
    fn hash(self) -> u64 {
        HashState::default().hash_one(u128::from(self.first) | u128::from(self.last) << 64)
    }
}

/// A packed name with its number, in 24 bytes: side by side they would take 32, and every row looks one up.
#[derive(Debug)]
struct Known {
    first: u64,
    last: u64,
    length: u32,
    number: u32,
}

impl Known {
    fn new(Packed { first, last, length }: Packed, number: u32) -> Self {
        Self { first, last, length, number }
    }

    #[inline]
    fn key(&self) -> Packed {
        Packed { first: self.first, last: self.last, length: self.length }
    }
}

/// A name of up to 16 bytes, packed without a loop over its bytes.
#[inline]
fn packed(name: &[u8]) -> Option<Packed> {
    let (first, last) = match name.len() {
        0..4 => (name.iter().fold(0, |bytes, byte| bytes << 8 | u64::from(*byte)), 0),
        4..8 => {
            (u32::from_le_bytes(*name.first_chunk()?).into(), u32::from_le_bytes(*name.last_chunk()?).into())
        }
        8..=16 => (u64::from_le_bytes(*name.first_chunk()?), u64::from_le_bytes(*name.last_chunk()?)),
        _ => return None,
    };
    Some(Packed { first, last, length: name.len() as u32 })
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
    fn names_whose_ends_overlap_differ_by_their_length() {
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
