//! How a log is read: rightly where its content shows how, else not at all.

use serde_json::Value;
use std::fmt::Write as _;
use std::process::{Command, Output};

/// Two outages of `api` in January 2026 take so long together.
const DOWNTIME_S: f64 = 9600.0;

/// Runs `availability` for January 2026 on files with these contents.
pub(crate) fn run(files: &[(&str, &str)], arguments: &[&str]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        std::fs::write(folder.path().join(name), content).unwrap();
    }
    let logs = files.iter().map(|(name, _)| *name).filter(|name| !name.starts_with("maintenance"));
    Command::new(env!("CARGO_BIN_EXE_steadfast"))
        .arg("availability")
        .args(logs)
        .args(["--from", "2026-01-01", "--to", "2026-02-01", "--format", "json"])
        .args(arguments)
        .current_dir(folder.path())
        .output()
        .unwrap()
}

pub(crate) fn total(files: &[(&str, &str)], arguments: &[&str]) -> Value {
    let output = run(files, arguments);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{files:?} {arguments:?}: {errors}");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    report["total"].clone()
}

/// Checks that the two outages are found.
#[track_caller]
fn right(name: &str, content: &str, arguments: &[&str]) {
    let total = total(&[(name, content)], arguments);
    assert_eq!(
        (&total["outages"], &total["downtime_s"]),
        (&2.into(), &DOWNTIME_S.into()),
        "{content}: {total}"
    );
}

/// Checks that the log is rejected with these words.
#[track_caller]
pub(crate) fn refused(files: &[(&str, &str)], arguments: &[&str], words: &[&str]) {
    let output = run(files, arguments);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{files:?}: {errors}");
    for word in words {
        assert!(errors.contains(word), "no {word:?} in {errors}");
    }
}

/// Returns the hours of the day with downtime.
fn hours_down(log: &str, arguments: &[&str]) -> Vec<String> {
    let output = run(&[("log.csv", log)], &[arguments, &["--by", "hour"]].concat());
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let lines = report["breakdowns"][0]["lines"].as_array().unwrap();
    let down = lines.iter().filter(|line| line["downtime_s"] != 0.0);
    down.map(|line| line["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn the_length_of_an_incident_stands_for_its_end() {
    for (column, first, second) in [
        ("duration_minutes", "60", "100"),
        ("downtime_hours", "1.0", "1.6666666666666667"),
        ("duration (s)", "3600", "6000"),
        ("duration", "1h", "1h 40m"),
        ("duration", "01:00:00", "1:40:00"),
        ("Duration", "PT1H", "PT1H40M"),
    ] {
        let log = format!(
            "incident_id,service,started_at,{column},status\n\
             1,api,2026-01-05 10:00,{first},resolved\n2,api,2026-01-17 22:30,{second},resolved\n"
        );
        right("log.csv", &log, &[]);
    }
    let bare = "service,started_at,duration\napi,2026-01-05 10:00,60\napi,2026-01-17 22:30,100\n";
    refused(&[("log.csv", bare)], &[], &["has no unit", "--columns duration_s=…"]);
    right("log.csv", bare, &["--columns", "duration_min=duration"]);
}

#[test]
fn an_incident_without_an_end_yet_is_open_however_long_it_is_so_far() {
    let log = "service,started_at,resolved_at,duration_minutes\napi,2026-01-31 23:00,,5\n";
    let total = total(&[("log.csv", log)], &[]);
    assert_eq!((&total["open"], &total["downtime_s"]), (&1.into(), &3600.0.into()));
}

#[test]
fn a_table_of_incidents_with_a_status_is_not_taken_for_state_changes() {
    for end in ["resolution", "Recovered on", "Closed On", "mitigation", "Time to restore"] {
        let log = format!("id,service,started_at,status,{end}\n1,api,2026-01-05 10:00,resolved,x\n");
        refused(&[("log.csv", &log)], &[], &["can be incidents or state changes", "--shape states"]);
    }
    let ids =
        "id,service,started_at,status\n1,api,2026-01-05 10:00,resolved\n2,web,2026-01-17 22:30,resolved\n";
    refused(&[("log.csv", ids)], &[], &["every row says that something is over"]);
    let states = "time,service,state\n2026-01-05 10:00,api,down\n2026-01-05 11:00,api,up\n\
                  2026-01-17 22:30,api,down\n2026-01-18 00:10,api,up\n";
    right("log.csv", states, &["--initial-state", "up"]);
}

#[test]
fn periods_that_are_up_are_no_outages() {
    let table = "service,start,end,status\napi,2026-01-01,2026-01-05 10:00,up\n\
                 api,2026-01-05 10:00,2026-01-05 11:00,down\napi,2026-01-05 11:00,2026-01-17 22:30,up\n\
                 api,2026-01-17 22:30,2026-01-18 00:10,down\napi,2026-01-18 00:10,,up\n";
    right("log.csv", table, &[]);
    // What no period covers is unknown.
    let gap = "service,start,end,status\napi,2026-01-01,2026-01-05,up\napi,2026-01-06,2026-02-01,down\n";
    assert_eq!(total(&[("log.csv", gap)], &[])["unknown_s"], 86_400.0);
}

#[test]
fn dates_and_times_of_day_in_two_columns_are_joined() {
    let log = "sep=;\nService;Start date;Start time;End date;End time\napi;05.01.2026;10:00;05.01.2026;11:00\n\
               api;17.01.2026;22:30;18.01.2026;00:10\n";
    right("log.csv", log, &[]);
    let named = "Asset,Failure Date,Failure Time,Done\napi,01/05/2026,10:00 AM,01/05/2026 11:00 AM\n\
                 api,01/17/2026,10:30 PM,01/18/2026 12:10 AM\n";
    right("log.csv", named, &["--columns", "start=Failure Date+Failure Time,end=Done,service=Asset"]);
    let hole = "service,start date,start time,end\napi,2026-01-05,,2026-01-05 11:00\napi,2026-01-17,22:30,2026-01-18\n";
    refused(&[("log.csv", hole)], &[], &["no time of day after the date"]);
}

#[test]
fn numbers_that_are_dates_are_not_counted_from_1970() {
    right(
        "log.csv",
        "service,start,end\napi,46027.4166666667,46027.4583333333\napi,46039.9375,46040.0069444444\n",
        &[],
    );
    let compact = "service,start,end\napi,20260105100000,20260105110000\napi,20260117223000,20260118001000\n";
    right("log.csv", compact, &[]);
}

#[test]
fn a_zone_in_the_header_counts() {
    let log = |zone: &str| {
        format!(
            "service,Start Time ({zone}),End Time ({zone})\napi,2026-01-05 10:00,2026-01-05 11:00\n\
             api,2026-01-17 22:30,2026-01-18 00:10\n"
        )
    };
    right("log.csv", &log("UTC"), &[]);
    // At 10:00 in Tokyo it is 01:00 in UTC.
    assert_eq!(hours_down(&log("Asia/Tokyo"), &[]), ["01", "13", "14", "15"]);
    refused(&[("log.csv", &log("EST"))], &[], &["the zone `EST`", "--timezone"]);
}

#[test]
fn numbers_are_states_only_where_their_meaning_is_given() {
    let codes = "time,service,state\n2026-01-01,api,200\n2026-01-05 10:00,api,500\n2026-01-05 11:00,api,200\n\
                 2026-01-17 22:30,api,503\n2026-01-18 00:10,api,204\n";
    refused(&[("log.csv", codes)], &[], &["`500`", "--states"]);
    right("log.csv", codes, &["--states", "up=200-399,down=500-599"]);
    let icinga = codes.replace("200", "0").replace("204", "0").replace("500", "2").replace("503", "2");
    right("log.csv", &icinga, &["--states", "up=0,down=1|2,unknown=3"]);
    let impaired =
        codes.replace("200", "degraded").replace("204", "ok").replace("500", "crit").replace("503", "firing");
    let output = run(&[("log.csv", &impaired)], &[]);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["total"]["downtime_s"], DOWNTIME_S);
    assert!(report["ledger"].to_string().contains("impaired"), "{report}");
}

#[test]
fn of_several_samples_at_one_instant_the_worst_counts() {
    // Minutes 3 to 6 of ten fail in the second of two probes.
    let sample = |minute: u32, up: u32| format!("2026-01-01T00:{minute:02}:00Z,s,{up}\n");
    let of = |minute: u32| [sample(minute, 1), sample(minute, u32::from(!(3..7).contains(&minute)))];
    let ascending: Vec<String> = (0..10).flat_map(of).collect();
    let descending: Vec<String> = (0..10).rev().flat_map(of).collect();
    let swapped: Vec<String> = (0..10).flat_map(|minute| of(minute).into_iter().rev()).collect();
    let newest_swapped: Vec<String> = (0..10).rev().flat_map(|minute| of(minute).into_iter().rev()).collect();
    let mut shuffled = ascending.clone();
    shuffled.sort_by_key(|row| row.bytes().map(|byte| u64::from(byte) * 2_654_435_761 % 1_013).sum::<u64>());
    for rows in [ascending, descending, swapped, newest_swapped, shuffled] {
        let log = format!("time,service,up\n{}", rows.concat());
        assert_eq!(total(&[("log.csv", &log)], &["--max-gap", "2m"])["downtime_s"], 240.0, "{log}");
    }
}

#[test]
fn the_files_of_one_log_are_read_as_one() {
    let first = "[1767535200] SERVICE ALERT: h;http;CRITICAL;HARD;3;x\n";
    let second = "[1767564000] SERVICE ALERT: h;http;OK;HARD;3;ok\n";
    for files in [[("1.log", first), ("2.log", second)], [("2.log", second), ("1.log", first)]] {
        let total = total(&files, &[]);
        assert_eq!((&total["open"], &total["downtime_s"]), (&0.into(), &28_800.0.into()), "{total}");
    }
    let before = "service,id,started_at,resolved_at\napi,1,2026-01-05 10:00,\n";
    let after = "service,id,started_at,resolved_at\napi,1,2026-01-05 10:00,2026-01-05 11:00\n";
    let total = total(&[("1.csv", before), ("2.csv", after)], &[]);
    assert_eq!((&total["open"], &total["downtime_s"]), (&0.into(), &3600.0.into()), "{total}");
}

#[test]
fn an_incident_that_is_open_in_one_row_and_closed_in_another_is_told_by_its_id() {
    let log = |id: &str, other: &str| {
        format!(
            "service,id,started_at,resolved_at\napi,{id},2026-01-05 10:00,\napi,2,2026-01-05 10:00,2026-01-05 11:00\n\
             api,{other},2026-01-05 10:00,2026-01-05 12:00\n"
        )
    };
    let same = total(&[("log.csv", &log("1", "1"))], &[]);
    assert_eq!((&same["open"], &same["downtime_s"]), (&0.into(), &7200.0.into()), "{same}");
    let different = total(&[("log.csv", &log("1", "3"))], &[]);
    assert_eq!(different["open"], 1, "two incidents that begin at once: {different}");
    let before = "service,id,started_at,resolved_at\napi,1,2026-01-05 10:00,\n";
    let after = "service,id,started_at,resolved_at\napi,2,2026-01-05 10:00,2026-01-05 11:00\n";
    let apart = total(&[("1.csv", before), ("2.csv", after)], &[]);
    assert_eq!(apart["open"], 1, "another incident in another file: {apart}");
}

#[test]
fn scheduled_downtime_in_a_nagios_log_is_planned() {
    let log = "[1767225600] CURRENT HOST STATE: web1;UP;HARD;1;OK\n[1767600000] HOST DOWNTIME ALERT: web1;STARTED; x\n\
               [1767600100] HOST ALERT: web1;DOWN;HARD;1;x\n[1767600900] HOST DOWNTIME ALERT: web1;STOPPED; x\n\
               [1767601800] HOST ALERT: web1;UP;HARD;1;ok\n";
    let total = total(&[("n.log", log)], &[]);
    assert_eq!((&total["downtime_s"], &total["maintenance_s"]), (&900.0.into(), &900.0.into()));
}

const INCIDENTS: &str = r#"[{"started_at": "2026-01-05T10:00:00Z", "resolved_at": "2026-01-05T11:00:00Z"},
    {"started_at": "2026-01-17T22:30:00Z", "resolved_at": "2026-01-18T00:10:00Z"}]"#;

#[test]
fn of_several_lists_in_a_document_none_is_dropped_in_silence() {
    let two = format!(r#"{{"closed": {INCIDENTS}, "drills": {INCIDENTS}, "tags": [{{"name": "x"}}]}}"#);
    refused(&[("log.json", &two)], &[], &["several lists", "`closed` (2 objects)", "--list closed"]);
    right("log.json", &two, &["--list", "closed"]);
    refused(&[("log.json", &two)], &["--list", "close"], &["did you mean `closed`?"]);
    let deep = format!(r#"{{"a": {{"b": {{"c": {{"rows": {INCIDENTS}}}}}}}}}"#);
    right("log.json", &deep, &[]);
    let pages = format!(r#"{{"page": 1, "rows": {INCIDENTS}}}{{"page": 2, "rows": []}}"#);
    right("log.json", &pages, &[]);
    let by_service = format!(r#"{{"services": [{{"name": "api", "incidents": {INCIDENTS}}}]}}"#);
    right("log.json", &by_service, &[]);
}

#[test]
fn json_without_an_end_is_rejected_with_advice_that_works() {
    let log = r#"{"data": [{"id": 1, "a": {"began": "2026-01-05T10:00:00Z", "over": "2026-01-05T11:00:00Z"}},
        {"id": 2, "a": {"began": "2026-01-17T22:30:00Z", "over": "2026-01-18T00:10:00Z"}}]}"#;
    refused(&[("log.json", log)], &[], &["no key is recognised as the start", "a.began", "--columns"]);
    let start = ["--columns", "start=a.began"];
    refused(&[("log.json", log)], &start, &["no key is recognised as the end", "--columns \"end=a.over\""]);
    right("log.json", log, &["--columns", "start=a.began,end=a.over"]);
}

#[test]
fn a_stated_preset_reads_only_its_own_exports() {
    let log = format!(r#"{{"rows": {INCIDENTS}}}"#);
    for preset in ["datadog", "statuspage", "prometheus", "nagios"] {
        refused(&[("log.json", &log)], &["--preset", preset], &[preset]);
    }
}

/// A component without an incident was up; one that groups others is none.
#[test]
fn the_components_of_a_status_page_are_services() {
    let log = r#"{"components": [{"name": "api"}, {"name": "web", "group": false}, {"name": "all", "group": true}],
        "incidents": [{"impact": "major", "created_at": "2026-01-05T10:00:00Z", "resolved_at": "2026-01-05T11:00:00Z",
            "shortlink": "x", "incident_updates": [], "components": [{"name": "api"}]}]}"#;
    let report: Value = serde_json::from_slice(&run(&[("log.json", log)], &[]).stdout).unwrap();
    let lines = report["breakdowns"][0]["lines"].as_array().unwrap();
    let found: Vec<_> =
        lines.iter().map(|line| (line["name"].as_str(), line["downtime_s"].as_f64())).collect();
    assert_eq!(found, [(Some("api"), Some(3600.0)), (Some("web"), Some(0.0))]);
}

#[test]
fn alerts_of_prometheus_are_rejected() {
    let log = r#"{"status": "success", "data": {"resultType": "matrix", "result": [{"metric":
        {"__name__": "ALERTS", "alertname": "Down"}, "values": [[1767607200, "1"], [1767607260, "1"]]}]}}"#;
    refused(&[("log.json", log)], &[], &["ALERTS", "--states up=0,down=1"]);
}

#[test]
fn the_columns_of_a_maintenance_file_are_those_of_the_log_or_its_own() {
    let log =
        "svc,opened,closed\napi,2026-01-05 10:00,2026-01-05 11:00\napi,2026-01-17 22:30,2026-01-18 00:10\n";
    let columns = ["--columns", "service=svc", "--maintenance", "maintenance.csv"];
    let planned = "svc,opened,closed\nweb,2026-01-05 10:00,2026-01-05 11:00\n";
    let files = |planned| [("log.csv", log), ("maintenance.csv", planned)];
    assert_eq!(total(&files(planned), &columns)["downtime_s"], DOWNTIME_S);
    let other = planned.replace("svc", "unit");
    refused(
        &files(&other),
        &columns,
        &["service of the planned maintenance", "--maintenance-columns \"service=unit\""],
    );
    let own = [&columns[..], &["--maintenance-columns", "service=unit"]].concat();
    assert_eq!(total(&files(&other), &own)["downtime_s"], DOWNTIME_S);
    let all = [&columns[..], &["--maintenance-columns", "service=-"]].concat();
    assert_eq!(total(&files(&other), &all)["downtime_s"], 6000.0);
    let report: Value = serde_json::from_slice(&run(&files(&other), &all).stdout).unwrap();
    assert_eq!(report["inputs"][1]["notes"][0], "planned maintenance");
}

#[test]
fn planned_rows_of_a_log_are_maintenance() {
    let log = "service,class,start,end\napi,FORCED,2026-01-05 10:00,2026-01-05 11:00\n\
               api,FORCED,2026-01-17 22:30,2026-01-18 00:10\napi,SCHEDULED,2026-01-20 00:00,2026-01-20 02:00\n";
    let total = total(&[("log.csv", log)], &["--planned", "class=SCHEDULED"]);
    assert_eq!((&total["downtime_s"], &total["maintenance_s"]), (&DOWNTIME_S.into(), &7200.0.into()));
}

#[test]
fn planned_rows_hide_no_more_than_their_own_time() {
    let periods = "service,class,start,end,status\napi,,2026-01-01,2026-01-05 10:00,up\n\
                   api,SCHEDULED,2026-01-05 10:00,2026-01-05 11:00,down\napi,,2026-01-05 11:00,2026-01-17 22:30,up\n\
                   api,,2026-01-17 22:30,2026-01-18 00:10,down\napi,,2026-01-18 00:10,,up\n";
    let planned = ["--planned", "class=SCHEDULED"];
    let total = total(&[("log.csv", periods)], &planned);
    assert_eq!((&total["downtime_s"], &total["maintenance_s"]), (&6000.0.into(), &3600.0.into()));
    let states = "time,service,class,state\n2026-01-05,api,SCHEDULED,down\n2026-01-06,api,,up\n";
    refused(&[("log.csv", states)], &planned, &["--planned: rows of states have no end", "--maintenance"]);
}

#[test]
fn the_zone_of_the_log_may_differ_from_that_of_the_calendar() {
    let log = "service,start,end\napi,2026-01-05 10:00,2026-01-05 11:00\n";
    assert_eq!(hours_down(log, &["--timezone", "Europe/Berlin"]), ["10"]);
    assert_eq!(hours_down(log, &["--timezone", "Europe/Berlin", "--log-timezone", "UTC"]), ["11"]);
}

#[test]
fn durations_are_not_added_up_by_a_comma() {
    let log = "service,start,end\napi,2026-01-05 10:00,2026-01-05 11:00\n";
    refused(&[("log.csv", log)], &["--slo", "99.9%", "--slo-window", "7d,30d"], &["is not a window"]);
    refused(&[("log.csv", log)], &["--fail-if", "mttr > 1h,30m"], &["--fail-if"]);
}

#[test]
fn the_window_may_be_a_length_that_ends_now_or_at_a_given_time() {
    let log =
        "service,start,end\napi,2026-01-05 10:00,2026-01-05 11:00\napi,2025-12-05 10:00,2025-12-05 11:00\n";
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("log.csv"), log).unwrap();
    let report = |arguments: &str| -> Value {
        let output = Command::new(env!("CARGO_BIN_EXE_steadfast"))
            .args(["availability", "log.csv", "--format", "json"])
            .args(arguments.split(' '))
            .current_dir(folder.path())
            .output()
            .unwrap();
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let january = report("--last 31d --to 2026-02");
    assert_eq!(january["window"]["from"], "2026-01-01T00:00:00Z");
    assert_eq!(january["total"]["outages"], 1);
    assert_eq!(report("--from 2025-Q4 --to now")["total"]["outages"], 2);
    assert_eq!(report("--last 30d")["total"]["window_s"], 30.0 * 86_400.0);
}

#[test]
fn a_unit_does_not_count_before_it_was_put_into_service() {
    let log = "asset,installed,start,end\nP1,2025-01-01,2026-01-05 10:00,2026-01-05 20:00\n\
               P2,2026-01-22,2026-01-25 10:00,2026-01-25 20:00\n";
    let arguments = ["--columns", "service=asset", "--combine", "pool"];
    let report: Value = serde_json::from_slice(&run(&[("log.csv", log)], &arguments).stdout).unwrap();
    let observed: Vec<_> = report["breakdowns"][0]["lines"].as_array().unwrap().iter().collect();
    assert_eq!(
        (&observed[0]["observed_s"], &observed[1]["observed_s"]),
        (&2_678_400.0.into(), &864_000.0.into())
    );
    assert_eq!(report["total"]["observed_s"], 3_542_400.0);
}

/// 1 January is a holiday, and the outage of 2 January, a Friday, is within the service hours.
#[test]
fn holidays_are_not_service_hours() {
    let log = "service,start,end\napi,2026-01-01T10:00:00Z,2026-01-01T12:00:00Z\napi,2026-01-02T10:00:00Z,2026-01-02T11:00:00Z\n";
    let hours = ["--hours", "Mon-Fri 09:00-17:00"];
    let in_hours = |more: &[&str], downtime_s: f64, days: f64| {
        let total =
            total(&[("log.csv", log), ("maintenance-days.txt", "2026-01-01 \n")], &[&hours, more].concat());
        let found = (&total["hours"]["downtime_s"], &total["hours"]["observed_s"]);
        assert_eq!(found, (&downtime_s.into(), &(days * 8.0 * 3600.0).into()), "{more:?}");
    };
    in_hours(&[], 3.0 * 3600.0, 22.0);
    in_hours(&["--holidays", "2026-01-01,2026-01-06"], 3600.0, 20.0);
    in_hours(&["--holidays", "maintenance-days.txt"], 3600.0, 21.0);
    refused(&[("log.csv", log)], &[&hours[..], &["--holidays", "Easter"]].concat(), &["not a date"]);
    refused(&[("log.csv", log)], &["--holidays", "2026-01-01"], &["--hours"]);
}

/// Three locations probe once a minute; each sees the service down for some of ten minutes.
#[test]
fn a_quorum_of_probes_decides_whether_a_service_is_down() {
    let mut log = "time,service,location,up\n".to_owned();
    for (location, down) in [("eu", 2..6), ("us", 4..8), ("asia", 5..6)] {
        for minute in 0..10 {
            let up = u8::from(!down.contains(&minute));
            writeln!(log, "2026-01-05T10:0{minute}:00Z,api,{location},{up}").unwrap();
        }
    }
    let columns = ["--columns", "service=service+location"];
    let minutes = |quorum: &str| {
        let total = total(&[("log.csv", &log)], &[&columns[..], &["--quorum", quorum]].concat());
        assert_eq!(total["services"], 1);
        total["downtime_s"].as_f64().unwrap() / 60.0
    };
    assert_eq!([minutes("1/3"), minutes("2/3"), minutes("3/3")], [6.0, 2.0, 1.0]);
    let files = [("log.csv", log.as_str())];
    refused(&files, &[&columns[..], &["--quorum", "2/4"]].concat(), &["`api` has 3 probes, not 4"]);
    refused(&files, &["--quorum", "2/3"], &["--columns service=SERVICE+LOCATION"]);
}

/// Without dates, a unit may count from its first incident on. That is said, as is a flag that changes nothing.
#[test]
fn units_may_count_from_their_first_incident_on() {
    let log = "service,start,end\nold,2026-01-01,2026-01-02\nnew,2026-01-21,2026-01-22\n";
    let arguments = ["--combine", "pool", "--first-seen", "--assume-mttr", "1h"];
    let report: Value = serde_json::from_slice(&run(&[("log.csv", log)], &arguments).stdout).unwrap();
    assert_eq!(report["total"]["observed_s"], 42.0 * 86_400.0);
    let warnings = report["warnings"].to_string();
    assert!(
        warnings.contains("--first-seen: 1 service counts only from its first incident on"),
        "{warnings}"
    );
    assert!(warnings.contains("--assume-mttr changes nothing"), "{warnings}");
    let states = "time,service,state\n2026-01-01T10:00:00Z,api,down\n2026-01-01T11:00:00Z,api,up\n";
    refused(&[("log.csv", states)], &["--first-seen"], &["--first-seen: has no effect on a log of"]);
}

/// A log whose ends were not exported: its figures are those of outages that never end.
#[test]
fn gates_on_a_log_in_which_everything_is_open_are_inconclusive() {
    let log = "service,start,end\napi,2026-01-02,\napi,2026-01-03,\napi,2026-01-09,\n";
    let output = run(&[("log.csv", log)], &["--require", "availability >= 1%"]);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(3), "{report}");
    assert!(report["warnings"][0].as_str().unwrap().contains("no row has an end"), "{report}");
}

/// Rows with a start, an end and a state, of which the states are those of a service and not of an incident.
#[test]
fn periods_are_told_from_incidents_by_their_states() {
    let period = |up: &str, down: &str| {
        format!(
            "From,Until,State\n2026-01-01,2026-01-05 10:00,{up}\n2026-01-05 10:00,2026-01-05 12:40,{down}\n\
             2026-01-05 12:40,2026-02-01,{up}\n"
        )
    };
    for (up, down) in [("OK", "CRIT"), ("up", "down"), ("normal", "problem"), ("operational", "major_outage")]
    {
        assert_eq!(total(&[("log.csv", &period(up, down))], &[])["downtime_s"], DOWNTIME_S, "{up}");
    }
    for (up, down) in [("RUN", "STOP"), ("1", "0"), ("closed", "open")] {
        let log = period(up, down);
        refused(
            &[("log.csv", &log)],
            &[],
            &["can be periods of states", "--shape periods", "--shape incidents"],
        );
        let states = format!("up={up},down={down}");
        let told = ["--shape", "periods", "--states", &states];
        assert_eq!(total(&[("log.csv", &log)], &told)["downtime_s"], DOWNTIME_S, "{up}");
    }
    let incidents = "service,start,end\napi,2026-01-05 10:00,2026-01-05 12:40\n";
    refused(
        &[("log.csv", incidents)],
        &["--states", "up=1"],
        &["--states: has no effect on a log of incidents"],
    );
}

/// What is over but has no end is not open, and what goes on has no length yet.
#[test]
fn the_state_of_an_incident_must_not_contradict_its_end() {
    let log = |state: &str| format!("service,start,end,status\napi,2026-01-05 10:00,,{state}\n");
    for state in ["resolved", "Closed"] {
        refused(&[("log.csv", &log(state))], &[], &["has no end"]);
    }
    for withdrawn in ["cancelled", "False alarm"] {
        assert_eq!(total(&[("log.csv", &log(withdrawn))], &[])["incidents"], 0);
    }
    assert_eq!(total(&[("log.csv", &log("open"))], &[])["open"], 1);
    let running =
        "host,time,duration,status\na,2026-01-05 10:00,2d,PROBLEM\nb,2026-01-05 10:00,2h 40m,RESOLVED\n";
    let total = total(&[("log.csv", running)], &["--combine", "pool"]);
    assert_eq!((&total["open"], &total["mttr_s"]["value"]), (&1.into(), &DOWNTIME_S.into()));
}

#[test]
fn numbers_that_can_be_read_in_two_ways_are_rejected() {
    let log = |length: &str| format!("service,start,duration_s\napi,2026-01-05 10:00,\"{length}\"\n");
    for (length, why) in
        [("9,600", "thousands or a fraction"), ("1e300", "longer than a hundred years"), ("0,1234", "")]
    {
        let files = [("log.csv", &*log(length))];
        if why.is_empty() {
            assert_eq!(total(&files, &[])["downtime_s"], 0.1234);
        } else {
            refused(&files, &[], &[why]);
        }
    }
    let weight = "service,start,end,weight\napi,2026-01-05 10:00,2026-01-05 12:40,50\n";
    refused(&[("log.csv", weight)], &["--weight", "weight"], &["`50` is not a share", "50%"]);
    let percent = weight.replace(",50", ",50%");
    let total = total(&[("log.csv", &percent)], &["--weight", "weight"]);
    assert_eq!(total["weighted"]["downtime"]["best_s"], DOWNTIME_S / 2.0);
}

/// Rows of several services, or of several probes, must not be taken for those of one.
#[test]
fn services_and_probes_that_are_not_named_are_asked_for() {
    let devices = "device,time,status\na,2026-01-05 10:00,down\nb,2026-01-05 10:10,down\nb,2026-01-05 10:20,up\n\
                   a,2026-01-05 12:00,up\n";
    refused(&[("log.csv", devices)], &[], &["`device` may tell services apart", "\"service=device\""]);
    assert_eq!(total(&[("log.csv", devices)], &["--columns", "service=device"])["services"], 2);
    assert_eq!(total(&[("log.csv", devices)], &["--columns", "service=-"])["services"], 1);
    let json = r#"[{"device": "a", "time": 1767607200, "status": "down"}, {"device": "b", "time": 1767607260, "status": "down"},
        {"device": "b", "time": 1767607300, "status": "up"}, {"device": "a", "time": 1767607400, "status": "up"}]"#;
    refused(&[("log.json", json)], &[], &["`device` may tell services apart"]);
    let mut probes = "time,service,location,up\n".to_owned();
    for minute in 0..10 {
        for (second, location) in [(0, "eu"), (20, "us"), (40, "asia")] {
            let up = u8::from(!(location == "eu" && (3..5).contains(&minute)));
            writeln!(probes, "2026-01-05T10:0{minute}:{second:02}Z,api,{location},{up}").unwrap();
        }
    }
    refused(&[("log.csv", &probes)], &[], &["samples of several probes", "--quorum 1/3"]);
    let quorum = ["--columns", "service=service+location", "--quorum", "1/3"];
    assert_eq!(total(&[("log.csv", &probes)], &quorum)["downtime_s"], 120.0);
}

#[test]
fn zones_beside_the_times_are_not_overlooked() {
    let log = "service,start,end,utc_offset\napi,2026-01-05 10:00,2026-01-05 12:40,-05:00\n";
    refused(&[("log.csv", log)], &[], &["`utc_offset` may give it", "--log-timezone"]);
    let joined = ["--columns", "start=start+utc_offset,end=end+utc_offset"];
    assert_eq!(total(&[("log.csv", log)], &joined)["downtime_s"], DOWNTIME_S);
    assert_eq!(total(&[("log.csv", log)], &["--log-timezone", "America/New_York"])["downtime_s"], DOWNTIME_S);
    let constant = "service,start,end,TZ\napi,2026-01-05 10:00,2026-01-05 12:40,America/New_York\n";
    let report: Value = serde_json::from_slice(&run(&[("log.csv", constant)], &[]).stdout).unwrap();
    assert_eq!(report["total"]["longest_at"], "2026-01-05T15:00:00Z");
    let header = "service,Start (GMT+1),End (GMT+1)\napi,2026-01-01 00:30,2026-01-01 01:30\n";
    assert_eq!(total(&[("log.csv", header)], &[])["downtime_s"], 1800.0);
}

/// Gates decide nothing where nothing is left, or where the times are no finer than a day.
#[test]
fn gates_on_what_was_not_measured_are_inconclusive() {
    let reversed = "service,start,end\napi,2026-01-06,2026-01-05 10:00\n";
    let dates = "service,start,end\napi,2026-01-05,2026-01-05\n";
    refused(&[("log.csv", reversed)], &[], &["every row that could be read ends before it starts"]);
    let output = run(&[("log.csv", dates)], &["--require", "availability >= 99%"]);
    assert_eq!(output.status.code(), Some(3));
    let states =
        "time,service,state\n2026-01-01,api,up\n2026-01-05 10:00,api,banana\n2026-01-05 11:00,api,up\n";
    let skipped = total(&[("log.csv", states)], &["--on-bad-row", "skip"]);
    assert_eq!(skipped["unknown_s"], 3600.0);
    refused(&[("log.csv", dates)], &["--planned", "type=x"], &["there is no column `type`"]);
    let planned = "service,start,end,type\napi,2026-01-05 10:00,,Planned\n";
    refused(&[("log.csv", planned)], &["--planned", "type=Planned"], &["planned work without an end"]);
    refused(&[("log.csv", planned)], &["--planned", "type=Other"], &["no row of the log meets `type=Other`"]);
}

/// What a monitor does not know is unknown, and every service that it names counts.
#[test]
fn what_a_monitor_did_not_watch_is_unknown() {
    // 1767225600 is the start of 2026; the file of the second day is missing, the monitor is off on the third.
    let first = "[1767225600] LOG ROTATION: DAILY\n[1767225600] CURRENT SERVICE STATE: h;http;OK;HARD;1;ok\n\
                 [1767268800] SERVICE ALERT: h;http;CRITICAL;HARD;3;refused\n";
    let third = "[1767398400] LOG ROTATION: DAILY\n[1767398400] CURRENT SERVICE STATE: h;http;CRITICAL;HARD;1;ok\n\
                 [1767402000] SERVICE ALERT: h;http;OK;HARD;3;ok\n[1767405600] Caught SIGTERM, shutting down...\n\
                 [1767423600] Nagios 4.4.6 starting... (PID=2)\n[1767484800] SERVICE NOTIFICATION: x\n";
    let total = |files: &[(&str, &str)]| {
        let total = total(files, &[]);
        ["outages", "downtime_s", "unknown_s"].map(|key| total[key].as_f64().unwrap())
    };
    let day_s = 86_400.0;
    let (until_midnight_s, after_s) = (12.0 * 3600.0, 3600.0);
    let off_s = 5.0 * 3600.0;
    // The last line is of 4 January; of the days until February there is no file.
    let later_s = 27.0 * day_s;
    assert_eq!(
        total(&[("1.log", first), ("3.log", third)]),
        [2.0, until_midnight_s + after_s, day_s + off_s + later_s]
    );
    let second = "[1767312000] LOG ROTATION: DAILY\n";
    let whole = [("1.log", first), ("2.log", second), ("3.log", third)];
    assert_eq!(total(&whole), [1.0, until_midnight_s + day_s + after_s, off_s + later_s]);
}

#[test]
fn the_log_of_a_monitor_tells_of_unknown_time_and_of_services_without_a_problem() {
    let log = "[1767225600] CURRENT SERVICE STATE: web1;ssh;OK;HARD;1;ok\n\
               [1767225600] CURRENT SERVICE STATE: web1;http;OK;HARD;1;ok\n\
               [1767607200] SERVICE ALERT: web1;http;UNKNOWN;HARD;3;?\n\
               [1767610800] SERVICE ALERT: web1;http;CRITICAL;HARD;3;x\n\
               [1767614400] SERVICE ALERT: web1;http;OK;HARD;3;ok\n\
               [1767618000] SERVICE ALERT: web1;dns;OK;HARD;3;ok\n";
    let report: Value = serde_json::from_slice(&run(&[("log.txt", log)], &[]).stdout).unwrap();
    let lines = report["breakdowns"][0]["lines"].as_array().unwrap();
    let seconds = |line: &Value, key: &str| line[key].as_f64().unwrap();
    let found = lines.iter().map(|line| {
        (line["name"].as_str().unwrap(), seconds(line, "downtime_s"), seconds(line, "unknown_s"))
    });
    let expected = [("dns", 0.0, 392_400.0), ("http", 3600.0, 3600.0), ("ssh", 0.0, 0.0)];
    assert_eq!(found.collect::<Vec<_>>(), expected);
    refused(&[("log.txt", "[1767225600] LOG ROTATION: DAILY\n")], &[], &["no host or service"]);
    refused(&[("log.txt", "[1767225600] SERVICE ALERT: web1;ht\n")], &[], &["cut short"]);
}

/// Lists that belong to services of their own.
#[test]
fn lists_of_services_keep_their_services_apart() {
    let incident = r#"[{"start": "2026-01-05T10:00:00Z", "end": "2026-01-05T11:00:00Z"}]"#;
    let by_parent = format!(
        r#"{{"monitors": [{{"name": "a", "outages": {incident}}}, {{"name": "b", "outages": {incident}}}]}}"#
    );
    assert_eq!(total(&[("log.json", &by_parent)], &[])["services"], 2);
    let by_key = format!(r#"{{"services": {{"a": {{"log": {incident}}}, "b": {{"log": {incident}}}}}}}"#);
    let lists = ["--list", "services.a.log", "--list", "services.b.log"];
    assert_eq!(total(&[("log.json", &by_key)], &lists)["services"], 2);
}

/// The files of Zabbix' export follow each other, in any order.
#[test]
fn a_problem_of_zabbix_may_end_in_another_file() {
    let begin = "{\"clock\":1767607200,\"value\":1,\"eventid\":1,\"hosts\":[{\"host\":\"a\"}]}\n";
    let end = "{\"clock\":1767616800,\"value\":0,\"eventid\":2,\"p_eventid\":1}\n";
    for files in [[("1.log", begin), ("2.log", end)], [("2.log", end), ("1.log", begin)]] {
        let total = total(&files, &[]);
        assert_eq!((&total["downtime_s"], &total["open"]), (&DOWNTIME_S.into(), &0.into()));
    }
}

/// The lists within incidents, such as their histories, are not exports of their own.
#[test]
fn what_an_incident_holds_is_not_taken_for_the_log() {
    for inner in [
        r#""history": [{"status": "resolved", "created_at": "2026-01-05T11:00:00Z"}]"#,
        r#""flips": [{"timestamp": "2026-01-05T10:00:00Z", "up": 1}]"#,
        r#""alerts": [{"labels": {"alertname": "x"}, "startsAt": "2026-01-05T10:00:00Z", "endsAt": "2026-01-05T10:01:00Z"}]"#,
    ] {
        let incident = format!(
            r#"{{"service": "api", "started_at": "2026-01-05T10:00:00Z", "resolved_at": "2026-01-05T12:40:00Z", {inner}}}"#
        );
        for log in [format!("[{incident}]"), format!(r#"{{"incidents": [{incident}]}}"#)] {
            assert_eq!(total(&[("log.json", &log)], &[])["downtime_s"], DOWNTIME_S, "{log}");
        }
    }
}

#[test]
fn ordinary_tables_are_read_without_flags() {
    for log in [
        // The rows that a spreadsheet appends.
        "service,start,end\napi,2026-01-05 10:00,2026-01-05 12:40\n,,\n , ,\n",
        // Planned work beside outages.
        "service,start,end,Planned\napi,2026-01-05 10:00,2026-01-05 12:40,No\napi,2026-01-07,2026-01-08,Yes\n",
        // An impaired service is an incident, too.
        "service,start,end,status\napi,2026-01-05 10:00,2026-01-05 11:00,Outage\napi,2026-01-05 11:00,2026-01-05 12:40,Outage\n",
        "service,start,end,status\napi,2026-01-05 10:00,2026-01-05 11:00,Outage\napi,2026-01-09 11:00,2026-01-09 12:40,Degraded\n",
    ] {
        assert_eq!(total(&[("log.csv", log)], &[])["downtime_s"], DOWNTIME_S, "{log}");
    }
    let probes = "time,up,error\n2026-01-05T10:00:00Z,1,\n2026-01-05T10:01:00Z,0,timeout\n2026-01-05T10:02:00Z,0,refused\n\
                  2026-01-05T10:03:00Z,0,timeout\n2026-01-05T10:04:00Z,0,refused\n2026-01-05T10:05:00Z,1,\n";
    assert_eq!(total(&[("log.csv", probes)], &[])["downtime_s"], 240.0);
    let apart = "Date,service,Start,End\n2026-01-05,api,10:00,12:40\n";
    refused(&[("log.csv", apart)], &[], &["--columns \"start=Date+Start,end=Date+End\""]);
    let joined = ["--columns", "start=Date+Start,end=Date+End"];
    assert_eq!(total(&[("log.csv", apart)], &joined)["downtime_s"], DOWNTIME_S);
}

/// Where the truth may be worse than what was measured, a gate does not pass.
#[test]
fn gates_do_not_hold_where_the_truth_may_be_worse() {
    let code = |log: &str, arguments: &[&str]| run(&[("log.csv", log)], arguments).status.code();
    let reversed =
        "service,start,end\napi,2026-01-05 10:00,2026-01-05 11:00\napi,2026-01-17 22:30,2026-01-17 00:10\n";
    assert_eq!(code(reversed, &["--require", "availability >= 99.8%"]), Some(3));
    assert_eq!(code(reversed, &["--require", "availability >= 99.99%"]), Some(1));
    let log =
        "service,start,end\napi,2026-01-05 10:00,2026-01-05 11:00\napi,2026-01-20 10:00,2026-01-20 11:00\n";
    let budget =
        |window| code(log, &["--slo", "99%", "--slo-window", window, "--require", "budget_left >= 0"]);
    assert_eq!((budget("30d"), budget("90d")), (Some(0), Some(3)));
    let early = "unit,start,end,installed\na,2026-01-05 10:00,2026-01-05 11:00,2026-01-10\n";
    refused(&[("log.csv", early)], &[], &["after the outage"]);
}

#[test]
fn rows_of_several_hosts_are_not_mixed() {
    let log = "time,host,service,state\n2026-01-05 10:00,web1,http,CRITICAL\n2026-01-05 10:05,web2,http,OK\n\
               2026-01-05 11:00,web1,http,OK\n2026-01-05 11:00,web2,http,OK\n";
    refused(&[("log.csv", log)], &[], &["several values of `host`", "--columns \"service=host+service\""]);
    let apart = total(&[("log.csv", log)], &["--columns", "service=host+service"]);
    assert_eq!(apart["downtime_s"], 3600.0);
    let one = total(&[("log.csv", log)], &["--columns", "service=service"]);
    assert_eq!(one["downtime_s"], 300.0, "one service wherever it runs");
    let json = r#"[{"time": "2026-01-05 10:00", "host": "web1", "service": "http", "state": "CRITICAL"},
                   {"time": "2026-01-05 10:05", "host": "web2", "service": "http", "state": "OK"}]"#;
    refused(&[("log.json", json)], &[], &["several values of `host`"]);
}

#[test]
fn a_log_may_list_the_newest_change_first() {
    let newest_first = "time,service,state\n2026-01-05 11:00,api,up\n2026-01-05 10:00,api,up\n\
                        2026-01-05 10:00,api,down\n2026-01-05 09:00,api,up\n";
    assert_eq!(total(&[("log.csv", newest_first)], &[])["downtime_s"], 0.0);
    let oldest_first = "time,service,state\n2026-01-05 09:00,api,up\n2026-01-05 10:00,api,down\n\
                        2026-01-05 10:00,api,up\n2026-01-05 11:00,api,up\n";
    assert_eq!(total(&[("log.csv", oldest_first)], &[])["downtime_s"], 0.0);
    // A copy of a file, and files given newest first, do not make its rows newest first.
    let next = "time,service,state\n2026-01-06 10:00,api,down\n2026-01-06 10:00,api,up\n";
    let files = [("2.csv", next), ("1.csv", oldest_first), ("copy.csv", oldest_first)];
    assert_eq!(total(&files, &[])["downtime_s"], 0.0);
}

#[test]
fn a_row_of_several_services_counts_for_each() {
    let csv = "service,start,end\napi,2026-01-05 10:00,2026-01-05 11:00\nweb,2026-01-06 11:00,2026-01-06 12:00\n\
               api; web,2026-01-06 10:00,2026-01-06 12:00\n";
    let json = r#"[{"service": "api", "start": "2026-01-05 10:00", "end": "2026-01-05 11:00"},
                   {"service": ["api", "web"], "start": "2026-01-06 10:00", "end": "2026-01-06 12:00"}]"#;
    let jira = "Issue key,Created,Resolved,Component/s,Component/s\nA-1,2026-01-05 10:00,2026-01-05 11:00,api,\n\
                A-2,2026-01-06 10:00,2026-01-06 12:00,api,web\n";
    for (name, log) in [("log.csv", csv), ("log.json", json), ("jira.csv", jira)] {
        let output = run(&[(name, log)], &[]);
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        let lines = report["breakdowns"][0]["lines"].as_array().unwrap();
        let found: Vec<_> = lines.iter().map(|line| (&line["name"], line["downtime_s"].as_f64())).collect();
        let (api, web) = (Value::from("api"), Value::from("web"));
        assert_eq!(found, [(&api, Some(10_800.0)), (&web, Some(7_200.0))], "{log}");
        let incidents = if name == "log.csv" { 3 } else { 2 };
        assert_eq!(report["total"]["incidents"], incidents, "an incident of two services is one: {log}");
    }
    for others in ["", "b,2026-01-07 10:00,2026-01-07 11:00\n"] {
        let log = format!("service,start,end\na; b,2026-01-05 10:00,2026-01-05 11:00\n{others}");
        let services = total(&[("log.csv", &log)], &[])["services"].as_u64();
        assert_eq!(
            services,
            Some(1 + u64::from(!others.is_empty())),
            "nothing tells that these are two services"
        );
    }
}

#[test]
fn incidents_that_were_none_do_not_count() {
    let outage = |status: &str| {
        format!(
            "service,status,start,end\napi,Resolved,2026-01-05 10:00,2026-01-05 11:00\napi,{status},2026-01-06 10:00,2026-01-06 12:00\n"
        )
    };
    for (status, hours) in [
        ("Closed - Duplicate", 1.0),
        ("false_alarm", 1.0),
        ("Cancelled/closed", 1.0),
        ("Closed - Fixed", 3.0),
        ("Test passed", 3.0),
        ("behoben", 3.0),
    ] {
        for arguments in [&[][..], &["--columns", "state=status"]] {
            let log = outage(status);
            if status == "Test passed" && !arguments.is_empty() {
                refused(&[("log.csv", &log)], arguments, &["says neither that the incident is over"]);
            } else {
                assert_eq!(total(&[("log.csv", &log)], arguments)["downtime_s"], 3600.0 * hours, "{status}");
            }
        }
    }
}

#[test]
fn exports_say_in_their_own_way_that_an_incident_was_none() {
    let jira = "Issue key,Created,Resolved,Status,Resolution\nA-1,2026-01-05 10:00,2026-01-05 11:00,Done,Done\n\
                A-2,2026-01-06 10:00,2026-01-06 12:00,Done,Duplicate\n";
    let servicenow = "number,opened_at,resolved_at,cmdb_ci,state\nI1,2026-01-05 10:00,2026-01-05 11:00,api,7\n\
                      I2,2026-01-06 10:00,2026-01-06 12:00,api,8\n";
    let github = r#"[{"node_id": "a", "number": 1, "state": "closed", "state_reason": "completed", "labels": [],
        "created_at": "2026-01-05T10:00:00Z", "closed_at": "2026-01-05T11:00:00Z"}, {"node_id": "b", "number": 2,
        "state": "closed", "state_reason": "not_planned", "labels": [], "created_at": "2026-01-06T10:00:00Z",
        "closed_at": "2026-01-06T12:00:00Z"}]"#;
    let firehydrant = r#"{"data": [{"current_milestone": "resolved", "services": [], "milestones":
        [{"type": "started", "occurred_at": "2026-01-05T10:00:00Z"}, {"type": "resolved", "occurred_at":
        "2026-01-05T11:00:00Z"}]}, {"current_milestone": "resolved", "discarded_at": "2026-01-07T10:00:00Z",
        "services": [], "milestones": [{"type": "started", "occurred_at": "2026-01-06T10:00:00Z"},
        {"type": "resolved", "occurred_at": "2026-01-06T11:00:00Z"}]}]}"#;
    let rootly = r#"{"data": [{"type": "incidents", "attributes": {"kind": "normal", "status": "resolved",
        "services": [], "severity": null, "started_at": "2026-01-05T10:00:00Z", "resolved_at":
        "2026-01-05T11:00:00Z"}}, {"type": "incidents", "attributes": {"kind": "test", "status": "resolved",
        "services": [], "severity": null, "started_at": "2026-01-06T10:00:00Z", "resolved_at":
        "2026-01-06T11:00:00Z"}}]}"#;
    let of = |key: &str, status: &str, mode: &str, day: u8| {
        format!(
            r#"{{"reference": "{key}", "mode": "{mode}", "incident_status": {{"category": "{status}"}},
            "incident_timestamp_values": [{{"incident_timestamp": {{"name": "Reported at"}}, "value":
            {{"value": "2026-01-0{day}T10:00:00Z"}}}}, {{"incident_timestamp": {{"name": "Resolved at"}}, "value":
            {{"value": "2026-01-0{day}T11:00:00Z"}}}}]}}"#
        )
    };
    let incidents = [
        of("1", "learning", "standard", 5),
        of("2", "declined", "standard", 6),
        of("3", "closed", "test", 7),
    ];
    let incident_io = format!(r#"{{"incidents": [{}]}}"#, incidents.join(","));
    for (name, log) in [
        ("jira.csv", jira),
        ("servicenow.csv", servicenow),
        ("github.json", github),
        ("firehydrant.json", firehydrant),
        ("rootly.json", rootly),
        ("incident-io.json", &incident_io),
    ] {
        assert_eq!(total(&[(name, log)], &[])["downtime_s"], 3600.0, "{name}");
    }
}

#[test]
fn the_last_day_of_a_century_is_no_end() {
    for never in ["2099-12-31", "2099-12-31 23:59:59", "9999-12-31", "9999-12-31T23:59:59Z"] {
        let log = format!("service,start,end\napi,2026-01-31 23:00,{never}\n");
        let total = total(&[("log.csv", &log)], &[]);
        assert_eq!((&total["open"], &total["downtime_s"]), (&1.into(), &3600.0.into()), "{never}");
    }
}

#[test]
fn what_may_be_worse_than_it_looks_lets_no_gate_pass() {
    let gate = ["--fail-if", "downtime > 100h"];
    let outage = "api,2026-01-05 10:00,2026-01-05 11:00\n";
    let day = "api,2026-01-07,2026-01-07 11:00\n";
    let unreadable = "api,2026-01-20 10:00,ongoing\n";
    for (row, more, words) in [
        (day, &[][..], "dates without a time of day"),
        (unreadable, &["--on-bad-row", "skip"], "1 row left out, unreadable"),
        ("", &["--to", "2999-01-01"], "the window ends in the future"),
    ] {
        let log = format!("service,start,end\n{outage}{row}");
        let mut files = tempfile::NamedTempFile::with_suffix(".csv").unwrap();
        std::io::Write::write_all(&mut files, log.as_bytes()).unwrap();
        let window = if more.first() == Some(&"--to") { &[][..] } else { &["--to", "2026-02-01"] };
        let output = Command::new(env!("CARGO_BIN_EXE_steadfast"))
            .args(["availability", files.path().to_str().unwrap(), "--from", "2026-01-01"])
            .args(window)
            .args(gate)
            .args(more)
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(3), "{log}: {text}");
        assert!(text.replace("\n           ", " ").contains(words), "no {words:?} in {text}");
    }
}

#[test]
fn rows_that_seem_planned_are_pointed_out() {
    let csv = "type,service,start,end\nMaintenance,api,2026-01-05 10:00,2026-01-05 11:00\n";
    let json = r#"[{"service": "api", "maintenance": true, "start": "2026-01-05 10:00", "end": "2026-01-05 11:00"}]"#;
    for (name, log, advice) in [
        ("log.csv", csv, "--planned \"type=Maintenance\""),
        ("log.json", json, "--planned \"maintenance=true\""),
    ] {
        let output = run(&[(name, log)], &[]);
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        let warnings = report["warnings"].as_array().unwrap();
        assert!(warnings.iter().any(|warning| warning.as_str().unwrap().contains(advice)), "{warnings:?}");
        let planned = total(&[(name, log)], &["--planned", advice.split('"').nth(1).unwrap()]);
        assert_eq!(planned["downtime_s"], 0.0);
    }
}

#[test]
fn the_end_of_a_problem_that_is_in_no_file_is_rejected() {
    let log = "{\"clock\":1767607200,\"value\":0,\"eventid\":9,\"p_eventid\":7}\n\
               {\"clock\":1767610800,\"value\":1,\"eventid\":10,\"hosts\":[{\"host\":\"api\"}]}\n";
    refused(&[("log.ndjson", log)], &[], &["the end of a problem that is in none of the files"]);
}

#[test]
fn advice_is_quoted_for_a_shell() {
    let log = "Start `touch x` $HOME,finish 'now',service\n2026-01-05 10:00,2026-01-05 11:00,api\n";
    let columns = "start=Start `touch x` $HOME";
    refused(&[("log.csv", log)], &[], &[&format!("--columns '{columns}'")]);
    let comma = "\"Out, from\",end,service\n2026-01-05 10:00,2026-01-05 11:00,api\n";
    assert_eq!(total(&[("log.csv", comma)], &["--columns", "start=Out, from,end=end"])["downtime_s"], 3600.0);
}
