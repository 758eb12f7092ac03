//! Every preset reads a small export of its system: recognised by its content, with the outage that it tells of.

use serde_json::Value;
use std::io::Write as _;
use std::process::{Command, Stdio};
use steadfast::availability::input::preset::PRESETS;

/// For each preset the name of its service and an export: one outage (or one planned maintenance) from 10:00
/// to 11:00 on 2026-03-01.
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
        "pagerduty-analytics",
        "api",
        r#"{"time_zone": "Etc/UTC", "more": false, "data": [{"id": "Q1", "incident_number": 1, "service_name": "api",
            "created_at": "2026-03-01T10:00:00", "resolved_at": "2026-03-01T11:00:00", "seconds_to_first_ack": 60}]}"#,
    ),
    (
        "opsgenie-csv",
        "api",
        "Alert ID,Alias,TinyID,Message,Status,CreatedAt,CreatedAtDate,UpdatedAt,UpdatedAtDate,Teams\n\
         u-1,a-1,1,[api] errors,closed,1772359200000,,1772362800000,,ops\n",
    ),
    (
        "opsgenie-api",
        "api",
        r#"{"data": [{"id": "u-1", "tinyId": "1", "alias": "api", "message": "errors", "status": "closed",
            "createdAt": "2026-03-01T10:00:00.123Z", "updatedAt": "2026-03-09T11:00:00.123Z",
            "report": {"ackTime": 15702, "closeTime": 3600000, "closedBy": "a"}}]}"#,
    ),
    (
        "opsgenie-api-brief",
        "api",
        r#"{"data": [{"id": "u-1", "tinyId": "1", "alias": "api", "message": "errors", "status": "closed",
            "createdAt": "2026-03-01T10:00:00.123Z", "updatedAt": "2026-03-01T11:00:00.123Z"}]}"#,
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
        "servicenow-api",
        "api",
        r#"{"result": [{"sys_id": "0", "number": "INC1", "cmdb_ci": {"display_value": "api", "link": "https://x.example/0"},
            "business_service": "", "opened_at": "2026-03-01 10:00:00", "resolved_at": "2026-03-01 11:00:00",
            "closed_at": "2026-03-06 11:00:00", "work_start": ""}]}"#,
    ),
    (
        "jira-csv",
        "api",
        "Summary,Issue key,Issue id,Priority,Created,Updated,Resolved,Custom field (Affected services)\n\
         down,OPS-1,10001,High,01/Mar/26 10:00 AM,01/Mar/26 11:00 AM,01/Mar/26 11:00 AM,api\n",
    ),
    (
        "maximo",
        "api",
        "WONUM,DESCRIPTION,ASSETNUM,WORKTYPE,STATUS,REPORTDATE,ACTSTART,ACTFINISH\n\
         1,down,api,EM,COMP,2026-03-01 10:00,2026-03-01 10:00,2026-03-01 11:00\n\
         2,service,api,PM,COMP,2026-02-28 10:00,2026-03-01 20:00,2026-03-01 22:00\n",
    ),
    (
        "statuspage",
        "api",
        r#"{"incidents": [{"id": "i1", "impact": "critical", "shortlink": "https://stspg.io/1", "incident_updates": [],
            "created_at": "2026-03-01T10:05:00Z", "started_at": "2026-03-01T10:00:00Z",
            "resolved_at": "2026-03-01T11:00:00Z", "components": [{"name": "api"}]}]}"#,
    ),
    (
        "statuspage-maintenance",
        "api",
        r#"{"scheduled_maintenances": [{"id": "m1", "impact": "maintenance", "shortlink": "https://stspg.io/2",
            "incident_updates": [], "created_at": "2026-02-01T10:05:00Z", "scheduled_for": "2026-03-01T10:00:00Z",
            "scheduled_until": "2026-03-01T11:00:00Z", "components": [{"name": "api"}]}]}"#,
    ),
    (
        "instatus",
        "api",
        r#"[{"id": "c1", "name": "down", "started": "2026-03-01T10:00:00.000Z", "status": "RESOLVED",
            "resolved": "2026-03-01T11:00:00.000Z", "updates": [], "components": [{"id": "k", "name": "api"}]}]"#,
    ),
    (
        "cachet",
        "1",
        r#"{"data": [{"id": 1, "component_id": 1, "status": 1, "occurred_at": "2026-03-01 10:00:00",
            "created_at": "2026-03-01 10:05:00", "is_resolved": true, "latest_status": 4, "updates": [
            {"status": 4, "created_at": "2026-03-01 11:00:00"}, {"status": 2, "created_at": "2026-03-01 10:20:00"}]}]}"#,
    ),
    (
        "gcp",
        "api",
        r#"[{"id": "i1", "number": "1", "begin": "2026-03-01T10:00:00+00:00", "created": "2026-03-01T10:05:00+00:00",
            "end": "2026-03-01T11:00:00+00:00", "external_desc": "down", "affected_products": [{"title": "api"}]}]"#,
    ),
    (
        "aws-health",
        "EC2",
        r#"{"events": [
            {"arn": "a1", "service": "EC2", "eventTypeCategory": "issue", "startTime": 1772359200.0, "endTime": 1772362800.0},
            {"arn": "a2", "service": "EC2", "eventTypeCategory": "accountNotification", "startTime": 1772330000.0}]}"#,
    ),
    (
        "cloudwatch",
        "api",
        r#"{"AlarmHistoryItems": [
            {"AlarmName": "api", "Timestamp": "2026-03-01T11:00:00+00:00", "HistoryItemType": "StateUpdate",
             "HistorySummary": "Alarm updated from ALARM to OK"},
            {"AlarmName": "api", "Timestamp": "2026-03-01T10:00:01+00:00", "HistoryItemType": "Action",
             "HistorySummary": "Successfully executed action"},
            {"AlarmName": "api", "Timestamp": "2026-03-01T10:00:00+00:00", "HistoryItemType": "StateUpdate",
             "HistorySummary": "Alarm updated from OK to ALARM"}]}"#,
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
        "datadog",
        "api",
        r#"{"data": [{"id": "0", "type": "incidents", "attributes": {"public_id": 1, "customer_impacted": true,
            "customer_impact_start": "2026-03-01T10:00:00+00:00", "customer_impact_end": "2026-03-01T11:00:00+00:00",
            "created": "2026-03-01T10:05:00+00:00", "fields": {"services": {"value": ["api"]}}}}]}"#,
    ),
    (
        "firehydrant",
        "api",
        r#"{"data": [{"id": "f1", "number": 1, "current_milestone": "resolved", "created_at": "2026-03-01T10:05:00Z",
            "services": [{"name": "api"}], "milestones": [{"type": "started", "occurred_at": "2026-03-01T10:00:00Z"},
            {"type": "mitigated", "occurred_at": "2026-03-01T10:30:00Z"},
            {"type": "resolved", "occurred_at": "2026-03-01T11:00:00Z"}]}]}"#,
    ),
    (
        "incident-io",
        "(no service)",
        r#"{"incidents": [{"id": "i1", "reference": "INC-1", "created_at": "2026-03-01T10:02:00Z",
            "incident_status": {"category": "closed"}, "incident_timestamp_values": [
            {"incident_timestamp": {"name": "Reported at"}, "value": {"value": "2026-03-01T10:00:00Z"}},
            {"incident_timestamp": {"name": "Resolved at"}, "value": {"value": "2026-03-01T11:00:00Z"}},
            {"incident_timestamp": {"name": "Closed at"}, "value": {"value": "2026-03-02T11:00:00Z"}}]}]}"#,
    ),
    (
        "victorops",
        "api",
        r#"{"incidents": [{"incidentNumber": "1", "currentPhase": "RESOLVED", "service": "api",
            "startTime": "2026-03-01T10:00:00Z", "lastAlertTime": "2026-03-01T11:00:30Z", "transitions": [
            {"name": "ACKED", "at": "2026-03-01T10:05:00Z"}, {"name": "RESOLVED", "at": "2026-03-01T11:00:00Z"}]}]}"#,
    ),
    (
        "newrelic",
        "api",
        r#"{"data": {"actor": {"account": {"nrql": {"results": [
            {"incidentId": "1", "event": "close", "openTime": 1772359200000, "closeTime": 1772362800000, "entity.name": "api"},
            {"incidentId": "1", "event": "open", "openTime": 1772359200000, "entity.name": "api"}]}}}}}"#,
    ),
    (
        "github-issues",
        "(no service)",
        r#"[{"node_id": "I_1", "number": 1, "state": "closed", "labels": [{"name": "api"}],
            "created_at": "2026-03-01T10:00:00Z", "closed_at": "2026-03-01T11:00:00Z"},
            {"node_id": "P_2", "number": 2, "state": "closed", "labels": [], "pull_request": {"url": "https://x.example"},
            "created_at": "2026-03-01T02:00:00Z", "closed_at": "2026-03-01T03:00:00Z"}]"#,
    ),
    (
        "prometheus",
        "api",
        r#"{"status": "success", "data": {"resultType": "matrix", "result": [{"metric": {"job": "api"}, "values":
            [[1772357400, "1"], [1772359200, "0"], [1772361000, "0"], [1772362800, "1"], [1772364600, "1"]]}]}}"#,
    ),
    (
        "alertmanager",
        "api",
        r#"[{"labels": {"alertname": "Down", "service": "api"}, "startsAt": "2026-03-01T10:00:00Z",
            "endsAt": "2026-03-01T11:00:00Z", "status": "resolved"}]"#,
    ),
    (
        "grafana-annotations",
        "(no service)",
        r#"[{"id": 1, "newState": "", "time": 1772359200000, "timeEnd": 1772362800000, "tags": ["outage", "api"]}]"#,
    ),
    (
        "grafana-alerts",
        "api",
        r#"[{"id": 3, "alertName": "api", "newState": "Normal", "time": 1772362800000, "timeEnd": 1772362800000, "tags": []},
            {"id": 2, "alertName": "api", "newState": "Alerting", "time": 1772359200000, "timeEnd": 1772359200000, "tags": []},
            {"id": 1, "alertName": "api", "newState": "Pending", "time": 1772358900000, "timeEnd": 1772358900000, "tags": []}]"#,
    ),
    (
        "grafana-oncall",
        "C1",
        r#"{"results": [{"id": "I1", "integration_id": "C1", "alerts_count": 2, "state": "resolved",
            "created_at": "2026-03-01T10:00:00Z", "acknowledged_at": null, "resolved_at": "2026-03-01T11:00:00Z"}]}"#,
    ),
    (
        "gatus",
        "api",
        r#"{"name": "api", "group": "core", "results": [{"status": 200, "success": true, "timestamp": "2026-03-01T23:55:00Z"}],
            "events": [{"type": "START", "timestamp": "2026-03-01T01:00:00Z"}, {"type": "HEALTHY", "timestamp": "2026-03-01T01:00:00Z"},
            {"type": "UNHEALTHY", "timestamp": "2026-03-01T10:00:00Z"}, {"type": "HEALTHY", "timestamp": "2026-03-01T11:00:00Z"}]}"#,
    ),
    (
        "healthchecks",
        "(no service)",
        r#"[{"timestamp": "2026-03-01T11:00:00+00:00", "up": 1}, {"timestamp": "2026-03-01T10:00:00+00:00", "up": 0}]"#,
    ),
    (
        "ohdear",
        "(no service)",
        r#"{"data": [{"id": 1, "started_at": "2026-03-01 10:00:00", "ended_at": "2026-03-01 11:00:00", "notes_html": null,
            "notes_markdown": null}]}"#,
    ),
    (
        "pingdom",
        "(no service)",
        r#"{"summary": {"states": [{"status": "up", "timefrom": 1772323200, "timeto": 1772359200},
            {"status": "down", "timefrom": 1772359200, "timeto": 1772362800},
            {"status": "up", "timefrom": 1772362800, "timeto": 1772400000}]}}"#,
    ),
    (
        "statuscake-alerts",
        "(no service)",
        r#"{"data": [{"id": "2", "status": "up", "status_code": 200, "triggered_at": "2026-03-01T11:00:00+00:00"},
            {"id": "1", "status": "down", "status_code": 500, "triggered_at": "2026-03-01T10:00:00+00:00"}]}"#,
    ),
    (
        "statuscake-periods",
        "(no service)",
        r#"{"data": [{"status": "up", "created_at": "2026-03-01T11:00:00+00:00"},
            {"status": "down", "created_at": "2026-03-01T10:00:00+00:00", "ended_at": "2026-03-01T11:00:00+00:00",
             "duration": 3600000}]}"#,
    ),
    (
        "uptime-kuma",
        "7",
        "id,important,monitor_id,status,msg,time,ping,duration,down_count\n\
         1,1,7,1,ok,2026-03-01 09:30:00.000,5,1800,0\n2,1,7,0,refused,2026-03-01 10:00:00.000,,1800,1\n\
         3,0,7,0,refused,2026-03-01 10:30:00.000,,1800,1\n4,1,7,1,ok,2026-03-01 11:00:00.000,5,1800,0\n",
    ),
    (
        "checkmk",
        "web1/api",
        "Host,Service,From,Until,Duration,State,Summary\n\
         web1,api,2026-03-01 00:00:00,2026-03-01 10:00:00,10 h,OK,ok\n\
         web1,api,2026-03-01 10:00:00,2026-03-01 11:00:00,60 m,CRIT,timeout\n\
         web1,api,2026-03-01 11:00:00,2026-03-02 00:00:00,13 h,WARN,slow\n",
    ),
    (
        "uptimerobot-csv",
        "api",
        "Monitor,Event,Date-Time,Reason,Duration,Duration (in mins.)\n\
         api,Up,2026-03-01 11:00:00,OK,\"13 hrs, 0 mins\",780\n\
         api,Down,2026-03-01 10:00:00,Timeout,\"1 hrs, 0 mins\",60\n\
         api,Started,2026-03-01 00:00:00,Started,\"10 hrs, 0 mins\",600\n",
    ),
    (
        "uptimerobot-api",
        "api",
        r#"{"stat": "ok", "monitors": [{"id": 7, "friendly_name": "api", "status": 2, "logs": [
            {"type": 2, "datetime": 1772362800, "duration": 46800}, {"type": 1, "datetime": 1772359200, "duration": 3600}]}]}"#,
    ),
    (
        "zabbix-export",
        "api",
        r#"{"clock": 1772359200, "ns": 1, "value": 1, "eventid": 42, "name": "down", "severity": 4, "hosts": [{"host": "api"}]}
{"clock": 1772362800, "ns": 1, "value": 0, "eventid": 43, "p_eventid": 42}
"#,
    ),
    (
        "zabbix-api",
        "api",
        r#"{"jsonrpc": "2.0", "result": [{"eventid": "42", "clock": "1772359200", "r_eventid": "43", "r_clock": "1772362800",
            "name": "api", "severity": "4"}], "id": 1}"#,
    ),
    (
        "zabbix-events",
        "api",
        r#"{"jsonrpc": "2.0", "result": [{"eventid": "42", "clock": "1772359200", "value": "1", "r_eventid": "43",
            "name": "down", "hosts": [{"host": "api"}]}, {"eventid": "43", "clock": "1772362800", "value": "0",
            "r_eventid": "0", "name": "down", "hosts": [{"host": "api"}]}], "id": 1}"#,
    ),
    (
        "nagios",
        "api",
        "[1772359200] SERVICE ALERT: web1;api;CRITICAL;HARD;3;timeout\n\
         [1772362800] SERVICE ALERT: web1;api;OK;HARD;3;ok\n",
    ),
    (
        "icinga2",
        "api",
        r#"{"type": "CheckResult", "timestamp": 1772359100.0, "host": "web1", "service": "api", "check_result": {"state": 2.0}}
{"type": "StateChange", "timestamp": 1772359150.5, "host": "web1", "service": "api", "state": 2.0, "state_type": 0.0}
{"type": "StateChange", "timestamp": 1772359200.0, "host": "web1", "service": "api", "state": 2.0, "state_type": 1.0}
{"type": "StateChange", "timestamp": 1772362800.0, "host": "web1", "service": "api", "state": 0, "state_type": 1}
"#,
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
        assert_eq!(report["inputs"][0]["preset"], *preset, "{report}");
        if *preset == "statuspage-maintenance" {
            let figures = (&report["total"]["outages"], &report["total"]["maintenance_s"]);
            assert_eq!(figures, (&0.into(), &3600.0.into()), "{report}");
            continue;
        }
        let name = report["breakdowns"][0]["lines"][0]["name"].as_str();
        let (outages, downtime) = (&report["total"]["outages"], &report["total"]["downtime_s"]);
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
