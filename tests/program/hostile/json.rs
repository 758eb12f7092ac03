//! JSON that is deeply nested, truncated or of the wrong types.

use super::run::{Desk, SMALL_MEMORY_MIB};

const GOOD: &str =
    r#"{"service":"api","started_at":"2026-01-05T10:00:00Z","resolved_at":"2026-01-05T11:00:00Z"}"#;

#[test]
fn json_with_a_hundred_thousand_levels_is_refused() {
    for open in ["[", "{\"a\":"] {
        let desk = Desk::with("deep.json", open.repeat(100_000));
        let run = desk.availability("deep.json").within_mib(SMALL_MEMORY_MIB);
        run.refused(&["deep.json:1", "recursion limit"]);
    }
}

/// Three bytes of text become a hundred in memory.
#[test]
fn a_million_empty_objects_are_refused() {
    let desk = Desk::with("log.json", format!("[{}{{}}]", "{},".repeat(1_000_000)));
    desk.availability("log.json").within_mib(SMALL_MEMORY_MIB).refused(&["log.json:1", "too many values"]);
}

#[test]
fn truncated_json_is_refused_by_name() {
    let whole = format!("[\n{GOOD},\n{GOOD}\n]");
    for cut in (1..whole.len()).step_by(7) {
        Desk::with("cut.json", &whole[..cut]).availability("cut.json").refused(&["cut.json"]);
    }
}

#[test]
fn json_without_incidents_is_refused() {
    for text in ["[]", "{}", "{\"incidents\": []}", "[1, 2]", "[[]]", "[{}]"] {
        Desk::with("empty.json", text).availability("empty.json").refused(&["empty.json"]);
    }
}

/// An item that is not an object and an end that is present but unreadable must not be dropped silently.
#[test]
fn items_of_the_wrong_type_are_bad_rows() {
    let end = r#"{"service":"api","started_at":"2026-01-05T12:00:00Z","resolved_at":{"at":1}}"#;
    for wrong in ["5", "\"x\"", "null", "[]", "true", end] {
        let list = format!("[{GOOD},\n{wrong},\n{GOOD}]");
        let envelope = format!(r#"{{"page":[1,2,3,{{"of":4}}],"data":{{"incidents":{list}}}}}"#);
        for log in [list, envelope] {
            let desk = Desk::with("log.json", log);
            // The number counts items, not lines.
            desk.availability("log.json").refused(&["log.json: item 2: "]);
            let read = desk.availability("log.json --on-bad-row skip").json();
            assert_eq!(read["inputs"][0]["rows"], 3);
            let ledger = read["ledger"].to_string();
            assert!(ledger.contains("unparsable"), "{wrong}: {ledger}");
        }
    }
}

#[test]
fn numbers_are_accepted_as_names() {
    let log = r#"[{"service":7,"severity":2,"started_at":1767607200,"resolved_at":1767610800}]"#;
    let read = Desk::with("log.json", log).availability("log.json").json();
    assert_eq!(read["breakdowns"][0]["lines"][0]["name"], "7");
}

/// There is no telling which of the two values is meant, and the last one must not win silently.
#[test]
fn a_duplicate_key_is_refused_at_its_line() {
    let twice = GOOD.replace("\"started_at\"", "\"resolved_at\":\"2026-01-05T12:00:00Z\",\"started_at\"");
    let nested = GOOD.replace("\"api\"", r#"{"name":"api","name":"web"}"#);
    for wrong in [twice, nested] {
        for log in
            [format!("[{GOOD},\n{wrong},\n{GOOD}]"), format!("{{\"data\":{{\"incidents\":[\n{wrong}]}}}}")]
        {
            Desk::with("log.json", log)
                .availability("log.json --on-bad-row skip")
                .refused(&["log.json:2", "twice"]);
        }
        let desk = Desk::with("log.jsonl", format!("{GOOD}\n{wrong}\n{GOOD}\n"));
        desk.availability("log.jsonl").refused(&["log.jsonl:2", "twice"]);
        let read = desk.availability("log.jsonl --on-bad-row skip").json();
        assert_eq!(read["inputs"][0]["rows"], 3);
    }
    let lists = format!("{{\"incidents\":[{GOOD}],\n\"incidents\":[]}}");
    Desk::with("log.json", lists).availability("log.json").refused(&["log.json:2", "`incidents`", "twice"]);
}

#[test]
fn huge_numbers_for_times_are_refused() {
    for number in ["1e308", "99999999999999999999", "-1e18", "1e-300"] {
        let item = format!(r#"{{"service":"api","started_at":{number},"resolved_at":{number}}}"#);
        Desk::with("log.json", format!("[{GOOD},{item}]")).availability("log.json").refused(&["log.json"]);
    }
}

#[test]
fn one_bad_line_in_a_thousand_is_reported_and_can_be_skipped() {
    let mut lines = vec![GOOD; 1_000];
    lines[499] = "{\"service\":\"api\",";
    let desk = Desk::with("log.jsonl", lines.join("\n"));
    desk.availability("log.jsonl").refused(&["log.jsonl:500"]);
    let read = desk.availability("log.jsonl --on-bad-row skip").json();
    assert_eq!(read["inputs"][0]["rows"], 1_000);
}

#[test]
fn an_invalid_prometheus_matrix_is_refused() {
    let matrix = |result: &str| {
        format!(r#"{{"status":"success","data":{{"resultType":"matrix","result":{result}}}}}"#)
    };
    let garbage = [
        "\"x\"",
        "[]",
        "{}",
        "[1]",
        r#"[{"metric":{},"values":5}]"#,
        r#"[{"metric":5,"values":[[]]}]"#,
        r#"[{"metric":{"job":"a"},"values":[["x","y"]]}]"#,
        r#"[{"metric":{"job":"a"},"values":["x",5,null,{}]}]"#,
        r#"[{"metric":{"job":"a"},"values":[[1767607200,"banana"],[1767607260,{}]]}]"#,
    ];
    for result in garbage {
        Desk::with("matrix.json", matrix(result)).availability("matrix.json").refused(&["matrix.json"]);
    }
}

/// The objects of a log of more than a megabyte, of which the item 9,000 is `odd`.
fn long_list(odd: &str) -> Vec<String> {
    let object = |i: u32| {
        let (day, hour, minute) = (1 + i % 28, i / 28 % 24, i % 60);
        format!(
            r#"{{"service":"api \"{}\", [a]","started_at":"2026-01-{day:02}T{hour:02}:{minute:02}:00Z","resolved_at":"2026-01-{day:02}T{hour:02}:{minute:02}:30Z", "note": "{}"}}"#,
            i % 7,
            "x".repeat(90)
        )
    };
    (1..=12_000).map(|i| if i == 9_000 { odd.to_owned() } else { object(i) }).collect()
}

/// A long log is read in blocks, unless it is a document of another form: its figures are the same in any form.
#[test]
fn a_long_list_is_read_the_same_in_every_form() {
    let items = long_list(GOOD);
    let array = format!("[\n{}\n]\n", items.join(" ,\n  "));
    let forms = [
        ("lines.jsonl", items.join("\n")),
        ("list.json", array.clone()),
        (
            "envelope.json",
            format!("{{\"data\": {{\"page\": [1], \"incidents\": {array}}}, \"more\": [{{\"a\": 1}}]}}"),
        ),
    ];
    let figures = forms.map(|(name, text)| {
        let desk = Desk::with(name, text);
        let read = desk.availability(&format!("{name} --from 2026-01-01 --to 2026-02-01")).json();
        assert_eq!(read["inputs"][0]["rows"], 12_000, "{name}");
        (read["total"].clone(), read["breakdowns"].clone(), read["inputs"][0]["preset"].clone())
    });
    assert_eq!(figures[0], figures[1]);
    assert_eq!(figures[0], figures[2]);
}

#[test]
fn a_bad_item_far_into_a_long_list_is_refused_with_its_number() {
    for (odd, why) in [("5", "not an object"), ("{\"started_at\": \"2026-01-05\", }", "not JSON")] {
        let items = long_list(odd);
        let lines = Desk::with("log.jsonl", items.join("\n"));
        lines.availability("log.jsonl").refused(&["log.jsonl:9000", why]);
        let list = Desk::with("log.json", format!("[{}]", items.join(",")));
        list.availability("log.json").refused(&["log.json: item 9000: ", why]);
    }
    let cut = long_list(GOOD).join(",");
    for begun in ["[", "{\"incidents\": ["] {
        let desk = Desk::with("cut.json", format!("{begun}{cut}"));
        desk.availability("cut.json").refused(&["cut.json", "does not end"]);
    }
}

/// The first megabyte of a document decides how its long list is read; what follows must not contradict it.
#[test]
fn what_follows_a_long_list_does_not_change_how_it_is_read() {
    let list = long_list(GOOD).join(",");
    let named: String = long_list(GOOD).join(",").replace("\"service\"", "\"of\"");
    let padding = format!(", \"text\": \"{}\"}}", "x".repeat(1 << 20));
    for (after, why) in [
        (format!(", \"more\": [{GOOD}]}}"), "changes how the list is read"),
        (padding, "is longer than 1 MiB"),
        ("} {\"incidents\": []}".into(), "cannot be read: trailing characters"),
        (", \"incidents\": []}".into(), "the key `incidents` appears twice"),
        (", ".into(), "cannot be read: EOF"),
    ] {
        let desk = Desk::with("log.json", format!("{{\"incidents\": [{list}]{after}"));
        desk.availability("log.json").refused(&[
            "log.json",
            "what follows its list `incidents`",
            why,
            "jq -c '.incidents[]'",
        ]);
    }
    // A list that is named is read alone.
    let desk = Desk::with("log.json", format!("{{\"incidents\": [{list}], \"more\": [{GOOD}]}}"));
    let read = desk.availability("log.json --list incidents").json();
    assert_eq!(read["inputs"][0]["rows"], 12_000);
    assert!(
        read["inputs"][0]["notes"].to_string().contains("other lists of the document: `more` (1 objects)")
    );
    // What the list belongs to may name the service, before it or after it.
    for text in [
        format!("{{\"service\": \"api\", \"incidents\": [{named}]}}"),
        format!("{{\"incidents\": [{named}], \"service\": \"api\"}}"),
    ] {
        let read = Desk::with("log.json", text).availability("log.json --columns service=^.service").json();
        assert_eq!(read["breakdowns"][0]["lines"][0]["name"], "api");
    }
}

#[test]
fn memory_does_not_grow_with_the_bytes_of_a_long_list() {
    let list = vec![long_list(GOOD).join(","); 25].join(",");
    for text in [format!("[{list}]"), format!("{{\"page\": 1, \"incidents\": [{list}]}}")] {
        let desk = Desk::with("log.json", text);
        let run = desk.availability("log.json --from 2026-01-01 --to 2026-02-01 --on-bad-row skip");
        run.within_mib(300).fine();
    }
}

/// The samples of two services, of which one is down for ten minutes.
fn matrix(minutes: u32) -> String {
    let series = ["api", "web"].map(|job| {
        let values = (0..minutes).map(|minute| {
            let up = u8::from(job == "web" || !(100..110).contains(&minute));
            format!("[{},\"{up}\"]", 1_767_225_600 + 60 * u64::from(minute))
        });
        let values: Vec<String> = values.collect();
        format!("{{\"metric\":{{\"job\":\"{job}\"}},\"values\":[{}]}}", values.join(","))
    });
    format!(
        "{{\"status\":\"success\",\"data\":{{\"resultType\":\"matrix\",\"result\":[{}]}}}}",
        series.join(",")
    )
}

#[test]
fn memory_does_not_grow_with_the_samples_of_a_matrix_as_a_tree_would() {
    let desk = Desk::with("p.json", matrix(300_000));
    let read = desk.availability("p.json").within_mib(200).json();
    assert_eq!(read["inputs"][0]["rows"], 600_000);
    assert_eq!(read["total"]["downtime_s"], 600.0);
    // With a condition, it is read as a whole.
    let small = Desk::with("p.json", matrix(600));
    let whole = small.availability("p.json --where service=api").json();
    let parts = small.availability("p.json").json();
    assert_eq!(whole["breakdowns"][0]["lines"][0], parts["breakdowns"][0]["lines"][0]);
}
