//! Parses times given as numbers: seconds, milliseconds, microseconds or nanoseconds since 1970.

use super::fault::Fault;
use super::format::{EpochUnit, Moment, Reading};
use crate::base::time::{MICROS, Timestamp};

/// A decimal number: an optional minus, digits, and optionally a point and digits. Six digits of the
/// fraction are kept.
#[derive(Debug, Clone, Copy)]
pub(super) struct Decimal {
    negative: bool,
    /// The integer part; `None` when it exceeds 64 bits.
    whole: Option<u64>,
    millionths: u64,
}

impl Decimal {
    /// Parses a cell; returns `None` if it is not a plain number.
    pub(super) fn read(cell: &[u8]) -> Option<Self> {
        let text = cell.trim_ascii();
        let (negative, text) = match text {
            [b'-', text @ ..] => (true, text),
            _ => (false, text),
        };
        let (whole, rest) = split_digits(text)?;
        let fraction = match rest {
            [] => &[],
            [b'.', rest @ ..] => split_digits(rest).filter(|(_, rest)| rest.is_empty())?.0,
            _ => return None,
        };
        let whole =
            whole.iter().try_fold(0_u64, |sum, &digit| sum.checked_mul(10)?.checked_add(value(digit)));
        Some(Self { negative, whole, millionths: millionths(fraction) })
    }

    /// Returns the most probable unit of a time of this magnitude: each limit is a year after 5000 in
    /// the unit below the limit and a year before 1974 in the unit above it. `None` for numbers below
    /// one, which fit any unit.
    pub(super) fn unit_by_magnitude(self) -> Option<EpochUnit> {
        match self.whole {
            Some(0) => None,
            Some(1..100_000_000_000) => Some(EpochUnit::Seconds),
            Some(100_000_000_000..100_000_000_000_000) => Some(EpochUnit::Millis),
            Some(100_000_000_000_000..100_000_000_000_000_000) => Some(EpochUnit::Micros),
            _ => Some(EpochUnit::Nanos),
        }
    }

    /// Converts to microseconds, truncated towards zero; `None` on overflow.
    fn micros(self, unit: EpochUnit) -> Option<i64> {
        let whole = self.whole?;
        let size = match unit {
            EpochUnit::Seconds => whole.checked_mul(MICROS as u64)?.checked_add(self.millionths)?,
            EpochUnit::Millis => whole.checked_mul(1_000)?.checked_add(self.millionths / 1_000)?,
            EpochUnit::Micros => whole,
            EpochUnit::Nanos => whole / 1_000,
        };
        let size = i64::try_from(size).ok()?;
        Some(if self.negative { -size } else { size })
    }
}

/// Splits the text after its leading digits, of which there must be at least one.
fn split_digits(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    text.split_at_checked(digits).filter(|(digits, _)| !digits.is_empty())
}

fn millionths(fraction: &[u8]) -> u64 {
    fraction.iter().chain(b"000000").take(6).fold(0, |sum, &digit| sum * 10 + value(digit))
}

fn value(digit: u8) -> u64 {
    u64::from(digit.wrapping_sub(b'0'))
}

pub(super) fn moment(number: Decimal, unit: EpochUnit) -> Result<Moment, Fault> {
    let micros = number.micros(unit).filter(|&micros| micros < Timestamp::MAX.0);
    match micros {
        Some(micros) if micros >= Timestamp::MIN.0 => Ok(Moment::new(Reading::Instant(Timestamp(micros)))),
        Some(_) => Err(Fault::BeforeYear1),
        None => Err(Fault::NumberTooLarge),
    }
}

#[cfg(test)]
mod tests {
    use super::{Decimal, EpochUnit, moment};
    use crate::availability::input::timestamp::{Fault, Reading};
    use crate::base::time::Timestamp;

    fn read(text: &str, unit: EpochUnit) -> Result<i64, Fault> {
        let number = Decimal::read(text.as_bytes()).unwrap();
        match moment(number, unit)?.reading {
            Reading::Instant(Timestamp(micros)) => Ok(micros),
            Reading::Local(_) => panic!("a number is never local"),
        }
    }

    #[test]
    fn a_number_is_scaled_by_its_unit_and_truncated_to_microseconds() {
        assert_eq!(read("24962.0", EpochUnit::Seconds), Ok(24_962_000_000));
        assert_eq!(read("1767607200.1234567", EpochUnit::Seconds), Ok(1_767_607_200_123_456));
        assert_eq!(read("1767607200000.5", EpochUnit::Millis), Ok(1_767_607_200_000_500));
        assert_eq!(read("1767607200000000.9", EpochUnit::Micros), Ok(1_767_607_200_000_000));
        assert_eq!(read("1767607200000000999", EpochUnit::Nanos), Ok(1_767_607_200_000_000));
        assert_eq!(read("-0.5", EpochUnit::Seconds), Ok(-500_000));
    }

    #[test]
    fn a_number_out_of_range_is_rejected() {
        assert_eq!(read("1767607200000", EpochUnit::Seconds), Err(Fault::NumberTooLarge));
        assert_eq!(read("99999999999999999999999", EpochUnit::Nanos), Err(Fault::NumberTooLarge));
        assert_eq!(read("-70000000000", EpochUnit::Seconds), Err(Fault::BeforeYear1));
    }

    #[test]
    fn the_magnitude_of_a_number_decides_its_unit() {
        let unit = |text: &str| Decimal::read(text.as_bytes()).unwrap().unit_by_magnitude();
        assert_eq!(unit("0.0"), None);
        assert_eq!(unit("24962.0"), Some(EpochUnit::Seconds));
        assert_eq!(unit("1767607200"), Some(EpochUnit::Seconds));
        assert_eq!(unit("1767607200000"), Some(EpochUnit::Millis));
        assert_eq!(unit("-1767607200000000"), Some(EpochUnit::Micros));
        assert_eq!(unit("1767607200000000000"), Some(EpochUnit::Nanos));
    }

    #[test]
    fn only_a_plain_decimal_is_a_number() {
        for text in ["", "-", ".5", "5.", "1e9", "1,5", "+5", "2026-01", "1.2.3", "--1"] {
            assert!(Decimal::read(text.as_bytes()).is_none(), "{text}");
        }
    }
}
