//! Experiment files: what users write becomes an [`Experiment`], or everything that is wrong with it is said.
//!
//! | part | what it reads |
//! |---|---|
//! | `whole` | the file as a whole, section by section |
//! | `target` | whom the load goes to |
//! | `load`, `request`, `template` | when requests are sent, and what is in them |
//! | `phases` | how long it takes, and its parts |
//! | `proxies`, `injection` | where faults act, which, and on whom |
//! | `limits`, `judging` | conditions, and how a run is judged |
//!
//! The keys of each section stand as data beside the code that reads them; unknown keys, the reference in docs and the JSON
//! Schema follow from there.

mod injection;
mod judging;
mod limits;
mod load;
mod phases;
mod proxies;
mod request;
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

/// What an experiment is made of: the file, and what the command line adds to it.
#[derive(Debug, Clone, Default)]
pub struct Source<'s> {
    /// The file's name; its extension tells the syntax.
    pub file: &'s str,
    /// Its content.
    pub text: &'s str,
    /// Values put over those of the file, by path: `load.rate` and `100/s`. With the words to point at when one is wrong.
    pub set: Vec<Setting>,
    /// Faults added to those of the file: `latency=200ms`, or `{ latency: 200ms, probability: 0.5 }`.
    pub faults: Vec<String>,
    /// From it all chance of the run follows.
    pub seed: u64,
}

/// A value put over that of a file.
#[derive(Debug, Clone)]
pub struct Setting {
    /// Where: `load.rate`.
    pub path: String,
    /// What: `100/s`.
    pub value: String,
    /// What the user wrote: `--load 100/s`.
    pub origin: String,
}

/// What lies outside of the file: other files by their paths relative to it, and variables of the environment.
pub struct Outside<'o> {
    /// Where the file lies.
    pub folder: &'o Path,
    /// The text of another file, or why there is none.
    pub load: Load<'o>,
    /// The value of a variable of the environment.
    pub variable: &'o dyn Fn(&str) -> Option<String>,
}

/// Reads an experiment. Returns all that is wrong with it, in the file's order, if anything is.
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

/// Each fault of the command line as a file of its own; `None` if it is none, which is entered in `reading`.
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
