//! A chart as an HTML figure: inline SVG that takes its text colour from the page, light or dark.

use super::shapes::{self, Frame};
use super::ticks::Tick;
use super::{NOTHING, Plot, labels, legend};
use crate::base::text::printable;
use crate::report::Chart;
use crate::report::format::lines::cut;
use maud::{Markup, html};
use unicode_width::UnicodeWidthStr;

/// The style sheet for figures. It must follow that of the page.
pub(in crate::report::format) const STYLE: &str = include_str!("svg.css");

/// The size of a figure in its own units, which the page scales. Other lengths use the same units.
const WIDTH: f64 = 840.0;
const HEIGHT: f64 = 320.0;
/// Room above the plot for the name of the vertical axis, and below it for the labels and the name of
/// the horizontal axis.
const TOP: f64 = 26.0;
const BOTTOM: f64 = 44.0;
/// Room to the right of the plot for half of the last label.
const RIGHT: f64 = 30.0;
/// The approximate width of a character of a label.
const CHARACTER: f64 = 6.8;
/// The largest width of a label, in characters.
const LABEL_MAX: usize = 24;
/// The largest width of the name of an axis, in characters.
const NAME_MAX: usize = 100;

/// Returns the whole figure with its legend.
pub(in crate::report::format) fn figure(chart: &Chart) -> Markup {
    html! {
        figure.chart {
            @match Plot::of(chart) {
                Some(plot) => { (drawing(&plot, chart)) (legend_list(&plot, chart)) }
                None => p { (NOTHING) },
            }
        }
    }
}

fn drawing(plot: &Plot, chart: &Chart) -> Markup {
    let mut upright = plot.vertical_ticks(chart);
    for tick in &mut upright {
        tick.label = cut(&tick.label, LABEL_MAX);
    }
    let widest = upright.iter().map(|tick| tick.label.width()).max().unwrap_or(0);
    let left = widest as f64 * CHARACTER + 12.0;
    let frame = Frame { left, top: TOP, width: WIDTH - RIGHT - left, height: HEIGHT - TOP - BOTTOM };
    let columns = (frame.width / CHARACTER) as usize;
    let level: Vec<Tick> =
        labels::fitting(&plot.x, &chart.x.unit, columns).into_iter().map(|(tick, _)| tick).collect();
    let name = printable(&format!("{} by {}", chart.y.label, chart.x.label));
    html! {
        svg viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } role="img" aria-label=(name) {
            title { (name) }
            desc { (description(chart, &level, &upright)) }
            (rules(&frame, &upright))
            (shapes::all(plot, chart, &frame))
            (base(&frame, &level))
            text x="0" y="12" { (cut(&printable(&chart.y.label), NAME_MAX)) }
            text x=(shapes::length(frame.x(0.5))) y=(HEIGHT - 4.0) text-anchor="middle" { (cut(&printable(&chart.x.label), NAME_MAX)) }
        }
    }
}

/// Describes the axes and the series, for screen readers.
fn description(chart: &Chart, level: &[Tick], upright: &[Tick]) -> String {
    let axis = |label: &str, ticks: &[Tick]| {
        let ends = ticks.first().zip(ticks.last());
        let range = ends.map(|(first, last)| format!(" from {} to {}", first.label, last.label));
        printable(label) + &range.unwrap_or_default()
    };
    let names: Vec<String> = legend(chart).map(|(_, series)| printable(&series.label)).collect();
    let series = if names.is_empty() { String::new() } else { format!("; {}", names.join(", ")) };
    format!("{}; {}{series}", axis(&chart.y.label, upright), axis(&chart.x.label, level))
}

/// Draws the vertical axis as light horizontal lines with labels.
fn rules(frame: &Frame, ticks: &[Tick]) -> Markup {
    let (left, right) = (shapes::length(frame.x(0.0)), shapes::length(frame.x(1.0)));
    html! {
        @for tick in ticks {
            @let y = frame.y(tick.place);
            line.rule x1=(left) x2=(right) y1=(shapes::length(y)) y2=(shapes::length(y)) {}
            text x=(shapes::length(frame.left - 8.0)) y=(shapes::length(y + 4.0)) text-anchor="end" { (tick.label) }
        }
    }
}

/// Draws the horizontal axis with its labels.
fn base(frame: &Frame, ticks: &[Tick]) -> Markup {
    let y = |below: f64| shapes::length(frame.y(0.0) + below);
    html! {
        line.base x1=(shapes::length(frame.x(0.0))) x2=(shapes::length(frame.x(1.0))) y1=(y(0.0)) y2=(y(0.0)) {}
        @for tick in ticks {
            @let x = shapes::length(frame.x(tick.place));
            line.base x1=(x) x2=(x) y1=(y(0.0)) y2=(y(5.0)) {}
            text x=(x) y=(y(19.0)) text-anchor="middle" { (tick.label) }
        }
    }
}

fn legend_list(plot: &Plot, chart: &Chart) -> Markup {
    let entries: Vec<_> = legend(chart).collect();
    html! {
        @if !entries.is_empty() {
            ul {
                @for (owner, series) in entries {
                    li { (shapes::sample(plot, series, owner)) (printable(&series.label)) }
                }
            }
        }
    }
}
