//! JSON: the typed result in its versioned schema.

use super::{Format, Look};
use crate::report::Document;
use std::io;

/// The typed result as its maker encoded it: no text is changed on the way, so equal runs give equal bytes.
pub(super) static JSON: Format = Format {
    name: "json",
    summary: "the typed result in its versioned schema, with every digit",
    extensions: &["json"],
    write,
};

fn write(document: &Document, _: &Look, out: &mut dyn io::Write) -> io::Result<()> {
    writeln!(out, "{}", document.json)
}
