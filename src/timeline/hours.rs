//! Recurring hours of the week in local time, such as business hours.

use super::span::{Span, Spans};
use super::weekdays::Weekdays;
use crate::base::text::printable;
use crate::base::time::{DAY_MICROS, MICROS, Timestamp, Zone};
use std::collections::BTreeSet;

const DAY_MINUTES: u16 = 24 * 60;
const MINUTE_MICROS: i64 = 60 * MICROS;

/// Hours of the week, in the local time of a wall clock.
///
/// They contain exactly the instants at which such a clock shows one of them: an hour that clocks skip
/// is absent, an hour that they show twice counts twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hours {
    openings: Vec<Opening>,
    /// Local days on which no hours start, counted from 1970-01-01.
    holidays: BTreeSet<i64>,
}

/// Days, and the hours that start on them. They end on the next day when `to_minute` is not after
/// `from_minute`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Opening {
    days: Weekdays,
    /// 0 to 1439.
    from_minute: u16,
    /// 0 to 1440, and not equal to `from_minute`.
    to_minute: u16,
}

impl Hours {
    /// Parses hours of the week.
    ///
    /// Parts are separated by commas; a part consists of days and hours: `Mon-Fri 09:00-17:30, Sat
    /// 10:00-14:00`.
    /// - Days are English names, abbreviated to two letters or more: `Sun,Wed`, `Sat-Mon`, `daily`.
    /// - Hours are on the 24-hour clock; minutes may be left out: `9-17`. Hours that do not end after
    ///   they start run past midnight and belong to the day on which they start: `22:00-06:00`.
    /// - A part without days has those of the part before: `Mon-Fri 09:00-12:00, 13:00-17:00`.
    /// - All of the time is `24x7`.
    ///
    /// Errors name the invalid part.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut openings: Vec<Opening> = Vec::new();
        // Days that have been named and are still without hours: `Wed` of `Wed,Sun 22:00-06:00`.
        let mut pending = Weekdays::NONE;
        for part in text.split([',', ';']).map(tidy) {
            let (named, hours) = read_part(&part)?;
            pending = pending.union(named);
            if let Some((from_minute, to_minute)) = hours {
                let before = openings.last().map_or(Weekdays::NONE, |opening| opening.days);
                let days = std::mem::take(&mut pending).or(before);
                if days.is_empty() {
                    return Err(format!("`{part}` has no days: write `daily {part}` or `Mon-Fri {part}`"));
                }
                openings.push(Opening::new(days, from_minute, to_minute));
            }
        }
        if pending.is_empty() {
            Ok(Self::of(openings))
        } else {
            Err(format!("`{pending}` has no times: write `{pending} 09:00-17:00`"))
        }
    }

    /// Excludes the hours that start on these local days, counted from 1970-01-01.
    #[must_use]
    pub fn without(self, holidays: BTreeSet<i64>) -> Self {
        Self { holidays, ..self }
    }

    fn of(openings: Vec<Opening>) -> Self {
        Self { openings, holidays: BTreeSet::new() }
    }

    /// Returns each hour of the day with its label, `00` to `23`.
    pub(super) fn of_the_day() -> Vec<(String, Self)> {
        let hours = |hour| vec![Opening::new(Weekdays::ALL, 60 * hour, 60 * (hour + 1))];
        (0..24_u16).map(|hour| (format!("{hour:02}"), Self::of(hours(hour)))).collect()
    }

    /// Returns each day of the week with its label, `Mon` to `Sun`.
    pub(super) fn of_each_weekday() -> Vec<(String, Self)> {
        let hours = |day| vec![Opening::new(day, 0, DAY_MINUTES)];
        Weekdays::ALL.each().map(|day| (day.to_string(), Self::of(hours(day)))).collect()
    }

    /// Returns the instants of `window` at which a wall clock in `zone` shows one of these hours.
    ///
    /// Takes time and space proportional to the number of days in the window.
    pub fn spans(&self, window: Span, zone: &Zone) -> Spans {
        let periods = periods_of_fixed_offset(window, zone);
        periods.into_iter().flat_map(|period| self.spans_at_fixed_offset(period, zone)).collect()
    }

    /// Computes [`Self::spans`] for a period in which the UTC offset does not change.
    fn spans_at_fixed_offset(&self, period: Span, zone: &Zone) -> Vec<Span> {
        let offset_micros = zone.wall_clock(period.start).0 - period.start.0;
        let local_day = |instant: Timestamp| (instant.0 + offset_micros).div_euclid(DAY_MICROS);
        // Hours of the day before may extend past midnight into the period.
        let days = local_day(period.start) - 1..=local_day(period.end);
        let days = days.filter(|day| !self.holidays.contains(day));
        let openings = days.flat_map(|day| self.openings.iter().filter_map(move |opening| opening.on(day)));
        openings
            .map(|(from, to)| Span::new(Timestamp(from - offset_micros), Timestamp(to - offset_micros)))
            .map(|span| span.intersect(&period))
            .filter(|span| !span.is_empty())
            .collect()
    }
}

/// Splits `window` at each change of the UTC offset.
fn periods_of_fixed_offset(window: Span, zone: &Zone) -> Vec<Span> {
    if window.is_empty() {
        return Vec::new();
    }
    let mut start = window.start;
    let ends = zone.clock_changes(window.start, window.end).into_iter().chain([window.end]);
    ends.map(|end| Span::new(std::mem::replace(&mut start, end), end)).collect()
}

impl Opening {
    const fn new(days: Weekdays, from_minute: u16, to_minute: u16) -> Self {
        Self { days, from_minute, to_minute }
    }

    /// Returns start and end of the hours that start on local day `day` (0 is 1970-01-01), on a clock
    /// that counts microseconds since 1970; `None` if no hours start on that weekday.
    fn on(self, day: i64) -> Option<(i64, i64)> {
        let over_midnight = if self.to_minute <= self.from_minute { DAY_MINUTES } else { 0 };
        let at = |minute: u16| day * DAY_MICROS + i64::from(minute) * MINUTE_MICROS;
        let hours = (at(self.from_minute), at(self.to_minute + over_midnight));
        self.days.contains(Weekdays::of(day)).then_some(hours)
    }
}

/// Normalizes `part` to one space between words and none around a dash.
fn tidy(part: &str) -> String {
    let words: Vec<&str> = part.split_whitespace().collect();
    words.join(" ").replace(['–', '—'], "-").replace(" -", "-").replace("- ", "-")
}

/// Parses the days of one part, and its hours as minutes of the day; either may be absent.
fn read_part(part: &str) -> Result<(Weekdays, Option<(u16, u16)>), String> {
    if part.is_empty() {
        return Err(
            "days and hours are expected: `Mon-Fri 09:00-17:00`, `daily 08:00-20:00` or `24x7`".into()
        );
    }
    if matches!(part, "24x7" | "24/7") {
        return Ok((Weekdays::ALL, Some((0, DAY_MINUTES))));
    }
    let (days, hours) = part.split_at(part.find(|c: char| c.is_ascii_digit()).unwrap_or(part.len()));
    let days = Weekdays::parse(days)?;
    let hours = if hours.is_empty() { None } else { Some(read_hours(hours)?) };
    Ok((days, hours))
}

fn read_hours(text: &str) -> Result<(u16, u16), String> {
    let shown = printable(text);
    let (from, to) = text
        .split_once('-')
        .ok_or_else(|| format!("`{shown}` is not a range of hours such as 09:00-17:00"))?;
    let (from, to) = (read_clock(from)?, read_clock(to)?);
    match (from, to) {
        (DAY_MINUTES, _) => Err(format!("`{shown}` starts at 24:00: write 00:00 on the next day")),
        (from, to) if from == to => {
            Err(format!("`{shown}` ends where it starts: for the whole day write 00:00-24:00"))
        }
        hours => Ok(hours),
    }
}

/// Parses `17:30`, `9:00` or `9` as minutes since midnight, up to `24:00`.
fn read_clock(text: &str) -> Result<u16, String> {
    let (hour, minute) = text.split_once(':').unwrap_or((text, "00"));
    let digits = |text: &str, lengths: std::ops::RangeInclusive<usize>| {
        let plain = lengths.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        if plain { text.parse::<u16>().ok() } else { None }
    };
    let minutes = digits(hour, 1..=2).zip(digits(minute, 2..=2)).filter(|(_, minute)| *minute < 60);
    let of_day = minutes.map(|(hour, minute)| 60 * hour + minute).filter(|minutes| *minutes <= DAY_MINUTES);
    of_day.ok_or_else(|| format!("`{}` is not a time of day from 00:00 to 24:00", printable(text)))
}

#[cfg(test)]
mod tests {
    use super::{DAY_MINUTES, Hours, Opening, Span, Spans, Weekdays};
    use crate::base::time::{DAY_MICROS, MICROS, Timestamp, WallClock, Zone, parse_instant};
    use proptest::prelude::*;

    fn zone(name: &str) -> Zone {
        Zone::named(name).unwrap()
    }

    fn window(from: &str, to: &str, zone: &Zone) -> Span {
        Span::new(parse_instant(from, zone).unwrap(), parse_instant(to, zone).unwrap())
    }

    fn hours_open(text: &str, from: &str, to: &str, zone: &Zone) -> f64 {
        Hours::parse(text).unwrap().spans(window(from, to, zone), zone).seconds() / 3600.0
    }

    /// Writes hours in the form that is parsed.
    fn printed(hours: &Hours) -> String {
        let clock = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
        let text = |opening: &Opening| match *opening {
            Opening { days: Weekdays::ALL, from_minute: 0, to_minute: DAY_MINUTES } => "24x7".to_owned(),
            Opening { days, from_minute, to_minute } => {
                format!("{days} {}-{}", clock(from_minute), clock(to_minute))
            }
        };
        hours.openings.iter().map(text).collect::<Vec<String>>().join(", ")
    }

    #[test]
    fn hours_print_back_as_they_were_written() {
        for text in [
            "Mon-Fri 10:00-17:00",
            "Mon-Fri 09:00-17:30, Sat 10:00-14:00",
            "Wed,Sun 22:00-06:00",
            "daily 08:00-20:00",
            "Mon 00:00-24:00",
            "24x7",
        ] {
            assert_eq!(printed(&Hours::parse(text).unwrap()), text);
        }
    }

    #[test]
    fn common_ways_to_write_hours_are_accepted() {
        for (written, canonical) in [
            ("Sun,Wed 22:00-06:00", "Wed,Sun 22:00-06:00"),
            ("mon – fri 9 – 17", "Mon-Fri 09:00-17:00"),
            (
                "Monday-Friday 9:00-12:00, 13:00-17:30; Sa 10-14",
                "Mon-Fri 09:00-12:00, Mon-Fri 13:00-17:30, Sat 10:00-14:00",
            ),
            ("Sat-Mon 8-20", "Mon,Sat-Sun 08:00-20:00"),
            ("Mon Wed Fri 8-20", "Mon,Wed,Fri 08:00-20:00"),
            ("24/7", "24x7"),
        ] {
            assert_eq!(printed(&Hours::parse(written).unwrap()), canonical, "{written}");
        }
    }

    #[test]
    fn invalid_hours_are_rejected_with_the_part_that_is_wrong() {
        for (text, said) in [
            ("", "are expected"),
            ("Mon-Fri 9-17,", "are expected"),
            ("10:00-17:00", "`10:00-17:00` has no days: write `daily 10:00-17:00`"),
            ("Mon-Fri 9-17, Sat", "`Sat` has no times"),
            ("Mon-Fry 9-17", "`Fry` is not a day of the week; did you mean `Fri`?"),
            ("M 9-17", "`M` is not a day of the week"),
            ("Mon- 9-17", "`` is not a day of the week"),
            ("Mon 9-25", "`25` is not a time of day"),
            ("Mon 9:60-10", "`9:60` is not a time of day"),
            ("Mon 9am-5pm", "`9am` is not a time of day"),
            ("Mon 24:00-06:00", "starts at 24:00"),
            ("Mon 24:01-25", "`24:01` is not a time of day"),
            ("Mon 09:00-09:00", "ends where it starts"),
            ("Mon 9", "`9` is not a range of hours"),
            ("Mon 9-17 18-20", "`17 18-20` is not a time of day"),
            ("Mon 9-\u{1b}[31m17", "`\\u{1b}[31m17` is not a time of day"),
            ("Mon\u{1b} 9-17", "`Mon\\u{1b}` is not a day"),
        ] {
            let error = Hours::parse(text).unwrap_err();
            assert!(error.contains(said), "{text}: {error}");
        }
    }

    #[test]
    fn hours_follow_local_time() {
        let (utc, london) = (Zone::utc(), zone("Europe/London"));
        assert_eq!(hours_open("Mon-Fri 10:00-17:00", "2026-03-30", "2026-04-06", &utc), 35.0);
        // 09:00 in London is 08:00 UTC in summer.
        let summer =
            Hours::parse("daily 9-17").unwrap().spans(window("2026-07-01", "2026-07-02", &london), &london);
        assert_eq!(summer.as_slice()[0].start.to_string(), "2026-07-01T08:00:00Z");
        assert_eq!(hours_open("24x7", "2026-03-29", "2026-03-30", &london), 23.0);
        assert_eq!(hours_open("Sun 00:00-06:00", "2026-03-29", "2026-03-30", &london), 5.0);
        assert_eq!(hours_open("Sun 00:00-06:00", "2026-10-25", "2026-10-26", &london), 7.0);
    }

    #[test]
    fn hours_over_midnight_belong_to_the_day_on_which_they_start() {
        let utc = Zone::utc();
        // 2026-03-29 is a Sunday: the hours run into Monday, also when the window starts there.
        assert_eq!(hours_open("Sun 22:00-06:00", "2026-03-29", "2026-04-05", &utc), 8.0);
        assert_eq!(hours_open("Sun 22:00-06:00", "2026-03-30", "2026-03-31", &utc), 6.0);
        assert_eq!(hours_open("Sun 18:00-00:00", "2026-03-29", "2026-04-05", &utc), 6.0);
    }

    #[test]
    fn all_hours_are_one_span() {
        let year = window("2026-01-01", "2027-01-01", &Zone::utc());
        assert_eq!(Hours::parse("24x7").unwrap().spans(year, &zone("America/Denver")), Spans::from(year));
    }

    fn any_window() -> impl Strategy<Value = Span> {
        // 1900 to 2100, up to three years.
        (-25_567..47_482_i64, 0..DAY_MICROS, 1..1_096 * DAY_MICROS).prop_map(|(day, micros, length)| {
            let start = day * DAY_MICROS + micros;
            Span::new(Timestamp(start), Timestamp(start + length))
        })
    }

    fn any_zone() -> impl Strategy<Value = Zone> {
        proptest::sample::select(vec![
            "America/Denver",
            "Australia/Lord_Howe",
            "Africa/Casablanca",
            "America/St_Johns",
        ])
        .prop_map(zone)
    }

    fn any_opening() -> impl Strategy<Value = String> {
        let days = proptest::sample::select(vec!["Mon-Fri", "Sat-Mon", "Sun,Wed", "daily", "Tue"]);
        (days, 0..1440_u16, 1..1440_u16).prop_map(|(days, from, length)| {
            let clock = |minute: u16| format!("{:02}:{:02}", minute % 1440 / 60, minute % 60);
            format!("{days} {}-{}", clock(from), clock(from + length))
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        #[test]
        fn hours_contain_exactly_the_instants_at_which_the_clock_shows_them(
            zone in any_zone(),
            window in any_window(),
            text in any_opening(),
            shares in proptest::collection::vec(0.0..1.0_f64, 32),
        ) {
            let hours = Hours::parse(&text).unwrap();
            let spans = hours.spans(window, &zone);
            for share in shares {
                let instant = Timestamp(window.start.0 + (window.micros() as f64 * share) as i64);
                let expected = shows(&hours, zone.wall_clock(instant));
                prop_assert_eq!(spans.contains(instant), expected, "{} {}", text, instant);
            }
        }

        #[test]
        fn printed_hours_read_back(parts in proptest::collection::vec(any_opening(), 1..5)) {
            let hours = Hours::parse(&parts.join(", ")).unwrap();
            prop_assert_eq!(Hours::parse(&printed(&hours)).unwrap(), hours);
        }

        #[test]
        fn no_text_makes_parsing_of_hours_panic(text in "[MonFri0-9:,; x–-]{0,24}|\\PC{0,24}") {
            let _ = Hours::parse(&text);
        }
    }

    /// The definition: tells whether a clock with this reading stands inside the hours.
    fn shows(hours: &Hours, clock: WallClock) -> bool {
        let (day, minute) = (clock.0.div_euclid(DAY_MICROS), clock.0.rem_euclid(DAY_MICROS) / (60 * MICROS));
        let (today, yesterday) = (Weekdays::of(day), Weekdays::of(day - 1));
        hours.openings.iter().any(|opening| {
            let (from, to) = (i64::from(opening.from_minute), i64::from(opening.to_minute));
            let over_midnight = to <= from;
            let since_today =
                opening.days.contains(today) && from <= minute && (over_midnight || minute < to);
            since_today || (over_midnight && opening.days.contains(yesterday) && minute < to)
        })
    }

    #[test]
    fn holidays_are_no_hours_and_clocks_are_written_in_full() {
        let zone = Zone::utc();
        let week = window("2026-01-05", "2026-01-12", &zone);
        let hours = Hours::parse("Mon-Fri 09:00-17:00").unwrap();
        let monday = week.start.0 / DAY_MICROS;
        assert_eq!(
            hours.clone().without([monday].into_iter().collect()).spans(week, &zone).seconds(),
            4.0 * 28_800.0
        );
        for wrong in ["Mon 9:5-17:00", "Mon x9:00-17:00", "Mon 009:00-17:00"] {
            assert!(Hours::parse(wrong).is_err(), "{wrong}");
        }
    }
}
