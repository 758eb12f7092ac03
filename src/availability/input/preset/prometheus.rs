//! Prometheus: the response of `query_range`, saved to a file.

use super::{Kind, Preset, Record};
use crate::availability::evidence::Shape;
use crate::availability::input::field::Field;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// A matrix of samples.
pub(in super::super) static MATRIX: Preset = Preset {
    name: "prometheus",
    summary: "Prometheus query_range response (JSON matrix): 0 is down, 1 is up, NaN is unknown",
    example: "{\"status\": \"success\", \"data\": {\"resultType\": \"matrix\", \"result\": [{\"metric\": {\"job\": \"api\"}, \"values\": [[1767225600, \"1\"]]}]}}",
    kind: Kind::Document { sniff, read },
    shape: Shape::Samples,
    ..Preset::LIST
};

fn sniff(document: &Value) -> bool {
    document.pointer("/data/resultType").and_then(Value::as_str) == Some("matrix")
}

fn read(document: &Value) -> Result<Vec<Record>, String> {
    let series =
        document.pointer("/data/result").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    refuse_alerts(series)?;
    let names = series_names(series);
    let mut records = Vec::new();
    for (one, name) in series.iter().zip(names) {
        let values = one.get("values").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        for pair in values {
            let number = u32::try_from(records.len() + 1).unwrap_or(u32::MAX);
            records.push(record(number, &name, pair));
        }
    }
    Ok(records)
}

/// Rejects the alerts of Prometheus.
pub(in super::super) fn refuse_alerts(series: &[Value]) -> Result<(), String> {
    let is_alerts = |one: &Value| labels(one).get("__name__") == Some(&"ALERTS");
    if series.iter().any(is_alerts) { Err(ALERTS.to_owned()) } else { Ok(()) }
}

/// Why the alerts of Prometheus are not read.
const ALERTS: &str = "holds ALERTS, which has samples only while an alert fires, so the time between them is \
                      not known to be up; export a series that also has samples then, such as `up`, or \
                      `count(ALERTS{alertname=\"Down\", alertstate=\"firing\"}) or vector(0)` with --states up=0,down=1";

fn record(number: u32, name: &str, pair: &Value) -> Record {
    let mut record = Record::new(number);
    record.set(Field::Service, name);
    if let Some(time) = pair.get(0) {
        record.set(Field::Start, time.to_string());
    }
    if let Some(value) = pair.get(1) {
        record.set(Field::State, value.as_str().map_or_else(|| value.to_string(), str::to_owned));
    }
    record
}

/// Returns names that distinguish the series: the first of the labels service, job, app, … that differs
/// in all of them, else all labels.
pub(in super::super) fn series_names(series: &[Value]) -> Vec<String> {
    let labels: Vec<BTreeMap<&str, &str>> = series.iter().map(labels).collect();
    for key in ["service", "job", "app", "name", "instance", "target"] {
        let names: Option<Vec<String>> = labels.iter().map(|l| l.get(key).map(|v| (*v).to_owned())).collect();
        if let Some(names) = names.filter(|names| all_different(names)) {
            return names;
        }
    }
    let whole = |l: &BTreeMap<&str, &str>| {
        let pairs: Vec<String> =
            l.iter().filter(|(k, _)| **k != "__name__").map(|(k, v)| format!("{k}={v}")).collect();
        pairs.join(",")
    };
    labels.iter().map(whole).collect()
}

fn labels(series: &Value) -> BTreeMap<&str, &str> {
    let metric = series.get("metric").and_then(Value::as_object);
    let pairs = metric.into_iter().flat_map(Map::iter);
    pairs.filter_map(|(key, value)| Some((key.as_str(), value.as_str()?))).collect()
}

fn all_different(names: &[String]) -> bool {
    let distinct: std::collections::HashSet<&String> = names.iter().collect();
    distinct.len() == names.len()
}
