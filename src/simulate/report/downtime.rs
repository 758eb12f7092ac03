//! The sections about downtime and failure: distributions, exceedance and reliability.

use super::figures::point;
use super::table::{seconds, section, table, table_section};
use super::{CurvePoint, Distributed, Report};
use crate::base::quantity::format_duration;
use crate::report::{Axis, AxisUnit, Block, Cell, Chart, Column, Point, Scale, Section, Series, Style};

pub(super) fn distributions_section(report: &Report) -> Option<Section> {
    let distributions = table(
        "distributions",
        &report.distributions,
        &[
            (Column::new("of", "", 0), |of: &Distributed| Cell::text(&of.label)),
            (Column::new("mean_s", "Mean", 0), |of| seconds(of.spread.mean)),
            (Column::new("p50_s", "p50", 1), |of| seconds(of.spread.p50)),
            (Column::new("p95_s", "p95", 0), |of| seconds(of.spread.p95)),
            (Column::new("p99_s", "p99", 1), |of| seconds(of.spread.p99)),
        ],
    );
    table_section("Distribution of downtime (simulated)", distributions)
}

/// Distributions that are charted. The longest outage adds little to the other two.
const DRAWN: [&str; 2] = ["window_downtime_s", "outage_s"];

/// Builds the exceedance chart: the share of windows with more downtime and of outages with a longer
/// duration, and the downtime that the objective allows.
pub(super) fn exceedance_section(report: &Report) -> Option<Section> {
    let drawn = report.distributions.iter().filter(|of| DRAWN.contains(&of.key));
    let mut series: Vec<Series> = drawn.clone().map(exceedance).collect();
    series.retain(|series| series.points.len() > 1);
    let least = series.iter().flat_map(|series| &series.points).map(|point| point.y).fold(1.0, f64::min);
    series.extend(drawn.filter_map(|of| allowed(of, least)));
    let chart = Chart {
        name: "exceedance",
        x: Axis::new("longer than", AxisUnit::Seconds),
        y: Axis::new("Share", AxisUnit::Share),
        series,
    };
    let heading = "Exceedance: share of windows and outages above a given duration (simulated)";
    let has_curve = chart.series.iter().any(|series| series.style == Style::Line);
    has_curve.then(|| section(heading, Block::Chart(chart)))
}

/// Builds a curve of the exceedance chart, without its last point: a share of zero has no place on a
/// logarithmic axis.
fn exceedance(of: &Distributed) -> Series {
    let points = of.spread.exceedance.iter().filter(|point| point.share > 0.0);
    Series {
        label: of.label.clone(),
        points: points.map(|point| Point::new(point.longer_than_s, point.share)).collect(),
        style: Style::Line,
    }
}

/// Builds a vertical line at the downtime that the objective allows.
fn allowed(of: &Distributed, least: f64) -> Option<Series> {
    let allowed_s = of.spread.allowed_s?;
    Some(Series {
        label: format!("allowed: {}", format_duration(allowed_s)),
        points: vec![Point::new(allowed_s, least), Point::new(allowed_s, 1.0)],
        style: Style::Steps,
    })
}

/// Builds the chart of reliability over the horizon, exact where known, otherwise simulated with its
/// confidence band.
pub(super) fn reliability_section(report: &Report) -> Option<Section> {
    let reliability = |at: &CurvePoint| {
        let failed = point(at.at_s, at.unreliability_exact, at.unreliability.as_ref())?;
        // Rounding of a difference of two numbers near one can give a value slightly below zero.
        let y = (1.0 - failed.y).max(0.0);
        Some(Point { y, band: failed.band.map(|(lower, upper)| (1.0 - lower, 1.0 - upper)), ..failed })
    };
    let points: Vec<Point> = report.curve.iter().filter_map(reliability).collect();
    if points.len() < 2 {
        return None;
    }
    let chart = Chart {
        name: "reliability",
        x: Axis { label: "Time".into(), unit: AxisUnit::Seconds, scale: Scale::Linear },
        y: Axis { label: "Reliability".into(), unit: AxisUnit::Share, scale: Scale::Linear },
        series: vec![Series { points, ..Series::default() }],
    };
    Some(section("Reliability: probability of no failure since the start", Block::Chart(chart)))
}
