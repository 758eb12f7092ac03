//! From values to places along an axis.

use super::{marks, ticks};
use crate::report::{Axis, AxisUnit, Chart, Point, Scale, Style};

/// Beyond it differences overflow, and nobody could read the axis.
const LARGEST: f64 = 1e300;
/// Differences below are none.
const SMALLEST: f64 = 1e-300;
/// Values that differ by less, compared with their size, are equal: rounding would draw the rest.
const EQUAL: f64 = 1e-12;
/// The part of a logarithmic axis that zeros have for themselves.
const LANE: f64 = 0.08;
/// A band may lengthen a logarithmic axis by this factor beyond the points; the rest of it is cut off.
const BAND_FACTOR_MAX: f64 = 100.0;

/// An axis: which values it holds, and where.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Ruler {
    pub(super) low: f64,
    pub(super) high: f64,
    pub(super) log: bool,
    /// Whether small values lie at the far end.
    flipped: bool,
    /// Whether zero has a lane of its own at the end of small values.
    pub(super) zero_lane: bool,
    /// The least step of ticks: 1 where all values are whole numbers, since nothing lies between those.
    pub(super) step_min: f64,
}

/// What an axis has to hold.
struct Content {
    values: Vec<f64>,
    bounds: Vec<f64>,
    from_zero: bool,
}

impl Ruler {
    /// The ruler of the horizontal axis: exactly as long as the points need.
    pub(super) fn horizontal(chart: &Chart, bars: bool) -> Option<Self> {
        if let AxisUnit::Categories(names) = &chart.x.unit {
            return Self::of_names(names.len());
        }
        let mut values = Vec::new();
        for series in &chart.series {
            let drawn = series.points.iter().enumerate().filter(|(_, point)| is_drawable(point.y));
            for (i, point) in drawn {
                values.push(point.x);
                if bars && series.style == Style::Bars {
                    values.push(marks::sides(&series.points, i, &chart.x.unit).1);
                }
            }
        }
        Self::fitted(&chart.x, &Content::of(values, Vec::new(), false), false)
    }

    /// The ruler of the vertical axis: to the next round value on both sides, and with zero where bars stand on it.
    pub(super) fn vertical(chart: &Chart, bars: bool) -> Option<Self> {
        if let AxisUnit::Categories(names) = &chart.y.unit {
            return Self::of_names(names.len());
        }
        let points = || chart.series.iter().flat_map(|series| &series.points);
        let values = points().map(|point| point.y).collect();
        let ends = |point: &Point| point.band.filter(|_| is_drawable(point.y)).map(|(a, b)| [a, b]);
        let bounds = points().filter_map(ends).flatten().collect();
        let from_zero = bars && chart.y.unit != AxisUnit::ShareByComplement;
        Self::fitted(&chart.y, &Content::of(values, bounds, from_zero), true)
    }

    fn of_names(count: usize) -> Option<Self> {
        (count > 0).then(|| Self::linear(-0.5, count as f64 - 0.5, false))
    }

    const fn linear(low: f64, high: f64, flipped: bool) -> Self {
        Self { low, high, log: false, flipped, zero_lane: false, step_min: 0.0 }
    }

    fn fitted(axis: &Axis, content: &Content, rounded: bool) -> Option<Self> {
        if content.values.is_empty() {
            return None;
        }
        let log = match axis.scale {
            Scale::Linear => false,
            Scale::Log => content.values.iter().any(|value| *value > SMALLEST),
            Scale::Auto => !content.from_zero && crowded_near_zero(&content.values),
        };
        let ruler = if log {
            content.log_ruler(&axis.unit, rounded)
        } else {
            content.linear_ruler(&axis.unit, rounded)
        };
        let whole = axis.unit == AxisUnit::Number && content.values.iter().all(|value| value.fract() == 0.0);
        Some(Self { step_min: if whole { 1.0 } else { 0.0 }, ..ruler })
    }

    /// Where `value` lies: 0 at the left or the bottom, 1 at the right or the top. `None` where it has no place.
    pub(super) fn place(&self, value: f64) -> Option<f64> {
        let way = self.way(value)?;
        let inside = way.clamp(0.0, 1.0);
        ((way - inside).abs() < 1e-9).then_some(if self.flipped { 1.0 - inside } else { inside })
    }

    /// As [`Ruler::place`], with what lies beyond an end put at that end.
    pub(super) fn place_within(&self, value: f64) -> Option<f64> {
        if value.is_nan() {
            return None;
        }
        let least = if self.zero_lane { 0.0 } else { self.low };
        self.place(value.clamp(least, self.high))
    }

    /// The way from the end of small values.
    fn way(&self, value: f64) -> Option<f64> {
        if !is_drawable(value) {
            return None;
        }
        if !self.log {
            return Some((value - self.low) / (self.high - self.low));
        }
        let lane = if self.zero_lane { LANE } else { 0.0 };
        if value == 0.0 && self.zero_lane {
            return Some(0.0);
        }
        let way = (value / self.low).ln() / (self.high / self.low).ln();
        (value > 0.0).then_some(lane + (1.0 - lane) * way)
    }
}

impl Content {
    fn of(values: Vec<f64>, bounds: Vec<f64>, from_zero: bool) -> Self {
        let drawable = |values: Vec<f64>| values.into_iter().filter(|value| is_drawable(*value)).collect();
        Self { values: drawable(values), bounds: drawable(bounds), from_zero }
    }

    fn linear_ruler(&self, unit: &AxisUnit, rounded: bool) -> Ruler {
        let zero = self.from_zero.then_some(0.0);
        let (mut low, mut high) = ends(self.values.iter().chain(&self.bounds).copied().chain(zero));
        if high - low < SMALLEST.max(low.abs().max(high.abs()) * EQUAL) {
            (low, high) = around(high, unit);
        }
        // Zero is worth the room that it takes.
        if rounded && low > 0.0 && low < high / 3.0 {
            low = 0.0;
        }
        if rounded {
            let step = ticks::step(unit, (high - low) / ticks::VERTICAL as f64);
            low = (low / step + 1e-9).floor() * step;
            high = (high / step - 1e-9).ceil() * step;
        }
        Ruler::linear(low, high, *unit == AxisUnit::ShareByComplement)
    }

    fn log_ruler(&self, unit: &AxisUnit, rounded: bool) -> Ruler {
        let positive = |values: &[f64]| values.iter().copied().filter(|v| *v > SMALLEST).collect::<Vec<_>>();
        let (low, high) = ends(positive(&self.values).into_iter());
        let (low_bound, high_bound) = ends(positive(&self.bounds).into_iter().chain([low, high]));
        let mut low = low_bound.max(low / BAND_FACTOR_MAX);
        let mut high = high_bound.min(high * BAND_FACTOR_MAX);
        if rounded || high < low * (1.0 + EQUAL) {
            (low, high) = (ticks::round_below(low), ticks::round_above(high));
        }
        if high < low * (1.0 + EQUAL) {
            (low, high) = (low / 10.0, high * 10.0);
        }
        Ruler {
            log: true,
            zero_lane: self.values.contains(&0.0),
            ..Ruler::linear(low, high, *unit == AxisUnit::ShareByComplement)
        }
    }
}

/// Whether a value can have a place on any axis.
pub(super) fn is_drawable(value: f64) -> bool {
    value.abs() <= LARGEST
}

/// Whether half of the values would lie in the lowest part of a linear axis, and two powers of ten part the ends.
fn crowded_near_zero(values: &[f64]) -> bool {
    const LOWEST_PART: f64 = 0.15;
    let mut sorted: Vec<f64> = values.iter().copied().filter(|value| *value != 0.0).collect();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.get(sorted.len().saturating_sub(1) / 2);
    match (sorted.first(), middle, sorted.last()) {
        (Some(low), Some(middle), Some(high)) => {
            *low > SMALLEST && high / low >= 100.0 && middle / high < LOWEST_PART
        }
        _ => false,
    }
}

fn ends(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)))
}

/// Room around values that are all equal, zero included.
fn around(value: f64, unit: &AxisUnit) -> (f64, f64) {
    match value {
        v if v.abs() < SMALLEST && *unit == AxisUnit::ShareByComplement => (0.0, 0.1),
        v if v.abs() < SMALLEST => (0.0, 1.0),
        v if v < 0.0 => (2.0 * v, 0.0),
        v if matches!(unit, AxisUnit::Share | AxisUnit::ShareByComplement) && v > 0.5 && v <= 1.0 => {
            (0.0, 1.0)
        }
        v => (0.0, 2.0 * v),
    }
}
