//! Outputs that cannot be written, pipes that are closed early, and interruptions.

use super::run::{Desk, FORMATS, SMALL_LOG, wait};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::process::Command;
use std::time::Duration;

fn log() -> Desk {
    Desk::with("log.csv", SMALL_LOG)
}

#[test]
fn outputs_that_cannot_be_written_are_refused_by_name() {
    for flags in
        ["--output missing/a.json", "--output folder.json", "--ledger missing/a.csv", "--ledger folder.json"]
    {
        let desk = log();
        std::fs::create_dir(desk.path("folder.json")).unwrap();
        let name = flags.split_whitespace().last().unwrap();
        desk.availability(&format!("log.csv {flags}")).refused(&[name, "cannot be written"]);
        assert_eq!(desk.names(), ["folder.json", "log.csv"]);
    }
}

#[test]
fn a_full_device_is_refused() {
    if !std::path::Path::new("/dev/full").exists() {
        eprintln!("skipped: no /dev/full");
        return;
    }
    for flags in ["--output /dev/full --format json", "--ledger /dev/full"] {
        log().availability(&format!("log.csv {flags}")).refused(&["/dev/full"]);
    }
}

#[test]
fn an_unknown_extension_is_refused_before_any_input_is_read() {
    let desk = Desk::new();
    desk.availability("missing.csv --output a.xyz").refused(&["a.xyz"]);
}

#[test]
fn a_failed_output_leaves_no_partial_file_and_keeps_the_old_one() {
    let desk = log();
    desk.put("a.json", "before");
    desk.availability("log.csv --output b.json --output missing/a.json").refused(&["missing/a.json"]);
    desk.availability("nothing.csv --output a.json").refused(&["nothing.csv"]);
    assert_eq!(std::fs::read_to_string(desk.path("a.json")).unwrap(), "before");
    assert!(desk.names().iter().all(|name| !name.contains(".part")), "{:?}", desk.names());
}

/// A log with many services, whose output exceeds the buffer of a pipe.
fn long_log() -> Desk {
    let rows: String =
        (0..2_000).map(|i| format!("service-{i},2026-01-05T10:00:00Z,2026-01-05T11:00:00Z\n")).collect();
    Desk::with("log.csv", format!("service,started_at,resolved_at\n{rows}"))
}

#[test]
fn a_closed_pipe_is_not_an_error() {
    let desk = long_log();
    for format in FORMATS {
        let mut child = desk.availability(&format!("log.csv --top 0 --format {format}")).start();
        let mut stdout = BufReader::with_capacity(64, child.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        drop(stdout);
        let ended = wait(child);
        assert_eq!((ended.code, ended.stderr.as_str()), (0, ""), "{format}");
    }
}

#[test]
fn a_closed_pipe_is_not_an_error_for_a_trace() {
    let desk =
        Desk::with("pair.yaml", "horizon: 100y\ncomponents: { a: { mtbf: 1h, mttr: 1h } }\nsystem: a\n");
    let mut child = desk.run("simulate pair.yaml --trace 0").start();
    let mut stdout = BufReader::with_capacity(64, child.stdout.take().unwrap());
    let mut line = String::new();
    stdout.read_line(&mut line).unwrap();
    drop(stdout);
    let ended = wait(child);
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""));
}

#[test]
fn a_missed_objective_sets_the_exit_code_even_if_the_pipe_is_closed() {
    let desk = long_log();
    let flags = "log.csv --top 0 --fail-if 'availability < 100%'";
    let mut child = desk.availability(flags).start();
    drop(child.stdout.take());
    let ended = wait(child);
    assert_eq!((ended.code, ended.stderr.as_str()), (1, ""));
}

#[test]
fn a_closed_pipe_is_not_an_error_for_the_ledger_and_the_lists() {
    let desk = long_log();
    for arguments in [
        "availability log.csv --quiet --ledger - --output a.json",
        "list inputs",
        "completions bash",
        "man",
        "--help",
    ] {
        let mut child = desk.run(arguments).start();
        drop(child.stdout.take());
        let ended = wait(child);
        assert_eq!((ended.code, ended.stderr.as_str()), (0, ""), "{arguments}");
    }
}

#[test]
fn an_interruption_while_reading_leaves_no_files_behind() {
    let desk = log();
    let made = Command::new("mkfifo").arg(desk.path("slow")).status().unwrap();
    assert!(made.success());
    let mut child = desk.availability("slow --output out.json --ledger ledger.csv").start();
    let mut slow = std::fs::File::options().write(true).open(desk.path("slow")).unwrap();
    slow.write_all(SMALL_LOG.as_bytes()).unwrap();
    std::thread::sleep(Duration::from_millis(200));
    // SIGINT may be ignored: a shell without job control starts its background jobs so.
    let interrupted = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    assert!(interrupted.success());
    let status = child.wait().unwrap();
    assert_eq!(status.signal(), Some(15), "{status}");
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert!(!said.contains("panicked"), "{said}");
    assert_eq!(desk.names(), ["log.csv", "slow"]);
}

#[test]
fn a_log_truncated_while_it_is_read_does_not_cause_a_panic() {
    let desk = Desk::with("log.csv", SMALL_LOG.repeat(20_000).replace("service,", "api,"));
    desk.put(
        "log.csv",
        format!("{SMALL_LOG}{}", "api,2026-01-08T10:00:00Z,2026-01-08T11:00:00Z\n".repeat(400_000)),
    );
    let child = desk.availability("log.csv").start();
    std::thread::sleep(Duration::from_millis(30));
    desk.put("log.csv", "");
    let ended = wait(child);
    assert!([0, 2].contains(&ended.code) && !ended.stderr.contains("panicked"), "{}", ended.stderr);
}

#[test]
fn a_last_row_without_a_line_feed_has_the_right_number_in_the_ledger() {
    let desk = Desk::with("a.csv", SMALL_LOG.trim_end().replace("2026-01-07T10:30", "2026-01-07T09:30"));
    desk.put("b.csv", SMALL_LOG);
    desk.availability("a.csv b.csv --ledger -  --quiet --format json --output b.json").fine();
    let ledger = desk.availability("a.csv b.csv --ledger ledger.csv").fine();
    assert!(ledger.contains("with an end before the start"), "{ledger}");
    let ledger = std::fs::read_to_string(desk.path("ledger.csv")).unwrap();
    assert!(ledger.contains("a.csv,line,3,reversed"), "{ledger}");
}

#[test]
fn a_deleted_log_is_refused_by_name() {
    let desk = log();
    std::fs::remove_file(desk.path("log.csv")).unwrap();
    desk.availability("log.csv").refused(&["log.csv", "no such file"]);
}

#[test]
fn an_output_never_overwrites_an_input() {
    let desk = log();
    for flags in ["--output log.csv", "--output ./log.csv", "--ledger log.csv"] {
        desk.availability(&format!("log.csv {flags}")).refused(&["log.csv"]);
        assert_eq!(std::fs::read_to_string(desk.path("log.csv")).unwrap(), SMALL_LOG);
    }
    let files = [
        ("holidays.csv", "2026-01-06\n"),
        (
            "shop.json",
            r#"{"horizon": "1d", "components": {"a": {"mtbf": "1d", "mttr": "1h"}}, "system": "a"}"#,
        ),
        (
            "run.json",
            r#"{"target": "http://127.0.0.1:1/", "load": {"data": "users.csv"}, "faults": [{"latency": "1ms"}]}"#,
        ),
        ("users.csv", "name\na\n"),
    ];
    for (name, text) in files {
        desk.put(name, text);
    }
    for command in [
        "availability log.csv --hours Mon-Fri --holidays holidays.csv --output holidays.csv",
        "simulate shop.json --method exact --output shop.json",
        "simulate log.csv --compare shop.json --output shop.json",
        "chaos run.json --dry-run --output run.json",
        "chaos run.json --incidents run.json",
        "chaos run.json --dry-run --output users.csv",
    ] {
        desk.run(command).refused(&[]);
    }
    for (name, text) in files {
        assert_eq!(std::fs::read_to_string(desk.path(name)).unwrap(), text, "{name}");
    }
}

#[test]
fn no_message_shows_a_password() {
    let desk = log();
    for command in [
        "http://u:secret@127.0.0.1:1/",
        "availability http://u:secret@127.0.0.1:1/",
        "simulate http://u:secret@127.0.0.1:1/",
        "chaos u:secret@127.0.0.1:1",
        "chaos --nope=http://u:secret@127.0.0.1:1/",
    ] {
        let ended = desk.run(command).refused(&[]);
        assert!(!ended.stderr.contains("secret"), "{command}: {}", ended.stderr);
    }
}

#[test]
fn two_outputs_on_one_file_are_refused() {
    let desk = log();
    desk.put("a.json", "before");
    std::os::unix::fs::symlink("a.json", desk.path("link.json")).unwrap();
    for flags in [
        "--output a.json --output a.json",
        "--output a.json --output ./a.json",
        "--output a.json --output link.json",
        "--output a.json --ledger a.json",
        "--output new.json --ledger ./new.json",
        "--ledger -",
    ] {
        desk.availability(&format!("log.csv {flags}")).refused(&["two outputs"]);
    }
    assert_eq!(std::fs::read_to_string(desk.path("a.json")).unwrap(), "before");
}

#[test]
fn an_output_keeps_the_permissions_of_the_file_and_the_link_to_it() {
    use std::os::unix::fs::PermissionsExt as _;
    let desk = log();
    std::fs::create_dir(desk.path("there")).unwrap();
    desk.put("there/a.json", "before");
    std::fs::set_permissions(desk.path("there/a.json"), std::fs::Permissions::from_mode(0o640)).unwrap();
    std::os::unix::fs::symlink("there/a.json", desk.path("a.json")).unwrap();
    std::os::unix::fs::symlink("there/b.json", desk.path("b.json")).unwrap();
    desk.availability("log.csv --output a.json --output b.json").fine();
    for (name, mode) in [("a.json", Some(0o640)), ("b.json", None)] {
        assert!(std::fs::symlink_metadata(desk.path(name)).unwrap().is_symlink(), "{name}");
        let behind = desk.path(&format!("there/{name}"));
        assert!(std::fs::read_to_string(&behind).unwrap().starts_with('{'), "{name}");
        let found = std::fs::metadata(&behind).unwrap().permissions().mode() & 0o777;
        assert!(mode.is_none_or(|mode| mode == found), "{found:o}");
    }
    // A new file has the permissions that the user's mask gives any new file.
    desk.put("plain", "");
    let mode = |path: std::path::PathBuf| std::fs::metadata(path).unwrap().permissions().mode();
    assert_eq!(mode(desk.path("there/b.json")), mode(desk.path("plain")));
    assert_eq!(std::fs::read_dir(desk.path("there")).unwrap().count(), 2);
}

/// A file that is being written has no name: nothing is left of it, however the process ends.
#[test]
fn a_process_killed_while_it_writes_leaves_no_part_of_a_file() {
    let desk = long_log();
    for delay in (0..400).step_by(20) {
        let outputs = "--output a.html --output b.json --output c.csv --ledger d.csv";
        let mut child = desk.availability(&format!("log.csv --top 0 {outputs}")).start();
        std::thread::sleep(Duration::from_millis(delay));
        child.kill().unwrap();
        child.wait().unwrap();
        let parts: Vec<String> = desk.names().into_iter().filter(|name| name.contains("part")).collect();
        assert!(parts.is_empty(), "{parts:?}");
        for name in ["b.json", "c.csv"] {
            let text = std::fs::read_to_string(desk.path(name)).unwrap_or_default();
            assert!(text.is_empty() || text.ends_with('\n') || text.ends_with('}'), "{name} is not whole");
        }
    }
}
