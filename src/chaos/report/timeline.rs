//! The run as strips and charts: when it was outside the steady state, response times, and success.

use super::{Report, WindowReport, tables};
use crate::base::quantity::format_duration;
use crate::chaos::observation::Phase;
use crate::chaos::verdict::steps::WindowState;
use crate::report::{
    Axis, AxisUnit, Block, Chart, Point, STRIP_SLICES, Scale, Section, Series, Strip, StripWords, Strips,
    Style,
};

/// Maximum number of points in a series. With more windows, each group is drawn by its worst.
const POINTS_MAX: usize = 360;

/// Builds the section of one run.
pub(super) fn section(report: &Report) -> Section {
    let response = |window: &WindowReport| window.response.map(|response| response.p99_s);
    let failing = |window: &WindowReport| {
        let failed = window.offered.saturating_sub(window.good);
        (window.offered > 0).then(|| failed as f64 / window.offered as f64)
    };
    let ended = ended_s(report);
    let lines = [strip("fault on", report, ended, fault_on), strip("outside", report, ended, outside)];
    let seconds = Axis::new("Response time, p99", AxisUnit::Seconds);
    let share = Axis { label: "Success".into(), unit: AxisUnit::ShareByComplement, scale: Scale::Linear };
    Section {
        heading: "Timeline".into(),
        blocks: vec![
            Block::Strips(strips(ended, lines.into_iter())),
            Block::Chart(chart("response_time", seconds, report, response)),
            Block::Chart(chart("success", share, report, failing)),
        ],
    }
}

/// Builds the section of several runs: one strip for each.
pub(super) fn of_each(reports: &[Report]) -> Section {
    let ended = reports.iter().map(ended_s).fold(0.0, f64::max);
    let fault_on = reports.first().map(|first| strip("fault on", first, ended, fault_on));
    let each = (1..).zip(reports);
    let each = each.map(|(run, report)| strip(&format!("run {run}, outside"), report, ended, outside));
    tables::section("Timeline of each run", Block::Strips(strips(ended, fault_on.into_iter().chain(each))))
}

fn strips(ended_s: f64, lines: impl Iterator<Item = Strip>) -> Strips {
    Strips {
        from: "0s".into(),
        to: format_duration(ended_s),
        lines: lines.collect(),
        words: StripWords { empty: "no", full: "yes" },
    }
}

fn strip(label: &str, report: &Report, ended_s: f64, level: fn(&WindowReport) -> f64) -> Strip {
    let slice = |number: usize| {
        // A slice shows the window at its middle.
        let middle_s = (number as f64 + 0.5) / STRIP_SLICES as f64 * ended_s;
        let window = report.windows.partition_point(|window| window.end_s <= middle_s);
        report.windows.get(window).map_or(f64::NAN, level)
    };
    Strip { label: label.into(), down: (0..STRIP_SLICES).map(slice).collect() }
}

fn ended_s(report: &Report) -> f64 {
    report.windows.last().map_or(0.0, |window| window.end_s)
}

fn fault_on(window: &WindowReport) -> f64 {
    f64::from(u8::from(window.phase == Phase::Fault))
}

fn outside(window: &WindowReport) -> f64 {
    match window.state {
        Some(WindowState::Outside) => 1.0,
        Some(WindowState::Inside) => 0.0,
        Some(WindowState::Unknown) | None => f64::NAN,
    }
}

/// Builds a chart with a series for each part of the run, so that the legend shows when the fault was
/// on.
fn chart(
    name: &'static str,
    y: Axis,
    report: &Report,
    value: impl Fn(&WindowReport) -> Option<f64>,
) -> Chart {
    let point = |window: &WindowReport| {
        let measured = value(window).filter(|_| !window.stalled);
        Point::new(window.start_s, measured.unwrap_or(f64::NAN))
    };
    let series = |label: &str, phases: &[Phase]| {
        let windows = report.windows.iter().filter(|window| phases.contains(&window.phase));
        let points: Vec<Point> = windows.map(point).collect();
        Series { label: label.into(), points: thinned(&points), style: Style::Line }
    };
    let parts = [
        // Not the settling: the faults may hit requests that were due then.
        series("before", &[Phase::WarmUp, Phase::Baseline]),
        series("fault on", &[Phase::Fault]),
        series("after", &[Phase::Recovery]),
    ];
    Chart {
        name,
        x: Axis { label: "Time".into(), unit: AxisUnit::Seconds, scale: Scale::Linear },
        y,
        series: parts.into_iter().filter(|series| !series.points.is_empty()).collect(),
    }
}

/// Reduces a series to few enough points. Of each group it keeps the greatest, which is the worst in
/// both charts.
fn thinned(points: &[Point]) -> Vec<Point> {
    let group = points.len().div_ceil(POINTS_MAX).max(1);
    let worst = |points: &[Point]| points.iter().copied().max_by(|a, b| worse(a.y).total_cmp(&worse(b.y)));
    points.chunks(group).filter_map(worst).collect()
}

/// Orders a gap below any value.
fn worse(value: f64) -> f64 {
    if value.is_nan() { f64::NEG_INFINITY } else { value }
}
