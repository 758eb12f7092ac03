//! Names in the order in which people count: `node-2` before `node-10`.

use std::cmp::Ordering;

/// Compares names by their text, but runs of digits in them by their value. Names that differ in leading zeros alone are ordered
/// by their text: only a name and itself are equal.
pub fn natural(a: &str, b: &str) -> Ordering {
    pieces(a).cmp(pieces(b)).then_with(|| a.cmp(b))
}

/// One byte of a name, or a run of digits; they compare field by field.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Piece<'n> {
    /// The byte; of digits, which are no byte besides, a zero.
    byte: u8,
    /// How many digits there are without leading zeros: of two numbers the longer is the greater.
    length: usize,
    digits: &'n [u8],
}

fn pieces(name: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = name.as_bytes();
    std::iter::from_fn(move || {
        let (first, behind) = rest.split_first()?;
        if !first.is_ascii_digit() {
            rest = behind;
            return Some(Piece { byte: *first, length: 0, digits: &[] });
        }
        let end = rest.iter().position(|byte| !byte.is_ascii_digit());
        let (number, behind) = rest.split_at(end.unwrap_or(rest.len()));
        rest = behind;
        let zeros = number.iter().take_while(|digit| **digit == b'0').count();
        let digits = number.get(zeros..).unwrap_or_default();
        Some(Piece { byte: b'0', length: digits.len(), digits })
    })
}

#[cfg(test)]
mod tests {
    use super::natural;
    use proptest::prelude::*;

    #[test]
    fn numbers_in_names_count_as_numbers() {
        let ordered = [
            "",
            "(none)",
            "0",
            "1",
            "02",
            "2",
            "10",
            "10a",
            "99999999999999999999999",
            "100000000000000000000000",
            "node-2",
            "node-2-10",
            "node-10-1",
            "node2",
            "web",
        ];
        assert!(ordered.is_sorted_by(|a, b| natural(a, b).is_lt()));
    }

    proptest! {
        #[test]
        fn it_is_an_order(names in proptest::collection::vec("[a0-2. -]{0,4}", 3)) {
            let [a, b, c] = [&names[0], &names[1], &names[2]];
            prop_assert_eq!(natural(a, b), natural(b, a).reverse());
            prop_assert_eq!(natural(a, b).is_eq(), a == b);
            if natural(a, b).is_le() && natural(b, c).is_le() {
                prop_assert!(natural(a, c).is_le());
            }
        }
    }
}
