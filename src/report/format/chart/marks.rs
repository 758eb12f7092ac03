//! The geometry of a series: points, curves, bands and bars, as places from 0 to 1 from the lower left
//! corner.

use super::{Plot, ruler};
use crate::report::{AxisUnit, Point, Series, Style};

/// A place in the plot: to the right and upwards, each from 0 to 1.
pub(super) type Coordinates = (f64, f64);

/// One bar. The foot is at the place of zero, so the top of a negative bar is below its foot.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Bar {
    pub(super) left: f64,
    pub(super) right: f64,
    pub(super) foot: f64,
    pub(super) top: f64,
    /// The point that the bar represents.
    pub(super) point: Point,
}

/// Returns the curve of a series as runs without gaps. Steps are expanded into corners.
pub(super) fn curve(plot: &Plot, series: &Series) -> Vec<Vec<Coordinates>> {
    runs(plot, series, |point| plot.y.place(point.y))
}

/// Returns the lower and the upper edge of the band of a series, as runs without gaps.
pub(super) fn band(plot: &Plot, series: &Series) -> Vec<(Vec<Coordinates>, Vec<Coordinates>)> {
    let edge = |upper: bool| {
        runs(plot, series, move |point| {
            band_places(plot, point).map(|(low, high)| if upper { high } else { low })
        })
    };
    edge(false).into_iter().zip(edge(true)).collect()
}

/// Returns the lower and the upper end of the interval of a point, as places.
pub(super) fn band_places(plot: &Plot, point: &Point) -> Option<(f64, f64)> {
    plot.y.place(point.y)?;
    let (one, other) = point.band?;
    let (one, other) = (plot.y.place_within(one)?, plot.y.place_within(other)?);
    // Order the places and not the values: a flipped axis reverses the values.
    Some((one.min(other), one.max(other)))
}

/// Returns the points of a series that can be drawn, each with its place.
pub(super) fn points<'a>(
    plot: &'a Plot,
    series: &'a Series,
) -> impl Iterator<Item = (Coordinates, &'a Point)> {
    let place = |point: &'a Point| Some(((plot.x.place(point.x)?, plot.y.place(point.y)?), point));
    series.points.iter().filter_map(place)
}

/// Splits a series into runs at the points that have no place.
fn runs(plot: &Plot, series: &Series, y: impl Fn(&Point) -> Option<f64>) -> Vec<Vec<Coordinates>> {
    let mut runs = vec![Vec::new()];
    for point in &series.points {
        match (plot.x.place(point.x), y(point), runs.last_mut()) {
            (Some(x), Some(y), Some(run)) => extend(run, (x, y), series.style),
            (x, ..) => {
                // A step holds its last value until the gap begins.
                if let (Style::Steps, Some(x), Some(run)) = (series.style, x, runs.last_mut()) {
                    run.extend(run.last().map(|(_, y)| (x, *y)));
                }
                runs.push(Vec::new());
            }
        }
    }
    runs.retain(|run| !run.is_empty());
    runs
}

/// Appends a place to a run; a step first gets the corner in front of it.
fn extend(run: &mut Vec<Coordinates>, place: Coordinates, style: Style) {
    if style == Style::Steps {
        run.extend(run.last().map(|(_, before)| (place.0, *before)));
    }
    run.push(place);
}

/// The share of the room at one position that the bars of one series take, when several series have bars.
#[derive(Debug, Clone, Copy)]
pub(super) struct BarShare {
    /// The index among the series that are drawn as bars.
    pub(super) index: usize,
    /// The number of series that are drawn as bars.
    pub(super) of: usize,
    /// The share of the room that stays empty on each side of a category. The bars of a histogram touch,
    /// because their values are contiguous.
    pub(super) air: f64,
}

/// Returns the bars of a series.
pub(super) fn bars(plot: &Plot, series: &Series, unit: &AxisUnit, part: BarShare) -> Vec<Bar> {
    let air = if let AxisUnit::Categories(_) = unit { part.air } else { 0.0 };
    let foot = plot.y.place_within(0.0).unwrap_or(0.0);
    let bar = |(i, point): (usize, &Point)| {
        let (from, to) = sides(&series.points, i, unit);
        let (from, to) = (plot.x.place_within(from)?, plot.x.place_within(to)?);
        let (from, to) = (from + air * (to - from), to - air * (to - from));
        let side = |bars: usize| from + (to - from) * bars as f64 / part.of as f64;
        let top = plot.y.place(point.y)?;
        plot.x.place(point.x)?;
        Some(Bar { left: side(part.index), right: side(part.index + 1), foot, top, point: *point })
    };
    series.points.iter().enumerate().filter_map(bar).collect()
}

/// Returns the left and the right side of the bar of point `i`, as values.
pub(super) fn sides(points: &[Point], i: usize, unit: &AxisUnit) -> (f64, f64) {
    let x = |i: usize| points.get(i).map(|point| point.x).filter(|x| ruler::is_drawable(*x));
    let Some(from) = x(i) else {
        return (f64::NAN, f64::NAN);
    };
    if let AxisUnit::Categories(_) = unit {
        return (from - 0.5, from + 0.5);
    }
    let before = i.checked_sub(1).and_then(x);
    let to = match (x(i + 1), before) {
        (Some(next), _) => next,
        (None, Some(before)) => from + (from - before),
        (None, None) => from + from.abs().max(1.0),
    };
    (from, to)
}
