//! Every scenario runs through the built program and gives the figures written beside it.
//!
//! A scenario is a `.toml` file in `scenarios/availability/`, or an `expected*.toml` file in a folder of `scenarios/simulate/`: a
//! command, its exit code and figures of the JSON output by JSON pointer. The figures come from `scenarios/expect.py` and
//! `scenarios/expect_simulate.py`, which share no code with the program.

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Means and ratios of both programs differ by rounding alone; the quantile functions agree to some 1e-12, quadratures to 1e-10.
const RELATIVE_ERROR_MAX: f64 = 1e-9;

/// At fixed seeds. Some 45 figures are held against this: chance alone would put one outside in 350 choices of the seeds.
const STANDARD_ERRORS_MAX: f64 = 4.0;

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Scenario {
    about: String,
    command: Vec<String>,
    exit: i32,
    /// Where the figures come from; for all that `simulate` predicts.
    source: Option<String>,
    /// Text, and numbers that both programs work out without chance.
    #[serde(default)]
    figures: toml::Table,
    /// What a simulated figure estimates.
    #[serde(default)]
    simulated: toml::Table,
    /// The least and the most that a number may be.
    #[serde(default)]
    bounds: toml::Table,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All files in `folder`, relative to the root.
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

/// Files of `scenarios/simulate/` that no command of a scenario runs, and folders without any scenario.
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

/// What differs from what the scenario says; empty when nothing does.
fn run(path: &Path) -> Vec<String> {
    let scenario = read(path);
    let output = Command::new(env!("CARGO_BIN_EXE_steadfast"))
        .args(&scenario.command)
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

/// A JSON pointer in which an element of a list is also found by its `key` or `name`, or by its `name` and `kind`.
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

/// Whether the estimate is as near as its own interval of 95 % says.
fn estimates(found: &Value, expected: &toml::Value) -> bool {
    let of = |key: &str| found[key].as_f64();
    let (Some(value), Some(lower), Some(upper)) = (of("value"), of("lower"), of("upper")) else {
        return false;
    };
    let standard_error = 0.5 * (upper - lower) / 1.959_964;
    // A bound that stops at zero makes the interval narrower than its standard error is.
    let whole = lower > 0.0 && standard_error > 0.0;
    whole && number(expected).is_some_and(|e| (value - e).abs() <= STANDARD_ERRORS_MAX * standard_error)
}

fn within(found: &Value, bounds: &toml::Value) -> bool {
    let bounds: Vec<f64> = bounds.as_array().into_iter().flatten().filter_map(number).collect();
    let found = found.as_f64();
    matches!((found, bounds.as_slice()), (Some(found), [low, high]) if (*low..=*high).contains(&found))
}

/// What is wrong with the scenarios in `folder`, with the time that each took.
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
fn every_log_gives_the_outcome_written_beside_it() {
    let (count, wrong) = all_in("scenarios/availability");
    assert!(count >= 6, "{count}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_topology_gives_the_outcome_written_beside_it() {
    let (count, wrong) = all_in("scenarios/simulate");
    assert!(count >= 16, "{count}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_topology_has_an_outcome_written_beside_it() {
    let files = files("scenarios/simulate");
    let scenarios = files.iter().filter(|path| is_scenario(path));
    let commands: Vec<Vec<String>> = scenarios.map(|path| read(path).command).collect();
    let wrong = without_expectation(&files, &commands);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_folder_without_expectations_and_a_topology_that_nobody_runs_are_found() {
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
