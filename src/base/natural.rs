//! Natural sort order of names: `node-2` comes before `node-10`.

use std::cmp::Ordering;

/// Compares two names byte by byte, except that runs of digits compare by their numeric value.
///
/// Names that differ only in leading zeros are ordered by their text, so only identical names compare equal.
pub(crate) fn natural(a: &str, b: &str) -> Ordering {
    pieces(a).cmp(pieces(b)).then_with(|| a.cmp(b))
}

/// One byte of a name, or a run of digits. The derived order compares field by field.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Piece<'n> {
    /// The byte, or `b'0'` for a run of digits.
    byte: u8,
    /// The number of digits without leading zeros: the longer of two numbers is the greater.
    length: usize,
    /// The digits without leading zeros: numbers of equal length compare as text.
    digits: &'n [u8],
}

/// Splits a name into single bytes and maximal runs of digits.
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
    fn digits_in_names_compare_by_value() {
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
        fn natural_is_a_total_order(names in proptest::collection::vec("[a0-2. -]{0,4}", 3)) {
            let [a, b, c] = [&names[0], &names[1], &names[2]];
            prop_assert_eq!(natural(a, b), natural(b, a).reverse());
            prop_assert_eq!(natural(a, b).is_eq(), a == b);
            if natural(a, b).is_le() && natural(b, c).is_le() {
                prop_assert!(natural(a, c).is_le());
            }
        }
    }
}
