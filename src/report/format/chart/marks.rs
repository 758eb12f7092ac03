//! The pieces that a series is drawn with, as places between 0 and 1 from the lower left corner.

use super::{Plot, ruler};
use crate::report::{AxisUnit, Point, Series, Style};

/// A place: to the right and upwards.
pub(super) type Coordinates = (f64, f64);

/// One bar, from side to side and from its foot to its top.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Bar {
    pub(super) left: f64,
    pub(super) right: f64,
    pub(super) foot: f64,
    pub(super) top: f64,
    /// The point it stands for.
    pub(super) point: Point,
}

/// The curve of a series in runs without a gap, its steps drawn out.
pub(super) fn curve(plot: &Plot, series: &Series) -> Vec<Vec<Coordinates>> {
    runs(plot, series, |point| plot.y.place(point.y))
}

/// The lower and the upper edge of the band of a series, in runs without a gap.
pub(super) fn band(plot: &Plot, series: &Series) -> Vec<(Vec<Coordinates>, Vec<Coordinates>)> {
    let edge = |upper: bool| {
        runs(plot, series, move |point| {
            band_places(plot, point).map(|(low, high)| if upper { high } else { low })
        })
    };
    edge(false).into_iter().zip(edge(true)).collect()
}

/// The interval of a point: its lower and its upper end on the picture.
pub(super) fn band_places(plot: &Plot, point: &Point) -> Option<(f64, f64)> {
    plot.y.place(point.y)?;
    let (one, other) = point.band?;
    let (one, other) = (plot.y.place_within(one)?, plot.y.place_within(other)?);
    Some((one.min(other), one.max(other)))
}

/// Where the points of a series lie, each with its place.
pub(super) fn points<'a>(
    plot: &'a Plot,
    series: &'a Series,
) -> impl Iterator<Item = (Coordinates, &'a Point)> {
    let place = |point: &'a Point| Some(((plot.x.place(point.x)?, plot.y.place(point.y)?), point));
    series.points.iter().filter_map(place)
}

fn runs(plot: &Plot, series: &Series, y: impl Fn(&Point) -> Option<f64>) -> Vec<Vec<Coordinates>> {
    let mut runs = vec![Vec::new()];
    for point in &series.points {
        match (plot.x.place(point.x), y(point), runs.last_mut()) {
            (Some(x), Some(y), Some(run)) => extend(run, (x, y), series.style),
            (x, ..) => {
                // The last value before a gap holds until the gap begins.
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

fn extend(run: &mut Vec<Coordinates>, place: Coordinates, style: Style) {
    if style == Style::Steps {
        run.extend(run.last().map(|(_, before)| (place.0, *before)));
    }
    run.push(place);
}

/// The part of a place that the bars of one series take.
#[derive(Debug, Clone, Copy)]
pub(super) struct BarShare {
    /// Which of the series that are drawn as bars it is, and how many of them share the place.
    pub(super) index: usize,
    pub(super) of: usize,
    /// The share of the place that stays empty on each side of a name. The bars of a histogram touch, as their values do.
    pub(super) air: f64,
}

/// The bars of a series.
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

/// From where to where the bar of point `i` reaches, as values.
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
