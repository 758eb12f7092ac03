//! Draws the series of a chart as SVG shapes: bands below curves, signs above them. Each sign has its
//! values as a tooltip.

use super::Plot;
use super::marks::{self, Coordinates, has_signs};
use crate::base::quantity::significant;
use crate::base::text::printable;
use crate::report::format::cells;
use crate::report::{Axis, AxisUnit, Cell, Chart, Point, Series, Style};
use maud::{Markup, html};

/// The largest number of points of a curve for which each gets a sign.
const SIGNS_MAX: usize = 24;
/// The number of colours in the style sheet.
const INKS: usize = 6;
/// The dash patterns of the curves, since not everybody can tell the colours apart.
const DASHES: &[&str] = &["none", "7 3", "2 3", "10 3 2 3"];
/// Half the size of a sign, in units of the drawing.
const SIGN: f64 = 3.6;

/// The rectangle of the plot within the drawing.
pub(super) struct Frame {
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) width: f64,
    pub(super) height: f64,
}

impl Frame {
    /// Converts a horizontal place to a coordinate.
    pub(super) fn x(&self, place: f64) -> f64 {
        self.left + place * self.width
    }

    /// Converts a vertical place to a coordinate, which counts downwards.
    pub(super) fn y(&self, place: f64) -> f64 {
        self.top + (1.0 - place) * self.height
    }

    fn at(&self, (right, up): Coordinates) -> String {
        format!("{} {}", length(self.x(right)), length(self.y(up)))
    }

    /// Returns the data of a path through places.
    fn path(&self, places: &[Coordinates]) -> String {
        let corners: Vec<String> = places.iter().map(|place| self.at(*place)).collect();
        format!("M{}", corners.join("L"))
    }
}

/// Formats a coordinate with one decimal, which is enough for a screen.
pub(super) fn length(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

/// Draws all series.
pub(super) fn all(plot: &Plot, chart: &Chart, frame: &Frame) -> Markup {
    html! {
        @for (owner, series) in chart.series.iter().enumerate() {
            g class=(class(owner)) { (curve(plot, chart, frame, (owner, series))) }
        }
    }
}

/// Draws a sample of a series for the legend.
pub(super) fn sample(plot: &Plot, series: &Series, owner: usize) -> Markup {
    html! {
        svg class=(class(owner)) viewBox="0 0 30 12" aria-hidden="true" {
            @if series.style != Style::Points { path.curve d="M0 6L30 6" stroke-dasharray=(dashes(owner)) {} }
            @if has_signs(plot, series, SIGNS_MAX) { (sign(owner, (15.0, 6.0), "")) }
        }
    }
}

fn curve(plot: &Plot, chart: &Chart, frame: &Frame, (owner, series): (usize, &Series)) -> Markup {
    let signs = has_signs(plot, series, SIGNS_MAX);
    html! {
        @if series.style != Style::Points {
            @for (low, high) in marks::band(plot, series) {
                path.band d={ (frame.path(&outline(low, high))) "Z" } {}
            }
            @for run in marks::curve(plot, series) {
                @match run.as_slice() {
                    [alone] => (sign(owner, (frame.x(alone.0), frame.y(alone.1)), "")),
                    run => path.curve d=(frame.path(run)) stroke-dasharray=(dashes(owner)) {},
                }
            }
        }
        @for ((x, y), point) in marks::points(plot, series).filter(|_| signs) {
            @if let Some((low, high)) = marks::band_places(plot, point) {
                path.whisker d=(frame.path(&[(x, low), (x, high)])) {}
            }
            (sign(owner, (frame.x(x), frame.y(y)), &figures(chart, series, point)))
        }
    }
}

/// Returns the outline of a band: forwards along one edge and back along the other.
fn outline(low: Vec<Coordinates>, high: Vec<Coordinates>) -> Vec<Coordinates> {
    low.into_iter().chain(high.into_iter().rev()).collect()
}

/// Draws a circle, triangle, square or diamond. Further series repeat these shapes hollow.
fn sign(owner: usize, (x, y): (f64, f64), tooltip: &str) -> Markup {
    const SHAPES: usize = 4;
    let offsets: &[(f64, f64)] = match owner % SHAPES {
        0 => &[],
        1 => &[(0.0, -1.2), (1.2, 0.9), (-1.2, 0.9)],
        2 => &[(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)],
        _ => &[(0.0, -1.3), (1.3, 0.0), (0.0, 1.3), (-1.3, 0.0)],
    };
    let corner =
        |(right, down): &(f64, f64)| format!("{} {}", length(x + right * SIGN), length(y + down * SIGN));
    let corners: Vec<String> = offsets.iter().map(corner).collect();
    let hollow = owner / SHAPES % 2 == 1;
    html! {
        @if corners.is_empty() {
            circle.sign.hollow[hollow] cx=(length(x)) cy=(length(y)) r=(SIGN) { (title(tooltip)) }
        } @else {
            path.sign.hollow[hollow] d={ "M" (corners.join("L")) "Z" } { (title(tooltip)) }
        }
    }
}

fn title(tooltip: &str) -> Markup {
    html! { @if !tooltip.is_empty() { title { (tooltip) } } }
}

/// Returns the tooltip of a point: `2 crews, 3: 99.97% [99.96%, 99.98%]`.
fn figures(chart: &Chart, series: &Series, point: &Point) -> String {
    let name =
        if series.label.is_empty() { String::new() } else { format!("{}, ", printable(&series.label)) };
    let band =
        point.band.map(|(one, other)| format!(" [{}, {}]", value(&chart.y, one), value(&chart.y, other)));
    format!("{name}{}: {}{}", value(&chart.x, point.x), value(&chart.y, point.y), band.unwrap_or_default())
}

/// Formats a value with the unit of its axis.
fn value(axis: &Axis, value: f64) -> String {
    match &axis.unit {
        AxisUnit::Number => cells::human(&Cell::Number(value)),
        AxisUnit::Seconds => cells::human(&Cell::Seconds(value)),
        // Format large shares by their complement, so that neither end is rounded to 0% or 100%.
        AxisUnit::Share if value > 0.5 => cells::human(&Cell::ShareByComplement(1.0 - value)),
        AxisUnit::Share => significant(value * 100.0, 3) + "%",
        AxisUnit::ShareByComplement => cells::human(&Cell::ShareByComplement(value)),
        AxisUnit::Categories(names) => {
            names.get(value as usize).map(|name| printable(name)).unwrap_or_default()
        }
    }
}

fn class(owner: usize) -> String {
    format!("s{}", owner % INKS)
}

fn dashes(owner: usize) -> &'static str {
    DASHES.get(owner % DASHES.len()).copied().unwrap_or("none")
}
