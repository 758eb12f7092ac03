//! Regression tests of gates, error budgets, weights and headline figures: each covers an error that was
//! once made.

use serde_json::Value;
use std::fmt::Write as _;
use std::process::{Command, Output};

const LOG: &str = "\
service,severity,started_at,resolved_at
api,SEV1,2026-01-05T10:00:00Z,2026-01-05T11:00:00Z
api,SEV2,2026-01-07T10:00:00Z,2026-01-07T10:10:00Z
web,SEV2,2026-01-05T10:00:00Z,2026-01-05T10:20:00Z
";

const JANUARY: [&str; 4] = ["--from", "2026-01-01", "--to", "2026-02-01"];

fn run(log: &str, arguments: &[&str]) -> Output {
    run_as("json", log, arguments)
}

fn run_as(format: &str, log: &str, arguments: &[&str]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("log.csv");
    std::fs::write(&file, log).unwrap();
    Command::new(env!("CARGO_BIN_EXE_steadfast"))
        .args(["availability", file.to_str().unwrap(), "--format", format])
        .args(JANUARY)
        .args(arguments)
        .output()
        .unwrap()
}

fn json(log: &str, arguments: &[&str]) -> Value {
    let output = run(log, arguments);
    assert!(!output.stdout.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn gates(arguments: &[&str]) -> Vec<(String, String)> {
    let report = json(LOG, arguments);
    let gates = report["gates"].as_array().unwrap().clone();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    gates.iter().map(|gate| (text(&gate["subject"]), text(&gate["outcome"]))).collect()
}

#[test]
fn a_budget_gate_uses_the_budget_of_its_own_subject() {
    let arguments = [
        "--slo",
        "99.9%",
        "--slo-window",
        "month",
        "--fail-if",
        "budget_left < 0 for each",
        "--fail-if",
        "budget_left < 0",
    ];
    let expected = [("api", "missed"), ("web", "held"), ("total", "missed")];
    assert_eq!(gates(&arguments), expected.map(|(a, b)| (a.to_owned(), b.to_owned())));
}

#[test]
fn gates_apply_to_every_service_regardless_of_the_tables() {
    let arguments = ["--by", "month", "--fail-if", "mttr > 30m for api", "--fail-if", "mttr > 30m for each"];
    let expected = [("api", "missed"), ("api", "missed"), ("web", "held")];
    assert_eq!(gates(&arguments), expected.map(|(a, b)| (a.to_owned(), b.to_owned())));
}

#[test]
fn a_gate_on_an_unknown_service_is_rejected_with_a_suggestion() {
    let output = run(LOG, &["--fail-if", "mttr > 1h for appi"]);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2));
    assert!(errors.contains("did you mean `api`?"), "{errors}");
}

#[test]
fn a_budget_gate_on_a_total_without_a_budget_is_rejected() {
    let output = run(LOG, &["--combine", "pool", "--slo", "99.9%", "--fail-if", "budget_left < 0"]);
    assert_eq!(output.status.code(), Some(2));
}

fn weighted(arguments: &[&str]) -> f64 {
    let report = json(LOG, &[&["--weight", "severity=SEV1:1,SEV2:1"], arguments].concat());
    report["total"]["weighted"]["downtime"]["independent_s"].as_f64().unwrap()
}

#[test]
fn weighted_downtime_with_unit_weights_equals_downtime() {
    for combine in ["any", "pool"] {
        let plain = json(LOG, &["--combine", combine])["total"]["downtime_s"].as_f64().unwrap();
        assert!((weighted(&["--combine", combine]) - plain).abs() < 1e-6, "{combine}");
    }
}

#[test]
fn weighted_downtime_excludes_maintenance_like_downtime() {
    let folder = tempfile::tempdir().unwrap();
    let planned = folder.path().join("planned.csv");
    std::fs::write(&planned, "start,end\n2026-01-05T10:30:00Z,2026-01-05T12:00:00Z\n").unwrap();
    let arguments = ["--maintenance", planned.to_str().unwrap()];
    let plain = json(LOG, &arguments)["total"]["downtime_s"].as_f64().unwrap();
    assert!((weighted(&arguments) - plain).abs() < 1e-6);
}

#[test]
fn a_headline_interval_contains_its_estimate() {
    // One repair of three weeks among many of one minute: no lognormal distribution fits this.
    let mut log = "service,started_at,resolved_at\n".to_owned();
    for day in 1..=9 {
        writeln!(log, "api,2026-01-0{day}T10:00:00Z,2026-01-0{day}T10:01:00Z").unwrap();
    }
    log += "api,2026-01-10T10:00:00Z,2026-01-31T10:00:00Z\n";
    let mttr = &json(&log, &[])["total"]["mttr_s"];
    let [value, lower, upper] = ["value", "lower", "upper"].map(|key| mttr[key].as_f64().unwrap());
    assert!(0.0 <= lower && lower <= value && value <= upper, "{mttr}");
}

#[test]
fn a_service_without_failures_has_a_bound_on_its_unavailability() {
    let log = "service,started_at,resolved_at\napi,2025-01-05T10:00:00Z,2025-01-05T11:00:00Z\n";
    let unavailability = &json(log, &[])["total"]["unavailability"];
    assert_eq!(unavailability["value"], 0.0);
    assert!(unavailability["upper"].as_f64().unwrap() > 0.0);
}

#[test]
fn dates_in_the_report_are_in_its_time_zone() {
    let output =
        run_as("table", LOG, &["--timezone", "Europe/Berlin", "--slo", "99.9%", "--slo-window", "month"]);
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains("2026-01-01 to 2026-02-01"), "{text}");
}

const EVENTS: &str = "\
[1767607200] SERVICE ALERT: web1;api;CRITICAL;HARD;3;timeout
[1767610800] SERVICE ALERT: web1;api;OK;HARD;3;fine
[1767693600] SERVICE ALERT: web1;db;CRITICAL;HARD;3;timeout
[1767697200] SERVICE ALERT: web1;db;OK;HARD;3;fine
";

const MATRIX: &str = r#"{"status":"success","data":{"resultType":"matrix","result":[
{"metric":{"job":"api"},"values":[[1767607200,"1"],[1767607260,"0"]]},
{"metric":{"job":"db"},"values":[[1767607200,"1"],[1767607260,"1"]]}]}}"#;

const OBJECTS: &str = r#"[
{"service":"api","team":{"name":"a"},"started_at":"2026-01-05T10:00:00Z","resolved_at":"2026-01-05T11:00:00Z"},
{"service":"db","started_at":"2026-01-06T10:00:00Z","resolved_at":"2026-01-06T11:00:00Z"}]"#;

#[test]
fn where_filters_logs_without_columns_by_their_fields() {
    for log in [EVENTS, MATRIX, OBJECTS] {
        let report = json(log, &["--where", "service=api"]);
        let lines = report["breakdowns"][0]["lines"].as_array().unwrap();
        let names: Vec<&Value> = lines.iter().map(|line| &line["name"]).collect();
        assert_eq!(names, ["api"]);
        assert_eq!(report["total"]["outages"], 1);
    }
}

/// A condition on an unknown column would remove every row, and the service would look perfect.
#[test]
fn an_unknown_column_is_rejected_with_a_suggestion_in_every_kind_of_log() {
    for (log, wrong, meant) in [
        (LOG, "sevrity", "severity"),
        (EVENTS, "servic", "service"),
        (MATRIX, "servic", "service"),
        (OBJECTS, "servic", "service"),
        (OBJECTS, "team.nam", "team"),
    ] {
        for arguments in [["--where", &format!("{wrong}=x")], ["--by", wrong]] {
            let output = run(log, &arguments);
            let errors = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(2), "{wrong}: {errors}");
            assert!(errors.contains(&format!("`{wrong}`")), "{errors}");
            assert!(errors.contains(&format!("did you mean `{meant}`?")), "{errors}");
        }
    }
    assert_eq!(json(OBJECTS, &["--by", "team.name"])["breakdowns"][0]["lines"][0]["name"], "(no team.name)");
}

const TEAMS: &str = "\
service,severity,team,region,started_at,resolved_at
api,SEV1,a,eu,2026-01-05T10:00:00Z,2026-01-05T11:00:00Z
web,SEV2,a,us,2026-01-05T10:00:00Z,2026-01-05T10:20:00Z
db,SEV2,b,us,2026-01-06T10:00:00Z,2026-01-06T10:20:00Z
";

fn names(report: &Value, breakdown: usize) -> Vec<String> {
    let lines = report["breakdowns"][breakdown]["lines"].as_array().unwrap();
    lines.iter().map(|line| line["name"].as_str().unwrap().to_owned()).collect()
}

/// A service without matching rows was up all the time; without it the availability of the fleet would
/// be too low.
#[test]
fn a_service_without_matching_rows_counts_as_up() {
    let objects = r#"[
        {"service":"api","severity":"SEV1","started_at":"2026-01-05T10:00:00Z","resolved_at":"2026-01-05T11:00:00Z"},
        {"service":"web","severity":"SEV2","started_at":"2026-01-05T10:00:00Z","resolved_at":"2026-01-05T10:20:00Z"},
        {"service":"db","severity":"SEV2","started_at":"2026-01-06T10:00:00Z","resolved_at":"2026-01-06T10:20:00Z"}]"#;
    for log in [TEAMS, objects] {
        let report = json(log, &["--where", "severity=SEV1", "--combine", "pool"]);
        assert_eq!(names(&report, 0), ["api", "db", "web"]);
        assert_eq!(report["total"]["services"], 3);
        let window_s = 31.0 * 86_400.0;
        assert_eq!(report["total"]["window_s"], 3.0 * window_s);
        assert_eq!(report["breakdowns"][0]["lines"][1]["uptime_s"], window_s);
        let warnings = report["warnings"].to_string();
        assert!(warnings.contains("2 services"), "{warnings}");
    }
}

#[test]
fn what_matches_nothing_is_rejected() {
    for (arguments, words) in [
        (&["--where", "severity=SEV9"][..], "--where: no row of the log meets all conditions"),
        (&["--combine", "k:4"], "--combine: k:4 needs 4 services, but the log has 3 services"),
        (&["--weight", "severity=SEW1:0.5"], "no incident has the severity `SEW1`; did you mean `SEV1`?"),
        (&["--max-gap", "5m"], "--max-gap: has no effect on a log of incidents"),
        (&["--initial-state", "up"], "--initial-state: has no effect on a log of incidents"),
        (&["--fail-if", "availability > 99.9%"], "write instead: --require \"availability > 99.9%\""),
        (&["--require", "availability < 99.9%"], "write instead: --fail-if \"availability < 99.9%\""),
        (&["--require", "mttr > 4h for API"], "would fail where the figure is good"),
        (&["--gate", "significant"], "--gate: has no effect without --fail-if or --require"),
        (&["--slo", "100%"], "allows no downtime at all"),
        (&["--slo", "1"], "is not a share between 0 and 1"),
    ] {
        let output = run(TEAMS, arguments);
        let errors = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {errors}");
        assert!(errors.contains(words), "{arguments:?}: {errors}");
    }
}

#[test]
fn a_requirement_is_judged_like_the_opposite_condition() {
    for (condition, code) in [("mttr <= 1h", 0), ("mttr <= 1m", 1), ("mttd <= 1h", 3)] {
        let output = run(TEAMS, &["--require", condition]);
        assert_eq!(output.status.code(), Some(code), "{condition}");
    }
}

/// Half an hour of samples says nothing about a month.
#[test]
fn gates_on_what_is_mostly_unknown_are_inconclusive() {
    let log = "time,service,up\n2026-01-05T10:00:00Z,api,1\n2026-01-05T10:15:00Z,api,1\n2026-01-05T10:30:00Z,api,1\n";
    let output = run(log, &["--require", "availability >= 99%"]);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(3), "{report}");
    assert_eq!(report["gates"][0]["outcome"], "inconclusive");
    assert!(report["warnings"][0].as_str().unwrap().contains("unknown for more than half of the time"));
}

#[test]
fn a_condition_on_the_service_or_a_part_of_its_name_selects_services() {
    let two = ["--where", "service!=web", "--where", "severity=SEV1"];
    assert_eq!(names(&json(TEAMS, &two), 0), ["api", "db"]);
    let part = ["--columns", "service=region+service", "--where", "region=us"];
    assert_eq!(names(&json(TEAMS, &part), 0), ["us/db", "us/web"]);
}

/// A service belongs to its team regardless of its incidents; a condition on the team itself selects
/// teams.
#[test]
fn a_service_without_matching_rows_stays_in_its_group() {
    let severity = ["--where", "severity=SEV1", "--by", "team", "--combine", "pool"];
    let report = json(TEAMS, &severity);
    assert_eq!(names(&report, 0), ["a", "b"]);
    assert_eq!(report["breakdowns"][0]["lines"][0]["services"], 2);
    let team = ["--where", "team=a", "--by", "team", "--combine", "pool"];
    assert_eq!(names(&json(TEAMS, &team), 0), ["a"]);
}

/// Nothing is known about a service without a state or sample, and it must not make the total unknown.
#[test]
fn a_service_without_matching_states_is_left_out() {
    for state in ["state", "up"] {
        let log = format!(
            "time,service,check,{state}\n2026-01-05T10:00:00Z,api,http,1\n2026-01-05T10:01:00Z,web,ping,0\n"
        );
        assert_eq!(names(&json(&log, &["--where", "check=http"]), 0), ["api"]);
    }
}

#[test]
fn numeric_names_are_sorted_as_numbers() {
    let row = |name: &str| format!("{name},P{name},2026-01-05T10:00:00Z,2026-01-05T11:00:00Z\n");
    let rows: String = ["10", "9", "node-10", "node-9"].iter().map(|name| row(name)).collect();
    let log = format!("service,severity,started_at,resolved_at\n{rows}");
    let wanted = ["9", "10", "node-9", "node-10"];
    let arguments = ["--by", "service,severity", "--slo", "99%", "--fail-if", "mttr > 9h for each"];
    let report = json(&log, &arguments);
    assert_eq!(names(&report, 0), wanted);
    assert_eq!(names(&report, 1), ["P9", "P10", "Pnode-9", "Pnode-10"]);
    for list in ["slo", "gates"] {
        let subjects = report[list].as_array().unwrap().iter();
        let services: Vec<&Value> = subjects.map(|one| &one["subject"]).take(4).collect();
        assert_eq!(services, wanted, "{list}");
    }
    for format in ["table", "openmetrics"] {
        let output = String::from_utf8(run_as(format, &log, &[]).stdout).unwrap();
        let at = |name: &&str| {
            let text = if format == "table" { format!("\n {name} ") } else { format!("\"{name}\"") };
            output.rfind(&text)
        };
        let places: Vec<_> = wanted.iter().map(at).collect();
        assert!(places.is_sorted() && places[0].is_some(), "{output}");
    }
}

/// The condition contains the metric, and the subject stands before it: neither is repeated.
#[test]
fn a_gate_shows_its_subject_condition_and_value_once() {
    let arguments = ["--fail-if", "mttr > 30m for each", "--fail-if", "incidents > 1 for api"];
    let output = String::from_utf8(run_as("table", LOG, &arguments).stdout).unwrap();
    let end = "Required\n FAIL  api: mttr <= 30m — 35m [12m 34s, 4h 49m]\n PASS  web: mttr <= 30m — 20m [5m 25s, 13h 10m]\n \
               FAIL  api: incidents <= 1 — 2\n";
    assert!(output.ends_with(end), "{output}");
}

/// An ongoing incident is of most interest, and a window that ends where it begins excludes it.
#[test]
fn an_ongoing_incident_that_begins_at_the_end_of_the_log_causes_a_warning() {
    let log = format!("{LOG}db,SEV1,2026-01-08T10:00:00Z,\n");
    let warned = |arguments: &[&str]| {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("log.csv");
        std::fs::write(&file, &log).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_steadfast"));
        command.args(["availability", file.to_str().unwrap()]).args(arguments);
        let output = String::from_utf8(command.output().unwrap().stdout).unwrap();
        output.contains("1 row without an end begins at the last instant of the log")
    };
    assert!(warned(&[]));
    assert!(warned(&["--from", "2026-01-01"]));
    assert!(!warned(&["--to", "2026-01-09"]));
    assert!(!warned(&["--to", "2026-01-08T10:00:00Z"]));
    assert!(!warned(&["--where", "severity=SEV2"]));
}

const STATES: &str = "\
time,service,region,state
2026-01-05T10:00:00Z,api,eu,down
2026-01-05T11:00:00Z,api,eu,up
";

#[test]
fn grouping_and_weighting_incidents_is_rejected_for_states_and_samples() {
    for log in [STATES.to_owned(), STATES.replace("state\n", "up\n").replace("down", "0")] {
        for (flag, value) in [
            ("--by", "severity"),
            ("--by", "service,cause"),
            ("--by", "region"),
            ("--weight", "severity=SEV1:1"),
        ] {
            let output = run(&log, &[flag, value]);
            let errors = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(2), "{flag} {value}: {errors}");
            assert!(errors.contains(flag) && errors.contains("no incidents"), "{errors}");
        }
        let output = run_as("table", &log, &["--explain", "--by", "service,weekday"]);
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(!text.contains("incidents merged") && !text.contains("no row has a time of"), "{text}");
    }
}

#[test]
fn a_window_without_any_data_causes_a_warning() {
    let output = run_as("table", &STATES.replace("2026", "2027"), &[]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("warning:  the state is unknown throughout the window"), "{text}");
}

fn notes(report: &Value) -> Vec<String> {
    let notes = report["inputs"][0]["notes"].as_array().unwrap().iter();
    notes.map(|note| note.as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_decision_about_several_columns_is_reported_once() {
    let log = "service,start,end,detected\napi,1767607200,1767610800,1767607260\n";
    assert_eq!(notes(&json(log, &[])), ["start, detected, end: read as epoch seconds (by magnitude)"]);
}

#[test]
fn a_log_without_service_names_gets_a_note() {
    let objects = OBJECTS.replace("\"service\"", "\"team\"").replace("\"team\":{", "\"of\":{");
    for log in [LOG.replace("service", "who"), objects] {
        let notes = notes(&json(&log, &[]));
        assert!(notes.iter().any(|note| note.contains("--columns service=")), "{notes:?}");
    }
}

/// A long list of single lines would hide the result.
#[test]
fn objectives_not_yet_demonstrated_are_listed_in_one_paragraph() {
    let output = run_as("table", LOG, &["--slo", "99.99%", "--slo-window", "month"]);
    let text = String::from_utf8(output.stdout).unwrap();
    let said = "Too little data to show that the objective is met. Days without failure still needed: api ";
    let at = text.find(said).unwrap_or_else(|| panic!("{text}"));
    // The paragraph is wrapped to the width of the output.
    let paragraph = text[at..].split("\n\n").next().unwrap().replace('\n', "");
    assert!(paragraph.contains("; web ") && paragraph.contains("; total "), "{text}");
    assert!(text.contains("\nWorst windows\n api"), "{text}");
}

#[test]
fn top_limits_objectives_and_charts_too() {
    let hours = |i: u32| format!("s{i},SEV1,2026-01-05T10:00:00Z,2026-01-05T1{i}:00:00Z\n");
    let rows: String = (1..=5).map(hours).collect();
    let log = format!("service,severity,started_at,resolved_at\n{rows}");
    let shown = |top: &str| {
        let arguments = ["--slo", "99.9%", "--top", top];
        let text = String::from_utf8(run_as("table", &log, &arguments).stdout).unwrap();
        let lines = |heading: &str| {
            let part = text.split(&format!("{heading}\n")).nth(1).unwrap_or_default();
            let lines = part.split("\n\n").next().unwrap_or_default().lines();
            lines.filter(|line| line.starts_with(" s")).count()
        };
        let counts = ["By service", "Outage timeline", "Objectives", "Worst windows"].map(lines);
        (counts, text)
    };
    let (counts, text) = shown("2");
    assert_eq!(counts, [2; 4], "{text}");
    assert!(text.contains("The 2 with the least budget left are shown; 3 more"), "{text}");
    assert!(text.contains("\n total  "), "{text}");
    let (counts, text) = shown("0");
    assert_eq!(counts, [5; 4], "{text}");
}

#[test]
fn more_than_a_century_of_clean_days_is_not_given_as_a_number() {
    let log = "service,started_at,resolved_at\napi,2026-01-01T00:00:00Z,2026-01-30T00:00:00Z\n";
    let text = String::from_utf8(run_as("table", log, &["--slo", "99.99%"]).stdout).unwrap();
    assert!(text.contains("Days without failure still needed: api more than a century"), "{text}");
}

/// Services named like the whole, or like the words for it.
const RESERVED: &str = "\
start,end,service
2026-01-05T01:00:00Z,2026-01-05T02:00:00Z,total
2026-01-05T03:00:00Z,2026-01-05T04:00:00Z,all services
2026-01-05T05:00:00Z,2026-01-05T06:00:00Z,each
";

#[test]
fn the_whole_has_a_name_that_no_service_has() {
    let slo =
        ["--slo", "99.9%", "--fail-if", "availability < 99%", "--fail-if", "mttr > 9h for service total"];
    for (format, expected) in [
        ("csv", vec!["\n\"service \"\"total\"\"\",", "\nall services,", "\ntotal,"]),
        ("junit", vec!["availability.service &quot;total&quot;\"", "availability.total\""]),
        (
            "openmetrics",
            vec![
                "steadfast_outages{scope=\"service\",service=\"service \\\"total\\\"\"} 1",
                "steadfast_outages{scope=\"total\"} 3",
                "steadfast_slo_target_ratio{scope=\"total\",window=\"30d\"}",
            ],
        ),
    ] {
        let output = run_as(format, RESERVED, &slo);
        let text = String::from_utf8(output.stdout).unwrap();
        for part in expected {
            assert_eq!(text.matches(part).count(), 1, "{part} in {text}");
        }
    }
}

#[test]
fn a_gate_that_could_mean_a_service_or_the_whole_is_rejected() {
    for words in ["total", "all services", "each"] {
        let output = run(RESERVED, &["--fail-if", &format!("downtime > 2h for {words}")]);
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.code() == Some(2) && error.contains("is also the name of a service"),
            "{error}"
        );
        let output = run(RESERVED, &["--fail-if", &format!("downtime > 2h for service {words}")]);
        assert_eq!(output.status.code(), Some(0), "{words}");
    }
    assert_eq!(run(RESERVED, &["--fail-if", "downtime > 2h for all"]).status.code(), Some(1));
}
