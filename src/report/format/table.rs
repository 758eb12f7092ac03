//! The terminal format: aligned text with some colour, no wider than the window.

use super::lines::{Ink, painted, pairs, paragraph};
use super::{Format, Look, cells, chart, grid, strips};
use crate::base::text::printable;
use crate::report::{Block, Check, Document, Outcome, Section, Table};
use std::io;

/// The format for a terminal or a plain text file, as wide as the look allows.
pub(super) static TABLE: Format = Format {
    name: "table",
    summary: "aligned text for the terminal, fitted to its width",
    extensions: &["txt"],
    for_people: true,
    is_whole: false,
    write,
};

/// The supported widths in columns. Other widths are clamped to this range.
const WIDTHS: std::ops::RangeInclusive<usize> = 30..=1_000;

fn write(document: &Document, look: &Look, out: &mut dyn io::Write) -> io::Result<()> {
    let look = Look { width: look.width.clamp(*WIDTHS.start(), *WIDTHS.end()), ..*look };
    let page = paragraphs(document, &look);
    let filled = page.iter().filter(|lines| !lines.is_empty());
    let parts: Vec<String> = filled.map(|lines| lines.join("\n")).collect();
    if parts.is_empty() { Ok(()) } else { writeln!(out, "{}", parts.join("\n\n")) }
}

/// Returns a summary of a document in a few lines: its headline, else its checks.
pub fn in_brief(document: &Document, look: &Look) -> Vec<String> {
    match &document.headline {
        Some(headline) => vec![printable(headline)],
        None => checks(document, look),
    }
}

/// Returns the page in reading order, as groups of lines that are separated by blank lines.
fn paragraphs(document: &Document, look: &Look) -> Vec<Vec<String>> {
    let mut page = vec![
        heading(&document.title, look),
        facts(&document.facts, look),
        warnings(&document.warnings, look),
    ];
    let main = document.main_table().map(|table| table.name);
    page.extend(document.sections.iter().flat_map(|part| section(part, main, look)));
    page.push(checks(document, look));
    page
}

fn heading(text: &str, look: &Look) -> Vec<String> {
    if text.is_empty() {
        return Vec::new();
    }
    let lines = paragraph(text, look.width);
    lines.iter().map(|line| painted(line.trim_start(), Ink::Bold, look)).collect()
}

fn facts(facts: &[(String, String)], look: &Look) -> Vec<String> {
    pairs(facts.iter().map(|(label, text)| (label.as_str(), text.clone())), look.width)
}

/// Returns the blocks of a section, with the heading directly above the first.
fn section(section: &Section, main: Option<&str>, look: &Look) -> Vec<Vec<String>> {
    let parts = section.blocks.iter().map(|part| block(part, main, look));
    let mut blocks: Vec<Vec<String>> = parts.collect();
    let heading = heading(&section.heading, look);
    match blocks.first_mut() {
        Some(first) => drop(first.splice(0..0, heading)),
        None => blocks.push(heading),
    }
    blocks
}

fn block(block: &Block, main: Option<&str>, look: &Look) -> Vec<String> {
    match block {
        Block::Table(table) => grid::draw(table, &csv_flags(table, main), look.width),
        Block::Strips(strips) => indented(look, |look| strips::draw(strips, look)),
        Block::Chart(chart) => indented(look, |look| chart::text::draw(chart, look)),
        Block::Text(text) => paragraph(text, look.width),
        Block::Facts(pairs) => facts(pairs, look),
    }
}

/// Returns the flags that write the whole table as CSV.
fn csv_flags(table: &Table, main: Option<&str>) -> String {
    if main == Some(table.name) {
        "--format csv".to_owned()
    } else {
        format!("--format csv --table {}", table.name)
    }
}

/// Draws within the left margin that all lines have.
fn indented(look: &Look, draw: impl FnOnce(&Look) -> Vec<String>) -> Vec<String> {
    let lines = draw(&Look { width: look.width - 1, ..*look });
    lines.into_iter().map(|line| format!(" {line}")).collect()
}

fn warnings(warnings: &[String], look: &Look) -> Vec<String> {
    let entries = warnings.iter().map(|text| ("warning:", text.clone(), Ink::Yellow));
    labelled(entries.collect(), look)
}

/// Returns the gates under a heading that states the meaning of their conditions.
fn checks(document: &Document, look: &Look) -> Vec<String> {
    let checks = &document.checks;
    if checks.is_empty() {
        return Vec::new();
    }
    let text = |check: &Check| format!("{}: {} — {}", check.subject, check.condition, check.detail);
    let entry = |check: &Check| (cells::verdict(check.outcome), text(check), ink(check.outcome));
    let mut lines = heading(document.conditions, look);
    lines.extend(labelled(checks.iter().map(entry).collect(), look));
    lines
}

/// Returns the colour of an outcome.
fn ink(outcome: Outcome) -> Ink {
    match outcome {
        Outcome::Held => Ink::Green,
        Outcome::Missed => Ink::Red,
        Outcome::Inconclusive => Ink::Yellow,
    }
}

/// Lays out texts behind coloured labels. A label is on the first line of its text, and further lines
/// are indented.
fn labelled(entries: Vec<(&'static str, String, Ink)>, look: &Look) -> Vec<String> {
    let mut labels: Vec<_> = entries.iter().rev().map(|(label, _, ink)| (*label, *ink)).collect();
    let mut lines = pairs(entries.into_iter().map(|(label, text, _)| (label, text)), look.width);
    for line in lines.iter_mut().filter(|line| !line.starts_with("  ")) {
        let Some((label, ink)) = labels.pop() else { break };
        *line = line.replacen(label, &painted(label, ink, look), 1);
    }
    lines
}
