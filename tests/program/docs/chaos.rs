//! What README and docs/chaos.md show of a chaos run is what a run prints, apart from the measured numbers.

use super::{blocks, picture, root};
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

const EXPERIMENT: &str = "scenarios/chaos/queue-drains.yaml";
const PICTURE: &str = "docs/chaos.svg";
const PARTS: picture::Parts = &[("Chaos:", "experiment"), ("Phase", "recovery"), ("Response time", "Time")];

/// Maximum number of runs: on a busy machine a run can be inconclusive.
const RUNS_MAX: usize = 8;

#[test]
fn what_is_shown_of_a_chaos_run_is_what_a_run_prints() {
    for run in 1..=RUNS_MAX {
        let printed = printed_by_a_run();
        if std::env::var_os("UPDATE_DOCS").is_some() && !is_shown(&picture_text(), &printed) {
            let drawn = picture::picture(&format!("chaos {EXPERIMENT}"), &printed, PARTS);
            std::fs::write(root().join(PICTURE), drawn).unwrap();
        }
        let [readme, page] = ["README.md", "docs/chaos.md"].map(|page| blocks(page, "text").remove(0));
        let shown = [("README.md", readme), ("docs/chaos.md", page), (PICTURE, picture_text())];
        let wrong = shown.iter().find(|(_, text)| !is_shown(text, &printed));
        match wrong {
            None => return,
            Some((page, text)) if run == RUNS_MAX => {
                panic!("{page} shows\n{text}\nbut a run printed\n{printed}")
            }
            Some(_) => {}
        }
    }
}

fn picture_text() -> String {
    let parts = std::fs::read_to_string(root().join(PICTURE)).map(|svg| picture::text(&svg));
    parts.unwrap_or_default()
}

/// A target that ends with the test.
struct Target(Child);

impl Drop for Target {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn steadfast() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_steadfast"));
    command.current_dir(root()).env("COLUMNS", "120").stdout(Stdio::piped());
    command
}

/// Runs the experiment against the target that its head names, on a free port.
fn printed_by_a_run() -> String {
    let mut target = Target(steadfast().args(["demo-target", "--service", "20ms"]).spawn().unwrap());
    let mut url = String::new();
    BufReader::new(target.0.stdout.as_mut().unwrap()).read_line(&mut url).unwrap();
    let run = steadfast()
        .args(["chaos", EXPERIMENT, "--quiet", "--color", "always", "--target", url.trim()])
        .output()
        .unwrap();
    String::from_utf8(run.stdout).unwrap()
}

/// Returns whether each part of `shown`, between lines of `...`, is in what was printed, in this order.
fn is_shown(shown: &str, printed: &str) -> bool {
    let printed = words(&picture::without_colour(printed));
    let mut rest = &printed[..];
    let mut parts = shown.split("\n...\n").map(words).filter(|part| !part.is_empty()).peekable();
    parts.peek().is_some()
        && parts.all(|part| {
            let at = rest.windows(part.len()).position(|window| window == part);
            rest = at.map_or(rest, |at| &rest[at + part.len()..]);
            at.is_some()
        })
}

/// Returns the words of an output. Numbers and times count as equal, and rules and charts are left out:
/// they differ from run to run.
fn words(text: &str) -> Vec<String> {
    let is_of_chart = |line: &&str| line.contains(['┤', '┼', '│']);
    let words = text.lines().filter(|line| !is_of_chart(line)).flat_map(str::split_whitespace);
    let words = words.filter(|word| word.contains(char::is_alphanumeric));
    let mut words: Vec<String> = words
        .map(
            |word| if word.contains(|c: char| c.is_ascii_digit()) { "#".to_owned() } else { word.to_owned() },
        )
        .collect();
    words.dedup_by(|b, a| a == "#" && b == "#");
    words
}

#[test]
fn a_shown_text_may_differ_in_numbers_only() {
    let printed = "verdict  HELD: recovered 3s after\n 5s ┤ ▲\nPhase  Lasted\n─────\n fault      2s  1h 3m\n";
    assert!(is_shown("verdict HELD: recovered 2.5s after\n...\nfault 3s", printed));
    assert!(!is_shown("verdict MISSED: recovered 2.5s after", printed));
    assert!(!is_shown("fault 3s\n...\nverdict HELD:", printed));
    assert!(!is_shown("", printed));
}
