//! Targets that die, hang, break off or send garbage, and other failures of the environment: each leads
//! to a clear error or a verdict.

use super::program::{Said, at_once, chaos, conclusive, experiment, folder, run, run_file};
use super::targets::{Target, dies_at_once, nobody, repeats, says, serve, silent, slow};
use std::time::{Duration, Instant};

const BRIEF: &str = "load: { rate: 40/s, timeout: 500ms }";

/// A fault of the wire and one of HTTP, which use different proxies.
const FAULTS: [&str; 2] = ["latency=10ms", "http_delay=10ms"];

/// Runs an experiment and checks that it ends in time, whatever the target does.
fn in_time(target: &str, fault: &str) -> Said {
    let start = Instant::now();
    let said = run_file(&experiment(target, BRIEF), &["--fault", fault, "--format", "json"]);
    assert!(start.elapsed() < Duration::from_secs(20), "{target} {fault}");
    said
}

#[test]
fn a_target_that_never_works_is_not_steady_and_nothing_is_injected() {
    let pause = Duration::from_millis(50);
    let targets = [
        ("silent", silent()),
        ("closes", serve(drop)),
        ("closes within the head", says(b"HTTP/1.1 200 OK\r\nconte")),
        ("closes within the body", says(b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\nhalf")),
        ("garbage", says(b"\x16\x03\x01\x00\xff\xfe\r\n\r\n\x00garbage")),
        ("no length", says(b"HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n")),
        ("no chunk", says(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n")),
        ("only 100", repeats(b"HTTP/1.1 100 Continue\r\n\r\n", pause)),
        ("endless", repeats(b"HTTP/1.1 200 OK\r\nx: ", Duration::ZERO)),
        ("status", says(b"HTTP/1.1 503 No\r\ncontent-length: 0\r\n\r\n")),
    ];
    at_once(targets, |(what, target)| {
        for fault in FAULTS {
            let said = in_time(&target, fault);
            said.assert_code(3);
            let report = said.json();
            assert_eq!(report["faults"][0]["hits"], 0, "{what} {fault}: {report}");
            assert_eq!(report["phases"][0]["good"].as_u64(), Some(0), "{what} {fault}: {report}");
        }
    });
}

#[test]
fn tls_that_is_never_answered_or_not_spoken_is_a_verdict() {
    let plain = Target::start();
    at_once([silent(), plain.url.clone(), says(b"HTTP/1.1 400 Bad\r\n\r\n")], |target| {
        for fault in FAULTS {
            in_time(&target.replace("http:", "https:"), fault).assert_code(3);
        }
    });
}

#[test]
fn a_target_that_dies_under_the_fault_has_not_recovered() {
    at_once(FAULTS, |fault| {
        let die = || {
            let target = Target::start();
            // Progress is printed once a second, and one of its lines must be in the fault phase.
            let text = experiment(&target.url, BRIEF).replace("fault: 1s", "fault: 3s");
            let folder = folder(&text);
            let arguments = ["e.yaml", "--fault", fault, "--format", "json"];
            let mut running = super::program::Running::start(&mut chaos(folder.path(), &arguments));
            running.reaches("faults on");
            target.hang();
            running.finish().0
        };
        let said = conclusive(die);
        said.assert_code(1);
        let headline = said.json()["headline"].to_string();
        assert!(headline.contains("not recovered"), "{headline}");
    });
}

#[test]
fn an_error_that_prevents_a_run_is_reported_once() {
    let target = Target::start();
    let taken = target.url.trim_start_matches("http://").trim_end_matches('/');
    let proxied = |listen: &str, upstream: &str| {
        format!(
            "proxies: {{ db: {{ listen: \"{listen}\", upstream: \"{upstream}\" }} }}\nfaults: [{{ latency: 1ms, proxy: db }}]"
        )
    };
    let fault = "faults: [{ http_delay: 1ms }]".to_owned();
    let secure = target.url.replace("http:", "https:");
    let tls = |keys: &str| format!("{fault}\ntls: {{ {keys} }}");
    for (target, more, expected) in [
        (target.url.as_str(), proxied(taken, "127.0.0.1:1"), "Address already in use"),
        (target.url.as_str(), proxied("8.8.8.8:80", taken), "proxy `db` cannot listen on 8.8.8.8:80"),
        (target.url.as_str(), proxied("0", "no-such-host.invalid:1"), "no-such-host.invalid"),
        ("http://no-such-host.invalid/", fault.clone(), "no-such-host.invalid"),
        (secure.as_str(), tls("ca_file: no-such.pem"), "no-such.pem"),
        (secure.as_str(), tls("ca_file: e.yaml"), "e.yaml: holds no certificate"),
        (secure.as_str(), tls("server_name: \"a b\""), "`a b` is not a valid server name"),
    ] {
        let said = run_file(&experiment(target, &more), &[]);
        said.assert_code(2);
        assert!(said.out.is_empty(), "{}", said.out);
        assert!(said.err.starts_with("error: "), "{}", said.err);
        assert_eq!(said.err.matches(expected).count(), 1, "{}", said.err);
        assert_eq!(said.err.lines().count(), 1, "{}", said.err);
        let why = said.err.rsplit(": ").next().unwrap();
        assert_eq!(said.err.matches(why).count(), 1, "twice: {}", said.err);
    }
}

#[test]
fn files_that_are_not_experiments_are_rejected() {
    let folder = folder("");
    std::fs::write(folder.path().join("binary.yaml"), [0xff, 0xfe, 0, 1, 2]).unwrap();
    std::fs::write(folder.path().join("nul.json"), [0; 4096]).unwrap();
    std::fs::create_dir(folder.path().join("folder.yaml")).unwrap();
    for (file, expected) in [
        ("e.yaml", "`target` is missing"),
        ("binary.yaml", "binary.yaml: is not valid UTF-8"),
        ("nul.json", "nul.json"),
        ("folder.yaml", "folder.yaml: "),
        ("no-such.yaml", "no-such.yaml: "),
        ("http//127.0.0.1/", "http//127.0.0.1/: "),
        ("", ": "),
    ] {
        let said = run(&mut chaos(folder.path(), &[file]));
        said.assert_code(2);
        assert!(said.err.starts_with("error: ") && said.err.contains(expected), "{}", said.err);
    }
}

#[test]
fn unwritable_output_is_reported_before_anything_is_sent() {
    let here = Target::start();
    let plan = experiment(&here.url, "faults: [{ latency: 1ms }]");
    for (flag, file) in [
        ("--output", "no-folder/r.json"),
        ("--output", "folder.md"),
        ("--incidents", "no-folder/i.csv"),
        ("--table", "fases"),
    ] {
        let folder = folder(&plan);
        std::fs::create_dir(folder.path().join("folder.md")).unwrap();
        let said = run(&mut chaos(folder.path(), &["e.yaml", flag, file]));
        said.assert_code(2);
        assert!(said.err.contains(file), "{}", said.err);
    }
    assert!(here.asked().is_empty());
}

/// Better told at once than after warm-up and baseline.
#[test]
fn a_target_that_accepts_no_connection_is_told_before_anything_is_sent() {
    let start = Instant::now();
    let plan = experiment(&nobody(), "faults: [{ latency: 1ms }]").replace("warm_up: 0s", "warm_up: 30m");
    let said = run_file(&plan, &["--format", "json"]);
    said.assert_code(3);
    assert!(start.elapsed() < Duration::from_secs(20));
    let report = said.json();
    assert_eq!(report["outcome"]["inconclusive"], "unreachable");
    let headline = report["headline"].as_str().unwrap();
    assert!(
        headline.starts_with(
            "INCONCLUSIVE: the target cannot be reached, and nothing was sent: Connection refused"
        )
    );
}

/// A run cannot be had again: its verdict is told, and counts.
#[cfg(target_os = "linux")]
#[test]
fn a_verdict_that_cannot_be_written_is_printed_and_counts() {
    let (well, ill) = (Target::start(), says(b"HTTP/1.1 503 No\r\ncontent-length: 0\r\n\r\n"));
    at_once([(well.url.as_str(), "HELD", 2), (&ill, "INCONCLUSIVE", 3)], |(target, verdict, code)| {
        for flags in [&["--output", "full.json"][..], &["--quiet", "--output", "full.json"]] {
            let folder = folder(&experiment(target, "load: { rate: 40/s }\nfaults: [{ http_delay: 1ms }]"));
            let full = || {
                std::os::unix::fs::symlink("/dev/full", folder.path().join("full.json")).unwrap();
                let said = run(chaos(folder.path(), &["e.yaml"]).args(flags));
                std::fs::remove_file(folder.path().join("full.json")).unwrap();
                said
            };
            let said = super::program::conclusive(full);
            said.assert_code(code);
            let told = said.err.lines().filter(|line| line.contains(verdict)).count();
            assert_eq!(told, 1, "{}", said.err);
            assert!(said.err.contains("error: "), "{}", said.err);
        }
    });
}

/// Returns the command `steadfast chaos e.yaml` under a hard limit on descriptors.
#[cfg(target_os = "linux")]
fn limited(folder: &std::path::Path, descriptors: u64, flags: &str) -> std::process::Command {
    let program = env!("CARGO_BIN_EXE_steadfast");
    let line = format!("ulimit -Sn 60 && ulimit -Hn {descriptors} && exec {program} chaos e.yaml {flags}");
    let mut command = std::process::Command::new("sh");
    let piped = std::process::Stdio::piped;
    command.args(["-c", &line]).current_dir(folder).stdout(piped()).stderr(piped());
    command
}

#[cfg(target_os = "linux")]
#[test]
fn a_load_that_the_limit_on_descriptors_does_not_allow_is_refused() {
    let here = Target::start();
    let folder = folder(&experiment(&here.url, "load: { max_in_flight: 100 }\nfaults: [{ latency: 1ms }]"));
    for flags in ["", "--dry-run"] {
        let said = run(&mut limited(folder.path(), 399, flags));
        said.assert_code(2);
        assert!(said.err.contains("`load.max_in_flight: 99`"), "{}", said.err);
        assert!(here.asked().is_empty());
    }
    // The soft limit is raised.
    let said = run(&mut limited(folder.path(), 400, "--format json"));
    said.assert_code(0);
}

/// Connections of others use up the descriptors: the requests that find none say nothing about the target.
#[cfg(target_os = "linux")]
#[test]
fn requests_without_a_descriptor_are_not_charged_to_the_target() {
    let (here, silent) = (Target::start(), silent());
    let upstream = silent.trim_start_matches("http://").trim_end_matches('/');
    let listen = nobody();
    let listen = listen.trim_start_matches("http://").trim_end_matches('/');
    let plan = format!(
        "load: {{ rate: 40/s, keep_alive: false, max_in_flight: 10, timeout: 500ms }}\n\
         proxies: {{ db: {{ listen: \"{listen}\", upstream: \"{upstream}\" }} }}\nfaults: [{{ latency: 1ms }}]"
    );
    let folder = folder(&experiment(&here.url, &plan).replace("warm_up: 0s", "warm_up: 1s"));
    let mut running = super::program::Running::start(&mut limited(folder.path(), 140, "--format json"));
    running.until("warm-up");
    let held: Vec<_> = (0..200).map_while(|_| std::net::TcpStream::connect(listen).ok()).collect();
    let (said, _) = running.finish();
    said.assert_code(3);
    let report = said.json();
    assert_eq!(report["outcome"]["inconclusive"], "not_steady", "{}", report["headline"]);
    let headline = report["headline"].as_str().unwrap();
    assert!(headline.contains("had no descriptor or local port left"), "{headline} {}", held.len());
}

/// Requests in flight when the faults are switched on are killed by them. They were due earlier, and do
/// not count to the baseline.
#[test]
fn a_slow_target_has_its_baseline_before_the_faults() {
    let slow = slow(Duration::from_millis(600));
    at_once(["{ refuse: {} }", "{ reset: { since: start } }"], |fault| {
        let plan = experiment(&slow, &format!("load: {{ rate: 40/s }}\nfaults: [{fault}]"));
        let said = run_file(&plan, &["--format", "json"]);
        let report = said.json();
        assert_eq!(report["gate"]["broken"].as_array().unwrap().len(), 0, "{fault}");
        let baseline = &report["phases"][0];
        assert_eq!(baseline["phase"], "baseline");
        let count = |key: &str| baseline[key].as_u64().unwrap();
        // On a busy machine the load generator may stall in a window, which then does not count.
        let due = 40 * (count("windows") - count("stalled")) / count("windows");
        assert_eq!((count("offered"), count("good")), (due, due), "{baseline}");
    });
}

/// The reason is the same through either proxy.
#[test]
fn the_reason_why_nothing_succeeded_is_reported() {
    let lost = says(b"HTTP/1.1 404 No\r\ncontent-length: 0\r\n\r\n");
    for fault in FAULTS {
        let headline = |target: &str| {
            let said = in_time(target, fault);
            said.assert_code(3);
            said.json()["headline"].to_string()
        };
        let refused = headline(&dies_at_once());
        assert!(refused.contains("(Connection refused"), "{refused}");
        assert!(headline(&lost).contains("(404)"), "{}", headline(&lost));
    }
}

/// Answers with one body for two seconds, and then with another; or with a new body each time.
fn turns(into: &'static str) -> String {
    let (begun, count) = (Instant::now(), std::sync::atomic::AtomicU64::new(0));
    super::targets::answers_with(move || match into {
        "always new" => {
            format!("number {}", count.fetch_add(1, std::sync::atomic::Ordering::Relaxed))
        }
        _ if begun.elapsed() < Duration::from_secs(2) => "the usual body".to_owned(),
        other => other.to_owned(),
    })
}

/// A success is not the same success if its body is another one.
#[test]
fn responses_that_are_unlike_those_before_the_fault_are_reported_and_can_be_judged() {
    let cases = [
        ("the usual body", "", 0, 0, "HELD"),
        ("sorry", "", 0, 2, "HELD"),
        ("the USUAL body", "", 0, 1, "HELD"),
        ("sorry", "expect: { same: [size] }", 1, 0, "MISSED"),
        ("the USUAL body", "expect: { same: [hash] }", 1, 0, "MISSED"),
        ("the USUAL body", "expect: { same: [size, status] }", 0, 1, "HELD"),
        ("always new", "", 0, 0, "HELD"),
        (
            "always new",
            "expect: { same: [hash] }",
            3,
            0,
            "INCONCLUSIVE: the steady state did not hold before the fault: `same: [hash]` cannot be judged",
        ),
    ];
    at_once(cases, |(into, expect, code, changes, headline)| {
        let load = format!("load: {{ rate: 150/s, requests: [{{ path: /a?secret=1, {expect} }}] }}");
        let judged = || {
            let plan = experiment(&turns(into), &format!("{load}\nfaults: [{{ http_delay: 1ms }}]"));
            run_file(&plan, &["--format", "json"])
        };
        let said = super::program::conclusive(judged);
        said.assert_code(code);
        let report = said.json();
        assert!(report["headline"].as_str().unwrap().starts_with(headline), "{into} {expect}: {report}");
        let changed = report["changes"].as_array().unwrap();
        let after = changed.iter().filter(|change| change["phase"] == "recovery").count();
        assert_eq!(after, changes, "{into} {expect}: {changed:?}");
        let told = report["warnings"].to_string().matches("than before").count();
        assert_eq!(told, changes, "{into} {expect}");
        assert!(!report.to_string().contains("secret"));
    });
}
