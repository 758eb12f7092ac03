//! Names as small numbers.

use hashbrown::HashMap;

/// Gives each distinct name a number, in order of first sight.
#[derive(Debug, Default)]
pub struct Interner {
    numbers: HashMap<Box<[u8]>, u32, foldhash::fast::FixedState>,
    names: Vec<String>,
    last: Option<(Box<[u8]>, u32)>,
}

impl Interner {
    /// The number of a name. Bytes that are not UTF-8 are replaced in the name that is kept.
    pub fn number(&mut self, name: &[u8]) -> u32 {
        if let Some((last, number)) = &self.last
            && **last == *name
        {
            return *number;
        }
        let number = match self.numbers.get(name) {
            Some(number) => *number,
            None => self.add(name),
        };
        if let Some((last, last_number)) = &mut self.last
            && last.len() == name.len()
        {
            last.copy_from_slice(name);
            *last_number = number;
        } else {
            self.last = Some((name.into(), number));
        }
        number
    }

    fn add(&mut self, name: &[u8]) -> u32 {
        let number = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        self.names.push(String::from_utf8_lossy(name).into_owned());
        self.numbers.insert(name.into(), number);
        number
    }

    /// The names by number.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The names by number, for good.
    pub fn into_names(self) -> Vec<String> {
        self.names
    }
}

#[cfg(test)]
mod tests {
    use super::Interner;

    #[test]
    fn a_name_keeps_its_number() {
        let mut interner = Interner::default();
        let numbers: Vec<u32> = ["api", "web", "api", "db-1", "web"]
            .map(|n| interner.number(n.as_bytes()))
            .to_vec();
        assert_eq!(numbers, [0, 1, 0, 2, 1]);
        assert_eq!(interner.names(), ["api", "web", "db-1"]);
    }
}
