//! The JSON Schemas of topologies and experiments accept the files that the readers accept, and reject
//! unknown keys and values of the wrong form.

use serde_json::{Value, json};
use steadfast::base::problem::Problems;
use steadfast::chaos::experiment::Experiment;
use steadfast::chaos::experiment_file::{EXPERIMENT, Outside, Source};
use steadfast::chaos::fault::FAULTS;
use steadfast::config::document::{Node, Reading, Syntax, Tree};
use steadfast::config::schema::{AnyKey, SchemaPart, WhenAbsent, parts, schema};
use steadfast::simulate::topology_file::{TOPOLOGY, read};

/// Validates `value` against `schema`. Returns `None` if it is valid, else the location and the reason.
/// Supports the JSON Schema keywords that the generated schemas use and panics on any other.
fn fault(schema: &Value, value: &Value, root: &Value, path: &str) -> Option<String> {
    for (word, rule) in schema.as_object().unwrap() {
        let wrong = match word.as_str() {
            "$schema" | "title" | "description" | "default" | "$defs" => None,
            "$ref" => {
                let pointer = rule.as_str().unwrap().strip_prefix('#').unwrap();
                fault(root.pointer(pointer).unwrap(), value, root, path)
            }
            "type" => (!is_of_type(value, rule)).then(|| format!("{path}: {value} is not of type {rule}")),
            "const" => (value != rule).then(|| format!("{path}: {value} is not {rule}")),
            "minimum" => breaks(value.as_f64(), |number| number < rule.as_f64().unwrap(), path, "too small"),
            "maximum" => breaks(value.as_f64(), |number| number > rule.as_f64().unwrap(), path, "too large"),
            "pattern" => {
                let pattern = regex_lite::Regex::new(rule.as_str().unwrap()).unwrap();
                breaks(value.as_str(), |text| !pattern.is_match(text), path, "does not match the pattern")
            }
            "anyOf" | "oneOf" => {
                let faults = rule.as_array().unwrap().iter().map(|one| fault(one, value, root, path));
                unless_alternative(faults, word == "oneOf", path)
            }
            "items" => each(value.as_array().into_iter().flatten().enumerate(), |(i, item)| {
                fault(rule, item, root, &format!("{path}/{i}"))
            }),
            "minItems" => breaks(
                value.as_array(),
                |list| (list.len() as u64) < rule.as_u64().unwrap(),
                path,
                "too short",
            ),
            "required" => each(rule.as_array().unwrap().iter(), |name| {
                let there = value.get(name.as_str().unwrap());
                (value.is_object() && there.is_none()).then(|| format!("{path}: {name} is missing"))
            }),
            "minProperties" => {
                breaks(value.as_object(), |map| (map.len() as u64) < rule.as_u64().unwrap(), path, "too few")
            }
            "maxProperties" => {
                breaks(value.as_object(), |map| (map.len() as u64) > rule.as_u64().unwrap(), path, "too many")
            }
            "properties" => each(value.as_object().into_iter().flatten(), |(name, value)| {
                fault(rule.get(name)?, value, root, &format!("{path}/{name}"))
            }),
            "additionalProperties" => each(value.as_object().into_iter().flatten(), |(name, value)| {
                match schema.get("properties").and_then(|known| known.get(name)) {
                    Some(_) => None,
                    None if rule == &json!(false) => Some(format!("{path}: unknown key {name}")),
                    None => fault(rule, value, root, &format!("{path}/{name}")),
                }
            }),
            other => panic!("this test does not support {other}"),
        };
        if wrong.is_some() {
            return wrong;
        }
    }
    None
}

/// Returns why none of the alternatives holds, or that more than one does if only one may.
fn unless_alternative(
    alternatives: impl ExactSizeIterator<Item = Option<String>>,
    only_one: bool,
    path: &str,
) -> Option<String> {
    let all = alternatives.len();
    let faults: Vec<String> = alternatives.flatten().collect();
    match all - faults.len() {
        0 => Some(faults.join("; ")),
        1 => None,
        _ => only_one.then(|| format!("{path}: too many")),
    }
}

fn breaks<T>(value: Option<T>, is_wrong: impl Fn(T) -> bool, path: &str, why: &str) -> Option<String> {
    value.is_some_and(is_wrong).then(|| format!("{path}: {why}"))
}

fn each<T>(items: impl Iterator<Item = T>, fault: impl FnMut(T) -> Option<String>) -> Option<String> {
    let mut items = items;
    items.find_map(fault)
}

fn is_of_type(value: &Value, types: &Value) -> bool {
    let is = |name: &str| match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        other => panic!("this test does not support {other}"),
    };
    match types {
        Value::String(name) => is(name),
        names => names.as_array().unwrap().iter().any(|name| is(name.as_str().unwrap())),
    }
}

/// Converts a node to JSON, as an editor sees the file.
fn value(node: Node<'_>) -> Value {
    if let Some(entries) = node.entries() {
        let entry = |(key, value_): (Node<'_>, Node<'_>)| (key.text().unwrap().to_owned(), value(value_));
        return Value::Object(entries.map(entry).collect());
    }
    if let Some(items) = node.items() {
        return items.map(value).collect();
    }
    let text = node.text().unwrap();
    match text {
        "true" | "false" => json!(text == "true"),
        _ if node.what() != "a number" => json!(text),
        _ => match text.parse::<i64>() {
            Ok(whole) => json!(whole),
            Err(_) => json!(text.parse::<f64>().unwrap()),
        },
    }
}

fn of_topology(text: &str) -> Option<String> {
    let schema = schema(&TOPOLOGY);
    let tree = Tree::parse("t.yaml", text, Syntax::Yaml).unwrap();
    fault(&schema, &value(tree.root()), &schema, "")
}

#[track_caller]
fn assert_valid_topology(text: &str) {
    let read = read("t.yaml", text, &[], &|_| Ok(b"a\n1s\n".to_vec()));
    assert!(read.is_ok(), "{}", read.unwrap_err());
    assert_eq!(of_topology(text), None, "{text}");
}

#[test]
fn the_topology_of_the_docs_is_valid() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/topology.md")).unwrap();
    for block in page.split("```yaml\n").skip(1) {
        assert_valid_topology(block.split("```").next().unwrap());
    }
}

/// Places every example of every family where it is allowed.
#[test]
fn every_example_of_every_family_is_valid_and_read() {
    let mut count = 0;
    for part in parts(&TOPOLOGY) {
        let SchemaPart::Family(family) = part else { continue };
        for member in (family.members)() {
            let example = member.example;
            let text = match family.name {
                "distribution" => {
                    format!("components: {{ a: {{ mtbf: 1y, repair: {example} }} }}\nsystem: a\n")
                }
                "detection" => format!(
                    "components: {{ a: {{ mtbf: 1y, mttr: 1h, detection: {example} }} }}\nsystem: a\n"
                ),
                "block" => {
                    let names = ["edge", "app", "store"];
                    let parts: Vec<String> = ["lb", "web", "db"]
                        .iter()
                        .chain(&names)
                        .map(|name| format!("{name}: {{ count: 4, mtbf: 1y, mttr: 1h }}"))
                        .collect();
                    format!("components: {{ {} }}\nsystem: {example}\n", parts.join(", "))
                }
                _ => continue,
            };
            assert_valid_topology(&text);
            count += 1;
        }
    }
    assert!(count > 12, "{count}");
}

#[test]
fn every_key_of_a_topology_is_valid_in_all_its_forms() {
    for keys in [
        "count: 2, mtbf: 1h 30m, mttr: 250ms",
        "failure: { weibull: { shape: 1.5, scale: 3000h } }, repair: never",
        "failure: { empirical: { csv: a.csv, column: a } }, repair: 30s",
        "failure: { bathtub: [{ from: 0s, rate: 6/y }, { from: 30d, rate: 0.5/y }] }, mttr: 1h",
        "mtbf: 1y, mttr: 1h, detection: { passive: { rate: 50/s, failures: 5 } }",
        "mtbf: 1y, mttr: 1h, restart: { success: 80%, attempt: 20s, backoff: 10s, factor: 2, limit: 5 }, repair_effect: as_old",
        "mtbf: 1y, mttr: 1h, repair_effect: { age_factor: 0.5 }, replacement: { age: 3y, duration: 4h }",
        "mtbf: 1y, mttr: 1h, inspection: { every: 30d }, maintenance: { every: 90d, duration: 1h, renews: true }",
    ] {
        assert_valid_topology(&format!("components: {{ a: {{ {keys} }} }}\nsystem: a\n"));
    }
    for keys in [
        "start: stationary, suspend: true, name: shop, horizon: 2y",
        "objectives: { availability: 99.95%, reliability: 99%, mission: 30d }",
        "crews: { c: { serves: [a], discipline: preemptive_priority } }",
        "common_causes: { x: { beta: 10%, of: [a] }, y: { arrival: 1y, takes_down: [a], probability: 0.5 } }",
    ] {
        assert_valid_topology(&format!(
            "{{ components: {{ a: {{ mtbf: 1y, mttr: 1h }} }}, system: {{ series: [a] }}, {keys} }}"
        ));
    }
}

#[test]
fn unknown_keys_and_wrong_forms_in_a_topology_are_invalid() {
    for (keys, wrong) in [
        ("mtbf: 9h, mttr: 1h, detecton: 5s", "unknown key detecton"),
        ("mtbf: 9, mttr: 1h", "/components/a/mtbf"),
        ("mtbf: 9 parsecs, mttr: 1h", "/components/a/mtbf"),
        ("count: 0, mtbf: 9h, mttr: 1h", "too small"),
        ("unavailability: 2", "too large"),
        ("mtbf: 9h, mttr: 1h, restart: { limit: 2 }", "\"success\" is missing"),
        ("failure: { weibul: { shape: 1 } }, mttr: 1h", "unknown key weibul"),
        ("failure: { fixed: 1h, gamma: { mean: 1h, cv: 1 } }, mttr: 1h", "too many"),
        ("mtbf: 9h, mttr: 1h, repair_effect: as_good", "as_good"),
    ] {
        let text = format!("components: {{ a: {{ {keys} }} }}\nsystem: a\n");
        let found = of_topology(&text).unwrap_or_else(|| panic!("valid: {text}"));
        assert!(found.contains(wrong), "{found}");
        assert!(read("t.yaml", &text, &[], &|_| Err(String::new())).is_err());
    }
    assert!(of_topology("components: {}\n").unwrap().contains("\"system\" is missing"));
}

/// The default of a key is a value of the program, and the documented text is made from it. Read from a file, that
/// text gives the same value.
#[test]
fn every_documented_default_is_the_one_used() {
    let mut count = 0;
    let mut check = |key: &dyn AnyKey| {
        let WhenAbsent::Value(text) = key.when_absent() else { return };
        let tree = Tree::parse("default.yaml", &text, Syntax::Yaml).unwrap();
        let mut reading = Reading::new(&|path| Err(path.to_owned()));
        let read = key.read_back(tree.root(), &mut reading);
        assert_eq!(read.as_deref(), Some(text.as_str()), "{}: {}", key.name(), reading.problems);
        count += 1;
    };
    for part in parts(&TOPOLOGY).into_iter().chain(parts(&EXPERIMENT)) {
        let keys = match part {
            SchemaPart::Record(record) => record.keys,
            SchemaPart::Family(family) => family.beside,
        };
        for key in keys {
            check(*key);
        }
    }
    assert!(count > 40, "{count}");
}

fn of_experiment(file: &str, text: &str) -> Option<String> {
    let schema = schema(&EXPERIMENT);
    let tree = Tree::parse(file, text, Syntax::of(file)).unwrap();
    fault(&schema, &value(tree.root()), &schema, "")
}

fn read_experiment(file: &str, text: &str) -> Result<Experiment, Problems> {
    let source = Source { file, text, ..Source::default() };
    let outside = Outside {
        folder: std::path::Path::new(""),
        load: &|name| {
            let there = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/chaos/");
            Ok(std::fs::read(format!("{there}{name}")).unwrap_or(b"id,name\n1,ann\n".to_vec()))
        },
        variable: &|_| Some("x".to_owned()),
    };
    steadfast::chaos::experiment_file::read(&source, &outside)
}

#[track_caller]
fn assert_valid_experiment(file: &str, text: &str) {
    let read = read_experiment(file, text);
    assert!(read.is_ok(), "{text}\n{}", read.unwrap_err());
    assert_eq!(of_experiment(file, text), None, "{text}");
}

/// Returns an experiment with a valid target, a valid fault and `more`.
fn experiment_with(more: &str) -> String {
    format!("{{ target: \"https://a/\", faults: [{{ http_delay: 1ms }}], {more} }}")
}

#[test]
fn the_experiments_of_the_docs_are_valid() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/docs");
    let pages = std::fs::read_dir(folder).unwrap().flatten().map(|page| page.path());
    let readme = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md").into();
    let mut count = 0;
    for page in
        pages.chain([readme]).filter(|page| page.extension().is_some_and(|extension| extension == "md"))
    {
        let text = std::fs::read_to_string(page).unwrap();
        for block in text.split("```yaml\n").skip(1) {
            let block = block.split("```").next().unwrap();
            if block.lines().any(|line| line.starts_with("target:")) {
                assert_valid_experiment("e.yaml", block);
                count += 1;
            }
        }
    }
    assert!(count > 0);
}

#[test]
fn the_experiments_of_the_scenarios_are_valid() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios/chaos");
    let mut waiting = vec![std::path::PathBuf::from(folder)];
    let mut count = 0;
    while let Some(path) = waiting.pop() {
        if let Ok(entries) = std::fs::read_dir(&path) {
            waiting.extend(entries.flatten().map(|entry| entry.path()));
            continue;
        }
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let is_file = [".yaml", ".toml", ".json"].iter().any(|end| name.ends_with(end));
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        // The expectations of a scenario are in the same folder and are not experiments.
        if is_file && !name.starts_with("expected") && text.contains("target") {
            assert_valid_experiment(name, &text);
            count += 1;
        }
    }
    eprintln!("{count} experiments");
}

#[test]
fn the_example_of_every_fault_is_valid_and_read() {
    for fault in FAULTS {
        let text = format!("target: http://a/\nfaults:\n  - {}\n", fault.example);
        assert_valid_experiment("e.yaml", &text);
    }
}

#[test]
fn every_key_of_an_experiment_is_valid_in_all_its_forms() {
    for more in [
        "name: shop, http: 2, window: 500ms, max_duration: 2h",
        "tls: { ca_file: ca.pem, client_cert: c.pem, client_key: k.pem, server_name: a.test }",
        "load: { rate: 50/s, timeout: 2s, max_in_flight: 10, on_saturation: queue }",
        "load: { stages: [{ rate: 10/s, to: 50/s, for: 10s }, { rate: 50/s, for: 1m }] }",
        "load: { workers: 3, data: users.csv, headers: { a: \"${B}\" } }",
        "load: { data: users.csv, requests: [{ weight: 0.5, method: POST, path: \"/{{id}}\", headers: { a: b }, body: \"{{name}}\" }, { body_file: b }] }",
        "load: { requests: [{ expect: { status: \"200-299, 404\", headers: { a: \"*\" }, body_contains: ok, json: { /n: 1, /s: up } } }] }",
        "steady_state: { success: \">= 99.5%\", p99: \"<= 2x baseline\", max: \"<= baseline + 1s\" }",
        "phases: { warm_up: 0s, baseline: 20s, fault: 1m 30s, recovery: 60s }",
        "proxies: { db: { listen: 5433, upstream: \"db:5432\", protocol: http } }",
        "expect: { during_fault: { success: \">= 90%\" }, after: { p50: \"< 1s\" }, detect_within: 1s, failover_within: 2s, recover_within: 3s }",
        "proxies: { api: { listen: 5433, upstream: \"api:80\", protocol: http } }, expect: { relapses: 0, budget_burnt: 5%, retry_amplification: 2, overshoot: 1.5 }, slo: { objective: 99.9%, window: 7d }",
        "judge: { hold: 3s, ratio: 2, floor: 5ms, success_margin: 2%, min_hits: 10, stalled_max: 0.2 }",
        "abort_when: { success: \"< 20%\", for: 5s }",
        "abort_when: [{ p99: \"> 3x baseline\" }, { goodput: \"< 50%\" }]",
        "kill_switch: { file: stop }",
        "kill_switch: { url: \"http://a/\" }",
    ] {
        assert_valid_experiment("e.yaml", &experiment_with(more));
    }
    for fault in [
        "http_status: { status: 503 }, probability: 10%, every: 2, first: 5, match: { method: GET, path: /a/**, headers: { a: \"*\" } }",
        "latency: 5ms, proxy: load, direction: upstream",
    ] {
        assert_valid_experiment("e.yaml", &format!("target: http://a/\nfaults: [{{ {fault} }}]\n"));
    }
}

#[test]
fn unknown_keys_and_wrong_forms_in_an_experiment_are_invalid() {
    for (more, wrong) in [
        ("widnow: 1s", "unknown key widnow"),
        ("http: 3", "/http"),
        ("load: { rate: 5 }", "/load/rate"),
        ("load: { rate: 5/s, timout: 1s }", "unknown key timout"),
        ("load: { workers: 0 }", "too small"),
        ("phases: { fault: 9 parsecs }", "/phases/fault"),
        ("proxies: { db: { listen: 1 } }", "\"upstream\" is missing"),
        ("slo: {}", "\"objective\" is missing"),
        ("judge: { stalled_max: 2 }", "too large"),
        ("abort_when: [{ fro: 1s }]", "unknown key fro"),
    ] {
        let text = experiment_with(more);
        let found = of_experiment("e.yaml", &text).unwrap_or_else(|| panic!("valid: {text}"));
        assert!(found.contains(wrong), "{found}");
        assert!(read_experiment("e.yaml", &text).is_err());
    }
    for (fault, wrong) in [
        ("latenzy: 5ms", "unknown key latenzy"),
        ("latency: 5ms, evry: 1", "unknown key evry"),
        ("latency: 5ms, reset: {}", "too many"),
        ("latency: 5ms, probability: 2", "too large"),
    ] {
        let text = format!("target: http://a/\nfaults: [{{ {fault} }}]\n");
        let found = of_experiment("e.yaml", &text).unwrap_or_else(|| panic!("valid: {text}"));
        assert!(found.contains(wrong), "{found}");
        assert!(read_experiment("e.yaml", &text).is_err());
    }
}
