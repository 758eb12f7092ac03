//! Times to restore of which the log does not tell both ends: bounds instead of guesses.

use serde_json::Value;
use std::fmt::Write as _;
use std::process::{Command, Output};

fn run(log: &str, arguments: &[&str]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("log.csv");
    std::fs::write(&file, log).unwrap();
    Command::new(env!("CARGO_BIN_EXE_steadfast"))
        .args(["availability", file.to_str().unwrap(), "--format", "json"])
        .args(arguments)
        .output()
        .unwrap()
}

fn report(log: &str, arguments: &[&str]) -> Value {
    let output = run(log, arguments);
    assert!(!output.stdout.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The bounds of the mean time to restore over all failures, in hours.
fn mean_bounds(report: &Value) -> (f64, Option<f64>) {
    let bounds = &report["total"]["ttr_bounds"];
    (bounds["mean_least_s"].as_f64().unwrap() / 3600.0, bounds["mean_most_s"].as_f64().map(|s| s / 3600.0))
}

/// Samples each ten minutes over two days: for each hour `u`p, `d`own or `.` for silence.
fn samples(hours: &str) -> String {
    let mut log = "time,service,up\n".to_owned();
    for (hour, state) in hours.chars().enumerate().filter(|(_, state)| *state != '.') {
        for minute in (0..60).step_by(10) {
            let (day, hour) = (5 + hour / 24, hour % 24);
            let up = u8::from(state == 'u');
            writeln!(log, "2026-01-{day:02}T{hour:02}:{minute:02}:00Z,api,{up}").unwrap();
        }
    }
    log
}

const GAP: [&str; 2] = ["--max-gap", "10m"];

/// A monitor that falls silent during an outage: it may have ended at once, or just before the next sample.
#[test]
fn an_outage_that_runs_into_silence_may_have_lasted_through_it() {
    let log = samples("uuuuuuuuuud.................uuuuuuuuuuuuuuuuuuuu");
    let found = report(&log, &GAP);
    let (least, most) = mean_bounds(&found);
    assert!((least - 1.0).abs() < 1e-9 && (most.unwrap() - 18.0).abs() < 1e-9, "{least} {most:?}");
    assert_eq!(found["total"]["mttr_s"]["value"], Value::Null);
    for (gate, code) in
        [("mttr > 4h", 3), ("mttr > 20h", 0), ("mttr > 30m", 1), ("ttr_p50 > 4h", 3), ("ttr_max > 30m", 1)]
    {
        let output = run(&log, &[&GAP[..], &["--fail-if", gate]].concat());
        assert_eq!(output.status.code(), Some(code), "{gate}: {}", String::from_utf8_lossy(&output.stdout));
    }
}

#[test]
fn an_outage_that_follows_silence_may_have_begun_in_it() {
    let found = report(&samples("uuuu......dduuuu"), &GAP);
    let (least, most) = mean_bounds(&found);
    assert!((least - 2.0).abs() < 1e-9 && (most.unwrap() - 8.0).abs() < 1e-9, "{least} {most:?}");
}

/// Before the first sample nothing is known.
#[test]
fn an_outage_at_the_first_or_the_last_sample_has_no_upper_limit() {
    for hours in ["dduuuu", "uuuudd", "uuuudd......"] {
        let found = report(&samples(hours), &[&GAP[..], &["--to", "2026-01-06"]].concat());
        let (least, most) = mean_bounds(&found);
        assert!((least - 2.0).abs() < 0.2 && most.is_none(), "{hours}: {least} {most:?}");
    }
}

#[test]
fn two_outages_around_silence_may_be_one() {
    let found = report(&samples("uuuud....duuuu"), &GAP);
    let (least, most) = mean_bounds(&found);
    assert!((least - 1.0).abs() < 1e-9 && (most.unwrap() - 6.0).abs() < 1e-9, "{least} {most:?}");
}

#[test]
fn a_known_end_after_the_window_counts() {
    let log = "service,start,end\n\
               api,2026-01-02T00:00:00Z,2026-01-02T01:00:00Z\n\
               api,2026-01-20T00:00:00Z,2026-01-23T00:00:00Z\n\
               api,2026-01-22T12:00:00Z,2026-01-24T00:00:00Z\n";
    let window = ["--from", "2026-01-01", "--to", "2026-01-22"];
    let found = &report(log, &window)["total"];
    // The outage of 20 January lasts to 24 January: an incident after the window joins it.
    assert_eq!(found["mttr_s"]["value"].as_f64(), Some(48.5 * 3600.0));
    assert_eq!(found["downtime_s"].as_f64(), Some(49.0 * 3600.0));
    assert_eq!((&found["ttr_bounds"], found["open"].as_u64()), (&Value::Null, Some(0)));
    let start = ["--from", "2026-01-21", "--to", "2026-01-31"];
    assert_eq!(report(log, &start)["total"]["mttr_s"]["value"].as_f64(), Some(96.0 * 3600.0));
}

#[test]
fn a_state_log_is_followed_beyond_the_window() {
    let log = "time,service,state\n\
               2026-01-01T00:00:00Z,api,up\n\
               2026-01-09T20:00:00Z,api,down\n\
               2026-01-10T08:00:00Z,api,up\n\
               2026-01-20T00:00:00Z,api,down\n\
               2026-01-20T01:00:00Z,api,unknown\n\
               2026-01-20T05:00:00Z,api,up\n";
    let found = &report(log, &["--from", "2026-01-01", "--to", "2026-01-10"])["total"];
    assert_eq!(found["mttr_s"]["value"].as_f64(), Some(12.0 * 3600.0));
    let (least, most) = mean_bounds(&report(log, &["--from", "2026-01-01", "--to", "2026-02-01"]));
    assert_eq!((least, most), (6.5, Some(8.5)));
}

/// The first row of a log of changes is a change, whatever was before it.
#[test]
fn the_first_change_of_a_log_tells_when_the_outage_began() {
    let log = "time,service,state\n2026-01-05T00:00:00Z,api,down\n2026-01-05T02:00:00Z,api,up\n";
    let found = report(log, &["--from", "2026-01-01", "--to", "2026-01-10"]);
    assert_eq!(found["total"]["mttr_s"]["value"].as_f64(), Some(7200.0));
    assert_eq!(found["total"]["ttr_bounds"], Value::Null);
}

#[test]
fn an_open_incident_leaves_the_mean_without_an_upper_limit() {
    let log = "service,start,end\n\
               api,2026-01-02T00:00:00Z,2026-01-02T01:00:00Z\n\
               api,2026-01-05T00:00:00Z,2026-01-05T03:00:00Z\n\
               web,2026-01-30T22:00:00Z,\n";
    let window = ["--from", "2026-01-01", "--to", "2026-01-31"];
    for combine in ["any", "pool"] {
        let arguments = [&window[..], &["--combine", combine, "--fail-if", "mttr > 4h"]].concat();
        let output = run(log, &arguments);
        assert_eq!(output.status.code(), Some(3), "{combine}");
        let found: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(mean_bounds(&found), (2.0, None), "{combine}");
        // Kaplan and Meier: the open failure, 2 h long so far, is as long as the one of 3 h.
        assert_eq!(found["total"]["mttr_s"]["value"].as_f64(), Some(2.0 * 3600.0));
        assert_eq!(found["total"]["ttr_bounds"]["mean_s"].as_f64(), Some((1.0 + 3.0 + 3.0) / 3.0 * 3600.0));
        assert_eq!(found["total"]["ttr"]["p50_s"].as_f64(), Some(3.0 * 3600.0));
        let detail = found["gates"][0]["detail"].as_str().unwrap();
        assert_eq!(detail, "at least 2h, as not every time to restore is known");
    }
}
