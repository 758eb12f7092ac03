//! Ctrl-C and SIGTERM during a long simulation: the first signal asks it to report its results so far,
//! the second ends it at once. Uses real processes on Linux, where `/proc` shows when the simulation is
//! running.
#![cfg(target_os = "linux")]

use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// Far longer than any machine should need; only a run that hangs reaches it.
const PATIENCE: Duration = Duration::from_mins(10);

fn start(arguments: &[&str]) -> Child {
    start_with(&[&["simulate", "--method", "monte-carlo", "--threads", "2"], arguments].concat())
}

fn start_with(arguments: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_steadfast"))
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Waits for a second thread: only the simulation starts one.
fn until_it_simulates(child: &Child) {
    let threads = || std::fs::read_dir(format!("/proc/{}/task", child.id())).map_or(0, Iterator::count);
    let start = Instant::now();
    while threads() < 2 {
        assert!(start.elapsed() < PATIENCE, "the simulation does not start");
        std::thread::sleep(Duration::from_millis(1));
    }
    // Leave time for some replications.
    std::thread::sleep(Duration::from_millis(300));
}

fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").args([name, &child.id().to_string()]).status();
    assert!(sent.unwrap().success());
}

fn end(mut child: Child) -> Output {
    let start = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if start.elapsed() > PATIENCE {
            child.kill().unwrap();
            panic!("the run does not end");
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    child.wait_with_output().unwrap()
}

const ENDLESS: [&str; 3] = ["scenarios/simulate/regions/one-region.yaml", "--precision", "0.000001%"];

#[test]
fn an_interrupted_run_reports_its_results_so_far() {
    for (name, code) in [("-INT", 130), ("-TERM", 143)] {
        let child = start(&ENDLESS);
        until_it_simulates(&child);
        signal(&child, name);
        let output = end(child);
        let printed = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(code), "{printed}");
        assert!(printed.contains("warning:  interrupted: the figures rest on the"), "{printed}");
        assert!(printed.contains("ended by   an interrupt"), "{printed}");
        assert!(printed.contains("Availability over 1y"), "{printed}");
    }
}

#[test]
fn an_interrupted_sweep_keeps_the_settings_that_were_run() {
    let child = start(&[
        "scenarios/simulate/regions/one-region.yaml",
        "--time-limit",
        "1s",
        "--precision",
        "0.000001%",
        "--sweep",
        "dns.mttr=1m,2m,3m,4m,5m,6m,7m,8m,9m",
    ]);
    std::thread::sleep(Duration::from_millis(2_500));
    until_it_simulates(&child);
    signal(&child, "-INT");
    let output = end(child);
    let printed = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(130), "{printed}");
    assert!(printed.contains("of 9 settings were run"), "{printed}");
    assert!(printed.contains("\n 1m "), "{printed}");
}

#[test]
fn a_second_signal_ends_a_run_that_cannot_stop_yet() {
    // One replication covers a hundred million years, and signals are checked only between replications.
    let child = start(&[
        "scenarios/simulate/on-call/one-responder.yaml",
        "--horizon",
        "100000000y",
        "--replications",
        "2",
    ]);
    until_it_simulates(&child);
    signal(&child, "-INT");
    std::thread::sleep(Duration::from_millis(300));
    signal(&child, "-INT");
    let output = end(child);
    assert_eq!(output.status.code(), Some(130));
    assert!(output.stdout.is_empty());
}

/// Waits until the process has used this many clock ticks of CPU time, so that it must be simulating.
fn until_it_worked(child: &Child, ticks: u64) {
    let worked = || -> Option<u64> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", child.id())).ok()?;
        stat.rsplit(')').next()?.split_whitespace().nth(11)?.parse().ok()
    };
    let start = Instant::now();
    while worked().unwrap_or(0) < ticks {
        assert!(start.elapsed() < PATIENCE, "the simulation does not start");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// One replication takes longer than the tests allow.
const SLOW: [&str; 5] = [
    "simulate",
    "scenarios/simulate/on-call/one-responder.yaml",
    "--horizon=30000y",
    "--threads=1",
    "--replications=50",
];

#[test]
fn a_run_interrupted_in_its_first_replication_reports_that_there_are_no_results() {
    let child = start_with(&[&SLOW[..], &["--method=monte-carlo"]].concat());
    until_it_worked(&child, 20);
    signal(&child, "-INT");
    let output = end(child);
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(130), "{errors}");
    assert!(output.stdout.is_empty());
    assert!(
        errors.contains("an interrupt ended the simulation before two replications were done"),
        "{errors}"
    );
}

#[test]
fn a_time_limit_shorter_than_a_replication_is_an_error_without_an_exact_result() {
    let run = |method: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_steadfast"));
        command.current_dir(env!("CARGO_MANIFEST_DIR")).args(SLOW);
        command.args(["--time-limit=1us", "--method", method]).output().unwrap()
    };
    let output = run("monte-carlo");
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{errors}");
    assert!(output.stdout.is_empty());
    assert!(
        errors.contains("the time limit ended the simulation before two replications were done"),
        "{errors}"
    );
    // The exact solution still gives the long-run availability.
    let model = "components: { a: { failure: { weibull: { shape: 2, scale: 1h } }, mttr: 1h } }\n\
                 system: a\nobjectives: { availability: 99% }\n";
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.yaml"), model).unwrap();
    let run = |flags: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_steadfast"));
        command.current_dir(folder.path()).args(["simulate", "a.yaml"]).args(flags).output().unwrap()
    };
    let output = run(&["--horizon=100000y", "--time-limit=2s"]);
    let printed = String::from_utf8(output.stdout).unwrap();
    // Whether the objective is met is not known.
    assert_eq!(output.status.code(), Some(3), "{printed}");
    assert!(printed.contains("warning:  the time limit ended the simulation"), "{printed}");
    assert!(printed.contains("Availability in the long run"), "{printed}");
    // The limit ends the exact solution too.
    let output = run(&["--method=exact", "--time-limit=1us"]);
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{errors}");
    assert!(errors.contains("the time limit ended the exact solution"), "{errors}");
}
