//! The state of reading a file that users write, and small things that all such readers share.

use super::Node;
use crate::base::problem::{Problem, Problems};
use crate::base::suggest::nearest;
use crate::config::schema::Kind;

/// Gives the text of a file that the file read names, by its path relative to that file's; or says why not.
pub type Load<'l> = &'l dyn Fn(&str) -> Result<String, String>;

/// Names, in all, among which a wrong one is compared; beyond them no guess is made, so that a thousand wrong names in a
/// large file cost no minutes.
const COMPARISONS_MAX: usize = 500_000;

/// The state of reading one file: what was found wrong with it so far, and the way to other files.
pub struct Reading<'l> {
    /// What is wrong.
    pub problems: Problems,
    load: Load<'l>,
    comparisons: usize,
}

impl<'l> Reading<'l> {
    /// Nothing wrong so far.
    pub fn new(load: Load<'l>) -> Self {
        Self { problems: Problems::default(), load, comparisons: 0 }
    }

    /// Enters a problem.
    pub fn refuse(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    /// What was read, or nothing and a problem entered.
    pub fn take<T>(&mut self, result: Result<T, Problem>) -> Option<T> {
        result.map_err(|problem| self.refuse(problem)).ok()
    }

    /// `problem` with the candidate nearest to `typed` as its label, or with `otherwise` as its help when none is near.
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

    /// The candidate nearest to `typed`, if one is near and the file has not cost too many comparisons yet.
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

    /// The text of another file.
    pub fn load(&self, path: &str) -> Result<String, String> {
        (self.load)(path)
    }
}

/// The one key of a one-key map with its value, as variants of a family are written.
pub fn one_key(node: Node<'_>) -> Option<(Node<'_>, &str, Node<'_>)> {
    let mut entries = node.entries()?;
    let (key, value) = entries.next()?;
    match entries.next() {
        None => Some((key, key.text().unwrap_or_default(), value)),
        Some(_) => None,
    }
}

/// How a list of names is described.
pub const NAMES: Kind = Kind::List(&Kind::Name);
