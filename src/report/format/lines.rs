//! Wraps, cuts and colours lines of text.

use super::Look;
use crate::base::text::printable;
use comfy_table::{ColumnConstraint, ContentArrangement, Table};
use std::collections::{HashMap, HashSet};
use unicode_width::UnicodeWidthStr;

/// Colours and bold type, as ANSI "select graphic rendition" codes (ECMA-48 §8.3.117).
#[derive(Debug, Clone, Copy)]
pub(super) enum Ink {
    Bold = 1,
    Red = 31,
    Green = 32,
    Yellow = 33,
    Blue = 34,
    Magenta = 35,
    Cyan = 36,
}

/// Returns `text` in colour if the look has colours.
pub(super) fn painted(text: &str, ink: Ink, look: &Look) -> String {
    if look.colour && !text.is_empty() {
        format!("\x1b[{}m{text}\x1b[0m", ink as u8)
    } else {
        text.to_owned()
    }
}

/// Returns `text` cut to at most `width` columns, with `…` where something was cut off.
pub(super) fn cut(text: &str, width: usize) -> String {
    // Limit the characters too: zero-width marks could go on for megabytes without taking a column.
    let chars_max = width * 4;
    if text.width() <= width && text.chars().nth(chars_max).is_none() {
        return text.to_owned();
    }
    let mut kept = String::new();
    for character in text.chars().take(chars_max) {
        kept.push(character);
        if kept.width() >= width {
            kept.pop();
            break;
        }
    }
    if width > 0 { kept + "…" } else { kept }
}

/// Cuts texts to at most `width` columns such that different texts stay different: those that would look the same
/// are cut in the middle, and if that is not enough they are numbered.
pub(super) fn cut_apart(texts: &[String], width: usize) -> Vec<String> {
    let mut short: Vec<String> = texts.iter().map(|text| cut(text, width)).collect();
    for i in twins(texts, &short) {
        if let (Some(place), Some(text)) = (short.get_mut(i), texts.get(i)) {
            *place = cut_middle(text, width);
        }
    }
    for i in twins(texts, &short) {
        if let (Some(place), Some(text)) = (short.get_mut(i), texts.get(i)) {
            let number = format!("…{}", i + 1);
            let head = cut(text, width.saturating_sub(number.width()));
            *place = head.trim_end_matches('…').to_owned() + &number;
        }
    }
    short
}

/// Returns the indexes of texts that look like another one when cut.
fn twins(texts: &[String], short: &[String]) -> Vec<usize> {
    let mut whole_of: HashMap<&str, &str> = HashMap::new();
    let mut shared: HashSet<&str> = HashSet::new();
    for (text, short) in texts.iter().zip(short) {
        if *whole_of.entry(short).or_insert(text) != text.as_str() {
            shared.insert(short);
        }
    }
    short.iter().enumerate().filter(|(_, short)| shared.contains(short.as_str())).map(|(i, _)| i).collect()
}

/// Cuts the middle out of a text.
fn cut_middle(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let half = width / 2;
    let head = cut(text, width - half);
    let backwards: String = text.chars().rev().take(4 * half).collect();
    let tail: String = cut(&backwards, half + 1).trim_end_matches('…').chars().rev().collect();
    head + &tail
}

/// Wraps a paragraph. Each line starts with a space.
pub(super) fn paragraph(text: &str, width: usize) -> Vec<String> {
    let mut table = wrapping(width);
    table.add_row([printable(text)]);
    rendered(&table)
}

/// Lays out labels in one column and their wrapped texts in another. Both columns start with a space.
pub(super) fn pairs<'a>(pairs: impl IntoIterator<Item = (&'a str, String)>, width: usize) -> Vec<String> {
    let mut table = wrapping(width);
    let (labels, texts): (Vec<String>, Vec<String>) =
        pairs.into_iter().map(|(label, text)| (printable(label), printable(&text))).unzip();
    for (label, text) in cut_apart(&labels, width / 3).into_iter().zip(texts) {
        table.add_row([label, text]);
    }
    if let Some(labels) = table.column_mut(0) {
        labels.set_padding((1, 1));
        labels.set_constraint(ColumnConstraint::ContentWidth);
    }
    rendered(&table)
}

fn wrapping(width: usize) -> Table {
    let mut table = Table::new();
    table.load_style(comfy_table::presets::NOTHING);
    table.set_content_arrangement(ContentArrangement::Dynamic);
    table.set_width(u16::try_from(width).unwrap_or(u16::MAX));
    table
}

fn rendered(table: &Table) -> Vec<String> {
    table.lines().map(|line| line.trim_end().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::{cut, pairs, paragraph};
    use unicode_width::UnicodeWidthStr;

    #[test]
    fn texts_that_differ_look_different_when_cut() {
        let cut_apart = |texts: &[&str], width| {
            let texts: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
            super::cut_apart(&texts, width)
        };
        assert_eq!(
            cut_apart(&["Mean down time", "Mean down times per year", "MTTF"], 10),
            ["Mean… time", "Mean… year", "MTTF",]
        );
        assert_eq!(
            cut_apart(&["aaaaaaaaXaaaaaaaa", "aaaaaaaaYaaaaaaaa", "b"], 8),
            ["aaaaa…1", "aaaaa…2", "b"]
        );
        assert_eq!(cut_apart(&["the same text", "the same text"], 8), ["the sam…", "the sam…"]);
    }

    #[test]
    fn cut_text_never_exceeds_the_width() {
        assert_eq!(cut("checkout", 8), "checkout");
        assert_eq!(cut("checkout", 5), "chec…");
        assert_eq!(cut("支払いサービス", 6), "支払…");
        assert_eq!(cut("x", 0), "");
        assert!(cut(&format!("a{}", "\u{301}".repeat(9_999)), 10).len() < 100);
    }

    #[test]
    fn a_long_word_is_broken_rather_than_overflowing() {
        let lines = paragraph(&"x".repeat(200), 60);
        assert!(lines.iter().all(|line| line.width() <= 60));
        assert_eq!(lines.concat().matches('x').count(), 200);
    }

    #[test]
    fn texts_align_behind_their_labels() {
        let lines = pairs([("Window", "30 days".to_owned()), ("By", "service".to_owned())], 80);
        assert_eq!(lines, [" Window  30 days", " By      service"]);
    }
}
