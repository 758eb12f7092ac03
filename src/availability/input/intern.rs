//! Names as small numbers.

use hashbrown::HashMap;

type Hasher = foldhash::fast::FixedState;

/// Gives each distinct name a number, in order of first sight.
///
/// Names of up to 15 bytes, as most are, are looked up as one integer: no pointer is followed and no bytes are compared one by one.
#[derive(Debug, Default)]
pub struct Interner {
    short: HashMap<u128, u32, Hasher>,
    long: HashMap<Box<[u8]>, u32, Hasher>,
    names: Vec<Box<[u8]>>,
}

impl Interner {
    /// The number of a name.
    #[inline]
    pub fn number(&mut self, name: &[u8]) -> u32 {
        let known = match packed(name) {
            Some(key) => self.short.get(&key),
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
            Some(key) => self.short.insert(key, number),
            None => self.long.insert(name.into(), number),
        };
        number
    }

    /// How many names there are.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// The bytes of a number's name.
    pub fn bytes(&self, number: u32) -> &[u8] {
        self.names
            .get(number as usize)
            .map(|name| &**name)
            .unwrap_or_default()
    }

    /// The names by number. Bytes that are not UTF-8 are replaced.
    pub fn into_names(self) -> Vec<String> {
        self.names
            .iter()
            .map(|name| String::from_utf8_lossy(name).into_owned())
            .collect()
    }
}

/// A short name as an integer: its bytes, and its length in the last of them.
fn packed(name: &[u8]) -> Option<u128> {
    let mut bytes = [0; 16];
    bytes
        .get_mut(..name.len().min(16))?
        .copy_from_slice(name.get(..name.len().min(16))?);
    (name.len() < 16).then(|| {
        bytes[15] = name.len() as u8;
        u128::from_le_bytes(bytes)
    })
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
        let numbers: Vec<u32> = names
            .iter()
            .map(|name| interner.number(name.as_bytes()))
            .collect();
        assert_eq!(numbers, [0, 1, 0, 2, 3, 4, 5, 1, 2]);
        assert_eq!(
            interner.into_names()[3..],
            [
                "exactly fifteen",
                "exactly sixteen!",
                "a name longer than sixteen bytes"
            ]
        );
    }

    #[test]
    fn names_that_differ_in_trailing_nul_bytes_differ() {
        let mut interner = Interner::default();
        assert_ne!(interner.number(b"a"), interner.number(b"a\0"));
    }
}
