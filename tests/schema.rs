//! The JSON Schema of topology files takes what the reader takes, and refuses wrong keys and forms.

use serde_json::{Value, json};
use steadfast::base::describe::{Part, parts, schema};
use steadfast::base::tree::{Node, Syntax, Tree};
use steadfast::simulate::file::{TOPOLOGY, read};

/// What a validator would say: `None`, or where and why not. It knows the words of JSON Schema that the schema uses, and fails on
/// any other.
fn fault(schema: &Value, value: &Value, root: &Value, path: &str) -> Option<String> {
    for (word, rule) in schema.as_object().unwrap() {
        let wrong = match word.as_str() {
            "$schema" | "title" | "description" | "default" | "$defs" => None,
            "$ref" => {
                let pointer = rule.as_str().unwrap().strip_prefix('#').unwrap();
                fault(root.pointer(pointer).unwrap(), value, root, path)
            }
            "type" => (!is_of_type(value, rule)).then(|| format!("{path}: {value} is no {rule}")),
            "const" => (value != rule).then(|| format!("{path}: {value} is not {rule}")),
            "minimum" => breaks(
                value.as_f64(),
                |number| number < rule.as_f64().unwrap(),
                path,
                "too small",
            ),
            "maximum" => breaks(
                value.as_f64(),
                |number| number > rule.as_f64().unwrap(),
                path,
                "too large",
            ),
            "pattern" => {
                let pattern = regex_lite::Regex::new(rule.as_str().unwrap()).unwrap();
                breaks(
                    value.as_str(),
                    |text| !pattern.is_match(text),
                    path,
                    "of another form",
                )
            }
            "anyOf" | "oneOf" => {
                let faults: Option<Vec<String>> = rule
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|one| fault(one, value, root, path))
                    .collect();
                faults.map(|faults| faults.join("; "))
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
            "minProperties" => breaks(
                value.as_object(),
                |map| (map.len() as u64) < rule.as_u64().unwrap(),
                path,
                "too few",
            ),
            "maxProperties" => breaks(
                value.as_object(),
                |map| (map.len() as u64) > rule.as_u64().unwrap(),
                path,
                "too many",
            ),
            "properties" => each(value.as_object().into_iter().flatten(), |(name, value)| {
                fault(rule.get(name)?, value, root, &format!("{path}/{name}"))
            }),
            "additionalProperties" => {
                each(
                    value.as_object().into_iter().flatten(),
                    |(name, value)| match schema.get("properties").and_then(|known| known.get(name)) {
                        Some(_) => None,
                        None if rule == &json!(false) => Some(format!("{path}: unknown key {name}")),
                        None => fault(rule, value, root, &format!("{path}/{name}")),
                    },
                )
            }
            other => panic!("{other} is not known to this test"),
        };
        if wrong.is_some() {
            return wrong;
        }
    }
    None
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
        other => panic!("{other} is not known to this test"),
    };
    match types {
        Value::String(name) => is(name),
        names => names
            .as_array()
            .unwrap()
            .iter()
            .any(|name| is(name.as_str().unwrap())),
    }
}

/// A file as an editor sees it.
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
fn assert_sound(text: &str) {
    let read = read("t.yaml", text, &[], &|_| Ok("a\n1s\n".to_owned()));
    assert!(read.is_ok(), "{}", read.unwrap_err());
    assert_eq!(of_topology(text), None, "{text}");
}

#[test]
fn the_topology_of_the_docs_is_valid() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/topology.md")).unwrap();
    for block in page.split("```yaml\n").skip(1) {
        assert_sound(block.split("```").next().unwrap());
    }
}

/// Every example of every family, where it can stand.
#[test]
fn every_example_of_every_family_is_valid_and_read() {
    let mut count = 0;
    for part in parts(&TOPOLOGY) {
        let Part::Family(family) = part else { continue };
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
            assert_sound(&text);
            count += 1;
        }
    }
    assert!(count > 12, "{count}");
}

#[test]
fn every_key_is_valid_in_all_its_forms() {
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
        assert_sound(&format!("components: {{ a: {{ {keys} }} }}\nsystem: a\n"));
    }
    for keys in [
        "start: stationary, suspend: true, name: shop, horizon: 2y",
        "objectives: { availability: 99.95, reliability: 99%, mission: 30d }",
        "crews: { c: { serves: [a], discipline: preemptive_priority } }",
        "common_causes: { x: { beta: 10%, of: [a] }, y: { arrival: 1y, takes_down: [a], probability: 0.5 } }",
    ] {
        assert_sound(&format!(
            "{{ components: {{ a: {{ mtbf: 1y, mttr: 1h }} }}, system: {{ series: [a] }}, {keys} }}"
        ));
    }
}

#[test]
fn wrong_keys_and_forms_are_not_valid() {
    for (keys, wrong) in [
        ("mtbf: 9h, mttr: 1h, detecton: 5s", "unknown key detecton"),
        ("mtbf: 9, mttr: 1h", "/components/a/mtbf"),
        ("mtbf: 9 parsecs, mttr: 1h", "/components/a/mtbf"),
        ("count: 0, mtbf: 9h, mttr: 1h", "too small"),
        ("unavailability: 2", "too large"),
        (
            "mtbf: 9h, mttr: 1h, restart: { limit: 2 }",
            "\"success\" is missing",
        ),
        (
            "failure: { weibul: { shape: 1 } }, mttr: 1h",
            "unknown key weibul",
        ),
        (
            "failure: { fixed: 1h, gamma: { mean: 1h, cv: 1 } }, mttr: 1h",
            "too many",
        ),
        ("mtbf: 9h, mttr: 1h, repair_effect: as_good", "as_good"),
    ] {
        let text = format!("components: {{ a: {{ {keys} }} }}\nsystem: a\n");
        let found = of_topology(&text).unwrap_or_else(|| panic!("valid: {text}"));
        assert!(found.contains(wrong), "{found}");
        assert!(read("t.yaml", &text, &[], &|_| Err(String::new())).is_err());
    }
    assert!(
        of_topology("components: {}\n")
            .unwrap()
            .contains("\"system\" is missing")
    );
}
