//! JSON: the typed result in its versioned schema.

use super::{Format, Look};
use crate::base::text::is_unsafe_to_show;
use crate::report::Document;
use std::borrow::Cow;
use std::fmt::Write as _;
use std::io;

/// The typed result as its maker encoded it: no value is changed on the way, so equal runs give equal bytes. Characters that
/// a terminal would obey and that JSON allows as they are (C1 controls, turns of direction) are written as `\u…`.
pub(super) static JSON: Format = Format {
    name: "json",
    summary: "the typed result in its versioned schema, with every digit",
    extensions: &["json"],
    write,
};

fn write(document: &Document, _: &Look, out: &mut dyn io::Write) -> io::Result<()> {
    writeln!(out, "{}", escaped(&document.json))
}

/// The same JSON; such characters stand nowhere but in its strings.
fn escaped(json: &str) -> Cow<'_, str> {
    let unsafe_to_show = |c: char| c != '\n' && is_unsafe_to_show(c);
    if !json.contains(unsafe_to_show) {
        return Cow::Borrowed(json);
    }
    let mut safe = String::with_capacity(json.len());
    for c in json.chars() {
        if unsafe_to_show(c) {
            // All of them lie in the first plane: four digits say which.
            let _ = write!(safe, "\\u{:04x}", u32::from(c));
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
    fn what_a_terminal_would_obey_is_escaped_and_reads_back() {
        let name = "a\u{9b}31m\u{7f}\u{202e}\u{feff}é";
        let json = serde_json::to_string_pretty(&[name]).unwrap();
        let safe = escaped(&json);
        assert!(!safe.contains(['\u{9b}', '\u{7f}', '\u{202e}', '\u{feff}']), "{safe}");
        assert_eq!(serde_json::from_str::<[String; 1]>(&safe).unwrap(), [name]);
    }
}
