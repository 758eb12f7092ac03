//! A chart as text: curves in braille dots, and signs that identify several of them.

use super::dots::{Square, row_at};
use super::{NOTHING, Plot, labels, legend, painting};
use crate::base::text::printable;
use crate::report::Chart;
use crate::report::format::Look;
use crate::report::format::lines::{Ink, cut, painted};
use unicode_width::UnicodeWidthStr;

/// The number of rows of the plot. Each of the five steps of the axis takes two or three rows.
const ROWS: usize = 12;
/// The largest width of the plot; a wider one would be stretched but no clearer.
const COLUMNS_MAX: usize = 110;
/// The least width of the plot; a narrower one has no room for two labels.
const COLUMNS_MIN: usize = 20;
/// The largest width of a label of the vertical axis. Numbers are shorter, since a number must not be cut.
const LABEL_MAX: usize = 20;
const INKS: &[Ink] = &[Ink::Cyan, Ink::Yellow, Ink::Magenta, Ink::Green, Ink::Blue];

/// Draws `chart` in lines of at most the look's width, without a margin.
pub(in crate::report::format) fn draw(chart: &Chart, look: &Look) -> Vec<String> {
    let Some(plot) = Plot::of(chart) else {
        return vec![cut(NOTHING, look.width)];
    };
    let labels = RowLabels::of(&plot, chart);
    let columns = look.width.saturating_sub(labels.width + 2).min(COLUMNS_MAX);
    if columns < COLUMNS_MIN {
        return vec![cut("chart left out: the terminal is too narrow", look.width)];
    }
    let surface = painting::painted(&plot, chart, (columns, ROWS));
    let mut lines = vec![cut(&printable(&chart.y.label), look.width)];
    lines.retain(|label| !label.is_empty());
    lines.extend(surface.rows().enumerate().map(|(i, row)| labels.before(i, '┤', '│') + &inked(row, look)));
    lines.extend(foot(&plot, chart, &labels, columns));
    lines.extend(legend_lines(chart, look));
    if painting::leaves_bands_out(&plot, chart, columns) {
        lines.push(cut("the intervals are not drawn", look.width));
    }
    lines
}

/// The labels of the vertical axis by row. A label stands in the row in which a point of its value is drawn.
struct RowLabels {
    texts: Vec<Option<String>>,
    width: usize,
}

impl RowLabels {
    fn of(plot: &Plot, chart: &Chart) -> Self {
        let mut texts = vec![None; ROWS];
        for tick in plot.vertical_ticks(chart) {
            if let Some(text) = texts.get_mut(row_at(tick.place, ROWS)) {
                *text = Some(cut(&tick.label, LABEL_MAX));
            }
        }
        let width = texts.iter().flatten().map(|text| text.width()).max().unwrap_or(0);
        Self { texts, width }
    }

    /// Returns the label and the axis in front of a row.
    fn before(&self, row: usize, marked: char, plain: char) -> String {
        let text = self.texts.get(row).and_then(Option::as_deref);
        let blanks = " ".repeat(self.width - text.map_or(0, UnicodeWidthStr::width));
        format!("{blanks}{} {}", text.unwrap_or_default(), if text.is_some() { marked } else { plain })
    }
}

/// Returns the horizontal axis, its labels and its name.
fn foot(plot: &Plot, chart: &Chart, labels: &RowLabels, columns: usize) -> Vec<String> {
    let shown = labels::fitting(&plot.x, &chart.x.unit, columns);
    let mut rule: Vec<char> = vec!['─'; columns];
    for (tick, _) in &shown {
        if let Some(square) = rule.get_mut(tick.column(columns)) {
            *square = '┬';
        }
    }
    let indent = " ".repeat(labels.width + 2);
    let mut texts = String::new();
    for (tick, start) in &shown {
        texts += &" ".repeat(start.saturating_sub(texts.width()));
        texts += &tick.label;
    }
    let name = cut(&printable(&chart.x.label), columns);
    let middle = " ".repeat((columns - name.width()) / 2);
    let lines = [
        labels.before(ROWS, '┼', '└') + &rule.into_iter().collect::<String>(),
        format!("{indent}{texts}"),
        format!("{indent}{middle}{name}"),
    ];
    lines.into_iter().filter(|line| !line.trim().is_empty()).collect()
}

/// Returns a row with its characters in the colours of their series.
fn inked(row: &[Square], look: &Look) -> String {
    let end = row.iter().rposition(|square| square.owner.is_some()).map_or(0, |last| last + 1);
    let runs = row.get(..end).unwrap_or_default().chunk_by(|a, b| a.owner == b.owner);
    runs.map(|run| {
        let text: String = run.iter().map(|square| square.character()).collect();
        match run.first().and_then(|square| square.owner) {
            Some(owner) => painted(&text, ink(owner), look),
            None => text,
        }
    })
    .collect()
}

fn ink(owner: usize) -> Ink {
    INKS.get(owner % INKS.len()).copied().unwrap_or(Ink::Cyan)
}

/// Returns the legend: each series behind its sign, when there are several.
fn legend_lines(chart: &Chart, look: &Look) -> Vec<String> {
    let mut lines: Vec<(String, usize)> = Vec::new();
    for (owner, series) in legend(chart) {
        let name = cut(&printable(&series.label), look.width.saturating_sub(2));
        let width = 2 + name.width();
        let entry = format!("{} {name}", painted(&painting::sign(owner).to_string(), ink(owner), look));
        match lines.last_mut().filter(|(_, used)| used + 3 + width <= look.width) {
            Some((line, used)) => {
                line.push_str("   ");
                line.push_str(&entry);
                *used += 3 + width;
            }
            None => lines.push((entry, width)),
        }
    }
    lines.into_iter().map(|(line, _)| line).collect()
}
