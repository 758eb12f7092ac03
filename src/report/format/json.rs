//! JSON: writes the typed result in its versioned schema.

use super::{Format, Look};
use crate::base::text::is_unsafe_to_show;
use crate::report::Document;
use std::borrow::Cow;
use std::fmt::Write as _;
use std::io;

/// The JSON format. Writes the result as the subcommand encoded it. No value is changed, so equal runs
/// give equal bytes. Characters that JSON allows unescaped but that affect a terminal (C1 controls,
/// bidirectional overrides) are written as `\u…`.
pub(super) static JSON: Format = Format {
    name: "json",
    summary: "the complete result in a versioned schema, at full precision",
    extensions: &["json"],
    for_people: false,
    is_whole: true,
    write,
};

fn write(document: &Document, _: &Look, out: &mut dyn io::Write) -> io::Result<()> {
    writeln!(out, "{}", escaped(&document.json.now()))
}

/// Escapes characters that are unsafe to print. In valid JSON they occur only inside strings, so the
/// escapes are valid.
fn escaped(json: &str) -> Cow<'_, str> {
    let unsafe_to_show = |c: char| c != '\n' && is_unsafe_to_show(c);
    // The encoder has escaped the control characters of ASCII but the last one.
    if json.is_ascii() && !json.contains('\u{7f}') || !json.contains(unsafe_to_show) {
        return Cow::Borrowed(json);
    }
    let mut safe = String::with_capacity(json.len());
    for c in json.chars() {
        if unsafe_to_show(c) {
            // Beyond the Basic Multilingual Plane a character takes a pair of escapes (RFC 8259 §7).
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(safe, "\\u{unit:04x}");
            }
        } else {
            safe.push(c);
        }
    }
    Cow::Owned(safe)
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn terminal_control_characters_are_escaped_and_read_back() {
        let name = "a\u{9b}31m\u{7f}\u{202e}\u{feff}é\u{e0041}\u{10ffff}";
        let json = serde_json::to_string_pretty(&[name]).unwrap();
        let safe = escaped(&json);
        assert!(!safe.contains(['\u{9b}', '\u{7f}', '\u{202e}', '\u{feff}', '\u{10ffff}']), "{safe}");
        assert_eq!(serde_json::from_str::<[String; 1]>(&safe).unwrap(), [name]);
    }
}
