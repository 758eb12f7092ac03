//! Every scenario runs through the built program and gives the figures written beside it.
//!
//! A scenario is a `.toml` file in `scenarios/*/`: a command, its exit code and figures of the JSON output by JSON
//! pointer. The figures come from `scenarios/expect.py`, which shares no code with the program.

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Means and ratios of both programs differ by rounding alone; the quantile functions agree to some 1e-12.
const RELATIVE_ERROR_MAX: f64 = 1e-9;

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Scenario {
    about: String,
    command: Vec<String>,
    exit: i32,
    figures: toml::Table,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn scenarios() -> Vec<PathBuf> {
    let files = |folder: PathBuf| {
        std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
    };
    let folders = files(root().join("scenarios")).filter(|path| path.is_dir());
    let mut found: Vec<PathBuf> = folders
        .flat_map(files)
        .filter(|path| path.extension().is_some_and(|e| e == "toml"))
        .collect();
    found.sort();
    found
}

/// What differs from what the scenario says; empty when nothing does.
fn run(path: &Path) -> Vec<String> {
    let scenario: Scenario = toml::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_steadfast"))
        .args(&scenario.command)
        .args(["--format", "json"])
        .current_dir(root())
        .output()
        .unwrap();
    let mut wrong = Vec::new();
    if output.status.code() != Some(scenario.exit) {
        let errors = String::from_utf8_lossy(&output.stderr);
        wrong.push(format!(
            "exit {:?}, not {}: {errors}",
            output.status.code(),
            scenario.exit
        ));
    }
    let found: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    assert!(!scenario.about.is_empty() && !scenario.figures.is_empty());
    for (pointer, expected) in &scenario.figures {
        let found = found.pointer(pointer).unwrap_or(&Value::Null);
        if !same(found, expected) {
            wrong.push(format!("{pointer} is {found}, not {expected:?}"));
        }
    }
    wrong
}

fn same(found: &Value, expected: &toml::Value) -> bool {
    let expected = match expected {
        toml::Value::String(text) => return found.as_str() == Some(text),
        toml::Value::Integer(number) => *number as f64,
        toml::Value::Float(number) => *number,
        _ => return false,
    };
    found
        .as_f64()
        .is_some_and(|found| (found - expected).abs() <= RELATIVE_ERROR_MAX * expected.abs())
}

#[test]
fn every_scenario_gives_the_outcome_written_beside_it() {
    let scenarios = scenarios();
    assert!(scenarios.len() >= 6, "{scenarios:?}");
    let wrong: Vec<String> = scenarios
        .iter()
        .flat_map(|path| {
            run(path)
                .into_iter()
                .map(|why| format!("{}: {why}", path.display()))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
