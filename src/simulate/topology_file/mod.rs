//! Topology files: reads what users write into a [`Model`], or reports every error in the file.
//!
//! | module | contents |
//! |---|---|
//! | `topology` | the top level of the file, section by section |
//! | `component`, `planned` | components: failure, repair and planned work |
//! | `names` | resolution of names |
//! | `wiring` | translation of blocks to gates |
//! | `crews`, `causes`, `objectives` | the remaining sections |
//! | `overrides` | `--set` |
//! | `circle`, `reach` | detection of circular dependencies, and of parts outside the system |
//! | `assemble` | construction of the model from valid parts |
//!
//! The keys of each section are data beside the code that reads them. The check for unknown keys, the
//! reference in docs and the JSON Schema are generated from them.

mod assemble;
mod causes;
mod circle;
mod component;
mod component_keys;
mod crews;
mod names;
mod objectives;
mod overrides;
mod planned;
mod reach;
mod topology;
mod wiring;

pub use topology::TOPOLOGY;

use super::model::Model;
use crate::base::problem::{Problem, Problems};
use crate::config::document::{Load, Reading};
use crate::config::document::{Syntax, Tree};

/// Reads the topology in `text`, the content of the file `file`, whose extension determines the syntax.
///
/// `overrides` are paths and values to set, such as `web.count` and `4`. A component, block, crew or
/// common cause needs no section before its name, unless the name is also a top-level key. `load`
/// returns the text of a CSV file that the topology refers to, given its path relative to the topology's
/// folder. Returns the model and warnings, or all errors in the order of the file.
pub fn read(
    file: &str,
    text: &str,
    overrides: &[(String, String)],
    load: Load<'_>,
) -> Result<(Model, Vec<Problem>), Problems> {
    let mut tree = Tree::parse(file, text, Syntax::of(file))?;
    let mut reading = Reading::new(load);
    overrides::apply(&mut tree, overrides, &mut reading);
    let found = topology::read(&tree, &mut reading);
    match found {
        Some(found) if reading.problems.0.is_empty() => Ok(found),
        _ => {
            reading.problems.0.sort_by_key(position);
            Err(reading.problems)
        }
    }
}

/// Sort key: line and column. Problems without a place come first. Problems beyond the display limit, of
/// which only the message was kept, come last.
fn position(problem: &Problem) -> (u64, usize) {
    match &problem.place {
        Some(place) => (place.line, place.span.start),
        None if problem.help.is_empty() => (u64::MAX, 0),
        None => (0, 0),
    }
}

#[cfg(test)]
pub(crate) mod tests;
