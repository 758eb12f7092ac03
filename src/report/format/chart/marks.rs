//! The geometry of a series: points, curves and bands, as places from 0 to 1 from the lower left corner.

use super::Plot;
use crate::report::{Point, Series, Style};

/// A place in the plot: to the right and upwards, each from 0 to 1.
pub(super) type Coordinates = (f64, f64);

/// Returns the curve of a series as runs without gaps. Steps are expanded into corners.
pub(super) fn curve(plot: &Plot, series: &Series) -> Vec<Vec<Coordinates>> {
    runs(plot, series, |point| plot.y.place(point.y))
}

/// Returns the lower and the upper edge of the band of a series, as runs without gaps.
pub(super) fn band(plot: &Plot, series: &Series) -> Vec<(Vec<Coordinates>, Vec<Coordinates>)> {
    let low = runs(plot, series, |point| Some(band_places(plot, point)?.0));
    let high = runs(plot, series, |point| Some(band_places(plot, point)?.1));
    low.into_iter().zip(high).collect()
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

/// Returns whether each point of a series gets a sign: always without a curve, and on a curve of at most
/// `signs_max` points.
pub(super) fn has_signs(plot: &Plot, series: &Series, signs_max: usize) -> bool {
    series.style == Style::Points || points(plot, series).count() <= signs_max
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
