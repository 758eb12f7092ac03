//! Reads input files as text, with their names; `-` is standard input.

use crate::base::text::utf8;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// The most bytes that are read of a file of settings: a topology of a million components has a hundred million. Parsed,
/// one takes some sixty times as much memory.
const BYTES_MAX: u64 = 128 << 20;

/// Returns the name and the text of a file.
pub(super) fn text(path: &str) -> anyhow::Result<(String, String)> {
    let (name, text) = if path == "-" {
        ("<stdin>", bytes_of(io::stdin().lock()).and_then(utf8))
    } else {
        (path, load(Path::new(path)))
    };
    Ok((name.to_owned(), text.map_err(|why| anyhow::anyhow!("{name}: {why}"))?))
}

/// Returns the text of a file, or why it cannot be read.
pub(super) fn load(path: &Path) -> Result<String, String> {
    utf8(bytes(path)?)
}

/// Returns the bytes of a file, or why it cannot be read.
pub(super) fn bytes(path: &Path) -> Result<Vec<u8>, String> {
    bytes_of(File::open(path).map_err(|error| why(&error))?)
}

fn bytes_of(reader: impl Read) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    reader.take(BYTES_MAX + 1).read_to_end(&mut bytes).map_err(|error| why(&error))?;
    if bytes.len() as u64 > BYTES_MAX {
        return Err(format!("has more than {} MiB", BYTES_MAX >> 20));
    }
    Ok(bytes)
}

/// Says why a file cannot be read.
fn why(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "no such file".to_owned(),
        io::ErrorKind::IsADirectory => "is a folder".to_owned(),
        io::ErrorKind::PermissionDenied => "cannot be read: permission denied".to_owned(),
        _ => format!("cannot be read: {error}"),
    }
}
