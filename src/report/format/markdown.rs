//! Markdown: writes the dialect of GitHub and GitLab, for pull requests, wikis and post-mortems.

use super::{Format, Look, cells, strips};
use crate::base::text::{counted, printable};
use crate::report::{Block, Cell, Chart, Check, Document, Section, Table};
use std::io;

/// The Markdown format: headings, lists, pipe tables, and drawings in fenced blocks.
pub(super) static MARKDOWN: Format = Format {
    name: "markdown",
    summary: "GitHub Flavored Markdown for issues, wikis and post-mortems",
    extensions: &["md", "markdown"],
    for_people: true,
    is_whole: false,
    write,
};

/// The look of strips and charts, whose width fits the text column of a pull request.
const DRAWING: Look = Look { width: 90, colour: false };

fn write(document: &Document, _: &Look, out: &mut dyn io::Write) -> io::Result<()> {
    let headline = document.headline.as_ref().map(|text| format!("**{}**\n", escaped(text)));
    let mut parts = vec![
        heading("#", &document.title),
        headline.unwrap_or_default(),
        checks(document),
        facts(&document.facts),
    ];
    parts.extend(document.warnings.iter().map(|text| format!("> **warning:** {}\n", escaped(text))));
    parts.extend(document.sections.iter().flat_map(section));
    parts.retain(|part| !part.is_empty());
    out.write_all(parts.join("\n").as_bytes())
}

fn heading(level: &str, text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("{level} {}\n", escaped(text)) }
}

fn facts(facts: &[(String, String)]) -> String {
    let lines = facts.iter().map(|(label, text)| format!("- **{}:** {}\n", escaped(label), escaped(text)));
    lines.collect::<Vec<_>>().concat()
}

fn section(section: &Section) -> impl Iterator<Item = String> {
    std::iter::once(heading("##", &section.heading)).chain(section.blocks.iter().map(block))
}

fn block(block: &Block) -> String {
    match block {
        Block::Table(table) => pipe_table(table),
        Block::Strips(strips) => fenced(&strips::draw(strips, &DRAWING)),
        Block::Chart(chart) => left_out(chart),
        Block::Text(text) => format!("{}\n", escaped(text)),
        Block::Facts(pairs) => facts(pairs),
    }
}

/// Stands for a chart: its dots would not be in line, since the fonts for code lack them.
fn left_out(chart: &Chart) -> String {
    let table = match chart.name {
        "" => String::new(),
        name => format!(", `--format csv --table {name}` has its points"),
    };
    let (x, y) = (escaped(&chart.x.label), escaped(&chart.y.label));
    format!("The chart of {y} over {x} is not drawn here: `--output report.html` draws it{table}.\n")
}

/// Columns of this priority or a lower number are shown: a pull request has room for about ten.
const PRIORITY_SHOWN: u8 = 4;

fn pipe_table(table: &Table) -> String {
    let whole = table.without_empty();
    let table = whole.with_columns(|_, column| column.priority <= PRIORITY_SHOWN);
    let left_out = whole.columns.len() - table.columns.len();
    let columns = 0..table.columns.len();
    let rule =
        columns.map(|column| if cells::is_numeric(&table, column) { "---:" } else { "---" }.to_owned());
    let mut lines =
        vec![pipe_row(table.columns.iter().map(|column| escaped(&column.heading))), pipe_row(rule)];
    for row in &table.rows {
        let texts = row.cells.iter().map(figure);
        lines.push(if row.total { pipe_row(texts.map(strong)) } else { pipe_row(texts) });
    }
    if left_out > 0 {
        let columns = counted(left_out as u64, "column");
        lines.push(format!("\n{columns} left out; `--format csv` has all.\n"));
    }
    lines.concat()
}

fn pipe_row(cells: impl Iterator<Item = String>) -> String {
    format!("| {} |\n", cells.collect::<Vec<_>>().join(" | "))
}

/// Formats a cell and escapes its text. The brackets of an interval need no escape, so the source stays
/// readable.
fn figure(cell: &Cell) -> String {
    let text = cells::human(cell);
    if let Cell::Text(_) = cell { escaped(&text) } else { text }
}

fn strong(text: String) -> String {
    if text.is_empty() { text } else { format!("**{text}**") }
}

fn fenced(lines: &[String]) -> String {
    let text = lines.join("\n");
    // A fence must be longer than any run of backticks, or the name of a service could end the block.
    let longest_run = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest_run.max(2) + 1);
    format!("{fence}text\n{text}\n{fence}\n")
}

fn checks(document: &Document) -> String {
    let row = |check: &Check| {
        let texts = [cells::verdict(check.outcome), &check.subject, &check.condition, &check.detail];
        pipe_row(texts.into_iter().map(escaped))
    };
    let header =
        format!("| Outcome | Subject | {} | Measured |\n| --- | --- | --- | --- |\n", document.conditions);
    let rows: String = document.checks.iter().map(row).collect();
    if rows.is_empty() { rows } else { heading("##", document.conditions) + "\n" + &header + &rows }
}

/// Escapes text so that no part of it is read as emphasis, code, a link, a formula, a mention, HTML or the edge
/// of a table cell.
///
/// A backslash may precede any ASCII punctuation (CommonMark §2.4). `&` and `<` become entities, since
/// some readers strip tags before they process backslashes. An empty comment keeps GitHub from notifying the
/// people whom `@` would mention, and from making links of bare addresses (GFM §6.9) and numbers of issues and
/// pictures of the names of emoji, which no backslash does.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    let text = printable(text);
    let mut rest = text.as_str();
    while let Some(c) = rest.chars().next() {
        rest = rest.get(c.len_utf8()..).unwrap_or_default();
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '>' | '$' => safe.extend(['\\', c]),
            '@' => safe.extend(['@'].into_iter().chain(NOTHING.chars())),
            '#' => safe.extend(['\\', '#'].into_iter().chain(NOTHING.chars())),
            ':' if begins_emoji(rest) => safe.extend([':'].into_iter().chain(NOTHING.chars())),
            _ => safe.push(c),
        }
    }
    let breaks = [("://", 1), ("www.", 3), ("WWW.", 3), ("GH-", 2)];
    breaks.into_iter().fold(safe, |safe, (link, at)| {
        let (before, after) = link.split_at(at);
        safe.replace(link, &format!("{before}{NOTHING}{after}"))
    })
}

/// An empty comment: it shows nothing.
const NOTHING: &str = "<!-- -->";

/// Whether the text after a colon goes on as the name of an emoji, as in `:smile:`.
fn begins_emoji(text: &str) -> bool {
    let name = text.split(':').next().filter(|name| name.len() < text.len()).unwrap_or_default();
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || "_+-".contains(c);
    name.chars().all(is_of_name) && name.chars().any(|c| c.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::{block, escaped};
    use crate::report::{Block, Strip, Strips};

    #[test]
    fn text_cannot_become_markup_or_leave_its_table_cell() {
        assert_eq!(escaped("a|b"), "a\\|b");
        assert_eq!(escaped("<img src=x>"), "&lt;img src=x\\>");
        assert_eq!(escaped("`x` *y*"), "\\`x\\` \\*y\\*");
        assert_eq!(escaped("a\nb"), "a\\\\u{a}b");
        assert_eq!(escaped("@team"), "@<!-- -->team");
        assert_eq!(escaped("https://x.example"), "https:<!-- -->//x.example");
        assert_eq!(escaped("www.x.example"), "www<!-- -->.x.example");
        assert_eq!(escaped("$x^2$"), "\\$x^2\\$");
        assert_eq!(escaped("#12 GH-3 :+1_up:"), "\\#<!-- -->12 GH<!-- -->-3 :<!-- -->+1\\_up:");
        assert_eq!(escaped("at 10:00:00, a: b"), "at 10:00:00, a: b");
    }

    #[test]
    fn a_name_of_backticks_does_not_end_the_block() {
        let line = Strip { label: "````".into(), down: vec![0.0] };
        let strips = Strips { lines: vec![line], ..Strips::default() };
        assert!(block(&Block::Strips(strips)).starts_with("`````text\n"));
    }
}
