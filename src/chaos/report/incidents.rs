//! The run as an incident log for `availability`: every stretch outside the steady state is an outage.

use super::{Report, WindowReport};
use crate::chaos::observation::Phase;
use crate::chaos::verdict::steps::WindowState;
use crate::report::format::csv::csv_safe;

/// Columns of the log.
pub const INCIDENT_COLUMNS: [&str; 5] = ["service", "severity", "started_at", "resolved_at", "cause"];

/// Returns one row for each stretch of windows outside the steady state, in the order of
/// [`INCIDENT_COLUMNS`]. A stretch ends where the next window inside begins; one that lasts to the end
/// of the run has no end. Windows in state unknown belong to the stretch before them.
pub fn incidents(report: &Report) -> Vec<[String; 5]> {
    let mut rows = Vec::new();
    let mut outside_since: Option<&WindowReport> = None;
    for window in &report.windows {
        match (window.state, outside_since) {
            (Some(WindowState::Outside), None) => outside_since = Some(window),
            (Some(WindowState::Inside), Some(first)) => {
                rows.push(row(report, first, Some(window.start_s)));
                outside_since = None;
            }
            _ => {}
        }
    }
    rows.extend(outside_since.map(|first| row(report, first, None)));
    rows
}

fn row(report: &Report, first: &WindowReport, until_s: Option<f64>) -> [String; 5] {
    let instant = |at_s: f64| report.started_at.plus_seconds(at_s).to_string();
    [
        csv_safe(&report.name),
        "failure".into(),
        instant(first.start_s),
        until_s.map(instant).unwrap_or_default(),
        cause(report, first),
    ]
}

/// Returns the faults that were on when the stretch began, or its position relative to the faults.
fn cause(report: &Report, first: &WindowReport) -> String {
    match first.phase {
        Phase::Fault => csv_safe(&report.described_faults()),
        Phase::Recovery => "after the fault".into(),
        Phase::WarmUp | Phase::Baseline | Phase::Settling => "before the fault".into(),
    }
}
