//! Draws the series of a chart on a surface of characters.

use super::Plot;
use super::dots::Surface;
use super::marks::{self, Bar, BarShare, Coordinates};
use crate::report::{AxisUnit, Chart, Series, Style};

/// The number of signs on a curve with many points, which identify the curve.
const SIGNS_ON_A_CURVE: usize = 4;
/// Each point gets a sign when there is at most one point for this many columns.
const COLUMNS_PER_SIGN: usize = 6;
/// Every n-th dot of the edges of a band is drawn, so that they look lighter than the curve.
const BAND_DOTS: usize = 2;
/// The largest number of bands that are drawn; the edges of more could not be told apart.
const BANDS_MAX: usize = 2;

/// The sign of each series: shapes, then letters.
const SIGNS: &[char] = &[
    '●', '▲', '■', '◆', '○', '△', '□', '◇', 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm',
    'n', 'o', 'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z',
];
/// The characters for bars, in eighths of a row.
const LEVELS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/// The fill character for the bars of each series.
const FILLS: &[char] = &['█', '▒', '░', '▓'];

/// Draws a chart on a surface of `size`, in columns and rows.
///
/// Later drawing covers earlier drawing: first bars, then intervals, curves and signs.
pub(super) fn painted(plot: &Plot, chart: &Chart, size: (usize, usize)) -> Surface {
    let mut surface = Surface::new(size.0, size.1);
    let bars = || of_style(plot, chart, |style| style == Style::Bars);
    let others = || of_style(plot, chart, |style| style != Style::Bars);
    for (i, (owner, series)) in bars().enumerate() {
        let part = BarShare { index: i, of: bars().count(), air: air(&chart.x.unit, size.0) };
        let bars = marks::bars(plot, series, &chart.x.unit, part);
        paint_bars(&mut surface, &bars, (fill(i), owner));
    }
    for (owner, series) in others() {
        paint_intervals(&mut surface, plot, chart, (owner, series));
    }
    for (owner, series) in others().filter(|(_, series)| plot.style(series.style) != Style::Points) {
        for run in marks::curve(plot, series) {
            joined(&mut surface, &run, 1, owner);
        }
    }
    for (owner, series) in others() {
        for place in signed(plot, chart, (owner, series), size.0) {
            surface.mark(place, sign(plot, chart, owner), owner);
        }
    }
    surface
}

/// Returns the character that represents a series in the legend.
pub(super) fn sign(plot: &Plot, chart: &Chart, owner: usize) -> char {
    let mut bars = of_style(plot, chart, |style| style == Style::Bars);
    match bars.position(|(bar, _)| bar == owner) {
        Some(i) => fill(i),
        None => SIGNS.get(owner % SIGNS.len()).copied().unwrap_or('●'),
    }
}

/// Returns whether a chart has intervals that are not drawn: those of bars, and of many curves with many
/// points.
pub(super) fn leaves_bands_out(plot: &Plot, chart: &Chart, columns: usize) -> bool {
    chart.series.iter().any(|series| {
        let has_any = series.points.iter().any(|point| marks::band_places(plot, point).is_some());
        has_any
            && (plot.style(series.style) == Style::Bars
                || !is_sparse(plot, series, columns) && !has_few_bands(chart))
    })
}

fn has_few_bands(chart: &Chart) -> bool {
    let has_band = |series: &&Series| series.points.iter().any(|point| point.band.is_some());
    chart.series.iter().filter(has_band).count() <= BANDS_MAX
}

/// Returns whether each point of a series gets a sign.
fn is_sparse(plot: &Plot, series: &Series, columns: usize) -> bool {
    plot.style(series.style) == Style::Points
        || marks::points(plot, series).count() <= columns / COLUMNS_PER_SIGN
}

fn of_style<'a>(
    plot: &Plot,
    chart: &'a Chart,
    wanted: impl Fn(Style) -> bool,
) -> impl Iterator<Item = (usize, &'a Series)> {
    let series = chart.series.iter().enumerate();
    series.filter(move |(_, series)| wanted(plot.style(series.style)))
}

/// Draws intervals: vertical lines where each point has a sign, dotted edges along a curve.
fn paint_intervals(surface: &mut Surface, plot: &Plot, chart: &Chart, (owner, series): (usize, &Series)) {
    if is_sparse(plot, series, surface.columns) {
        for ((x, _), point) in marks::points(plot, series) {
            if let Some((low, high)) = marks::band_places(plot, point) {
                surface.line((x, low), (x, high), 1, owner);
            }
        }
    } else if has_few_bands(chart) {
        for edge in marks::band(plot, series).into_iter().flat_map(|(low, high)| [low, high]) {
            joined(surface, &edge, BAND_DOTS, owner);
        }
    }
}

/// Joins the places of a run with lines; a single place becomes a dot.
fn joined(surface: &mut Surface, run: &[Coordinates], every: usize, owner: usize) {
    if let [alone] = run {
        surface.line(*alone, *alone, 1, owner);
    }
    for pair in run.windows(2) {
        if let [from, to] = pair {
            surface.line(*from, *to, every, owner);
        }
    }
}

/// Returns the places of the signs of a series: at every point when there are few, else at some points.
/// Those differ between curves, so that signs do not cover each other.
fn signed(plot: &Plot, chart: &Chart, (owner, series): (usize, &Series), columns: usize) -> Vec<Coordinates> {
    let places: Vec<Coordinates> = marks::points(plot, series).map(|(place, _)| place).collect();
    if is_sparse(plot, series, columns) {
        return places;
    }
    let count = if chart.series.len() > 1 { SIGNS_ON_A_CURVE } else { 0 };
    let shift = (owner as f64 + 1.0) / (chart.series.len() as f64 + 1.0);
    let chosen = (0..count).map(|i| ((i as f64 + shift) / count as f64 * places.len() as f64) as usize);
    chosen.filter_map(|i| places.get(i).copied()).collect()
}

/// Returns the empty share beside each category, if every category has enough columns for it.
fn air(unit: &AxisUnit, columns: usize) -> f64 {
    const AIR: f64 = 0.1;
    const COLUMNS_MIN: usize = 5;
    match unit {
        AxisUnit::Categories(names) if names.len() * COLUMNS_MIN <= columns => AIR,
        _ => 0.0,
    }
}

fn fill(bars: usize) -> char {
    FILLS.get(bars % FILLS.len()).copied().unwrap_or('█')
}

/// Draws bars in eighths of a row. A bar that is not zero is at least one eighth high. Of several bars
/// in one column the longest is drawn.
fn paint_bars(surface: &mut Surface, bars: &[Bar], (fill, owner): (char, usize)) {
    const EIGHTHS: usize = LEVELS.len();
    let rows = surface.rows;
    for (column, (low, high)) in bars_by_column(bars, surface.columns, rows * EIGHTHS) {
        for from_foot in low / EIGHTHS..high.div_ceil(EIGHTHS).min(rows) {
            let level = (high - from_foot * EIGHTHS).min(EIGHTHS);
            let part = LEVELS.get(level - 1).copied().unwrap_or(fill);
            let sign = if level == EIGHTHS { fill } else { part };
            surface.write(column, rows - 1 - from_foot, sign, owner);
        }
    }
}

/// Returns each column that holds a bar, with the lower and the upper end of the bars there, in `steps`
/// of the height.
fn bars_by_column(
    bars: &[Bar],
    columns: usize,
    steps: usize,
) -> impl Iterator<Item = (usize, (usize, usize))> {
    let step = |place: f64| (place * steps as f64).round() as usize;
    let mut ends: Vec<Option<(usize, usize)>> = vec![None; columns];
    for bar in bars.iter().filter(|bar| bar.top != bar.foot) {
        let (low, high) = (step(bar.foot.min(bar.top)), step(bar.foot.max(bar.top)));
        for end in ends.get_mut(bar_columns(bar, columns)).unwrap_or_default() {
            let (lowest, highest) = end.unwrap_or((low, high));
            *end = Some((low.min(lowest), high.max(highest).max(low + 1)));
        }
    }
    ends.into_iter().enumerate().filter_map(|(column, ends)| Some((column, ends?)))
}

/// Returns the columns that a bar covers, at least one.
fn bar_columns(bar: &Bar, columns: usize) -> std::ops::Range<usize> {
    let column = |place: f64| (place * columns as f64).round() as usize;
    let from = column(bar.left).min(columns.saturating_sub(1));
    from..column(bar.right).clamp(from + 1, columns)
}
