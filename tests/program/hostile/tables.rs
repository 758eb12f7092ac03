//! Malformed and very large tables.

use super::run::{Desk, SMALL_LOG, SMALL_MEMORY_MIB};

fn many_columns(before: &str, after: &str, row_before: &str, row_after: &str) -> String {
    let middle: Vec<String> = (0..100_000).map(|i| format!("c{i}")).collect();
    let cells = "x,".repeat(100_000);
    let row = format!("{row_before}{cells}{row_after}\n");
    format!("{before}{},{after}\n{}", middle.join(","), row.repeat(20))
}

#[test]
fn a_table_of_a_hundred_thousand_columns_is_read() {
    let log = many_columns(
        "service,started_at,",
        "resolved_at",
        "api,2026-01-05T10:00:00Z,",
        "2026-01-05T11:00:00Z",
    );
    let desk = Desk::with("wide.csv", log);
    let run = desk.availability("wide.csv").within_mib(SMALL_MEMORY_MIB);
    assert_eq!(run.json()["inputs"][0]["rows"], 20);
}

#[test]
fn the_error_for_a_hundred_thousand_unknown_columns_lists_the_first() {
    let desk = Desk::with("wide.csv", many_columns("a,", "z", "x,", "x"));
    let run = desk.availability("wide.csv").within_mib(SMALL_MEMORY_MIB);
    let ended = run.refused(&["wide.csv", "c0", "more"]);
    assert!(ended.stderr.len() < 4_000, "{} bytes", ended.stderr.len());
}

#[test]
fn a_hundred_thousand_columns_of_the_same_name_are_read_or_refused() {
    let header = format!("started_at,resolved_at{}", ",end".repeat(100_000));
    let row = format!("2026-01-05T10:00:00Z,2026-01-05T11:00:00Z{}", ",x".repeat(100_000));
    let desk = Desk::with("wide.csv", format!("{header}\n{row}\n"));
    desk.availability("wide.csv").within_mib(SMALL_MEMORY_MIB).end();
}

#[test]
fn files_without_rows_are_refused() {
    for (content, word) in [
        ("", "empty"),
        ("\n\n  \r\n\t\n", "white space"),
        ("service,started_at,resolved_at", "no rows"),
        ("service,started_at,resolved_at\n\n\n", "no rows"),
        ("\u{feff}", "empty"),
        ("\u{feff}service,started_at,resolved_at\n", "no rows"),
    ] {
        Desk::with("log.csv", content).availability("log.csv").refused(&["log.csv", word]);
    }
}

#[test]
fn an_unclosed_quote_is_refused_at_its_line() {
    let rows = "api,2026-01-08T10:00:00Z,2026-01-08T11:00:00Z\n".repeat(300_000);
    let desk = Desk::with("log.csv", format!("{SMALL_LOG}\"api,x,y\n{rows}"));
    desk.availability("log.csv").within_mib(SMALL_MEMORY_MIB).refused(&["log.csv:4", "quote"]);
}

/// Otherwise the rest of the file would be one cell, and its rows would be lost.
#[test]
fn an_unclosed_quote_does_not_swallow_the_following_rows() {
    let log = "service,started_at,resolved_at,note\n\
               api,2026-01-05T10:00:00Z,2026-01-05T11:00:00Z,ok\n\
               api,2026-01-06T10:00:00Z,2026-01-06T11:00:00Z,\"disk full\n\
               api,2026-01-07T10:00:00Z,2026-01-07T11:00:00Z,ok\n";
    Desk::with("log.csv", log).availability("log.csv").refused(&["log.csv:3", "quote"]);
    let whole = log.replace("\"disk full", "\"disk\nfull\"");
    let read = Desk::with("log.csv", whole).availability("log.csv").json();
    assert_eq!(read["total"]["incidents"], 3);
}

/// A stray quote opens a cell that ends at the next quote, several rows later; the rows between would be
/// lost.
#[test]
fn a_quote_closed_in_another_row_does_not_swallow_the_rows_between() {
    let log = "service,started_at,resolved_at,note\n\
               api,2026-01-05T10:00:00Z,2026-01-05T11:00:00Z,\"disk full\n\
               api,2026-01-06T10:00:00Z,2026-01-06T11:00:00Z,ok\n\
               api,2026-01-07T10:00:00Z,2026-01-07T11:00:00Z,\"ok\"\n\
               api,2026-01-08T10:00:00Z,2026-01-08T11:00:00Z,ok\n";
    let desk = Desk::with("log.csv", log);
    desk.availability("log.csv").refused(&["log.csv:2", "quote"]);
    desk.availability("log.csv --on-bad-row skip --ledger ledger.csv").fine();
    let ledger = std::fs::read_to_string(desk.path("ledger.csv")).unwrap();
    assert!(ledger.contains("log.csv,line,2,unparsable"), "{ledger}");
}

/// An empty end means that the incident is still open. A missing end cell means that the row was cut
/// off: a partly copied file must not look like an outage that lasts until now.
#[test]
fn a_row_cut_short_before_its_end_is_a_bad_row() {
    let log = "service,started_at,resolved_at,closed_at,note\n\
               api,2026-01-05T10:00:00Z,2026-01-05T11:00:00Z,,ok\n\
               api,2026-01-06T10:00:00Z,2026-01-06T11:00:00Z\n\
               api,2026-01-07T10:00:00Z,,\n\
               api,2026-01-08T10:00:00Z";
    let desk = Desk::with("cut.csv", log);
    desk.put("first.csv", format!("{log},"));
    desk.put("whole.csv", format!("{log},,"));
    desk.availability("cut.csv").refused(&["cut.csv:5", "cut short", "end"]);
    let read = desk.availability("cut.csv --on-bad-row skip --to 2026-02-01").json();
    assert_eq!(read["inputs"][0]["rows"], 4);
    assert_eq!((&read["total"]["incidents"], &read["total"]["open"]), (&3.into(), &1.into()));
    desk.availability("first.csv --to 2026-02-01").fine();
    // If two columns may hold the end, an empty one is not conclusive while the other is missing.
    let either = "--columns end=resolved_at|closed_at --to 2026-02-01";
    desk.availability(&format!("first.csv {either}")).refused(&["1 row of 4", "first.csv:5", "cut short"]);
    desk.availability(&format!("whole.csv {either}")).fine();
}

#[test]
fn a_row_cut_short_before_its_state_is_a_bad_row() {
    for (state, value) in [("state", "down"), ("up", "0")] {
        let rows =
            format!("2026-01-05T10:00:00Z,api,{value}\n2026-01-05T10:01:00Z,api,\n2026-01-05T10:02:00Z,api");
        Desk::with("log.csv", format!("time,service,{state}\n{rows}")).availability("log.csv").refused(&[
            "log.csv:4",
            "1 row of 3",
            "cut short",
            "state",
        ]);
    }
}

#[test]
fn the_error_for_a_header_inside_a_quote_is_short() {
    let log = format!("\"{}", SMALL_LOG.repeat(1_000));
    let ended = Desk::with("log.csv", log).availability("log.csv").refused(&["log.csv:1", "quote"]);
    assert!(ended.stderr.len() < 1_000, "{}", ended.stderr);
    let long = format!("\"{}\"\nx\n", SMALL_LOG.repeat(100));
    let ended = Desk::with("log.csv", long).availability("log.csv").refused(&["log.csv"]);
    assert!(ended.stderr.len() < 1_000, "{}", ended.stderr);
}

#[test]
fn a_quote_inside_a_cell_is_an_ordinary_character() {
    let log = SMALL_LOG.replace("api", "5\" disk");
    let read = Desk::with("log.csv", log).availability("log.csv").json();
    assert_eq!(read["breakdowns"][0]["lines"][0]["name"], "5\" disk");
}

#[test]
fn surplus_cells_of_a_row_are_ignored() {
    let log = format!("{SMALL_LOG}api,2026-01-06T10:00:00Z,2026-01-06T11:00:00Z,,,,x\n");
    let read = Desk::with("log.csv", log).availability("log.csv").json();
    assert_eq!(read["total"]["incidents"], 3);
}

#[test]
fn line_feeds_with_and_without_carriage_return_may_be_mixed() {
    let mixed = SMALL_LOG.replacen('\n', "\r\n", 2);
    let read = Desk::with("log.csv", mixed).availability("log.csv").json();
    assert_eq!(read["total"]["incidents"], 2);
}

#[test]
fn lines_that_end_with_carriage_returns_only_are_refused() {
    let log = SMALL_LOG.replace('\n', "\r");
    Desk::with("log.csv", log).availability("log.csv").refused(&["log.csv", "carriage return"]);
}

#[test]
fn duplicate_headers_are_read_or_refused() {
    let log = "service,service,started_at,started_at,resolved_at,resolved_at\n\
               api,web,2026-01-05T10:00:00Z,,2026-01-05T11:00:00Z,\n";
    let ended = Desk::with("log.csv", log).availability("log.csv").end();
    assert!(ended.code == 0 || ended.stderr.contains("log.csv"), "{}", ended.stderr);
}

#[test]
fn a_million_bad_rows_are_counted_within_little_memory() {
    let log = format!("{SMALL_LOG}{}", "api,soon,later\n".repeat(1_000_000));
    let desk = Desk::with("log.csv", log);
    let run = desk.availability("log.csv").within_mib(SMALL_MEMORY_MIB);
    let ended = run.refused(&["log.csv:4", "1,000,000 rows of 1,000,002 could not be read"]);
    assert!(ended.stderr.len() < 20_000, "{} bytes", ended.stderr.len());
}

#[test]
fn a_service_for_every_row_needs_little_memory() {
    let rows: String =
        (0..50_000).map(|i| format!("s{i},2026-01-05T10:00:00Z,2026-01-05T11:00:00Z\n")).collect();
    let log = format!("service,started_at,resolved_at\n{rows}");
    let desk = Desk::with("log.csv", log);
    let run = desk.availability("log.csv --from 2026-01-01 --to 2026-02-01");
    assert!(run.within_mib(SMALL_MEMORY_MIB).fine().contains("50,000"));
}

#[test]
fn damaged_lines_of_an_event_log_are_reported_by_number() {
    let good = "[1767607200] SERVICE ALERT: web1;api;CRITICAL;HARD;3;timeout\n";
    let log = format!("{}garbage\n[x] y\n", good.repeat(30));
    Desk::with("nagios.log", log).availability("nagios.log").refused(&["nagios.log:31"]);
}

#[test]
fn an_event_log_of_invalid_lines_needs_little_memory() {
    let run = Desk::new().availability("-").within_mib(SMALL_MEMORY_MIB);
    let fed = run.fed(|stdin| {
        let good = "[1767607200] SERVICE ALERT: web1;api;CRITICAL;HARD;3;timeout\n";
        super::run::pour(stdin, good.as_bytes(), 62 * 2_000);
        super::run::pour(stdin, b"garbage\n", 80 << 20);
    });
    fed.refused(&["<stdin>:20"]);
}
