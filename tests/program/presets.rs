//! Every preset reads a small export of its system: recognised by its content, with the outage that it tells of.

use serde_json::Value;
use std::io::Write as _;
use std::process::{Command, Stdio};
use steadfast::availability::input::preset::PRESETS;

/// For each preset the name of its service and an export: one outage from 10:00 to 11:00 on 2026-03-01.
const EXPORTS: &[(&str, &str, &str)] = &[
    (
        "pagerduty-csv",
        "api",
        "id,incident_number,description,service_id,service_name,created_on,resolved_on,seconds_to_first_ack\n\
         Q1,1,down,P1,api,2026-03-01T10:00:00Z,2026-03-01T11:00:00Z,60\n",
    ),
    (
        "pagerduty-api",
        "api",
        r#"{"incidents": [{"id": "Q1", "incident_number": 1, "urgency": "high", "service": {"summary": "api"},
            "created_at": "2026-03-01T10:00:00Z", "resolved_at": "2026-03-01T11:00:00Z", "status": "resolved"}]}"#,
    ),
    (
        "opsgenie-csv",
        "api",
        "Alert ID,Alias,TinyID,Message,Status,CreatedAt,CreatedAtDate,UpdatedAt,UpdatedAtDate,Teams\n\
         u-1,a-1,1,[api] errors,closed,1772359200000,,1772362800000,,ops\n",
    ),
    (
        "servicenow-audit",
        "api",
        "number,incident_state,sys_mod_count,opened_at,sys_updated_at,cmdb_ci,resolved_at,closed_at\n\
         INC1,New,0,2026-03-01 10:00:00,2026-03-01 10:00:00,api,2026-03-01 10:30:00,\n\
         INC1,Resolved,1,2026-03-01 10:00:00,2026-03-01 11:00:00,api,2026-03-01 11:00:00,\n",
    ),
    (
        "servicenow-csv",
        "api",
        "number,short_description,cmdb_ci,priority,state,opened_at,work_start,resolved_at,closed_at\n\
         INC1,down,api,1 - Critical,Closed,2026-03-01 10:00:00,,2026-03-01 11:00:00,2026-03-03 09:00:00\n",
    ),
    (
        "jira-csv",
        "api",
        "Summary,Issue key,Issue id,Priority,Created,Updated,Resolved,Custom field (Affected services)\n\
         down,OPS-1,10001,High,01/Mar/26 10:00 AM,01/Mar/26 11:00 AM,01/Mar/26 11:00 AM,api\n",
    ),
    (
        "statuspage",
        "api",
        r#"{"incidents": [{"id": "i1", "impact": "critical", "shortlink": "https://stspg.io/1", "incident_updates": [],
            "created_at": "2026-03-01T10:05:00Z", "started_at": "2026-03-01T10:00:00Z",
            "resolved_at": "2026-03-01T11:00:00Z", "components": [{"name": "api"}]}]}"#,
    ),
    (
        "gcp",
        "api",
        r#"[{"id": "i1", "number": "1", "begin": "2026-03-01T10:00:00+00:00", "created": "2026-03-01T10:05:00+00:00",
            "end": "2026-03-01T11:00:00+00:00", "external_desc": "down", "affected_products": [{"title": "api"}]}]"#,
    ),
    (
        "betterstack",
        "api",
        r#"{"data": [{"id": "1", "type": "incident", "attributes": {"name": "api", "cause": "Status 500",
            "started_at": "2026-03-01T10:00:00.000Z", "resolved_at": "2026-03-01T11:00:00.000Z"}}]}"#,
    ),
    (
        "rootly",
        "api",
        r#"{"data": [{"id": "1", "type": "incidents", "attributes": {"started_at": "2026-03-01T10:00:00Z",
            "resolved_at": "2026-03-01T11:00:00Z", "severity": {"data": {"attributes": {"name": "SEV1"}}},
            "services": [{"data": {"attributes": {"name": "api"}}}]}}]}"#,
    ),
    (
        "prometheus",
        "api",
        r#"{"status": "success", "data": {"resultType": "matrix", "result": [{"metric": {"job": "api"}, "values":
            [[1772357400, "1"], [1772359200, "0"], [1772361000, "0"], [1772362800, "1"], [1772364600, "1"]]}]}}"#,
    ),
    (
        "uptime-kuma",
        "7",
        "id,important,monitor_id,status,msg,time,ping,duration,down_count\n\
         1,1,7,1,ok,2026-03-01 09:30:00.000,5,1800,0\n2,1,7,0,refused,2026-03-01 10:00:00.000,,1800,1\n\
         3,0,7,0,refused,2026-03-01 10:30:00.000,,1800,1\n4,1,7,1,ok,2026-03-01 11:00:00.000,5,1800,0\n",
    ),
    (
        "nagios",
        "api",
        "[1772359200] SERVICE ALERT: web1;api;CRITICAL;HARD;3;timeout\n\
         [1772362800] SERVICE ALERT: web1;api;OK;HARD;3;ok\n",
    ),
    (
        "canonical-states",
        "api",
        "time,service,state\n2026-03-01T10:00:00Z,api,down\n2026-03-01T11:00:00Z,api,up\n",
    ),
    ("canonical", "api", "service,started_at,resolved_at\napi,2026-03-01T10:00:00Z,2026-03-01T11:00:00Z\n"),
    (
        "canonical-json",
        "api",
        r#"[{"service": "api", "started_at": "2026-03-01T10:00:00Z", "resolved_at": "2026-03-01T11:00:00Z"}]"#,
    ),
];

#[test]
fn every_preset_reads_an_export_of_its_system() {
    let tested: Vec<&str> = EXPORTS.iter().map(|(preset, ..)| *preset).collect();
    let known: Vec<&str> = PRESETS.iter().map(|preset| preset.name).collect();
    assert_eq!(tested, known);
    for (preset, service, text) in EXPORTS {
        let report = report_on(text);
        let name = report["breakdowns"][0]["lines"][0]["name"].as_str();
        let (outages, downtime) = (&report["total"]["outages"], &report["total"]["downtime_s"]);
        assert_eq!(report["inputs"][0]["preset"], *preset, "{report}");
        assert_eq!(name, Some(*service), "{preset}: {report}");
        assert_eq!((outages, downtime), (&1.into(), &3600.0.into()), "{preset}: {report}");
    }
}

fn report_on(text: &str) -> Value {
    let arguments = "availability - --from 2026-03-01 --to 2026-03-02 --format json";
    let mut program = Command::new(env!("CARGO_BIN_EXE_steadfast"))
        .args(arguments.split(' '))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    program.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = program.wait_with_output().unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}
