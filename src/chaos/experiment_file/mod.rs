//! Reads experiment files: turns the text of a user into an [`Experiment`], or reports everything that
//! is wrong with it.
//!
//! | part | what it reads |
//! |---|---|
//! | `whole` | the file as a whole, section by section |
//! | `target` | the target and its TLS settings |
//! | `load`, `request`, `template` | when requests are sent, and their content |
//! | `phases` | the phases, the window, and the limits on both |
//! | `proxies`, `injection` | the proxies, and the faults with the selection of what they hit |
//! | `limits`, `judging` | conditions, and the parameters of the verdict |
//!
//! The keys of each section are data beside the code that reads them. Errors on unknown keys, the
//! reference in docs and the JSON Schema are derived from them.

mod injection;
mod judging;
mod limits;
mod load;
mod phases;
mod proxies;
mod request;
mod seconds;
mod target;
mod template;
#[cfg(test)]
mod tests;
mod whole;

pub use whole::EXPERIMENT;

use super::experiment::Experiment;
use crate::base::problem::{Problem, Problems};
use crate::config::document::{Load, Reading, Syntax, Tree};
use std::path::Path;

/// The text of an experiment: the file, and what the command line adds to it.
#[derive(Debug, Clone, Default)]
pub struct Source<'s> {
    /// Name of the file; its extension selects the syntax.
    pub file: &'s str,
    /// Content of the file.
    pub text: &'s str,
    /// Values that override those of the file.
    pub set: Vec<Setting>,
    /// Faults to add to those of the file: `latency=200ms`, or `{ latency: 200ms, probability: 0.5 }`.
    pub faults: Vec<String>,
    /// Seed of all random draws of the run.
    pub seed: u64,
}

/// A value that overrides that of the file.
#[derive(Debug, Clone)]
pub struct Setting {
    /// Path of the key: `load.rate`.
    pub path: String,
    /// Value: `100/s`.
    pub value: String,
    /// Words of the user, to point at in errors: `--load 100/s`.
    pub origin: String,
}

/// Inputs from outside the file: other files by their paths relative to it, and environment variables.
pub struct Outside<'o> {
    /// Folder of the file.
    pub folder: &'o Path,
    /// Returns the text of another file, or why it cannot be read.
    pub load: Load<'o>,
    /// Returns the value of an environment variable.
    pub variable: &'o dyn Fn(&str) -> Option<String>,
}

/// Reads an experiment. Returns every problem with it, in the order of the file, if there is any.
pub fn read(source: &Source<'_>, outside: &Outside<'_>) -> Result<Experiment, Problems> {
    let mut tree = Tree::parse(source.file, source.text, Syntax::of(source.file))?;
    let mut reading = Reading::new(outside.load);
    for setting in &source.set {
        let set = tree.set(&setting.path, &setting.value, &setting.origin);
        reading.take(set);
    }
    let added = added_faults(&source.faults, &mut reading);
    let found = whole::read(&tree, &added, source.seed, outside, &mut reading);
    match found {
        Some(found) if reading.problems.0.is_empty() => Ok(found),
        _ => {
            reading.problems.0.sort_by_key(position);
            Err(reading.problems)
        }
    }
}

/// Parses each fault of the command line as a document of its own. One that cannot be parsed is `None`,
/// and its problems are entered in `reading`.
fn added_faults(faults: &[String], reading: &mut Reading<'_>) -> Vec<Option<Tree>> {
    let mut trees = Vec::with_capacity(faults.len());
    for fault in faults {
        let text = if fault.trim_start().starts_with('{') {
            fault.clone()
        } else {
            match fault.split_once('=') {
                Some((name, value)) => format!("{{ {}: {} }}", name.trim(), value.trim()),
                None => format!("{{ {}: {{}} }}", fault.trim()),
            }
        };
        match Tree::parse(&format!("--fault {fault}"), &text, Syntax::Yaml) {
            Ok(tree) => trees.push(Some(tree)),
            Err(problems) => {
                trees.push(None);
                problems.0.into_iter().for_each(|problem| reading.refuse(problem));
            }
        }
    }
    trees
}

fn position(problem: &Problem) -> (u64, usize) {
    let place = problem.place.as_ref();
    place.map_or((0, 0), |place| (place.line, place.span.start))
}
