//! Divides a window by the calendar: into months, weeks and days of true length, or by hour of the day
//! and weekday.
//!
//! A calendar unit runs from the first instant of its first local date to the first instant of the next
//! unit, so that a day on which clocks are put forward has 23 hours. Hours and weekdays are those of
//! local wall clocks: see [`Hours`].

use super::hours::Hours;
use super::span::{Span, Spans};
use crate::base::suggest::{did_you_mean, fold};
use crate::base::text::{grouped, printable};
use crate::base::time::{DAY_MICROS, Timestamp, Zone};
use jiff::ToSpan as _;
use jiff::civil::{Date, date};

/// The largest number of calendar units into which a window is divided: 273 years of days.
pub const UNITS_MAX: usize = 100_000;

/// A unit of the calendar; units of one kind follow one another without gaps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CalendarUnit {
    /// A local date.
    Day,
    /// A week of ISO 8601: Monday to Sunday.
    Week,
    /// A month.
    Month,
    /// January to March, April to June, July to September, October to December.
    Quarter,
    /// A year.
    Year,
}

impl CalendarUnit {
    /// Every unit, shortest first.
    pub const ALL: [Self; 5] = [Self::Day, Self::Week, Self::Month, Self::Quarter, Self::Year];

    /// Returns the name that users write.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::Year => "year",
        }
    }

    /// Returns the unit that contains `instant` in `zone`.
    pub fn containing(self, instant: Timestamp, zone: &Zone) -> CalendarSpan {
        let moment = Span::new(instant, Timestamp(instant.0.saturating_add(1)));
        let by_date = || self.starting_on(self.first_date(zone.date(instant)), zone);
        self.covering(moment, zone).next().unwrap_or_else(by_date)
    }

    /// Iterates over the units that share an instant with `window`, in order. Each is whole, even where
    /// the window cuts it.
    ///
    /// Where clocks were put back over midnight, a few instants of the new date come before the last
    /// ones of the old date; all of them belong to the unit that has started.
    pub fn covering(self, window: Span, zone: &Zone) -> impl Iterator<Item = CalendarSpan> {
        let first = self.first_date(zone.date(window.start));
        std::iter::successors(Some(first), move |first| self.next_first_date(*first))
            .map(move |first| self.starting_on(first, zone))
            .take_while(move |unit| unit.span.start < window.end)
            .filter(move |unit| !unit.span.intersect(&window).is_empty())
    }

    fn starting_on(self, first: Date, zone: &Zone) -> CalendarSpan {
        let start = zone.start_of_day(first).unwrap_or(Timestamp::MIN);
        let next = self.next_first_date(first).and_then(|next| zone.start_of_day(next));
        CalendarSpan { label: self.label(first), span: Span::new(start, next.unwrap_or(Timestamp::MAX)) }
    }

    fn first_date(self, day: Date) -> Date {
        match self {
            Self::Day => day,
            Self::Week => day.saturating_sub(i64::from(day.weekday().to_monday_zero_offset()).days()),
            Self::Month => day.first_of_month(),
            Self::Quarter => date(day.year(), 3 * (quarter(day) - 1) + 1, 1),
            Self::Year => day.first_of_year(),
        }
    }

    fn next_first_date(self, first: Date) -> Option<Date> {
        let length = match self {
            Self::Day => 1.day(),
            Self::Week => 1.week(),
            Self::Month => 1.month(),
            Self::Quarter => 3.months(),
            Self::Year => 1.year(),
        };
        first.checked_add(length).ok()
    }

    /// `2026-03-29`, `2026-W13`, `2026-03`, `2026-Q1`, `2026`.
    fn label(self, first: Date) -> String {
        let year = first.year();
        match self {
            Self::Day => first.to_string(),
            Self::Week => {
                let week = first.iso_week_date();
                format!("{:04}-W{:02}", week.year(), week.week())
            }
            Self::Month => format!("{year:04}-{:02}", first.month()),
            Self::Quarter => format!("{year:04}-Q{}", quarter(first)),
            Self::Year => format!("{year:04}"),
        }
    }
}

fn quarter(day: Date) -> i8 {
    (day.month() - 1) / 3 + 1
}

/// One particular unit of the calendar, such as March 2026.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalendarSpan {
    /// `2026-03-29`, `2026-W13`, `2026-03`, `2026-Q1`, `2026`.
    pub label: String,
    /// From its first instant to the first instant of the next unit, in the zone. The last unit of the
    /// accepted range ends at [`Timestamp::MAX`].
    pub span: Span,
}

/// A way to divide a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cycle {
    /// By the hour of the day of the local clock: `00` to `23`.
    HourOfDay,
    /// By the day of the week: `Mon` to `Sun`.
    DayOfWeek,
    /// Into consecutive units.
    Every(CalendarUnit),
}

impl Cycle {
    /// Every cycle, shortest first.
    pub const ALL: [Self; 7] = [
        Self::HourOfDay,
        Self::Every(CalendarUnit::Day),
        Self::DayOfWeek,
        Self::Every(CalendarUnit::Week),
        Self::Every(CalendarUnit::Month),
        Self::Every(CalendarUnit::Quarter),
        Self::Every(CalendarUnit::Year),
    ];

    /// Returns the name that users write: `hour`, `day`, `weekday`, `week`, `month`, `quarter` or
    /// `year`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::HourOfDay => "hour",
            Self::DayOfWeek => "weekday",
            Self::Every(unit) => unit.name(),
        }
    }

    /// Parses a cycle's name, ignoring case. The error lists all names and suggests the most similar
    /// one.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wanted = fold(text);
        Self::ALL.into_iter().find(|cycle| cycle.name() == wanted).ok_or_else(|| {
            let names = Self::ALL.map(Self::name);
            let guess = did_you_mean(text, names);
            let (text, names) = (printable(text), names.join(", "));
            format!("`{text}` is not a calendar period{guess} Periods are {names}")
        })
    }
}

/// A part of a window, divided by the calendar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Period {
    /// `2026-03-29`, `2026-W13`, `2026-03`, `2026-Q1`, `2026`; `Mon` to `Sun`; `00` to `23`.
    pub label: String,
    /// The part of the window that belongs to it. For a consecutive cycle never empty.
    pub spans: Spans,
}

/// Divides `window` by the calendar of `zone` into disjoint periods that together are the window.
///
/// A consecutive cycle gives the units that share an instant with the window, in order. A recurring one
/// always gives its 24 hours or its 7 weekdays, empty ones included. Returns an error when the window
/// has more than [`UNITS_MAX`] units or, for a recurring cycle, that many days.
pub fn periods(cycle: Cycle, window: Span, zone: &Zone) -> Result<Vec<Period>, String> {
    match cycle {
        Cycle::HourOfDay => recurring(Hours::of_the_day(), window, zone),
        Cycle::DayOfWeek => recurring(Hours::of_each_weekday(), window, zone),
        Cycle::Every(unit) => consecutive(unit, window, zone),
    }
}

fn consecutive(unit: CalendarUnit, window: Span, zone: &Zone) -> Result<Vec<Period>, String> {
    let units = units_within_bounds(unit, window, zone)?;
    let period = |CalendarSpan { label, span }| Period { label, spans: Spans::from(span.intersect(&window)) };
    Ok(units.into_iter().map(period).collect())
}

/// Returns the units that share an instant with `window`; an error when there are more than
/// [`UNITS_MAX`].
pub(super) fn units_within_bounds(
    unit: CalendarUnit,
    window: Span,
    zone: &Zone,
) -> Result<Vec<CalendarSpan>, String> {
    let units: Vec<CalendarSpan> = unit.covering(window, zone).take(UNITS_MAX + 1).collect();
    if units.len() > UNITS_MAX { Err(too_many(unit, window)) } else { Ok(units) }
}

fn recurring(parts: Vec<(String, Hours)>, window: Span, zone: &Zone) -> Result<Vec<Period>, String> {
    if window.micros() / DAY_MICROS >= UNITS_MAX as i64 {
        return Err(too_many(CalendarUnit::Day, window));
    }
    let period = |(label, hours): (String, Hours)| Period { label, spans: hours.spans(window, zone) };
    Ok(parts.into_iter().map(period).collect())
}

fn too_many(unit: CalendarUnit, window: Span) -> String {
    let (from, to, most, unit) = (window.start, window.end, grouped(UNITS_MAX as u64), unit.name());
    format!(
        "from {from} to {to} there are more than {most} {unit}s: choose a shorter window or a longer unit"
    )
}

#[cfg(test)]
mod tests {
    use super::{CalendarUnit, Cycle, Period, Span, Spans, periods};
    use crate::base::time::{DAY_MICROS, MICROS, Timestamp, Zone, parse_instant};
    use proptest::prelude::*;

    /// Zones with unusual rules: a summer time of an hour, one of half an hour, an offset of 5:45,
    /// winter time as the exception, a change at one minute past midnight, a skipped day, a change half
    /// an hour before midnight.
    const ZONES: [&str; 7] = [
        "America/Denver",
        "Australia/Lord_Howe",
        "Asia/Kathmandu",
        "Africa/Casablanca",
        "America/St_Johns",
        "Pacific/Apia",
        "America/Toronto",
    ];

    fn zone(name: &str) -> Zone {
        Zone::named(name).unwrap()
    }

    fn window(from: &str, to: &str, zone: &Zone) -> Span {
        Span::new(parse_instant(from, zone).unwrap(), parse_instant(to, zone).unwrap())
    }

    fn divide(cycle: &str, from: &str, to: &str, zone: &Zone) -> Vec<Period> {
        periods(Cycle::parse(cycle).unwrap(), window(from, to, zone), zone).unwrap()
    }

    /// Returns the lengths in seconds of the whole units that a window touches.
    fn whole_units(cycle: &str, from: &str, to: &str, zone: &Zone) -> Vec<f64> {
        let Ok(Cycle::Every(unit)) = Cycle::parse(cycle) else { panic!("{cycle} is no unit") };
        unit.covering(window(from, to, zone), zone).map(|unit| unit.span.seconds()).collect()
    }

    fn labels(periods: &[Period]) -> Vec<&str> {
        periods.iter().map(|period| period.label.as_str()).collect()
    }

    #[test]
    fn every_cycle_has_a_name_that_reads_back() {
        for cycle in Cycle::ALL {
            assert_eq!(Cycle::parse(cycle.name()), Ok(cycle));
        }
        assert_eq!(Cycle::parse(" Month "), Ok(Cycle::Every(CalendarUnit::Month)));
    }

    #[test]
    fn a_misspelt_cycle_is_answered_with_a_suggestion() {
        assert_eq!(
            Cycle::parse("mounth").unwrap_err(),
            "`mounth` is not a calendar period; did you mean `month`? \
             Periods are hour, day, weekday, week, month, quarter, year"
        );
    }

    #[test]
    fn units_have_their_usual_labels() {
        let utc = Zone::utc();
        let label = |cycle| divide(cycle, "2026-03-29", "2026-03-30", &utc)[0].label.clone();
        assert_eq!(
            ["day", "week", "month", "quarter", "year"].map(label),
            ["2026-03-29", "2026-W13", "2026-03", "2026-Q1", "2026"]
        );
        assert_eq!(labels(&divide("month", "2025-12-31T12:00", "2026-02-01", &utc)), ["2025-12", "2026-01"]);
    }

    #[test]
    fn a_week_belongs_to_the_year_of_its_thursday() {
        let utc = Zone::utc();
        assert_eq!(labels(&divide("week", "2026-12-30", "2027-01-05", &utc)), ["2026-W53", "2027-W01"]);
        assert_eq!(labels(&divide("week", "2024-12-30", "2024-12-31", &utc)), ["2025-W01"]);
    }

    #[test]
    fn a_unit_has_its_true_length_in_the_zone() {
        for (name, cycle, date, hours) in [
            ("Europe/London", "day", "2026-03-29", 23.0),
            ("Europe/London", "month", "2026-03-15", 743.0),
            ("America/New_York", "month", "2026-11-15", 721.0),
            ("UTC", "month", "2026-02-15", 672.0),
            ("Australia/Lord_Howe", "day", "2026-04-05", 24.5),
            ("Europe/London", "year", "2024-07-01", 8784.0),
        ] {
            let zone = zone(name);
            let units = whole_units(cycle, date, &format!("{date}T12:00"), &zone);
            assert_eq!(units[0], hours * 3600.0, "{name} {date}");
        }
    }

    #[test]
    fn a_skipped_day_is_not_a_period() {
        let days = divide("day", "2011-12-29", "2012-01-01", &zone("Pacific/Apia"));
        assert_eq!(labels(&days), ["2011-12-29", "2011-12-31"]);
    }

    #[test]
    fn a_window_cuts_the_spans_of_a_period_but_not_its_whole_unit() {
        let months = divide("month", "2026-01-15", "2026-02-10", &Zone::utc());
        let days = |seconds: f64| seconds / 86_400.0;
        assert_eq!(months.iter().map(|m| days(m.spans.seconds())).collect::<Vec<_>>(), [17.0, 9.0]);
        let whole = whole_units("month", "2026-01-15", "2026-02-10", &Zone::utc());
        assert_eq!(whole.into_iter().map(days).collect::<Vec<_>>(), [31.0, 28.0]);
    }

    #[test]
    fn a_repeated_hour_counts_twice_and_a_skipped_hour_is_absent() {
        let denver = zone("America/Denver");
        let length = |from, to, hour: usize| divide("hour", from, to, &denver)[hour].spans.seconds();
        assert_eq!(length("2026-11-01", "2026-11-02", 1), 7200.0);
        assert_eq!(length("2026-03-08", "2026-03-09", 2), 0.0);
        assert_eq!(length("2026-03-09", "2026-03-10", 2), 3600.0);
    }

    #[test]
    fn recurring_periods_are_always_complete() {
        let utc = Zone::utc();
        let weekdays = divide("weekday", "2026-03-30T10:00", "2026-03-30T11:00", &utc);
        assert_eq!(labels(&weekdays), ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]);
        assert_eq!(weekdays.iter().filter(|day| day.spans.is_empty()).count(), 6);
        assert_eq!(divide("hour", "2026-03-30", "2026-03-31", &utc).len(), 24);
    }

    #[test]
    fn all_of_time_is_rejected_by_day_and_accepted_by_year() {
        let all = Span::new(Timestamp::MIN, Timestamp::MAX);
        for name in ["hour", "day", "weekday", "week"] {
            let refusal = periods(Cycle::parse(name).unwrap(), all, &Zone::utc()).unwrap_err();
            assert!(refusal.contains("more than 100,000"), "{refusal}");
        }
        for name in ZONES {
            let years = periods(Cycle::Every(CalendarUnit::Year), all, &zone(name)).unwrap();
            assert!((9_999..=10_000).contains(&years.len()), "{name} {}", years.len());
        }
    }

    #[test]
    fn an_empty_window_has_no_units() {
        let none = Span::new(Timestamp(5), Timestamp(5));
        assert_eq!(periods(Cycle::Every(CalendarUnit::Month), none, &Zone::utc()), Ok(Vec::new()));
        assert!(
            periods(Cycle::HourOfDay, none, &Zone::utc()).unwrap().iter().all(|hour| hour.spans.is_empty())
        );
    }

    fn any_window() -> impl Strategy<Value = Span> {
        // 1900 to 2100, up to three years.
        (-25_567..47_482_i64, 0..DAY_MICROS, 1..1_096 * DAY_MICROS).prop_map(|(day, micros, length)| {
            let start = day * DAY_MICROS + micros;
            Span::new(Timestamp(start), Timestamp(start + length))
        })
    }

    fn any_zone() -> impl Strategy<Value = Zone> {
        proptest::sample::select(ZONES.to_vec()).prop_map(zone)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        #[test]
        fn periods_are_disjoint_and_together_the_window(zone in any_zone(), window in any_window()) {
            for cycle in Cycle::ALL {
                let periods = periods(cycle, window, &zone).unwrap();
                let sum: i64 = periods.iter().map(|period| period.spans.micros()).sum();
                let union: Spans = periods.iter().flat_map(|period| period.spans.iter().copied()).collect();
                prop_assert_eq!(sum, window.micros(), "{}", cycle.name());
                prop_assert_eq!(union, Spans::from(window), "{}", cycle.name());
            }
        }

        #[test]
        fn an_instant_belongs_to_the_hour_of_its_local_clock(
            zone in any_zone(), window in any_window(), share in 0.0..1.0_f64,
        ) {
            let instant = Timestamp(window.start.0 + (window.micros() as f64 * share) as i64);
            let hour = zone.wall_clock(instant).0.rem_euclid(DAY_MICROS) / (3600 * MICROS);
            for (i, period) in periods(Cycle::HourOfDay, window, &zone).unwrap().iter().enumerate() {
                prop_assert_eq!(period.spans.contains(instant), i as i64 == hour);
            }
        }
    }

    #[test]
    fn every_month_belongs_to_its_quarter() {
        let labels = |unit: CalendarUnit| {
            let zone = Zone::utc();
            let spans = (1..=12).map(|month| {
                let day = parse_instant(&format!("2026-{month:02}-15"), &zone).unwrap();
                let units: Vec<_> = unit.covering(Span::new(day, Timestamp(day.0 + 1)), &zone).collect();
                assert_eq!(units.len(), 1);
                units[0].label.clone()
            });
            spans.collect::<Vec<_>>()
        };
        let quarters = labels(CalendarUnit::Quarter);
        assert_eq!(quarters.iter().map(|label| &label[5..]).collect::<String>(), "Q1Q1Q1Q2Q2Q2Q3Q3Q3Q4Q4Q4");
    }
}
