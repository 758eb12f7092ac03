//! What a log leaves in doubt: it is said, and a gate on it decides nothing, until the user says how it is meant.

use crate::evidence::{refused, run, total};
use serde_json::Value;
use std::process::Command;

/// A gate that holds for every log here as far as it is read.
const GATE: [&str; 2] = ["--require", "availability >= 1%"];

/// Checks that the log is read with this warning, and that the gate decides nothing until the arguments say how it
/// is meant.
#[track_caller]
fn doubtful(log: &str, warning: &str, arguments: &[&[&str]]) {
    let output = run(&[("log.csv", log)], &GATE);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(report["warnings"].to_string().contains(warning), "{log}: {}", report["warnings"]);
    assert_eq!(output.status.code(), Some(3), "{log}");
    for arguments in arguments {
        let output = run(&[("log.csv", log)], &[&GATE, *arguments].concat());
        assert_eq!(output.status.code(), Some(0), "{log} {arguments:?}: {output:?}");
    }
}

#[test]
fn a_length_that_is_not_that_from_start_to_end_is_pointed_out() {
    let log = "service,start,end,downtime_minutes\napi,2026-01-05 10:00,2026-01-05 12:00,20\n";
    let by_length: &[&str] = &["--columns", "end=-"];
    doubtful(log, "`duration_min` is not the time", &[&["--columns", "duration_min=-"], by_length]);
    assert_eq!(total(&[("log.csv", log)], by_length)["downtime_s"], 1200.0);
    let rounded = log.replace(",20\n", ",119\n");
    assert_eq!(run(&[("log.csv", &rounded)], &GATE).status.code(), Some(0));
}

#[test]
fn rows_that_seem_to_be_no_outages_are_pointed_out() {
    for (column, cell) in [
        ("issue type", "Task"),
        ("is_test", "true"),
        ("resolution", "False alarm"),
        ("impact", "none"),
        ("unplanned", "no"),
        ("severity", "Planned"),
    ] {
        let log = format!("service,start,end,{column}\napi,2026-01-05 10:00,2026-01-05 12:00,{cell}\n");
        let counted = format!("{column}!=-");
        doubtful(&log, "count as outages", &[&["--where", &counted]]);
        let left_out = format!("{column}!={cell}");
        let output = run(&[("log.csv", &log)], &["--where", &left_out]);
        assert!(String::from_utf8_lossy(&output.stderr).contains("no row"), "{output:?}");
    }
    let planned = "service,start,end,planned\napi,2026-01-05 10:00,2026-01-05 12:00,Ja\n";
    assert_eq!(total(&[("log.csv", planned)], &[])["maintenance_s"], 7200.0);
    let issues = "Summary,Issue key,Issue Type,Created,Resolved,Status\n\
                  a,A-1,Task,2026-01-05 10:00,2026-01-05 12:00,Done\n";
    doubtful(issues, "`Task` in `Issue Type`", &[&["--where", "Issue Type!=-"]]);
}

#[test]
fn an_end_beside_a_state_that_goes_on_decides_nothing() {
    for (state, code) in [("In Progress", 3), ("Open", 3), ("Monitoring", 0), ("Closed", 0)] {
        let log = format!("service,start,end,status\napi,2026-01-05 10:00,2026-01-05 12:00,{state}\n");
        assert_eq!(run(&[("log.csv", &log)], &GATE).status.code(), Some(code), "{state}");
    }
    // The numbers of ServiceNow: 6 is resolved, so an end is missing.
    let numbers = "number,cmdb_ci,state,opened_at,resolved_at\nINC1,api,6,2026-01-05 10:00:00,\n";
    refused(&[("log.csv", numbers)], &[], &["is over by its state, but has no end"]);
}

#[test]
fn a_mean_over_few_of_the_incidents_decides_nothing() {
    let row = |hour: u32, ack: &str| format!("api,2026-01-05 {hour:02}:00,2026-01-05 {hour:02}:30,{ack}\n");
    let log = |acks: &[&str]| {
        let rows: String = (1..).zip(acks).map(|(hour, ack)| row(hour, ack)).collect();
        format!("service,start,end,acknowledged_at\n{rows}")
    };
    for (acks, code) in [(["2026-01-05 01:05", "", ""], 3), (["2026-01-05 01:05", "2026-01-05 02:05", ""], 0)]
    {
        let output = run(&[("log.csv", &log(&acks))], &["--require", "mtta <= 10m"]);
        assert_eq!(output.status.code(), Some(code), "{acks:?}");
    }
}

#[test]
fn planned_work_to_come_does_not_hide_that_the_window_ends_in_the_future() {
    let log = |planned: &str| {
        format!(
            "service,start,end,planned\napi,2026-01-05 10:00,2026-01-05 12:00,no\n\
             api,2199-01-01 00:00,2199-01-01 01:00,{planned}\n"
        )
    };
    for (planned, is_doubtful) in [("yes", true), ("no", false)] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.csv");
        std::fs::write(&path, log(planned)).unwrap();
        let arguments = ["availability", "log.csv", "--require", "availability >= 1%", "--format", "json"];
        let mut command = Command::new(env!("CARGO_BIN_EXE_steadfast"));
        let output = command.args(arguments).current_dir(folder.path()).output().unwrap();
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        let warned = report["warnings"].to_string().contains("ends in the future");
        assert_eq!(warned, is_doubtful, "{}", report["warnings"]);
    }
}

#[test]
fn names_that_differ_by_letter_case_and_weights_without_a_row_are_pointed_out() {
    let log = "service,severity,start,end\napi,minor,2026-01-05 10:00,2026-01-05 12:00\n\
               API,major,2026-01-06 10:00,2026-01-06 12:00\n";
    let output = run(&[("log.csv", log)], &["--weight", "severity=minor:0.1,majr:0.5"]);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let warnings = report["warnings"].to_string();
    assert!(warnings.contains("differ only by letter case"), "{warnings}");
    assert!(warnings.contains("no incident has the severity `majr`"), "{warnings}");
}

/// The bounds of a weighted figure are those of what is not known of the users, and no confidence interval.
#[test]
fn a_weighted_figure_is_never_significantly_bad() {
    let log = "service,start,end,weight\napi,2026-01-05 10:00,2026-01-05 12:00,0.5\n";
    let gate = ["--weight", "weight", "--require", "weighted_availability >= 99.99%", "--gate"];
    for (strictness, code) in [("point", 1), ("significant", 3)] {
        let output = run(&[("log.csv", log)], &[&gate[..], &[strictness]].concat());
        assert_eq!(output.status.code(), Some(code), "{strictness}: {output:?}");
    }
}

#[test]
fn columns_that_may_hold_the_states_of_periods_are_asked_for() {
    for (column, down, up) in [
        ("available", "0", "1"),
        ("condition", "down", "up"),
        ("type", "DOWN", "UP"),
        ("is_up", "false", "true"),
    ] {
        let log = format!(
            "service,start,end,{column}\napi,2026-01-01 00:00,2026-01-05 10:00,{up}\n\
             api,2026-01-05 10:00,2026-01-05 11:00,{down}\napi,2026-01-05 11:00,2026-02-01 00:00,{up}\n"
        );
        refused(&[("log.csv", &log)], &[], &["may tell whether a service was up", "--shape incidents"]);
        let state = format!("state={column}");
        assert_eq!(
            total(&[("log.csv", &log)], &["--columns", &state, "--shape", "periods"])["downtime_s"],
            3600.0
        );
    }
    let json = r#"[{"service":"api","start":"2026-01-01 00:00","end":"2026-01-05 10:00","is_up":true},
                   {"service":"api","start":"2026-01-05 10:00","end":"2026-01-05 11:00","is_up":false}]"#;
    refused(&[("log.json", json)], &[], &["`is_up` may tell whether a service was up"]);
    // A column of incidents that happens to hold yes and no.
    let incidents = "service,start,end,customers\napi,2026-01-05 10:00,2026-01-05 11:00,yes\n\
                     api,2026-01-06 10:00,2026-01-06 11:00,no\n";
    assert_eq!(total(&[("log.csv", incidents)], &[])["outages"], 2);
}

#[test]
fn states_that_never_say_down_are_no_log_of_states() {
    let over = "service,time,state\napi,2026-01-05 10:00,resolved\nweb,2026-01-06 10:00,closed\n";
    refused(&[("log.csv", over)], &[], &["every row says that something is over"]);
    let current = r#"[{"name":"api","status":"major_outage","created_at":"2026-01-05T10:00:00Z"},
                      {"name":"web","status":"operational","created_at":"2026-01-05T10:00:00Z"}]"#;
    refused(&[("log.json", current)], &[], &["`name` may tell services apart", "service=name"]);
    let states = "service,time,state\napi,2026-01-05 10:00,down\napi,2026-01-05 11:00,up\n";
    refused(&[("log.csv", states)], &["--where", "state=up"], &["`state` holds the states"]);
}

#[test]
fn unknown_states_get_one_piece_of_advice_for_all() {
    let log = |a: &str, b: &str| format!("service,time,state\napi,2026-01-05,{a}\napi,2026-01-06,{b}\n");
    refused(&[("log.csv", &log("200", "503"))], &[], &["--states \"up=200-399,down=400-599\""]);
    refused(&[("log.csv", &log("blue", "green"))], &[], &["--states \"up=blue,down=green\""]);
}

#[test]
fn keys_can_be_joined_as_columns_can() {
    let json = r#"[{"host":"a","app":"api","day":"2026-01-05","from_hour":"10:00","to_hour":"11:00"},
                   {"host":"a","app":"api","day":"2026-01-06","from_hour":"10:00"}]"#;
    let columns = "start=day+from_hour,end=day+to_hour,service=host+app";
    refused(&[("log.json", json)], &["--columns", columns], &["end `2026-01-06 ?`"]);
    let output = run(&[("log.json", json)], &["--columns", columns, "--on-bad-row", "skip"]);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let line = &report["breakdowns"][0]["lines"][0];
    assert_eq!((&line["name"], &line["downtime_s"]), (&"a/api".into(), &3600.0.into()));
}

/// Scheduled downtime of a host is that of its services, and the log tells of its own days only.
#[test]
fn the_log_of_a_monitor_covers_its_days_and_its_hosts_their_services() {
    let seconds = |log: &str| {
        let total = total(&[("nagios.log", log)], &[]);
        ["downtime_s", "maintenance_s", "unknown_s"].map(|key| total[key].as_f64().unwrap())
    };
    // 1767571200 is the start of 5 January 2026.
    let of_host = "[1767571200] CURRENT SERVICE STATE: web1;http;OK;HARD;1;ok\n\
                   [1767607200] HOST DOWNTIME ALERT: web1;STARTED; x\n\
                   [1767607500] SERVICE ALERT: web1;http;CRITICAL;HARD;3;refused\n\
                   [1767609000] HOST DOWNTIME ALERT: web1;STOPPED; x\n\
                   [1767610800] SERVICE ALERT: web1;http;OK;HARD;3;ok\n";
    let day_s = 86_400.0;
    assert_eq!(seconds(of_host), [1800.0, 1800.0, 4.0 * day_s]);
    let begun_before = of_host.replace("[1767607200] HOST DOWNTIME ALERT: web1;STARTED; x\n", "");
    assert_eq!(seconds(&begun_before), [1800.0, 37_800.0, 4.0 * day_s]);
    let cancelled = begun_before.replace("STOPPED", "CANCELLED");
    assert_eq!(seconds(&cancelled), [3300.0, 0.0, 4.0 * day_s]);
    let rotated = "[1767571200] LOG ROTATION: DAILY\n\
                   [1767571200] CURRENT SERVICE STATE: web1;http;CRITICAL;HARD;3;refused\n\
                   [1767592800] SERVICE ALERT: web1;http;OK;HARD;3;ok\n";
    assert_eq!(seconds(rotated), [21_600.0, 0.0, 30.0 * day_s]);
    let total = total(&[("nagios.log", rotated)], &[]);
    assert!(total["mttr_s"]["value"].is_null(), "it began before the log: {total}");
}
