//! Charts: layout shared by text and SVG, and the two renderers.
//!
//! Layout works with places: positions along an axis from 0 to 1.
//!
//! | part | contents |
//! |---|---|
//! | [`steps`] | round values and the steps between them |
//! | [`ruler`] | mapping from values to places along an axis |
//! | [`ticks`](mod@ticks) | round values to label an axis with |
//! | [`labels`] | the labels of the horizontal axis that have room |
//! | [`marks`] | the geometry of a series: points, runs of a curve, bands |
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
mod steps;
pub(super) mod svg;
#[cfg(test)]
mod tests;
pub(super) mod text;
mod ticks;

use crate::report::{Chart, Series};
use ruler::Ruler;
use ticks::{Tick, ticks};

/// The text in place of a chart that has no point to draw.
const NOTHING: &str = "no values to draw";

/// The number of powers of ten on a vertical axis up to which each gets a label, so that readers can
/// count nines.
const VERTICAL_POWERS: usize = 9;

/// The rulers of a chart.
struct Plot {
    x: Ruler,
    y: Ruler,
}

impl Plot {
    /// Builds rulers that cover every point; `None` when there is nothing to draw.
    fn of(chart: &Chart) -> Option<Self> {
        Some(Self { x: Ruler::horizontal(chart)?, y: Ruler::vertical(chart)? })
    }

    /// Returns the ticks of the vertical axis.
    fn vertical_ticks(&self, chart: &Chart) -> Vec<Tick> {
        let count = if self.y.log { VERTICAL_POWERS } else { steps::VERTICAL };
        ticks(&self.y, &chart.y.unit, count)
    }
}

/// Returns the series of the legend with their indices; none when there is only one series.
fn legend(chart: &Chart) -> impl Iterator<Item = (usize, &Series)> {
    let several = chart.series.len() > 1;
    chart.series.iter().enumerate().filter(move |_| several)
}
