//! HTML: writes one self-contained page, to mail or to print.

use super::{Format, Look, cells, chart, strips};
use crate::base::text::printable;
use crate::report::{Block, Cell, Document, Section, Strip, Strips, Table};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use std::io;

/// The HTML format. Writes one page without scripts or external references; strips and charts are inline
/// SVG. maud escapes every string in the page, except the style sheets [`STYLE`] and that of charts.
pub(super) static HTML: Format = Format {
    name: "html",
    summary: "one self-contained page, to mail or to print",
    extensions: &["html", "htm"],
    for_people: true,
    is_whole: false,
    write,
};

const STYLE: &str = include_str!("html.css");
/// The lowest opacity of an outage, so that a short one is still visible.
const OPACITY_MIN: f64 = 0.4;

fn write(document: &Document, _: &Look, out: &mut dyn io::Write) -> io::Result<()> {
    writeln!(out, "{}", page(document).into_string())
}

fn page(document: &Document) -> Markup {
    let title = printable(&document.title);
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                style { (PreEscaped(STYLE)) @if has_charts(document) { (PreEscaped(chart::svg::STYLE)) } }
            }
            body {
                h1 { (title) }
                @if let Some(headline) = &document.headline { p.headline { (printable(headline)) } }
                (checks(document))
                (facts(&document.facts))
                @for text in &document.warnings { p.warning { strong { "warning: " } (printable(text)) } }
                @for part in &document.sections { (section(part)) }
            }
        }
    }
}

fn has_charts(document: &Document) -> bool {
    let mut blocks = document.sections.iter().flat_map(|section| &section.blocks);
    blocks.any(|block| matches!(block, Block::Chart(_)))
}

fn section(section: &Section) -> Markup {
    html! {
        section {
            @if !section.heading.is_empty() { h2 { (printable(&section.heading)) } }
            @for part in &section.blocks { (block(part)) }
        }
    }
}

fn block(block: &Block) -> Markup {
    match block {
        Block::Table(table) => rows(table),
        Block::Strips(strips) => drawing(strips),
        Block::Chart(chart) => chart::svg::figure(chart),
        Block::Text(text) => html! { p { (printable(text)) } },
        Block::Facts(pairs) => facts(pairs),
    }
}

fn facts(facts: &[(String, String)]) -> Markup {
    html! {
        @if !facts.is_empty() {
            dl { @for (label, text) in facts { dt { (printable(label)) } dd { (printable(text)) } } }
        }
    }
}

fn rows(table: &Table) -> Markup {
    let table = table.without_empty();
    let numeric: Vec<bool> =
        (0..table.columns.len()).map(|column| cells::is_numeric(&table, column)).collect();
    html! {
        div.scroll { table {
            thead { tr {
                @for (column, numeric) in table.columns.iter().zip(&numeric) { th.n[*numeric] { (column.heading) } }
            } }
            tbody { @for row in &table.rows { tr.total[row.total] {
                @for (cell, numeric) in row.cells.iter().zip(&numeric) { (figure(cell, *numeric)) }
            } } }
        } }
    }
}

/// Returns one cell, with an interval in small type under its value.
fn figure(cell: &Cell, numeric: bool) -> Markup {
    let (value, interval) = cells::human_parts(cell);
    html! { td.n[numeric] { (value) @if !interval.is_empty() { " " small { (interval) } } } }
}

fn drawing(strips: &Strips) -> Markup {
    html! {
        table.strips {
            @for line in &strips.lines { tr { th { (printable(&line.label)) } td { (bar(line)) } } }
            tr { th {} td.axis {
                span { (printable(&strips.from)) }
                span { "red: " (strips.words.full) ", grey: unknown" }
                span { (printable(&strips.to)) }
            } }
        }
    }
}

fn bar(line: &Strip) -> Markup {
    html! {
        svg viewBox={ "0 0 " (line.down.len().max(1)) " 10" } preserveAspectRatio="none" role="img" aria-label=(printable(&line.label)) {
            @for (from, length, share) in strips::runs(&line.down) {
                @if share.is_nan() {
                    rect.unknown x=(from) width=(length) height="10" {}
                } @else if share > 0.0 {
                    rect.down x=(from) width=(length) height="10" fill-opacity=(opacity(share)) {}
                }
            }
        }
    }
}

fn opacity(share: f64) -> String {
    format!("{:.2}", OPACITY_MIN + (1.0 - OPACITY_MIN) * share.min(1.0))
}

fn checks(document: &Document) -> Markup {
    let checks = &document.checks;
    html! {
        @if !checks.is_empty() {
            h2 { (document.conditions) }
            table.checks {
                thead { tr { th { "Outcome" } th { "Subject" } th { (document.conditions) } th { "Measured" } } }
                tbody { @for check in checks { tr {
                    td class=(check.outcome.name()) { (cells::verdict(check.outcome)) }
                    td { (printable(&check.subject)) }
                    td { (printable(&check.condition)) }
                    td { (printable(&check.detail)) }
                } } }
            }
        }
    }
}
