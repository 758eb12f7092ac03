//! Topology files: what users write becomes a [`Model`], or everything that is wrong with it is said.
//!
//! | part | what it does |
//! |---|---|
//! | `topology` | the file as a whole, section by section |
//! | `component`, `planned` | what fails, how it comes back, planned work |
//! | `names` | what each name stands for |
//! | `wiring` | blocks become gates |
//! | `crews`, `causes`, `objectives` | the other sections |
//! | `overrides` | `--set` |
//! | `circle`, `reach` | what depends on itself; what the system does not depend on |
//! | `assemble` | sound parts become the model |
//!
//! The keys of each section stand as data beside the code that reads them; unknown keys, the reference in docs and the JSON
//! Schema follow from there.

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

/// Reads the topology in `text`, the content of the file `file`; its extension tells the syntax.
///
/// `overrides` are paths with the values to put there, such as `web.count` and `4`: a component, block, crew or common cause
/// needs no section before its name, unless a key of the file is called the same. `load` gives the text of a CSV file that
/// the topology names, by its path relative to the topology's folder. Returns the model and warnings, or all that is wrong
/// with the file, in its order.
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

/// The paths of the values in a topology that `--set` can change, at most `max`; none when it cannot be read.
pub fn paths(file: &str, text: &str, max: usize) -> Vec<String> {
    Tree::parse(file, text, Syntax::of(file)).map_or_else(|_| Vec::new(), |tree| tree.paths(max))
}

/// Line and column; what has no place comes first, what is beyond those that are shown last.
fn position(problem: &Problem) -> (u64, usize) {
    match &problem.place {
        Some(place) => (place.line, place.span.start),
        None if problem.help.is_empty() => (u64::MAX, 0),
        None => (0, 0),
    }
}

#[cfg(test)]
mod tests;
