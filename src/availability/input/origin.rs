//! The place of an input among all inputs, and the wording of problems with it.

use crate::base::problem::{Location, Problem};
use crate::base::suggest::did_you_mean;
use crate::base::text::excerpt;
use std::fmt::Display;

/// The name of an input and its place among all inputs.
#[derive(Debug, Clone)]
pub(super) struct Origin {
    /// The name as given on the command line.
    pub name: String,
    /// The last row number of the inputs before it.
    pub row_base: u32,
}

impl Origin {
    /// Returns a problem of the whole input.
    pub(super) fn problem(&self, why: impl Display) -> Problem {
        self.name_in(Problem::new(why.to_string()))
    }

    /// Returns a problem on one line.
    pub(super) fn problem_at(&self, line: u32, message: impl Into<String>) -> Problem {
        let place = Location { file: self.name.clone(), line: u64::from(line), text: None, span: 0..0 };
        Problem::new(message).at(place)
    }

    /// Returns the problem of an input that cannot be read, or not to the end.
    pub(super) fn broken(&self, error: &std::io::Error) -> Problem {
        self.problem(format!("cannot be read: {error}"))
    }

    /// Returns the problem of a line that holds a NUL byte.
    pub(super) fn not_text(&self, line: u32) -> Problem {
        self.problem_at(line, "this line holds a NUL byte, so the file is not text")
    }

    /// Returns the problem of an input whose rows cannot be numbered.
    pub(super) fn too_many_lines(&self) -> Problem {
        self.problem("more than 4,294,967,295 lines")
    }

    /// Names the input in a problem.
    pub(super) fn name_in(&self, problem: Problem) -> Problem {
        Problem { message: format!("{}: {}", self.name, problem.message), ..problem }
    }

    /// Rejects text that holds a NUL byte, with its line.
    pub(super) fn check_nul(&self, text: &[u8]) -> Result<(), Problem> {
        let Some(at) = memchr::memchr(0, text) else { return Ok(()) };
        let lines = memchr::memchr_iter(b'\n', text.get(..at).unwrap_or_default()).count();
        Err(self.not_text(u32::try_from(lines + 1).unwrap_or(u32::MAX)))
    }
}

/// Returns the message for a name that is not among the `known` ones of its kind: columns, keys or fields.
pub(super) fn unknown(kind: &str, name: &str, known: &[String]) -> String {
    let guess = did_you_mean(name, known.iter().map(String::as_str));
    format!("there is no {kind} `{name}`{guess}")
}

/// The most characters of a column name that a message shows.
pub(super) const NAME_CHARS: usize = 60;

/// Returns the first names as a list for a message.
pub(super) fn listed(names: &[String]) -> String {
    const SHOWN: usize = 40;
    let shown: Vec<String> =
        names.iter().take(SHOWN).map(|name| excerpt(name.as_bytes(), NAME_CHARS)).collect();
    let more = names.len().saturating_sub(SHOWN);
    let tail = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{tail}", shown.join(", "))
}
