//! The selection of faults: by probability from the seed, by turn, by number, and by the properties of a
//! request.

use super::program::{RUNS_MAX, Running, Said, at_once, experiment, run_file, run_steady};
use super::targets::{Target, long_winded};
use std::collections::BTreeSet;
use std::ops::Range;
use steadfast::chaos::fault::FAULTS;

/// Requests per second.
const RATE: f64 = 100.0;

fn numbers() -> String {
    let rows: Vec<String> = (0..10_000).map(|number: u64| number.to_string()).collect();
    format!("n\n{}\n", rows.join("\n"))
}

/// The numbers of the requests that did not reach the target, and the time for which the faults were on.
struct Run {
    hit: BTreeSet<u64>,
    from_s: f64,
    to_s: f64,
}

fn hit_with(seed: &str) -> Run {
    let target = Target::start();
    let folder = super::program::folder(&experiment(
        &target.url,
        "load: { rate: 100/s, data: numbers.csv, requests: [{ path: \"/{{n}}\" }] }\n\
         faults: [{ http_status: { status: 503 }, probability: 30% }]",
    ));
    std::fs::write(folder.path().join("numbers.csv"), numbers()).unwrap();
    let arguments = ["e.yaml", "--seed", seed, "--format", "json"];
    // Not repeated, since the target keeps the requests of all runs.
    let (said, _) = Running::start(&mut super::program::chaos(folder.path(), &arguments)).finish();
    let report = said.json();
    let time = |name: &str| report["times"][name].as_f64();
    let seen: BTreeSet<u64> =
        target.asked().iter().filter_map(|head| head.split([' ', '/']).nth(2)?.parse().ok()).collect();
    let last = seen.last().copied().unwrap_or(0);
    Run {
        hit: (0..last).filter(|number| !seen.contains(number)).collect(),
        from_s: time("injected_s").unwrap_or(f64::INFINITY),
        to_s: time("cleared_s").unwrap_or(0.0),
    }
}

#[test]
fn the_same_seed_hits_the_same_requests() {
    // On a busy machine the faults may begin at quite different times, so that there are few such requests.
    let is_enough = |range: &Range<u64>| range.end.saturating_sub(range.start) > 20;
    let mut tries = (0..RUNS_MAX).map(|_| with_both_seeds());
    let (runs, common) = tries.find(|(_, common)| is_enough(common)).unwrap();
    let hit = |run: &Run| -> Vec<u64> {
        run.hit.iter().copied().filter(|number| common.contains(number)).collect()
    };
    assert!(hit(&runs[0]).len() > 3, "{:?}", hit(&runs[0]));
    assert_eq!(hit(&runs[0]), hit(&runs[1]));
    assert_ne!(hit(&runs[0]), hit(&runs[2]));
}

/// Runs with one seed twice and with another. Returns the runs, and the requests that were due while the
/// faults were on in all of them, without the edges.
fn with_both_seeds() -> (Vec<Run>, Range<u64>) {
    let (mut runs, seeds) = (Vec::new(), ["1", "1", "2"]);
    std::thread::scope(|scope| {
        let running = seeds.map(|seed| scope.spawn(move || hit_with(seed)));
        runs.extend(running.map(|run| run.join().unwrap()));
    });
    let from_s = runs.iter().map(|run| run.from_s).fold(0.0, f64::max) + 0.2;
    let to_s = runs.iter().map(|run| run.to_s).fold(f64::INFINITY, f64::min) - 0.2;
    (runs, (from_s * RATE) as u64..(to_s * RATE) as u64)
}

fn counts(said: &Said) -> (u64, u64) {
    let fault = &said.json()["faults"][0];
    (fault["considered"].as_u64().unwrap(), fault["hits"].as_u64().unwrap())
}

/// Runs a load of four kinds of requests. Kinds that may be hit accept any status; for the others, a hit
/// is a failure.
fn with(who: &str, may_be_hit: [bool; 4]) -> Said {
    let target = Target::start();
    let kinds = [
        "path: /a/1",
        "path: /a/b/1",
        "method: POST, path: /a/1, body: x",
        "path: /a/1, headers: { X-Kind: blue }",
    ];
    let requests = kinds.iter().zip(may_be_hit).map(|(kind, may)| {
        let status = if may { "200-599" } else { "200" };
        format!("    - {{ {kind}, expect: {{ status: \"{status}\" }} }}\n")
    });
    let requests: String = requests.collect();
    let experiment = experiment(
        &target.url,
        &format!(
            "load:\n  rate: 100/s\n  requests:\n{requests}faults: [{{ http_status: {{ status: 503 }}, {who} }}]"
        ),
    );
    run_steady(&experiment)
}

#[test]
fn every_and_first_select_the_expected_number_of_requests() {
    at_once(["every: 4", "first: 3", "every: 3, first: 2"], |who| {
        let (considered, hits) = counts(&with(who, [true; 4]));
        let expected = match who {
            "every: 4" => considered.div_ceil(4),
            "first: 3" => 3,
            _ => 2,
        };
        assert!(considered > 20, "{who}: {considered}");
        assert_eq!(hits, expected, "{who} of {considered}");
    });
}

#[test]
fn only_matching_requests_are_hit() {
    let cases = [
        ("path: \"/a/*\"", [true, false, true, true]),
        ("path: \"/a/**\"", [true; 4]),
        ("method: POST", [false, false, true, false]),
        ("headers: { x-kind: \"bl*\" }", [false, false, false, true]),
        ("path: \"/a/*\", method: GET, headers: { X-Kind: blue }", [false, false, false, true]),
    ];
    at_once(cases, |(matches, expected)| {
        let said = with(&format!("match: {{ {matches} }}"), expected);
        let (considered, hits) = counts(&said);
        let fault = said.json()["phases"][1].clone();
        assert_eq!(fault["phase"], "fault");
        assert_eq!(fault["good"], fault["offered"], "{matches}: other requests were hit");
        assert_eq!(considered, hits, "{matches}");
        // Each kind is a quarter of the requests; less than half of that cannot be chance.
        let kinds = expected.iter().filter(|hit| **hit).count() as f64;
        let least = fault["offered"].as_u64().unwrap() as f64 * kinds / 8.0;
        assert!(hits as f64 > least, "{matches}: {hits} of {fault}");
    });
}

#[test]
fn every_fault_hits_requests_or_connections_and_reports_them() {
    let each: Vec<&str> = FAULTS.iter().map(|fault| fault.example).collect();
    let target = long_winded();
    at_once(each, |fault| {
        // Some faults act at the end of a connection, so connections are not reused; a reset needs one
        // that lasts.
        let keep_alive = fault.contains("reset");
        let load = format!("load: {{ rate: 40/s, keep_alive: {keep_alive} }}");
        let report = run_steady(&experiment(&target, &format!("{load}\nfaults: [{fault}]"))).json();
        assert!(report["faults"][0]["hits"].as_u64().unwrap() > 0, "{fault}");
        assert_ne!(report["outcome"], "touched_nothing", "{fault}");
    });
}

/// The load counts the refused connections. The proxy cannot, since its port is closed.
#[test]
fn connections_that_are_refused_are_hits() {
    let target = Target::start();
    let plan = experiment(&target.url, "load: { rate: 40/s }\nfaults: [{ refuse: {} }]");
    let said = run_file(&plan, &["--format", "json"]);
    said.assert_code(0);
    let (considered, hits) = counts(&said);
    assert!(hits >= 30 && considered == hits, "{hits} of {considered}");
}
