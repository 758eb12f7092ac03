//! Ctrl-C and SIGTERM during a chaos run.

use super::program::{RUNS_MAX, Running, at_once, chaos, folder};
use super::targets::{Target, silent};
use std::time::Duration;

/// Far below the timeout of a request in these tests.
const SOON: Duration = Duration::from_secs(10);

/// An experiment that stays in one of its phases, and whose requests may take a minute.
fn staying_in(phase: &str, target: &str, more: &str) -> String {
    let lasts = |name| match name {
        _ if name == phase => "10m",
        "warm_up" => "0s",
        _ => "400ms",
    };
    let [warm_up, baseline, fault, recovery] = ["warm_up", "baseline", "fault", "recovery"].map(lasts);
    format!(
        "target: {target}\nload: {{ rate: 50/s, timeout: 1m }}\nwindow: 200ms\nfaults: [{{ http_delay: 10ms }}]\n\
         phases: {{ warm_up: {warm_up}, baseline: {baseline}, baseline_max: {baseline}, fault: {fault}, recovery: {recovery} }}\njudge: {{ hold: 400ms }}\n{more}\n"
    )
}

const PHASES: [(&str, &str, &str); 4] = [
    ("warm_up", "warm-up", "during the warm-up"),
    ("baseline", "baseline", "during the baseline"),
    ("fault", "faults on", "while the fault was on"),
    ("recovery", "recovery", "during the recovery"),
];

#[test]
fn in_every_phase_a_signal_clears_the_faults_and_reports_even_if_the_target_hangs() {
    let signals = [("-INT", 130, "SIGINT"), ("-TERM", 143, "SIGTERM")];
    let cases = PHASES.into_iter().zip(signals.into_iter().cycle());
    at_once(cases, |((phase, line, words), (signal, code, name))| {
        let target = Target::start();
        let folder = folder(&staying_in(phase, &target.url, ""));
        let mut running = Running::start(&mut chaos(folder.path(), &["e.yaml"]));
        running.until(line);
        target.hang();
        running.until(" 0 ended/s");
        running.signal(signal);
        let (said, took) = running.finish();
        said.assert_code(code);
        let verdict = format!("INTERRUPTED by {name} {words}");
        assert!(said.out.contains(&verdict), "{phase}: {}", said.out);
        assert!(said.out.contains("  100% ["), "the responses so far are not reported: {}", said.out);
        assert!(took < SOON, "{phase}: it took {took:?}");
    });
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let target = Target::start();
    // A check of this kill switch times out after a second.
    let folder = folder(&staying_in("fault", &target.url, &format!("kill_switch: {{ url: {} }}", silent())));
    let running = Running::start(&mut chaos(folder.path(), &["e.yaml", "--quiet"]));
    std::thread::sleep(Duration::from_millis(500));
    running.signal("-INT");
    running.signal("-INT");
    let (said, took) = running.finish();
    said.assert_code(130);
    assert!(took < SOON, "it took {took:?}");
}

#[test]
fn a_signal_ends_the_wait_for_the_last_responses() {
    let target = Target::start();
    let hung = "load: { rate: 50/s, timeout: 1m }\nfaults: [{ timeout: {} }]";
    let folder = folder(&super::program::experiment(&target.url, hung));
    let mut running = Running::start(&mut chaos(folder.path(), &["e.yaml"]));
    running.until("recovery");
    target.hang();
    // By then the recovery phase of two seconds is over.
    std::thread::sleep(Duration::from_secs(3));
    running.signal("-INT");
    let (said, took) = running.finish();
    said.assert_code(130);
    assert!(took < SOON, "it took {took:?}");
}

#[test]
fn a_signal_after_a_guard_ends_the_run_too() {
    let target = Target::start();
    let guarded = staying_in("recovery", &target.url, "abort_when: { success: \"<= 100%\" }");
    let folder = folder(&guarded);
    let start = || Running::start(&mut chaos(folder.path(), &["e.yaml"]));
    let injected = (0..RUNS_MAX).map(|_| start()).find_map(|mut run| run.reaches("recovery").then_some(run));
    let running = injected.expect("a steady baseline");
    running.signal("-INT");
    let (said, _) = running.finish();
    said.assert_code(130);
}

#[test]
fn repeated_runs_before_a_signal_are_reported() {
    let target = Target::start();
    let brief = "faults: [{ http_delay: 1ms }]\nload: { rate: 50/s }";
    let folder = folder(&super::program::experiment(&target.url, brief));
    let mut running =
        Running::start(&mut chaos(folder.path(), &["e.yaml", "--repeat", "50", "--format", "json"]));
    running.until("recovery");
    running.until("baseline");
    running.signal("-INT");
    let (said, took) = running.finish();
    said.assert_code(130);
    let report = said.json();
    assert_eq!(report["runs"], 2, "{report}");
    assert_eq!(report["each"][1]["exit_code"], 130);
    assert!(took < SOON, "it took {took:?}");
}
