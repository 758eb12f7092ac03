//! Zabbix: problems of its real-time export, its API and its list of problems.

use super::hosts::{KINDS, epoch_text};
use super::{Kind, LineParser, Parsed, Preset, Record};
use crate::availability::input::field::Field;
use crate::availability::input::lists::Item;
use crate::base::time::{Timestamp, Zone};
use crate::timeline::Span;
use serde::Deserialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::LazyLock;

/// The real-time export of events.
pub(super) static EXPORT: Preset = Preset {
    name: "zabbix-export",
    summary: "Zabbix real-time export of problems (JSON Lines)",
    example: "{\"clock\": 1767607200, \"ns\": 1, \"value\": 1, \"eventid\": 42, \"hosts\": [{\"host\": \"api\"}]}",
    kind: Kind::Lines { sniff, start: || Box::<Problems>::default() },
    kinds: KINDS,
    note: "the value 1 is a problem and 0 its end; a problem of several hosts is an outage of each",
    ..Preset::TABLE
};

/// Why the end of a problem is refused that is in none of the files.
const END_ALONE: &str =
    "the end of a problem that is in none of the files; give the file before this one as well";

/// A line of the export.
#[derive(Deserialize)]
struct Event {
    clock: i64,
    #[serde(default)]
    ns: i64,
    value: u8,
    eventid: u64,
    p_eventid: Option<u64>,
    #[serde(default)]
    name: String,
    severity: Option<u8>,
    #[serde(default)]
    hosts: Vec<Host>,
}

#[derive(Deserialize)]
struct Host {
    host: String,
}

fn sniff(head: &str) -> bool {
    let first = head.lines().find(|line| !line.trim().is_empty());
    first.is_some_and(|line| serde_json::from_str::<Event>(line).is_ok())
}

/// The end of a problem.
struct End {
    at: Timestamp,
    /// The number of its line.
    number: u32,
    hosts: Vec<Host>,
}

/// The problems of an export, whose files may come in any order.
#[derive(Default)]
struct Problems {
    /// By the number of the event that began it: a record for each host.
    begun: BTreeMap<u64, Vec<Record>>,
    /// By the same number, the event that ended it.
    ends: BTreeMap<u64, End>,
    seen: Option<Span>,
}

impl LineParser for Problems {
    fn line(&mut self, number: u32, line: &str) -> Result<(), String> {
        let event: Event = serde_json::from_str(line).map_err(|error| error.to_string())?;
        let at = Timestamp::from_seconds(event.clock).plus_seconds(event.ns as f64 * 1e-9);
        Span::extend(&mut self.seen, Span::new(at, at));
        if event.value == 0 {
            let hosts = event.hosts;
            self.ends.extend(event.p_eventid.map(|problem| (problem, End { at, number, hosts })));
            return Ok(());
        }
        if event.hosts.is_empty() {
            return Err("a problem without a host".into());
        }
        let of_host = |host: Host| {
            let mut record = Record::new(number);
            record.set(Field::Id, event.eventid.to_string());
            record.set(Field::Start, epoch_text(at));
            record.set(Field::Service, host.host);
            record.set(Field::Cause, event.name.as_str());
            if let Some(severity) = event.severity {
                record.set(Field::Severity, severity.to_string());
            }
            record
        };
        self.begun.insert(event.eventid, event.hosts.into_iter().map(of_host).collect());
        Ok(())
    }

    fn finish(mut self: Box<Self>, _: &Zone) -> Parsed {
        let mut records = Vec::new();
        for (problem, begun) in self.begun {
            let end = self.ends.remove(&problem).map(|end| epoch_text(end.at));
            records.extend(begun.into_iter().map(|mut record| {
                if let Some(end) = &end {
                    record.set(Field::End, end.as_str());
                }
                record
            }));
        }
        // The log does not tell when a problem began of which it has only the end.
        let log_start = self.seen.map(|seen| seen.start);
        let mut refused = Vec::new();
        for End { at, number, hosts } in self.ends.into_values() {
            if hosts.is_empty() {
                refused.push((number, END_ALONE));
            }
            records.extend(hosts.into_iter().map(|host| {
                let mut record = Record::new(number);
                record.set(Field::Kind, "unknown");
                record.set(Field::Start, epoch_text(log_start.unwrap_or(at)));
                record.set(Field::End, epoch_text(at));
                record.set(Field::Service, host.host);
                record
            }));
        }
        records.sort_by_key(|record| record.row);
        let hosts: BTreeSet<&str> = records.iter().filter_map(|record| record.get(Field::Service)).collect();
        let roster = hosts.into_iter().map(str::to_owned).collect();
        Parsed { records, seen: self.seen, covered: None, roster, refused }
    }
}

/// The answer of `event.get`: problems and the events that end them.
pub(super) static EVENTS: Preset = Preset {
    name: "zabbix-events",
    summary: "Zabbix events (JSON-RPC, event.get)",
    example: "{\"result\": [{\"eventid\": \"42\", \"value\": \"1\", \"clock\": \"1767607200\", \"r_eventid\": \"43\", \"name\": \"…\"}]}",
    signature: &["eventid", "clock", "value", "r_eventid"],
    each: Some("hosts"),
    prepare: Some(pair),
    fields: &[
        (Field::Id, &["eventid"]),
        (Field::Service, &["@.host", "@.name", "name"]),
        (Field::Severity, &["severity"]),
        (Field::Start, &["clock"]),
        (Field::End, &["^.clock"]),
    ],
    note: "a problem ends with the event of its `r_eventid`; it is open if that is 0",
    ..Preset::LIST
};

/// Stands for the end of a problem that is over, where the answer does not have it.
static NOT_LISTED: LazyLock<Value> = LazyLock::new(|| serde_json::json!({ "clock": "not among the events" }));

/// Keeps the problems, each with the event that ends it.
fn pair(events: Vec<Item<'_>>) -> Vec<Item<'_>> {
    let key = |event: &Value, key: &str| event.get(key).map(|id| id.to_string().replace('"', ""));
    let by_id: HashMap<String, &Value> =
        events.iter().filter_map(|item| Some((key(item.value, "eventid")?, item.value))).collect();
    let is_problem = |item: &Item<'_>| key(item.value, "value").as_deref() == Some("1");
    let problems = events.into_iter().filter(is_problem);
    let paired = problems.map(|item| {
        let end = key(item.value, "r_eventid").filter(|id| id != "0");
        Item { other: end.map(|id| by_id.get(&id).copied().unwrap_or(&NOT_LISTED)), ..item }
    });
    paired.collect()
}

/// The answer of `problem.get`.
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
