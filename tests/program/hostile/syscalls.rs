//! Every system call fails in turn, by `strace -e inject`: a run never ends with success and less than it promised,
//! and no file is ever half written.

use super::run::{Desk, SMALL_LOG};
use crate::strace::{count, has_strace};
use std::collections::BTreeMap;
use std::process::{Command, Output};

/// The calls that fail, and how: what a full or broken disk, missing rights and a machine at its limits give.
const CALLS: [(&str, &str); 15] = [
    ("open,openat", "EMFILE"),
    ("read", "EIO"),
    ("pread64", "EIO"),
    ("write", "ENOSPC"),
    ("close", "EIO"),
    ("statx,newfstatat,fstat", "EACCES"),
    ("lseek", "EIO"),
    ("fsync", "EIO"),
    ("fchmod", "EPERM"),
    ("linkat", "EPERM"),
    ("rename,renameat,renameat2", "EIO"),
    ("readlink,readlinkat", "EIO"),
    ("clone,clone3", "EAGAIN"),
    ("getrandom", "ENOSYS"),
    ("sched_getaffinity,getcwd,ioctl", "ENOSYS"),
];

fn traced(desk: &Desk, strace: &[&str], arguments: &[&str]) -> Output {
    Command::new("strace")
        .args(["-f", "-o", "trace"])
        .args(strace)
        .arg(env!("CARGO_BIN_EXE_steadfast"))
        .args(arguments)
        .current_dir(desk.folder())
        .output()
        .unwrap()
}

/// Returns what the run wrote: the files of these names, if they exist.
fn written(desk: &Desk, names: &[&str]) -> BTreeMap<String, String> {
    let read = |name: &&str| Some(((*name).to_owned(), std::fs::read_to_string(desk.path(name)).ok()?));
    names.iter().filter_map(read).collect()
}

/// Lets each of these system calls of a run fail.
fn fail_each(calls: &[(&str, &str)], desk: &Desk, arguments: &[&str], outputs: &[&str]) {
    let mut failed = 0;
    for (calls, error) in calls {
        let trace = format!("trace={calls}");
        let clean = traced(desk, &["-e", &trace], arguments);
        assert!(clean.status.success(), "{}", String::from_utf8_lossy(&clean.stderr));
        let whole = written(desk, outputs);
        assert_eq!(whole.len(), outputs.len());
        for n in 1..=count(&desk.path("trace"), calls) {
            for name in outputs {
                desk.put(name, "before");
            }
            failed += 1;
            let inject = format!("inject={calls}:error={error}:when={n}");
            let run = traced(desk, &["-e", &trace, "-e", &inject], arguments);
            let said = String::from_utf8_lossy(&run.stderr);
            assert!(!said.contains("panicked"), "{inject}: {said}");
            for (name, text) in written(desk, outputs) {
                let is_whole = whole.get(&name) == Some(&text);
                assert!(
                    is_whole || text == "before" && !run.status.success(),
                    "{inject}: {name}: {text} {said}"
                );
            }
            let succeeded = run.status.success();
            assert!(!succeeded || run.stdout == clean.stdout, "{inject}: success with less than promised");
            assert!(succeeded || !said.is_empty(), "{inject}: failed without a word");
        }
        let parts: Vec<String> = desk.names().into_iter().filter(|name| name.contains("part")).collect();
        assert!(parts.is_empty(), "{calls}: {parts:?}");
    }
    assert!(failed >= calls.len(), "only {failed} calls failed");
}

#[test]
fn a_failing_system_call_never_leads_to_a_wrong_success() {
    if !has_strace() {
        return;
    }
    let desk = Desk::with("log.csv", SMALL_LOG);
    let log = ["availability", "log.csv", "--from", "2026-01-01", "--to", "2026-02-01", "--quiet"];
    fail_each(
        &CALLS,
        &desk,
        &[&log[..], &["--output", "out.json", "--ledger", "rows.csv"]].concat(),
        &["out.json", "rows.csv"],
    );
    let writes: Vec<_> = CALLS.into_iter().filter(|(calls, _)| *calls == "write").collect();
    fail_each(&writes, &desk, &[&log[..], &["--format", "csv"]].concat(), &[]);
    desk.put("pair.yaml", "components: { a: { mtbf: 1000h, mttr: 1h } }\nsystem: a\n");
    let simulate = ["simulate", "pair.yaml", "--replications", "100", "--quiet", "--output", "out.json"];
    fail_each(&CALLS, &desk, &simulate, &["out.json"]);
}
