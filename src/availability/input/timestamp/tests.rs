use super::{
    ColumnScan, DateOrder, Decision, EpochUnit, Fault, Moment, Reading, Repair, TimeFormat, decide_together,
    is_missing, parse_iso_fast,
};
use crate::base::time::{MICROS, Timestamp, WallClock};
use proptest::prelude::*;
use std::hint::black_box;
use std::time::Instant;

const DAY_FIRST: TimeFormat = TimeFormat::Numeric(DateOrder::DayFirst);
const MONTH_FIRST: TimeFormat = TimeFormat::Numeric(DateOrder::MonthFirst);
const ALL: [TimeFormat; 10] = [
    TimeFormat::Iso,
    TimeFormat::Epoch(EpochUnit::Seconds),
    TimeFormat::Epoch(EpochUnit::Millis),
    TimeFormat::Epoch(EpochUnit::Micros),
    TimeFormat::Epoch(EpochUnit::Nanos),
    DAY_FIRST,
    MONTH_FIRST,
    TimeFormat::NamedMonth,
    TimeFormat::Serial,
    TimeFormat::Compact,
];

fn read(format: TimeFormat, cell: &str) -> Moment {
    format.parse(cell.as_bytes()).unwrap_or_else(|bad| panic!("{cell}: {bad}"))
}

fn refused(format: TimeFormat, cell: &str) -> Fault {
    format.parse(cell.as_bytes()).expect_err(cell)
}

fn utc(text: &str) -> Moment {
    Moment::new(Reading::Instant(Timestamp(text.parse::<jiff::Timestamp>().unwrap().as_microsecond())))
}

fn local(text: &str) -> Moment {
    let Reading::Instant(Timestamp(micros)) = utc(&format!("{text}Z")).reading else { unreachable!() };
    Moment::new(Reading::Local(WallClock(micros)))
}

#[test]
fn all_notations_of_the_iso_family_give_the_same_instant() {
    for cell in [
        "2026-01-05T09:05:00Z",
        "2026-01-05 09:05:00z",
        "2026-01-05t11:05:00+02:00",
        "2026-01-05T11:05:00+0200",
        "2026-01-05 11:05 +02",
        "2026-01-05T09:05:00-00:00",
        "2026-01-05 09:05:00 UTC",
        "2026/1/5 9:05 GMT",
        "2026-01-05T09:05:00.000000000Z",
        "  2026-01-05T09:05:00Z ",
        "2026-01-05 9:05 AM UTC",
    ] {
        assert_eq!(read(TimeFormat::Iso, cell), utc("2026-01-05T09:05:00Z"), "{cell}");
    }
}

#[test]
fn a_time_without_zone_stays_local_and_a_date_means_midnight() {
    assert_eq!(read(TimeFormat::Iso, "2026-01-05 09:05"), local("2026-01-05T09:05:00"));
    assert_eq!(read(TimeFormat::Iso, "2021-11-05 9:29"), local("2021-11-05T09:29:00"));
    assert_eq!(read(TimeFormat::Iso, "2026-01-05"), local("2026-01-05T00:00:00"));
}

#[test]
fn fractions_are_truncated_to_microseconds() {
    assert_eq!(read(TimeFormat::Iso, "2026-01-05T10:00:00.5Z"), utc("2026-01-05T10:00:00.5Z"));
    assert_eq!(read(TimeFormat::Iso, "2026-01-05 10:00:00,1234569"), local("2026-01-05T10:00:00.123456"));
    assert_eq!(read(TimeFormat::Iso, "2026-01-05T10:00:00.999999999Z"), utc("2026-01-05T10:00:00.999999Z"));
}

#[test]
fn numeric_dates_follow_the_order_of_their_column() {
    assert_eq!(read(MONTH_FIRST, "6/21/2005 10:54"), local("2005-06-21T10:54:00"));
    assert_eq!(read(DAY_FIRST, "29-02-2016 01:16"), local("2016-02-29T01:16:00"));
    assert_eq!(read(DAY_FIRST, "3.4.24"), local("2024-04-03T00:00:00"));
    assert_eq!(read(MONTH_FIRST, "3/4/99, 12:05:09 AM"), local("1999-03-04T00:05:09"));
    assert_eq!(read(MONTH_FIRST, "3/4/2024 12:05\u{202f}PM"), local("2024-03-04T12:05:00"));
    assert_eq!(read(DAY_FIRST, "3/4/2024 9 p.m."), local("2024-04-03T21:00:00"));
}

#[test]
fn named_months_are_read_in_all_usual_arrangements() {
    for cell in [
        "12-Mar-2024 09:41:00",
        "12/mar/24 9:41 AM",
        "12 March 2024 09:41",
        "Mar 12, 2024 9:41 AM",
        "Tuesday, March 12, 2024 09:41",
        "12/Mar/2024:09:41:00",
    ] {
        assert_eq!(read(TimeFormat::NamedMonth, cell), local("2024-03-12T09:41:00"), "{cell}");
    }
    let rfc_2822 = "Tue, 12 Mar 2024 11:41:00 +0200";
    assert_eq!(read(TimeFormat::NamedMonth, rfc_2822), utc("2024-03-12T09:41:00Z"));
    assert_eq!(read(TimeFormat::NamedMonth, "05/Jan/26 10:30 PM"), local("2026-01-05T22:30:00"));
}

#[test]
fn a_syslog_timestamp_without_year_is_rejected() {
    assert_eq!(refused(TimeFormat::NamedMonth, "12 Mar 09:11:07"), Fault::NoTimeOfDay);
    assert_eq!(refused(TimeFormat::NamedMonth, "Mar 12 09:11:07"), Fault::NoTimeOfDay);
}

#[test]
fn the_end_of_a_day_and_a_leap_second_are_accepted() {
    assert_eq!(read(TimeFormat::Iso, "2026-01-05T24:00:00Z"), utc("2026-01-06T00:00:00Z"));
    assert_eq!(read(TimeFormat::Iso, "2016-12-31T23:59:60Z"), utc("2017-01-01T00:00:00Z"));
    assert_eq!(refused(TimeFormat::Iso, "2026-01-05T24:00:01Z"), Fault::Hour(24));
}

#[test]
fn irregular_notations_are_repaired_and_reported() {
    let dotted = read(TimeFormat::Iso, "2022-03-10 11.50");
    assert_eq!(
        (dotted.reading, dotted.repaired),
        (local("2022-03-10T11:50:00").reading, Some(Repair::DotForColon))
    );
    let run_together = read(TimeFormat::Iso, "2025-01-14 1600");
    let expected = (local("2025-01-14T16:00:00").reading, Some(Repair::NoColon));
    assert_eq!((run_together.reading, run_together.repaired), expected);
}

#[test]
fn an_error_names_the_reason() {
    for (cell, phrase) in [
        ("2026-13-01", "invalid month 13"),
        ("2024-02-30 10:00", "no such day: 30 February 2024"),
        ("22025-03-18 09:36", "invalid year 22025"),
        ("0000-01-01", "before year 1"),
        ("99999999999-01-01", "number too large"),
        ("2026-01-05 25:00", "invalid hour 25"),
        ("2026-01-05 10:60", "invalid minute 60"),
        ("2026-01-05 10:00:61", "invalid second 61"),
        ("2026-01-05 13:00 PM", "invalid hour 13"),
        ("2026-01-05 2375", "invalid minute 75"),
        ("2023-01-04 (Time TBC)", "no time of day after the date"),
        ("2026-01-05 10:00 roughly", "unknown zone"),
        ("2026-01-05 10:00 M", "unknown zone"),
        ("2026-01-05 10:00 +2:00", "invalid offset from UTC"),
        ("2026-01-05 10:00, or so", "unexpected text after the time"),
        ("soon", "not a time"),
        ("0001-01-01T00:00:00+01:00", "before year 1"),
        ("9999-12-31", "after 9999-12-30"),
        ("1767607200", "not ISO 8601 like the other times of the column"),
    ] {
        assert_eq!(refused(TimeFormat::Iso, cell).to_string(), phrase, "{cell}");
    }
}

#[test]
fn iso_times_are_accepted_in_every_column_and_other_formats_rejected() {
    let others = [("1767607200", 0), ("13/04/2024", 1), ("13 Apr 2024", 2)];
    for format in ALL {
        assert_eq!(read(format, "2026-01-05 9:05Z"), utc("2026-01-05T09:05:00Z"));
        let kind = match format {
            TimeFormat::Iso | TimeFormat::Serial | TimeFormat::Compact => 3,
            TimeFormat::Epoch(_) => 0,
            TimeFormat::Numeric(_) => 1,
            TimeFormat::NamedMonth => 2,
        };
        for (cell, _) in others.iter().filter(|(_, of)| *of != kind) {
            assert_eq!(refused(format, cell), Fault::OtherFormat(format));
        }
    }
}

/// Generates whole seconds within the accepted years.
fn any_second() -> impl Strategy<Value = i64> {
    Timestamp::MIN.0 / MICROS..Timestamp::MAX.0 / MICROS
}

fn any_micros() -> impl Strategy<Value = i64> {
    (any_second(), 0..MICROS).prop_map(|(second, part)| second * MICROS + part)
}

/// Formats a time in UTC with `strftime` of another library.
fn printed(micros: i64, pattern: &str) -> String {
    let since_1970 = jiff::SignedDuration::from_micros(micros);
    (jiff::civil::date(1970, 1, 1).at(0, 0, 0, 0) + since_1970).strftime(pattern).to_string()
}

fn instant(micros: i64) -> Moment {
    Moment::new(Reading::Instant(Timestamp(micros)))
}

fn wall(micros: i64) -> Moment {
    Moment::new(Reading::Local(WallClock(micros)))
}

const VALID: [&str; 12] = [
    "2026-01-05T10:00:00Z",
    "2026-01-05 10:00:00.123456789 +02:00",
    "2026/1/5 9:05,",
    "05/Jan/26 10:00 AM",
    "Tue, 12 Mar 2024 09:41:00 +0000",
    "6/21/2005 10:54 p.m.",
    "29-02-2016 01:16",
    "1.3.24 23.59",
    "1767607200.123",
    "-1767607200000",
    "2025-01-14 1600",
    "Mar 12, 2024 9 AM UTC",
];

/// Generates a valid cell with some bytes replaced.
fn mutated() -> impl Strategy<Value = Vec<u8>> {
    let strokes = proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4);
    (prop::sample::select(&VALID[..]), strokes, 0..40_usize).prop_map(|(cell, strokes, length)| {
        let mut bytes = cell.as_bytes().to_vec();
        for (index, byte) in strokes {
            let at = index.index(bytes.len());
            bytes[at] = byte;
        }
        bytes.truncate(length);
        bytes
    })
}

fn must_not_panic(cell: &[u8]) {
    let mut scan = ColumnScan::default();
    scan.observe(cell);
    for order in [None, Some(DateOrder::DayFirst)] {
        let _ = decide_together(std::slice::from_ref(&scan), order);
    }
    let _ = (is_missing(cell), ALL.map(|format| format.parse(cell)));
}

proptest! {
    #[test]
    fn iso_times_round_trip(micros in any_micros(), offset_minutes in -1439..1440_i64) {
        prop_assert_eq!(read(TimeFormat::Iso, &printed(micros, "%Y-%m-%dT%H:%M:%S.%6fZ")), instant(micros));
        prop_assert_eq!(read(TimeFormat::Iso, &printed(micros, "%Y/%-m/%-d %-H:%M:%S,%6f")), wall(micros));
        let sign = if offset_minutes < 0 { '-' } else { '+' };
        let (hours, minutes) = (offset_minutes.abs() / 60, offset_minutes.abs() % 60);
        let cell = format!("{}{sign}{hours:02}:{minutes:02}", printed(micros, "%Y-%m-%d %H:%M:%S.%6f"));
        let expected = micros - offset_minutes * 60 * MICROS;
        if (Timestamp::MIN.0..Timestamp::MAX.0).contains(&expected) {
            prop_assert_eq!(read(TimeFormat::Iso, &cell), instant(expected));
        }
    }

    #[test]
    fn epoch_numbers_round_trip(micros in any_micros()) {
        let sign = if micros < 0 { "-" } else { "" };
        let size = micros.unsigned_abs();
        let decimal = |unit: u64, digits: usize| format!("{sign}{}.{:0digits$}", size / unit, size % unit);
        prop_assert_eq!(read(TimeFormat::Epoch(EpochUnit::Seconds), &decimal(1_000_000, 6)), instant(micros));
        prop_assert_eq!(read(TimeFormat::Epoch(EpochUnit::Millis), &decimal(1_000, 3)), instant(micros));
        prop_assert_eq!(read(TimeFormat::Epoch(EpochUnit::Micros), &micros.to_string()), instant(micros));
        let nanos = micros % 9_000_000_000_000_000;
        prop_assert_eq!(read(TimeFormat::Epoch(EpochUnit::Nanos), &format!("{nanos}000")), instant(nanos));
    }

    #[test]
    fn dates_with_the_year_last_round_trip(second in any_second(), separator in prop::sample::select(&["-", "/", "."][..])) {
        let micros = second * MICROS;
        let numeric = |order: &str| order.replace('-', separator);
        let day_first = format!("{} %H:%M:%S", numeric("%d-%m-%Y"));
        prop_assert_eq!(read(DAY_FIRST, &printed(micros, &day_first)), wall(micros));
        let month_first = format!("{} %-I:%M:%S %p", numeric("%m-%d-%Y"));
        prop_assert_eq!(read(MONTH_FIRST, &printed(micros, &month_first)), wall(micros));
        let named = format!("{} %I:%M:%S %P", numeric("%d-%b-%Y"));
        prop_assert_eq!(read(TimeFormat::NamedMonth, &printed(micros, &named)), wall(micros));
        prop_assert_eq!(read(TimeFormat::NamedMonth, &printed(micros, "%B %-d, %Y %H:%M:%S")), wall(micros));
        prop_assert_eq!(read(TimeFormat::NamedMonth, &printed(micros, "%a, %d %b %Y %H:%M:%S +0000")), instant(micros));
    }

    #[test]
    fn years_of_two_digits_round_trip_from_1969_to_2068(second in -31_536_000..3_124_224_000_i64) {
        let micros = second * MICROS;
        prop_assert_eq!(read(DAY_FIRST, &printed(micros, "%d.%m.%y %H:%M:%S")), wall(micros));
        prop_assert_eq!(read(TimeFormat::NamedMonth, &printed(micros, "%d/%b/%y %H:%M:%S")), wall(micros));
    }

    #[test]
    fn the_fast_parser_agrees_with_the_general_one(second in any_second(), stroke in 0..19_usize, byte in b' '..b'~') {
        let micros = second * MICROS;
        let mut cell = printed(micros, "%Y-%m-%d %H:%M:%SZ").into_bytes();
        prop_assert_eq!(parse_iso_fast(&cell), Some((micros, true)));
        prop_assert_eq!(TimeFormat::Iso.parse_general(&cell), Ok(instant(micros)));
        prop_assert_eq!(parse_iso_fast(&cell[..19]), Some((micros, false)));
        prop_assert_eq!(TimeFormat::Iso.parse_general(&cell[..19]), Ok(wall(micros)));
        cell[stroke] = byte;
        if let Some((micros, true)) = parse_iso_fast(&cell) {
            prop_assert_eq!(TimeFormat::Iso.parse_general(&cell), Ok(instant(micros)));
        }
    }

    #[test]
    fn the_fast_parser_agrees_with_the_general_one_on_fractions_and_offsets(
        second in any_second(),
        end in "([.][0-9]{0,10})?(Z|[+-][0-9]{2}:?[0-9]{2}|.{0,3})",
    ) {
        let cell = printed(second * MICROS, "%Y-%m-%dT%H:%M:%S") + &end;
        if let Some((micros, has_zone)) = parse_iso_fast(cell.as_bytes()) {
            let expected = if has_zone { instant(micros) } else { wall(micros) };
            prop_assert_eq!(TimeFormat::Iso.parse_general(cell.as_bytes()), Ok(expected));
        }
    }

    #[test]
    fn arbitrary_bytes_do_not_panic(cell in proptest::collection::vec(any::<u8>(), 0..48)) {
        must_not_panic(&cell);
    }

    #[test]
    fn errors_in_a_valid_cell_do_not_panic(cell in mutated()) {
        must_not_panic(&cell);
    }

    #[test]
    fn all_rows_of_a_column_are_read_in_one_order(
        days in proptest::collection::vec((1..=12_u32, 1..=28_u32), 1..40),
        order in prop::sample::select(&[DateOrder::DayFirst, DateOrder::MonthFirst][..]),
    ) {
        let cells: Vec<String> = days.iter().map(|&(month, day)| match order {
            DateOrder::DayFirst => format!("{day}/{month}/2023"),
            DateOrder::MonthFirst => format!("{month}/{day}/2023"),
        }).collect();
        let mut scan = ColumnScan::default();
        for cell in &cells { scan.observe(cell.as_bytes()); }
        match decide_together(&[scan], None).remove(0) {
            Decision::Decided(format, _) => for (cell, (month, day)) in cells.iter().zip(&days) {
                prop_assert_eq!(read(format, cell), local(&format!("2023-{month:02}-{day:02}T00:00:00")));
            },
            Decision::Ambiguous { .. } => prop_assert!(days.iter().all(|&(_, day)| day <= 12)),
            other => prop_assert!(false, "{:?}", other),
        }
    }
}

/// Measures the time of `work` per value, over 512 times written in this pattern, in nanoseconds.
fn nanoseconds_per_value<T>(pattern: &str, mut work: impl FnMut(&[u8]) -> T) -> f64 {
    let rounds = 4_000_u32;
    let step = 86_400 * 17 + 3_671;
    let cells: Vec<String> = (0..512).map(|i| printed((946_684_800 + i * step) * MICROS, pattern)).collect();
    let start = Instant::now();
    for _ in 0..rounds {
        for cell in &cells {
            black_box(work(black_box(cell.as_bytes())));
        }
    }
    start.elapsed().as_nanos() as f64 / (f64::from(rounds) * cells.len() as f64)
}

/// `cargo test --release --lib timestamp -- --ignored --nocapture` prints the figures.
#[test]
#[ignore = "a measurement: its figures depend on the machine"]
fn parsing_a_value_takes_nanoseconds() {
    let fast = nanoseconds_per_value("%Y-%m-%dT%H:%M:%SZ", parse_iso_fast);
    eprintln!("parse_iso_fast              {fast:6.1} ns");
    for (format, pattern) in [
        (TimeFormat::Iso, "%Y-%m-%dT%H:%M:%SZ"),
        (TimeFormat::Iso, "%Y-%m-%dT%H:%M:%S.123Z"),
        (TimeFormat::Iso, "%Y-%m-%d %H:%M"),
        (TimeFormat::Epoch(EpochUnit::Seconds), "%s"),
        (MONTH_FIRST, "%m/%d/%Y %H:%M"),
        (TimeFormat::NamedMonth, "%d/%b/%y %I:%M %p"),
    ] {
        let parse = nanoseconds_per_value(pattern, |cell| format.parse(cell));
        let mut scan = ColumnScan::default();
        let observe = nanoseconds_per_value(pattern, |cell| scan.observe(cell));
        eprintln!("{pattern:27} {parse:6.1} ns to parse, {observe:6.1} ns to observe");
    }
    assert!(fast < 100.0);
}
