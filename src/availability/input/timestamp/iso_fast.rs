//! A fast parser for the most common machine-written layout, with digits at fixed positions.

use crate::base::time::{DAY_MICROS, MICROS, Timestamp, days_from_civil};

/// Parses `YYYY-MM-DD?HH:MM:SS[.fraction][zone]`, where `?` is `T` or a space and the zone is `Z`, `±HH:MM` or
/// `±HHMM`. Returns the microseconds since 1970-01-01T00:00, of UTC with a zone and of the local clock without, and
/// whether there is a zone.
///
/// `None` means that the general parser must parse the cell; whenever this parser returns a value, the
/// general one returns the same. `24:00`, leap seconds and errors are left to the general parser.
#[inline]
pub fn parse_iso_fast(cell: &[u8]) -> Option<(i64, bool)> {
    IsoColumn::default().parse(cell)
}

/// Parses the cells of one column as [`parse_iso_fast`] does, and caches the date of the previous cell:
/// in a log in order of time nearly every row repeats it.
#[derive(Debug, Clone, Copy)]
pub struct IsoColumn {
    date: [u8; 10],
    /// Microseconds from 1970-01-01T00:00 to the start of the cached date.
    begins_micros: i64,
}

impl Default for IsoColumn {
    fn default() -> Self {
        Self { date: *b"1970-01-01", begins_micros: 0 }
    }
}

impl IsoColumn {
    /// Parses the next cell.
    #[inline]
    pub fn parse(&mut self, cell: &[u8]) -> Option<(i64, bool)> {
        let (date, rest) = cell.split_first_chunk::<10>()?;
        let (b'T' | b' ', rest) = rest.split_first()? else {
            return None;
        };
        let (time, zone) = rest.split_first_chunk::<8>()?;
        let end = match zone {
            [] => End::LOCAL,
            [b'Z'] => End::UTC,
            _ => End::parse(zone)?,
        };
        let [hour, _, _, minute, _, _, second, _] = TIME_OF_DAY.pairs(*time)?;
        if hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        if self.date != *date {
            self.begins_micros = begin_of_date(*date)?;
            self.date = *date;
        }
        let second_of_day = (i64::from(hour) * 60 + i64::from(minute)) * 60 + i64::from(second);
        let micros = self.begins_micros + second_of_day * MICROS + end.adds_micros;
        (Timestamp::MIN.0..Timestamp::MAX.0).contains(&micros).then_some((micros, end.has_zone))
    }
}

/// What follows the seconds.
#[derive(Debug, Clone, Copy)]
struct End {
    /// The fraction of a second, less the offset from UTC.
    adds_micros: i64,
    has_zone: bool,
}

impl End {
    const LOCAL: Self = Self { adds_micros: 0, has_zone: false };
    const UTC: Self = Self { adds_micros: 0, has_zone: true };

    // Not inlined, to keep the path of times without fractions and offsets small.
    #[inline(never)]
    fn parse(text: &[u8]) -> Option<Self> {
        let (fraction_micros, zone) = match text {
            [b'.', digits @ ..] => fraction(digits)?,
            _ => (0, text),
        };
        let offset_seconds = match *zone {
            [] => None,
            [b'Z'] => Some(0),
            [sign, hour_tens, hour_ones, b':', minute_tens, minute_ones]
            | [sign, hour_tens, hour_ones, minute_tens, minute_ones] => {
                let hours = two_digits(hour_tens, hour_ones).filter(|hours| *hours < 24)?;
                let minutes = two_digits(minute_tens, minute_ones).filter(|minutes| *minutes < 60)?;
                let seconds = i64::from(hours * 60 + minutes) * 60;
                match sign {
                    b'+' => Some(seconds),
                    b'-' => Some(-seconds),
                    _ => return None,
                }
            }
            _ => return None,
        };
        let adds_micros = fraction_micros - offset_seconds.unwrap_or(0) * MICROS;
        Some(Self { adds_micros, has_zone: offset_seconds.is_some() })
    }
}

/// Parses a fraction of one to nine digits; returns its microseconds and what follows it.
#[inline]
fn fraction(text: &[u8]) -> Option<(i64, &[u8])> {
    let (mut micros, mut worth, mut count) = (0, 100_000, 0);
    while let Some(digit) = text.get(count).map(|byte| byte.wrapping_sub(b'0')).filter(|digit| *digit <= 9) {
        micros += i64::from(digit) * worth;
        worth /= 10;
        count += 1;
    }
    Some((micros, text.get(count..)?)).filter(|_| (1..=9).contains(&count))
}

/// Returns the start of a day in microseconds since 1970-01-01T00:00.
#[inline(never)]
fn begin_of_date(date: [u8; 10]) -> Option<i64> {
    let (year_and_month, &[day_tens, day_ones]) = date.split_first_chunk::<8>()? else {
        return None;
    };
    let [century, _, year, _, _, month, ..] = YEAR_AND_MONTH.pairs(*year_and_month)?;
    let year = i32::from(century) * 100 + i32::from(year);
    let days = days_from_civil(year, u32::from(month), two_digits(day_tens, day_ones)?)?;
    let micros = days * DAY_MICROS;
    (micros < Timestamp::MAX.0).then_some(micros)
}

#[inline]
fn two_digits(tens: u8, ones: u8) -> Option<u32> {
    let (tens, ones) = (tens.wrapping_sub(b'0'), ones.wrapping_sub(b'0'));
    (tens <= 9 && ones <= 9).then_some(u32::from(tens) * 10 + u32::from(ones))
}

const YEAR_AND_MONTH: Layout = Layout::new(*b"0000-00-");
const TIME_OF_DAY: Layout = Layout::new(*b"00:00:00");

/// A layout of eight digits and separators, which are checked and converted together as one 64-bit
/// number. Measured, this takes two thirds of the time of going byte by byte.
struct Layout {
    text: u64,
    /// A mask: all ones in the bytes that must be digits.
    digits: u64,
}

impl Layout {
    /// Creates a layout. `0` stands for any digit, every other byte for itself.
    const fn new(text: [u8; 8]) -> Self {
        let mut digits = [0; 8];
        let mut at = 0;
        while at < text.len() {
            digits[at] = if text[at] == b'0' { u8::MAX } else { 0 };
            at += 1;
        }
        Self { text: u64::from_le_bytes(text), digits: u64::from_le_bytes(digits) }
    }

    /// Returns for each byte the number of two digits that it forms with the next byte. The value is
    /// meaningful only where both are digits. `None` if the text does not match the layout.
    #[inline]
    fn pairs(&self, text: [u8; 8]) -> Option<[u8; 8]> {
        // The exclusive or turns a digit into its value and a matching separator into 0. Adding 6 moves
        // values above 9 into the upper half of their byte. A byte that overflows into its neighbour had
        // bits in its upper half before the addition, so checking `values` as well detects it.
        let values = u64::from_le_bytes(text) ^ self.text;
        let carried = values.wrapping_add(0x0606_0606_0606_0606 & self.digits);
        let forbidden = 0xF0F0_F0F0_F0F0_F0F0 | !self.digits;
        if (values | carried) & forbidden != 0 {
            return None;
        }
        Some((values.wrapping_mul(10).wrapping_add(values >> 8)).to_le_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::{IsoColumn, Layout, parse_iso_fast};

    #[test]
    fn the_common_layout_is_parsed_with_and_without_zone() {
        assert_eq!(parse_iso_fast(b"1970-01-01T00:00:01Z"), Some((1_000_000, true)));
        assert_eq!(parse_iso_fast(b"1970-01-02 00:00:00"), Some((86_400_000_000, false)));
    }

    #[test]
    fn fractions_and_offsets_are_parsed() {
        for (end, micros) in [
            (".5Z", 1_500_000),
            (".000001Z", 1_000_001),
            (".123456789Z", 1_123_456),
            ("+00:00", 1_000_000),
            ("-01:30", 5_401_000_000),
            (".25+0100", -3_598_750_000),
        ] {
            let cell = format!("1970-01-01T00:00:01{end}");
            assert_eq!(parse_iso_fast(cell.as_bytes()), Some((micros, true)), "{cell}");
        }
        assert_eq!(parse_iso_fast(b"1970-01-01 00:00:01.007"), Some((1_007_000, false)));
    }

    #[test]
    fn ends_that_are_not_of_the_layout_are_left_to_the_general_parser() {
        for end in [
            ".",
            ".Z",
            ".1234567890Z",
            "+24:00",
            "+01:60",
            "+1:00",
            "+01",
            "+01:000",
            " 01:00",
            "z",
            "ZZ",
            ".5+",
        ] {
            let cell = format!("2026-01-05T10:00:00{end}");
            assert_eq!(parse_iso_fast(cell.as_bytes()), None, "{cell}");
        }
        assert_eq!(parse_iso_fast(b"0001-01-01T00:00:00+00:01"), None);
        assert_eq!(parse_iso_fast(b"9999-12-30T23:59:00-00:01"), None);
    }

    #[test]
    fn anything_else_is_left_to_the_general_parser() {
        for cell in
            ["", "Z", "2026-01-05", "2026-01-05T10:00:60Z", "2026-01-05T24:00:00Z", "2026-02-30T10:00:00Z"]
        {
            assert_eq!(parse_iso_fast(cell.as_bytes()), None, "{cell}");
        }
        assert_eq!(parse_iso_fast(b"2026-01-05T1/:00:00Z"), None);
        assert_eq!(parse_iso_fast(b"9999-12-31T00:00:00Z"), None);
    }

    #[test]
    fn caching_the_date_does_not_change_the_result() {
        let mut column = IsoColumn::default();
        for cell in [
            "2026-01-05T10:00:00Z",
            "2026-01-05 23:59:59",
            "2026-01-06T00:00:00Z",
            "2026-02-30T00:00:00Z",
            "2026-01-06T24:00:00Z",
            "2026-01-06T00:00:01Z",
            "\0\0\0\0\0\0\0\0\0\0T00:00:00Z",
            "1970-01-01T00:00:00Z",
        ] {
            assert_eq!(column.parse(cell.as_bytes()), parse_iso_fast(cell.as_bytes()), "{cell}");
        }
    }

    #[test]
    fn every_byte_at_every_position_is_checked_against_the_layout() {
        let layout = Layout::new(*b"00:00:00");
        for (at, byte) in (0..8).flat_map(|at| (0..=u8::MAX).map(move |byte| (at, byte))) {
            let mut text = *b"19:99:99";
            text[at] = byte;
            let fits = if at == 2 || at == 5 { byte == b':' } else { byte.is_ascii_digit() };
            assert_eq!(layout.pairs(text).is_some(), fits, "{text:?}");
        }
        assert_eq!(layout.pairs(*b"12:34:56").map(|n| [n[0], n[3], n[6]]), Some([12, 34, 56]));
    }
}
