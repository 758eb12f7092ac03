//! Runs under `strace`, which lets system calls fail.

use std::path::Path;
use std::process::Command;

/// Returns whether `strace` can be run; says so if not.
pub(crate) fn has_strace() -> bool {
    let found = Command::new("strace")
        .args(["-o", "/dev/null", "true"])
        .status()
        .is_ok_and(|status| status.success());
    if !found {
        eprintln!("skipped: strace cannot be run");
    }
    found
}

/// Counts the calls of a set, such as `open,openat`, in a trace of several threads.
pub(crate) fn count(trace: &Path, calls: &str) -> usize {
    let trace = std::fs::read_to_string(trace).unwrap();
    let is_one = |line: &&str| {
        let call = line.split_once(' ').map_or("", |(_, rest)| rest.trim_start());
        calls.split(',').any(|name| call.strip_prefix(name).is_some_and(|rest| rest.starts_with('(')))
    };
    trace.lines().filter(is_one).count()
}
