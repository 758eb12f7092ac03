//! System calls of a run fail, by `strace -e inject`: a run never ends with success and less than it promised.

use super::program::{at_once, experiment, folder};
use super::targets::Target;
use crate::strace::{count, has_strace};
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// The calls that fail, and how: what a machine at its limits and a full or broken disk give.
const CALLS: [(&str, &str); 20] = [
    ("socket", "EMFILE"),
    ("bind", "EADDRINUSE"),
    ("listen", "ENOBUFS"),
    ("accept4", "EMFILE"),
    ("connect", "EADDRNOTAVAIL"),
    ("setsockopt", "ENOBUFS"),
    ("getsockname", "ENOBUFS"),
    ("fcntl", "EMFILE"),
    ("epoll_create1", "EMFILE"),
    ("epoll_ctl", "ENOSPC"),
    ("eventfd2", "EMFILE"),
    ("timerfd_create", "EMFILE"),
    ("timerfd_settime", "EINVAL"),
    ("sendto,writev,sendmsg", "ENOBUFS"),
    ("recvfrom", "ENOMEM"),
    ("clone,clone3", "EAGAIN"),
    ("open,openat", "EMFILE"),
    ("write", "ENOSPC"),
    ("fsync", "EIO"),
    ("linkat,rename,renameat,renameat2", "EIO"),
];

/// Of the calls of a kind, the first ones fail, which set things up, the last ones, which write the results, and some
/// between.
fn chosen(calls: usize) -> Vec<usize> {
    let mut chosen: Vec<usize> =
        (1..=calls).filter(|n| *n <= 6 || *n + 4 > calls || n % (calls / 4 + 1) == 0).collect();
    chosen.dedup();
    chosen
}

fn traced(folder: &Path, strace: &[&str]) -> Output {
    let mut command = Command::new("timeout");
    command.args(["60", "strace", "-f", "-o", "trace"]).args(strace).arg(env!("CARGO_BIN_EXE_steadfast"));
    command.args(["chaos", "e.yaml", "--quiet", "--output", "r.json", "--incidents", "i.csv"]);
    command.current_dir(folder).stdin(Stdio::null()).output().unwrap()
}

#[test]
#[ignore = "slow: some hundreds of runs of two seconds"]
fn a_system_call_that_fails_never_leads_to_a_wrong_success() {
    if !has_strace() {
        return;
    }
    let target = Target::start();
    let plan =
        experiment(&target.url, "load: { rate: 40/s }\nfaults: [{ http_delay: 1ms }, { latency: 1ms }]")
            .replace(
                "baseline: 1s, baseline_max: 1s, fault: 1s, recovery: 2s, recovery_max: 2s",
                "baseline: 400ms, baseline_max: 400ms, fault: 400ms, recovery: 800ms, recovery_max: 800ms",
            );
    let cases: Vec<_> = CALLS.iter().flat_map(|(calls, error)| injections(&plan, calls, error)).collect();
    println!("{} calls fail", cases.len());
    at_once(cases, |(trace, inject)| check(&plan, &trace, &inject));
}

/// Counts the calls of a kind in a run, and returns what lets each of the chosen ones fail.
fn injections(plan: &str, calls: &str, error: &str) -> Vec<(String, String)> {
    let folder = folder(plan);
    let trace = format!("trace={calls}");
    let clean = traced(folder.path(), &["-e", &trace]);
    assert_eq!(clean.status.code(), Some(0), "{}", String::from_utf8_lossy(&clean.stderr));
    let all = count(&folder.path().join("trace"), calls);
    let inject = |n| (trace.clone(), format!("inject={calls}:error={error}:when={n}"));
    chosen(all).into_iter().map(inject).collect()
}

/// Checks that a run in which a call fails promises no more than it gives.
fn check(plan: &str, trace: &str, inject: &str) {
    let folder = folder(plan);
    let run = traced(folder.path(), &["-e", trace, "-e", inject]);
    let said = String::from_utf8_lossy(&run.stderr);
    if said.contains("failed to wake I/O driver") {
        // A write to an `eventfd`, which cannot fail so: the runtime gives up.
        return;
    }
    assert!(!said.contains("panicked"), "{inject}: {said}");
    let written = |name| std::fs::read_to_string(folder.path().join(name));
    let report = written("r.json").map(|text| serde_json::from_str::<serde_json::Value>(&text));
    let log = written("i.csv");
    match run.status.code() {
        Some(0) => {
            let report = report.unwrap().unwrap();
            assert_eq!((&report["exit_code"], &report["outcome"]), (&0.into(), &"held".into()), "{inject}");
            let hits: Vec<_> =
                report["faults"].as_array().unwrap().iter().map(|fault| &fault["hits"]).collect();
            assert!(hits.iter().all(|hits| hits.as_u64() > Some(0)), "{inject}: {hits:?}");
            assert!(log.unwrap().ends_with('\n'), "{inject}");
        }
        // A verdict, or an error in words; what is written is whole.
        Some(code) => {
            assert!(
                code == 1 || code == 3 || code == 4 || !said.is_empty(),
                "{inject}: {code} without a word"
            );
            assert!(report.is_err() || report.is_ok_and(|report| report.is_ok()), "{inject}: half a report");
        }
        None => panic!("{inject}: {:?} {said}", run.status),
    }
    let left = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
    let parts: Vec<_> = left.filter(|name| name.to_string_lossy().contains("part")).collect();
    assert!(parts.is_empty(), "{inject}: {parts:?}");
}
