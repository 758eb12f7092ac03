//! Charts: what drawing them has in common, whatever they are drawn with.
//!
//! | part | what it does |
//! |---|---|
//! | [`ruler`] | from values to places along an axis |
//! | [`ticks`] | round values to write at an axis |
//! | [`labels`] | those of the horizontal axis, as many as have room |
//! | [`marks`] | the pieces of a series: runs of a curve, bars |
//! | [`dots`] | a surface of braille dots |
//! | [`painting`] | what a chart shows, on that surface |
//! | [`text`] | that with axes and legend, as lines |
//! | [`shapes`] | what a chart shows, as SVG |
//! | [`svg`] | that with axes and legend, as a figure of a page |

mod dots;
mod labels;
mod marks;
mod painting;
mod ruler;
mod shapes;
pub(super) mod svg;
#[cfg(test)]
mod tests;
pub(super) mod text;
mod ticks;

use crate::report::{AxisUnit, Chart, Series, Style};
use ruler::Ruler;
use ticks::{Tick, VERTICAL, VERTICAL_POWERS, ticks};

/// What stands instead of a chart without a single point that could be drawn.
const NOTHING: &str = "no values to draw";

/// The rulers of a chart.
struct Plot {
    x: Ruler,
    y: Ruler,
    /// Whether zero has a place on the vertical axis, so that bars can stand on it.
    bars: bool,
}

impl Plot {
    /// Rulers that hold every point; `None` where there is nothing to draw.
    fn of(chart: &Chart) -> Option<Self> {
        let with_bars = chart.series.iter().any(|series| series.style == Style::Bars);
        let y = Ruler::vertical(chart, with_bars)?;
        let bars = with_bars && y.place(0.0).is_some() && chart.y.unit != AxisUnit::ShareByComplement;
        let x = Ruler::horizontal(chart, bars)?;
        Some(Self { x, y, bars })
    }

    /// The ticks of the vertical axis.
    fn vertical_ticks(&self, chart: &Chart) -> Vec<Tick> {
        let count = if self.y.log { VERTICAL_POWERS } else { VERTICAL };
        ticks(&self.y, &chart.y.unit, count)
    }

    /// How a series is drawn here.
    fn style(&self, style: Style) -> Style {
        match style {
            Style::Bars if !self.bars => Style::Points,
            style => style,
        }
    }
}

/// What the legend names: nothing where there is only one series.
fn legend(chart: &Chart) -> impl Iterator<Item = (usize, &Series)> {
    let several = chart.series.len() > 1;
    chart.series.iter().enumerate().filter(move |_| several)
}
