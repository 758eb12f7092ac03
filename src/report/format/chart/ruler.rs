//! Maps values to places along an axis, from 0 to 1.

use super::steps;
use crate::report::{Axis, AxisUnit, Chart, Point, Scale};

/// The largest magnitude that is drawn. Differences of larger values could overflow.
const LARGEST: f64 = 1e300;
/// The smallest magnitude and the smallest difference that count as nonzero.
const SMALLEST: f64 = 1e-300;
/// Values whose relative difference is smaller count as equal: their difference is rounding error.
const EQUAL: f64 = 1e-12;
/// The share of a logarithmic axis that is reserved for zeros.
const LANE: f64 = 0.08;
/// A band may extend a logarithmic axis beyond the points by at most this factor; the rest of the band
/// is cut off.
const BAND_FACTOR_MAX: f64 = 100.0;

/// An axis: the range of its values and their mapping to places.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Ruler {
    pub(super) low: f64,
    pub(super) high: f64,
    pub(super) log: bool,
    /// Whether small values are at the far end.
    flipped: bool,
    /// Whether a part of a logarithmic axis, at the end of small values, is reserved for zero.
    pub(super) zero_lane: bool,
    /// The smallest step between ticks: 1 when all values are whole numbers, else 0.
    pub(super) step_min: f64,
}

/// The values that an axis must cover.
struct Content {
    values: Vec<f64>,
    /// The ends of intervals.
    bounds: Vec<f64>,
}

impl Ruler {
    /// Builds the ruler of the horizontal axis, exactly as long as the points need.
    pub(super) fn horizontal(chart: &Chart) -> Option<Self> {
        let drawn = points(chart).filter(|point| is_drawable(point.y));
        let content = Content::of(drawn.map(|point| point.x), std::iter::empty());
        Self::fitted(&chart.x, &content, false)
    }

    /// Builds the ruler of the vertical axis. It extends to the next round value on both sides.
    pub(super) fn vertical(chart: &Chart) -> Option<Self> {
        let ends = |point: &Point| point.band.filter(|_| is_drawable(point.y)).map(|(a, b)| [a, b]);
        let bounds = points(chart).filter_map(ends).flatten();
        let content = Content::of(points(chart).map(|point| point.y), bounds);
        Self::fitted(&chart.y, &content, true)
    }

    const fn linear(low: f64, high: f64, flipped: bool) -> Self {
        Self { low, high, log: false, flipped, zero_lane: false, step_min: 0.0 }
    }

    /// Builds a ruler that covers `content`, with ends rounded outwards if `rounded`. Each category has
    /// one unit of room around its index.
    fn fitted(axis: &Axis, content: &Content, rounded: bool) -> Option<Self> {
        if let AxisUnit::Categories(names) = &axis.unit {
            return (!names.is_empty()).then(|| Self::linear(-0.5, names.len() as f64 - 0.5, false));
        }
        if content.values.is_empty() {
            return None;
        }
        let ruler = if axis.scale == Scale::Auto && crowded_near_zero(&content.values) {
            content.log_ruler(&axis.unit, rounded)
        } else {
            content.linear_ruler(&axis.unit, rounded)
        };
        let whole = axis.unit == AxisUnit::Number && content.values.iter().all(|value| value.fract() == 0.0);
        Some(Self { step_min: if whole { 1.0 } else { 0.0 }, ..ruler })
    }

    /// Returns the place of `value`: 0 at the left or the bottom, 1 at the right or the top. `None` when
    /// it is not on the axis.
    pub(super) fn place(&self, value: f64) -> Option<f64> {
        let fraction = self.fraction(value)?;
        // Rounding may put the ends of the axis slightly outside.
        let inside = fraction.clamp(0.0, 1.0);
        ((fraction - inside).abs() < 1e-9).then_some(if self.flipped { 1.0 - inside } else { inside })
    }

    /// Returns the place of `value` like [`Ruler::place`], but clamps values beyond an end to that end.
    pub(super) fn place_within(&self, value: f64) -> Option<f64> {
        if value.is_nan() {
            return None;
        }
        let least = if self.zero_lane { 0.0 } else { self.low };
        self.place(value.clamp(least, self.high))
    }

    /// Returns the position of `value` from the end of small values, before a flipped axis is reversed.
    fn fraction(&self, value: f64) -> Option<f64> {
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
        let fraction = (value / self.low).ln() / (self.high / self.low).ln();
        (value > 0.0).then_some(lane + (1.0 - lane) * fraction)
    }
}

impl Content {
    fn of(values: impl Iterator<Item = f64>, bounds: impl Iterator<Item = f64>) -> Self {
        let drawable = |value: &f64| is_drawable(*value);
        Self { values: values.filter(drawable).collect(), bounds: bounds.filter(drawable).collect() }
    }

    /// Builds a linear ruler.
    fn linear_ruler(&self, unit: &AxisUnit, rounded: bool) -> Ruler {
        let (mut low, mut high) = ends(self.values.iter().chain(&self.bounds).copied());
        if high - low < SMALLEST.max(low.abs().max(high.abs()) * EQUAL) {
            (low, high) = around(high, unit);
        }
        // Extend the axis to zero when zero would be near anyway.
        if rounded && low > 0.0 && low < high / 3.0 {
            low = 0.0;
        }
        if rounded {
            // The 1e-9 keeps an end that is a multiple of the step, up to rounding error, where it is.
            let step = steps::step(unit, (high - low) / steps::VERTICAL as f64);
            low = (low / step + 1e-9).floor() * step;
            high = (high / step - 1e-9).ceil() * step;
        }
        Ruler::linear(low, high, *unit == AxisUnit::ShareByComplement)
    }

    /// Builds a logarithmic ruler. At least one value must be positive.
    fn log_ruler(&self, unit: &AxisUnit, rounded: bool) -> Ruler {
        let positive = |values: &[f64]| values.iter().copied().filter(|v| *v > SMALLEST).collect::<Vec<_>>();
        let (low, high) = ends(positive(&self.values).into_iter());
        let (low_bound, high_bound) = ends(positive(&self.bounds).into_iter().chain([low, high]));
        let mut low = low_bound.max(low / BAND_FACTOR_MAX);
        let mut high = high_bound.min(high * BAND_FACTOR_MAX);
        if rounded || high < low * (1.0 + EQUAL) {
            (low, high) = (steps::round_below(low), steps::round_above(high));
        }
        // All values are equal: leave one power of ten on each side.
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

/// Returns the points of all series.
fn points(chart: &Chart) -> impl Iterator<Item = &Point> {
    chart.series.iter().flat_map(|series| &series.points)
}

/// Returns whether a value can be drawn on any axis. NaN and infinities cannot.
fn is_drawable(value: f64) -> bool {
    value.abs() <= LARGEST
}

/// Returns whether half of the values would lie in the lowest part of a linear axis and the values span
/// at least two powers of ten. Zeros are ignored.
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

/// Returns the least and the greatest value.
fn ends(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)))
}

/// Returns a range around values that are all equal. It includes zero.
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
