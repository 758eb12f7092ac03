//! The state of reading a configuration file, and helpers that all readers share.

use super::Node;
use crate::base::problem::{Problem, Problems};
use crate::base::suggest::nearest;
use crate::base::text::utf8;

/// Loads another file by its path relative to the file being read. Returns its bytes or an error message.
pub type Load<'l> = &'l dyn Fn(&str) -> Result<Vec<u8>, String>;

/// The number of name comparisons per file after which no suggestions are made, so that thousands of
/// wrong names in a large file do not take minutes.
const COMPARISONS_MAX: usize = 500_000;

/// The state of reading one file: the problems found so far, and the loader for other files.
pub struct Reading<'l> {
    /// The problems found so far.
    pub problems: Problems,
    load: Load<'l>,
    comparisons: usize,
}

impl<'l> Reading<'l> {
    /// Builds a state without problems.
    pub fn new(load: Load<'l>) -> Self {
        Self { problems: Problems::default(), load, comparisons: 0 }
    }

    /// Adds a problem.
    pub fn refuse(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    /// Returns the value, or adds the problem and returns `None`.
    pub fn take<T>(&mut self, result: Result<T, Problem>) -> Option<T> {
        result.map_err(|problem| self.refuse(problem)).ok()
    }

    /// Adds a suggestion to `problem`: the candidate nearest to `typed` as its label, or `otherwise` as
    /// its help when none is near.
    pub fn guess<'n>(
        &mut self,
        problem: Problem,
        typed: &str,
        candidates: impl ExactSizeIterator<Item = &'n str>,
        otherwise: &str,
    ) -> Problem {
        let found = self.nearest(typed, candidates);
        match found {
            Some(name) => problem.label(format!("did you mean `{name}`?")),
            None if otherwise.is_empty() => problem,
            None => problem.help(otherwise),
        }
    }

    /// Returns the candidate nearest to `typed`, if one is near and the budget of comparisons is not used up.
    pub fn nearest<'n>(
        &mut self,
        typed: &str,
        candidates: impl ExactSizeIterator<Item = &'n str>,
    ) -> Option<&'n str> {
        if self.comparisons >= COMPARISONS_MAX {
            return None;
        }
        self.comparisons = self.comparisons.saturating_add(candidates.len());
        nearest(typed, candidates)
    }

    /// Loads the text of another file.
    pub fn load(&self, path: &str) -> Result<String, String> {
        utf8(self.load_bytes(path)?).map_err(|why| format!("{path}: {why}"))
    }

    /// Loads the bytes of another file.
    pub fn load_bytes(&self, path: &str) -> Result<Vec<u8>, String> {
        (self.load)(path)
    }
}

/// Returns the key, its name and the value of a map with exactly one key, the form in which variants are
/// written.
pub fn one_key(node: Node<'_>) -> Option<(Node<'_>, &str, Node<'_>)> {
    let mut entries = node.entries()?;
    let (key, value) = entries.next()?;
    match entries.next() {
        None => Some((key, key.text().unwrap_or_default(), value)),
        Some(_) => None,
    }
}
