//! The way to `../shared`.

use serde_json::Value;
use std::path::PathBuf;

/// A path under `../shared`, or `None` with a word about it.
pub(super) fn path(path: &str) -> Option<PathBuf> {
    let full = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared").join(path);
    if full.exists() {
        return Some(full);
    }
    eprintln!("skipped: ../shared not present ({path})");
    None
}

/// The text of a file under `../shared`.
pub(super) fn text(file: &str) -> Option<String> {
    Some(std::fs::read_to_string(path(file)?).unwrap())
}

/// The oracle of a name such as `r08_lanl_end_to_end`.
pub(super) fn oracle(name: &str) -> Option<Value> {
    Some(serde_json::from_str(&text(&format!("oracles/availability/{name}.json"))?).unwrap())
}

/// A JSON number.
pub(super) fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("no number: {value}"))
}
