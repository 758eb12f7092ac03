//! The ledger lists every row that was excluded or adjusted. The tests have one row for each reason and
//! check its line, reason and effect.

use std::path::Path;
use std::process::Command;

/// Runs `availability` on `log` with `arguments` and returns the rows of the ledger as `(number, reason,
/// effect_s)`.
fn ledger(log: &str, arguments: &[&str]) -> Vec<(String, String, String)> {
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("log.csv"), folder.path().join("ledger.csv"));
    std::fs::write(&input, log).unwrap();
    let run = Command::new(env!("CARGO_BIN_EXE_steadfast"))
        .args(["availability", input.to_str().unwrap(), "--quiet", "--ledger", output.to_str().unwrap()])
        .args(arguments)
        .output()
        .unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    read(&output)
}

fn read(path: &Path) -> Vec<(String, String, String)> {
    let mut table = csv::Reader::from_path(path).unwrap();
    table.records().map(|row| row.unwrap()).map(|row| (row[2].into(), row[3].into(), row[4].into())).collect()
}

fn entries(expected: &[(&str, &str, &str)]) -> Vec<(String, String, String)> {
    expected
        .iter()
        .map(|(line, reason, effect)| ((*line).into(), (*reason).into(), (*effect).into()))
        .collect()
}

const JANUARY: [&str; 4] = ["--from", "2026-01-01", "--to", "2026-02-01"];

#[test]
fn every_excluded_or_adjusted_row_is_entered_once() {
    let log = "\
service,severity,started_at,resolved_at,acknowledged_at
api,SEV1,2026-01-05T10:00:00Z,2026-01-05T11:00:00Z,
api,SEV1,2026-01-05T10:30:00Z,2026-01-05T11:30:00Z,
api,SEV1,2026-01-05T10:30:00Z,2026-01-05T11:30:00Z,
api,SEV1,2026-01-06T11:00:00Z,2026-01-06T10:00:00Z,
api,SEV1,2026-01-07T10:00:00Z,2026-01-07T10:00:00Z,
api,SEV1,2025-12-31T23:00:00Z,2026-01-01T01:00:00Z,
api,SEV1,2025-11-01T00:00:00Z,2025-11-02T00:00:00Z,
api,SEV1,2026-01-31T23:00:00Z,,
api,SEV1,2026-01-09T25:00:00Z,2026-01-10T00:00:00Z,
api,maintenance,2026-01-11T10:00:00Z,2026-01-11T10:30:00Z,
api,SEV1,2026-01-12T10:00:00Z,2026-01-12T10:30:00Z,soon
api,SEV1,2026-01-13 1000,2026-01-13T10:30:00Z,
api,SEV5,2026-01-14T10:00:00Z,2026-01-14T10:30:00Z,
";
    let arguments = ["--on-bad-row", "skip", "--where", "severity!=SEV5"];
    let found = ledger(log, &[&JANUARY[..], &arguments[..]].concat());
    let expected = entries(&[
        ("3", "merged", "1800"),
        ("4", "duplicate", "3600"),
        ("5", "reversed", "-3600"),
        ("6", "zero_length", "0"),
        ("7", "clipped", "3600"),
        ("8", "outside_window", "86400"),
        ("9", "open", "3600"),
        ("10", "unparsable", "0"),
        ("11", "maintenance", "1800"),
        ("12", "cell_unreadable", "0"),
        ("13", "time_repaired", "0"),
        ("14", "filtered", "0"),
    ]);
    assert_eq!(found, expected);
}

#[test]
fn local_times_skipped_or_repeated_by_a_clock_change_are_entered() {
    let log = "\
service,start,end
api,2026-03-29 01:30,2026-03-29 03:00
api,2026-10-25 01:30,2026-10-25 03:00
api,2026-07-01 01:30,2026-07-01 03:00
";
    let found = ledger(log, &["--timezone", "Europe/London", "--from", "2026-01-01", "--to", "2027-01-01"]);
    assert_eq!(found, entries(&[("2", "clock_gap", "0"), ("3", "clock_fold", "0")]));
}

#[test]
fn an_outage_within_the_repeated_hour_does_not_end_before_it_starts() {
    // Started at 01:50 summer time, ended at 01:10 winter time: twenty minutes.
    let log = "service,start,end\napi,2026-10-25 01:50,2026-10-25 01:10\n";
    let found = ledger(log, &["--timezone", "Europe/London", "--from", "2026-01-01", "--to", "2027-01-01"]);
    assert!(found.iter().all(|(_, reason, _)| reason == "clock_fold"), "{found:?}");
}

#[test]
fn states_that_are_neither_up_nor_down_are_entered() {
    let log = "time,service,state\n2026-01-05T10:00:00Z,api,unknown\n2026-01-05T11:00:00Z,api,up\n";
    assert_eq!(ledger(log, &JANUARY), entries(&[("2", "unknown_state", "0")]));
}

#[test]
fn earlier_rows_of_an_incident_in_an_audit_log_are_entered_as_superseded() {
    let log = "\
number,incident_state,sys_mod_count,opened_at,resolved_at,cmdb_ci,priority
INC1,New,0,2026-01-05 10:00:00,?,api,1
INC1,Resolved,1,2026-01-05 10:00:00,2026-01-05 11:00:00,api,1
";
    assert_eq!(ledger(log, &JANUARY), entries(&[("2", "superseded", "0")]));
}
