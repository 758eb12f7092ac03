//! Charts: layout shared by text and SVG, and the two renderers.
//!
//! Layout works with places: positions along an axis from 0 to 1.
//!
//! | part | contents |
//! |---|---|
//! | [`ruler`] | mapping from values to places along an axis |
//! | [`ticks`] | round values to label an axis with |
//! | [`labels`] | the labels of the horizontal axis that have room |
//! | [`marks`] | the geometry of a series: runs of a curve, bands, bars |
//! | [`dots`] | a surface of braille dots |
//! | [`painting`] | draws the series on that surface |
//! | [`text`] | a painting with axes and legend, as lines of text |
//! | [`shapes`] | draws the series as SVG |
//! | [`svg`] | a drawing with axes and legend, as an HTML figure |

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

/// The text in place of a chart that has no point to draw.
const NOTHING: &str = "no values to draw";

/// The rulers of a chart.
struct Plot {
    x: Ruler,
    y: Ruler,
    /// Whether bars can be drawn, which requires a place for zero on the vertical axis.
    bars: bool,
}

impl Plot {
    /// Builds rulers that cover every point; `None` when there is nothing to draw.
    fn of(chart: &Chart) -> Option<Self> {
        let with_bars = chart.series.iter().any(|series| series.style == Style::Bars);
        let y = Ruler::vertical(chart, with_bars)?;
        let bars = with_bars && y.place(0.0).is_some() && chart.y.unit != AxisUnit::ShareByComplement;
        let x = Ruler::horizontal(chart, bars)?;
        Some(Self { x, y, bars })
    }

    /// Returns the ticks of the vertical axis.
    fn vertical_ticks(&self, chart: &Chart) -> Vec<Tick> {
        let count = if self.y.log { VERTICAL_POWERS } else { VERTICAL };
        ticks(&self.y, &chart.y.unit, count)
    }

    /// Returns the style in which a series is drawn: points instead of bars when bars cannot be drawn.
    fn style(&self, style: Style) -> Style {
        match style {
            Style::Bars if !self.bars => Style::Points,
            style => style,
        }
    }
}

/// Returns the series of the legend with their indices; none when there is only one series.
fn legend(chart: &Chart) -> impl Iterator<Item = (usize, &Series)> {
    let several = chart.series.len() > 1;
    chart.series.iter().enumerate().filter(move |_| several)
}
