//! Every experiment in `scenarios/chaos` runs and ends as its head states.
//!
//! The head gives the commands to start (`# start:`), the verdict (`# expected: held (exit 0)`) and
//! figures of the JSON report (`# figure:`). The commands are what a reader would type, except that the
//! tests replace the ports by free ones.

mod scenario;
mod stage;

use scenario::Scenario;
use serde_json::Value;
use stage::{Stage, is_installed};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::Mutex;
use std::time::Instant;

/// Number of scenarios that run concurrently; they spend most of their time waiting.
const AT_ONCE: usize = 4;

/// Maximum number of runs of a scenario. Other work on the machine can make a run inconclusive, but
/// cannot change its verdict otherwise; such a run is repeated.
const PLAYS: usize = 8;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/chaos")
}

fn experiments() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    let mut found: Vec<_> = entries.filter(|path| path.extension().is_some_and(|e| e == "yaml")).collect();
    found.sort();
    found
}

/// Returns the first program to start that is not installed.
fn missing(scenario: &Scenario) -> Option<&str> {
    let programs = scenario.start.iter().filter_map(|line| line.split(' ').next());
    let mut others = programs.filter(|program| *program != "steadfast");
    others.find(|program| !is_installed(program))
}

/// Returns the differences from what the head states; empty if there are none.
fn run(path: &Path) -> Result<Vec<String>, String> {
    let text = std::fs::read_to_string(path).unwrap();
    let scenario = Scenario::read(&text)?;
    let name = path.file_name().unwrap().to_string_lossy();
    if let Some(program) = missing(&scenario) {
        eprintln!("skipped: {name}: {program} is not installed");
        return Ok(Vec::new());
    }
    for _ in 1..PLAYS {
        let (wrong, doubtful) = once(&name, &text, &scenario)?;
        if wrong.is_empty() || !doubtful {
            return Ok(wrong);
        }
        println!("repeated: {name}: {}", wrong.join("; "));
    }
    once(&name, &text, &scenario).map(|(wrong, _)| wrong)
}

/// Does the same for one run, and returns whether it was inconclusive or the machine too busy for it.
fn once(name: &str, text: &str, scenario: &Scenario) -> Result<(Vec<String>, bool), String> {
    let begun = Instant::now();
    let output = play(name, text, scenario).map_err(|error| error.to_string())?;
    let report: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    let took_s = begun.elapsed().as_secs_f64();
    println!("{took_s:4.1} s  {name}: {}", report["headline"]);
    scenario.seen(&report).iter().for_each(|seen| println!("        {seen}"));
    let mut wrong = scenario.differences(output.status.code(), &report);
    if !wrong.is_empty() {
        wrong.push(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    let stalled = report["phases"].as_array().is_some_and(|phases| phases.iter().any(|p| p["stalled"] != 0));
    Ok((wrong, stalled || report["outcome"]["inconclusive"].is_string()))
}

/// Starts what the experiment needs, and runs it.
fn play(name: &str, text: &str, scenario: &Scenario) -> io::Result<Output> {
    let stage = Stage::set(text, &folder())?;
    let started: io::Result<Vec<_>> = scenario.start.iter().map(|line| stage.start(line)).collect();
    let _started = started?;
    stage.until_all_listen(text);
    let line = format!("steadfast chaos scenarios/chaos/{name} --format json");
    stage.command(&line).output()
}

#[test]
fn every_experiment_ends_as_its_head_states() {
    let todo = Mutex::new(experiments());
    assert!(todo.lock().unwrap().len() >= 8);
    let wrong = Mutex::new(Vec::new());
    let some = || {
        while let Some(path) = { todo.lock().unwrap().pop() } {
            let found = run(&path).unwrap_or_else(|why| vec![why]);
            let found = found.into_iter().map(|why| format!("{}: {why}", path.display()));
            wrong.lock().unwrap().extend(found);
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(some);
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn there_is_a_scenario_for_every_verdict_of_a_complete_run() {
    let texts = experiments().into_iter().map(|path| std::fs::read_to_string(path).unwrap());
    let mut exits: Vec<_> = texts.map(|text| Scenario::read(&text).unwrap().exit).collect();
    exits.sort_unstable();
    exits.dedup();
    assert_eq!(exits, [0, 1, 3, 4, 5]);
}

#[test]
fn the_readme_lists_every_experiment() {
    let readme = std::fs::read_to_string(folder().join("../README.md")).unwrap();
    for path in experiments() {
        let name = path.file_stem().unwrap().to_string_lossy();
        let text = std::fs::read_to_string(&path).unwrap();
        let scenario = Scenario::read(&text).unwrap();
        let row = readme.lines().find(|line| line.starts_with(&format!("| `{name}` |")));
        let verdict = scenario.verdict.replace('_', " ");
        let expected = format!("| {verdict} ({}) |", scenario.exit);
        assert!(row.is_some_and(|row| row.ends_with(&expected)), "{name}: {row:?}, {expected}");
    }
}

#[test]
fn an_incomplete_or_malformed_head_is_an_error() {
    let start = "# start: a\n";
    let expected = "# expected: held (exit 0)\n";
    let figure = "# figure: /a from 1 to 2: why\n# figure: /b is null\n";
    assert!(Scenario::read(&format!("{start}{expected}{figure}")).is_ok());
    for head in [
        format!("{start}{figure}"),
        format!("{start}{expected}{expected}{figure}"),
        format!("{start}# expected: held\n{figure}"),
        format!("{expected}{figure}"),
        format!("{start}{expected}"),
        format!("{start}{expected}# figure: /a about 3\n"),
    ] {
        assert!(Scenario::read(&head).is_err(), "{head}");
    }
}
