//! Reads input files as text, with their names; `-` is standard input.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// The most bytes that are read of a file of settings: a topology of a million components has a hundred million. Parsed,
/// one takes some sixty times as much memory.
const BYTES_MAX: u64 = 128 << 20;

/// Returns the name and the text of a file.
pub(super) fn text(path: &str) -> anyhow::Result<(String, String)> {
    let (name, text) =
        if path == "-" { ("<stdin>", text_of(io::stdin().lock())) } else { (path, load(Path::new(path))) };
    Ok((name.to_owned(), text.map_err(|why| anyhow::anyhow!("{name}: {why}"))?))
}

/// Returns the text of a file, or why it cannot be read.
pub(super) fn load(path: &Path) -> Result<String, String> {
    text_of(File::open(path).map_err(|error| why(&error))?)
}

fn text_of(reader: impl Read) -> Result<String, String> {
    let mut bytes = Vec::new();
    reader.take(BYTES_MAX + 1).read_to_end(&mut bytes).map_err(|error| why(&error))?;
    if bytes.len() as u64 > BYTES_MAX {
        return Err(format!("has more than {} MiB", BYTES_MAX >> 20));
    }
    String::from_utf8(bytes)
        .map_err(|error| format!("is not valid UTF-8 (byte {})", error.utf8_error().valid_up_to()))
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
