use super::{Outside, Setting, Source, read};
use crate::chaos::experiment::{
    Direction, Expected, Experiment, Injection, KillSwitch, Pace, Piece, Saturation, Upstream,
};
use crate::chaos::limit::{Bound, Measure, Relation};
use std::path::Path;
use std::time::Duration;

fn outside_file(path: &str) -> Result<Vec<u8>, String> {
    match path {
        "users.csv" => Ok("name,id\nann,1\nbob,2\n".into()),
        "order.json" => Ok("{\"a\":1}".into()),
        _ => Err(format!("{path}: no such file")),
    }
}

fn variable(name: &str) -> Option<String> {
    (name == "TOKEN").then(|| "s3cret".to_owned())
}

/// Returns the name of a fault, which its description begins with.
fn name(fault: &Injection) -> &str {
    fault.described.trim_start_matches("{ ").split(':').next().unwrap()
}

fn read_with(text: &str, set: Vec<Setting>, faults: &[&str]) -> Result<Experiment, String> {
    let source = Source {
        file: "test.yaml",
        text,
        set,
        faults: faults.iter().map(|fault| (*fault).to_owned()).collect(),
        seed: 7,
    };
    let outside = Outside { folder: Path::new("lab"), load: &outside_file, variable: &variable };
    read(&source, &outside).map_err(|problems| problems.render(false))
}

fn read_text(text: &str) -> Result<Experiment, String> {
    read_with(text, Vec::new(), &[])
}

const WHOLE: &str = r#"
name: checkout
target: https://staging.example.com/checkout
http: 2
tls: { ca_file: ca.pem, client_cert: c.pem, client_key: k.pem, server_name: other }
load:
  stages: [{ rate: 10/s, to: 50/s, for: 10s }, { rate: 50/s, for: 1m }]
  timeout: 2s
  max_in_flight: 50
  on_saturation: queue
  headers: { Authorization: "Bearer ${TOKEN}" }
  data: users.csv
  requests:
    - { weight: 3, path: "/users/{{id}}?n={{name}}" }
    - method: POST
      path: /orders
      body_file: order.json
      expect: { status: "200-299, 409", headers: { content-type: "*" }, body_contains: ok, json: { /n: 1, /s: up, /t: true, /q: "5" } }
steady_state: { success: ">= 99.5%", p99: "<= 400ms" }
phases: { warm_up: 1s, baseline: 20s, fault: 30s, recovery: 60s }
window: 500ms
proxies:
  db: { listen: 5433, upstream: "db:5432" }
  stock: { listen: 5434, upstream: "stock:80", protocol: http }
faults:
  - { latency: { delay: 200ms, jitter: 50ms }, probability: 0.5 }
  - { http_status: { status: 503, retry_after: 2s }, match: { path: /checkout, method: POST }, every: 5, first: 2 }
  - { reset: {}, proxy: db, direction: both }
  - { half_open: {}, proxy: db }
expect: { during_fault: { success: ">= 90%" }, recover_within: 20s, relapses: 0, retry_amplification: 2 }
judge: { hold: 3s, ratio: 2, min_hits: 10 }
slo: { objective: 99.9% }
abort_when: { success: "< 20%", p99: "> 10x baseline + 1s", for: 5s }
kill_switch: { file: stop }
"#;

#[test]
fn a_whole_experiment_is_read() {
    let read = read_text(WHOLE).unwrap();
    assert_eq!(read.name, "checkout");
    let Pace::Open(stages) = &read.load.pace else { panic!("{:?}", read.load.pace) };
    assert_eq!((stages[0].from_per_s, stages[0].to_per_s, stages[1].to_per_s), (10.0, 50.0, 50.0));
    assert_eq!(read.load.on_saturation, Saturation::Queue);
    assert_eq!(read.load.requests[0].path.pieces[1], Piece::Column(1));
    assert_eq!(read.load.requests[1].headers[0].1.0, "Bearer s3cret");
    let expect = &read.load.requests[1].expect;
    assert_eq!(expect[0], Expected::Status(vec![(200, 299), (409, 409)]));
    let json = expect.iter().filter_map(|e| match e {
        Expected::Json(pointer, value) => Some((pointer.as_str(), value.to_string())),
        _ => None,
    });
    let json: Vec<_> = json.collect();
    assert_eq!(
        json,
        [("/n", "1".into()), ("/s", "\"up\"".into()), ("/t", "true".into()), ("/q", "\"5\"".into())]
    );
    let tls = &read.target.tls;
    assert_eq!(tls.ca_file.as_deref(), Some(Path::new("lab/ca.pem")));
    assert_eq!(tls.client, Some(("lab/c.pem".into(), "lab/k.pem".into())));
    assert_eq!(read.kill_switch, Some(KillSwitch::File("lab/stop".into())));
    assert_eq!(read.expect.amplification_max, Some(2.0));
    assert_eq!(read.proxies.len(), 3);
    assert_eq!((read.proxies[0].name.as_str(), read.proxies[0].http), ("load", true));
    assert_eq!(read.proxies[1].listen.as_deref(), Some("127.0.0.1:5433"));
    assert_eq!(read.proxies[1].upstream, Upstream::Address("db:5432".into()));
    let at: Vec<_> = read.faults.iter().map(|fault| (name(fault), fault.proxy, fault.direction)).collect();
    assert_eq!(
        at,
        [
            ("latency", 0, Direction::Downstream),
            ("http_status", 0, Direction::Downstream),
            ("reset", 1, Direction::Both),
            ("half_open", 1, Direction::Both)
        ]
    );
    assert_eq!(read.faults[0].described, "{ latency: { delay: 200ms, jitter: 50ms }, probability: 0.5 }");
    assert_eq!((read.faults[1].who.every, read.faults[1].who.first), (5, Some(2)));
    assert_eq!(read.window, Duration::from_millis(500));
    assert_eq!((read.judge.hold, read.judge.ratio, read.judge.hits_min), (Duration::from_secs(3), 2.0, 10));
    assert!((read.judge.slo.unwrap().failing_max - 0.001).abs() < 1e-15);
    let abort = &read.abort_when[0];
    assert_eq!(abort.lasts, Duration::from_secs(5));
    assert_eq!((abort.limits[0].measure, abort.limits[0].relation), (Measure::Success, Relation::Below));
    assert_eq!(abort.limits[1].bound, Bound::Baseline { times: 10.0, plus: 1.0 });
}

#[test]
fn a_url_and_a_fault_are_enough() {
    let set =
        vec![Setting { path: "target".into(), value: "http://127.0.0.1:8080/".into(), origin: "URL".into() }];
    let faults = ["latency=200ms", "{ http_status: 503, probability: 10% }", "half_open"];
    let read = read_with("{}", set, &faults).unwrap();
    let names: Vec<_> = read.faults.iter().map(name).collect();
    assert_eq!(names, ["latency", "http_status", "half_open"]);
    assert_eq!(read.steady_state[0].to_string(), "success >= 99%");
}

/// No text that describes the experiment contains a secret.
#[test]
fn secrets_are_not_printed() {
    let read = read_text(WHOLE).unwrap();
    assert!(!format!("{read:?}").contains("s3cret"));
    let wrong = WHOLE.replace("Bearer ${TOKEN}", "${TOKEN}\\n");
    assert!(!read_text(&wrong).unwrap_err().contains("s3cret"));
}

#[test]
fn every_problem_is_reported_with_its_place() {
    let wrong = [
        ("target: http://x/\nfaults: [{ latencyy: 5s }]", "did you mean `latency`?"),
        ("target: http://x/\nfaults: [{ latency: 5 }]", "has no unit"),
        ("target: http://x/\nfaults: [{ latency: 5s, reset: {} }]", "a second fault"),
        ("target: http://x/\nfaults: [{ latency: 5s, match: { path: / } }]", "`http_delay`"),
        ("target: http://x/\nfaults: [{ http_status: 99 }]", "from 200 to 599"),
        ("target: http://x/\nfaults: [{ http_delay: 1s, direction: both }]", "no direction"),
        (
            "target: http://x/\nfaults: [{ latency: 1s, proxy: databse }]\nproxies: { database: { listen: 1, upstream: a:1 } }",
            "did you mean `database`?",
        ),
        (
            "target: http://x/\nfaults: [{ http_delay: 1s, proxy: db }]\nproxies: { db: { listen: 1, upstream: a:1 } }",
            "protocol: http",
        ),
        ("target: ftp://x/\nfaults: [{ latency: 1s }]", "http://"),
        ("target: http://u:p@x/\nfaults: [{ latency: 1s }]", "password"),
        ("faults: [{ latency: 1s }]", "`target` is missing"),
        ("target: http://x/", "there is no fault"),
        ("target: http://x/\nfaults: [{ latency: 1s }]\nload: { rate: 5/s, workers: 3 }", "only one of"),
        ("target: http://x/\nfaults: [{ latency: 1s }]\nload: { data: none.csv }", "no such file"),
        (
            "target: http://x/\nfaults: [{ latency: 1s }]\nload: { headers: { a: \"${NONE}\" } }",
            "`NONE` is not set",
        ),
        (
            "target: http://x/\nfaults: [{ latency: 1s }]\nload: { requests: [{ path: \"/{{id}}\" }] }",
            "no data file is given",
        ),
        ("target: http://x/\nfaults: [{ latency: 1s }]\nload: { requests: [{ path: no }] }", "not a path"),
        (
            "target: http://x/\nfaults: [{ latency: 1s }]\nload: { requests: [{ path: /, method: POST, body: \"${KEY}\" }] }",
            "`${KEY}` is not replaced here",
        ),
        ("target: \"http://x/${KEY}\"\nfaults: [{ latency: 1s }]", "`${KEY}` is not replaced here"),
        (
            "target: http://x/\nfaults: [{ latency: 1s }]\nsteady_state: { success: 99% }",
            "does not start with",
        ),
        ("target: http://x/\nfaults: [{ latency: 1s }]\nsteady_state: { p99: \"< 10\" }", "has no unit"),
        ("target: http://x/\nfaults: [{ latency: 1s }]\nphases: { fault: 2h }", "`max_duration`"),
        ("target: http://x/\nfaults: [{ latency: 1s }]\nwindow: 40s", "shortest phase"),
        ("target: http://x/\nfaults: [{ latency: 1s }]\nslo: { objective: 100% }", "no error budget"),
        ("target: http://x/\nfaults: [{ slicer: { average_size: 5, size_variation: 5 } }]", "less than"),
        ("target: http://x/\nfaults: [{ latency: 1s }]\nabort_when: { for: 5s }", "no condition"),
        ("target: http://x/\nfaults: [{ bandwidth: 5parsec/s }]", "not a data rate"),
        ("target: http://x/\nfaults: [{ latency: 1s }]\nkill_switch: {}", "either `file` or `url`"),
        (
            "target: http://x/\nfaults: [{ latency: 1s }]\nproxies: { db: { listen: 1, upstream: \"db:1\" } }\nexpect: { retry_amplification: 2 }",
            "`protocol: http`",
        ),
    ];
    for (text, message) in wrong {
        let said = read_text(text).map(|_| ()).unwrap_err();
        assert!(said.contains(message), "{text}\n{said}");
        assert!(said.contains("-->"), "{text}\n{said}");
    }
}

#[test]
fn all_problems_are_reported_at_once() {
    let text =
        "target: nowhere\nload: { rate: fast }\nfaults: [{ latency: x }, { resett: {} }]\nwindow: 0s\n";
    let said = read_text(text).map(|_| ()).unwrap_err();
    assert_eq!(said.matches("error:").count(), 5, "{said}");
}
