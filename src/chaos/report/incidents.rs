//! The run as an incident log that `availability` reads: every stretch outside of the steady state is an outage.

use super::{Report, WindowReport};
use crate::base::time::{Timestamp, Zone};
use crate::chaos::observation::Phase;
use crate::chaos::verdict::steps::WindowState;
use crate::report::format::csv::csv_safe;

/// The columns of the log.
pub const INCIDENT_COLUMNS: [&str; 5] = ["service", "severity", "started_at", "resolved_at", "cause"];

/// One row for each stretch of windows outside, in the order of [`INCIDENT_COLUMNS`]. It ends where the next window inside begins; a stretch
/// that lasts to the end is not resolved. Windows that cannot be judged belong to what came before.
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
    let (zone, instant) = (Zone::utc(), |at_s: f64| report.started_at.plus_seconds(at_s));
    let text = |at: Timestamp| zone.display(at);
    [
        csv_safe(&report.name),
        "failure".into(),
        text(instant(first.start_s)),
        until_s.map(|until_s| text(instant(until_s))).unwrap_or_default(),
        cause(report, first),
    ]
}

/// What was going on when it began.
fn cause(report: &Report, first: &WindowReport) -> String {
    let faults: Vec<&str> = report.faults.iter().map(|fault| fault.fault.as_str()).collect();
    match first.phase {
        Phase::Fault => csv_safe(&faults.join(", ")),
        Phase::Recovery => "after the fault".into(),
        Phase::WarmUp | Phase::Baseline | Phase::Settling => "before the fault".into(),
    }
}
