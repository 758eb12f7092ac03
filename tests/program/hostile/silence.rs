//! Property tests: every row either counts or is listed in the ledger, and no figure depends on the
//! order of the rows or on their distribution over files and threads.

use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Cursor;
use steadfast::availability::analysis::settings::{By, Combine, Maintenance, Objectives, Settings, Weights};
use steadfast::availability::analysis::{Analysed, analyse};
use steadfast::availability::input::bytes::Input;
use steadfast::availability::input::columns::ColumnWishes;
use steadfast::availability::input::{ReadOptions, Services, read};
use steadfast::availability::ledger::Reason;
use steadfast::base::problem::Problems;
use steadfast::base::time::{Zone, parse_instant};
use steadfast::timeline::combine::Rule;
use steadfast::timeline::samples::State;

const HEADER: &str = "service,severity,started_at,detected_at,acknowledged_at,resolved_at,note";

/// The reasons for which a row does not count.
const LEFT_OUT: [Reason; 7] = [
    Reason::Unparsable,
    Reason::Reversed,
    Reason::Duplicate,
    Reason::OutsideWindow,
    Reason::Maintenance,
    Reason::Superseded,
    Reason::Filtered,
];

fn reading(threads: usize) -> ReadOptions {
    ReadOptions {
        preset: None,
        shape: None,
        zone: None,
        date_order: None,
        wishes: ColumnWishes::default(),
        lists: Vec::new(),
        states: None,
        rows_before: 0,
        services: Services::Optional,
        max_gap_micros: None,
        keep_ledger: true,
        threads,
    }
}

fn settings(threads: usize, combine: Combine) -> Settings {
    let at = |text| parse_instant(text, &Zone::utc()).ok();
    Settings {
        from: at("2026-01-02"),
        to: at("2026-01-20"),
        zone: Zone::utc(),
        combine,
        by: vec![By::Service, By::Severity, By::parse("month"), By::parse("weekday")],
        confidence: 0.95,
        maintenance: Maintenance::default(),
        quorum: None,
        hours: None,
        weights: Some(Weights::BySeverity(vec![("SEV2".into(), 0.3)])),
        objectives: Objectives::default(),
        now: None,
        initial_state: State::Unknown,
        from_first_seen: false,
        count_zero_length: false,
        bootstrap: 200,
        seed: 7,
        assumed_mttr_s: None,
        keep_ledger: true,
        threads,
    }
}

/// Reads and analyses these files.
fn analysed(files: &[String], threads: usize, combine: Combine) -> Result<Analysed, Problems> {
    let names: Vec<String> = (0..files.len()).map(|i| i.to_string()).collect();
    let open = |name: &str| {
        let text = files[name.parse::<usize>().unwrap()].clone();
        Ok(Input { name: name.to_owned(), reader: Box::new(Cursor::new(text.into_bytes())) })
    };
    let evidence = read(&names, open, &reading(threads))?;
    Ok(analyse(evidence, &settings(threads, combine))?)
}

fn table<'r>(rows: impl IntoIterator<Item = &'r String>) -> String {
    let rows = rows.into_iter().map(String::as_str);
    [HEADER].into_iter().chain(rows).flat_map(|row| [row, "\n"]).collect()
}

/// Returns the report without the names of the inputs.
fn figures(analysed: &Analysed) -> serde_json::Value {
    let mut json = serde_json::to_value(&analysed.report).unwrap();
    json.as_object_mut().unwrap().remove("inputs");
    json
}

fn any_time() -> impl Strategy<Value = String> {
    let minute = (1..25_u32, 0..24_u32, prop_oneof![Just(0_u32), Just(30), 0..60_u32]);
    prop_oneof![
        20 => minute.prop_map(|(day, hour, minute)| format!("2026-01-{day:02}T{hour:02}:{minute:02}:00Z")),
        1 => Just(String::new()),
        1 => Just("2026-01-09T10:00:00.1+05:30".to_owned()),
        1 => Just("2025-12-01T00:00:00Z".to_owned()),
        1 => Just("soon".to_owned()),
        1 => Just("2026-02-30T10:00:00Z".to_owned()),
        1 => Just("\u{fffd}\u{1b}".to_owned()),
    ]
}

fn any_row() -> impl Strategy<Value = String> {
    let service = prop::sample::select(vec!["api", "web", "db", "", "\"a,\nb\"", "=x", " api "]);
    let severity = prop::sample::select(vec!["SEV1", "SEV2", "", "maintenance"]);
    let note = prop::sample::select(vec!["", "x", "\"quoted \"\"note\"\"\"", "5\" disk", "a,b,c"]);
    let times = (any_time(), any_time(), any_time(), any_time());
    let whole = (service, severity, times, note).prop_map(|(service, severity, (a, b, c, d), note)| {
        format!("{service},{severity},{a},{b},{c},{d},{note}")
    });
    prop_oneof![20 => whole, 1 => Just("api".to_owned()), 1 => Just("api,SEV1,2026-01-05T10:00:00Z".to_owned())]
}

fn any_combination() -> impl Strategy<Value = Combine> {
    prop::sample::select(vec![
        Combine::Pool,
        Combine::System(Rule::Any),
        Combine::System(Rule::All),
        Combine::System(Rule::AtLeast(2)),
    ])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn every_row_counts_or_is_in_the_ledger(rows in prop::collection::vec(any_row(), 1..30)) {
        let text = table(&rows);
        let read = analysed(&[text], 2, Combine::System(Rule::Any));
        // A column without any valid time is refused as a whole, with an error.
        prop_assume!(read.is_ok());
        let Analysed { report, ledger } = read.unwrap();
        let left_out: BTreeSet<u32> = ledger
            .sorted_entries()
            .into_iter()
            .filter(|entry| LEFT_OUT.contains(&entry.reason))
            .map(|entry| entry.row)
            .collect();
        prop_assert_eq!(report.inputs[0].rows, rows.len() as u64);
        prop_assert_eq!(report.total.incidents + left_out.len() as u64, rows.len() as u64);
    }

    #[test]
    fn the_order_of_the_rows_does_not_change_a_figure(
        (rows, shuffled) in prop::collection::vec(any_row(), 1..25)
            .prop_flat_map(|rows| (Just(rows.clone()), Just(rows).prop_shuffle())),
        combine in any_combination(),
    ) {
        let (one, other) = (analysed(&[table(&rows)], 2, combine), analysed(&[table(&shuffled)], 2, combine));
        prop_assert_eq!(one.is_ok(), other.is_ok());
        if let (Ok(one), Ok(other)) = (one, other) {
            prop_assert_eq!(figures(&one), figures(&other));
        }
    }

    #[test]
    fn a_log_split_into_two_files_gives_the_same_figures(
        rows in prop::collection::vec(any_row(), 2..25),
        cut in 1..24_usize,
        combine in any_combination(),
    ) {
        let (first, second) = rows.split_at(cut.min(rows.len() - 1));
        let whole = analysed(&[table(&rows)], 2, combine);
        let halves = analysed(&[table(first), table(second)], 2, combine);
        // A half without any valid time is refused.
        if let (Ok(whole), Ok(halves)) = (whole, halves) {
            // An incident that is open in one file and closed in the other counts once, as in two exports of
            // one log; the same two rows in one file are two incidents.
            let joined = halves.ledger.sorted_entries();
            prop_assume!(joined.iter().all(|entry| entry.reason != Reason::Superseded));
            prop_assert_eq!(figures(&whole), figures(&halves));
        }
    }
}

/// Returns a log of several megabytes, so that several workers read it. Its times have fractions of
/// seconds, so that a different order of summation would change the result.
fn long_log() -> String {
    let mut rows = String::from(HEADER);
    rows.push('\n');
    for i in 0..30_000_u64 {
        let noise = i.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20;
        let (service, severity) = (noise % 37, noise % 3);
        let (day, hour, minute) = (1 + noise % 24, noise / 7 % 24, noise / 11 % 60);
        let at = |plus: u64| {
            let second = minute * 60 + plus + noise % 13;
            format!(
                "2026-01-{day:02}T{hour:02}:{:02}:{:02}.{:03}Z",
                second / 60 % 60,
                second % 60,
                noise % 997
            )
        };
        rows.push_str(&format!(
            "service-{service},SEV{severity},{},{},{},{},\n",
            at(0),
            at(1 + noise % 17),
            at(2 + noise % 29),
            at(3 + noise % 101)
        ));
    }
    rows
}

#[test]
fn the_number_of_threads_does_not_change_the_report() {
    let log = [long_log()];
    for combine in [Combine::Pool, Combine::System(Rule::Any), Combine::System(Rule::AtLeast(3))] {
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        for threads in [1, 2, 8, 8] {
            let analysed = analysed(&log, threads, combine).unwrap();
            seen.entry(serde_json::to_string(&analysed.report).unwrap()).or_insert(threads);
        }
        let texts: Vec<&String> = seen.keys().collect();
        assert_eq!(seen.len(), 1, "{combine:?}: {}", first_difference(&texts));
    }
}

fn first_difference(texts: &[&String]) -> String {
    let [one, other, ..] = texts else {
        return String::new();
    };
    let at = one.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count();
    let around = |text: &str| text.get(at.saturating_sub(80)..(at + 40).min(text.len())).map(str::to_owned);
    format!("{:?} or {:?}", around(one), around(other))
}
