//! Recognises cells that stand for a missing time.

/// The dates that `MySQL` and Go write for a missing time.
const ZERO_DATES: [&[u8]; 2] = [b"0000-00-00", b"0001-01-01"];

#[rustfmt::skip]
const WORDS_FOR_MISSING: [&str; 15] = [
    "?", "-", "--", "na", "n/a", "#n/a", "nan", "nat", "nil", "none", "null", "(null)", "\\n", "undefined",
    "unknown",
];

/// Whether a cell stands for a missing time: it is blank, a word for "missing", or midnight of a zero
/// date, as written by `MySQL` (`0000-00-00 00:00:00`) and Go (`0001-01-01T00:00:00Z`). A plain zero is
/// a time: the first one of a log that counts from its own start.
#[inline]
pub fn is_missing(cell: &[u8]) -> bool {
    // Fast path: nearly every time begins with one of these digits, and no missing time does.
    !matches!(cell.first(), Some(b'1'..=b'9')) && is_word_for_missing(cell.trim_ascii())
}

fn is_word_for_missing(cell: &[u8]) -> bool {
    cell.is_empty()
        || WORDS_FOR_MISSING.iter().any(|word| word.as_bytes().eq_ignore_ascii_case(cell))
        || ZERO_DATES.iter().filter_map(|date| cell.strip_prefix(*date)).any(is_midnight)
}

fn is_midnight(time_of_day: &[u8]) -> bool {
    time_of_day.iter().all(|byte| b" Tt0:.Zz".contains(byte))
}

#[cfg(test)]
mod tests {
    use super::is_missing;

    #[test]
    fn blanks_words_and_zero_dates_are_missing_but_zero_is_a_time() {
        for cell in ["", "  ", "?", "-", "N/A", "NULL", "None", "NaN", "NaT", "\\N"] {
            assert!(is_missing(cell.as_bytes()), "{cell}");
        }
        for cell in ["0000-00-00", " 0000-00-00 00:00:00", "0001-01-01T00:00:00Z"] {
            assert!(is_missing(cell.as_bytes()), "{cell}");
        }
        for cell in ["0", "0.0", "2026-01-05", "0001-01-01T00:00:01Z", "none yet", "-5"] {
            assert!(!is_missing(cell.as_bytes()), "{cell}");
        }
    }
}
