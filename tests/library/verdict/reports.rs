//! The report of a run in every format: its content, the absence of secrets, and the incident log that
//! `availability` reads.

use crate::verdict::any::{demanding, observation};
use crate::verdict::synthetic::{
    BASELINE, DOWN, FAULT, RECOVERY, Run, Second, WARM_UP, WELL, experiment, seconds,
};
use proptest::prelude::*;
use serde_json::Value;
use std::process::Command;
use steadfast::base::time::Timestamp;
use steadfast::chaos::observation::{Ended, Observation};
use steadfast::chaos::report::{
    INCIDENT_COLUMNS, Origin, Report, document, incidents, repeat_document, repeated, report,
};
use steadfast::chaos::verdict::judge;
use steadfast::report::format::{FORMATS, Look, find};
use steadfast::report::{Document, Outcome};

/// 2026-03-01T12:00:00Z.
const START: Timestamp = Timestamp(1_772_366_400_000_000);

fn origin() -> Origin {
    Origin { experiment: "checkout.yaml".into(), started_at: START }
}

fn of(run: &Run) -> Report {
    report(&run.experiment, &run.observation(), &run.judged(), origin())
}

fn down_until(after_clearing: usize) -> Run {
    Run::of(WELL).then(0, FAULT + after_clearing, DOWN)
}

fn written(document: &Document, format: &str) -> String {
    let mut bytes = Vec::new();
    (find(format).unwrap().write)(document, &Look::FILE, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

#[test]
fn the_verdict_stands_at_the_top_in_plain_words() {
    let table = written(&document(&of(&down_until(3))), "table");
    let verdict = table.lines().nth(2).unwrap();
    let words = " verdict     HELD: recovered 3s after the fault was cleared; during the fault, 11.200% of the requests";
    assert!(verdict.starts_with(words), "{verdict}");
}

#[test]
fn every_outcome_has_its_headline() {
    let late = down_until(20).expecting(|experiment| experiment.expect.recover_within = Some(seconds(10)));
    for (run, words) in [
        (Run::of(WELL), "HELD: never left the steady state"),
        (down_until(0), "HELD: recovered less than 1s after the fault was cleared; during the fault, "),
        (
            Run::of(WELL).then(0, 4, DOWN),
            "HELD: back to normal 4s after the injection, while the fault lasted",
        ),
        (late, "MISSED: recovered within 10s: 20s"),
        (
            down_until(RECOVERY),
            "MISSED: not recovered: outside the steady state until the end of the run; the fault is cleared, yet only ",
        ),
        (Run::of(DOWN), "INCONCLUSIVE: the steady state did not hold before the fault: "),
        (
            Run::of(WELL).hitting(3),
            "INCONCLUSIVE: too few hits of the fault `refuse: {}`: 3, at least 10 needed",
        ),
        (
            down_until(RECOVERY - 5),
            "INCONCLUSIVE: it is not known whether it recovered: inside the steady state only for the last 5s",
        ),
        (
            Run::of(WELL).then(0, 12, Second { stalled: true, ..WELL }),
            "INCONCLUSIVE: the load generator stalled in 12 of 80 windows",
        ),
        (
            down_until(0).cut(30, Ended::Guard("success < 20% for 5s".into())),
            "STOPPED by a guard: success < 20% for 5s",
        ),
        (
            down_until(0).cut(WARM_UP + 5, Ended::Signal(2)),
            "INTERRUPTED by SIGINT during the baseline, before anything was injected",
        ),
        (
            down_until(0).cut(WARM_UP + BASELINE + 5, Ended::Signal(15)),
            "INTERRUPTED by SIGTERM while the fault was on; it has been cleared",
        ),
    ] {
        let report = of(&run);
        assert!(report.headline.starts_with(words), "{}", report.headline);
    }
}

#[test]
fn no_expectation_is_held_if_nothing_was_tested() {
    for run in [
        Run::of(WELL).hitting(0),
        Run::of(DOWN),
        down_until(0).cut(30, Ended::Guard("full".into())),
        down_until(0).cut(30, Ended::Signal(15)),
    ] {
        let run = run.expecting(|experiment| experiment.expect.failover_within = Some(seconds(20)));
        let checks = document(&of(&run)).checks;
        let held = checks.iter().filter(|check| check.outcome == Outcome::Held && check.subject == "target");
        assert_eq!(held.count(), 0);
        assert!(checks.iter().any(|check| check.outcome != Outcome::Held));
    }
}

#[test]
fn junit_has_a_case_for_each_expectation() {
    let mut run = down_until(3);
    run.experiment.expect.recover_within = Some(seconds(2));
    run.experiment.expect.relapses_max = Some(0);
    let text = written(&document(&of(&run)), "junit");
    let xml = roxmltree::Document::parse(&text).unwrap();
    let cases = xml.descendants().filter(|node| node.has_tag_name("testcase"));
    let names: Vec<&str> = cases.map(|case| case.attribute("name").unwrap()).collect();
    assert_eq!(
        names,
        [
            "steady state before the fault",
            "every fault has enough hits",
            "not stopped by a guard",
            "recovers",
            "recovered within 2s",
            "at most 0 relapses",
        ]
    );
    assert_eq!(text.matches("<failure").count(), 1);
}

#[test]
fn no_format_shows_user_password_or_query_of_the_target() {
    let document = document(&of(&down_until(3)));
    for format in FORMATS {
        let text = written(&document, format.name);
        for secret in ["hunter2", "s3cret", "user:"] {
            assert!(!text.contains(secret), "{}: {secret}", format.name);
        }
    }
}

#[test]
fn the_same_observation_gives_the_same_bytes() {
    let [first, second] = [(); 2].map(|()| document(&of(&down_until(3))).json.now());
    assert_eq!(first, second);
}

#[test]
fn every_window_and_every_phase_is_in_the_json() {
    let run = down_until(3);
    let json: Value = serde_json::from_str(&document(&of(&run)).json.now()).unwrap();
    assert_eq!(json["schema"], "steadfast.chaos/3");
    assert_eq!(json["windows"].as_array().unwrap().len(), run.seconds.len());
    let phases: Vec<&str> =
        json["phases"].as_array().unwrap().iter().map(|p| p["phase"].as_str().unwrap()).collect();
    assert_eq!(phases, ["warm_up", "baseline", "fault", "recovery"]);
    assert_eq!((&json["exit_code"], &json["outcome"]), (&0.into(), &"held".into()));
    assert_eq!(json["recovery"]["recover"]["value_s"], 3.0);
}

/// Collects the names of all fields, at any depth.
fn fields(json: &Value, found: &mut std::collections::BTreeSet<String>) {
    match json {
        Value::Object(members) => {
            for (name, member) in members {
                found.insert(name.clone());
                fields(member, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| fields(item, found)),
        _ => {}
    }
}

#[test]
fn every_field_of_the_json_is_documented() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/json.md")).unwrap();
    let chaos = &page[page.find("## Chaos").unwrap()..];
    let mut all = std::collections::BTreeSet::new();
    let each = vec![of(&down_until(3))];
    fields(&serde_json::to_value(repeated("checkout", each)).unwrap(), &mut all);
    for name in all {
        assert!(chaos.contains(&format!("`{name}`")), "docs/json.md lacks `{name}`");
    }
}

#[test]
fn availability_reads_the_run_with_the_same_downtime() {
    let report = of(&down_until(3).then(FAULT + 20, 2, DOWN));
    let mut log = INCIDENT_COLUMNS.join(",");
    for row in incidents(&report) {
        let row = row.map(|field| format!("\"{}\"", field.replace('"', "\"\"")));
        log = format!("{log}\n{}", row.join(","));
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("incidents.csv");
    std::fs::write(&file, log + "\n").unwrap();
    let end = START.plus_seconds(report.times.ended_s).to_string();
    let output = Command::new(env!("CARGO_BIN_EXE_steadfast"))
        .args(["availability", file.to_str().unwrap(), "--format", "json"])
        .args(["--from", &START.to_string(), "--to", &end])
        .output()
        .unwrap();
    let json: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"));
    let outside: f64 = report
        .windows
        .iter()
        .filter(|window| window.state == Some(steadfast::chaos::verdict::steps::WindowState::Outside))
        .map(|window| window.end_s - window.start_s)
        .sum();
    assert_eq!(json["total"]["downtime_s"], outside);
    assert_eq!(json["total"]["failures"], 2);
    assert_eq!(json["total"]["window_s"], report.times.ended_s);
}

#[test]
fn a_run_that_ends_outside_is_an_open_incident() {
    let rows = incidents(&of(&down_until(RECOVERY)));
    assert_eq!(rows.len(), 1);
    assert_eq!(
        (rows[0][0].as_str(), rows[0][3].as_str(), rows[0][4].as_str()),
        ("checkout", "", "refuse: {}")
    );
    assert_eq!(incidents(&of(&Run::of(WELL))), Vec::<[String; 5]>::new());
}

#[test]
fn repeated_runs_give_the_distribution_of_the_recovery_time() {
    let each: Vec<Report> = [4, 2, 9, 3, 5, RECOVERY].map(|late| of(&down_until(late))).into();
    let all = repeated("checkout", each);
    let times = all.recovery.unwrap();
    assert_eq!((all.runs, all.recovered, times.n), (6, 5, 5));
    assert_eq!((times.min_s, times.median_s, times.max_s), (2.0, 4.0, 9.0));
    assert_eq!(times.median_lower_s, None);
    assert_eq!(all.exit_code, 1);
    assert!(
        all.headline.starts_with(
            "left the steady state in 6 of 6 runs, recovered in 5, median 4s, 2s to 9s; worst run: MISSED"
        ),
        "{}",
        all.headline
    );
    assert_eq!(repeat_document(&all).checks.len(), 6);
}

#[test]
fn six_recoveries_bound_their_median() {
    let each: Vec<Report> = [4, 2, 9, 3, 5, 7].map(|late| of(&down_until(late))).into();
    let all = repeated("checkout", each);
    let times = all.recovery.unwrap();
    assert_eq!((times.median_lower_s, times.median_upper_s), (Some(2.0), Some(9.0)));
    assert!(all.headline.starts_with("HELD: left the steady state in 6 of 6 runs, recovered in 6, median"));
    assert_eq!(all.exit_code, 0);
    let none = repeated("checkout", Vec::new());
    assert_eq!((none.exit_code, none.recovery), (3, None));
}

#[test]
fn runs_that_never_left_the_steady_state_have_no_time_to_recover() {
    let headline = |runs: Vec<Run>| {
        let all = repeated("checkout", runs.iter().map(of).collect());
        (all.recovered, all.headline)
    };
    assert_eq!(
        headline(vec![Run::of(WELL), Run::of(WELL)]),
        (0, "HELD: never left the steady state in 2 runs".into())
    );
    let (recovered, words) = headline(vec![Run::of(WELL), down_until(0)]);
    assert_eq!(recovered, 1);
    assert_eq!(words, "HELD: left the steady state in 1 of 2 runs, recovered in 1, each after less than 1s");
}

#[test]
fn a_run_without_enough_hits_has_no_recovery_section() {
    let heading = "\nRecovery\n";
    assert!(!written(&document(&of(&Run::of(WELL).hitting(0))), "table").contains(heading));
    assert!(written(&document(&of(&Run::of(WELL))), "table").contains(heading));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn any_observation_can_be_reported_in_every_format(observation in observation(), demanding_one in any::<bool>()) {
        let experiment = if demanding_one { demanding() } else { experiment() };
        let report = report(&experiment, &observation, &judge(&experiment, &observation), origin());
        incidents(&report);
        let document = document(&report);
        prop_assert!(!document.json.now().is_empty());
        for format in FORMATS {
            written(&document, format.name);
        }
    }
}

#[test]
fn an_empty_observation_can_be_reported() {
    let empty = Observation::default();
    let report = report(&experiment(), &empty, &judge(&experiment(), &empty), origin());
    assert!(!written(&document(&report), "table").is_empty());
}
