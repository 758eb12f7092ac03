//! FAMILY: output formats of a document. Each format has one file and one line in [`FORMATS`].
//!
//! A format must accept any [`Document`] and write all of it that the format can represent, whatever the
//! names in it contain. Text from a log is first made printable ([`crate::base::text::printable`]) and
//! then escaped for the syntax of the format. Only `json` passes its text on, since it is already
//! encoded. `tests/library/formats` checks every format.
//!
//! Shared helpers: [`cells`] formats one value, `grid` and `lines` lay out text, `strips` reduces a
//! timeline to a width, `chart` draws curves and bars.

pub(crate) mod cells;
mod chart;
pub(crate) mod csv;
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

/// An output format.
#[derive(Debug)]
pub struct Format {
    /// The name for `--format`.
    pub name: &'static str,
    /// A one-line description for `steadfast list formats`.
    pub summary: &'static str,
    /// The file extensions of `--output` that select it, in lower case and without the dot.
    pub extensions: &'static [&'static str],
    /// Whether it is meant for people, who read rounded figures and may be shown only the first rows.
    pub for_people: bool,
    /// Whether it has all of a document, whatever `--table` chooses.
    pub is_whole: bool,
    /// Writes a whole document. Returns only errors of the writer.
    pub write: fn(&Document, &Look, &mut dyn io::Write) -> io::Result<()>,
}

/// The capabilities of the output device. Only formats for terminals use them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// The width of the terminal in columns.
    pub width: usize,
    /// Whether to write ANSI colours.
    pub colour: bool,
}

impl Look {
    /// The settings for a file or a pipe: 120 columns and no colour.
    pub const FILE: Self = Self { width: 120, colour: false };
}

/// All formats. The first is the default.
pub static FORMATS: &[&Format] = &[
    &table::TABLE,
    &json::JSON,
    &csv::CSV,
    &markdown::MARKDOWN,
    &html::HTML,
    &junit::JUNIT,
    &openmetrics::OPENMETRICS,
];

/// Returns the format called `name`.
pub fn find(name: &str) -> Option<&'static Format> {
    FORMATS.iter().copied().find(|format| format.name == name)
}

/// Returns the format for the extension of a file, ignoring case.
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
    fn every_name_and_extension_belongs_to_one_format() {
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
    fn an_unknown_extension_has_no_format() {
        assert!(for_extension(Path::new("report.docx")).is_none());
        assert!(for_extension(Path::new("report")).is_none());
    }
}
