//! Reads input files as text, with their names; `-` is standard input.

use anyhow::Context as _;
use std::io::Read as _;

/// Returns the name and the text of a file.
pub(super) fn text(path: &str) -> anyhow::Result<(String, String)> {
    if path == "-" {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).context("<stdin>: cannot be read")?;
        return Ok(("<stdin>".into(), text));
    }
    let bytes = std::fs::read(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => anyhow::anyhow!("{path}: no such file"),
        _ => anyhow::anyhow!("{path}: cannot be read: {error}"),
    })?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        anyhow::anyhow!("{path}: is not valid UTF-8 (byte {at})")
    })?;
    Ok((path.to_owned(), text))
}
