//! Runs every scenario with the built program and compares the figures with the expected ones.
//!
//! A scenario is a `.toml` file in `scenarios/availability/`, or an `expected*.toml` file in a folder of
//! `scenarios/simulate/`: a command, its exit code, and figures of the JSON output by JSON pointer. The
//! figures come from `scenarios/expect.py` and `scenarios/expect_simulate.py`, which share no code with
//! the program.

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Relative tolerance. Means and ratios of both programs differ by rounding only; quantile functions
/// agree to about 1e-12, quadratures to 1e-10.
const RELATIVE_ERROR_MAX: f64 = 1e-9;

/// Tolerance of simulated figures, at fixed seeds. With about 45 figures, one choice of seeds in 350
/// would put a figure outside by random variation alone.
const STANDARD_ERRORS_MAX: f64 = 4.0;

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Scenario {
    about: String,
    command: Vec<String>,
    exit: i32,
    /// Source of the figures; required for `simulate`.
    source: Option<String>,
    /// Texts, and numbers that both programs compute without random numbers.
    #[serde(default)]
    figures: toml::Table,
    /// True values of simulated figures.
    #[serde(default)]
    simulated: toml::Table,
    /// Minimum and maximum of a number.
    #[serde(default)]
    bounds: toml::Table,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Returns all files below `folder`, relative to the root.
fn files(folder: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![PathBuf::from(folder)];
    while let Some(path) = open.pop() {
        if root().join(&path).is_dir() {
            let entries = std::fs::read_dir(root().join(&path)).unwrap();
            open.extend(entries.map(|entry| path.join(entry.unwrap().file_name())));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn is_scenario(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let place = path.to_string_lossy();
    name.ends_with(".toml") && (place.contains("/availability/") || name.starts_with("expected"))
}

/// Returns the files of `scenarios/simulate/` that no scenario runs, and the folders without a scenario.
fn without_expectation(files: &[PathBuf], commands: &[Vec<String>]) -> Vec<String> {
    let folders: std::collections::BTreeSet<&Path> = files.iter().filter_map(|path| path.parent()).collect();
    let bare = folders.into_iter().filter(|folder| {
        let scenarios = files.iter().filter(|path| path.parent() == Some(folder) && is_scenario(path));
        scenarios.count() == 0
    });
    let idle = files.iter().filter(|path| {
        let runs_it = |command: &Vec<String>| command.iter().any(|word| Path::new(word) == path.as_path());
        !is_scenario(path) && !commands.iter().any(runs_it)
    });
    let bare = bare.map(|folder| format!("{}: no expected*.toml here", folder.display()));
    bare.chain(idle.map(|path| format!("{}: no scenario runs it", path.display()))).collect()
}

fn read(path: &Path) -> Scenario {
    let text = std::fs::read_to_string(root().join(path)).unwrap();
    let scenario: Scenario =
        toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let checked = scenario.figures.len() + scenario.simulated.len() + scenario.bounds.len();
    let says_all = !scenario.about.is_empty() && checked > 0;
    let has_source = scenario.command[0] != "simulate" || scenario.source.is_some_and(|s| !s.is_empty());
    assert!(says_all && has_source, "{}: says too little", path.display());
    toml::from_str(&text).unwrap()
}

/// Limit in MiB of the address space of a scenario. `tests/slow/memory.sh` has those of large logs.
const MEMORY_MIB: u64 = 512;

/// Runs a scenario and returns its differences from the expected results.
fn run(path: &Path) -> Vec<String> {
    let scenario = read(path);
    let limited = format!("ulimit -v {}; exec \"$0\" \"$@\"", MEMORY_MIB << 10);
    let output = Command::new("sh")
        .args(["-c", &limited, env!("CARGO_BIN_EXE_steadfast")])
        .args(&scenario.command)
        // Each arena of the allocator reserves 64 MiB of addresses, whatever it uses.
        .env("MALLOC_ARENA_MAX", "1")
        .args(["--format", "json"])
        .current_dir(root())
        .output()
        .unwrap();
    let mut wrong = Vec::new();
    if output.status.code() != Some(scenario.exit) {
        let errors = String::from_utf8_lossy(&output.stderr);
        wrong.push(format!("exit {:?}, not {}: {errors}", output.status.code(), scenario.exit));
    }
    let found: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    let checks: [(&toml::Table, Check); 3] =
        [(&scenario.figures, same), (&scenario.simulated, estimates), (&scenario.bounds, within)];
    for (table, check) in checks {
        for (pointer, expected) in table {
            let found = at(&found, pointer).unwrap_or(&Value::Null);
            if !check(found, expected) {
                wrong.push(format!("{pointer} is {found}, not {expected:?}"));
            }
        }
    }
    wrong
}

type Check = fn(&Value, &toml::Value) -> bool;

/// Resolves a JSON pointer in which an element of a list may also be selected by its `key` or `name`, or
/// by `name` and `kind`.
fn at<'v>(value: &'v Value, pointer: &str) -> Option<&'v Value> {
    let steps = pointer.split('/').skip(1);
    steps.into_iter().try_fold(value, |value, step| match value {
        Value::Array(items) => match step.parse::<usize>() {
            Ok(index) => items.get(index),
            Err(_) => items.iter().find(|item| {
                let text = |key: &str| item[key].as_str().unwrap_or_default();
                [text("key"), text("name")].contains(&step)
                    || format!("{} {}", text("name"), text("kind")) == step
            }),
        },
        _ => value.get(step),
    })
}

fn number(value: &toml::Value) -> Option<f64> {
    match value {
        toml::Value::Integer(number) => Some(*number as f64),
        toml::Value::Float(number) => Some(*number),
        _ => None,
    }
}

fn same(found: &Value, expected: &toml::Value) -> bool {
    if let toml::Value::String(text) = expected {
        return found.as_str() == Some(text);
    }
    let both = found.as_f64().zip(number(expected));
    both.is_some_and(|(found, expected)| (found - expected).abs() <= RELATIVE_ERROR_MAX * expected.abs())
}

/// Returns whether the true value lies within the allowed number of standard errors, which follow from
/// the 95 % interval.
fn estimates(found: &Value, expected: &toml::Value) -> bool {
    let of = |key: &str| found[key].as_f64();
    let (Some(value), Some(lower), Some(upper)) = (of("value"), of("lower"), of("upper")) else {
        return false;
    };
    let standard_error = 0.5 * (upper - lower) / 1.959_964;
    // An interval clamped at zero is too narrow to give the standard error.
    let whole = lower > 0.0 && standard_error > 0.0;
    whole && number(expected).is_some_and(|e| (value - e).abs() <= STANDARD_ERRORS_MAX * standard_error)
}

fn within(found: &Value, bounds: &toml::Value) -> bool {
    let bounds: Vec<f64> = bounds.as_array().into_iter().flatten().filter_map(number).collect();
    let found = found.as_f64();
    matches!((found, bounds.as_slice()), (Some(found), [low, high]) if (*low..=*high).contains(&found))
}

/// Runs the scenarios in `folder`, prints the time of each, and returns their number and all
/// differences.
fn all_in(folder: &str) -> (usize, Vec<String>) {
    let scenarios: Vec<PathBuf> = files(folder).into_iter().filter(|path| is_scenario(path)).collect();
    let mut wrong = Vec::new();
    for path in &scenarios {
        let start = std::time::Instant::now();
        let found = run(path);
        println!("{:.2} s  {}", start.elapsed().as_secs_f64(), path.display());
        wrong.extend(found.into_iter().map(|why| format!("{}: {why}", path.display())));
    }
    (scenarios.len(), wrong)
}

#[test]
fn every_log_gives_the_expected_figures() {
    let (count, wrong) = all_in("scenarios/availability");
    assert!(count >= 6, "{count}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_topology_gives_the_expected_figures() {
    let (count, wrong) = all_in("scenarios/simulate");
    assert!(count >= 16, "{count}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_topology_has_expected_figures() {
    let files = files("scenarios/simulate");
    let scenarios = files.iter().filter(|path| is_scenario(path));
    let commands: Vec<Vec<String>> = scenarios.map(|path| read(path).command).collect();
    let wrong = without_expectation(&files, &commands);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn folders_without_scenarios_and_unused_topologies_are_found() {
    let files: Vec<PathBuf> =
        ["s/bare/topology.yaml", "s/full/a.yaml", "s/full/b.yaml", "s/full/expected.toml"]
            .map(PathBuf::from)
            .into();
    let commands = [vec!["simulate".to_owned(), "s/full/a.yaml".to_owned()]];
    let wrong = without_expectation(&files, &commands);
    assert_eq!(
        wrong,
        [
            "s/bare: no expected*.toml here",
            "s/bare/topology.yaml: no scenario runs it",
            "s/full/b.yaml: no scenario runs it"
        ]
    );
}
