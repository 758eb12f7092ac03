//! Invalid experiments: each error names the problem, its place and the way out, and all problems of a
//! file are reported together.

use crate::hostile::mutation::mutated;
use proptest::prelude::*;
use steadfast::base::problem::Problems;
use steadfast::chaos::experiment::Experiment;
use steadfast::chaos::experiment_file::{Outside, Source, read};

fn files(path: &str) -> Result<Vec<u8>, String> {
    match path {
        "users.csv" => Ok("name,id\nann,1\nbob,2\n".into()),
        "empty.csv" => Ok("name\n".into()),
        "ragged.csv" => Ok("name,id\nann\n".into()),
        _ => Err(format!("{path}: no such file")),
    }
}

fn variable(name: &str) -> Option<String> {
    match name {
        "TOKEN" => Some("s3cret".to_owned()),
        "LINES" => Some("s3cret\ns3cret".to_owned()),
        _ => None,
    }
}

fn parse_as(file: &str, text: &str) -> Result<Experiment, Problems> {
    let source = Source { file, text, ..Source::default() };
    let outside = Outside { folder: std::path::Path::new(""), load: &files, variable: &variable };
    read(&source, &outside)
}

fn parse(text: &str) -> Result<Experiment, Problems> {
    parse_as("e.yaml", text)
}

/// The problems as `line:column message | label | notes and helps`.
fn wrong(text: &str) -> Vec<String> {
    let Err(problems) = parse(text) else { panic!("it was read:\n{text}") };
    problems.0.iter().map(crate::hostile::line).collect()
}

/// A valid target and a valid fault; `more` follows on line 3.
fn with(more: &str) -> String {
    format!("target: http://127.0.0.1:1/\nfaults: [{{ latency: 1ms }}]\n{more}\n")
}

#[track_caller]
fn assert_wrong(text: &str, expected: &[&str]) {
    assert_eq!(wrong(text), expected, "{text}");
}

#[track_caller]
fn assert_each_wrong(cases: &[(&str, &[&str])]) {
    for (more, expected) in cases {
        assert_wrong(&with(more), expected);
    }
}

#[test]
fn a_text_that_is_not_an_experiment_is_rejected() {
    let deep = "[".repeat(1 << 20);
    for text in
        ["", "~", "[]", "x", "- a", "{", "a: b: c", "\u{0}", "%", "a: &x [*x]", "a: *y", "\t- x", &deep]
    {
        for file in ["e.yaml", "e.json", "e.toml", "e", "<stdin>"] {
            let problems = parse_as(file, text).unwrap_err();
            let shown = problems.to_string();
            assert!(!problems.0.is_empty() && shown.contains(file), "{file} {shown}");
            assert!(shown.len() < 10_000, "{} bytes", shown.len());
        }
    }
}

#[test]
fn all_problems_are_reported_at_once() {
    assert_wrong(
        "\
tagret: http://127.0.0.1:1/
http: 3
load: { rate: 5, timeout: 0s, headers: { a b: x, c: '${NONE}' }, requests: [{ weight: -1, path: x }, { method: CONNECT, body: a, body_file: b }] }
steady_state: { p98: \"<= 1s\" }
phases: { fault: -1s }
proxies: { db: { listen: 70000, upstream: x }, load: { listen: 1, upstream: \"a:1\" } }
faults:
  - { latency: 5, probability: 2, evry: 3, proxy: db }
  - { latenzy: 5ms }
  - { http_delay: 1ms, direction: both, proxy: bd }
expect: { relapses: -1 }
judge: { ratio: 0.5 }
slo: { objective: 100% }
abort_when: { for: 1s }
kill_switch: {}
",
        &[
            "1:1 unknown key `tagret` | did you mean `target`?",
            "1:1 `target` is missing: the URL to send the load to | write `target: http://127.0.0.1:8080/`, or use `--target URL`",
            "2:7 `3` is not one of 1.1, 2",
            "3:15 `5` is not a rate such as 50/s, 3/min, 10/h or 2/d",
            "3:27 a duration above zero is expected",
            "3:42 `a b` is not the name of a header",
            "3:53 `NONE` is not set in the environment | set it where `steadfast` is started: `export NONE=…`",
            "3:87 a weight must not be negative",
            "3:97 `x` is not a path such as `/items?id=1`",
            "3:112 `CONNECT` is not a method that can be sent",
            "3:141 only one of `body` and `body_file` can be given",
            "4:17 unknown key `p98` | did you mean `p90`?",
            "5:18 `-1s` is negative; a duration must not be negative",
            "6:26 `70000` is not a host with a port, such as `127.0.0.1:5432`",
            "6:43 `x` is not a host with a port, such as `127.0.0.1:5432`",
            "6:48 `load` is the name of the proxy in front of the target: choose another name",
            "8:16 `5` has no unit: write 5ms, 5s, 5m, 5h or 5d",
            "8:32 `2` is not between 0 and 1",
            "8:35 unknown key `evry` | did you mean `every`?",
            "9:7 unknown fault `latenzy` | did you mean `latency`?",
            "10:24 `http_delay` has no direction: it acts on responses",
            "10:48 there is no proxy `bd` | name one of `proxies`, or `load`",
            "11:21 a whole number from 0 up is expected, not `-1`",
            "12:17 a number of at least 1 is expected",
            "13:19 an objective of 100% leaves no error budget",
            r#"14:13 no condition is given: write `{ success: "< 20%", for: 5s }`"#,
            "15:14 either `file` or `url` is expected | write `{ file: stop }`",
        ],
    );
}

#[test]
fn invalid_targets_are_rejected() {
    for (url, expected) in [
        ("ftp://a/", "the URL must start with `http://` or `https://`"),
        ("127.0.0.1:80", "the URL must start with `http://` or `https://`"),
        ("/x", "the URL must start with `http://` or `https://`"),
        ("http://", "this is not a URL: empty string"),
        ("\"http://a b/\"", "this is not a URL: invalid uri character"),
        ("\"http://[::1\"", "this is not a URL: invalid authority"),
        ("http://:80/", "the URL has no host"),
        ("http://a:99999/", "the port of a URL must be a number from 1 to 65535"),
        ("http://a:0/", "the port of a URL must be a number from 1 to 65535"),
        ("\"http://[::1]:x/\"", "the port of a URL must be a number from 1 to 65535"),
        (
            "http://u:p@a/",
            "the URL contains a user or a password, which would be printed: use a header instead",
        ),
        ("[]", "a text is expected, not a list"),
    ] {
        assert_wrong(
            &format!("target: {url}\nfaults: [{{ latency: 1ms }}]\n"),
            &[&format!("1:9 {expected}")],
        );
    }
}

#[test]
fn an_invalid_load_is_rejected() {
    assert_each_wrong(&[
        ("load: 5", &["3:7 a map is expected, not `5`"]),
        ("load: { rate: 5 }", &["3:15 `5` is not a rate such as 50/s, 3/min, 10/h or 2/d"]),
        ("load: { rate: 0/s }", &["3:15 `0/s` is not a rate above zero"]),
        ("load: { rate: -5/s }", &["3:15 `-5/s` is not a rate above zero"]),
        ("load: { rate: NaN/s }", &["3:15 `NaN/s` is not a rate above zero"]),
        ("load: { rate: 2000000/s }", &["3:15 the highest rate is 1,000,000 requests per second"]),
        (
            "load: { rate: 5/s, workers: 3 }",
            &["3:29 only one of `rate`, `stages` and `workers` can be given"],
        ),
        ("load: { workers: 0 }", &["3:18 a whole number from 1 to 100000 is expected, not `0`"]),
        ("load: { workers: 1.5 }", &["3:18 a whole number from 1 to 100000 is expected, not `1.5`"]),
        ("load: { stages: [] }", &["3:17 the list is empty: a load needs at least one stage"]),
        (
            "load: { stages: [{ rate: 5, for: 1s }, { rate: 5/s }, { rate: 5/s, for: 0s, to: x }] }",
            &[
                "3:26 `5` is not a rate such as 50/s, 3/min, 10/h or 2/d",
                "3:40 `for` is missing",
                "3:73 a duration above zero is expected",
                "3:81 `x` is not a rate such as 50/s, 3/min, 10/h or 2/d",
            ],
        ),
        ("load: { timeout: 0s }", &["3:18 a duration above zero is expected"]),
        (
            "load: { timeout: 2 parsecs }",
            &["3:18 `parsecs` in `2 parsecs` is not a unit of time: y, w, d, h, m, s, ms or us"],
        ),
        (
            "load: { timeout: 99999999999999999999999999999999y }",
            &[
                "3:7 the phases and the waits for requests, at most 584542046091y, take 584542046091y, longer than `max_duration`, 1h | shorten `load.timeout`, or set `max_duration`",
            ],
        ),
        (
            "load: { timeout: 2h }",
            &[
                "3:7 the phases and the waits for requests, at most 4h, take 4h 2m, longer than `max_duration`, 1h | shorten `load.timeout`, or set `max_duration`",
            ],
        ),
        ("load: { max_in_flight: 0 }", &["3:24 a whole number from 1 to 1000000 is expected, not `0`"]),
        (
            "load: { on_saturation: dorp }",
            &["3:24 `dorp` is not one of drop, queue, abort | did you mean `drop`?"],
        ),
        ("load: { data: none.csv }", &["3:15 none.csv: no such file"]),
        ("load: { data: empty.csv }", &["3:15 empty.csv has no rows"]),
        (
            "load: { data: ragged.csv }",
            &[
                "3:15 CSV error: record 1 (line: 2, byte: 8): found record with 1 fields, but the previous record has 2 fields",
            ],
        ),
    ]);
}

#[test]
fn invalid_requests_are_rejected() {
    assert_each_wrong(&[
        ("load: { requests: [] }", &["3:19 the list is empty: nothing would be sent"]),
        ("load: { requests: { path: / } }", &["3:19 a list of requests is expected, not a map"]),
        (
            "load: { requests: [{ weight: -1, method: CONNECT, path: x, body: a, body_file: b, expect: { status: 99 } }] }",
            &[
                "3:30 a weight must not be negative",
                "3:42 `CONNECT` is not a method that can be sent",
                "3:57 `x` is not a path such as `/items?id=1`",
                "3:80 only one of `body` and `body_file` can be given",
                "3:101 `99` is not a list of statuses such as `200-299, 404`",
            ],
        ),
        ("load: { requests: [{ weight: 0 }] }", &["3:19 all weights are zero: nothing would be sent"]),
        ("load: { requests: [{ weight: .nan }] }", &["3:30 `.nan` is not a number"]),
        (
            r#"load: { requests: [{ path: "/{{id}}" }] }"#,
            &[
                "3:28 `{{id}}` refers to a column of `data`, but no data file is given | name a CSV file with a header row: `data: users.csv`",
            ],
        ),
        (
            r#"load: { data: users.csv, requests: [{ path: "/{{ip}}" }] }"#,
            &["3:45 `data` has no column `ip` | its columns are name, id"],
        ),
        ("load: { requests: [{ body_file: none.json }] }", &["3:33 none.json: no such file"]),
        (
            "load: { requests: [{ expect: { status: 200-100 } }, { expect: { status: [200] } }, { expect: { json: { a: 1 } } }] }",
            &[
                "3:40 `200-100` is not a list of statuses such as `200-299, 404`",
                "3:73 a text is expected, not a list",
                "3:104 a JSON pointer must start with `/`, such as `/status`",
            ],
        ),
        (r#"load: { headers: { "a b": x } }"#, &["3:20 `a b` is not the name of a header"]),
        (
            r#"load: { headers: { a: "${NONE}" } }"#,
            &[
                "3:23 `NONE` is not set in the environment | set it where `steadfast` is started: `export NONE=…`",
            ],
        ),
        (r#"load: { headers: { a: "${TOKEN" } }"#, &["3:23 `${` without a closing `}` | write `${NAME}`"]),
        (
            r#"load: { headers: { a: "${LINES}" } }"#,
            &["3:23 a header's value is one line of visible characters"],
        ),
        ("load: { headers: [] }", &["3:18 a map of headers is expected, not a list"]),
    ]);
}

#[test]
fn invalid_conditions_and_parameters_of_the_verdict_are_rejected() {
    assert_each_wrong(&[
        (r#"steady_state: { p98: "<= 1s" }"#, &["3:17 unknown key `p98` | did you mean `p90`?"]),
        (
            "steady_state: { success: 99% }",
            &[r#"3:26 `99%` does not start with `>=`, `<=`, `>` or `<` | write `success: ">= 99.5%"`"#],
        ),
        (
            r#"steady_state: { success: ">= 101%" }"#,
            &[r#"3:26 `101%` is not between 0% and 100% | write `success: ">= 99.5%"`"#],
        ),
        (
            r#"steady_state: { success: ">= 1s" }"#,
            &[r#"3:26 `1s` is not a share such as 99.9% or 0.999 | write `success: ">= 99.5%"`"#],
        ),
        (
            r#"steady_state: { p99: "<= 5" }"#,
            &[r#"3:22 `5` has no unit: write 5ms, 5s, 5m, 5h or 5d | write `p99: "<= 400ms"`"#],
        ),
        (
            r#"steady_state: { p99: "<= NaN" }"#,
            &[r#"3:22 `NaN` is not a duration such as 90s or 1h 30m | write `p99: "<= 400ms"`"#],
        ),
        (
            r#"steady_state: { p99: "<= x baseline" }"#,
            &[
                r#"3:22 `x baseline` is not a bound such as `2x baseline` or `baseline + 50ms` | write `p99: "<= 400ms"`"#,
            ],
        ),
        ("steady_state: { p99: [] }", &["3:22 a text is expected, not a list"]),
        ("expect: { relapses: -1 }", &["3:21 a whole number from 0 up is expected, not `-1`"]),
        ("expect: { relapses: 0.5 }", &["3:21 a whole number from 0 up is expected, not `0.5`"]),
        ("expect: { recover_within: soon }", &["3:27 `soon` is not a duration such as 90s or 1h 30m"]),
        ("expect: { budget_burnt: 2 }", &["3:25 `2` is not between 0 and 1"]),
        ("expect: { overshoot: .inf }", &["3:22 `.inf` is not a number"]),
        (r#"expect: { during_fault: ">= 90%" }"#, &["3:25 a map is expected, not `>= 90%`"]),
        ("judge: { ratio: 0.5 }", &["3:17 a number of at least 1 is expected"]),
        ("judge: { hold: 0s }", &["3:16 a duration above zero is expected"]),
        ("judge: { success_margin: -1% }", &["3:26 `-1%` is not between 0 and 1"]),
        ("judge: { min_hits: 0 }", &["3:20 a whole number from 1 up is expected, not `0`"]),
        ("judge: { stalled_max: 101% }", &["3:23 `101%` is not between 0 and 1"]),
        ("slo: {}", &["3:6 `objective` is missing"]),
        ("slo: { objective: 100% }", &["3:19 an objective of 100% leaves no error budget"]),
    ]);
}

#[test]
fn invalid_guards_are_rejected() {
    assert_each_wrong(&[
        (
            "max_duration: 1s",
            &[
                "1:1 the phases take 1m 55s, longer than `max_duration`, 1s | shorten a phase, or set `max_duration`",
            ],
        ),
        ("max_duration: 2y", &["3:15 `max_duration` is longer than a year"]),
        ("abort_when: { success: \"< 20%\", for: 5m }", &["3:38 this is longer than the fault phase, 30s"]),
        (
            "load: { workers: 2, max_in_flight: 5 }",
            &[
                "3:21 `max_in_flight` does not apply to a closed loop | a closed loop has at most `workers` requests in flight",
            ],
        ),
        (
            "phases: { recovery: 4s }",
            &[
                "3:9 the recovery phase, 4s, is shorter than `judge.hold`, 5s: no recovery could be confirmed | write `phases: { recovery: 5s }` or more, or a shorter `judge.hold`",
            ],
        ),
        (
            "expect: { recover_within: 2m }",
            &["3:9 `recover_within`, 2m, is longer than the recovery phase, 1m | lengthen `phases.recovery`"],
        ),
        ("abort_when: {}", &[r#"3:13 no condition is given: write `{ success: "< 20%", for: 5s }`"#]),
        (
            "abort_when: { for: 1s }",
            &[r#"3:13 no condition is given: write `{ success: "< 20%", for: 5s }`"#],
        ),
        (r#"abort_when: [{ success: "< 20%", fro: 1s }]"#, &["3:34 unknown key `fro` | did you mean `for`?"]),
        ("abort_when: [5]", &["3:14 a map is expected, not `5`"]),
        ("kill_switch: {}", &["3:14 either `file` or `url` is expected | write `{ file: stop }`"]),
        ("kill_switch: stop", &["3:14 a map is expected, not `stop`"]),
        (
            r#"kill_switch: { file: a, url: "http://a/" }"#,
            &["3:14 either `file` or `url` is expected | write `{ file: stop }`"],
        ),
        ("kill_switch: { url: a }", &["3:21 the URL must start with `http://` or `https://`"]),
    ]);
}

#[test]
fn invalid_phases_and_windows_are_rejected() {
    assert_each_wrong(&[
        ("phases: { fault: 0s }", &["3:18 a duration above zero is expected"]),
        ("phases: { fault: -1s }", &["3:18 `-1s` is negative; a duration must not be negative"]),
        ("phases: { fautl: 1s }", &["3:11 unknown key `fautl` | did you mean `fault`?"]),
        ("phases: 30s", &["3:9 a map is expected, not `30s`"]),
        (
            "phases: { fault: 2h }",
            &[
                "3:9 the phases take 2h 1m, longer than `max_duration`, 1h | shorten a phase, or set `max_duration`",
            ],
        ),
        ("window: 0s", &["3:9 a duration above zero is expected"]),
        (
            "window: 5ms",
            &[
                "3:9 the window is too short: it lasts at least 10ms, and a run has at most 100,000 windows | write `window: 10ms`",
            ],
        ),
        ("window: 1m", &["3:9 the window is longer than the shortest phase, 20s"]),
    ]);
}

#[test]
fn invalid_proxies_are_rejected() {
    assert_each_wrong(&[
        ("proxies: []", &["3:10 a map of proxies is expected, not a list"]),
        (
            "proxies: { db: { listen: 70000, upstream: x } }",
            &[
                "3:26 `70000` is not a host with a port, such as `127.0.0.1:5432`",
                "3:43 `x` is not a host with a port, such as `127.0.0.1:5432`",
            ],
        ),
        ("proxies: { db: 5432 }", &["3:16 a map is expected, not `5432`"]),
        (
            r#"proxies: { db: { listen: 1, upstream: "a:1", protocol: htp } }"#,
            &["3:56 `htp` is not one of tcp, http | did you mean `http`?"],
        ),
        (
            r#"proxies: { load: { listen: 1, upstream: "a:1" } }"#,
            &["3:12 `load` is the name of the proxy in front of the target: choose another name"],
        ),
        (
            r#"proxies: { db: { listen: 1, upstream: "a:1" }, db: { listen: 2, upstream: "a:1" } }"#,
            &["3:48 `db` is given twice | the second time"],
        ),
        (
            r#"proxies: { db: { listen: 5434, upstream: "localhost:5434" } }"#,
            &[
                "3:10 proxy `db` forwards to itself | `upstream` is the address of the dependency, `listen` the one to use instead",
            ],
        ),
        (
            r#"proxies: { a: { listen: 5434, upstream: ":::5435" }, b: { listen: 5435, upstream: "127.0.0.1:5434" } }"#,
            &[
                "3:10 proxy `a` forwards to itself | `upstream` is the address of the dependency, `listen` the one to use instead",
            ],
        ),
        (
            r#"proxies: { a: { listen: 5434, upstream: "a:1" }, b: { listen: "0.0.0.0:5434", upstream: "a:1" } }"#,
            &[
                "3:50 it listens at 0.0.0.0:5434, where proxy `a` listens too | give each proxy a port of its own, or 0 for a free one",
            ],
        ),
    ]);
}

#[test]
fn other_keys_of_the_wrong_kind_are_rejected() {
    assert_each_wrong(&[
        ("name: []", &["3:7 a text is expected, not a list"]),
        ("http: 3", &["3:7 `3` is not one of 1.1, 2"]),
        (
            "tls: { ca: x }",
            &["3:8 unknown key `ca` | known keys: ca_file, client_cert, client_key, server_name"],
        ),
        ("tls: { client_cert: c.pem }", &["3:6 `client_cert` and `client_key` must be given together"]),
        ("tls: { ca_file: [] }", &["3:17 a text is expected, not a list"]),
        ("target: http://127.0.0.1:2/", &["3:1 `target` is given twice | the second time"]),
        ("faults: []", &["3:1 `faults` is given twice | the second time"]),
        ("fault: []", &["3:1 unknown key `fault` | did you mean `faults`?"]),
    ]);
}

#[track_caller]
fn assert_each_fault_wrong(cases: &[(&str, &[&str])]) {
    for (faults, expected) in cases {
        assert_wrong(&format!("target: http://127.0.0.1:1/\nfaults: {faults}\n"), expected);
    }
}

#[test]
fn invalid_faults_are_rejected() {
    assert_each_fault_wrong(&[
        (
            "[]",
            &[
                "1:1 there is no fault to inject | add one under `faults`, or use `--fault latency=200ms`; `steadfast list faults` shows all faults",
            ],
        ),
        ("latency", &["2:9 a list of faults is expected, not `latency`"]),
        ("[latency]", &["2:10 a fault such as `{ latency: 200ms }` is expected, not `latency`"]),
        ("[5]", &["2:10 a fault such as `{ latency: 200ms }` is expected, not `5`"]),
        ("[{}]", &["2:10 no fault is named here: write, for example, `{ latency: 200ms }`"]),
        ("[{ probability: 1 }]", &["2:10 no fault is named here: write, for example, `{ latency: 200ms }`"]),
        ("[{ latenzy: 5ms }]", &["2:12 unknown fault `latenzy` | did you mean `latency`?"]),
        (
            "[{ latency: 5ms, probabilty: 1 }]",
            &["2:26 unknown key `probabilty` | did you mean `probability`?"],
        ),
        (
            "[{ latency: 5, evry: 1, probability: 2 }]",
            &[
                "2:21 `5` has no unit: write 5ms, 5s, 5m, 5h or 5d",
                "2:24 unknown key `evry` | did you mean `every`?",
                "2:46 `2` is not between 0 and 1",
            ],
        ),
        (
            "[{ latency: 5ms, reset: {} }]",
            &["2:26 a second fault in one item: make each fault an item of its own"],
        ),
    ]);
}

#[test]
fn invalid_parameters_and_selections_of_faults_are_rejected() {
    assert_each_fault_wrong(&[
        ("[{ latency: 5ms, every: 0 }]", &["2:33 a whole number from 1 to 1000000000 is expected, not `0`"]),
        (
            "[{ latency: 5ms, first: -1 }]",
            &["2:33 a whole number from 1 to 1000000000 is expected, not `-1`"],
        ),
        (
            "[{ latency: 5ms, direction: sideways }]",
            &["2:37 `sideways` is not one of downstream, upstream, both"],
        ),
        (
            "[{ refuse: {}, direction: upstream }]",
            &["2:24 `refuse` has no direction: it acts on the whole connection"],
        ),
        (
            "[{ latancy: 5ms, proxy: db, every: 0 }]",
            &[
                "2:12 unknown fault `latancy` | did you mean `latency`?",
                "2:33 there is no proxy `db` | name one of `proxies`, or `load`",
                "2:44 a whole number from 1 to 1000000000 is expected, not `0`",
            ],
        ),
        (
            "[{ latency: 5ms, proxy: db }]",
            &["2:33 there is no proxy `db` | name one of `proxies`, or `load`"],
        ),
        (
            "[{ latency: 5ms, match: { path: / } }]",
            &[
                "2:26 `latency` acts on connections, to which `match` does not apply | to select requests, use a fault whose name starts with `http_`, such as `http_delay`",
            ],
        ),
        (
            "[{ http_delay: 5ms, direction: both }]",
            &["2:29 `http_delay` has no direction: it acts on responses"],
        ),
        ("[{ http_delay: 5ms, match: { pth: / } }]", &["2:38 unknown key `pth` | did you mean `path`?"]),
        (
            r#"[{ http_delay: 5ms, match: { headers: { "a b": x } } }]"#,
            &["2:49 `a b` is not the name of a header"],
        ),
        ("[{ http_status: { status: 99 } }]", &["2:35 a whole number from 200 to 599 is expected, not `99`"]),
        ("[{ http_status: {} }]", &["2:25 `status` is missing"]),
        ("[{ bandwidth: { rate: 0 } }]", &["2:31 `0` is not a data rate such as 500kB/s or 8Mbit/s"]),
        ("[{ bandwidth: 5parsec }]", &["2:23 `5parsec` is not a data rate such as 500kB/s or 8Mbit/s"]),
        ("[{ latency: { delay: 1s, jiter: 5ms } }]", &["2:34 unknown key `jiter` | did you mean `jitter`?"]),
        (
            "[{ latency: { delay: { lognormal: { median: 5 } } } }]",
            &["2:53 `5` has no unit: write 5ms, 5s, 5m, 5h or 5d"],
        ),
        ("[{ timeout: { after: -1s } }]", &["2:30 `-1s` is negative; a duration must not be negative"]),
        (
            "[{ slicer: { size: 0 } }]",
            &["2:20 `average_size` is missing", "2:22 unknown key `size` | did you mean `average_size`?"],
        ),
    ]);
}

/// Either the experiment is valid, or its problems are reported.
fn hold(text: &str) -> Result<(), TestCaseError> {
    match parse(text) {
        Ok(read) => {
            prop_assert!(!read.faults.is_empty());
            prop_assert!(read.faults.iter().all(|fault| fault.proxy < read.proxies.len()));
            prop_assert!(read.window <= read.phases.fault && read.window <= read.phases.recovery);
        }
        Err(problems) => {
            prop_assert!(!problems.0.is_empty());
            let shown = problems.to_string();
            prop_assert!(shown.contains("e.yaml"), "{}", shown);
            prop_assert!(!shown.contains("s3cret"), "{}", shown);
        }
    }
    Ok(())
}

const WHOLE: &str = r#"
name: checkout
target: https://staging.example.com/checkout
http: 2
tls: { ca_file: ca.pem, client_cert: c.pem, client_key: k.pem, server_name: other }
load:
  stages: [{ rate: 10/s, to: 50/s, for: 10s }, { rate: 50/s, for: 1m }]
  timeout: 2s
  headers: { Authorization: "Bearer ${TOKEN}" }
  data: users.csv
  requests:
    - { weight: 3, path: "/users/{{id}}?n={{name}}" }
    - { method: POST, path: /orders, body: "{{name}}", expect: { status: "200-299, 409", json: { /n: 1 } } }
steady_state: { success: ">= 99.5%", p99: "<= 2x baseline" }
phases: { warm_up: 1s, baseline: 20s, fault: 30s, recovery: 60s }
window: 500ms
proxies: { db: { listen: 5433, upstream: "db:5432", protocol: http } }
faults:
  - { latency: { delay: 200ms, jitter: 50ms }, probability: 0.5 }
  - { http_status: { status: 503 }, match: { path: /checkout, headers: { a: "*" } }, every: 5, first: 2 }
  - { reset: {}, proxy: db, direction: both }
expect: { during_fault: { success: ">= 90%" }, recover_within: 20s, relapses: 0 }
judge: { hold: 3s, ratio: 2, min_hits: 10 }
abort_when: [{ success: "< 20%", for: 5s }]
kill_switch: { url: "https://127.0.0.1/" }
max_duration: 1h
"#;

#[test]
fn the_whole_experiment_is_valid() {
    assert!(parse(WHOLE).is_ok(), "{:?}", wrong(WHOLE));
}

proptest! {
    #[test]
    fn no_bytes_cause_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        hold(&String::from_utf8_lossy(&bytes))?;
    }

    #[test]
    fn no_mutation_of_a_valid_file_causes_a_panic(text in mutated(WHOLE)) {
        hold(&text)?;
    }
}
