//! FAMILY: how a document is written. One file per format, one line each in [`FORMATS`].
//!
//! A format gets any [`Document`] and must write all of it that it can carry, whatever the names in it contain: text
//! from a log is made printable first ([`crate::base::text::printable`]) and then escaped for the format's own syntax.
//! Only `json` passes its text on untouched, since it is encoded already. `tests/formats.rs` holds every member to this.
//!
//! What several members need stands beside them: [`cells`] writes one value, `grid` and `lines` lay out text,
//! `strips` reduces a timeline to a width, `chart` draws curves and bars.

pub mod cells;
mod chart;
pub mod csv;
mod grid;
mod html;
mod json;
mod junit;
mod lines;
mod markdown;
mod openmetrics;
mod strips;
mod table;

pub use table::in_brief;

use crate::report::Document;
use std::io;
use std::path::Path;

/// One way of writing a document.
#[derive(Debug)]
pub struct Format {
    /// What `--format` takes.
    pub name: &'static str,
    /// One line for `steadfast list formats`.
    pub summary: &'static str,
    /// The extensions of `--output` that choose it, lower case and without the dot.
    pub extensions: &'static [&'static str],
    /// Writes a whole document. Errors are those of the writer.
    pub write: fn(&Document, &Look, &mut dyn io::Write) -> io::Result<()>,
}

/// What the place that shows a document can do. Only formats for terminals care.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// Columns of the terminal.
    pub width: usize,
    /// Whether ANSI colours are wanted.
    pub colour: bool,
}

impl Look {
    /// The look of a file or a pipe: 120 columns and no colour.
    pub const FILE: Self = Self { width: 120, colour: false };
}

/// All formats; the first is the default.
pub static FORMATS: &[&Format] = &[
    &table::TABLE,
    &json::JSON,
    &csv::CSV,
    &markdown::MARKDOWN,
    &html::HTML,
    &junit::JUNIT,
    &openmetrics::OPENMETRICS,
];

/// The format called `name`.
pub fn find(name: &str) -> Option<&'static Format> {
    FORMATS.iter().copied().find(|format| format.name == name)
}

/// The format that a file's extension stands for, in any letter case.
pub fn for_extension(path: &Path) -> Option<&'static Format> {
    let extension = path.extension()?.to_str()?.to_ascii_lowercase();
    FORMATS.iter().copied().find(|format| format.extensions.contains(&extension.as_str()))
}

#[cfg(test)]
mod tests {
    use super::{FORMATS, find, for_extension};
    use std::collections::HashSet;
    use std::path::Path;

    #[test]
    fn names_and_extensions_belong_to_one_format_each() {
        let words: Vec<_> = FORMATS.iter().flat_map(|f| f.extensions.iter().chain([&f.name])).collect();
        let per_format: usize =
            FORMATS.iter().map(|f| f.extensions.iter().chain([&f.name]).collect::<HashSet<_>>().len()).sum();
        assert_eq!(words.iter().collect::<HashSet<_>>().len(), per_format);
    }

    #[test]
    fn every_format_is_found_by_its_name_and_its_extensions() {
        for format in FORMATS {
            assert_eq!(find(format.name).map(|f| f.name), Some(format.name));
            for extension in format.extensions {
                let path = format!("out/report.{}", extension.to_uppercase());
                assert_eq!(for_extension(Path::new(&path)).map(|f| f.name), Some(format.name));
            }
        }
    }

    #[test]
    fn an_unknown_extension_chooses_nothing() {
        assert!(for_extension(Path::new("report.docx")).is_none());
        assert!(for_extension(Path::new("report")).is_none());
    }
}
