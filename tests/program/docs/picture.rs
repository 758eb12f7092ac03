//! A terminal as a picture: the command and parts of what it prints, in its colours.

use std::fmt::Write as _;

const CELL_WIDTH: usize = 8;
const LINE_HEIGHT: usize = 17;

/// Parts of an output: each from the line that starts with the first text to the line that starts with the second.
pub(super) type Parts = &'static [(&'static str, &'static str)];

/// Draws the command and parts of the output.
pub(super) fn picture(command: &str, printed: &str, parts: Parts) -> String {
    let mut lines = vec![format!("$ steadfast {command}")];
    for (i, part) in parts.iter().enumerate() {
        lines.push(if i == 0 { String::new() } else { "...".to_owned() });
        lines.extend(cropped(printed, part));
    }
    let (width, height) = (CELL_WIDTH * 122, LINE_HEIGHT * (lines.len() + 2));
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" font-family=\"monospace\" \
         font-size=\"13\">\n<rect width=\"100%\" height=\"100%\" rx=\"6\" fill=\"#1b1f24\"/>\n"
    );
    for (i, line) in lines.iter().enumerate() {
        svg.push_str(&drawn(line, LINE_HEIGHT * (i + 2)));
    }
    svg + "</svg>\n"
}

/// Returns the lines from the one that starts with `first` to the one that starts with `last`.
fn cropped(printed: &str, (first, last): &(&str, &str)) -> Vec<String> {
    let starts = |line: &str, with: &str| without_colour(line).trim_start().starts_with(with);
    let mut lines = printed.lines().skip_while(|line| !starts(line, first)).peekable();
    assert!(lines.peek().is_some(), "no line starts with `{first}`:\n{printed}");
    let mut found = Vec::new();
    for line in lines {
        found.push(line.to_owned());
        if starts(line, last) {
            return found;
        }
    }
    panic!("no line starts with `{last}`:\n{printed}")
}

/// Removes the colours of a terminal.
pub(super) fn without_colour(line: &str) -> String {
    let parts = line.split("\u{1b}[").enumerate();
    parts.map(|(i, part)| if i == 0 { part } else { part.split_once('m').unwrap().1 }).collect()
}

/// Draws one line: a text for each run of one colour, at its column in any font.
fn drawn(line: &str, y: usize) -> String {
    let (mut svg, mut column, mut style) = (String::new(), 1, "fill=\"#d1d5da\"");
    for (i, part) in line.split("\u{1b}[").enumerate() {
        let (code, text) = if i == 0 { ("", part) } else { part.split_once('m').unwrap() };
        style = match code {
            "" => style,
            "1" => "fill=\"#ffffff\" font-weight=\"bold\"",
            "31" => "fill=\"#ff7b72\"",
            "32" => "fill=\"#7ee787\"",
            "33" => "fill=\"#e3b341\"",
            _ => "fill=\"#d1d5da\"",
        };
        let length = text.chars().count();
        if !text.trim().is_empty() {
            let (x, wide) = (column * CELL_WIDTH, length * CELL_WIDTH);
            let text = text.replace('&', "&amp;").replace('<', "&lt;").replace(' ', "\u{a0}");
            writeln!(svg, "<text x=\"{x}\" y=\"{y}\" textLength=\"{wide}\" {style}>{text}</text>").unwrap();
        }
        column += length;
    }
    svg
}

/// Returns the text of a picture, line by line, without the command.
pub(super) fn text(svg: &str) -> String {
    let (mut text, mut at) = (String::new(), "");
    for fragment in svg.lines().filter(|line| line.starts_with("<text")) {
        let y = fragment.split('"').nth(3).unwrap();
        text.push(if y == at { ' ' } else { '\n' });
        at = y;
        text.push_str(fragment.split_once('>').unwrap().1.strip_suffix("</text>").unwrap());
    }
    let text = text.replace("&lt;", "<").replace("&amp;", "&").replace('\u{a0}', " ");
    text.trim_start().split_once('\n').unwrap().1.to_owned()
}
