//! Zabbix: problems of its real-time export, its API and its list of problems.

use super::Preset;
use crate::availability::input::field::Field;
use crate::availability::input::lists::Item;
use serde_json::Value;
use std::collections::HashMap;

/// The real-time export of events.
pub(super) static EXPORT: Preset = Preset {
    name: "zabbix-export",
    summary: "Zabbix real-time export of problems (JSON Lines)",
    example: "{\"clock\": 1767607200, \"ns\": 1, \"value\": 1, \"eventid\": 42, \"hosts\": [{\"host\": \"api\"}]}",
    signature: &["clock", "value", "eventid"],
    each: Some("hosts"),
    prepare: Some(pair),
    fields: &[
        (Field::Id, &["eventid"]),
        (Field::Service, &["@.host"]),
        (Field::Severity, &["severity"]),
        (Field::Cause, &["name"]),
        (Field::Start, &["clock"]),
        (Field::End, &["^.clock"]),
    ],
    note: "the value 1 is a problem and 0 its end; a problem of several hosts is an outage of each",
    ..Preset::LIST
};

/// Keeps the problems, each with the event that ends it.
fn pair(events: Vec<Item<'_>>) -> Vec<Item<'_>> {
    let key = |event: &Value, key: &str| event.get(key).map(|id| id.to_string().replace('"', ""));
    let ends: HashMap<String, &Value> =
        events.iter().filter_map(|item| Some((key(item.value, "p_eventid")?, item.value))).collect();
    let is_problem = |item: &Item<'_>| key(item.value, "value").as_deref() == Some("1");
    let problems = events.into_iter().filter(is_problem);
    let paired = problems.map(|item| {
        let end = key(item.value, "eventid").and_then(|id| ends.get(&id).copied());
        Item { other: end, ..item }
    });
    paired.collect()
}

/// The answer of `problem.get` or `event.get`.
pub(super) static API: Preset = Preset {
    name: "zabbix-api",
    summary: "Zabbix problems (JSON-RPC, problem.get)",
    example: "{\"result\": [{\"eventid\": \"42\", \"clock\": \"1767607200\", \"r_eventid\": \"43\", \"r_clock\": \"1767610800\", \"name\": \"…\"}]}",
    signature: &["eventid", "clock", "r_clock"],
    each: Some("hosts"),
    fields: &[
        (Field::Id, &["eventid"]),
        (Field::Service, &["@.host", "@.name", "name"]),
        (Field::Severity, &["severity"]),
        (Field::Start, &["clock"]),
        (Field::End, &["r_clock"]),
    ],
    note: "a problem whose `r_clock` is 0 is open",
    ..Preset::LIST
};
