//! Parses times given as numbers: seconds, milliseconds, microseconds or nanoseconds since 1970.

use super::fault::Fault;
use super::format::{EpochUnit, Moment, Reading};
use crate::base::time::{DAY_MICROS, MICROS, Timestamp, WallClock, days_from_civil};

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

    /// Reads the number as days since 1899-12-30 from 2000 to 2099, as spreadsheets store a local time. Rounds
    /// to seconds, since a day has no finite fraction for most of them.
    pub(super) fn serial(self) -> Option<Moment> {
        const DAYS: std::ops::Range<u64> = 36_526..73_051;
        const DAYS_TO_1970: i64 = 25_569;
        let days = self.whole.filter(|whole| DAYS.contains(whole) && !self.negative)? as i64 - DAYS_TO_1970;
        let seconds = (self.millionths as f64 * 86_400e-6).round() as i64;
        Some(Moment::new(Reading::Local(WallClock(days * DAY_MICROS + seconds * MICROS))))
    }

    /// Reads the digits as year, month, day and perhaps hour, minute and second of a local time.
    pub(super) fn compact(self) -> Option<Moment> {
        let whole = self.whole.filter(|_| !self.negative && self.millionths == 0)?;
        let (date, time) = match whole {
            10_000_000..100_000_000 => (whole, 0),
            100_000_000_000..1_000_000_000_000 => (whole / 10_000, whole % 10_000 * 100),
            10_000_000_000_000..100_000_000_000_000 => (whole / 1_000_000, whole % 1_000_000),
            _ => return None,
        };
        let year = i32::try_from(date / 10_000).ok().filter(|year| (1970..2100).contains(year))?;
        let days = days_from_civil(year, (date / 100 % 100) as u32, (date % 100) as u32)?;
        let (hour, minute, second) = (time / 10_000, time / 100 % 100, time % 100);
        let seconds =
            (hour < 24 && minute < 60 && second < 60).then_some(hour * 3_600 + minute * 60 + second)?;
        Some(Moment::new(Reading::Local(WallClock(days * DAY_MICROS + seconds as i64 * MICROS))))
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
    fn day_numbers_and_compact_dates_are_local_times() {
        let shown = |moment: Option<super::Moment>| match moment?.reading {
            Reading::Local(clock) => Some(Timestamp(clock.0).to_string()),
            Reading::Instant(_) => None,
        };
        let number = |text: &str| Decimal::read(text.as_bytes()).unwrap();
        for (text, time) in [
            ("46027.4166666667", "2026-01-05T10:00:00Z"),
            ("46039.9375", "2026-01-17T22:30:00Z"),
            ("46040.0069444444", "2026-01-18T00:10:00Z"),
        ] {
            assert_eq!(shown(number(text).serial()).as_deref(), Some(time));
        }
        assert_eq!(shown(number("24962.0").serial()), None);
        for (text, time) in [
            ("20260105", "2026-01-05T00:00:00Z"),
            ("202601051030", "2026-01-05T10:30:00Z"),
            ("20260105103015", "2026-01-05T10:30:15Z"),
        ] {
            assert_eq!(shown(number(text).compact()).as_deref(), Some(time));
        }
        for text in ["20261305", "20260230", "202601052530", "1767607200", "1767607200000", "20260105.5"] {
            assert_eq!(shown(number(text).compact()), None, "{text}");
        }
    }

    #[test]
    fn only_a_plain_decimal_is_a_number() {
        for text in ["", "-", ".5", "5.", "1e9", "1,5", "+5", "2026-01", "1.2.3", "--1"] {
            assert!(Decimal::read(text.as_bytes()).is_none(), "{text}");
        }
    }
}
