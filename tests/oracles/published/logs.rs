//! Real logs end to end, through the binary.

use super::shared::{number, oracle, path, text};
use serde_json::Value;
use std::process::Command;

/// Relative tolerance of statistics. The requirement is six significant digits; the results agree to
/// nine.
const TOLERANCE: f64 = 1e-9;

/// Runs the binary on `log` (under `../shared/data`) and returns its JSON output.
fn json(log: &str, arguments: &[&str]) -> Option<Value> {
    let output = Command::new(env!("CARGO_BIN_EXE_steadfast"))
        .args(["availability", path(&format!("data/{log}"))?.to_str().unwrap(), "--format", "json"])
        .args(arguments)
        .output()
        .unwrap();
    assert!(output.status.success(), "{log}: {}", String::from_utf8_lossy(&output.stderr));
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

#[track_caller]
fn assert_near(ours: &Value, expected: &Value) {
    let (ours, expected) = (number(ours), number(expected));
    assert!((ours - expected).abs() <= TOLERANCE * expected.abs(), "{ours} and not {expected}");
}

/// Compares seconds with the oracle's minutes.
#[track_caller]
fn assert_minutes(ours: &Value, expected: &Value) {
    let (ours, expected) = (number(ours) / 60.0, number(expected));
    assert!((ours - expected).abs() <= TOLERANCE * expected.abs(), "{ours} and not {expected} min");
}

fn line<'v>(report: &'v Value, breakdown: usize, name: &str) -> &'v Value {
    let lines = report["breakdowns"][breakdown]["lines"].as_array().unwrap();
    lines.iter().find(|line| line["name"] == name).unwrap_or_else(|| panic!("no line {name}"))
}

fn ledger_rows(report: &Value, reason: &str) -> u64 {
    let entries = report["ledger"].as_array().unwrap();
    entries.iter().find(|entry| entry["reason"] == reason).map_or(0, |entry| entry["rows"].as_u64().unwrap())
}

fn interval<'v>(intervals: &'v Value, method: &str) -> &'v Value {
    let all = intervals.as_array().unwrap();
    all.iter()
        .find(|interval| interval["method"] == method)
        .unwrap_or_else(|| panic!("no {method} in {intervals}"))
}

const LANL: &str = "lanl/LA-UR-05-7318-failure-data-1996-2005.csv";
const LANL_COLUMNS: [&str; 2] = ["--columns", "start=Prob Started,end=Prob Fixed,service=System+nodenumz"];

#[test]
fn the_los_alamos_log_agrees_with_the_oracle_by_system() {
    let Some(oracle) = oracle("r08_lanl_end_to_end") else {
        return;
    };
    let window = ["--from", "1997-01-01", "--to", "2005-09-01", "--by", "System", "--combine", "pool"];
    let report = json(LANL, &[&LANL_COLUMNS[..], &window[..]].concat()).unwrap();
    for (system, expected) in oracle["systems"].as_object().unwrap() {
        let ours = line(&report, 0, system);
        assert_eq!(ours["outages"], expected["merged_outages"], "system {system}");
        assert_eq!(ours["services"], expected["nodes_seen"], "system {system}");
        assert_minutes(&ours["downtime_s"], &expected["downtime_merged"]);
        assert_minutes(&ours["mttr_s"]["value"], &expected["mttr_merged"]);
        assert_minutes(&ours["ttr"]["p50_s"], &expected["median_merged"]);
        assert_minutes(&ours["window_s"], &expected["node_minutes"]);
        assert_near(&ours["availability"], &expected["availability_over_nodes_seen"]);
    }
    let total = &oracle["total"];
    assert_eq!(report["inputs"][0]["rows"], total["rows"]);
    assert_eq!(report["total"]["outages"], total["merged"]);
    assert_minutes(&report["total"]["downtime_s"], &total["down"]);
    let counted = report["total"]["incidents"].as_u64().unwrap() + ledger_rows(&report, "duplicate");
    assert_eq!(Value::from(counted), total["rows_in_window"]);
}

#[test]
fn the_repair_times_of_los_alamos_system_20_agree_with_the_oracle() {
    let Some(oracle) = oracle("r08_lanl_end_to_end") else {
        return;
    };
    // One service for each row, so that nothing is merged, as in the oracle.
    let unmerged = [
        "--columns",
        "service=System+nodenumz+Prob Started+Prob Fixed",
        "--where",
        "System=20",
        "--combine",
        "pool",
    ];
    let report = json(LANL, &[&LANL_COLUMNS[..], &unmerged[..]].concat()).unwrap();
    let expected = &oracle["system20_level"]["ttr_minutes"];
    let ours = &report["total"];
    // The oracle keeps exact duplicates, which are counted once here; the maximum and the median are the
    // same.
    assert_minutes(&ours["ttr"]["max_s"], &expected["max"]);
    assert_minutes(&ours["ttr"]["p50_s"], &expected["percentiles"]["type7(numpy/Excel default)"]["0.5"]);
}

/// The log states the downtime of each row. Rows that span a clock change must give it when read as
/// local time of Los Alamos.
#[test]
fn los_alamos_local_times_give_the_stated_downtime_across_clock_changes() {
    let Some(file) = path(&format!("data/{LANL}")) else {
        return;
    };
    let mut rows = csv::Reader::from_path(&file).unwrap();
    let stated: Vec<(f64, f64)> = rows
        .records()
        .map(|row| {
            let row = row.unwrap();
            (naive_minutes(&row[16], &row[17]), row[18].parse().unwrap())
        })
        .collect();
    let over_change: Vec<usize> =
        (0..stated.len()).filter(|i| ((stated[*i].0 - stated[*i].1).abs() - 60.0).abs() < 0.5).collect();
    assert_eq!(over_change.len(), 24);
    let folder = tempfile::tempdir().unwrap();
    for i in over_change {
        let one = folder.path().join("row.csv");
        let text = std::fs::read_to_string(&file).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        std::fs::write(&one, format!("{}\n{}\n", lines[0], lines[i + 1])).unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_steadfast"))
            .args([
                "availability",
                one.to_str().unwrap(),
                "--format",
                "json",
                "--timezone",
                "America/Denver",
                "--date-order",
                "mdy",
            ])
            .args(LANL_COLUMNS)
            .output()
            .unwrap();
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(number(&report["total"]["downtime_s"]) / 60.0, stated[i].1, "row {}", i + 2);
    }
}

/// Returns the minutes between two local times of the log, without applying a time zone.
fn naive_minutes(from: &str, to: &str) -> f64 {
    let minutes = |text: &str| {
        let numbers: Vec<i64> = text.split(['/', ' ', ':']).map(|part| part.parse().unwrap()).collect();
        let days =
            steadfast::base::time::days_from_civil(numbers[2] as i32, numbers[0] as u32, numbers[1] as u32)
                .unwrap();
        days * 1440 + numbers[3] * 60 + numbers[4]
    };
    (minutes(to) - minutes(from)) as f64
}

const GITHUB: &str = "github-status/mrshu_downtime_windows.csv";
const GITHUB_WINDOW: [&str; 6] = ["--from", "2022-04-01", "--to", "2026-08-01", "--by", "service,month"];

fn github(filter: &str) -> Option<Value> {
    json(GITHUB, &[&GITHUB_WINDOW[..], &["--where", filter]].concat())
}

#[test]
fn the_github_outages_agree_with_the_oracle_under_three_filters() {
    let Some(oracle) = oracle("r09_github_end_to_end") else {
        return;
    };
    for (name, filter) in [
        ("all_but_maintenance", "impact!=maintenance"),
        ("minor+major+critical", "impact=minor,major,critical"),
        ("major+critical", "impact=major,critical"),
    ] {
        let (expected, report) = (&oracle["filters"][name], github(filter).unwrap());
        let ours = &report["total"];
        let rows = report["inputs"][0]["rows"].as_u64().unwrap() - ledger_rows(&report, "filtered");
        assert_eq!(Value::from(rows), expected["rows"], "{name}");
        let outside = ledger_rows(&report, "outside_window");
        assert!(rows - outside >= expected["rows_intersecting_window"].as_u64().unwrap(), "{name}");
        assert_eq!(ours["outages"], expected["merged_outages"], "{name}");
        assert_near(&ours["downtime_s"], &expected["downtime"]);
        assert_near(&ours["availability"], &expected["availability"]);
        assert_near(&ours["mttr_s"]["value"], &expected["mttr_s"]);
        assert_near(&ours["mtbf_s"]["value"], &expected["mtbf_operating_s(uptime/n)"]);
        assert_near(&ours["mtbf_calendar_s"], &expected["mtbf_calendar_s(T/n)"]);
        assert_months(&report, &expected["by_month_utc"]);
        if let Some(bounds) = expected.get("mttr_ci").filter(|bounds| bounds.is_object()) {
            assert_intervals(ours, expected, bounds);
        }
    }
}

fn assert_intervals(ours: &Value, expected: &Value, bounds: &Value) {
    let both = |ours: &Value, bounds: &Value| {
        assert_near(&ours["lower"], &bounds[0]);
        assert_near(&ours["upper"], &bounds[1]);
    };
    let mtbf = &expected["mtbf_ci95_chi2_time_truncated_s(uptime)"];
    assert_near(&ours["mtbf_s"]["lower"], &mtbf["lower"]);
    assert_near(&ours["mtbf_s"]["upper"], &mtbf["upper"]);
    both(interval(&ours["mttr_intervals"], "Student t"), &bounds["ci_mean_t"]);
    both(interval(&ours["mttr_intervals"], "exponential mean"), &bounds["ci_mean_exponential_chi2"]);
    both(interval(&ours["mttr_intervals"], "lognormal mean, Cox"), &bounds["lognormal"]["ci_mean_cox"]);
    both(
        interval(&ours["mttr_intervals"], "lognormal mean, modified Cox"),
        &bounds["lognormal"]["ci_mean_modified_cox_t"],
    );
    assert_near(&ours["ttr_median_interval"]["lower"], &bounds["ci_median_order_stat"]["lower"]);
    assert_near(&ours["ttr_median_interval"]["upper"], &bounds["ci_median_order_stat"]["upper"]);
    let percentiles = &bounds["percentiles"]["type7(numpy/Excel default)"];
    for (key, p) in [("p50_s", "0.5"), ("p90_s", "0.9"), ("p95_s", "0.95")] {
        assert_near(&ours["ttr"][key], &percentiles[p]);
    }
    let availability = &expected["availability_ci"];
    for (method, key) in
        [("F ratio", "ci_F_exponential(2n,2n)"), ("logit, renewal", "ci_logit_delta_renewal")]
    {
        let unavailability = interval(&ours["unavailability_intervals"], method);
        let complement = |bound: &Value| Value::from(1.0 - number(bound));
        assert_near(&complement(&unavailability["upper"]), &availability[key][0]);
        assert_near(&complement(&unavailability["lower"]), &availability[key][1]);
    }
}

fn assert_months(report: &Value, months: &Value) {
    let months = months.as_object().unwrap();
    assert_eq!(report["breakdowns"][1]["lines"].as_array().unwrap().len(), months.len());
    for (month, expected) in months {
        let ours = line(report, 1, month);
        assert_near(&ours["window_s"], &expected["seconds"]);
        assert_near(&ours["downtime_s"], &expected["downtime"]);
        assert_eq!(ours["outages"], expected["outages_started"], "{month}");
        assert_near(&ours["availability"], &expected["availability"]);
    }
}

#[test]
fn the_same_scenario_from_thirteen_systems_gives_the_same_figures() {
    let Some(folder) = path("data/format-samples") else {
        return;
    };
    let expected: Value =
        serde_json::from_slice(&std::fs::read(folder.join("EXPECTED.json")).unwrap()).unwrap();
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if name != "EXPECTED.json" {
            let report =
                json(&format!("format-samples/{name}"), &["--from", "2026-01-01", "--to", "2026-02-01"])
                    .unwrap();
            assert_scenario(&name, &report, &expected);
            count += 1;
        }
    }
    assert_eq!(count, 13);
}

fn assert_scenario(name: &str, report: &Value, expected: &Value) {
    // Uptime Kuma identifies monitors by number.
    let names = if name.starts_with("uptime_kuma") { ["1", "2"] } else { ["api", "web"] };
    for (ours, key) in names.into_iter().zip(["api", "web"]) {
        let (ours, expected) = (line(report, 0, ours), &expected[key]);
        assert_eq!(ours["incidents"], expected["incidents"], "{name}");
        for (field, expected) in
            [("downtime_s", &expected["downtime_s"]), ("availability", &expected["availability"])]
        {
            assert!((number(&ours[field]) - number(expected)).abs() < 1e-9, "{name}: {field}");
        }
        match expected["mttr_s"].as_f64() {
            Some(mttr) => assert_eq!(ours["mttr_s"]["value"].as_f64(), Some(mttr), "{name}"),
            None => assert!(ours["mttr_s"]["value"].is_null() && ours["open"] == 1, "{name}"),
        }
        // Not every system exports the times of detection and acknowledgement; exported ones must be
        // right.
        for (field, key) in [("mtta", "mtta_s"), ("mttd", "mttd_s")] {
            if let Some(mean) = ours[field]["mean_s"].as_f64() {
                assert_eq!(Some(mean), expected[key].as_f64(), "{name}: {field}");
            }
        }
    }
}

#[test]
fn the_statuspage_archive_is_read_to_the_last_incident() {
    let Some(report) = json("github-status/statuspage_incidents_archive.json", &[]) else {
        return;
    };
    assert_eq!(report["inputs"][0]["preset"], "statuspage");
    // Of the ten that end before they start, nine have the impact `none`, and are no outages.
    assert_eq!((ledger_rows(&report, "reversed"), ledger_rows(&report, "notice")), (1, 32));
    let incidents = report["total"]["incidents"].as_u64().unwrap();
    assert!((880..=885).contains(&incidents), "{incidents} of 885 incidents");
}

/// The exports of 24 tools: the figures of every service, without flags, or a rejection where no figures can be
/// had.
#[test]
fn the_exports_of_many_tools_are_read_without_flags_or_rejected() {
    let Some(expected) = text("data/tool-exports/EXPECTED.json") else { return };
    let expected: Value = serde_json::from_str(&expected).unwrap();
    for (name, expected) in expected.as_object().unwrap().iter().filter(|(name, _)| !name.starts_with('_')) {
        let output = Command::new(env!("CARGO_BIN_EXE_steadfast"))
            .args(["availability", path(&format!("data/tool-exports/{name}")).unwrap().to_str().unwrap()])
            .args(["--from", "2026-01-01", "--to", "2026-02-01", "--timezone", "UTC", "--format", "json"])
            .output()
            .unwrap();
        if expected["expect"] == "refusal" {
            assert_eq!(output.status.code(), Some(2), "{name}");
            continue;
        }
        assert_eq!(output.status.code(), Some(0), "{name}: {}", String::from_utf8_lossy(&output.stderr));
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        for (service, expected) in expected["services"].as_object().unwrap() {
            let found = match service.as_str() {
                "*" | "TOTAL" => &report["total"],
                service => line(&report, 0, service),
            };
            for count in ["outages", "open"] {
                assert_eq!(found[count], expected[count], "{name}: {service}: {count}");
            }
            let near = |found: &Value, expected: &Value| match expected.as_f64() {
                Some(expected) => found.as_f64().is_some_and(|found| (found - expected).abs() <= 1.0),
                None => found.is_null(),
            };
            assert!(near(&found["downtime_s"], &expected["downtime_s"]), "{name}: {service}: {found}");
            assert!(near(&found["mttr_s"]["value"], &expected["mttr_s"]), "{name}: {service}: {found}");
        }
    }
}

#[test]
fn the_last_state_of_each_of_890_servicenow_incidents_counts() {
    let Some(report) = json("servicenow-uci/incident_event_log_sample.csv", &[]) else {
        return;
    };
    assert_eq!(report["inputs"][0]["preset"], "servicenow-audit");
    assert_eq!(report["inputs"][0]["rows"], 5_998);
    assert_eq!(ledger_rows(&report, "superseded"), 5_998 - 890);
}

#[test]
fn the_hand_written_log_is_read_except_for_its_unreadable_rows() {
    let start = [
        "--columns",
        "start=fault_occurs|detected,end=resolved,acknowledged=declared",
        "--timezone",
        "Europe/London",
    ];
    let skip = ["--on-bad-row", "skip"];
    let Some(report) = json("moj-incident-log/incidents_raw.csv", &[&start[..], &skip[..]].concat()) else {
        return;
    };
    assert_eq!(report["inputs"][0]["rows"], 39);
    // `2023-01-04 (Time TBC)` and `22025-03-18 09:36`.
    assert_eq!(ledger_rows(&report, "unparsable"), 2);
    // For example `11.56` for 11:56.
    assert!(ledger_rows(&report, "time_repaired") >= 2);
}

#[test]
fn traces_in_relative_seconds_with_partial_outages_are_read() {
    for trace in ["atlassian_jira-software", "discord_global-status", "slack_global-status"] {
        let log = format!("cloud-uptime-archive/{trace}_operator_reported.csv");
        let Some(report) = json(&log, &["--weight", "status"]) else {
            return;
        };
        let (full, weighted) =
            (number(&report["total"]["downtime_s"]), &report["total"]["weighted"]["downtime"]);
        let [best, mean, worst] = ["best_s", "independent_s", "worst_s"].map(|key| number(&weighted[key]));
        assert!(0.0 < best && best <= mean && mean <= worst && worst <= full, "{trace}");
    }
}
