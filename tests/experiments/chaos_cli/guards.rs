//! Guards: conditions and switches that end an injection early, and checks that keep it from starting.

use super::program::{Running, Said, at_once, chaos, experiment, folder, run, run_file};
use super::targets::{Target, nobody, says};
use serde_json::Value;

/// An experiment whose faults last ten minutes, unless a guard ends them.
fn long(target: &str, more: &str) -> String {
    experiment(target, more).replace("fault: 1s", "fault: 10m")
}

const DELAY: &str = "load: { rate: 50/s, timeout: 1s }\nfaults: [{ http_delay: 300ms }]";

fn stopped(said: &Said, why: &str) -> Value {
    said.assert_code(5);
    let report = said.json();
    let headline = report["headline"].as_str().unwrap();
    assert!(headline.starts_with("STOPPED by a guard: ") && headline.contains(why), "{headline}");
    report
}

/// Returns how long the faults were on, in seconds.
fn on_s(report: &Value) -> f64 {
    let time = |name: &str| report["times"][name].as_f64().unwrap();
    time("cleared_s") - time("injected_s")
}

#[test]
fn a_condition_that_holds_ends_the_injection_within_a_window() {
    let target = Target::start();
    let conditions = [
        "p99: \"> 200ms\"",
        "p50: \"> 3x baseline\"",
        "p99: \"> baseline + 100ms\"",
        "p50: \"> 200ms\", for: 600ms",
    ];
    at_once(conditions, |condition| {
        let guarded = long(&target.url, &format!("{DELAY}\nabort_when: {{ {condition} }}"));
        let report = stopped(&run_file(&guarded, &["--format", "json"]), "p");
        // The first responses take 300 ms, and 600 ms are three windows.
        assert!(on_s(&report) < 3.0, "{condition}: {}", on_s(&report));
        assert!(report["faults"][0]["hits"].as_u64() > Some(0));
    });
    let sound = experiment(&target.url, &format!("{DELAY}\nabort_when: {{ p99: \"> 20s\" }}"));
    run_file(&sound, &[]).assert_code(0);
}

#[test]
fn a_file_that_appears_ends_the_injection() {
    let target = Target::start();
    let folder = folder(&long(&target.url, &format!("{DELAY}\nkill_switch: {{ file: stop }}")));
    let mut running = Running::start(&mut chaos(folder.path(), &["e.yaml", "--format", "json"]));
    running.until("faults on");
    std::fs::write(folder.path().join("stop"), "").unwrap();
    let report = stopped(&running.finish().0, "kill switch: file stop exists");
    assert!(on_s(&report) < 5.0, "{report}");
}

#[test]
fn a_url_that_no_longer_returns_a_success_ends_the_injection() {
    let (target, switch) = (Target::start(), Target::start());
    let guarded = long(&target.url, &format!("{DELAY}\nkill_switch: {{ url: {} }}", switch.url));
    let folder = folder(&guarded);
    let mut running = Running::start(&mut chaos(folder.path(), &["e.yaml", "--format", "json"]));
    running.until("faults on");
    switch.hang();
    let report = stopped(&running.finish().0, "does not return a 2xx status");
    assert!(on_s(&report) < 8.0, "{report}");
}

#[test]
fn with_a_kill_switch_already_on_nothing_is_injected() {
    let target = Target::start();
    for url in [nobody(), says(b"HTTP/1.1 503 No\r\n\r\n"), says(b"HTTP/1.1 302 No\r\n\r\n"), says(b"200 OK")]
    {
        let guarded = long(&target.url, &format!("{DELAY}\nkill_switch: {{ url: {url} }}"));
        let report = stopped(&run_file(&guarded, &["--format", "json"]), "kill switch: ");
        assert_eq!(report["faults"][0]["hits"], 0);
    }
}

#[test]
fn a_plan_that_may_take_longer_than_max_duration_is_rejected() {
    for (more, expected) in [
        ("max_duration: 3s", "the phases take 4s"),
        ("load: { timeout: 3h }", "the phases and the waits for requests"),
    ] {
        let plan = experiment("http://127.0.0.1:1/", &format!("{more}\nfaults: [{{ latency: 1ms }}]"));
        let said = run_file(&plan, &["--dry-run"]);
        said.assert_code(2);
        assert!(said.err.contains(expected) && said.err.contains("`max_duration`"), "{}", said.err);
    }
}

#[test]
fn a_host_that_is_neither_loopback_nor_private_must_be_allowed_by_name() {
    let here = Target::start();
    let public = "http://93.184.216.34/";
    let fault = "faults: [{ http_delay: 1ms }]";
    let proxied = "proxies: { db: { listen: 0, upstream: \"93.184.216.34:5432\" } }\nfaults: [{ latency: 1ms, proxy: db }]";
    let switch = format!("{fault}\nkill_switch: {{ url: \"{public}\" }}");
    for (target, more) in
        [(public, fault), (here.url.as_str(), proxied), (here.url.as_str(), switch.as_str())]
    {
        for so_far in [&["--allow-host", "example.com"][..], &["--dry-run"]] {
            let said = run_file(&experiment(target, more), so_far);
            said.assert_code(2);
            assert!(said.err.contains("--allow-host 93.184.216.34"), "{}", said.err);
        }
    }
    assert!(here.asked().is_empty(), "nothing was sent");
}

#[test]
fn a_redirection_is_a_response_and_is_not_followed() {
    let elsewhere = Target::start();
    let answer = format!(
        "HTTP/1.1 302 Found\r\nlocation: {}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
        elsewhere.url
    );
    let target = says(Box::leak(answer.into_bytes().into_boxed_slice()));
    let folder = folder(&experiment(&target, "load: { rate: 40/s }\nfaults: [{ http_delay: 1ms }]"));
    run(&mut chaos(folder.path(), &["e.yaml"])).assert_code(0);
    assert!(elsewhere.asked().is_empty());
}

/// Returns the addresses at which a process listens: from `/proc`, those in state 0A.
#[cfg(target_os = "linux")]
fn listening(pid: u32) -> Vec<String> {
    let sockets: Vec<String> = std::fs::read_dir(format!("/proc/{pid}/fd"))
        .unwrap()
        .flatten()
        .filter_map(|entry| std::fs::read_link(entry.path()).ok())
        .filter_map(|link| Some(link.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned()))
        .collect();
    let mut found = Vec::new();
    for table in ["tcp", "tcp6"] {
        let table = std::fs::read_to_string(format!("/proc/{pid}/net/{table}")).unwrap_or_default();
        for line in table.lines().skip(1) {
            let cells: Vec<&str> = line.split_whitespace().collect();
            if cells[3] == "0A" && sockets.iter().any(|socket| socket == cells[9]) {
                found.push(cells[1].to_owned());
            }
        }
    }
    found
}

#[cfg(target_os = "linux")]
#[test]
fn all_sockets_listen_on_loopback_unless_configured_otherwise() {
    let target = Target::start();
    for (listen, loopback) in [("0", true), ("0.0.0.0:0", false)] {
        let more =
            format!("{DELAY}\nproxies: {{ db: {{ listen: \"{listen}\", upstream: \"127.0.0.1:1\" }} }}");
        let folder = folder(&long(&target.url, &more));
        let mut running = Running::start(&mut chaos(folder.path(), &["e.yaml"]));
        running.until("baseline");
        let found = listening(running.id());
        running.signal("-INT");
        running.finish().0.assert_code(130);
        assert_eq!(found.len(), 2, "{found:?}");
        let local = found.iter().filter(|address| address.starts_with("0100007F:")).count();
        assert_eq!(local == 2, loopback, "{found:?}");
    }
}

/// Without an experiment file, paths are relative to the working directory.
#[test]
fn paths_in_flags_alone_are_relative_to_the_working_directory() {
    let target = Target::start();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("KILL"), "").unwrap();
    let brief = ["warm_up=0s", "baseline=400ms", "baseline_max=400ms", "fault=5s", "recovery=400ms"]
        .map(|phase| format!("phases.{phase}"));
    let mut arguments = vec![target.url.as_str(), "--fault", "latency=1ms", "--set", "window=200ms"];
    arguments.extend(["--set", "judge.hold=200ms", "--set", "judge.stalled_max=100%"]);
    arguments.extend(brief.iter().flat_map(|phase| ["--set", phase.as_str()]));
    let with = |file: &str| {
        let file = format!("kill_switch.file={file}");
        run(chaos(folder.path(), &arguments).args(["--set", &file]))
    };
    with("KILL").assert_code(5);
    let nowhere = with("no-folder/KILL");
    nowhere.assert_code(2);
    assert!(nowhere.err.contains("there is no folder no-folder"), "{}", nowhere.err);
}
