//! The head of an experiment: commands to start, and the expected results.

use regex_lite::Regex;
use serde_json::Value;
use std::fmt;

/// The parsed head of an experiment.
#[derive(Debug)]
pub(super) struct Scenario {
    /// Command lines to start, in order.
    pub start: Vec<String>,
    /// The outcome, as in the JSON report.
    pub verdict: String,
    pub exit: i32,
    pub figures: Vec<Figure>,
}

/// An expected value in the report.
#[derive(Debug)]
pub(super) struct Figure {
    /// A JSON pointer.
    at: String,
    expected: Expected,
}

#[derive(Debug)]
enum Expected {
    Is(String),
    From(f64, f64),
}

impl Scenario {
    /// Reads the comments of `text`.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let said = |key: &str| {
            let lines = text.lines().filter_map(|line| line.strip_prefix("# "));
            let prefix = format!("{key}:");
            let values = lines.filter_map(|line| line.strip_prefix(prefix.as_str()));
            values.map(|value| value.trim().to_owned()).collect::<Vec<_>>()
        };
        let expected = said("expected");
        let [expected] = expected.as_slice() else {
            return Err("there must be one line `# expected: held (exit 0)`".into());
        };
        let (verdict, exit) = outcome(expected).ok_or(format!("`{expected}` is not `held (exit 0)`"))?;
        let figures: Result<Vec<_>, _> = said("figure").iter().map(|line| Figure::read(line)).collect();
        let scenario = Self { start: said("start"), verdict, exit, figures: figures? };
        if scenario.start.is_empty() || scenario.figures.is_empty() {
            return Err("the head is incomplete: `# start:` and `# figure:` are needed".into());
        }
        Ok(scenario)
    }

    /// Returns the figures found in the report, for the log.
    pub(super) fn seen(&self, report: &Value) -> Vec<String> {
        let found = self.figures.iter().map(|figure| {
            let found = report.pointer(&figure.at).unwrap_or(&Value::Null);
            format!("{} {found} ({})", figure.at, figure.expected)
        });
        found.collect()
    }

    /// Returns the differences between a run and the expected results.
    pub(super) fn differences(&self, exit: Option<i32>, report: &Value) -> Vec<String> {
        let mut wrong = Vec::new();
        if exit != Some(self.exit) {
            wrong.push(format!("exit {exit:?}, not {}", self.exit));
        }
        let outcome = &report["outcome"];
        let name = outcome.as_str().or(outcome.as_object().and_then(|o| o.keys().next()).map(String::as_str));
        if name != Some(&self.verdict) {
            wrong.push(format!("{outcome}, not {}", self.verdict));
        }
        let figures = self.figures.iter().filter_map(|figure| {
            let found = report.pointer(&figure.at).unwrap_or(&Value::Null);
            (!figure.expected.holds(found))
                .then(|| format!("{} is {found}, not {}", figure.at, figure.expected))
        });
        wrong.extend(figures);
        wrong
    }
}

/// Parses `held (exit 0)`.
fn outcome(text: &str) -> Option<(String, i32)> {
    let (verdict, exit) = text.split_once(" (exit ")?;
    Some((verdict.replace(' ', "_"), exit.strip_suffix(')')?.parse().ok()?))
}

impl Figure {
    /// Parses `POINTER from LOW to HIGH: why` or `POINTER is VALUE: why`.
    fn read(line: &str) -> Result<Self, String> {
        let pattern = Regex::new(r"^(/\S+) (?:from ([0-9.]+) to ([0-9.]+)|is (\w+))(?:: .+)?$").unwrap();
        let wrong = || format!("`{line}` is not `/pointer from 1 to 2: why` or `/pointer is yes: why`");
        let parts = pattern.captures(line).ok_or_else(wrong)?;
        let number = |part: usize| parts.get(part).and_then(|part| part.as_str().parse().ok());
        let expected = match (number(2).zip(number(3)), parts.get(4)) {
            (Some((low, high)), _) => Expected::From(low, high),
            (None, Some(word)) => Expected::Is(word.as_str().to_owned()),
            (None, None) => return Err(wrong()),
        };
        Ok(Self { at: parts[1].to_owned(), expected })
    }
}

impl Expected {
    fn holds(&self, found: &Value) -> bool {
        match self {
            Self::Is(word) => found.as_str().map_or_else(|| found.to_string(), str::to_owned) == *word,
            Self::From(low, high) => found.as_f64().is_some_and(|found| (*low..=*high).contains(&found)),
        }
    }
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Is(word) => write!(f, "{word}"),
            Self::From(low, high) => write!(f, "from {low} to {high}"),
        }
    }
}
