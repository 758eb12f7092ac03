//! Makes untrusted text safe to print, and formats counts.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Returns bytes as text, with the replacement character for what is not UTF-8. For valid text this takes a fraction
/// of the time of `String::from_utf8_lossy`.
pub(crate) fn decoded(bytes: &[u8]) -> Cow<'_, str> {
    std::str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed)
}

/// Returns `text` with every control character, bidirectional override and invisible character written as
/// `\u{..}`. Two names that look the same then are the same, and a name in a log cannot move the cursor, colour
/// the terminal or forge a line of the report.
pub(crate) fn printable(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        if is_unsafe_to_show(c) || is_odd_space(c) {
            let _ = write!(safe, "\\u{{{:x}}}", u32::from(c));
        } else {
            safe.push(c);
        }
    }
    safe
}

/// Whether a character looks like an ordinary space and is none.
fn is_odd_space(c: char) -> bool {
    (c.is_whitespace() && !matches!(c, ' ' | '\u{3000}')) || c == '\u{2800}'
}

/// Returns bytes of unknown encoding as printable text of at most `chars_max` characters.
pub(crate) fn excerpt(bytes: &[u8], chars_max: usize) -> String {
    // A character of UTF-8 has at most four bytes.
    let head = &bytes[..bytes.len().min(chars_max.saturating_mul(4))];
    let text = printable(&String::from_utf8_lossy(head));
    match text.char_indices().nth(chars_max) {
        Some((cut, _)) => format!("{}…", &text[..cut]),
        None => text,
    }
}

/// Returns whether a character is invisible and moves the cursor, hides text or changes its direction.
pub(crate) fn is_unsafe_to_show(c: char) -> bool {
    // Besides control characters: those with the properties Default_Ignorable_Code_Point or Bidi_Control,
    // line separators, interlinear annotations and noncharacters (Unicode 16, DerivedCoreProperties.txt).
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fdd0}'..='\u{fdef}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}')
        || u32::from(c) & 0xfffe == 0xfffe
}

/// Quotes an argument of a command line for a shell, so that advice works when pasted, whatever a name in a log
/// contains.
pub(crate) fn shell_argument(text: &str) -> String {
    let is_special = |c: char| matches!(c, '$' | '`' | '"' | '\\' | '!');
    if text.contains(is_special) {
        format!("'{}'", text.replace('\'', r"'\''"))
    } else {
        format!("\"{text}\"")
    }
}

/// Quotes a word of a command line where a shell would not take it as it is.
pub(crate) fn as_word(text: &str) -> String {
    let is_plain = |c: char| {
        c.is_ascii_alphanumeric() || matches!(c, '.' | '/' | '_' | '-' | ':' | '=' | ',' | '+' | '@' | '%')
    };
    if !text.is_empty() && text.chars().all(is_plain) { text.to_owned() } else { shell_argument(text) }
}

/// Returns text without the user and the password of the URLs and addresses in it: messages end up in public logs of
/// CI.
pub(crate) fn without_passwords(text: &str) -> String {
    let ends_word = |c: char| c.is_whitespace() || matches!(c, '`' | '\'' | '"' | '/' | '?' | '#' | ',');
    let masked = |word: &str| {
        let (_, end) = word.rsplit_once('@').filter(|(user, _)| user.contains(':'))?;
        Some(format!("***@{end}"))
    };
    let words = text.split_inclusive(ends_word);
    words.map(|word| masked(word).unwrap_or_else(|| word.to_owned())).collect()
}

/// Returns a count with its noun: `1 row`, `2 rows`.
pub(crate) fn counted(count: u64, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", grouped(count))
}

/// Returns a count with its digits grouped in threes: `23,739`.
pub(crate) fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Percent-encodes the bytes of a text that may not stay as they are.
pub(crate) fn percent_encoded(text: &str, may_stay: impl Fn(u8) -> bool) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if may_stay(byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string never fails.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// Returns the bytes of a file as text, or what is wrong with them.
pub(crate) fn utf8(bytes: Vec<u8>) -> Result<String, String> {
    String::from_utf8(bytes)
        .map_err(|error| format!("is not valid UTF-8 (byte {})", error.utf8_error().valid_up_to()))
}

#[cfg(test)]
mod tests {
    use super::{excerpt, grouped, printable, shell_argument, without_passwords};

    #[test]
    fn advice_runs_nothing_when_it_is_pasted() {
        assert_eq!(shell_argument("start=Start Time (UTC)"), "\"start=Start Time (UTC)\"");
        assert_eq!(shell_argument("a `b` 'c' $d"), r"'a `b` '\''c'\'' $d'");
    }

    #[test]
    fn no_password_is_shown() {
        for (text, shown) in [
            ("`http://u:secret@h:1/a` is no file", "`http://***@h:1/a` is no file"),
            ("u:secret@h:1: no such file", "***@h:1: no such file"),
            ("a@b, http://h:1/c:d@e and x@y", "a@b, http://h:1/***@e and x@y"),
            ("http://u:se@cret@h/", "http://***@h/"),
        ] {
            assert_eq!(without_passwords(text), shown);
        }
    }

    #[test]
    fn terminal_escapes_become_visible_text() {
        assert_eq!(printable("a\u{1b}[31mb\u{202e}"), "a\\u{1b}[31mb\\u{202e}");
    }

    #[test]
    fn names_that_differ_in_invisible_characters_look_different() {
        for c in
            ['\u{ad}', '\u{61c}', '\u{115f}', '\u{180e}', '\u{fff9}', '\u{fffe}', '\u{e0041}', '\u{10ffff}']
        {
            assert_eq!(printable(&format!("pay{c}ments")), format!("pay\\u{{{:x}}}ments", u32::from(c)));
        }
        assert_eq!(printable("pay\u{a0}ments"), "pay\\u{a0}ments");
        assert_eq!(printable("naïve 支付 🛑 \u{fffd}"), "naïve 支付 🛑 \u{fffd}");
    }

    #[test]
    fn an_excerpt_is_cut_at_a_character_boundary() {
        assert_eq!(excerpt("héllo".as_bytes(), 3), "hél…");
        assert_eq!(excerpt(b"\xff", 3), "\u{fffd}");
    }

    #[test]
    fn thousands_are_grouped() {
        assert_eq!(grouped(23_739), "23,739");
        assert_eq!(grouped(7), "7");
    }
}
