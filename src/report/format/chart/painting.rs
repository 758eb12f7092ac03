//! Draws the series of a chart on a surface of characters.

use super::Plot;
use super::dots::Surface;
use super::marks::{self, Coordinates, has_signs};
use crate::report::{Chart, Series, Style};

/// The number of signs on a curve with many points, which identify the curve.
const SIGNS_ON_A_CURVE: usize = 4;
/// Each point gets a sign when there is at most one point for this many columns.
const COLUMNS_PER_SIGN: usize = 6;
/// Every n-th dot of the edges of a band is drawn, so that they look lighter than the curve.
const BAND_DOTS: usize = 2;
/// The largest number of bands that are drawn; the edges of more could not be distinguished.
const BANDS_MAX: usize = 2;

/// The sign of each series: shapes, then letters.
const SIGNS: &[char] = &[
    '●', '▲', '■', '◆', '○', '△', '□', '◇', 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm',
    'n', 'o', 'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z',
];

/// Draws a chart on a surface of `size`, in columns and rows.
///
/// Later drawing covers earlier drawing: first intervals, then curves and signs.
pub(super) fn painted(plot: &Plot, chart: &Chart, size: (usize, usize)) -> Surface {
    let mut surface = Surface::new(size.0, size.1);
    let all = || chart.series.iter().enumerate();
    for (owner, series) in all() {
        paint_intervals(&mut surface, plot, chart, (owner, series));
    }
    for (owner, series) in all().filter(|(_, series)| series.style != Style::Points) {
        for run in marks::curve(plot, series) {
            joined(&mut surface, &run, 1, owner);
        }
    }
    for (owner, series) in all() {
        for place in signed(plot, chart, (owner, series), size.0) {
            surface.mark(place, sign(owner), owner);
        }
    }
    surface
}

/// Returns the character that represents a series in the legend.
pub(super) fn sign(owner: usize) -> char {
    SIGNS.get(owner % SIGNS.len()).copied().unwrap_or('●')
}

/// Returns whether a chart has intervals that are not drawn: those of many curves with many points.
pub(super) fn leaves_bands_out(plot: &Plot, chart: &Chart, columns: usize) -> bool {
    let has_any =
        |series: &Series| series.points.iter().any(|point| marks::band_places(plot, point).is_some());
    let left_out = |series: &Series| has_any(series) && !has_signs(plot, series, columns / COLUMNS_PER_SIGN);
    !has_few_bands(chart) && chart.series.iter().any(left_out)
}

fn has_few_bands(chart: &Chart) -> bool {
    let has_band = |series: &&Series| series.points.iter().any(|point| point.band.is_some());
    chart.series.iter().filter(has_band).count() <= BANDS_MAX
}

/// Draws intervals: vertical lines where each point has a sign, dotted edges along a curve.
fn paint_intervals(surface: &mut Surface, plot: &Plot, chart: &Chart, (owner, series): (usize, &Series)) {
    if has_signs(plot, series, surface.columns / COLUMNS_PER_SIGN) {
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
    if has_signs(plot, series, columns / COLUMNS_PER_SIGN) {
        return places;
    }
    let count = if chart.series.len() > 1 { SIGNS_ON_A_CURVE } else { 0 };
    let shift = (owner as f64 + 1.0) / (chart.series.len() as f64 + 1.0);
    let chosen = (0..count).map(|i| ((i as f64 + shift) / count as f64 * places.len() as f64) as usize);
    chosen.filter_map(|i| places.get(i).copied()).collect()
}
